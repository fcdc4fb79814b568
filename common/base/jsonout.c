/* jsonout.c - Write JSON, for programs that link no library for it.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "jsonout.h"

#include <inttypes.h>
#include <string.h>
#include "encode.h"

#define REPLACEMENT 0xfffd


static void
put_text (FILE *fp, const char *text)
{
  uint32_t c;
  size_t len;

  putc ('"', fp);
  for (; *text; text += len)
    {
      len = encode_next_char (text, strnlen (text, 4), &c);
      if (!len)
        {
          c = REPLACEMENT;      /* For one byte that is not UTF-8.  */
          len = 1;
        }
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
