/* conf-values.c - The kinds of values: each reader beside its writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A value has one form or few: what a reader does not know it refuses, and
 * never rounds, trims or guesses.  A writer gives what the reader takes.  */

#include "conf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../base/encode.h"

#define MAX_ITEMS 4096          /* Of a list that names no limit.  */
#define MAX_TIME 253402300799ULL        /* The end of the year 9999.  */


/* ---------------------------- numbers ---------------------------- */

/* Numbers are unsigned, and as wide as their field.  */
static void
store_number (const struct conf_option *option, void *field,
              unsigned long long number)
{
  uint8_t one = (uint8_t)number;
  uint16_t two = (uint16_t)number;
  uint32_t four = (uint32_t)number;
  uint64_t eight = number;

  memcpy (field, option->size == 1 ? (void *)&one
          : option->size == 2 ? (void *)&two
          : option->size == 4 ? (void *)&four : (void *)&eight,
          option->size);
}


static unsigned long long
fetch_number (const struct conf_option *option, const void *field)
{
  uint8_t one;
  uint16_t two;
  uint32_t four;
  uint64_t eight;

  switch (option->size)
    {
    case 1:
      memcpy (&one, field, sizeof one);
      return one;
    case 2:
      memcpy (&two, field, sizeof two);
      return two;
    case 4:
      memcpy (&four, field, sizeof four);
      return four;
    default:
      memcpy (&eight, field, sizeof eight);
      return eight;
    }
}


/* A number and its UNIT, or nothing for what is less than it can be.  */
static const char *
print_number (const struct conf_option *option, const void *field,
              const char *unit, char *buf)
{
  unsigned long long number = fetch_number (option, field);

  if (number < option->least)
    return option->flags & CONF_NONE ? "none" : NULL;
  snprintf (buf, CONF_TEXTLEN, "%llu%s", number, unit);
  return buf;
}


CONF_TAKE (number)
{
  unsigned long long number;

  if (decode_decimal (text, strlen (text), option->most, &number)
      || number < option->least)
    return conf_fail (place, "'%.60s' is not a decimal number from %llu to"
                      " %llu", text, option->least, option->most);
  store_number (option, field, number);
  return 0;
}


CONF_TEXT (number)
{
  return print_number (option, field, "", buf);
}


/* "64k", "16M", "2G", or bytes.  */
CONF_TAKE (size)
{
  static const char units[] = "kMG";
  size_t len = strlen (text);
  const char *unit = len ? strchr (units, text[len - 1]) : NULL;
  unsigned int shift = unit ? 10 * (unsigned int) (unit - units + 1) : 0;
  unsigned long long number = 0;

  if (option->flags & CONF_NONE && !strcmp (text, "none"))
    {
      store_number (option, field, 0);
      return 0;
    }
  if (unit)
    len--;
  if (!len || decode_decimal (text, len, option->most >> shift, &number)
      || !number)
    return conf_fail (place, "'%.60s' is not a size up to %llu bytes; write"
                      " '64k', '16M' or '2G'", text, option->most);
  if (number << shift < option->least)
    return conf_fail (place, "'%.60s' is less than %llu bytes", text,
                      option->least);
  store_number (option, field, number << shift);
  return 0;
}


CONF_TAKE (duration)
{
  char from[32], to[32];
  unsigned int seconds;

  if (netspec_duration_parse (text, &seconds))
    return conf_fail (place, "'%.60s' is not a duration;"
                      " write a number and s, m, h or d, as '90s'", text);
  if (seconds < option->least || seconds > option->most)
    return conf_fail (place, "'%.60s' does not lie between %s and %s", text,
                      netspec_duration_print (option->least, from),
                      netspec_duration_print (option->most, to));
  store_number (option, field, seconds);
  return 0;
}


CONF_TEXT (duration)
{
  return print_number (option, field, "s", buf);
}


CONF_TAKE (bool)
{
  if (strcmp (text, "true") && strcmp (text, "false"))
    return conf_fail (place, "'%.60s' is neither true nor false", text);
  *(bool *)field = *text == 't';
  return 0;
}


CONF_TEXT (bool)
{
  return *(const bool *)field ? "true" : "false";
}


static gpg_error_t
fail_enum (const struct conf_place *place, const struct conf_option *option,
           const char *text)
{
  const char *const *word = option->words;
  char list[CONF_TEXTLEN] = "";
  size_t len = 0;

  if (!word[2])
    return conf_fail (place, "'%.60s' is neither '%s' nor '%s'", text,
                      word[0], word[1]);
  for (; *word && len < sizeof list; word++)
    len += (size_t)snprintf (list + len, sizeof list - len, "%s'%s'",
                             word == option->words ? ""
                             : word[1] ? ", " : " or ", *word);
  return conf_fail (place, "'%.60s' is not %s", text, list);
}


CONF_TAKE (enum)
{
  unsigned int i;

  for (i = 0; option->words[i]; i++)
    if (!strcmp (text, option->words[i]))
      {
        store_number (option, field, i);
        return 0;
      }
  return fail_enum (place, option, text);
}


CONF_TEXT (enum)
{
  return option->words[fetch_number (option, field)];
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


/* "20, 2/s", or "none".  */
CONF_TAKE (rate)
{
  struct conf_rate rate = { 0 };
  unsigned long long burst;
  size_t len = strspn (text, "0123456789");

  if (strcmp (text, "none"))
    {
      if (strncmp (text + len, ", ", 2)
          || decode_decimal (text, len, CONF_MAX_RATE, &burst) || !burst
          || !parse_pace (text + len + 2, &rate))
        return conf_fail (place, "'%.60s' is not a rate; write '20, 2/s' (20"
                          " at once, then 2 a second; m and h likewise, up"
                          " to %u each), or 'none'", text, CONF_MAX_RATE);
      rate.burst = (unsigned int) burst;
    }
  *(struct conf_rate *)field = rate;
  return 0;
}


CONF_TEXT (rate)
{
  const struct conf_rate *rate = field;

  if (!rate->burst)
    return "none";
  snprintf (buf, CONF_TEXTLEN, "%u, %u/%c", rate->burst, rate->n,
            rate->seconds == 1 ? 's' : rate->seconds == 60 ? 'm' : 'h');
  return buf;
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


CONF_TAKE (time)
{
  unsigned long long number;

  if (parse_date (text, field))
    return 0;
  if (decode_decimal (text, strlen (text), MAX_TIME, &number))
    return conf_fail (place, "'%.60s' is not a time; write a date as"
                      " '2027-01-31', or Unix seconds (0: never)", text);
  *(uint64_t *)field = number;
  return 0;
}


const struct conf_kind conf_number =
  { 0, false, true, take_number, text_number, NULL };
const struct conf_kind conf_size =
  { 0, false, true, take_size, text_number, NULL };
const struct conf_kind conf_duration =
  { 0, false, false, take_duration, text_duration, NULL };
const struct conf_kind conf_bool =
  { sizeof (bool), false, true, take_bool, text_bool, NULL };
const struct conf_kind conf_enum =
  { 0, false, false, take_enum, text_enum, NULL };
const struct conf_kind conf_rate =
  { sizeof (struct conf_rate), false, false, take_rate, text_rate, NULL };
const struct conf_kind conf_time =
  { sizeof (uint64_t), false, true, take_time, text_number, NULL };


/* ----------------------------- texts ----------------------------- */

static gpg_error_t
check_name (const struct conf_place *place, const char *text)
{
  if (!netspec_name_valid (text, strlen (text)))
    return conf_fail (place, "'%.60s' is not a valid name; names have 1 to"
                      " %d of a-z, 0-9, '.', '_' and '-' and begin with a"
                      " letter or digit", text, NETSPEC_NAMELEN);
  return 0;
}


/* FIELD is a string; it may have been given before.  */
static gpg_error_t
store_text (void *field, const char *text)
{
  char *copy = strdup (text), **string = field;

  if (!copy)
    return gpg_error_from_syserror ();
  free (*string);
  *string = copy;
  return 0;
}


CONF_TEXT (text)
{
  return *(char *const *)field;
}


CONF_RELEASE (text)
{
  char **string = field;

  free (*string);
  *string = NULL;
}


/* FIELD is an array that takes what was checked, and empty where nothing is
   given.  */
CONF_TEXT (array)
{
  return *(const char *)field ? field : NULL;
}


CONF_TAKE (fpr)
{
  size_t len = strlen (text);

  if (!netspec_fpr_valid (text, len))
    return conf_fail (place, "'%.80s' is not a fingerprint; write all 40"
                      " digits of the primary key's, in capitals and without"
                      " blanks", text);
  memcpy (field, text, len + 1);
  return 0;
}


CONF_TAKE (name)
{
  gpg_error_t err = check_name (place, text);

  return err ? err : store_text (field, text);
}


CONF_TAKE (name_buf)
{
  gpg_error_t err = check_name (place, text);

  if (!err)
    memcpy (field, text, strlen (text) + 1);
  return err;
}


CONF_TAKE (string)
{
  size_t len = strlen (text);

  if (!len || len > option->most || !encode_is_line (text, len))
    return conf_fail (place, "'%.60s' is not a text of 1 to %llu bytes",
                      text, option->most);
  return store_text (field, text);
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


/* A default may be "/", which has no shortest form.  */
CONF_TAKE (path)
{
  if (option->preset && !strcmp (text, option->preset))
    return store_text (field, text);
  if (!path_valid (text) || !encode_is_clean (text, strlen (text)))
    return conf_fail (place, "'%.80s' is not a valid path; write it from the"
                      " root, without '.', '..' and '/' at the end", text);
  if (strlen (text) > option->most)
    return conf_fail (place, "'%.80s' is longer than %llu bytes", text,
                      option->most);
  return store_text (field, text);
}


const struct conf_kind conf_fpr =
  { NETSPEC_FPRLEN + 1, false, false, take_fpr, text_array, NULL };
const struct conf_kind conf_name =
  { sizeof (char *), false, false, take_name, text_text, release_text };
const struct conf_kind conf_name_buf =
  { NETSPEC_NAMELEN + 1, false, false, take_name_buf, text_array, NULL };
const struct conf_kind conf_string =
  { sizeof (char *), false, false, take_string, text_text, release_text };
const struct conf_kind conf_path =
  { sizeof (char *), false, false, take_path, text_text, release_text };


/* ----------------------------- lists ----------------------------- */

CONF_TAKE (strings)
{
  unsigned long long most = option->most ? option->most : MAX_ITEMS;
  struct strlist *list = field;

  if (!(option->flags & CONF_ALIKE) && strlist_has (list, text))
    return conf_fail (place, "'%.60s' is repeated", text);
  if (list->n >= most)
    return conf_fail (place, "more than %llu items", most);
  return strlist_append (list, text);
}


CONF_TAKE (names)
{
  gpg_error_t err = check_name (place, text);

  return err ? err : take_strings (place, option, field, text);
}


CONF_TEXT (strings)
{
  const struct strlist *list = field;

  return i < list->n ? list->item[i] : NULL;
}


CONF_RELEASE (strings)
{
  strlist_release (field);
}


const struct conf_kind conf_names =
  { sizeof (struct strlist), true, false, take_names, text_strings,
    release_strings };
const struct conf_kind conf_strings =
  { sizeof (struct strlist), true, false, take_strings, text_strings,
    release_strings };
