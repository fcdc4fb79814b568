/* fuzz-framing.c - Any bytes as an OpenPGP message.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../common/wire/framing.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);


/* A verdict is good or has a flaw that has a text, never both.  */
static bool
is_good (gpg_error_t err, enum framing_flaw flaw)
{
  if (!err != !flaw || (err && gpg_err_code (err) != GPG_ERR_BAD_DATA)
      || (flaw && !framing_text (flaw)))
    abort ();
  return !err;
}


/* What is signed by one, joined with itself, is signed by two; nothing else
   is joined.  */
static void
check_join (const uint8_t *data, size_t size, bool one)
{
  uint8_t *both = malloc (2 * size + 1);
  size_t len;

  if (!both)
    abort ();
  if (!framing_join (data, size, data, size, both, &len) != one
      || (one && framing_count_signers (both, len) != 2))
    abort ();
  free (both);
}


/* Each key ends where the next begins, and none reaches beyond the end.  */
static void
check_keys (const uint8_t *data, size_t size)
{
  size_t len;

  while (size && !framing_next_key (data, size, &len))
    {
      if (!len || len > size)
        abort ();
      data += len;
      size -= len;
    }
}


/* Without its weak signatures a key is none the worse.  */
static void
check_drop (const uint8_t *data, size_t size)
{
  struct framing_key key;
  uint8_t *copy = malloc (size ? size : 1);
  size_t len, again;

  if (!copy)
    abort ();
  memcpy (copy, data, size);
  if (framing_drop_weak (copy, size, &len))
    len = 0;
  else if (framing_drop_weak (copy, len, &again) ? len : again != len)
    abort ();
  if (len && !framing_look_key (copy, len, &key) && key.old_binding)
    abort ();
  free (copy);
}


/* What is let through as a key is one, with as many parts as are found.  */
static void
check_public (const uint8_t *data, size_t size)
{
  const unsigned char *body;
  size_t at = 0, len, n = 0;

  while (framing_next_part (data, size, &at, &body, &len))
    {
      if (body < data || body + len != data + at || at > size)
        abort ();
      n++;
    }
  if (!framing_check_public (data, size)
      && (!n || framing_next_key (data, size, &len) || len != size))
    abort ();
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct framing_key key;
  struct framing_sum sum;
  enum framing_flaw flaw;
  gpg_error_t err;
  bool out, one, two;

  err = framing_check_outer (data, size, &flaw);
  out = is_good (err, flaw);
  err = framing_check_inner (data, size, SIZE_MAX, 4096, 1, &flaw);
  one = is_good (err, flaw);
  err = framing_check_inner (data, size, SIZE_MAX, 4096, 2, &flaw);
  two = is_good (err, flaw);
  /* No message is two of them.  */
  if (out + one + two > 1)
    abort ();
  /* The text is smaller than the message around it.  */
  if (one && framing_check_inner (data, size, SIZE_MAX, size, 1, NULL))
    abort ();
  if (!framing_measure (data, size, &sum) != out)
    abort ();
  if (out && (!sum.keys || sum.keys > FRAMING_MAX_KEYS
              || sum.keybytes >= size))
    abort ();
  /* No message is a key.  */
  if (!framing_look_key (data, size, &key) && (out || one || two))
    abort ();
  check_join (data, size, !framing_check_inner (data, size, SIZE_MAX,
                                                SIZE_MAX, 1, NULL));
  check_keys (data, size);
  check_drop (data, size);
  check_public (data, size);
  return 0;
}
