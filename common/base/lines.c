/* lines.c - Texts of "name: value" lines, read and written by a table.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The texts come from strangers, and may hold keys: every copy is wiped.  */

#include "lines.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "encode.h"
#include "netspec.h"
#include "secret.h"

struct lines_out_s
{
  const char *name;             /* Of the line that is written.  */
  char *buf;                    /* SIZE bytes and one for a NUL.  */
  size_t len;
  size_t size;
  gpg_error_t err;              /* The first one.  */
};


/* The state of lines_read.  The fields before AT are done.  */
struct reader
{
  const struct lines_field *table;
  size_t at;
  bool again;                   /* Field AT was read already.  */
  void *object;
  const char *why;
};


static const struct lines_field *
find_field (const struct lines_field *table, const char *name)
{
  for (; table->name; table++)
    if (!strcmp (table->name, name))
      return table;
  return NULL;
}


/* Step over the fields before number AT.  An error if one of them is required
   and was not read.  */
static gpg_error_t
skip_to (struct reader *reader, size_t at)
{
  for (; reader->at < at; reader->at++, reader->again = false)
    if (reader->table[reader->at].required && !reader->again)
      {
        reader->why = reader->table[reader->at].why_missing;
        return gpg_error (GPG_ERR_BAD_DATA);
      }
  return 0;
}


/* Read one line, whose LF has become a NUL.  */
static gpg_error_t
read_line (struct reader *reader, char *line)
{
  gpg_error_t err;
  const struct lines_field *field;
  char *value = strstr (line, ": ");
  size_t at;

  reader->why = "a line is not \"name: value\"";
  if (!value)
    return gpg_error (GPG_ERR_BAD_DATA);
  *value = 0;
  value += 2;
  field = find_field (reader->table, line);
  reader->why = "a line has an unknown name";
  if (!field)
    return gpg_error (GPG_ERR_BAD_DATA);
  at = (size_t)(field - reader->table);
  reader->why = field->why_order;
  if (at < reader->at || (at == reader->at && reader->again
                          && !field->repeats))
    return gpg_error (GPG_ERR_BAD_DATA);
  err = skip_to (reader, at);
  if (err)
    return err;
  reader->again = true;
  reader->why = field->why_value;
  if (field->take)
    return field->take (reader->object, value, strlen (value));
  return field->kind->take (field, (char *)reader->object + field->offset,
                            value, strlen (value));
}


/* Read the LEN bytes at COPY, which end with an LF.  */
static gpg_error_t
read_all (struct reader *reader, char *copy, size_t len)
{
  gpg_error_t err = 0;
  char *line, *end;

  for (line = copy; !err && line < copy + len; line = end + 1)
    {
      end = memchr (line, '\n', (size_t)(copy + len - line));
      *end = 0;
      err = read_line (reader, line);
    }
  while (!err && reader->table[reader->at].name)
    err = skip_to (reader, reader->at + 1);
  return err;
}


gpg_error_t
lines_write (const struct lines_field *table, const void *object,
             size_t max, char **r_text, size_t *r_len)
{
  struct lines_out_s out = { NULL, NULL, 0, max, 0 };

  *r_text = NULL;
  *r_len = 0;
  out.buf = malloc (max + 1);
  if (!out.buf)
    return gpg_error_from_syserror ();
  for (; table->name && !out.err; table++)
    {
      out.name = table->name;
      if (table->give)
        table->give (&out, object);
      else
        table->kind->give (table, &out,
                           (const char *)object + table->offset);
    }
  out.buf[out.len] = 0;
  if (out.err)
    {
      lines_release (out.buf, out.len);
      return out.err;
    }
  *r_text = out.buf;
  *r_len = out.len;
  return 0;
}


void
lines_release (char *text, size_t len)
{
  if (!text)
    return;
  secret_wipe (text, len);
  free (text);
}


/* 0 if the LEN bytes at TEXT are what lines_write makes of OBJECT.  Each
   reader takes one form only; should one be found that does not, the other
   form is still refused.  */
static gpg_error_t
check_one_form (const struct lines_field *table, const void *object,
                size_t max, const void *text, size_t len)
{
  gpg_error_t err;
  char *again;
  size_t againlen;

  err = lines_write (table, object, max, &again, &againlen);
  if (err)
    return err;
  if (againlen != len || memcmp (again, text, len))
    err = gpg_error (GPG_ERR_BAD_DATA);
  lines_release (again, againlen);
  return err;
}


gpg_error_t
lines_read (const struct lines_field *table, const void *text, size_t len,
            size_t max, void *object, const char **r_why)
{
  gpg_error_t err;
  struct reader reader = { table, 0, false, object, NULL };
  const char *p = text;
  char *copy;

  *r_why = NULL;
  if (len > max)
    *r_why = "the text is too long";
  else if (!len || p[len - 1] != '\n')
    *r_why = "the last line has no end";
  /* This also refuses a NUL, so the code below can use strings.  */
  else if (!encode_is_clean (p, len))
    *r_why = "control, hidden or bidirectional character, or not UTF-8";
  if (*r_why)
    return gpg_error (GPG_ERR_BAD_DATA);
  copy = malloc (len);
  if (!copy)
    {
      err = gpg_error_from_syserror ();
      *r_why = "out of memory";
      return err;
    }
  memcpy (copy, text, len);
  err = read_all (&reader, copy, len);
  lines_release (copy, len);
  if (!err)
    {
      reader.why = "not in its one form";
      err = check_one_form (table, object, max, text, len);
    }
  if (err)
    *r_why = reader.why;
  return err;
}


static void
add_bytes (lines_out_t out, const char *data, size_t len)
{
  if (!out->err && len > out->size - out->len)
    out->err = gpg_error (GPG_ERR_TOO_LARGE);
  if (out->err)
    return;
  memcpy (out->buf + out->len, data, len);
  out->len += len;
}


void
lines_begin (lines_out_t out)
{
  lines_add (out, out->name);
  lines_add (out, ": ");
}


void
lines_add (lines_out_t out, const char *text)
{
  add_bytes (out, text, strlen (text));
}


void
lines_add_number (lines_out_t out, unsigned long long value)
{
  char text[24];

  snprintf (text, sizeof text, "%llu", value);
  lines_add (out, text);
}


/* Add TEXT, the result of an encoder, and release it.  */
static void
add_encoded (lines_out_t out, gpg_error_t err, char *text)
{
  if (err && !out->err)
    out->err = err;
  if (!err)
    lines_add (out, text);
  if (text)
    lines_release (text, strlen (text));
}


void
lines_add_base64 (lines_out_t out, const void *data, size_t len)
{
  char *text;
  gpg_error_t err = encode_base64 (data, len, &text);

  add_encoded (out, err, text);
}


void
lines_add_percent (lines_out_t out, const void *data, size_t len)
{
  char *text;
  gpg_error_t err = encode_percent (data, len, &text);

  add_encoded (out, err, text);
}


void
lines_end (lines_out_t out)
{
  add_bytes (out, "\n", 1);
}


void
lines_give_number (lines_out_t out, unsigned long long number)
{
  if (!number)
    return;
  lines_begin (out);
  lines_add_number (out, number);
  lines_end (out);
}


void
lines_give_string (lines_out_t out, const char *text)
{
  if (!text || !*text)
    return;
  lines_begin (out);
  lines_add (out, text);
  lines_end (out);
}


void
lines_give_base64 (lines_out_t out, const void *data, size_t len)
{
  lines_begin (out);
  lines_add_base64 (out, data, len);
  lines_end (out);
}


gpg_error_t
lines_take_version (void *object, char *value, size_t len)
{
  unsigned long long version;

  (void)object;
  if (decode_decimal (value, len, ~0ULL, &version))
    return gpg_error (GPG_ERR_BAD_DATA);
  return version == 1 ? 0 : gpg_error (GPG_ERR_UNSUPPORTED_PROTOCOL);
}


void
lines_give_version (lines_out_t out, const void *object)
{
  (void)object;
  lines_give_number (out, 1);
}


gpg_error_t
lines_take_base64 (const char *value, size_t len, void *buf, size_t size)
{
  size_t n;

  if (decode_base64 (value, len, buf, size, &n) || n != size)
    return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}


gpg_error_t
lines_take_number (const char *value, size_t len, unsigned long long max,
                   unsigned long long *r_number)
{
  if (decode_decimal (value, len, max, r_number) || !*r_number)
    return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}


/* Copy the LEN bytes at VALUE and a NUL into BUF, if they are GOOD.  */
static gpg_error_t
copy_if (bool good, const char *value, size_t len, char *buf)
{
  if (!good)
    return gpg_error (GPG_ERR_BAD_DATA);
  memcpy (buf, value, len);
  buf[len] = 0;
  return 0;
}


gpg_error_t
lines_take_name (const char *value, size_t len, char *buf)
{
  return copy_if (netspec_name_valid (value, len), value, len, buf);
}


gpg_error_t
lines_take_fpr (const char *value, size_t len, char *buf)
{
  return copy_if (netspec_fpr_valid (value, len), value, len, buf);
}
