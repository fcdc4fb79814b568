/* run-user.h - Hides /run/user from a test.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program.  GnuPG puts the sockets of its
 * agents below /run/user/UID where that is there, as it is once somebody has
 * logged in by systemd.  The server's users have none, and a test that acts
 * for them has none either.  */

#ifndef POSTERN_TEST_RUN_USER_H
#define POSTERN_TEST_RUN_USER_H

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static bool
run_user_write (const char *name, const char *text)
{
  int fd = open (name, O_WRONLY | O_CLOEXEC);
  bool good = fd >= 0 && write (fd, text, strlen (text)) > 0;

  if (fd >= 0)
    close (fd);
  return good;
}

/* Without root a user namespace lets one mount.  */
static bool
run_user_unshare (void)
{
  char users[64], groups[64];

  if (!getuid ())
    return !unshare (CLONE_NEWNS);
  snprintf (users, sizeof users, "%u %u 1", getuid (), getuid ());
  snprintf (groups, sizeof groups, "%u %u 1", getgid (), getgid ());
  return !unshare (CLONE_NEWUSER | CLONE_NEWNS)
         && run_user_write ("/proc/self/setgroups", "deny")
         && run_user_write ("/proc/self/uid_map", users)
         && run_user_write ("/proc/self/gid_map", groups);
}

/* Call it first in main; false where it cannot be done, and the test is to
   be skipped.  */
static bool
run_user_hide (void)
{
  char path[64];

  snprintf (path, sizeof path, "/run/user/%u", getuid ());
  if (access (path, F_OK))
    return true;
  if (run_user_unshare ()
      && !mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)
      && !mount ("tmpfs", "/run/user", "tmpfs", 0, NULL))
    return true;
  printf ("skipped: %s is there, and no mount namespace hides it\n", path);
  return false;
}

#endif /*POSTERN_TEST_RUN_USER_H*/
