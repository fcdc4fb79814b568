/* preload-clock.c - Clocks that a test can move while a server runs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Preloaded by /etc/ld.so.preload of a test's own mount namespace.  The
 * seconds to add stand in /etc/postern-clock as binary int64: to the wall
 * clock, and, if there is a second one, to CLOCK_BOOTTIME.  The file is
 * mapped once, so that a confined process sees them move too.  The first
 * alone is as when somebody sets the clock, the same in both as after a
 * sleep; CLOCK_MONOTONIC, and the kernel's timers, stay as they are.  */

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;  /* Of the two.  */


__attribute__ ((constructor)) static void
map_offset (void)
{
  void *p;
  int fd = open ("/etc/postern-clock", O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return;
  p = mmap (NULL, 2 * sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
  close (fd);
  if (p != MAP_FAILED)
    offset = p;
}


int
clock_gettime (clockid_t clock, struct timespec *ts)
{
  int rc = (int)syscall (SYS_clock_gettime, clock, ts);

  if (!rc && offset
      && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    ts->tv_sec += offset[0];
  /* Behind the end of a shorter file there are zeros.  */
  if (!rc && offset && clock == CLOCK_BOOTTIME)
    ts->tv_sec += offset[1];
  return rc;
}


time_t
time (time_t *r_time)
{
  struct timespec ts;

  clock_gettime (CLOCK_REALTIME, &ts);
  if (r_time)
    *r_time = ts.tv_sec;
  return ts.tv_sec;
}


int
gettimeofday (struct timeval *restrict tv, void *restrict zone)
{
  struct timespec ts;

  (void)zone;
  clock_gettime (CLOCK_REALTIME, &ts);
  tv->tv_sec = ts.tv_sec;
  tv->tv_usec = ts.tv_nsec / 1000;
  return 0;
}
