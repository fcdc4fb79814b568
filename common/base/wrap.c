/* wrap.c - Break lines that are too long for a terminal.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "wrap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 79              /* Of a terminal.  */
#define LEAST 20                /* Even if it is narrower.  */


size_t
wrap_columns (FILE *fp)
{
  struct winsize ws;
  int fd = fileno (fp);

  if (fd >= 0 && !ioctl (fd, TIOCGWINSZ, &ws) && ws.ws_col > 1
      && ws.ws_col <= COLUMNS)
    return ws.ws_col - 1u;
  return COLUMNS;
}


/* How many columns FP has after the first INDENT.  */
static size_t
find_room (FILE *fp, size_t indent)
{
  size_t n = wrap_columns (fp);

  return n > indent + LEAST ? n - indent : LEAST;
}


/* How many bytes of TEXT, which is longer, go into a line with ROOM columns:
   up to a word, if one begins near the end, so that the next line does not
   begin with a space.  Never within a UTF-8 sequence.  */
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


/* Bytes are counted, which are never fewer than columns.  */
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


bool
wrap_is_terminal (FILE *fp)
{
  int fd = fileno (fp);

  return fd >= 0 && isatty (fd);
}


void
wrap_own (FILE *fp, const char *text, size_t indent)
{
  if (wrap_is_terminal (fp))
    wrap_print (fp, text, indent);
  else
    fprintf (fp, "%s\n", text);
}


void
wrap_lines (FILE *fp, const char *text)
{
  const char *end;
  size_t n;
  char *line;

  for (; *text; text = *end ? end + 1 : end)
    {
      end = strchrnul (text, '\n');
      n = strspn (text, " ");
      n += strcspn (text + n, " \n");
      n += text[n] == ' ';
      line = strndup (text + n, (size_t)(end - text) - n);
      fprintf (fp, "%.*s", (int) n, text);
      wrap_own (fp, line ? line : "", n);
      free (line);
    }
}
