/* t-openpgp-key.c - Keys out of their packets, and of every wrong kind.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "craft-kit.h"
#include "../../../../common/base/file.h"

static struct crafted ed, cv, rsa, p256, p384, p521, ecdh;


static void
make_keys (void)
{
  ck_assert_uint_eq (secret_init (65536), 0);
  craft_key (&ed, OPENPGP_EDDSA, "Ed25519", CRAFT_TIME);
  craft_key (&cv, OPENPGP_ECDH, "Curve25519", CRAFT_TIME);
  craft_key (&rsa, OPENPGP_RSA, NULL, CRAFT_TIME);
  craft_key (&p256, OPENPGP_ECDSA, "NIST P-256", CRAFT_TIME);
  craft_key (&p384, OPENPGP_ECDSA, "NIST P-384", CRAFT_TIME);
  craft_key (&p521, OPENPGP_ECDSA, "NIST P-521", CRAFT_TIME);
  craft_key (&ecdh, OPENPGP_ECDH, "NIST P-521", CRAFT_TIME);
}


static void
drop_keys (void)
{
  craft_key_release (&ed);
  craft_key_release (&cv);
  craft_key_release (&rsa);
  craft_key_release (&p256);
  craft_key_release (&p384);
  craft_key_release (&p521);
  craft_key_release (&ecdh);
}


/* Read LEN bytes, exactly as many, for the sanitizer.  */
static gpg_err_code_t
read_bytes (const unsigned char *data, size_t len)
{
  static unsigned char *copy;
  struct openpgp_key key, none;
  gpg_error_t err;

  free (copy);
  copy = malloc (len ? len : 1);
  memcpy (copy, data, len);
  err = openpgp_key_read (copy, len, &key);
  memset (&none, 0, sizeof none);
  if (err)
    ck_assert_mem_eq (&key, &none, sizeof key);
  return gpg_err_code (err);
}


/* K with the byte at OFF changed to BYTE.  */
static gpg_err_code_t
changed (const struct crafted *k, size_t off, unsigned int byte)
{
  unsigned char copy[sizeof k->body];

  memcpy (copy, k->body, k->len);
  copy[off] = (unsigned char)byte;
  return read_bytes (copy, k->len);
}


START_TEST (fields)
{
  ck_assert_uint_eq (ed.key.algo, OPENPGP_EDDSA);
  ck_assert_uint_eq (ed.key.created, CRAFT_TIME);
  ck_assert (ed.key.curve->edwards && !ed.key.curve->montgomery);
  ck_assert_uint_eq (ed.key.q.len, 33);
  ck_assert (cv.key.curve->montgomery && !cv.key.curve->edwards);
  ck_assert_uint_eq (cv.key.kdf_hash, 8);
  ck_assert_uint_eq (cv.key.kdf_cipher, 7);
  ck_assert_uint_eq (rsa.key.n.bits, 2048);
  ck_assert_uint_eq (rsa.key.e.bits, 17);
  ck_assert_uint_eq (p521.key.curve->bits, 521);
  ck_assert_uint_eq (p521.key.q.len, 133);
  ck_assert_ptr_eq (p521.key.body, p521.body);
  ck_assert_uint_eq (p521.key.body_len, p521.len);
}
END_TEST


/* What libgcrypt says of the secret key that a packet was made from.  */
START_TEST (grips)
{
  struct crafted *const keys[] = { &ed, &cv, &rsa, &p256, &p384, &p521 };
  unsigned char grip[OPENPGP_GRIPLEN], right[OPENPGP_GRIPLEN];
  size_t i;

  for (i = 0; i < sizeof keys / sizeof *keys; i++)
    {
      ck_assert_uint_eq (openpgp_key_grip (&keys[i]->key, grip), 0);
      ck_assert_ptr_nonnull (gcry_pk_get_keygrip (keys[i]->secret, right));
      ck_assert_mem_eq (grip, right, OPENPGP_GRIPLEN);
    }
}
END_TEST


/* By the newest gpg.  */
START_TEST (version_5)
{
  const char *srcdir = getenv ("srcdir");
  const unsigned char *body;
  unsigned char *data;
  char path[4096];
  size_t len, n;

  snprintf (path, sizeof path, "%s/t/keys/v5-ed448.pgp",
            srcdir ? srcdir : ".");
  ck_assert_uint_eq (file_read (path, 65536, &data, &len), 0);
  ck_assert_uint_eq (framing_key_body (data, len, &body, &n), 0);
  ck_assert_uint_eq (read_bytes (body, n), GPG_ERR_UNKNOWN_VERSION);
  free (data);
}
END_TEST


/* What gpg says that the fingerprint is.  */
START_TEST (fingerprint)
{
  char text[2 * OPENPGP_FPRLEN + 1];
  unsigned char back[OPENPGP_FPRLEN];
  struct openpgp_key key;

  /* RFC 8032, section 7.1, the first public key, made at 1400000000.  */
  ck_assert_uint_eq (openpgp_key_read
                     ("\x04\x53\x72\x4e\x00\x16\x09\x2b\x06\x01\x04\x01\xda"
                      "\x47\x0f\x01\x01\x07\x40\xd7\x5a\x98\x01\x82\xb1\x0a"
                      "\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3"
                      "\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a", 51,
                      &key), 0);
  openpgp_fpr_print (key.fpr, text);
  ck_assert_str_eq (text, "6432932A69073691B19D564339C41B967EE9DC5C");
  ck_assert_uint_eq (openpgp_fpr_parse (text, back), 0);
  ck_assert_mem_eq (back, key.fpr, OPENPGP_FPRLEN);
  text[3] = 'c';
  ck_assert_uint_eq (gpg_err_code (openpgp_fpr_parse (text, back)),
                     GPG_ERR_INV_VALUE);
  text[3] = 'G';
  ck_assert_uint_eq (gpg_err_code (openpgp_fpr_parse (text, back)),
                     GPG_ERR_INV_VALUE);
  text[3] = 'C';
  ck_assert_uint_eq (openpgp_fpr_parse (text, back), 0);
  text[39] = 0;
  ck_assert_uint_eq (gpg_err_code (openpgp_fpr_parse (text, back)),
                     GPG_ERR_INV_VALUE);
}
END_TEST


START_TEST (ends)
{
  struct crafted *const keys[] = { &ed, &cv, &rsa, &p384, &ecdh };
  unsigned char copy[sizeof ed.body];
  size_t i, n;

  for (i = 0; i < sizeof keys / sizeof *keys; i++)
    {
      memcpy (copy, keys[i]->body, keys[i]->len);
      copy[keys[i]->len] = 1;
      ck_assert_uint_eq (read_bytes (copy, keys[i]->len), 0);
      for (n = 0; n < keys[i]->len; n++)
        ck_assert_uint_ne (read_bytes (copy, n), 0);
      ck_assert_uint_eq (read_bytes (copy, keys[i]->len + 1),
                         GPG_ERR_BAD_PUBKEY);
    }
}
END_TEST


START_TEST (heads)
{
  unsigned int i;

  for (i = 0; i < 256; i++)
    ck_assert_uint_eq (changed (&ed, 0, i),
                       i == 4 ? 0 : GPG_ERR_UNKNOWN_VERSION);
  for (i = 0; i < 256; i++)
    switch (i)
      {
      case 22:
        ck_assert_uint_eq (changed (&ed, 5, i), 0);
        break;
      case 1:
      case 18:
      case 19:
        ck_assert_uint_eq (changed (&ed, 5, i), GPG_ERR_BAD_PUBKEY);
        break;
      default:
        ck_assert_uint_eq (changed (&ed, 5, i), GPG_ERR_PUBKEY_ALGO);
      }
  ck_assert_uint_eq (changed (&p256, 5, 18), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&p256, 5, 22), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&cv, 5, 19), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&ed, 8, 0), GPG_ERR_UNKNOWN_CURVE);
  ck_assert_uint_eq (changed (&ed, 6, 8), GPG_ERR_UNKNOWN_CURVE);
  ck_assert_uint_eq (changed (&ed, 6, 0), GPG_ERR_UNKNOWN_CURVE);
  ck_assert_uint_eq (changed (&ed, 6, 255), GPG_ERR_BAD_PUBKEY);
}
END_TEST


/* An Ed25519 packet: 6 bytes, the OID's 10, the number of bits, the point.  */
START_TEST (points)
{
  ck_assert_uint_eq (ed.body[18], 0x40);
  ck_assert_uint_eq (changed (&ed, 18, 0x41), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&ed, 18, 0x04), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&ed, 17, 0x06), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&ed, 18, 0x40), 0);
  ck_assert_uint_eq (p256.body[17], 0x04);
  ck_assert_uint_eq (changed (&p256, 17, 0x02), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&p256, 17, 0x06), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&p256, 17, 0x04), 0);
}
END_TEST


START_TEST (kdf)
{
  size_t end = ecdh.len;
  unsigned int i;

  for (i = 0; i < 256; i++)
    {
      ck_assert_uint_eq (changed (&ecdh, end - 4, i),
                         i == 3 ? 0 : GPG_ERR_BAD_PUBKEY);
      ck_assert_uint_eq (changed (&ecdh, end - 3, i),
                         i == 1 ? 0 : GPG_ERR_BAD_PUBKEY);
      ck_assert_uint_eq (changed (&ecdh, end - 2, i),
                         i >= 8 && i <= 10 ? 0 : GPG_ERR_BAD_PUBKEY);
      ck_assert_uint_eq (changed (&ecdh, end - 1, i),
                         i >= 7 && i <= 9 ? 0 : GPG_ERR_BAD_PUBKEY);
    }
}
END_TEST


/* An RSA key of BITS bits, whose last byte is LAST, and exponent E.  */
static gpg_err_code_t
rsa_key (unsigned int bits, unsigned int last, const char *e, size_t e_len)
{
  unsigned char n[1200];
  struct crafted k;
  size_t len = (bits + 7) / 8;

  memset (n, 0xff, sizeof n);
  n[0] = (unsigned char)(0xff >> (8 * len - bits));
  n[len - 1] = (unsigned char)last;
  craft_key_head (&k, OPENPGP_RSA, CRAFT_TIME);
  craft_key_integer (&k, n, len);
  craft_key_integer (&k, e, e_len);
  return read_bytes (k.body, k.len);
}


START_TEST (rsa_numbers)
{
  ck_assert_uint_eq (rsa_key (2048, 1, "\x01\0\x01", 3), 0);
  ck_assert_uint_eq (rsa_key (2047, 1, "\x01\0\x01", 3), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (1024, 1, "\x01\0\x01", 3), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (8192, 1, "\x01\0\x01", 3), 0);
  ck_assert_uint_eq (rsa_key (8193, 1, "\x01\0\x01", 3), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (9000, 1, "\x01\0\x01", 3), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (2048, 2, "\x01\0\x01", 3), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (2048, 1, "\x01", 1), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (2048, 1, "\x03", 1), 0);
  ck_assert_uint_eq (rsa_key (2048, 1, "\x04", 1), GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (rsa_key (2048, 1, "\xff\xff\xff\xff", 4), 0);
  ck_assert_uint_eq (rsa_key (2048, 1, "\x01\xff\xff\xff\xff", 5),
                     GPG_ERR_BAD_PUBKEY);
  ck_assert_uint_eq (changed (&rsa, 7, 1), GPG_ERR_BAD_PUBKEY); /* Bits.  */
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("openpgp-key");

  tcase_add_unchecked_fixture (tc, make_keys, drop_keys);
  tcase_add_test (tc, fields);
  tcase_add_test (tc, grips);
  tcase_add_test (tc, version_5);
  tcase_add_test (tc, fingerprint);
  tcase_add_test (tc, ends);
  tcase_add_test (tc, heads);
  tcase_add_test (tc, points);
  tcase_add_test (tc, kdf);
  tcase_add_test (tc, rsa_numbers);
  return run_crafted (tc);
}
