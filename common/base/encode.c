/* encode.c - The text encodings of requests, replies and invites.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Decoders read what strangers send: none may accept a second form of the
 * same value, for then a signed text could be written in two ways.  */

#include "encode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char base64_digits[] =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


void
encode_base64_to (const void *data, size_t len, char *text)
{
  const unsigned char *p = data;
  uint32_t group;
  size_t n;

  for (; len; p += n, len -= n)
    {
      n = len < 3 ? len : 3;
      group = (uint32_t)p[0] << 16;
      if (n > 1)
        group |= (uint32_t)p[1] << 8;
      if (n > 2)
        group |= p[2];
      *text++ = base64_digits[group >> 18];
      *text++ = base64_digits[group >> 12 & 63];
      *text++ = n > 1 ? base64_digits[group >> 6 & 63] : '=';
      *text++ = n > 2 ? base64_digits[group & 63] : '=';
    }
  *text = 0;
}


gpg_error_t
encode_base64 (const void *data, size_t len, char **r_text)
{
  char *text;

  *r_text = NULL;
  if (len > SIZE_MAX / 4)
    return gpg_error (GPG_ERR_TOO_LARGE);
  text = malloc (ENCODE_BASE64_LEN (len) + 1);
  if (!text)
    return gpg_error_from_syserror ();
  encode_base64_to (data, len, text);
  *r_text = text;
  return 0;
}


/* The value of the digit C, or -1.  */
static int
base64_value (char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}


/* Read the 4 - PAD digits at TEXT.  False if one is not a digit, or if bits
   are set that do not belong to a byte.  */
static bool
base64_group (const char *text, unsigned int pad, uint32_t *r_group)
{
  uint32_t group = 0;
  unsigned int i;
  int value;

  for (i = 0; i < 4 - pad; i++)
    {
      value = base64_value (text[i]);
      if (value < 0)
        return false;
      group |= (uint32_t)value << (18 - 6 * i);
    }
  *r_group = group;
  return !(group & ((1u << 8 * pad) - 1));
}


gpg_error_t
decode_base64 (const char *text, size_t textlen, void *buf, size_t size,
               size_t *r_len)
{
  unsigned char *p = buf;
  unsigned int i, pad = 0;
  uint32_t group;
  size_t len, at;

  *r_len = 0;
  if (textlen % 4)
    return gpg_error (GPG_ERR_BAD_DATA);
  if (textlen && text[textlen - 1] == '=')
    pad = text[textlen - 2] == '=' ? 2 : 1;
  len = textlen / 4 * 3 - pad;
  if (len > size)
    return gpg_error (GPG_ERR_BUFFER_TOO_SHORT);
  for (at = 0; at < textlen; at += 4)
    {
      unsigned int skip = at + 4 == textlen ? pad : 0;

      if (!base64_group (text + at, skip, &group))
        return gpg_error (GPG_ERR_BAD_DATA);
      for (i = 0; i < 3 - skip; i++)
        *p++ = (unsigned char)(group >> (16 - 8 * i));
    }
  *r_len = len;
  return 0;
}


void
encode_hex (const void *data, size_t len, char *text)
{
  static const char digits[] = "0123456789abcdef";
  const unsigned char *p = data;

  for (; len; len--, p++)
    {
      *text++ = digits[*p >> 4];
      *text++ = digits[*p & 15];
    }
  *text = 0;
}


static int
hex_value (char c, char letter)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= letter && c <= letter + 5 ? c - letter + 10 : -1;
}


gpg_error_t
decode_hex (const char *text, size_t textlen, void *buf, size_t len)
{
  unsigned char *p = buf;
  size_t i;
  int high, low;

  if (textlen % 2 || textlen / 2 != len)
    return gpg_error (GPG_ERR_BAD_DATA);
  for (i = 0; i < len; i++)
    {
      high = hex_value (text[2 * i], 'a');
      low = hex_value (text[2 * i + 1], 'a');
      if (high < 0 || low < 0)
        return gpg_error (GPG_ERR_BAD_DATA);
      p[i] = (unsigned char)(high << 4 | low);
    }
  return 0;
}


/* What the first byte C of a sequence tells: the length of the sequence,
   which bits of C count, and the least character that needs that length.  */
static size_t
utf8_begin (unsigned char c, uint32_t *r_char, uint32_t *r_least)
{
  if (c >= 0xc2 && c < 0xe0)
    {
      *r_char = c & 0x1f;
      *r_least = 0x80;
      return 2;
    }
  if (c >= 0xe0 && c < 0xf0)
    {
      *r_char = c & 0x0f;
      *r_least = 0x800;
      return 3;
    }
  *r_char = c & 0x07;
  *r_least = 0x10000;
  return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}


size_t
encode_next_char (const void *text, size_t len, uint32_t *r_char)
{
  const unsigned char *p = text;
  uint32_t least;
  size_t i, n;

  *r_char = *p;
  if (*p < 0x80)
    return 1;
  n = utf8_begin (*p, r_char, &least);
  if (!n || n > len)
    return 0;
  for (i = 1; i < n; i++)
    {
      if ((p[i] & 0xc0) != 0x80)
        return 0;
      *r_char = *r_char << 6 | (p[i] & 0x3f);
    }
  if (*r_char < least || *r_char > 0x10ffff
      || (*r_char >= 0xd800 && *r_char <= 0xdfff))
    return 0;
  return n;
}


/* Control characters, and characters that could make a text look like
   another one: they change its direction, end its line, or are invisible.
   These are Unicode's Cc, Zl, Zp and Default_Ignorable_Code_Point, the
   annotations around U+FFF9, and a blank that is not a space.  */
static bool
is_unclean (uint32_t c)
{
  static const struct { uint32_t first, last; } ranges[] =
    {
      { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f },
      { 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
      { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
      { 0x2060, 0x206f }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 },
      { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
      { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
      { 0xe0000, 0xe0fff }
    };
  size_t i;

  for (i = 0; i < sizeof ranges / sizeof *ranges && c >= ranges[i].first; i++)
    if (c <= ranges[i].last)
      return true;
  return false;
}


bool
encode_is_clean (const char *text, size_t len)
{
  const unsigned char *p = (const unsigned char *)text;
  uint32_t c;
  size_t n;

  for (; len; p += n, len -= n)
    {
      n = encode_next_char (p, len, &c);
      if (!n || (is_unclean (c) && c != '\n'))
        return false;
    }
  return true;
}


bool
encode_is_line (const char *text, size_t len)
{
  return encode_is_clean (text, len) && !memchr (text, '\n', len);
}


void
encode_mask (char *text, size_t len, const char *keep)
{
  bool clean = encode_is_clean (text, len);

  for (; !clean && len; text++, len--)
    if ((*text < 0x20 || *text > 0x7e) && (!*text || !strchr (keep, *text)))
      *text = '?';
}


void
encode_drop_half (char *text)
{
  size_t len = strlen (text), n = len;
  uint32_t c;

  while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
    n--;
  if (n && !encode_next_char (text + n - 1, len - n + 1, &c))
    text[n - 1] = 0;
}


/* How many of the LEN bytes at P form a character that stands for itself; 0
   if the first byte must be encoded.  */
static size_t
percent_plain (const unsigned char *p, size_t len)
{
  uint32_t c;
  size_t n = encode_next_char (p, len, &c);

  if (is_unclean (c) || c == ' ' || c == '%' || c == ',' || c == '=')
    return 0;
  return n;
}


gpg_error_t
encode_percent (const void *data, size_t len, char **r_text)
{
  static const char digits[] = "0123456789ABCDEF";
  const unsigned char *p = data;
  char *text, *q;
  size_t n;

  *r_text = NULL;
  if (len > SIZE_MAX / 4)
    return gpg_error (GPG_ERR_TOO_LARGE);
  q = text = malloc (3 * len + 1);
  if (!text)
    return gpg_error_from_syserror ();
  for (; len; p += n, len -= n)
    {
      n = percent_plain (p, len);
      memcpy (q, p, n);
      q += n;
      if (!n)
        {
          *q++ = '%';
          *q++ = digits[*p >> 4];
          *q++ = digits[*p & 15];
          n = 1;
        }
    }
  *q = 0;
  *r_text = text;
  return 0;
}


/* Decode any form, also one that encode_percent would not write.  */
static gpg_error_t
percent_read (const char *text, size_t textlen, char *buf, size_t *r_len)
{
  char *q = buf;
  size_t i;
  int high, low;

  for (i = 0; i < textlen; i++)
    if (text[i] != '%')
      *q++ = text[i];
    else
      {
        if (textlen - i < 3)
          return gpg_error (GPG_ERR_BAD_DATA);
        high = hex_value (text[i + 1], 'A');
        low = hex_value (text[i + 2], 'A');
        if (high < 0 || low < 0)
          return gpg_error (GPG_ERR_BAD_DATA);
        *q++ = (char)(high << 4 | low);
        i += 2;
      }
  *q = 0;
  *r_len = (size_t)(q - buf);
  return 0;
}


gpg_error_t
decode_percent (const char *text, size_t textlen, char **r_data,
                size_t *r_len)
{
  gpg_error_t err;
  char *data, *again = NULL;
  size_t len = 0;

  *r_data = NULL;
  *r_len = 0;
  data = malloc (textlen + 1);
  if (!data)
    return gpg_error_from_syserror ();
  err = percent_read (text, textlen, data, &len);
  if (err)
    goto leave;
  err = encode_percent (data, len, &again);
  if (err)
    goto leave;
  if (strlen (again) != textlen || memcmp (again, text, textlen))
    {
      err = gpg_error (GPG_ERR_BAD_DATA);
      goto leave;
    }
  *r_data = data;
  *r_len = len;
  data = NULL;

 leave:
  free (again);
  free (data);
  return err;
}


gpg_error_t
decode_decimal (const char *text, size_t textlen, unsigned long long max,
                unsigned long long *r_value)
{
  unsigned long long value = 0;
  unsigned int digit;
  size_t i;

  *r_value = 0;
  if (!textlen || textlen > 20 || (textlen > 1 && *text == '0'))
    return gpg_error (GPG_ERR_BAD_DATA);
  for (i = 0; i < textlen; i++)
    {
      if (text[i] < '0' || text[i] > '9')
        return gpg_error (GPG_ERR_BAD_DATA);
      digit = (unsigned int)(text[i] - '0');
      if (digit > max || value > (max - digit) / 10)
        return gpg_error (GPG_ERR_BAD_DATA);
      value = 10 * value + digit;
    }
  *r_value = value;
  return 0;
}
