/* fuzz-framing.c - Any bytes as an OpenPGP message.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../common/framing.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);


/* A verdict is good or has a reason, never both.  */
static bool
is_good (gpg_error_t err, const char *why)
{
  if (!err != !why || (err && gpg_err_code (err) != GPG_ERR_BAD_DATA))
    abort ();
  return !err;
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned int keys;
  size_t keybytes;
  struct framing_key key;
  const char *why;
  gpg_error_t err;
  bool out, one, two;

  err = framing_check_outer (data, size, &why);
  out = is_good (err, why);
  err = framing_check_inner (data, size, 4096, 1, &why);
  one = is_good (err, why);
  err = framing_check_inner (data, size, 4096, 2, &why);
  two = is_good (err, why);
  /* No message is two of them.  */
  if (out + one + two > 1)
    abort ();
  /* The text is smaller than the message around it.  */
  if (one && framing_check_inner (data, size, size, 1, NULL))
    abort ();
  if (!framing_measure (data, size, &keys, &keybytes) != out)
    abort ();
  if (out && (!keys || keys > 16 || keybytes >= size))
    abort ();
  /* No message is a key.  */
  if (!framing_look_key (data, size, &key) && (out || one || two))
    abort ();
  return 0;
}
