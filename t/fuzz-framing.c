/* fuzz-framing.c - Any bytes as an OpenPGP message.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../common/framing.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

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
  err = framing_check_inner (data, size, 4096, 1, &flaw);
  one = is_good (err, flaw);
  err = framing_check_inner (data, size, 4096, 2, &flaw);
  two = is_good (err, flaw);
  /* No message is two of them.  */
  if (out + one + two > 1)
    abort ();
  /* The text is smaller than the message around it.  */
  if (one && framing_check_inner (data, size, size, 1, NULL))
    abort ();
  if (!framing_measure (data, size, &sum) != out)
    abort ();
  if (out && (!sum.keys || sum.keys > FRAMING_MAX_KEYS
              || sum.keybytes >= size))
    abort ();
  /* No message is a key.  */
  if (!framing_look_key (data, size, &key) && (out || one || two))
    abort ();
  return 0;
}
