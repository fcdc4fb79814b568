/* signature-kit.h - Signature packets made by hand.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIGNATURE_KIT_H
#define SIGNATURE_KIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CRAFT_MAX 4096
#define CRAFT_TIME 1700000000u

struct craft
{
  unsigned char version, class, algo, hash;
  unsigned char hashed[1400], unhashed[1400];
  size_t hashed_len, unhashed_len;
  unsigned char tail[1200];     /* Two bytes of the digest, integers.  */
  size_t tail_len;
};

/* A subpacket of TYPE, which has the critical bit, with N bytes.  */
static inline void
craft_sub (struct craft *c, bool hashed, unsigned int type, const void *data,
           size_t n)
{
  unsigned char *area = hashed ? c->hashed : c->unhashed;
  size_t *len = hashed ? &c->hashed_len : &c->unhashed_len;

  ck_assert_uint_le (*len + n + 3, sizeof c->hashed);
  if (n + 1 >= 192)
    area[(*len)++] = (unsigned char)(192 + ((n + 1 - 192) >> 8));
  area[(*len)++] = (unsigned char)(n + 1 >= 192 ? n + 1 - 192 : n + 1);
  area[(*len)++] = (unsigned char)type;
  memcpy (area + *len, data, n);
  *len += n;
}

static inline void
craft_seconds (struct craft *c, bool hashed, unsigned int type,
               uint32_t seconds)
{
  const unsigned char data[4] =
    { (unsigned char)(seconds >> 24), (unsigned char)(seconds >> 16),
      (unsigned char)(seconds >> 8), (unsigned char)seconds };

  craft_sub (c, hashed, type, data, sizeof data);
}

/* The issuer's fingerprint, and its key ID.  */
static inline void
craft_fpr (struct craft *c, bool hashed, const unsigned char fpr[20])
{
  unsigned char data[21] = { 4 };

  memcpy (data + 1, fpr, 20);
  craft_sub (c, hashed, 33, data, sizeof data);
}

static inline void
craft_keyid (struct craft *c, bool hashed, const unsigned char fpr[20])
{
  craft_sub (c, hashed, 16, fpr + 12, 8);
}

/* A packet without subpackets.  */
static inline void
craft_bare (struct craft *c, unsigned int class, unsigned int algo,
            unsigned int hash)
{
  memset (c, 0, sizeof *c);
  c->version = 4;
  c->class = (unsigned char)class;
  c->algo = (unsigned char)algo;
  c->hash = (unsigned char)hash;
}

/* One with what gpg writes.  */
static inline void
craft_begin (struct craft *c, unsigned int class, unsigned int algo,
             unsigned int hash, const unsigned char fpr[20])
{
  craft_bare (c, class, algo, hash);
  craft_fpr (c, true, fpr);
  craft_seconds (c, true, 2, CRAFT_TIME);
  craft_keyid (c, false, fpr);
}

static inline void
craft_tail (struct craft *c, const void *data, size_t n)
{
  ck_assert_uint_le (c->tail_len + n, sizeof c->tail);
  memcpy (c->tail + c->tail_len, data, n);
  c->tail_len += n;
}

/* The LEN bytes at DATA without the zeros before them, as an integer.  */
static inline void
craft_integer (struct craft *c, const unsigned char *data, size_t len)
{
  unsigned char head[2];
  unsigned int bits;

  while (len && !*data)
    {
      data++;
      len--;
    }
  ck_assert_uint_gt (len, 0);
  bits = 8 * (unsigned int)len;
  while (!(*data >> ((bits - 1) % 8)))
    bits--;
  head[0] = (unsigned char)(bits >> 8);
  head[1] = (unsigned char)bits;
  craft_tail (c, head, sizeof head);
  craft_tail (c, data, len);
}

/* The part that is hashed.  */
static inline size_t
craft_hashed (const struct craft *c, unsigned char *out)
{
  const unsigned char head[] =
    { c->version, c->class, c->algo, c->hash,
      (unsigned char)(c->hashed_len >> 8), (unsigned char)c->hashed_len };

  memcpy (out, head, sizeof head);
  memcpy (out + sizeof head, c->hashed, c->hashed_len);
  return sizeof head + c->hashed_len;
}

/* The packet's body; how long it is.  */
static inline size_t
craft_body (const struct craft *c, unsigned char out[CRAFT_MAX])
{
  size_t n = craft_hashed (c, out);

  out[n++] = (unsigned char)(c->unhashed_len >> 8);
  out[n++] = (unsigned char)c->unhashed_len;
  memcpy (out + n, c->unhashed, c->unhashed_len);
  n += c->unhashed_len;
  memcpy (out + n, c->tail, c->tail_len);
  return n + c->tail_len;
}

#endif /*SIGNATURE_KIT_H*/
