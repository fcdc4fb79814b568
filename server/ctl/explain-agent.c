/* explain-agent.c - A gpg-agent for explain alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The agent that serves requests has one queue, and what we are to explain may
 * be just what fills it.  So explain starts an agent of its own.  gpg finds an
 * agent by its home alone: in a mount namespace of our own, that home is a
 * folder in memory with another socket, into which the files of the real home
 * are mounted, read-only.  (Folders are not: an agent that starts sets the
 * mode of the folder of keys.)
 *
 * The real home belongs to the unseal user, who may have been taken over: only
 * regular files and folders are mounted, by descriptor, and no link is
 * followed.  */

#include "explain.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../posternd/agent.h"
#include "../posternd/posternd.h"
#include "../role/role.h"

#define MAX_ENTRIES 64          /* A home has about ten.  */


/* Create TO so that something of the status ST can be mounted on it.  */
static gpg_error_t
make_place (const char *to, const struct stat *st)
{
  int fd;

  if (S_ISDIR (st->st_mode))
    return mkdir (to, 0700) ? gpg_error_from_syserror () : 0;
  fd = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return gpg_error_from_syserror ();
  close (fd);
  return 0;
}


static gpg_error_t
mount_entry (int entry, const char *to)
{
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  char from[64];
  struct stat st;
  gpg_error_t err;

  if (fstat (entry, &st))
    return gpg_error_from_syserror ();
  if (!S_ISDIR (st.st_mode) && !S_ISREG (st.st_mode))
    return 0;
  err = make_place (to, &st);
  if (err)
    return err;
  if (S_ISREG (st.st_mode))
    flags |= MS_RDONLY;
  snprintf (from, sizeof from, "/proc/self/fd/%d", entry);
  if (mount (from, to, NULL, MS_BIND, NULL)
      || mount (NULL, to, NULL, flags, NULL))
    return gpg_error_from_syserror ();
  return 0;
}


/* GnuPG's locks belong to the agent that runs now, and we would wait for them
   for ever.  */
static bool
is_lock (const char *name)
{
  size_t n = strlen (name);

  return *name == '.' || (n > 5 && !strcmp (name + n - 5, ".lock"));
}


/* Mount everything in the folder DIR into HOME.  */
static gpg_error_t
mount_entries (DIR *dir, const char *home)
{
  gpg_error_t err = 0;
  struct dirent *entry;
  unsigned int n = 0;
  char *to;
  int fd;

  while (!err && (entry = readdir (dir)))
    {
      if (is_lock (entry->d_name))
        continue;
      if (n++ == MAX_ENTRIES)
        return gpg_error (GPG_ERR_TOO_MANY);
      fd = openat (dirfd (dir), entry->d_name,
                   O_PATH | O_NOFOLLOW | O_CLOEXEC);
      if (fd < 0)
        continue;               /* It has just been deleted.  */
      if (asprintf (&to, "%s/%s", home, entry->d_name) < 0)
        err = gpg_error_from_syserror ();
      else
        {
          err = mount_entry (fd, to);
          free (to);
        }
      close (fd);
    }
  return err;
}


/* Cover HOME with a folder that has the same files.  Mounts are made private
   first: nothing of this may reach the rest of the system.  */
static gpg_error_t
cover_home (const char *home, const struct confine_id *id)
{
  char options[96];
  gpg_error_t err;
  DIR *dir;

  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
    return gpg_error_from_syserror ();
  dir = opendir (home);
  if (!dir)
    return gpg_error_from_syserror ();
  snprintf (options, sizeof options, "mode=700,uid=%u,gid=%u,size=1m",
            (unsigned int)id->uid, (unsigned int)id->gid);
  if (mount ("postern-explain", home, "tmpfs",
             MS_NOSUID | MS_NODEV | MS_NOEXEC, options))
    err = gpg_error_from_syserror ();
  else
    err = mount_entries (dir, home);
  closedir (dir);
  return err;
}


static gpg_error_t
start_explain_agent (const char *home, const struct confine_id *id,
                     pid_t *r_pid)
{
  gpg_error_t err;
  char *path;
  int fd = -1;

  if (asprintf (&path, "%s/S.gpg-agent", home) < 0)
    return gpg_error_from_syserror ();
  err = runtime_listen (path, 0177, false, &fd);
  if (!err && chown (path, id->uid, id->gid))
    err = gpg_error_from_syserror ();
  if (!err)
    err = agent_spawn (home, fd, id, false, -1, r_pid);
  if (fd >= 0)
    close (fd);
  free (path);
  return err;
}


gpg_error_t
explain_agent (config_t config, const char **r_no_key, pid_t *r_pid)
{
  char *home = config_state_path (config, "agent");
  struct confine_id id;
  gpg_error_t err;

  *r_no_key = NULL;
  *r_pid = 0;
  if (!home)
    return gpg_error_from_syserror ();
  err = confine_lookup (ROLE_USER_AGENT, &id);
  if (!err && agent_wants_card (home))
    *r_no_key = "unknown: the server's key is on a card, which posternd uses";
  else if (!err && unshare (CLONE_NEWNS))
    *r_no_key = "unknown: this system allows no mount namespace, which a second"
      " gpg-agent needs";
  else if (!err)
    err = cover_home (home, &id);
  if (!err && !*r_no_key)
    err = start_explain_agent (home, &id, r_pid);
  if (err)
    log_error ("explain: a gpg-agent for %s: %s", home, gpg_strerror (err));
  free (home);
  return err;
}
