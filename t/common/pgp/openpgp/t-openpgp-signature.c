/* t-openpgp-signature.c - Signatures on messages, and of every wrong kind.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "craft-kit.h"

#define TEXT "postern-request: 1\nsome: text\n"

static struct crafted ed, rsa, p256, p384, p521, foreign;
static struct craft c;
static unsigned char body[CRAFT_MAX];
static struct openpgp_signature sig;
static const struct openpgp_part text = { TEXT, sizeof TEXT - 1 };


static void
make_keys (void)
{
  ck_assert_uint_eq (secret_init (65536), 0);
  craft_key (&ed, OPENPGP_EDDSA, "Ed25519", CRAFT_TIME - 5);
  craft_key (&foreign, OPENPGP_EDDSA, "Ed25519", CRAFT_TIME - 5);
  craft_key (&rsa, OPENPGP_RSA, NULL, CRAFT_TIME - 5);
  craft_key (&p256, OPENPGP_ECDSA, "NIST P-256", CRAFT_TIME - 5);
  craft_key (&p384, OPENPGP_ECDSA, "NIST P-384", CRAFT_TIME - 5);
  craft_key (&p521, OPENPGP_ECDSA, "NIST P-521", CRAFT_TIME - 5);
}


static void
drop_keys (void)
{
  craft_key_release (&ed);
  craft_key_release (&foreign);
  craft_key_release (&rsa);
  craft_key_release (&p256);
  craft_key_release (&p384);
  craft_key_release (&p521);
}


/* Read C, which must be well-formed, and check it by K on TEXT.  */
static gpg_err_code_t
check_by (const struct crafted *k)
{
  size_t len = craft_body (&c, body);

  ck_assert_uint_eq (openpgp_signature_read (body, len, OPENPGP_CLASS_BINARY,
                                             &sig), 0);
  return gpg_err_code (openpgp_signature_check (&sig, &k->key, text.data,
                                                text.len));
}


/* A good signature by K.  */
static void
sign_by (struct crafted *k, unsigned int hash)
{
  craft_begin (&c, OPENPGP_CLASS_BINARY, k->key.algo, hash, k->key.fpr);
  craft_sign (&c, k, &text, 1);
}


START_TEST (algorithms)
{
  struct crafted *const keys[] = { &ed, &rsa, &p256, &p384, &p521 };
  unsigned int hash;
  size_t i;
  bool good;

  for (i = 0; i < sizeof keys / sizeof *keys; i++)
    for (hash = 8; hash <= 10; hash++)
      {
        sign_by (keys[i], hash);
        /* A digest shorter than the curve: gpg refuses it, too.  */
        good = !(keys[i] == &p384 && hash == 8)
               && !(keys[i] == &p521 && hash != 10);
        ck_assert_uint_eq (check_by (keys[i]),
                           good ? 0 : GPG_ERR_BAD_SIGNATURE);
        ck_assert_uint_eq (sig.hash, hash);
        ck_assert (sig.has_issuer);
        ck_assert_mem_eq (sig.issuer, keys[i]->key.fpr, OPENPGP_FPRLEN);
        ck_assert_uint_eq (sig.created, CRAFT_TIME);
        if (!good)
          continue;
        c.hashed[c.hashed_len - 1] ^= 1;
        ck_assert_uint_eq (check_by (keys[i]), GPG_ERR_BAD_SIGNATURE);
        c.hashed[c.hashed_len - 1] ^= 1;
        c.tail[c.tail_len - 2] ^= 1;
        ck_assert_uint_eq (check_by (keys[i]), GPG_ERR_BAD_SIGNATURE);
        c.tail[c.tail_len - 2] ^= 1;
        c.tail[0] ^= 1;
        ck_assert_uint_eq (check_by (keys[i]), GPG_ERR_BAD_SIGNATURE);
        c.tail[0] ^= 1;
        c.tail[1] ^= 1;
        ck_assert_uint_eq (check_by (keys[i]), GPG_ERR_BAD_SIGNATURE);
        c.tail[1] ^= 1;
        ck_assert_uint_eq (check_by (keys[i]), 0);
      }
}
END_TEST


/* Only the key with the fingerprint in the hashed area is tried.  */
START_TEST (issuers)
{
  sign_by (&ed, 10);
  ck_assert_uint_eq (check_by (&ed), 0);
  ck_assert_uint_eq (check_by (&foreign), GPG_ERR_BAD_SIGNATURE);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);
  /* Signed by the key, but said to be by another.  */
  craft_begin (&c, OPENPGP_CLASS_BINARY, OPENPGP_EDDSA, 10, foreign.key.fpr);
  craft_sign (&c, &ed, &text, 1);
  ck_assert_uint_eq (check_by (&ed), GPG_ERR_BAD_SIGNATURE);
  ck_assert_uint_eq (check_by (&foreign), GPG_ERR_BAD_SIGNATURE);
  /* By the key's number for another algorithm.  */
  craft_begin (&c, OPENPGP_CLASS_BINARY, OPENPGP_ECDSA, 10, ed.key.fpr);
  c.algo = OPENPGP_EDDSA;
  craft_sign (&c, &ed, &text, 1);
  c.algo = OPENPGP_ECDSA;
  ck_assert_uint_eq (check_by (&ed), GPG_ERR_BAD_SIGNATURE);
}
END_TEST


START_TEST (times)
{
  struct crafted late = ed;

  sign_by (&ed, 8);
  ck_assert_uint_eq (check_by (&ed), 0);
  /* The same key with another date has another fingerprint.  */
  craft_key_head (&late, OPENPGP_EDDSA, CRAFT_TIME + 1);
  late.len = ed.len;
  ck_assert_uint_eq (openpgp_key_read (late.body, late.len, &late.key), 0);
  sign_by (&late, 8);
  ck_assert_uint_eq (check_by (&late), GPG_ERR_TIME_CONFLICT);
  c.tail[5] ^= 1;
  ck_assert_uint_eq (check_by (&late), GPG_ERR_BAD_SIGNATURE);
  craft_key_head (&late, OPENPGP_EDDSA, CRAFT_TIME);
  late.len = ed.len;
  ck_assert_uint_eq (openpgp_key_read (late.body, late.len, &late.key), 0);
  sign_by (&late, 8);
  ck_assert_uint_eq (check_by (&late), 0);
}
END_TEST


/* DIGEST signed by RSA as it is, in the frame of LEN bytes at FRAME.  */
static void
sign_frame (const unsigned char *frame, size_t len)
{
  unsigned char digest[64], *value;
  gcry_sexp_t data, made;
  size_t n;

  craft_digest (&c, &text, 1, digest);
  ck_assert (!gcry_sexp_build (&data, NULL, "(data(flags raw)(value %b))",
                               (int)len, frame));
  ck_assert (!gcry_pk_sign (&made, data, rsa.secret));
  value = craft_value (made, "s", &n);
  c.tail_len = 0;
  craft_tail (&c, digest, 2);
  craft_integer (&c, value, n);
  gcry_free (value);
  gcry_sexp_release (data);
  gcry_sexp_release (made);
}


/* 0, 1, NPAD bytes of 0xff, 0, HEAD, the digest, and zeros up to the end.  */
static void
make_frame (unsigned char frame[256], size_t npad, const void *head,
            size_t headlen)
{
  unsigned char digest[64], *p = frame;
  size_t len = craft_digest (&c, &text, 1, digest);

  memset (frame, 0, 256);
  *p++ = 0;
  *p++ = 1;
  memset (p, 0xff, npad);
  p += npad + 1;
  memcpy (p, head, headlen);
  memcpy (p + headlen, digest, len);
}


/* The whole frame is compared, not only what it names.  */
START_TEST (rsa_frames)
{
  static const unsigned char der[] =
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
    "\x04\x20";
  static const unsigned char no_null[] =
    "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20";
  size_t head = sizeof der - 1, full = 256 - 3 - head - 32;
  unsigned char frame[256];

  craft_begin (&c, OPENPGP_CLASS_BINARY, OPENPGP_RSA, 8, rsa.key.fpr);
  make_frame (frame, full, der, head);
  sign_frame (frame, sizeof frame);
  ck_assert_uint_eq (check_by (&rsa), 0);
  make_frame (frame, full - 20, der, head);     /* Something after it.  */
  sign_frame (frame, sizeof frame);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);
  make_frame (frame, full + 2, no_null, sizeof no_null - 1);
  sign_frame (frame, sizeof frame);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);
  make_frame (frame, full + head, der, 0);      /* A bare digest.  */
  sign_frame (frame, sizeof frame);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);
  make_frame (frame, full, der, head);
  frame[20] = 0xfe;                             /* In the padding.  */
  sign_frame (frame, sizeof frame);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);
  make_frame (frame, full, der, head);
  frame[1] = 2;
  sign_frame (frame, sizeof frame);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);
}
END_TEST


/* Add BY, of LEN bytes, to the integer at OFF in the tail of C, its last.  */
static void
add_to_last (size_t off, const unsigned char *by, size_t len)
{
  unsigned char sum[600];
  gcry_mpi_t a, b;
  size_t n;

  ck_assert (!gcry_mpi_scan (&a, GCRYMPI_FMT_USG, c.tail + off + 2,
                             c.tail_len - off - 2, NULL));
  ck_assert (!gcry_mpi_scan (&b, GCRYMPI_FMT_USG, by, len, NULL));
  gcry_mpi_add (a, a, b);
  ck_assert (!gcry_mpi_print (GCRYMPI_FMT_USG, sum, sizeof sum, &n, a));
  c.tail_len = off;
  craft_integer (&c, sum, n);
  gcry_mpi_release (a);
  gcry_mpi_release (b);
}


/* Where the second integer begins.  */
static size_t
second_integer (void)
{
  return 4 + (size_t)(((unsigned int)c.tail[2] << 8 | c.tail[3]) + 7) / 8;
}


/* The same value modulo the order of its group, and beyond it.  */
START_TEST (out_of_range)
{
  static const unsigned char order_p256[] =
    "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
  /* As an integer in OpenPGP; the signature has S with its last byte
     first.  */
  unsigned char order_ed[32] =
    { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2,
      0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0x10 };
  unsigned char s[32];
  unsigned int i, carry = 0;
  size_t off, n;

  sign_by (&rsa, 8);
  ck_assert_uint_eq (check_by (&rsa), 0);
  add_to_last (2, rsa.key.n.data, rsa.key.n.len);
  ck_assert_uint_eq (check_by (&rsa), GPG_ERR_BAD_SIGNATURE);

  sign_by (&p256, 8);
  ck_assert_uint_eq (check_by (&p256), 0);
  add_to_last (second_integer (), order_p256, 32);
  ck_assert_uint_eq (check_by (&p256), GPG_ERR_BAD_SIGNATURE);

  sign_by (&ed, 8);
  ck_assert_uint_eq (check_by (&ed), 0);
  off = second_integer ();
  memset (s, 0, sizeof s);
  n = c.tail_len - off - 2;
  memcpy (s + 32 - n, c.tail + off + 2, n);
  for (i = 0; i < 32; i++)
    {
      carry += (unsigned int)s[i] + order_ed[i];
      s[i] = (unsigned char)carry;
      carry >>= 8;
    }
  c.tail_len = off;
  craft_integer (&c, s, sizeof s);
  ck_assert_uint_eq (check_by (&ed), GPG_ERR_BAD_SIGNATURE);
}
END_TEST


/* Integers lose the zeros before them.  One that is too long is refused.  */
START_TEST (ed25519_zeros)
{
  unsigned int with_zero = 0;
  unsigned char long_r[33];
  uint32_t i;

  for (i = 0; i < 20000 && with_zero < 4; i++)
    {
      craft_bare (&c, OPENPGP_CLASS_BINARY, OPENPGP_EDDSA, 8);
      craft_fpr (&c, true, ed.key.fpr);
      craft_seconds (&c, true, 2, CRAFT_TIME + i);
      craft_sign (&c, &ed, &text, 1);
      if (c.tail_len == 2 + 2 * 34)
        continue;
      with_zero++;
      ck_assert_uint_eq (check_by (&ed), 0);
    }
  ck_assert_uint_eq (with_zero, 4);
  sign_by (&ed, 8);
  memset (long_r, 1, sizeof long_r);
  c.tail_len = 2;
  craft_integer (&c, long_r, sizeof long_r);
  craft_integer (&c, long_r, 32);
  ck_assert_uint_eq (check_by (&ed), GPG_ERR_BAD_SIGNATURE);
}
END_TEST


static gpg_err_code_t
read_c (enum openpgp_class class)
{
  size_t len = craft_body (&c, body);

  return gpg_err_code (openpgp_signature_read (body, len, class, &sig));
}


START_TEST (errors_of_reading)
{
  sign_by (&ed, 8);
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), 0);
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINDING), GPG_ERR_BAD_DATA);
  c.hash = 2;
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), GPG_ERR_DIGEST_ALGO);
  c.hash = 8;
  c.algo = 17;
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), GPG_ERR_PUBKEY_ALGO);
  c.algo = 3;
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), GPG_ERR_PUBKEY_ALGO);
  c.algo = 22;
  c.version = 5;
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), GPG_ERR_UNKNOWN_VERSION);
  c.version = 3;
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), GPG_ERR_UNKNOWN_VERSION);
  c.version = 4;
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BINARY), 0);
  /* Only a signature on a message is one.  */
  craft_begin (&c, OPENPGP_CLASS_BACK, OPENPGP_EDDSA, 8, ed.key.fpr);
  craft_sign (&c, &ed, &text, 1);
  ck_assert_uint_eq (read_c (OPENPGP_CLASS_BACK), 0);
  ck_assert_uint_eq (gpg_err_code (openpgp_signature_check
                                   (&sig, &ed.key, text.data, text.len)),
                     GPG_ERR_BAD_SIGNATURE);
}
END_TEST


/* A whole inside: an announcement, a literal of N bytes, and C.  */
static size_t
make_inside (unsigned char *out, size_t n)
{
  unsigned char *p = out;
  size_t len;

  memcpy (p, "\xc4\x0d\x03\x00\x08\x16", 6);
  memcpy (p + 6, ed.key.fpr + 12, 8);
  p[14] = 1;
  p += 15;
  *p++ = 0xcb;
  *p++ = 0xff;
  *p++ = 0;
  *p++ = 0;
  *p++ = (unsigned char)((n + 6) >> 8);
  *p++ = (unsigned char)(n + 6);
  memcpy (p, "b\0\0\0\0\0", 6);
  memset (p + 6, 'x', n);
  p += 6 + n;
  len = craft_body (&c, body);
  ck_assert_uint_lt (len, 192);
  *p++ = 0xc2;
  *p++ = (unsigned char)len;
  memcpy (p, body, len);
  return (size_t)(p + len - out);
}


START_TEST (insides)
{
  unsigned char blob[4096], out[OPENPGP_MAX_LITERAL];
  size_t len, n;

  sign_by (&ed, 8);
  len = make_inside (blob, OPENPGP_MAX_LITERAL);
  ck_assert_uint_lt (len, OPENPGP_MAX_SIGNED);
  ck_assert_uint_eq (framing_check_inner (blob, len, OPENPGP_MAX_SIGNED,
                                          OPENPGP_MAX_LITERAL, 1, NULL), 0);
  ck_assert_uint_eq (openpgp_signed_read (blob, len, out, &n, &sig), 0);
  ck_assert_uint_eq (n, OPENPGP_MAX_LITERAL);
  ck_assert_mem_eq (sig.issuer, ed.key.fpr, OPENPGP_FPRLEN);
  len = make_inside (blob, OPENPGP_MAX_LITERAL + 1);
  ck_assert_uint_eq (gpg_err_code (openpgp_signed_read (blob, len, out, &n,
                                                        &sig)),
                     GPG_ERR_TOO_LARGE);
  ck_assert_uint_eq (n, 0);
  len = make_inside (blob, OPENPGP_MAX_SIGNED);
  ck_assert_uint_eq (gpg_err_code (openpgp_signed_read (blob, len, out, &n,
                                                        &sig)),
                     GPG_ERR_TOO_LARGE);
  len = make_inside (blob, 10);
  ck_assert_uint_eq (openpgp_signed_read (blob, len, out, &n, &sig), 0);
  ck_assert_uint_eq (gpg_err_code (openpgp_signed_read (blob, 30, out, &n,
                                                        &sig)),
                     GPG_ERR_BAD_DATA);
  c.hash = 11;
  len = make_inside (blob, 10);
  ck_assert_uint_eq (gpg_err_code (openpgp_signed_read (blob, len, out, &n,
                                                        &sig)),
                     GPG_ERR_DIGEST_ALGO);
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("openpgp-signature");

  tcase_add_unchecked_fixture (tc, make_keys, drop_keys);
  tcase_add_test (tc, algorithms);
  tcase_add_test (tc, issuers);
  tcase_add_test (tc, times);
  tcase_add_test (tc, rsa_frames);
  tcase_add_test (tc, out_of_range);
  tcase_add_test (tc, ed25519_zeros);
  tcase_add_test (tc, errors_of_reading);
  tcase_add_test (tc, insides);
  return run_crafted (tc);
}
