/* conf-place.c - What is wrong in a file, and where.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "conf-place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
