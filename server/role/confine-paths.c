/* confine-paths.c - Landlock: which files can still be reached.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See landlock(7) and the kernel's Documentation/userspace-api/landlock.rst.
 * glibc has no functions for it.  A restriction can never be undone.  */

#include "confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that are not yet in the headers of Debian 12.  */
#define FS_REFER    (1ull << 13)        /* ABI 2 */
#define FS_TRUNCATE (1ull << 14)        /* ABI 3 */
#define FS_IOCTL    (1ull << 15)        /* ABI 5 */

#define FS_READ  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE \
                  | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_FILE  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE \
                  | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL)

/* All rights that version ABI knows.  */
static uint64_t
rights_of (long abi)
{
  uint64_t all = (1ull << 13) - 1;

  if (abi >= 2)
    all |= FS_REFER;
  if (abi >= 3)
    all |= FS_TRUNCATE;
  if (abi >= 5)
    all |= FS_IOCTL;
  return all;
}

static gpg_error_t
add_path (int ruleset, const char *path, uint64_t rights)
{
  struct landlock_path_beneath_attr attr;
  gpg_error_t err = 0;
  struct stat st;
  int fd;

  fd = open (path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT? 0 : gpg_error_from_syserror ();
  attr.parent_fd = fd;
  attr.allowed_access = rights;
  if (!fstat (fd, &st) && !S_ISDIR (st.st_mode))
    attr.allowed_access &= FS_FILE;
  if (syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
               &attr, 0))
    err = gpg_error_from_syserror ();
  close (fd);
  return err;
}

static gpg_error_t
add_paths (int ruleset, const char *const *paths, size_t n, uint64_t rights)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < n; i++)
    err = add_path (ruleset, paths[i], rights);
  return err;
}

static gpg_error_t
restrict_self (int ruleset)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
      || syscall (SYS_landlock_restrict_self, ruleset, 0))
    return gpg_error_from_syserror ();
  return 0;
}

/* The version of Landlock; less than 1 if there is none.  */
static long
find_abi (void)
{
  return syscall (SYS_landlock_create_ruleset, NULL, 0,
                  LANDLOCK_CREATE_RULESET_VERSION);
}

bool
confine_knows_paths (void)
{
  return find_abi () >= 1;
}

/* A ruleset that forbids everything about files; *R_ALL is what that is.  */
static gpg_error_t
make_ruleset (int *r_ruleset, uint64_t *r_all)
{
  struct landlock_ruleset_attr attr = { 0 };
  long abi = find_abi ();

  *r_ruleset = -1;
  if (abi < 1)
    return gpg_error (GPG_ERR_NOT_SUPPORTED);
  *r_all = attr.handled_access_fs = rights_of (abi);
  *r_ruleset = (int)syscall (SYS_landlock_create_ruleset, &attr,
                             sizeof attr.handled_access_fs, 0);
  return *r_ruleset < 0 ? gpg_error_from_syserror () : 0;
}

/* Put RULESET into force, unless ERR is an error already, and close it.  */
static gpg_error_t
enforce_ruleset (int ruleset, gpg_error_t err)
{
#ifdef POSTERN_SANITIZE         /* They look for leaks there.  */
  if (!err)
    err = add_path (ruleset, "/proc", FS_READ);
#endif
  if (!err)
    err = restrict_self (ruleset);
  close (ruleset);
  return err;
}

gpg_error_t
confine_folders (const char *const *write, size_t n_write,
                 const char *const *read, size_t n_read)
{
  gpg_error_t err;
  uint64_t all;
  int ruleset;

  err = make_ruleset (&ruleset, &all);
  if (err)
    return err;
  err = add_paths (ruleset, write, n_write, all);
  if (!err)
    err = add_paths (ruleset, read, n_read, FS_READ);
  return enforce_ruleset (ruleset, err);
}

static size_t
count_paths (const char *const *paths)
{
  size_t n = 0;

  while (paths[n])
    n++;
  return n;
}

gpg_error_t
confine_reach (const struct confine_reach *reach)
{
  const uint64_t execute = LANDLOCK_ACCESS_FS_EXECUTE;
  gpg_error_t err;
  uint64_t all;
  int ruleset;

  err = make_ruleset (&ruleset, &all);
  if (err)
    return err;
  err = add_paths (ruleset, reach->write, count_paths (reach->write),
                   all & ~execute);
  if (!err)
    err = add_paths (ruleset, reach->read, count_paths (reach->read),
                     FS_READ & ~execute);
  if (!err)
    err = add_paths (ruleset, reach->execute, count_paths (reach->execute),
                     FS_READ);
  return enforce_ruleset (ruleset, err);
}

/* Allow reading everything in FOLDER but NAME.  What has gone meanwhile, or
   cannot be opened, is left out.  */
static gpg_error_t
add_others (int ruleset, const char *folder, const char *name)
{
  DIR *dir = opendir (folder);
  struct dirent *entry;
  char path[512];

  if (!dir)
    return gpg_error_from_syserror ();
  while ((entry = readdir (dir)))
    if (strcmp (entry->d_name, ".") && strcmp (entry->d_name, "..")
        && strcmp (entry->d_name, name)
        && snprintf (path, sizeof path, "%s/%s", folder, entry->d_name)
           < (int)sizeof path)
      add_path (ruleset, path, LANDLOCK_ACCESS_FS_READ_FILE);
  closedir (dir);
  return 0;
}

gpg_error_t
confine_unread (const char *parent, const char *name)
{
  struct landlock_ruleset_attr attr =
    { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };
  gpg_error_t err;
  char path[512];
  int ruleset;

  snprintf (path, sizeof path, "%s/%s", parent, name);
  if (access (path, F_OK))
    return 0;
  ruleset = (int)syscall (SYS_landlock_create_ruleset, &attr,
                          sizeof attr.handled_access_fs, 0);
  if (ruleset < 0)
    return gpg_error (GPG_ERR_NOT_SUPPORTED);
  err = add_others (ruleset, "/", parent + 1);
  if (!err)
    err = add_others (ruleset, parent, name);
  if (!err)
    err = restrict_self (ruleset);
  close (ruleset);
  return err;
}

gpg_error_t
confine_paths (const char *const *paths, size_t n)
{
  return confine_folders (paths, n, NULL, 0);
}
