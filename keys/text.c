/* text.c - Times and fingerprints, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the configuration gives as a date, a day in UTC, is shown as one; what
 * happened at some time is shown in the reader's own time.  */

#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>


static char *
format_utc (uint64_t when, bool minute, const char *none, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when || !gmtime_r (&t, &tm)
      || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d %H:%M", &tm))
    snprintf (buf, TEXT_TIMELEN, "%s", when ? "?" : none);
  else if (!minute)
    *strchr (buf, ' ') = 0;
  return buf;
}


char *
text_date (uint64_t when, char *buf)
{
  return format_utc (when, false, "never", buf);
}


char *
text_minute (uint64_t when, char *buf)
{
  return format_utc (when, true, "-", buf);
}


char *
text_time (uint64_t when, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when)
    return memcpy (buf, "-", sizeof "-");
  if (!localtime_r (&t, &tm)
      || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d %H:%M", &tm))
    return memcpy (buf, "?", sizeof "?");
  return buf;
}


char *
text_fingerprint (const char *fpr, char *buf)
{
  size_t i, n = 0;

  for (i = 0; fpr[i] && i < NETSPEC_FPRLEN; i++)
    {
      if (i && !(i % 4))
        buf[n++] = ' ';
      if (i == 20)
        buf[n++] = ' ';
      buf[n++] = fpr[i];
    }
  buf[n] = 0;
  return buf;
}
