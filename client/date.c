/* date.c - Dates and times for a person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "date.h"

#include <string.h>
#include <time.h>


char *
date_time (time_t when, char *text)
{
  struct tm tm;

  if (!localtime_r (&when, &tm)
      || !strftime (text, DATE_TIMELEN, "%F %T %z", &tm))
    memcpy (text, "?", 2);
  return text;
}


char *
date_text (uint64_t when, char *text)
{
  time_t t = (time_t) when;
  struct tm tm;

  if (!when || !localtime_r (&t, &tm)
      || !strftime (text, DATE_LEN, "%F", &tm))
    memcpy (text, "never", 6);
  return text;
}
