/* pace.c - Not faster than a server lets one person ask.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pace.h"

#include <time.h>

/* Of the default, 20 at once and 2 a second, so that the person can ask for
   something else besides.  */
#define AT_ONCE 10
#define PAUSE_US 600000


static int64_t
now_us (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_BOOTTIME, &ts);
  return ts.tv_sec * INT64_C (1000000) + ts.tv_nsec / 1000;
}


void
pace_wait (struct pace *pace)
{
  struct timespec ts;
  int64_t left = pace->next_us - now_us ();

  if (pace->n++ >= AT_ONCE && left > 0)
    {
      ts.tv_sec = (time_t) (left / 1000000);
      ts.tv_nsec = (long) (left % 1000000) * 1000;
      nanosleep (&ts, NULL);
    }
  pace->next_us = now_us () + PAUSE_US;
}
