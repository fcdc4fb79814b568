/* confirm.c - A yes of the person at the terminal.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "confirm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include "../../common/base/log.h"


int
confirm_ask (const char *verb, const char *question, const char *no,
             const char *instead)
{
  char line[16] = "";
  FILE *tty = fopen ("/dev/tty", "r+e");

  if (!tty)
    {
      log_error ("%s: no terminal to ask on; %s", verb, instead);
      return EX_NOINPUT;
    }
  fprintf (tty, "\n%s [y/N] ", question);
  fflush (tty);
  if (!fgets (line, sizeof line, tty))
    *line = 0;
  fclose (tty);
  if (!strcasecmp (line, "y\n") || !strcasecmp (line, "yes\n"))
    return -1;
  log_error ("%s: %s", verb, no);
  return EX_NOPERM;
}
