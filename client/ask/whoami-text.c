/* whoami-text.c - What a server says a person may do, as text.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "whoami-text.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/base/wrap.h"


size_t
whoami_text_name (const char *text, size_t len,
                  char name[NETSPEC_NAMELEN + 1])
{
  static const char begin[] = "you are ";
  const char *end = len ? memchr (text, '\n', len) : NULL;
  size_t n = strlen (begin), line = end ? (size_t) (end - text) : 0;

  *name = 0;
  if (line <= n || memcmp (text, begin, n)
      || !netspec_name_valid (text + n, line - n))
    return 0;
  memcpy (name, text + n, line - n);
  name[line - n] = 0;
  return line + 1;
}


/* Of the *LEN bytes at *TEXT those that BEGIN them are taken off; false:
   they begin otherwise.  */
static bool
take_begin (const char **text, size_t *len, const char *begin)
{
  size_t n = strlen (begin);

  if (*len < n || memcmp (*text, begin, n))
    return false;
  *text += n;
  *len -= n;
  return true;
}


/* If there are commands they come next.  */
bool
whoami_text_nothing (const char *text, size_t len)
{
  char name[NETSPEC_NAMELEN + 1];
  size_t n = whoami_text_name (text, len, name);

  text += n;
  len -= n;
  return take_begin (&text, &len, "no rule is for you\n")
    && (!len || take_begin (&text, &len, "access ends "));
}


/* A line without an end was cut off.  */
void
whoami_text_print (FILE *fp, const char *text, size_t len)
{
  char name[NETSPEC_NAMELEN + 1], *copy;
  size_t begin = whoami_text_name (text, len, name), n = len - begin;

  copy = calloc (1, n + sizeof "...");
  if (!copy)
    return;
  memcpy (copy, text + begin, n);
  encode_mask (copy, n, "\n");
  if (n && copy[n - 1] != '\n')
    memcpy (copy + n, "...", sizeof "...");
  wrap_lines (fp, copy);
  free (copy);
}
