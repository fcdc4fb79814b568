/* hangup.c - Shut down a connection at a deadline.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "hangup.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#define AGAIN 50000             /* Microseconds between two signals.  */

static volatile sig_atomic_t watched = -1;
static volatile sig_atomic_t late;


static void
take_alarm (int signo)
{
  int saved = errno;

  (void)signo;
  late = 1;
  if (watched >= 0)
    shutdown (watched, SHUT_RDWR);
  errno = saved;
}


/* The signal repeats, because the first one may come a moment before the call
   that waits.  Without SA_RESTART, so that connect ends as well.  */
void
hangup_arm (unsigned int ms)
{
  const struct itimerval off = { 0 };
  const struct itimerval timer = { { 0, AGAIN },
                                   { ms / 1000, ms % 1000 * 1000 } };
  const struct sigaction sa = { .sa_handler = take_alarm };

  setitimer (ITIMER_REAL, &off, NULL);
  sigaction (SIGALRM, &sa, NULL);
  late = 0;
  if (ms)
    setitimer (ITIMER_REAL, &timer, NULL);
}


void
hangup_watch (int fd)
{
  watched = fd;
  if (late && fd >= 0)
    shutdown (fd, SHUT_RDWR);
}


bool
hangup_late (void)
{
  return late;
}
