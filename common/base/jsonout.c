/* jsonout.c - Writing JSON, for programs that link no library for it.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "jsonout.h"

#include <inttypes.h>
#include <string.h>


/* The character at TEXT and its length; U+FFFD for what is not UTF-8.  */
static uint32_t
decode (const unsigned char *text, size_t *r_len)
{
  uint32_t c = *text;
  size_t i, len = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

  *r_len = 1;
  if (c < 0x80)
    return c;
  if (len == 1 || c > 0xf4)
    return 0xfffd;
  c &= 0x7fu >> len;
  for (i = 1; i < len; i++)
    {
      if ((text[i] & 0xc0) != 0x80)
        return 0xfffd;
      c = c << 6 | (text[i] & 0x3f);
    }
  if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000)
      || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
    return 0xfffd;
  *r_len = len;
  return c;
}


static void
put_text (FILE *fp, const char *text)
{
  uint32_t c;
  size_t len;

  putc ('"', fp);
  for (; *text; text += len)
    {
      c = decode ((const unsigned char *) text, &len);
      if (c == '"' || c == '\\')
        fprintf (fp, "\\%c", (int) c);
      else if (c >= 0x20 && c < 0x7f)
        putc ((int) c, fp);
      else if (c < 0x10000)
        fprintf (fp, "\\u%04" PRIx32, c);
      else
        fprintf (fp, "\\u%04" PRIx32 "\\u%04" PRIx32,
                 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
    }
  putc ('"', fp);
}


static void
put_name (struct jsonout *out, const char *name)
{
  if (out->more)
    putc (',', out->fp);
  out->more = true;
  if (name)
    {
      put_text (out->fp, name);
      putc (':', out->fp);
    }
}


void
jsonout_begin (struct jsonout *out, const char *name, char bracket)
{
  put_name (out, name);
  putc (bracket, out->fp);
  out->more = false;
}


void
jsonout_end (struct jsonout *out, char bracket)
{
  putc (bracket, out->fp);
  out->more = true;
}


void
jsonout_text (struct jsonout *out, const char *name, const char *text)
{
  put_name (out, name);
  if (text)
    put_text (out->fp, text);
  else
    fputs ("null", out->fp);
}


void
jsonout_bool (struct jsonout *out, const char *name, bool value)
{
  put_name (out, name);
  fputs (value ? "true" : "false", out->fp);
}


void
jsonout_number (struct jsonout *out, const char *name, int64_t number)
{
  put_name (out, name);
  fprintf (out->fp, "%" PRId64, number);
}


void
jsonout_some (struct jsonout *out, const char *name, uint64_t number)
{
  if (number)
    jsonout_number (out, name, (int64_t) number);
  else
    jsonout_text (out, name, NULL);
}


void
jsonout_list (struct jsonout *out, const char *name,
              const struct strlist *list)
{
  size_t i;

  jsonout_begin (out, name, '[');
  for (i = 0; i < list->n; i++)
    jsonout_text (out, NULL, list->item[i]);
  jsonout_end (out, ']');
}
