/* fuzz-reply.c - Any bytes as the text of a reply.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../common/wire/reply.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/wire/seal.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);


/* Sealed in so little room that something is cut, it still is a reply.  */
static void
check_cut (reply_t reply, size_t len)
{
  static const unsigned char key[REQUEST_KEYLEN];
  unsigned char dgram[REPLY_MAXLEN];
  reply_t again;
  size_t limit = SEAL_OVERHEAD + len * 3 / 4, dgramlen;
  gpg_error_t err;

  err = reply_seal (reply, key, limit, dgram, &dgramlen);
  if (gpg_err_code (err) == GPG_ERR_TOO_SHORT)
    return;
  if (err || dgramlen > limit || reply_open (key, dgram, dgramlen, &again))
    abort ();
  if (again->result != reply->result
      || again->output_len > reply->output_len
      || (again->output
          && memcmp (again->output, reply->output, again->output_len)))
    abort ();
  reply_release (again);
}


/* A text that is taken is the one that its reply is written as.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  reply_t reply;
  char *text;
  size_t len;

  if (reply_parse (data, size, &reply))
    {
      if (reply)
        abort ();
      return 0;
    }
  if (reply_write (reply, &text, &len) || len != size
      || memcmp (text, data, len))
    abort ();
  check_cut (reply, len);
  free (text);
  reply_release (reply);
  return 0;
}
