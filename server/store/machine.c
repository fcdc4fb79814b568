/* machine.c - Whether this is the machine on which the state was made.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What tells machines apart is not to be told to others (machine-id(5)): only
 * a hash of it is kept, which is for this alone.  A virtual machine that is
 * copied with its machine-id has at least another board.  */

#include "machine.h"

#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"

#define NOTE "host"
#define MAX_ID 128
#define MAX_NOTE 1024
#define HASHLEN 32

static const char purpose[] = "postern: the machine of a state, version 1";

static const struct
{
  const char *name;
  const char *path;
} sources[] =
  {
    { "machine-id", "/etc/machine-id" },
    { "board", "/sys/class/dmi/id/product_uuid" }
  };
#define N_SOURCES (sizeof sources / sizeof *sources)

#define LINE_LEN (16 + 2 * HASHLEN + 2)


/* The hash of what stands in PATH, or nothing where there is nothing.  */
static void
hash_source (const char *path, char hex[2 * HASHLEN + 1])
{
  unsigned char hash[HASHLEN], *text;
  gcry_mac_hd_t mac;
  size_t len, n = sizeof hash;

  *hex = 0;
  if (file_read (path, MAX_ID, &text, &len))
    return;
  len = strcspn ((char *)text, "\n");
  /* As it stands before the first boot.  */
  if (len && strncmp ((char *)text, "uninitialized", len)
      && !gcry_mac_open (&mac, GCRY_MAC_HMAC_SHA256, 0, NULL))
    {
      if (!gcry_mac_setkey (mac, text, len)
          && !gcry_mac_write (mac, purpose, strlen (purpose))
          && !gcry_mac_read (mac, hash, &n))
        encode_hex (hash, sizeof hash, hex);
      gcry_mac_close (mac);
    }
  free (text);
}


/* The line of source I; empty where it does not tell.  */
static void
print_machine (size_t i, char line[LINE_LEN])
{
  char hex[2 * HASHLEN + 1];

  hash_source (sources[i].path, hex);
  *line = 0;
  if (*hex)
    gpgrt_snprintf (line, LINE_LEN, "%s %s\n", sources[i].name, hex);
}


gpg_error_t
machine_note (const char *state)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/" NOTE, state);
  char text[N_SOURCES * LINE_LEN + 1] = "";
  size_t i, len = 0;

  if (!path)
    return gpg_error_from_syserror ();
  for (i = 0; i < N_SOURCES; i++, len = strlen (text))
    print_machine (i, text + len);
  err = len ? file_write (path, text, len, 0644, 1) : 0;
  gpgrt_free (path);
  return gpg_err_code (err) == GPG_ERR_EEXIST ? 0 : err;
}


/* Whether NOTE has another line of source I than this machine.  */
static bool
machine_differs (const char *note, size_t i)
{
  size_t n = strlen (sources[i].name);
  const char *noted = note;
  char line[LINE_LEN];

  print_machine (i, line);
  while (*noted && (strncmp (noted, sources[i].name, n) || noted[n] != ' '))
    {
      noted += strcspn (noted, "\n");
      noted += *noted == '\n';
    }
  return *line && *noted && strncmp (noted, line, strlen (line));
}


char *
machine_objection (const char *state)
{
  char *path = gpgrt_bsprintf ("%s/" NOTE, state), *text = NULL;
  unsigned char *note = NULL;
  bool other = false;
  size_t i, len;

  if (path && !file_read_plain (path, MAX_NOTE, &note, &len))
    for (i = 0; i < N_SOURCES; i++)
      other |= machine_differs ((char *)note, i);
  if (other)
    text = gpgrt_bsprintf ("it was made on another machine; if that one"
                           " still runs, each of the two takes the same"
                           " request once: see CLONED MACHINES in"
                           " postern-keys(8) for keys of its own; if it has"
                           " gone, 'rm %s'", path);
  free (note);
  gpgrt_free (path);
  return text;
}
