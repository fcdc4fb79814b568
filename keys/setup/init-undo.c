/* init-undo.c - An init that does not come to its end leaves nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "init-undo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "folders.h"

#define MARK ".init-unfinished"

/* What init makes, in the order in which it is taken away: what makes the
   server work goes first.  */
static const struct
{
  bool in_state;                /* Else where the configuration is.  */
  const char *name;
} things[] =
  {
    { false, "posternd.conf" },
    { false, "access.conf" },
    { false, "server.conf" },
    { false, "doors/main.conf" },
    { false, "doors/main.key" },
    { true, "decide" },
    { true, "verify" },
    { true, "unseal" },
    { true, "root" },
  };

#define N_THINGS (sizeof things / sizeof *things)


static char *
path_of (const struct init_places *places, size_t i)
{
  return gpgrt_bsprintf ("%s/%s", things[i].in_state ? places->state
                         : places->dir, things[i].name);
}


static char *
mark_path (const struct init_places *places)
{
  return gpgrt_bsprintf ("%s/" MARK, places->dir);
}


static char *
mark_text (const struct init_places *places)
{
  return gpgrt_bsprintf ("# An init of Postern that is not finished; run it"
                         " again.\nstate %s\n", places->state);
}


/* The mark counts only as root's own file, and for the places that it
   names: else it is something that is in the way.  */
static gpg_error_t
read_mark (const struct init_places *places, bool *r_unfinished)
{
  gpg_error_t err = 0;
  char *path = mark_path (places), *text = mark_text (places);
  unsigned char *data = NULL;
  struct stat st;
  size_t len;

  *r_unfinished = false;
  if (!path || !text)
    err = gpg_error_from_syserror ();
  else if (lstat (path, &st))
    err = errno == ENOENT ? 0 : gpg_error_from_syserror ();
  else if (!S_ISREG (st.st_mode) || st.st_uid || (st.st_mode & 077))
    err = gpg_error (GPG_ERR_EPERM);
  else
    {
      err = file_read (path, 8192, &data, &len);
      if (!err && strcmp ((char *)data, text))
        err = gpg_error (GPG_ERR_CONFLICT);
      *r_unfinished = !err;
    }
  if (gpg_err_code (err) == GPG_ERR_CONFLICT)
    log_error ("init: one with another --state was interrupted there; run it"
               " again as it was, or delete %s", path);
  else if (err)
    log_error ("init: %s: %s", path ? path : MARK, gpg_strerror (err));
  free (data);
  gpgrt_free (path);
  gpgrt_free (text);
  return err;
}


gpg_error_t
init_undo (const struct init_places *places)
{
  gpg_error_t err = 0;
  size_t i;
  char *path;

  for (i = 0; !err && i < N_THINGS; i++)
    {
      path = path_of (places, i);
      if (path && things[i].in_state)
        folders_end_agent (path);
      err = path ? folders_remove (path) : gpg_error_from_syserror ();
      if (err)
        log_error ("init: cannot take %s away: %s", path ? path
                   : things[i].name, gpg_strerror (err));
      gpgrt_free (path);
    }
  return err ? err : init_undo_end (places);
}


/* The first of the things that is there; to be freed.  */
static gpg_error_t
find_thing (const struct init_places *places, size_t n, char **r_path)
{
  struct stat st;
  size_t i;

  *r_path = NULL;
  for (i = 0; i < n; i++)
    {
      *r_path = path_of (places, i);
      if (!*r_path)
        return gpg_error_from_syserror ();
      if (!lstat (*r_path, &st))
        return gpg_error (GPG_ERR_EEXIST);
      gpgrt_free (*r_path);
      *r_path = NULL;
    }
  return 0;
}


gpg_error_t
init_undo_look (const struct init_places *places, char **r_taken)
{
  gpg_error_t err;
  bool unfinished;

  *r_taken = NULL;
  err = read_mark (places, &unfinished);
  /* posternd.conf is made last: with it the server may be in use.  */
  if (!err && unfinished)
    {
      err = find_thing (places, 1, r_taken);
      if (err)
        return err;
      log_info ("an init was interrupted here; what it left is taken away");
      return init_undo (places);
    }
  return err ? err : find_thing (places, N_THINGS, r_taken);
}


gpg_error_t
init_undo_begin (const struct init_places *places)
{
  gpg_error_t err;
  char *path = mark_path (places), *text = mark_text (places);

  err = path && text ? file_write (path, text, strlen (text), 0600, 1)
    : gpg_error_from_syserror ();
  gpgrt_free (path);
  gpgrt_free (text);
  return err;
}


gpg_error_t
init_undo_end (const struct init_places *places)
{
  gpg_error_t err;
  char *path = mark_path (places);

  if (!path)
    return gpg_error_from_syserror ();
  err = file_remove (path);
  gpgrt_free (path);
  return gpg_err_code (err) == GPG_ERR_ENOENT ? 0 : err;
}
