/* folders.c - The folders of a server: who owns what.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Root works here in folders that belong to users who may have been taken
 * over.  So every file is opened without following links and changed by its
 * descriptor; a path is never used twice.  */

#include "folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/program.h"
#include "../../server/role/role.h"

#define MAX_DEPTH 8             /* Of folders that are deleted.  */
#define SOCKET_SIZE 256         /* Of the path of an agent's socket.  */
#define GPGCONF_MS 30000        /* For one run of gpgconf.  */
#define AGENT_STEP_MS 10        /* Between two looks ...  */
#define AGENT_STEPS 300         /* ... whether an agent has ended.  */

static const char *const role_users[] =
  { ROLE_USER_DECIDE, ROLE_USER_UNSEAL, ROLE_USER_AGENT, ROLE_USER_VERIFY,
    ROLE_USER_MUSTER, ROLE_USER_VOUCH };


/* Without a deadline: a useradd that is killed may leave its locks.  */
static gpg_error_t
add_system_user (const char *user)
{
  char *argv[] = { "/usr/sbin/useradd", "--system", "--user-group",
                   "--no-create-home", "--home-dir", "/nonexistent",
                   "--shell", "/usr/sbin/nologin", (char *)user, NULL };
  const struct program program = { .argv = argv, .timeout_ms = -1 };
  gpg_error_t err;
  size_t len;
  int status;

  err = program_run (&program, &len, &status);
  /* useradd also fails if another init was faster.  */
  return err ? err
    : status && !getpwnam (user) ? gpg_error (GPG_ERR_GENERAL) : 0;
}


gpg_error_t
folders_make_users (const char **r_what)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < sizeof role_users / sizeof *role_users; i++)
    {
      *r_what = role_users[i];
      if (!getpwnam (role_users[i]))
        err = add_system_user (role_users[i]);
    }
  return err;
}


static gpg_error_t
lookup_ids (const char *user, uid_t *r_uid, gid_t *r_gid)
{
  struct passwd *pw;

  *r_uid = 0;
  *r_gid = 0;
  if (!user)
    return 0;
  pw = getpwnam (user);
  if (!pw)
    return gpg_error (GPG_ERR_UNKNOWN_NAME);
  *r_uid = pw->pw_uid;
  *r_gid = pw->pw_gid;
  return 0;
}


/* Open the folder PATH for a change that has to do with USER.  */
static gpg_error_t
open_for_user (const char *path, const char *user, uid_t *r_uid, gid_t *r_gid,
               int *r_fd)
{
  gpg_error_t err = lookup_ids (user, r_uid, r_gid);

  if (err)
    return err;
  *r_fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return *r_fd < 0 ? gpg_error_from_syserror () : 0;
}


gpg_error_t
folders_make (const char *path, const char *user, mode_t mode)
{
  gpg_error_t err;
  uid_t uid;
  gid_t gid;
  int fd;

  err = lookup_ids (user, &uid, &gid);
  if (!err && mkdir (path, 0700) && errno != EEXIST)
    err = gpg_error_from_syserror ();
  if (!err)
    err = open_for_user (path, user, &uid, &gid, &fd);
  if (err)
    return err;
  if (mode & 070)
    uid = 0;                    /* Its group reads it and owns nothing.  */
  if (fchown (fd, uid, gid) || fchmod (fd, mode))
    err = gpg_error_from_syserror ();
  close (fd);
  return err;
}


/* Change the owner by descriptor, so that nobody can put a link in the way.
   The sockets of a running agent cannot be opened (ENXIO), and stay.  */
static gpg_error_t
give_entry (int dirfd, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
  gpg_error_t err = 0;
  struct stat st;
  int fd;

  fd = openat (dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return errno == ENXIO || errno == ELOOP ? 0 : gpg_error_from_syserror ();
  if (fstat (fd, &st))
    err = gpg_error_from_syserror ();
  else if (S_ISREG (st.st_mode) || S_ISDIR (st.st_mode))
    {
      if (fchown (fd, uid, gid)
          || (mode && S_ISREG (st.st_mode) && fchmod (fd, mode)))
        err = gpg_error_from_syserror ();
    }
  close (fd);
  return err;
}


static gpg_error_t
give_entries (int dirfd, uid_t uid, gid_t gid, mode_t mode, int depth)
{
  gpg_error_t err = 0;
  struct dirent *entry;
  DIR *dir = fdopendir (dirfd);
  int fd;

  if (!dir)
    {
      err = gpg_error_from_syserror ();
      close (dirfd);
      return err;
    }
  while (!err && (entry = readdir (dir)))
    {
      if (!strcmp (entry->d_name, ".") || !strcmp (entry->d_name, ".."))
        continue;
      err = give_entry (dirfd, entry->d_name, uid, gid, mode);
      if (err || entry->d_type != DT_DIR || !depth)
        continue;
      fd = openat (dirfd, entry->d_name,
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      err = fd < 0 ? gpg_error_from_syserror ()
        : give_entries (fd, uid, gid, mode, depth - 1);
    }
  closedir (dir);
  return err;
}


gpg_error_t
folders_give (const char *path, const char *user)
{
  gpg_error_t err;
  uid_t uid;
  gid_t gid;
  int fd;

  err = open_for_user (path, user, &uid, &gid, &fd);
  if (err)
    return err;
  if (fchown (fd, uid, gid))
    {
      err = gpg_error_from_syserror ();
      close (fd);
      return err;
    }
  return give_entries (fd, uid, gid, 0, 1);
}


gpg_error_t
folders_share (const char *path, const char *user)
{
  gpg_error_t err;
  uid_t uid;
  gid_t gid;
  int fd;

  err = open_for_user (path, user, &uid, &gid, &fd);
  if (err)
    return err;
  return give_entries (fd, 0, gid, 0640, 0);
}


static gpg_error_t
remove_entry (int dirfd, const char *name, int depth);

/* Delete what is in the folder FD, which is closed.  */
static gpg_error_t
remove_content (int fd, int depth)
{
  gpg_error_t err = 0;
  struct dirent *entry;
  DIR *dir = fdopendir (fd);

  if (!dir)
    {
      err = gpg_error_from_syserror ();
      close (fd);
      return err;
    }
  while (!err && (entry = readdir (dir)))
    if (strcmp (entry->d_name, ".") && strcmp (entry->d_name, ".."))
      err = remove_entry (dirfd (dir), entry->d_name, depth);
  closedir (dir);
  return err;
}


static gpg_error_t
remove_entry (int dirfd, const char *name, int depth)
{
  gpg_error_t err;
  int fd = openat (dirfd, name,
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    return unlinkat (dirfd, name, 0) && errno != ENOENT
      ? gpg_error_from_syserror () : 0;
  if (fd < 0)
    return errno == ENOENT ? 0 : gpg_error_from_syserror ();
  if (!depth)
    {
      close (fd);
      return gpg_error (GPG_ERR_ELOOP);
    }
  err = remove_content (fd, depth - 1);
  if (!err && unlinkat (dirfd, name, AT_REMOVEDIR) && errno != ENOENT)
    err = gpg_error_from_syserror ();
  return err;
}


gpg_error_t
folders_remove (const char *path)
{
  return remove_entry (AT_FDCWD, path, MAX_DEPTH);
}


/* Run gpgconf with two arguments for the home PATH.  What it prints goes to
   BUF (NULL: nowhere) as a string, which is empty if it fails.  */
static void
run_gpgconf (const char *path, const char *first, const char *second,
             char *buf, size_t size)
{
  char *argv[] = { POSTERN_GPGCONF, "--homedir", (char *)path, (char *)first,
                   (char *)second, NULL };
  const struct program program =
    { .argv = argv, .timeout_ms = GPGCONF_MS, .buf = buf, .size = size };
  size_t len;
  int status;

  if (program_run (&program, &len, &status))
    len = 0;
  if (buf)
    buf[len] = 0;
}


/* True if an agent listens there.  A socket that a killed one left does not
   count.  */
static bool
agent_answers (const char *name)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  bool good;
  int fd;

  if (!*name || strlen (name) >= sizeof sun.sun_path)
    return false;
  memcpy (sun.sun_path, name, strlen (name) + 1);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return false;
  good = !connect (fd, (struct sockaddr *)&sun, sizeof sun);
  close (fd);
  return good;
}


void
folders_end_agent (const char *path)
{
  const struct timespec step = { 0, AGENT_STEP_MS * 1000000 };
  char name[SOCKET_SIZE];
  int i;

  /* Its agent's socket need not be in the home.  */
  run_gpgconf (path, "--list-dirs", "agent-socket", name, sizeof name);
  name[strcspn (name, "\n")] = 0;
  if (!agent_answers (name))
    return;
  run_gpgconf (path, "--kill", "gpg-agent", NULL, 0);
  for (i = 0; i < AGENT_STEPS && agent_answers (name); i++)
    nanosleep (&step, NULL);
}


bool
folders_reachable (const char *path)
{
  char *copy = strdup (path), *p;
  struct stat st;
  bool ok = true;

  if (!copy)
    return false;
  for (p = copy + 1; ok && (p = strchr (p, '/')); p++)
    {
      *p = 0;
      ok = stat (copy, &st) || (st.st_mode & S_IXOTH);
      *p = '/';
    }
  free (copy);
  return ok;
}
