/* progress.c - One line on a terminal that shows what is awaited.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE 79             /* It must not wrap.  */

static bool shown;              /* There is one terminal.  */


bool
progress_wanted (void)
{
  const char *term = getenv ("TERM");

  return term && *term && strcmp (term, "dumb") && isatty (STDERR_FILENO);
}


void
progress_show (const char *format, ...)
{
  char text[MAX_LINE + 1];
  va_list args;

  if (!progress_wanted ())
    return;
  va_start (args, format);
  gpgrt_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  fprintf (stderr, "\r\033[K%s", text);
  fflush (stderr);
  shown = true;
}


void
progress_clear (void)
{
  if (!shown)
    return;
  fputs ("\r\033[K", stderr);
  fflush (stderr);
  shown = false;
}
