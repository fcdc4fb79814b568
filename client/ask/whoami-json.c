/* whoami-json.c - What a server says a person may do, as data.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * PROTOCOL.md has the lines of the reply.  A line that fits none of them is
 * left out, and then "whole" is false; "output" has all of the text.  */

#include "whoami-json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/base/lines.h"
#include "../../common/base/netspec.h"
#include "../../common/base/tojson.h"

#define MAX_APPROVALS 1000


/* Take END off TEXT; false: TEXT does not end with it.  */
static bool
cut_end (char *text, const char *end)
{
  size_t len = strlen (text), n = strlen (end);

  if (len < n || strcmp (text + len - n, end))
    return false;
  text[len - n] = 0;
  return true;
}


static char *
find_last (char *text, const char *words)
{
  char *found = NULL;

  for (; (text = strstr (text, words)); text++)
    found = text;
  return found;
}


/* ", when 2 others approve" at the end of TEXT, which is taken off it.
   *R_N is how many; 0: not said.  */
static bool
cut_approvals (char *text, unsigned long long *r_n)
{
  static const char begin[] = ", when ";
  char *found = find_last (text, begin);
  const char *number = found ? found + strlen (begin) : "";
  size_t len = strspn (number, "0123456789");

  *r_n = 0;
  if (!found)
    return false;
  if (len && (lines_take_number (number, len, MAX_APPROVALS, r_n) || !*r_n))
    return false;
  if (strcmp (number + len, !len ? "others approve"
              : *r_n == 1 ? " other approves" : " others approve"))
    return false;
  *found = 0;
  return true;
}


/* The hours at the end of TEXT, which are taken off it.  */
static json_t *
cut_hours (char *text)
{
  json_t *array = json_array ();
  struct hours hours;
  char *found;

  while ((found = find_last (text, ", "))
         && !netspec_hours_parse (found + 2, &hours))
    {
      json_array_insert_new (array, 0, json_string (found + 2));
      *found = 0;
    }
  return array;
}


/* The limits at the end of TEXT, which are taken off it.  */
static json_t *
cut_limits (char *text)
{
  const char *not_now = cut_end (text, ", but not at this hour") ? "hour"
    : cut_end (text, ", but not from this address") ? "address" : NULL;
  bool signed_ = cut_end (text, ", with a signed address (--source)");
  unsigned long long n;
  bool approval = cut_approvals (text, &n);
  bool password = cut_end (text, ", with a password");

  return json_pack ("{s:o, s:b, s:b, s:o, s:b, s:s?}",
                    "hours", cut_hours (text), "password", password,
                    "approval", approval,
                    "approvals", approval ? tojson_number (n)
                    : json_integer (0), "signed-address", signed_,
                    "not-now", not_now);
}


/* "1h30m", as netspec_duration_print has it.  */
static bool
take_duration (const char *text, unsigned int *r_seconds)
{
  unsigned int part;
  char unit[16];
  size_t len;

  *r_seconds = 0;
  for (; *text; text += len)
    {
      len = strspn (text, "0123456789") + 1;
      if (len > sizeof unit - 1)
        return false;
      snprintf (unit, sizeof unit, "%.*s", (int) len, text);
      if (netspec_duration_parse (unit, &part)
          || part > UINT_MAX - *r_seconds)
        return false;
      *r_seconds += part;
    }
  return *r_seconds;
}


/* "NAME: PORTS for at most DURATION"; NULL if it is not.  */
static json_t *
take_rule_line (char *text)
{
  static const char words[] = " for at most ";
  struct port_set ports;
  unsigned int seconds;
  char *colon = strstr (text, ": "), *time;

  time = colon ? strstr (colon, words) : NULL;
  if (!time)
    return NULL;
  *colon = *time = 0;
  if (netspec_ports_parse (colon + 2, &ports)
      || !take_duration (time + strlen (words), &seconds))
    return NULL;
  return json_pack ("{s:s, s:o, s:I}", "name", text, "ports",
                    tojson_ports (&ports), "max-time", (json_int_t) seconds);
}


/* "NAME: ARGUMENTS"; NULL if it is not.  */
static json_t *
take_command_line (char *text)
{
  char *colon = strchr (text, ':');

  if (!colon)
    return NULL;
  *colon++ = 0;
  colon += *colon == ' ';
  return json_pack ("{s:s, s:s?}", "name", text, "arguments",
                    strcmp (colon, "no arguments") ? colon : NULL);
}


/* Add what LINE says to the array NAME of OBJECT; false: it is unknown
   here.  */
static bool
take_item (json_t *object, const char *name, char *line,
           json_t *(*take) (char *text))
{
  json_t *limits = cut_limits (line), *item = take (line);
  bool good = item && !json_object_update (item, limits)
    && !json_array_append (json_object_get (object, name), item);

  json_decref (limits);
  json_decref (item);
  return good;
}


static char *
text_after (char *line, const char *begin)
{
  size_t len = strlen (begin);

  return strncmp (line, begin, len) ? NULL : line + len;
}


/* False: LINE says what is not known here.  */
static bool
take_rights_line (json_t *object, char *line)
{
  unsigned long long ends;
  char *rest;

  if ((rest = text_after (line, "you are ")))
    return !json_object_set_new (object, "user", json_string (rest));
  if ((rest = text_after (line, "rule ")))
    return take_item (object, "rules", rest, take_rule_line);
  if ((rest = text_after (line, "command ")))
    return take_item (object, "commands", rest, take_command_line);
  if ((rest = text_after (line, "access ends ")))
    return !lines_take_number (rest, strlen (rest), LINES_MAX_TIME, &ends)
      && !json_object_set_new (object, "access-ends", tojson_number (ends));
  return !strcmp (line, "no rule is for you");
}


void
whoami_json (json_t *object, const char *text, size_t len)
{
  char *copy = encode_is_clean (text, len) ? strndup (text, len) : NULL;
  bool whole = copy && len && text[len - 1] == '\n';
  char *line = copy, *end;

  json_object_update_new (object, json_pack ("{s:n, s:[], s:[], s:n}", "user",
                                             "rules", "commands",
                                             "access-ends"));
  /* A line that was cut off has no end.  */
  for (; line && (end = strchr (line, '\n')); line = end + 1)
    {
      *end = 0;
      whole = take_rights_line (object, line) && whole;
    }
  json_object_set_new (object, "whole", json_boolean (whole));
  free (copy);
}
