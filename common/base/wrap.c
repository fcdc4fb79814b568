/* wrap.c - Lines that hold the words of others.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "wrap.h"

#include <string.h>
#include <sys/ioctl.h>

#define COLUMNS 79              /* Of a terminal.  */
#define LEAST 20                /* However narrow it is.  */


/* What FP has room for behind INDENT columns.  */
static size_t
find_room (FILE *fp, size_t indent)
{
  struct winsize ws;
  size_t n = COLUMNS;
  int fd = fileno (fp);

  if (fd >= 0 && !ioctl (fd, TIOCGWINSZ, &ws) && ws.ws_col > 1
      && ws.ws_col <= n)
    n = ws.ws_col - 1u;
  return n > indent + LEAST ? n - indent : LEAST;
}


/* How much of TEXT, which is longer, goes into a line with ROOM: up to a word
   if one begins near the end.  No line begins with a blank by that.  */
static size_t
find_break (const char *text, size_t room)
{
  size_t n;

  for (n = room; n > room - LEAST / 2; n--)
    if (text[n - 1] == ' ' && text[n] != ' ')
      return n;
  for (n = room; ((unsigned char) text[n] & 0xc0) == 0x80; n--)
    ;
  return n;
}


/* Bytes are no fewer than columns.  */
void
wrap_print (FILE *fp, const char *text, size_t indent)
{
  size_t len = strlen (text), room = find_room (fp, indent), n;

  for (; len > room; text += n, len -= n)
    {
      n = find_break (text, room);
      fprintf (fp, "%.*s\n%*s", (int) n, text, (int) indent, "");
    }
  fprintf (fp, "%s\n", text);
}
