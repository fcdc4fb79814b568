/* scratch.c - A GnuPG home in which to inspect keys that others made.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The gpg that works here may be taken over by what it reads.  So we take
 * nothing on its word: what it exports is read again by our own parser and
 * compared, and its files are copied as bytes.  */

#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/wire/framing.h"
#include "../../common/base/log.h"
#include "../../server/role/confine.h"
#include "../../server/role/role.h"
#include "../setup/folders.h"

#define DEADLINE_MS 60000       /* For one run of gpg.  */
#define FOLDER "/tmp"
#define PREFIX "postern-look-"
#define STALE_S 3600
#define MAX_KEYRING (256u << 20)


/* Say so once: there may be many keys.  */
static void
warn_of_old_kernel (void)
{
  static bool told;

  if (!told && !confine_knows_paths ())
    log_warn ("this kernel has no Landlock: the gpg that inspects the key"
              " could read whatever %s may", ROLE_USER_MUSTER);
  told = true;
}


/* True if NAME in /tmp is a home that a killed command left: it is ours, and
   was not touched for longer than any command lasts.  Anybody can make a
   folder of such a name, so the owner counts.  */
static bool
is_stale_home (int dirfd, const char *name)
{
  struct confine_id id;
  struct stat st;

  return !strncmp (name, PREFIX, sizeof PREFIX - 1)
         && !fstatat (dirfd, name, &st, AT_SYMLINK_NOFOLLOW)
         && S_ISDIR (st.st_mode) && st.st_mtime < time (NULL) - STALE_S
         && (!st.st_uid || (!confine_lookup (ROLE_USER_MUSTER, &id)
                            && st.st_uid == id.uid));
}


static void
remove_stale_homes (void)
{
  DIR *dir = geteuid () ? NULL : opendir (FOLDER);
  struct dirent *entry;
  char *path;

  while (dir && (entry = readdir (dir)))
    if (is_stale_home (dirfd (dir), entry->d_name))
      {
        path = gpgrt_bsprintf ("%s/%s", FOLDER, entry->d_name);
        if (path)
          folders_remove (path);
        gpgrt_free (path);
      }
  if (dir)
    closedir (dir);
}


gpg_error_t
scratch_open (struct scratch *scratch)
{
  gpg_error_t err;

  warn_of_old_kernel ();
  remove_stale_homes ();
  scratch->pgp = NULL;
  gpgrt_snprintf (scratch->home, sizeof scratch->home,
                  FOLDER "/" PREFIX "%ld-XXXXXX", (long)getpid ());
  if (!mkdtemp (scratch->home))
    {
      err = gpg_error_from_syserror ();
      *scratch->home = 0;       /* Do not remove somebody else's.  */
      return err;
    }
  err = pgp_home_write (scratch->home);
  if (!err)
    err = pgp_new (PGP_SERVER, scratch->home, DEADLINE_MS, &scratch->pgp);
  if (!err)
    err = pgp_confine (scratch->pgp);
  if (!err && !geteuid ())
    err = folders_give (scratch->home, ROLE_USER_MUSTER);
  return err;
}


void
scratch_close (struct scratch *scratch)
{
  pgp_release (scratch->pgp);
  scratch->pgp = NULL;
  if (*scratch->home)
    folders_remove (scratch->home);
  *scratch->home = 0;
}


/* What gpg gave back may come from somebody who took it over.  */
static gpg_error_t
check_clean (struct scratch *scratch, const void *clean, size_t len,
             pgp_key_t *r_key)
{
  gpg_error_t err = framing_check_public (clean, len);

  *r_key = NULL;
  if (err)
    return gpg_error (GPG_ERR_INV_PACKET);
  err = pgp_key_peek (scratch->pgp, clean, len, r_key);
  if (!err && pgp_key_compare (*r_key, clean, len))
    err = gpg_error (GPG_ERR_INV_PACKET);
  return err;
}


/* LOOKED is the key as it came, with all its signatures; the clean form has
   lost those that show old digests.  */
static gpg_error_t
make_clean (struct scratch *scratch, const void *data, size_t len,
            pgp_key_t looked, pgp_key_t *r_key, unsigned char **r_clean,
            size_t *r_len)
{
  gpg_error_t err;

  err = pgp_key_import (scratch->pgp, data, len);
  if (!err)
    err = pgp_key_export (scratch->pgp, looked->fpr, r_clean, r_len);
  if (!err)
    err = check_clean (scratch, *r_clean, *r_len, r_key);
  if (err)
    return err;
  (*r_key)->old_digest = looked->old_digest;
  (*r_key)->old_revocation = looked->old_revocation;
  return strcmp ((*r_key)->fpr, looked->fpr)
    ? gpg_error (GPG_ERR_INV_PACKET) : 0;
}


gpg_error_t
scratch_clean (struct scratch *scratch, const void *data, size_t len,
               pgp_key_t *r_key, unsigned char **r_clean, size_t *r_len)
{
  gpg_error_t err;
  pgp_key_t looked;

  *r_key = NULL;
  *r_clean = NULL;
  *r_len = 0;
  err = pgp_key_peek (scratch->pgp, data, len, &looked);
  if (!err && looked->secret)
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  if (!err && looked->invalid)
    {
      *r_key = looked;
      return 0;
    }
  if (!err)
    err = make_clean (scratch, data, len, looked, r_key, r_clean, r_len);
  pgp_key_release (looked);
  if (err)
    {
      pgp_key_release (*r_key);
      free (*r_clean);
      *r_key = NULL;
      *r_clean = NULL;
    }
  return err;
}


/* The path in the folder IN of a keyring named as HOME's is: homes of GnuPG 2.0
   may still have pubring.gpg.  To be freed with gpgrt_free.  */
static char *
keyring_path (const char *home, const char *in)
{
  char *path = gpgrt_bsprintf ("%s/pubring.kbx", home);
  bool old = path && access (path, F_OK);

  gpgrt_free (path);
  path = gpgrt_bsprintf ("%s/pubring.gpg", home);
  old = old && path && !access (path, F_OK);
  gpgrt_free (path);
  return gpgrt_bsprintf ("%s/pubring.%s", in, old ? "gpg" : "kbx");
}


/* A file that does not exist is left out.  */
static gpg_error_t
copy_if_there (const char *from, const char *to)
{
  gpg_error_t err;
  unsigned char *data;
  size_t len;

  err = file_read_plain (from, MAX_KEYRING, &data, &len);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    return 0;
  if (!err)
    err = file_write (to, data, len, 0600, 0);
  free (data);
  return err;
}


static gpg_error_t
copy_home_file (const char *home, const char *to, const char *name)
{
  gpg_error_t err;
  char *from_path = gpgrt_bsprintf ("%s/%s", home, name);
  char *to_path = gpgrt_bsprintf ("%s/%s", to, name);

  err = from_path && to_path ? copy_if_there (from_path, to_path)
    : gpg_error_from_syserror ();
  gpgrt_free (from_path);
  gpgrt_free (to_path);
  return err;
}


/* The trust database is copied as well: it says which keys are disabled.  */
gpg_error_t
scratch_borrow (struct scratch *scratch, const char *home)
{
  gpg_error_t err;
  char *from = keyring_path (home, home), *to = keyring_path (home,
                                                              scratch->home);

  err = from && to ? copy_if_there (from, to) : gpg_error_from_syserror ();
  if (!err)
    err = copy_home_file (home, scratch->home, "trustdb.gpg");
  if (!err && !pgp_home_check (home))
    err = copy_home_file (home, scratch->home, "gpg.conf");
  if (!err)
    err = folders_give (scratch->home, ROLE_USER_MUSTER);
  gpgrt_free (from);
  gpgrt_free (to);
  return err;
}


/* Write DATA to FD, which the group of HOME may read then.  */
static gpg_error_t
fill_keyring (int fd, const char *home, const void *data, size_t len)
{
  struct stat st;
  gpg_error_t err = file_write_fd (fd, data, len);

  if (!err && (stat (home, &st) || fchown (fd, 0, st.st_gid)
               || fchmod (fd, 0640) || fsync (fd)))
    err = gpg_error_from_syserror ();
  return err;
}


/* Write a file beside HOME and rename it.  If we are interrupted, the next
   command overwrites it; the caller's lock makes one name enough.  */
static gpg_error_t
put_keyring (const char *home, const char *path, const void *data, size_t len)
{
  gpg_error_t err;
  char *temp = gpgrt_bsprintf ("%s.keyring", home);
  int fd = temp ? open (temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
                        | O_CLOEXEC, 0600) : -1;

  if (fd < 0)
    err = gpg_error_from_syserror ();
  else
    {
      err = fill_keyring (fd, home, data, len);
      if (close (fd) && !err)
        err = gpg_error_from_syserror ();
      if (!err && rename (temp, path))
        err = gpg_error_from_syserror ();
    }
  gpgrt_free (temp);
  return err ? err : file_sync_folder (path);
}


gpg_error_t
scratch_return (struct scratch *scratch, const char *home)
{
  gpg_error_t err;
  char *to = keyring_path (home, home), *from = keyring_path (home,
                                                              scratch->home);
  unsigned char *data = NULL;
  size_t len;

  err = from && to ? file_read_plain (from, MAX_KEYRING, &data, &len)
    : gpg_error_from_syserror ();
  if (!err)
    err = put_keyring (home, to, data, len);
  if (!err)
    err = folders_share (home, ROLE_USER_MUSTER);
  free (data);
  gpgrt_free (from);
  gpgrt_free (to);
  return err;
}
