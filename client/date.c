/* date.c - Days for a person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "date.h"

#include <string.h>
#include <time.h>


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
