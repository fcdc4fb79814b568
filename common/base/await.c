/* await.c - Wait for a descriptor, until a deadline.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "await.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include "ticks.h"


static int
remaining_ms (uint64_t end_ms)
{
  uint64_t now_ms = ticks_ms ();

  if (end_ms == AWAIT_FOREVER)
    return -1;
  if (now_ms >= end_ms)
    return 0;
  return end_ms - now_ms < INT_MAX ? (int)(end_ms - now_ms) : INT_MAX;
}


gpg_error_t
await_fd (int fd, short events, uint64_t end_ms)
{
  struct pollfd pfd = { fd, events, 0 };
  int n;

  do
    n = poll (&pfd, 1, remaining_ms (end_ms));
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return gpg_error_from_syserror ();
  return n ? 0 : gpg_error (GPG_ERR_TIMEOUT);
}
