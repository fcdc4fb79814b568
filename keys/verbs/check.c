/* check.c - How postern-keys check says what it finds.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "check.h"

#include <stdarg.h>
#include <stdio.h>

#define SOON_S (30 * 86400u)


void
check_say (struct check *check, const char *kind, const char *what,
           const char *format, ...)
{
  va_list args;
  char *text;

  va_start (args, format);
  text = gpgrt_vbsprintf (format, args);
  va_end (args);
  if (check->json)
    people_print_element (json_pack ("{ss ss ss}", "kind", kind, "what",
                                     what, "text", text ? text : kind),
                          &check->findings);
  else
    {
      printf ("%s: %s\n", what, text ? text : kind);
      check->findings++;
    }
  gpgrt_free (text);
}


const char *
check_what (const char *kind, const char *name, char what[CHECK_WHATLEN])
{
  snprintf (what, CHECK_WHATLEN, "%s %s", kind, name);
  return what;
}


bool
check_is_near (const struct check *check, uint64_t when)
{
  return when && when < check->now + SOON_S;
}
