/* replay-create.c - The empty store of a server that is new.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Without it the first start would find no store, and refuse what was
 * signed before it.  */

#include "continuity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"


static gpg_error_t
make_empty_store (const char *dir, const struct stat *owner)
{
  gpg_error_t err;
  store_t store;
  bool fresh;
  char *path;

  if (asprintf (&path, "%s/" STORE_FILE, dir) < 0)
    return gpg_error (GPG_ERR_ENOMEM);
  err = store_open (dir, &store, &fresh);
  if (!err)
    {
      if (!fresh)
        err = gpg_error (GPG_ERR_EEXIST);
      store_close (store);
    }
  if (!err && (chmod (path, 0600)
               || lchown (path, owner->st_uid, owner->st_gid)))
    err = gpg_error_from_syserror ();
  free (path);
  return err;
}


/* A folder that is there already must be OWNER's or root's, and is nobody
   else's to write to from now on.  */
static gpg_error_t
make_owned_folder (const char *dir, const struct stat *owner)
{
  gpg_error_t err = 0;
  struct stat st;
  int fd;

  if (mkdir (dir, 0700) && errno != EEXIST)
    return gpg_error_from_syserror ();
  fd = open (dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st))
    err = gpg_error_from_syserror ();
  else if (st.st_uid && st.st_uid != owner->st_uid)
    err = gpg_error (GPG_ERR_EPERM);
  else if (fchown (fd, owner->st_uid, owner->st_gid) || fchmod (fd, 0700))
    err = gpg_error_from_syserror ();
  if (fd >= 0)
    close (fd);
  return err;
}


static gpg_error_t
make_record (const char *dir, const struct stat *owner)
{
  gpg_error_t err, found;
  struct continuity_record record;
  struct clock_source clock;
  struct clock_reading now;
  continuity_t continuity = NULL;

  err = make_owned_folder (dir, owner);
  if (!err)
    err = clock_system (&clock);
  if (!err)
    err = continuity_open (dir, &continuity, &record, &found);
  if (err)
    return err;
  memset (&record, 0, sizeof record);
  memcpy (record.boot_id, clock.boot_id, CLOCK_BOOTLEN);
  clock_read (&clock, &now);
  record.offset = now.wall - now.boot;
  err = continuity_write (continuity, &record);
  if (!err)
    err = continuity_give (continuity, owner->st_uid, owner->st_gid);
  continuity_close (continuity);
  return err;
}


gpg_error_t
replay_create (const char *state, const char *runtime)
{
  gpg_error_t err = 0;
  struct stat owner;
  char *dir = NULL, *record_dir = NULL;

  if (mkdir (runtime, 0755) && errno != EEXIST)
    return gpg_error_from_syserror ();
  if (asprintf (&dir, "%s/decide", state) < 0)
    return gpg_error (GPG_ERR_ENOMEM);
  if (stat (dir, &owner))
    err = gpg_error_from_syserror ();
  if (!err)
    err = make_empty_store (dir, &owner);
  if (!err && continuity_is_volatile (runtime))
    {
      err = continuity_dir (runtime, &record_dir);
      if (!err)
        err = make_record (record_dir, &owner);
    }
  free (record_dir);
  free (dir);
  return err;
}
