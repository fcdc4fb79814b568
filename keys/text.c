/* text.c - Times and fingerprints, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "text.h"

#include <string.h>
#include <time.h>


char *
text_date (uint64_t when, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when)
    return memcpy (buf, "never", sizeof "never");
  if (!gmtime_r (&t, &tm) || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d", &tm))
    return memcpy (buf, "?", sizeof "?");
  return buf;
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
