/* pgp-home.c - The gpg.conf of the server's homes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A server-side home without exactly these options is refused, so no gpg
 * runs with others.  A home may have further lines.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include "../base/file.h"
#include "pgp-local.h"

#define MAX_CONF 65536

static const char heading[] =
  "# Written by Postern, which refuses a home without these lines.\n";

/* One option per line.  */
static const char *const options[] =
  {
    "batch",
    "no-tty",
    "no-greeting",
    "quiet",
    "no-permission-warning",
    /* Do not write where nothing changes: muster's user cannot write to the
       roster's home.  */
    "no-random-seed-file",
    "no-auto-check-trustdb",
    /* No network.  */
    "no-auto-key-retrieve",
    "no-auto-key-locate",
    "disable-dirmngr",
    /* The roster says who is trusted, but with "always" gpg would not see
       that a key is disabled.  */
    "trust-model direct",
    "weak-digest SHA1",
    "weak-digest RIPEMD160",
    "weak-digest MD5",
    /* No pinentry, no passphrase.  */
    "pinentry-mode cancel",
    "no-symkey-cache",
    "import-options import-minimal,no-import-local-sigs",
    "export-options export-minimal"
  };
#define N_OPTIONS (sizeof options / sizeof *options)

/* posternd starts the agent of this home, with sockets of its own; another one
   would have more power.  */
static const char no_agent[] = "no-autostart\n";


static char *
conf_path (const char *home)
{
  return gpgrt_bsprintf ("%s/gpg.conf", home);
}


static gpg_error_t
write_conf (const char *home, const char *more)
{
  gpg_error_t err;
  char *path, *text = NULL, *longer;
  size_t i;

  path = conf_path (home);
  if (path)
    text = gpgrt_bsprintf ("%s", heading);
  for (i = 0; text && i < N_OPTIONS; i++)
    {
      longer = gpgrt_bsprintf ("%s%s\n%s", text, options[i],
                               i + 1 == N_OPTIONS ? more : "");
      gpgrt_free (text);
      text = longer;
    }
  if (!text)
    err = gpg_error_from_syserror ();
  else
    err = file_write (path, text, strlen (text), 0644, 0);
  gpgrt_free (text);
  gpgrt_free (path);
  return err;
}


gpg_error_t
pgp_home_write (const char *home)
{
  return write_conf (home, "");
}


gpg_error_t
pgp_home_close (const char *home)
{
  return write_conf (home, no_agent);
}


/* True if LINE is a whole line of TEXT.  */
static bool
has_conf_line (const char *text, const char *line)
{
  size_t n = strlen (line);

  while (text && *text)
    {
      if (!strncmp (text, line, n) && (text[n] == '\n' || !text[n]))
        return true;
      text = strchr (text, '\n');
      if (text)
        text++;
    }
  return false;
}


/* *R_MISSING is the first line that HOME's gpg.conf lacks, or "" if it lacks
   none.  */
static gpg_error_t
find_missing (const char *home, const char **r_missing)
{
  gpg_error_t err;
  char *path;
  unsigned char *text;
  size_t len, i;

  *r_missing = "";
  path = conf_path (home);
  if (!path)
    return gpg_error_from_syserror ();
  err = file_read_plain (path, MAX_CONF, &text, &len);
  gpgrt_free (path);
  if (gpg_err_code (err) == GPG_ERR_ENOENT
      || gpg_err_code (err) == GPG_ERR_INV_OBJ)
    {
      *r_missing = options[0];
      return 0;
    }
  if (err)
    return err;
  for (i = 0; !**r_missing && i < N_OPTIONS; i++)
    if (!has_conf_line ((const char *)text, options[i]))
      *r_missing = options[i];
  free (text);
  return 0;
}


gpg_error_t
pgp_home_check (const char *home)
{
  const char *missing;
  gpg_error_t err = find_missing (home, &missing);

  return err || !*missing ? err : gpg_error (GPG_ERR_CONFLICT);
}


char *
pgp_home_objection (const char *home)
{
  const char *missing;

  if (find_missing (home, &missing) || !*missing)
    return NULL;
  return gpgrt_bsprintf ("it was made by an older development build, or was"
                         " changed: its gpg.conf has no line '%s'; add it, or"
                         " move the state and the configuration away and"
                         " begin with 'postern-keys init'", missing);
}
