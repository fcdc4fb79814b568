/* roster-mark.c - The marks of revocations in progress.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A mark is DIR/users.d/.revoking-NAME, an empty file.  A revocation must
 * never wait for somebody else's lock, and a program that has the lock must
 * never bring back a person who is being revoked.  So the mark is written
 * first, and synced; whoever holds the lock looks for it before and after
 * writing (roster_look_again).
 *
 * The revoking process holds a shared lock on the mark, which tells a mark
 * that was left from one whose revocation goes on.  */

#include "roster-parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "passwords.h"

#define PREFIX ".revoking-"
#define HOLD_TRIES 50
#define HOLD_STEP_MS 20


static char *
revocation_path (config_t config, const char *name)
{
  return gpgrt_bsprintf ("%s/users.d/" PREFIX "%s", config->dir, name);
}


/* Another program that checks whether the mark was left holds it for an
   instant, and may remove it: a mark without a name in the folder does not
   count, and we must create a new one.  */
static bool
hold_mark (int fd)
{
  struct stat st;

  return !flock (fd, LOCK_SH | LOCK_NB) && !fstat (fd, &st) && st.st_nlink;
}


static gpg_error_t
set_mark (roster_t roster, const char *path)
{
  int i;

  for (i = 0; i < HOLD_TRIES; i++)
    {
      if (i)
        {
          close (roster->mark);
          poll (NULL, 0, HOLD_STEP_MS);
        }
      roster->mark = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
                           | O_NONBLOCK, 0600);
      if (roster->mark < 0)
        return gpg_error_from_syserror ();
      if (hold_mark (roster->mark))
        break;
    }
  /* Without the lock another program would take the mark for a left one.  */
  if (i == HOLD_TRIES)
    return gpg_error (GPG_ERR_EBUSY);
  return fsync (roster->mark) ? gpg_error_from_syserror ()
    : file_sync_folder (path);
}


gpg_error_t
roster_mark (roster_t roster, const char *name)
{
  char *path = revocation_path (roster->config, name);
  gpg_error_t err = path ? set_mark (roster, path)
    : gpg_error_from_syserror ();

  gpgrt_free (path);
  return err;
}


bool
roster_is_marked (config_t config, const char *name)
{
  char *path = revocation_path (config, name);
  bool marked = path && !access (path, F_OK);

  gpgrt_free (path);
  return marked;
}


gpg_error_t
roster_refuse_marked (roster_t roster, const char *verb, const char *name)
{
  if (!roster_is_marked (roster->config, name))
    return 0;
  log_error ("%s %s: their revocation is not finished; run 'postern-keys"
             " revoke %s' first", verb, name, name);
  return gpg_error (GPG_ERR_EBUSY);
}


gpg_error_t
roster_unmark (roster_t roster, const char *name)
{
  char *path = revocation_path (roster->config, name);
  gpg_error_t err = path ? file_remove (path) : gpg_error_from_syserror ();

  gpgrt_free (path);
  return gpg_err_code (err) == GPG_ERR_ENOENT ? 0 : err;
}


/* True if the process that set the mark is gone.  */
static bool
is_mark_left (config_t config, const char *name)
{
  char *path = revocation_path (config, name);
  int fd = path ? open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    : -1;
  bool left = fd >= 0 && !flock (fd, LOCK_EX | LOCK_NB);

  if (fd >= 0)
    close (fd);
  gpgrt_free (path);
  return left;
}


/* The mark may go only when posternd has read what is left on disk: a
   revocation that was interrupted may not have come to that.  */
static void
clear_mark (roster_t roster, const char *name)
{
  char *message;
  gpg_error_t err = roster_reload (roster, &message);

  if (!err)
    err = roster_unmark (roster, name);
  if (err)
    log_warn ("the revocation of %s: %s; 'postern-keys revoke %s' finishes it",
              name, message ? message : gpg_strerror (err), name);
  gpgrt_free (message);
}


void
roster_clear_marks (roster_t roster)
{
  char *path = gpgrt_bsprintf ("%s/users.d", roster->config->dir);
  DIR *dir = path ? opendir (path) : NULL;
  size_t len = sizeof PREFIX - 1;
  struct dirent *entry;
  const char *name;

  gpgrt_free (path);
  while (dir && (entry = readdir (dir)))
    {
      name = entry->d_name + len;
      if (!strncmp (entry->d_name, PREFIX, len)
          && netspec_name_valid (name, strlen (name))
          && !config_user_by_name (roster->config, name)
          && is_mark_left (roster->config, name))
        clear_mark (roster, name);
    }
  if (dir)
    closedir (dir);
}


static void
note_withdrawal (gpg_error_t *r_first, gpg_error_t err, const char *verb,
                 const char *name, const char *what)
{
  if (!err)
    return;
  log_error ("%s %s: %s: %s", verb, name, what,
             gpg_err_code (err) == GPG_ERR_EBUSY
             ? "another postern-keys is writing the file"
             : gpg_strerror (err));
  if (!*r_first)
    *r_first = err;
}


gpg_error_t
roster_withdraw_key (roster_t roster, const char *verb, const char *name,
                     const char *fpr)
{
  gpg_error_t first = 0;

  note_withdrawal (&first, roster_drop_key (roster, fpr), verb, name,
                   "cannot delete the key from the roster's home");
  return first;
}


gpg_error_t
roster_withdraw_file (roster_t roster, const char *verb,
                      const struct config_user *user)
{
  gpg_error_t err, first = 0;
  char *path = gpgrt_bsprintf ("%s/users.d/%s.conf", roster->config->dir,
                               user->name);

  note_withdrawal (&first, passwords_forget (roster->config, user), verb,
                   user->name, "cannot delete the password; 'postern-keys"
                   " passwd --delete' does it");
  err = path ? file_remove (path) : gpg_error_from_syserror ();
  if (gpg_err_code (err) != GPG_ERR_ENOENT)
    note_withdrawal (&first, err, verb, user->name, path ? path : "their file");
  gpgrt_free (path);
  return first;
}


gpg_error_t
roster_look_again (roster_t roster, const char *verb, const char *name)
{
  const struct config_user *user = config_user_by_name (roster->config, name);

  if (!roster_is_marked (roster->config, name))
    return 0;
  if (user)
    {
      roster_withdraw_key (roster, verb, name, user->fpr);
      roster_withdraw_file (roster, verb, user);
    }
  roster_announce (roster, verb, name);
  log_error ("%s %s: they were revoked meanwhile and have been removed", verb,
             name);
  return gpg_error (GPG_ERR_EBUSY);
}
