/* ticks.c - Clocks that nobody can set.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "ticks.h"

#include <time.h>


static uint64_t
read_us (clockid_t id)
{
  struct timespec ts;

  clock_gettime (id, &ts);
  return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}


uint64_t
ticks_us (void)
{
  return read_us (CLOCK_MONOTONIC);
}


uint64_t
ticks_ms (void)
{
  return ticks_us () / 1000u;
}


uint64_t
ticks_boot_us (void)
{
  return read_us (CLOCK_BOOTTIME);
}


uint64_t
ticks_boot_ms (void)
{
  return ticks_boot_us () / 1000u;
}


uint64_t
ticks_asleep_ms (void)
{
  uint64_t awake = ticks_ms ();         /* First, so that it is the smaller.  */

  return ticks_boot_ms () - awake;
}
