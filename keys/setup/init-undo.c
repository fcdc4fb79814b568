/* init-undo.c - An init that fails or is interrupted leaves nothing behind.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only what is in the list below is ever deleted, and only under a mark that
 * this init, or an interrupted one, wrote before it made any of it.  */

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

/* What init makes, in the order in which it is deleted: first what a posternd
   would start with.  */
static const struct
{
  bool in_state;                /* Else in the configuration's folder.  */
  const char *name;
} things[] =
  {
    { false, "posternd.conf" },
    { false, "access.conf" },
    { false, "server.conf" },
    { false, "doors/main.conf" },
    { false, "doors/main.key" },
    { true, "decide" },
    { true, "muster" },
    { true, "agent" },
    { true, "root" },
  };

#define N_THINGS (sizeof things / sizeof *things)


static char *
thing_path (const struct init_places *places, size_t i)
{
  return gpgrt_bsprintf ("%s/%s", things[i].in_state ? places->state
                         : places->dir, things[i].name);
}


static char *
init_mark_path (const struct init_places *places)
{
  return gpgrt_bsprintf ("%s/" MARK, places->dir);
}


static char *
init_mark_text (const struct init_places *places)
{
  return gpgrt_bsprintf ("# An init of Postern that is not finished; run it"
                         " again.\nstate %s\n", places->state);
}


/* The mark counts only if it is root's own file and names these places: with
   any other we would delete what is not ours.  */
static gpg_error_t
read_init_mark (const struct init_places *places, bool *r_unfinished)
{
  gpg_error_t err = 0;
  char *path = init_mark_path (places), *text = init_mark_text (places);
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
    log_error ("init: an init with another --state was interrupted here; run"
               " it again with that, or delete %s", path);
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
      path = thing_path (places, i);
      if (path && things[i].in_state)
        folders_end_agent (path);
      err = path ? folders_remove (path) : gpg_error_from_syserror ();
      if (err)
        log_error ("init: cannot delete %s: %s", path ? path
                   : things[i].name, gpg_strerror (err));
      gpgrt_free (path);
    }
  return err ? err : init_undo_end (places);
}


/* The first of the N things that exists: GPG_ERR_EEXIST and *R_PATH, to be
   freed with gpgrt_free.  */
static gpg_error_t
find_thing (const struct init_places *places, size_t n, char **r_path)
{
  struct stat st;
  size_t i;

  *r_path = NULL;
  for (i = 0; i < n; i++)
    {
      *r_path = thing_path (places, i);
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
  err = read_init_mark (places, &unfinished);
  /* posternd.conf is made last: if it exists, the server may be in use.  */
  if (!err && unfinished)
    {
      err = find_thing (places, 1, r_taken);
      if (err)
        return err;
      log_info ("an init was interrupted here; deleting what it left");
      return init_undo (places);
    }
  return err ? err : find_thing (places, N_THINGS, r_taken);
}


gpg_error_t
init_undo_begin (const struct init_places *places)
{
  gpg_error_t err;
  char *path = init_mark_path (places), *text = init_mark_text (places);

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
  char *path = init_mark_path (places);

  if (!path)
    return gpg_error_from_syserror ();
  err = file_remove (path);
  gpgrt_free (path);
  return gpg_err_code (err) == GPG_ERR_ENOENT ? 0 : err;
}
