/* lock.c - Lock files, with a limit to how long we wait.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * flock has no timeout, and an alarm would be the whole program's: so we try
 * again and again.  The file is never removed: who waited for the old one and
 * who makes a new one would both hold a lock.  */

#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#define STEP_MS 20              /* Between two attempts.  */


static gpg_error_t
wait_for_lock (int fd, int wait_ms)
{
  while (flock (fd, wait_ms == LOCK_FOR_EVER ? LOCK_EX : LOCK_EX | LOCK_NB))
    {
      if (errno == EINTR)
        continue;
      if (errno != EWOULDBLOCK)
        return gpg_error_from_syserror ();
      if (wait_ms <= 0)
        return gpg_error (GPG_ERR_EBUSY);
      poll (NULL, 0, STEP_MS);
      wait_ms = wait_ms > STEP_MS ? wait_ms - STEP_MS : 0;
    }
  return 0;
}


gpg_error_t
lock_take (const char *path, int wait_ms, int *r_fd)
{
  gpg_error_t err;

  *r_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                0600);
  if (*r_fd < 0)
    return gpg_error_from_syserror ();
  err = wait_for_lock (*r_fd, wait_ms);
  if (err)
    {
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}
