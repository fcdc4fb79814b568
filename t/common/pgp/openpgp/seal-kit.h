/* seal-kit.h - Encrypted messages made by hand, with libgcrypt.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Written apart from what it tests: only the tables of curves are shared.  */

#ifndef SEAL_KIT_H
#define SEAL_KIT_H

#include "craft-kit.h"

/* A message while it is made.  */
struct made
{
  unsigned char data[16384];
  size_t len;
};

/* A session key, and how it is put into packets.  */
struct seal
{
  unsigned char cipher;
  unsigned char key[32];
  unsigned char named_cipher;   /* In the frame, if not CIPHER.  */
  unsigned int off_sum;         /* What is added to the checksum.  */
  size_t ecdh_padding;          /* 0: up to 8 bytes.  */
  unsigned char ecdh_spoil;     /* Changes a byte of the padding.  */
  size_t rsa_padding;           /* 0: as many as fit.  */
  unsigned char rsa_type;       /* 0: 2.  */
  bool hidden;
  /* A data packet.  */
  unsigned int chunk;           /* Packet 20: its byte of the size.  */
  size_t partial;               /* Partial lengths of 1 << that.  */
};

static inline void
made_bytes (struct made *m, const void *data, size_t n)
{
  ck_assert_uint_le (n, sizeof m->data - m->len);
  memcpy (m->data + m->len, data, n);
  m->len += n;
}

static inline void
made_byte (struct made *m, unsigned int byte)
{
  unsigned char c = (unsigned char)byte;

  made_bytes (m, &c, 1);
}

/* A packet with a length of four bytes.  */
static inline void
made_packet (struct made *m, unsigned int tag, const void *data, size_t n)
{
  made_byte (m, 0xc0 | tag);
  made_byte (m, 0xff);
  made_byte (m, (unsigned int)(n >> 24));
  made_byte (m, (unsigned int)(n >> 16 & 255));
  made_byte (m, (unsigned int)(n >> 8 & 255));
  made_byte (m, (unsigned int)(n & 255));
  made_bytes (m, data, n);
}

/* One with partial lengths of 1 << POWER.  */
static inline void
made_partial (struct made *m, unsigned int tag, size_t power,
              const unsigned char *data, size_t n)
{
  size_t part = (size_t)1 << power;

  made_byte (m, 0xc0 | tag);
  for (; n >= part; data += part, n -= part)
    {
      made_byte (m, 224 + (unsigned int)power);
      made_bytes (m, data, part);
    }
  if (n < 192)
    made_byte (m, (unsigned int)n);
  else
    {
      made_byte (m, 192 + (unsigned int)(n - 192) / 256);
      made_byte (m, (unsigned int)(n - 192) % 256);
    }
  made_bytes (m, data, n);
}

static inline size_t
seal_keylen (unsigned int cipher)
{
  return 16 + 8 * (size_t)(cipher - 7);
}

/* Cipher, key, checksum.  */
static inline size_t
seal_frame (const struct seal *s, unsigned char *out)
{
  size_t n = seal_keylen (s->cipher), i;
  unsigned int sum = s->off_sum;

  out[0] = s->named_cipher ? s->named_cipher : s->cipher;
  memcpy (out + 1, s->key, n);
  for (i = 0; i < n; i++)
    sum += s->key[i];
  out[1 + n] = (unsigned char)(sum >> 8);
  out[2 + n] = (unsigned char)sum;
  return n + 3;
}

/* The beginning of a session key packet for K.  */
static inline void
seal_head (struct made *body, const struct seal *s, const struct crafted *k)
{
  static const unsigned char none[8];

  body->len = 0;
  made_byte (body, 3);
  made_bytes (body, s->hidden ? none : k->key.fpr + 12, 8);
  made_byte (body, k->key.algo);
}

static inline void
seal_integer (struct made *body, const unsigned char *data, size_t n)
{
  struct craft c = { .tail_len = 0 };

  craft_integer (&c, data, n);
  made_bytes (body, c.tail, c.tail_len);
}

/* The two numbers, or one, that DATA becomes by the public half of K.  */
static inline gcry_sexp_t
seal_encrypt (const struct crafted *k, const unsigned char *data, size_t n)
{
  gcry_sexp_t in, out, pub;

  ck_assert (!openpgp_key_sexp (&k->key, &pub));
  ck_assert (!gcry_sexp_build (&in, NULL, "(data(flags raw)(value %b))",
                               (int)n, data));
  ck_assert (!gcry_pk_encrypt (&out, in, pub));
  gcry_sexp_release (in);
  gcry_sexp_release (pub);
  return out;
}

static inline void
seal_rsa (struct made *m, const struct seal *s, const struct crafted *k)
{
  unsigned char em[256], frame[64], *value;
  size_t n = seal_frame (s, frame), len, pad;
  static struct made body;
  gcry_sexp_t out;

  pad = s->rsa_padding ? s->rsa_padding : sizeof em - 3 - n;
  memset (em, 0x77, sizeof em);
  em[0] = 0;
  em[1] = s->rsa_type ? s->rsa_type : 2;
  em[2 + pad] = 0;
  memcpy (em + 3 + pad, frame, n);
  out = seal_encrypt (k, em, 3 + pad + n);
  value = craft_value (out, "a", &len);
  gcry_sexp_release (out);
  seal_head (&body, s, k);
  seal_integer (&body, value, len);
  gcry_free (value);
  made_packet (m, 1, body.data, body.len);
}

/* RFC 6637, section 7: one digest.  */
static inline void
seal_kek (const struct crafted *k, const unsigned char *x, unsigned char *kek)
{
  unsigned char all[256] = { 0, 0, 0, 1 }, digest[64], *p = all + 4;
  size_t n = (k->key.curve->bits + 7) / 8;
  /* The KDF's four bytes are the last of the packet.  */
  const unsigned char *kdf = k->body + k->len - 4;

  memcpy (p, x, n);
  p += n;
  *p++ = (unsigned char)k->key.curve->oid_len;
  memcpy (p, k->key.curve->oid, k->key.curve->oid_len);
  p += k->key.curve->oid_len;
  *p++ = 18;
  memcpy (p, kdf, 4);
  memcpy (p + 4, "Anonymous Sender    ", 20);
  memcpy (p + 24, k->key.fpr, 20);
  gcry_md_hash_buffer (kdf[2], digest, all, (size_t)(p + 44 - all));
  memcpy (kek, digest, seal_keylen (kdf[3]));
}

/* The frame, padded and wrapped.  */
static inline size_t
seal_wrap_frame (const struct seal *s, const struct crafted *k,
                 const unsigned char *x, unsigned char out[128])
{
  unsigned char frame[128], kek[32];
  size_t n = seal_frame (s, frame);
  size_t pad = s->ecdh_padding ? s->ecdh_padding : 8 - n % 8;
  gcry_cipher_hd_t hd;

  memset (frame + n, (int)pad, pad);
  frame[n] ^= s->ecdh_spoil;
  n += pad;
  seal_kek (k, x, kek);
  ck_assert (!gcry_cipher_open (&hd, k->body[k->len - 1],
                                GCRY_CIPHER_MODE_AESWRAP, 0));
  ck_assert (!gcry_cipher_setkey (hd, kek, seal_keylen (k->body[k->len - 1])));
  ck_assert (!gcry_cipher_encrypt (hd, out, n + 8, frame, n));
  gcry_cipher_close (hd);
  return n + 8;
}

static inline void
seal_ecdh (struct made *m, const struct seal *s, const struct crafted *k)
{
  unsigned char secret[66], wrapped[128], *shared, *point;
  size_t n = (k->key.curve->bits + 7) / 8, len, w;
  static struct made body;
  gcry_sexp_t out;

  gcry_randomize (secret, sizeof secret, GCRY_STRONG_RANDOM);
  secret[0] = 1;
  out = seal_encrypt (k, secret, k->key.curve->bits == 521 ? 64 : n);
  shared = craft_value (out, "s", &len);
  point = craft_value (out, "e", &w);
  gcry_sexp_release (out);
  seal_head (&body, s, k);
  seal_integer (&body, point, w);
  w = seal_wrap_frame (s, k, shared + 1, wrapped);
  made_byte (&body, (unsigned int)w);
  made_bytes (&body, wrapped, w);
  gcry_free (shared);
  gcry_free (point);
  made_packet (m, 1, body.data, body.len);
}

/* Write a session key packet for K.  */
static inline void
seal_session (struct made *m, const struct seal *s, const struct crafted *k)
{
  if (k->key.algo == OPENPGP_RSA)
    seal_rsa (m, s, k);
  else
    seal_ecdh (m, s, k);
}

static inline gcry_cipher_hd_t
seal_open (const struct seal *s, int mode)
{
  gcry_cipher_hd_t hd;

  ck_assert (!gcry_cipher_open (&hd, s->cipher, mode, 0));
  ck_assert (!gcry_cipher_setkey (hd, s->key, seal_keylen (s->cipher)));
  return hd;
}

static inline void
seal_packet (struct made *m, const struct seal *s, unsigned int tag,
             const struct made *body)
{
  if (s->partial)
    made_partial (m, tag, s->partial, body->data, body->len);
  else
    made_packet (m, tag, body->data, body->len);
}

/* Packet 18 of N bytes.  MDC begins as HEAD says, 0xd3 0x14 if NULL.  */
static inline void
seal_mdc (struct made *m, const struct seal *s, const void *text, size_t n,
          const void *head)
{
  gcry_cipher_hd_t hd = seal_open (s, GCRY_CIPHER_MODE_CFB);
  static struct made body;
  unsigned char digest[20];

  body.len = 0;
  made_byte (&body, 1);
  made_bytes (&body, "0123456789abcdefef", 18);
  made_bytes (&body, text, n);
  made_bytes (&body, head ? head : "\xd3\x14", 2);
  gcry_md_hash_buffer (GCRY_MD_SHA1, digest, body.data + 1, body.len - 1);
  made_bytes (&body, digest, sizeof digest);
  ck_assert (!gcry_cipher_setiv (hd, NULL, 0));
  ck_assert (!gcry_cipher_encrypt (hd, body.data + 1, body.len - 1, NULL, 0));
  gcry_cipher_close (hd);
  seal_packet (m, s, 18, &body);
}

/* One chunk of packet 20, number INDEX; with TOTAL, the last tag.  */
static inline void
seal_chunk (struct made *body, gcry_cipher_hd_t hd, uint64_t index,
            const void *text, size_t n, const uint64_t *total)
{
  unsigned char nonce[15] = "nonce.of.fifte", ad[21] = { 0xd4 };
  size_t i;

  memcpy (ad + 1, body->data, 4);
  memset (ad + 5, 0, 16);
  for (i = 0; i < 8; i++)
    {
      ad[5 + i] = (unsigned char)(index >> (56 - 8 * i));
      nonce[7 + i] ^= ad[5 + i];
      if (total)
        ad[13 + i] = (unsigned char)(*total >> (56 - 8 * i));
    }
  ck_assert (!gcry_cipher_setiv (hd, nonce, sizeof nonce));
  ck_assert (!gcry_cipher_authenticate (hd, ad, total ? 21 : 13));
  ck_assert (!gcry_cipher_final (hd));
  made_bytes (body, text, n);
  ck_assert (!gcry_cipher_encrypt (hd, body->data + body->len - n, n, NULL,
                                   0));
  body->len += 16;
  ck_assert (!gcry_cipher_gettag (hd, body->data + body->len - 16, 16));
}

/* Packet 20 of N bytes; its last tag says TOTAL.  */
static inline void
seal_aead_body (struct made *body, const struct seal *s,
                const unsigned char *text, size_t n, uint64_t total)
{
  gcry_cipher_hd_t hd = seal_open (s, GCRY_CIPHER_MODE_OCB);
  size_t most = (size_t)1 << (s->chunk + 6), part;
  uint64_t index;

  body->len = 0;
  made_byte (body, 1);
  made_byte (body, s->cipher);
  made_byte (body, 2);
  made_byte (body, s->chunk);
  made_bytes (body, "nonce.of.fifte", 15);
  for (index = 0; n; index++, text += part, n -= part)
    {
      part = n < most ? n : most;
      seal_chunk (body, hd, index, text, part, NULL);
    }
  seal_chunk (body, hd, index, "", 0, &total);
  gcry_cipher_close (hd);
}

static inline void
seal_aead (struct made *m, const struct seal *s, const void *text, size_t n)
{
  static struct made body;

  seal_aead_body (&body, s, text, n, n);
  seal_packet (m, s, 20, &body);
}

#endif /*SEAL_KIT_H*/
