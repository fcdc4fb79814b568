/* hangup.c - Shut down a connection at a deadline.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "hangup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
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
  struct itimerval timer;
  struct sigaction sa;

  memset (&timer, 0, sizeof timer);
  setitimer (ITIMER_REAL, &timer, NULL);
  memset (&sa, 0, sizeof sa);
  sa.sa_handler = take_alarm;
  sigemptyset (&sa.sa_mask);
  sigaction (SIGALRM, &sa, NULL);
  late = 0;
  timer.it_value.tv_sec = ms / 1000;
  timer.it_value.tv_usec = ms % 1000 * 1000;
  timer.it_interval.tv_usec = AGAIN;
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
