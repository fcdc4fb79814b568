/* ctl-print.c - Rows of posternctl, as a person reads them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What we print was written by decide, which reads what strangers send: no
 * text may reach the terminal but through ctl_plain_text.  */

#include "posternctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../common/base/encode.h"
#include "../../common/base/netspec.h"
#include "../../common/base/wrap.h"


/* Replace what could do something to a terminal.  */
static void
make_plain (char *text)
{
  bool clean = encode_is_clean (text, strlen (text));

  for (; *text; text++)
    if ((unsigned char)*text < 0x20
        || (!clean && (unsigned char)*text > 0x7e))
      *text = '?';
}


const char *
ctl_plain_text (json_t *value)
{
  const char *text = json_string_value (value);
  char *copy = text ? strdup (text) : NULL;

  if (!copy)
    return "";
  make_plain (copy);
  if (strcmp (copy, text))
    json_string_set_nocheck (value, copy);
  free (copy);
  return json_string_value (value);
}


/* A member as a text; "" if it is missing.  */
static const char *
text_of (json_t *row, const char *name)
{
  return ctl_plain_text (json_object_get (row, name));
}


json_int_t
ctl_number (json_t *row, const char *name)
{
  return json_integer_value (json_object_get (row, name));
}


/* The words of a list, "" if there is none; TEXT takes NETSPEC_PORTSTRLEN
   bytes.  */
static const char *
list_of (json_t *row, const char *name, char *text)
{
  json_t *word;
  size_t i, len = 0;

  *text = 0;
  json_array_foreach (json_object_get (row, name), i, word)
    {
      len += (size_t)snprintf (text + len, NETSPEC_PORTSTRLEN - len, "%s%s",
                               i ? "," : "", ctl_plain_text (word));
      if (len >= NETSPEC_PORTSTRLEN)
        break;
    }
  return text;
}


const char *
ctl_print_time (time_t when, char *text)
{
  struct tm tm;

  memset (text, 0, 32);
  if (when && localtime_r (&when, &tm))
    strftime (text, 32, "%Y-%m-%d %H:%M:%S", &tm);
  return text;
}


/* With the DAY, or only the time.  */
static const char *
local_time_of (json_t *row, const char *name, bool day, char *text)
{
  ctl_print_time ((time_t)ctl_number (row, name), text);
  return day || !*text ? text : text + 11;
}


void
ctl_print_grant (json_t *row)
{
  char left[32], bind[16] = "", ports[NETSPEC_PORTSTRLEN];

  if (ctl_number (row, "bind"))
    snprintf (bind, sizeof bind, " bind %d", (int)ctl_number (row, "bind"));
  printf ("%s  %-10s %-15s %-22s %6s left  by rule %s%s%s\n",
          text_of (row, "id"), text_of (row, "user"),
          text_of (row, "address"), list_of (row, "ports", ports),
          netspec_duration_print ((unsigned long)ctl_number (row, "left"),
                                  left),
          text_of (row, "rule"), bind,
          json_is_true (json_object_get (row, "once")) ? " once" : "");
}


void
ctl_print_audit (json_t *row)
{
  char when[32], until[32];
  json_int_t count = ctl_number (row, "count");

  printf ("%s  %-8s %-8s %-10s %-15s %s",
          local_time_of (row, "time", true, when),
          text_of (row, "result"), text_of (row, "action"),
          *text_of (row, "user") ? text_of (row, "user") : "-",
          *text_of (row, "source") ? text_of (row, "source") : "-",
          text_of (row, "id"));
  if (*text_of (row, "ports"))
    printf (" %s for %s", text_of (row, "ports"), text_of (row, "address"));
  if (*text_of (row, "rule"))
    printf (" by %s %s", strcmp (text_of (row, "action"), "run") ? "rule"
            : "command", text_of (row, "rule"));
  if (*text_of (row, "argv"))
    printf (" %s", text_of (row, "argv"));
  if (ctl_number (row, "until"))
    printf (" until %s", local_time_of (row, "until", false, until));
  if (*text_of (row, "reason"))
    printf (": %s", text_of (row, "reason"));
  if (*text_of (row, "detail"))
    printf (" (%s)", text_of (row, "detail"));
  if (count > 1)
    printf (" [%" JSON_INTEGER_FORMAT " times]", count);
  putchar ('\n');
  fflush (stdout);
}


void
ctl_print_pending (json_t *row)
{
  char until[32], *line;
  int indent;

  line = gpgrt_bsprintf ("%s  (%d of %d approvals, until %s)",
                         text_of (row, "what"),
                         (int)ctl_number (row, "approvals"),
                         (int)ctl_number (row, "needs"),
                         local_time_of (row, "until", false, until));
  if (!line)
    return;
  indent = printf ("%.8s  %-10s ", text_of (row, "request"),
                   text_of (row, "user"));
  wrap_print (stdout, line, indent > 0 ? (size_t)indent : 0);
  gpgrt_free (line);
}
