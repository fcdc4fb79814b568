/* netspec-time.c - Durations and hours, as people write them.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "netspec.h"

#include <stdio.h>
#include <string.h>
#include "encode.h"

#define MAX_SECONDS (10u * 365 * 86400)
#define DAY_MINUTES (24u * 60)


static unsigned int
unit_seconds (char unit)
{
  switch (unit)
    {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    default: return 0;
    }
}


gpg_error_t
netspec_duration_parse (const char *text, unsigned int *r_secs)
{
  size_t len = strlen (text);
  unsigned long long value;
  unsigned int unit;

  *r_secs = 0;
  unit = len ? unit_seconds (text[len - 1]) : 0;
  if (!unit || decode_decimal (text, len - 1, MAX_SECONDS / unit, &value))
    return gpg_error (GPG_ERR_INV_VALUE);
  *r_secs = (unsigned int)value * unit;
  return 0;
}


char *
netspec_duration_print (unsigned long secs, char *text)
{
  static const char units[] = "dhms";
  size_t len = 0;
  unsigned int i, unit;

  for (i = 0; units[i]; i++)
    {
      unit = unit_seconds (units[i]);
      if (secs < unit && !(units[i] == 's' && !len))
        continue;
      snprintf (text + len, 32 - len, "%lu%c", secs / unit, units[i]);
      len += strlen (text + len);
      secs %= unit;
    }
  return text;
}


static const char day_names[7][4] =
  { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };


static bool
parse_day (const char **text, unsigned int *r_day)
{
  unsigned int i;

  for (i = 0; i < 7; i++)
    if (!strncmp (*text, day_names[i], 3))
      {
        *text += 3;
        *r_day = i;
        return true;
      }
  return false;
}


/* Read "Mon-Fri,Sun".  A span may cross the end of the week.  A day that is
   named twice is refused.  */
static bool
parse_days (const char **text, unsigned int *r_days)
{
  unsigned int day, last;

  *r_days = 0;
  for (;; ++*text)
    {
      if (!parse_day (text, &day))
        return false;
      last = day;
      if (**text == '-')
        {
          ++*text;
          if (!parse_day (text, &last) || last == day)
            return false;
        }
      for (;; day = (day + 1) % 7)
        {
          if (*r_days & 1u << day)
            return false;
          *r_days |= 1u << day;
          if (day == last)
            break;
        }
      if (**text != ',')
        return true;
    }
}


static bool
two_digits (const char *text, unsigned int max, unsigned int *r_value)
{
  if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
    return false;
  *r_value = (unsigned int)(10 * (text[0] - '0') + text[1] - '0');
  return *r_value <= max;
}


/* Read "07:00", at most MOST minutes.  Midnight at the end of a day is
   "24:00".  */
static bool
parse_time (const char *text, unsigned int most, unsigned int *r_minute)
{
  unsigned int hour, minute;

  if (!two_digits (text, 24, &hour) || text[2] != ':'
      || !two_digits (text + 3, 59, &minute))
    return false;
  *r_minute = 60 * hour + minute;
  return *r_minute <= most;
}


gpg_error_t
netspec_hours_parse (const char *text, struct hours *r_hours)
{
  struct hours hours = { 0x7f, 0, 0 };

  memset (r_hours, 0, sizeof *r_hours);
  if ((*text < '0' || *text > '9')
      && (!parse_days (&text, &hours.days) || *text++ != ' '))
    return gpg_error (GPG_ERR_INV_VALUE);
  if (strlen (text) != 11 || text[5] != '-'
      || !parse_time (text, DAY_MINUTES - 1, &hours.first)
      || !parse_time (text + 6, DAY_MINUTES, &hours.last))
    return gpg_error (GPG_ERR_INV_VALUE);
  *r_hours = hours;
  return 0;
}


/* How many consecutive days DAYS has from DAY on.  */
static unsigned int
count_days (unsigned int days, unsigned int day)
{
  unsigned int n = 0;

  while (n < 7 && days & 1u << (day + n) % 7)
    n++;
  return n;
}


/* The days of DAYS, which are not all seven, from Monday on, or from the
   first one behind a gap.  Returns the length.  */
static size_t
print_days (unsigned int days, char *text, size_t size)
{
  unsigned int first = 1, i, n;
  size_t len = 0;

  while (days & 1u << (first + 6) % 7)
    first++;
  for (i = 0; i < 7; i += n ? n : 1)
    {
      n = count_days (days, (first + i) % 7);
      if (n)
        len += (size_t)snprintf (text + len, size - len, "%s%s",
                                 len ? "," : "", day_names[(first + i) % 7]);
      if (n > 1)
        len += (size_t)snprintf (text + len, size - len, "%s%s",
                                 n > 2 ? "-" : ",",
                                 day_names[(first + i + n - 1) % 7]);
    }
  return len;
}


char *
netspec_hours_print (const struct hours *hours, char *text)
{
  size_t len = 0;

  if (hours->days != 0x7f)
    len = print_days (hours->days, text, NETSPEC_HOURSSTRLEN);
  snprintf (text + len, NETSPEC_HOURSSTRLEN - len, "%s%02u:%02u-%02u:%02u",
            len ? " " : "", hours->first / 60, hours->first % 60,
            hours->last / 60, hours->last % 60);
  return text;
}


bool
netspec_hours_contain (const struct hours *hours, const struct tm *tm)
{
  unsigned int now = (unsigned int)(60 * tm->tm_hour + tm->tm_min);
  unsigned int today = 1u << tm->tm_wday;
  unsigned int before = 1u << (tm->tm_wday + 6) % 7;

  if (hours->first < hours->last)
    return ((hours->days & today) && now >= hours->first
            && now < hours->last);
  /* It belongs to the day on which it begins.  */
  return (((hours->days & today) && now >= hours->first)
          || ((hours->days & before) && now < hours->last));
}
