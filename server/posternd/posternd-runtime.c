/* posternd-runtime.c - The folders, locks and sockets of posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They must exist before the first role starts.  Nothing here may follow a link
 * that another user could have put there.  */

#include "posternd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../config/passwd.h"
#include "../store/continuity.h"
#include "../role/role.h"

/* Make the folder PATH, or take it over if it is root's or ID's.  */
static gpg_error_t
make_runtime_folder (const char *path, const struct confine_id *id, mode_t mode)
{
  gpg_error_t err = 0;
  struct stat st;
  int fd = -1;

  if ((mkdir (path, 0700) && errno != EEXIST)
      || (fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW
                     | O_CLOEXEC)) < 0
      || fstat (fd, &st))
    err = gpg_error_from_syserror ();
  else if (st.st_uid && st.st_uid != id->uid)
    err = gpg_error (GPG_ERR_EPERM);
  else if (fchown (fd, id->uid, id->gid) || fchmod (fd, mode))
    err = gpg_error_from_syserror ();
  if (fd >= 0)
    close (fd);
  return err;
}

/* The folder NAME of the runtime folder ("": itself) for ID.  */
static gpg_error_t
make_below (struct posternd *posternd, const char *name,
            const struct confine_id *id, mode_t mode)
{
  gpg_error_t err;
  char *path;

  if (asprintf (&path, "%s%s%s", posternd->config->runtime,
                *name? "/" : "", name) < 0)
    return gpg_error_from_syserror ();
  err = make_runtime_folder (path, id, mode);
  if (err)
    log_error ("cannot make the folder %s: %s", path, gpg_strerror (err));
  free (path);
  return err;
}

static gpg_error_t
look_up_id (const char *user, struct confine_id *r_id)
{
  gpg_error_t err = confine_lookup (user, r_id);

  if (err)
    log_error ("there is no user %s; 'systemd-sysusers' makes it", user);
  return err;
}

/* What distinguishes a restart from a reboot must vanish with the reboot, and
   no backup may contain it.  A folder that all users can write to, such as
   /dev/shm, is not safe: others choose which names are free there.  */
gpg_error_t
runtime_check_volatile (config_t config, char **r_message)
{
  *r_message = NULL;
  if (continuity_is_volatile (config->runtime))
    return 0;
  if (asprintf (r_message, "%s: the runtime folder is not on a tmpfs; run"
                " 'mount -t tmpfs -o mode=755 tmpfs %s', or set 'runtime' to"
                " a folder on one", config->runtime, config->runtime) < 0)
    *r_message = NULL;
  return gpg_error (GPG_ERR_ENOTSUP);
}

bool
runtime_has_key (struct posternd *posternd)
{
  const char *argv[] = { "unseal", "--check", "--config", posternd->dir,
                         NULL };
  struct spawn spawn = { .argv = argv };
  pid_t pid;

  return spawn_program (posternd->libexec, &spawn, &pid)
    || spawn_wait (pid) != ROLE_EXIT_CONFIG;
}

static gpg_error_t
make_runtime_folders (struct posternd *posternd,
                      const struct confine_id *decide)
{
  const struct confine_id root = { 0, 0 };
  gpg_error_t err;

  err = make_below (posternd, "", &root, 0755);
  if (!err)
    err = make_below (posternd, "act", &root, 0700);
  if (!err)
    err = make_below (posternd, "agent", &root, 0700);
  if (!err)
    err = make_below (posternd, "decide", decide, 0700);
  return err;
}


/* Only after fsync is it known that the file could be written.  */
static gpg_error_t
write_pid (struct posternd *posternd)
{
  gpg_error_t err;

  if (!fchmod (posternd->pid_fd, 0600) && !ftruncate (posternd->pid_fd, 0)
      && dprintf (posternd->pid_fd, "%ld\n", (long)getpid ()) >= 0
      && !fsync (posternd->pid_fd))
    return 0;
  err = gpg_error_from_syserror ();
  log_error ("cannot write %s/posternd.pid: %s; look at 'df %s'",
             posternd->config->runtime, gpg_strerror (err),
             posternd->config->runtime);
  return err;
}

/* Hold the file NAME in DIR, which no other posternd can hold then.  It is for
   root alone: whoever can read a file can lock it, and so keep posternd from
   starting.  GPG_ERR_CONFLICT, with *R_FD open, if another has it.  HINT is
   what else to say if it cannot be opened.  */
static gpg_error_t
hold_file (const char *dir, const char *name, const char *hint, int *r_fd)
{
  gpg_error_t err;
  char *path;

  if (asprintf (&path, "%s/%s", dir, name) < 0)
    return gpg_error_from_syserror ();
  *r_fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (*r_fd < 0)
    {
      err = gpg_error_from_syserror ();
      log_error ("cannot open %s: %s%s", path, gpg_strerror (err), hint);
    }
  else
    err = flock (*r_fd, LOCK_EX | LOCK_NB) ? gpg_error (GPG_ERR_CONFLICT) : 0;
  free (path);
  return err;
}

/* Hold RUNTIME/posternd.pid, or name who does.  */
static gpg_error_t
take_lock (struct posternd *posternd)
{
  const char *runtime = posternd->config->runtime;
  gpg_error_t err = hold_file (runtime, "posternd.pid", "",
                               &posternd->pid_fd);
  char text[24];
  ssize_t n;

  if (!err)
    return write_pid (posternd);
  if (posternd->pid_fd < 0)
    return err;
  n = pread (posternd->pid_fd, text, sizeof text - 1, 0);
  text[n > 0 ? n : 0] = 0;
  text[strcspn (text, "\n")] = 0;
  log_error ("a posternd (pid %s) runs on %s already", text, runtime);
  close (posternd->pid_fd);
  posternd->pid_fd = -1;        /* What is in it is not ours to empty.  */
  return err;
}


/* Hold STATE/lock.  Two with one state would take the agent's socket and the
   store from each other, whatever their runtime folders.  */
static gpg_error_t
lock_state (struct posternd *posternd)
{
  const char *state = posternd->config->state;
  gpg_error_t err = hold_file (state, "lock",
                               "; 'postern-keys init' makes the folder",
                               &posternd->state_fd);

  if (err && posternd->state_fd >= 0)
    log_error ("another posternd uses the state %s already; stop it, or set"
               " another 'state' in server.conf", state);
  return err;
}


static gpg_error_t
make_address (const char *path, struct sockaddr_un *sun)
{
  memset (sun, 0, sizeof *sun);
  sun->sun_family = AF_UNIX;
  if (strlen (path) >= sizeof sun->sun_path)
    {
      log_error ("%s: a socket's name may have at most %zu characters;"
                 " choose a shorter folder", path, sizeof sun->sun_path - 1);
      return gpg_error (GPG_ERR_ENAMETOOLONG);
    }
  memcpy (sun->sun_path, path, strlen (path));
  return 0;
}

/* Remove a socket that no program listens on, or any with TAKE_OVER.  */
static gpg_error_t
remove_stale (const char *path, const struct sockaddr_un *sun, bool take_over)
{
  struct stat st;
  int fd;

  if (lstat (path, &st))
    return errno == ENOENT? 0 : gpg_error_from_syserror ();
  if (!S_ISSOCK (st.st_mode))
    return gpg_error (GPG_ERR_EEXIST);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return gpg_error_from_syserror ();
  if (!take_over && !connect (fd, (const struct sockaddr *)sun, sizeof *sun))
    {
      close (fd);
      return gpg_error (GPG_ERR_EADDRINUSE);
    }
  close (fd);
  return unlink (path)? gpg_error_from_syserror () : 0;
}

gpg_error_t
runtime_listen (const char *path, mode_t mask, bool take_over, int *r_fd)
{
  struct sockaddr_un sun;
  gpg_error_t err;
  mode_t old;
  int fd;

  *r_fd = -1;
  err = make_address (path, &sun);
  if (!err)
    err = remove_stale (path, &sun, take_over);
  if (err)
    return err;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return gpg_error_from_syserror ();
  old = umask (mask);
  if (bind (fd, (struct sockaddr *)&sun, sizeof sun) || listen (fd, 64))
    {
      err = gpg_error_from_syserror ();
      close (fd);
    }
  else
    *r_fd = fd;
  umask (old);
  return err;
}

static gpg_error_t
open_control (struct posternd *posternd)
{
  gpg_error_t err;

  if (asprintf (&posternd->control_path, "%s/control",
                posternd->config->runtime) < 0)
    return gpg_error_from_syserror ();
  err = runtime_listen (posternd->control_path, 0177, false,
                        &posternd->control_fd);
  if (err)
    log_error ("cannot listen on %s: %s", posternd->control_path,
               gpg_strerror (err));
  return err;
}

static gpg_error_t
open_channels (struct posternd *posternd)
{
  int i, *ends;

  for (i = 0; i < CHANNEL_COUNT; i++)
    {
      ends = posternd->channel[i];
      ends[CHANNEL_OUT] = ends[CHANNEL_IN] = -1;
      if (i != CHANNEL_NONE
          && socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return gpg_error_from_syserror ();
    }
  return 0;
}

gpg_error_t
runtime_check_vouch (config_t config, char **r_message)
{
  struct confine_id id;
  gpg_error_t err;

  *r_message = NULL;
  if (!config_requires_any (config))
    return 0;
  err = confine_lookup (ROLE_USER_VOUCH, &id);
  if (!err)
    return passwd_check (config->dir, r_message);
  if (asprintf (r_message, "there is no user " ROLE_USER_VOUCH ", whom a rule"
                " with 'require' needs; 'useradd --system " ROLE_USER_VOUCH
                "' makes it") < 0)
    *r_message = NULL;
  return err;
}


gpg_error_t
runtime_open (struct posternd *posternd)
{
  static const char *const others[] =
    { ROLE_USER_VERIFY, ROLE_USER_UNSEAL, ROLE_USER_AGENT, ROLE_USER_MUSTER };
  struct confine_id decide, other;
  gpg_error_t err;
  size_t i;

  err = look_up_id (ROLE_USER_DECIDE, &decide);
  for (i = 0; !err && i < sizeof others / sizeof *others; i++)
    err = look_up_id (others[i], &other);
  if (!err)
    err = make_runtime_folders (posternd, &decide);
  if (!err)
    err = take_lock (posternd);
  if (!err)
    err = lock_state (posternd);
  if (!err)
    err = open_control (posternd);
  return err ? err : open_channels (posternd);
}

/* Leave no socket behind that no program serves; the kernel does the rest.  */
void
runtime_close (struct posternd *posternd)
{
  if (posternd->control_fd >= 0)
    unlink (posternd->control_path);
  agent_close (posternd);
  if (posternd->pid_fd >= 0 && ftruncate (posternd->pid_fd, 0))
    log_warn ("cannot empty the pid file: %s", strerror (errno));
}


/* sd_notify(3), by hand.  */
void
runtime_notify (const char *state)
{
  const char *path = getenv ("NOTIFY_SOCKET");
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  size_t len = path ? strlen (path) : 0;
  int fd;

  if (!len || (*path != '/' && *path != '@') || len >= sizeof sun.sun_path)
    return;
  memcpy (sun.sun_path, path, len);
  if (*path == '@')
    *sun.sun_path = 0;
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0
      || sendto (fd, state, strlen (state), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (struct sockaddr *)&sun,
                 (socklen_t)(offsetof (struct sockaddr_un, sun_path)
                             + len)) < 0)
    log_warn ("cannot notify %s: %s", path, strerror (errno));
  if (fd >= 0)
    close (fd);
}
