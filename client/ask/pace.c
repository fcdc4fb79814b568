/* pace.c - Not faster than a server allows one person to ask.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pace.h"

#include <time.h>
#include "../../common/base/ticks.h"

/* Less than the default of "rate", 20 at once and 2 a second, so that the
   person can send other requests meanwhile.  */
#define AT_ONCE 10
#define PAUSE_US 600000


void
pace_wait (struct pace *pace)
{
  struct timespec ts;
  int64_t left = pace->next_us - (int64_t)ticks_boot_us ();

  if (pace->n++ >= AT_ONCE && left > 0)
    {
      ts.tv_sec = (time_t) (left / 1000000);
      ts.tv_nsec = (long) (left % 1000000) * 1000;
      nanosleep (&ts, NULL);
    }
  pace->next_us = (int64_t)ticks_boot_us () + PAUSE_US;
}
