/* lock.c - Locks that are waited for so long and no longer.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#define STEP 20                 /* Milliseconds between two tries.  */


static gpg_error_t
wait_for (int fd, int wait)
{
  while (flock (fd, wait == LOCK_FOR_EVER ? LOCK_EX : LOCK_EX | LOCK_NB))
    {
      if (errno == EINTR)
        continue;
      if (errno != EWOULDBLOCK)
        return gpg_error_from_syserror ();
      if (wait <= 0)
        return gpg_error (GPG_ERR_EBUSY);
      poll (NULL, 0, STEP);
      wait = wait > STEP ? wait - STEP : 0;
    }
  return 0;
}


gpg_error_t
lock_take (const char *path, int wait, int *r_fd)
{
  gpg_error_t err;

  *r_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                0600);
  if (*r_fd < 0)
    return gpg_error_from_syserror ();
  err = wait_for (*r_fd, wait);
  if (err)
    {
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}
