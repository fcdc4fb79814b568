/* lines-kinds.c - How each kind of member is read and written as a line.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "encode.h"
#include "netspec.h"


static gpg_error_t
take_number_at (const struct lines_field *field, void *at, const char *value,
                size_t len)
{
  unsigned long long number;
  gpg_error_t err = lines_take_number (value, len, field->most, &number);

  if (err)
    return err;
  switch (field->size)
    {
    case sizeof (uint16_t): *(uint16_t *)at = (uint16_t)number; return 0;
    case sizeof (uint32_t): *(uint32_t *)at = (uint32_t)number; return 0;
    case sizeof (uint64_t): *(uint64_t *)at = number; return 0;
    default: return gpg_error (GPG_ERR_BUG);
    }
}


static void
give_number_at (const struct lines_field *field, lines_out_t out,
                const void *at)
{
  lines_give_number (out, field->size == sizeof (uint16_t)
                     ? *(const uint16_t *)at
                     : field->size == sizeof (uint32_t)
                     ? *(const uint32_t *)at : *(const uint64_t *)at);
}


const struct lines_kind lines_kind_number = { take_number_at, give_number_at };


static gpg_error_t
take_name_at (const struct lines_field *field, void *at, const char *value,
              size_t len)
{
  (void)field;
  return lines_take_name (value, len, at);
}


static gpg_error_t
take_fpr_at (const struct lines_field *field, void *at, const char *value,
             size_t len)
{
  (void)field;
  return lines_take_fpr (value, len, at);
}


static void
give_string (const struct lines_field *field, lines_out_t out,
             const void *at)
{
  (void)field;
  lines_give_string (out, at);
}


const struct lines_kind lines_kind_name = { take_name_at, give_string };
const struct lines_kind lines_kind_fpr = { take_fpr_at, give_string };


static gpg_error_t
take_text (const struct lines_field *field, void *at, const char *value,
           size_t len)
{
  gpg_error_t err;
  char *text;
  size_t textlen;

  err = decode_percent (value, len, &text, &textlen);
  if (err)
    return err;
  if (!textlen || textlen > field->most || !encode_is_line (text, textlen))
    {
      free (text);
      return gpg_error (GPG_ERR_BAD_DATA);
    }
  *(char **)at = text;
  return 0;
}


static void
give_text (const struct lines_field *field, lines_out_t out, const void *at)
{
  const char *text = *(char *const *)at;

  (void)field;
  if (!text)
    return;
  lines_begin (out);
  lines_add_percent (out, text, strlen (text));
  lines_end (out);
}


const struct lines_kind lines_kind_text = { take_text, give_text };


static gpg_error_t
take_bytes_at (const struct lines_field *field, void *at, const char *value,
               size_t len)
{
  return lines_take_base64 (value, len, at, field->size);
}


static void
give_bytes_at (const struct lines_field *field, lines_out_t out, const void *at)
{
  lines_give_base64 (out, at, field->size);
}


const struct lines_kind lines_kind_bytes = { take_bytes_at, give_bytes_at };


static gpg_error_t
take_ports (const struct lines_field *field, void *at, const char *value,
            size_t len)
{
  (void)field;
  (void)len;
  return netspec_ports_parse (value, at) ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


static void
give_ports (const struct lines_field *field, lines_out_t out, const void *at)
{
  char text[NETSPEC_PORTSTRLEN];

  (void)field;
  lines_give_string (out, netspec_ports_print (at, text));
}


const struct lines_kind lines_kind_ports = { take_ports, give_ports };


static const char *
word_of (const struct lines_field *field)
{
  return field->kind == &lines_kind_yes ? "yes" : "no";
}


static gpg_error_t
take_word (const struct lines_field *field, void *at, const char *value,
           size_t len)
{
  (void)len;
  *(bool *)at = !strcmp (value, word_of (field));
  return *(bool *)at ? 0 : gpg_error (GPG_ERR_BAD_DATA);
}


static void
give_word (const struct lines_field *field, lines_out_t out, const void *at)
{
  lines_give_string (out, *(const bool *)at ? word_of (field) : NULL);
}


const struct lines_kind lines_kind_yes = { take_word, give_word };
const struct lines_kind lines_kind_no = { take_word, give_word };
