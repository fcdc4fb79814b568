/* fuzz-datagram.c - Any bytes as a datagram, and under its seal.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No mutation finds a tag that fits, so the input is also taken for the
 * padded message and sealed here, as a holder of the door key can.  */

#include "../../common/wire/seal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../../common/base/secret.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const unsigned char key[SEAL_KEYLEN] = { 1, 2, 3 };
static seal_t seal;


static void
set_up (void)
{
  if (secret_init (32768) || seal_new (key, &seal))
    abort ();
}


/* Seal the SIZE bytes at PADDED as they are; returns the length.  */
static size_t
seal_raw (const uint8_t *padded, size_t size, unsigned char *dgram)
{
  static gcry_cipher_hd_t hd;

  if (!hd && (gcry_cipher_open (&hd, GCRY_CIPHER_CHACHA20,
                                GCRY_CIPHER_MODE_POLY1305, 0)
              || gcry_cipher_setkey (hd, key, sizeof key)))
    abort ();
  memset (dgram, 7, SEAL_NONCELEN);
  if (gcry_cipher_setiv (hd, dgram, SEAL_NONCELEN)
      || gcry_cipher_authenticate (hd, "postern 1", 9)
      || gcry_cipher_final (hd)
      || gcry_cipher_encrypt (hd, dgram + SEAL_NONCELEN, size, padded, size)
      || gcry_cipher_gettag (hd, dgram + SEAL_NONCELEN + size, SEAL_TAGLEN))
    abort ();
  return size + SEAL_OVERHEAD;
}


static void
check_content (const unsigned char *buf, size_t size,
               const struct seal_content *c)
{
  const unsigned char *end = buf + size;
  size_t i;

  if (c->message != buf + 2 || !c->message_len
      || c->attachment != c->message + c->message_len + 2
      || c->attachment + c->attachment_len > end)
    abort ();
  for (i = (size_t)(c->attachment - buf) + c->attachment_len; i < size; i++)
    if (buf[i])
      abort ();
}


/* What was taken can be sealed again, and is the same.  */
static void
check_again (const struct seal_content *c)
{
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content again;
  size_t len;

  if (seal_wrap (seal, c, 0, SEAL_MAX, dgram, &len)
      || seal_unwrap (seal, dgram, len, buf, &again)
      || again.message_len != c->message_len
      || memcmp (again.message, c->message, c->message_len)
      || again.attachment_len != c->attachment_len
      || memcmp (again.attachment, c->attachment, c->attachment_len))
    abort ();
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content c;
  size_t len;

  if (!seal)
    set_up ();
  if (!seal_unwrap (seal, data, size, buf, &c))
    check_content (buf, size - SEAL_OVERHEAD, &c);
  if (!size || size > SEAL_MAX - SEAL_OVERHEAD)
    return 0;
  len = seal_raw (data, size, dgram);
  if (seal_unwrap (seal, dgram, len, buf, &c))
    {
      if (c.message)
        abort ();
      return 0;
    }
  check_content (buf, size, &c);
  check_again (&c);
  return 0;
}
