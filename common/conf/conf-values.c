/* conf-values.c - Strict readers of the configuration's values.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../base/encode.h"

#define MAX_ITEMS 4096          /* Of a list of names.  */
#define MAX_MESSAGE 512


static gpg_error_t GPGRT_ATTR_PRINTF (3, 0)
fail_va (gpg_error_t err, const struct conf_place *place,
         const char *format, va_list ap)
{
  char text[MAX_MESSAGE];
  char line[16] = "";

  if (!place->r_message)
    return err;
  free (*place->r_message);
  *place->r_message = NULL;
  vsnprintf (text, sizeof text, format, ap);
  if (place->line)
    snprintf (line, sizeof line, "%u:", place->line);
  if (asprintf (place->r_message, "%s:%s %s%s%s", place->file, line,
                place->option ? place->option : "",
                place->option ? ": " : "", text) < 0)
    *place->r_message = NULL;
  return err;
}


gpg_error_t
conf_fail (const struct conf_place *place, const char *format, ...)
{
  gpg_error_t err;
  va_list ap;

  va_start (ap, format);
  err = fail_va (gpg_error (GPG_ERR_INV_VALUE), place, format, ap);
  va_end (ap);
  return err;
}


gpg_error_t
conf_fail_with (gpg_error_t err, const struct conf_place *place,
                const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  fail_va (err, place, format, ap);
  va_end (ap);
  return err;
}


gpg_error_t
conf_value_number (const struct conf_place *place, const char *text,
                   unsigned long long least, unsigned long long most,
                   unsigned long long *r_value)
{
  if (decode_decimal (text, strlen (text), most, r_value)
      || *r_value < least)
    return conf_fail (place, "'%.60s' is no decimal number from %llu to"
                      " %llu", text, least, most);
  return 0;
}


gpg_error_t
conf_value_size (const struct conf_place *place, const char *text,
                 unsigned long long least, unsigned long long most,
                 unsigned long long *r_value)
{
  static const char units[] = "kMG";
  size_t len = strlen (text);
  const char *unit = len ? strchr (units, text[len - 1]) : NULL;
  unsigned int shift = unit ? 10 * (unsigned int) (unit - units + 1) : 0;

  if (unit)
    len--;
  if (!len || decode_decimal (text, len, most >> shift, r_value)
      || !*r_value)
    return conf_fail (place, "'%.60s' is not a size up to %llu bytes; write"
                      " '64k', '16M' or '2G'", text, most);
  *r_value <<= shift;
  if (*r_value < least)
    return conf_fail (place, "'%.60s' is less than %llu bytes", text,
                      least);
  return 0;
}


gpg_error_t
conf_value_bool (const struct conf_place *place, const char *text,
                 bool *r_value)
{
  if (strcmp (text, "true") && strcmp (text, "false"))
    return conf_fail (place, "'%.60s' is neither true nor false", text);
  *r_value = *text == 't';
  return 0;
}


gpg_error_t
conf_value_duration (const struct conf_place *place, const char *text,
                     unsigned int least, unsigned int most,
                     unsigned int *r_secs)
{
  char from[32], to[32];

  if (netspec_duration_parse (text, r_secs))
    return conf_fail (place, "'%.60s' is no duration;"
                      " write a number and s, m, h or d, as '90s'", text);
  if (*r_secs < least || *r_secs > most)
    return conf_fail (place, "'%.60s' does not lie between %s and %s",
                      text, netspec_duration_print (least, from),
                      netspec_duration_print (most, to));
  return 0;
}


/* "2/s": so many in a second, a minute or an hour.  */
static bool
parse_pace (const char *text, struct conf_rate *rate)
{
  static const char units[] = "smh";
  static const unsigned int seconds[] = { 1, 60, 3600 };
  size_t len = strspn (text, "0123456789");
  const char *unit = text[len] == '/' && text[len + 1]
    ? strchr (units, text[len + 1]) : NULL;
  unsigned long long value;

  if (!unit || text[len + 2]
      || decode_decimal (text, len, CONF_MAX_RATE, &value) || !value)
    return false;
  rate->n = (unsigned int) value;
  rate->seconds = seconds[unit - units];
  return true;
}


gpg_error_t
conf_value_rate (const struct conf_place *place, const char *text,
                 struct conf_rate *r_rate)
{
  struct conf_rate rate = { 0 };
  unsigned long long value;
  size_t len = strspn (text, "0123456789");

  if (strcmp (text, "none"))
    {
      if (strncmp (text + len, ", ", 2)
          || decode_decimal (text, len, CONF_MAX_RATE, &value) || !value
          || !parse_pace (text + len + 2, &rate))
        return conf_fail (place, "'%.60s' is not a rate; write '20, 2/s' (20"
                          " at once, then 2 a second; m and h likewise, up"
                          " to %u each), or 'none'", text,
                          CONF_MAX_RATE);
      rate.burst = (unsigned int) value;
    }
  *r_rate = rate;
  return 0;
}


/* Exactly two digits, or four.  */
static bool
digits (const char *text, size_t n, int *r_value)
{
  *r_value = 0;
  for (; n; n--, text++)
    {
      if (*text < '0' || *text > '9')
        return false;
      *r_value = 10 * *r_value + (*text - '0');
    }
  return true;
}


/* "2027-01-31" to Unix seconds.  */
static bool
parse_date (const char *text, uint64_t *r_time)
{
  int year, month, day;
  struct tm tm;
  time_t t;

  if (strlen (text) != 10 || text[4] != '-' || text[7] != '-'
      || !digits (text, 4, &year) || !digits (text + 5, 2, &month)
      || !digits (text + 8, 2, &day) || year < 1970)
    return false;
  memset (&tm, 0, sizeof tm);
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  tm.tm_mday = day;
  t = timegm (&tm);
  /* timegm makes a 31st of February the 3rd of March.  */
  if (t <= 0 || tm.tm_mon != month - 1 || tm.tm_mday != day)
    return false;
  *r_time = (uint64_t) t;
  return true;
}


gpg_error_t
conf_value_time (const struct conf_place *place, const char *text,
                 uint64_t *r_time)
{
  unsigned long long value;

  if (parse_date (text, r_time))
    return 0;
  if (decode_decimal (text, strlen (text), 253402300799ULL, &value))
    return conf_fail (place, "'%.60s' is not a time; write a date as"
                      " '2027-01-31', or Unix seconds (0: never)", text);
  *r_time = value;
  return 0;
}


gpg_error_t
conf_value_fpr (const struct conf_place *place, const char *text,
                char fpr[NETSPEC_FPRLEN + 1])
{
  size_t len = strlen (text);

  if (!netspec_fpr_valid (text, len))
    return conf_fail (place, "'%.80s' is no fingerprint; write all 40"
                      " digits of the primary key's, in capitals and"
                      " without blanks", text);
  memcpy (fpr, text, len + 1);
  return 0;
}


/* True for an absolute path that is written in its shortest form, with no
   "." and no ".." in it.  */
static bool
path_valid (const char *path)
{
  const char *part = path;
  size_t len;

  if (*path != '/' || !path[1])
    return false;
  while (*part)
    {
      len = strcspn (++part, "/");
      if (!len || (len == 1 && *part == '.')
          || (len == 2 && part[0] == '.' && part[1] == '.'))
        return false;
      part += len;
    }
  return true;
}


gpg_error_t
conf_value_path (const struct conf_place *place, const char *text,
                 size_t most, char **r_path)
{
  char *copy;

  if (!path_valid (text) || !encode_is_clean (text, strlen (text)))
    return conf_fail (place, "'%.80s' is no path; write it from the root,"
                      " without '.', '..' and '/' at the end", text);
  if (strlen (text) > most)
    return conf_fail (place, "'%.80s' is longer than %zu bytes", text,
                      most);
  copy = strdup (text);
  if (!copy)
    return gpg_error_from_syserror ();
  free (*r_path);
  *r_path = copy;
  return 0;
}


gpg_error_t
conf_value_string (const struct conf_place *place, const char *text,
                   size_t most, struct strlist *list)
{
  size_t i;

  for (i = 0; i < list->n; i++)
    if (!strcmp (list->item[i], text))
      return conf_fail (place, "'%.60s' is repeated", text);
  if (list->n >= most)
    return conf_fail (place, "more than %zu items", most);
  return strlist_append (list, text);
}


gpg_error_t
conf_value_name (const struct conf_place *place, const char *text,
                 struct strlist *list)
{
  if (!netspec_name_valid (text, strlen (text)))
    return conf_fail (place, "'%.60s' is no name; names have 1 to %d of"
                      " a-z, 0-9, '.', '_' and '-' and begin with one of"
                      " the first two kinds", text, NETSPEC_NAMELEN);
  return conf_value_string (place, text, MAX_ITEMS, list);
}
