/* craft-kit.h - Keys and signatures made by hand, with libgcrypt.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CRAFT_KIT_H
#define CRAFT_KIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../../../../common/base/secret.h"
#include "../../../../common/pgp/openpgp/openpgp-local.h"
#include "../../wire/signature-kit.h"

struct crafted
{
  unsigned char body[OPENPGP_MAX_KEY + 600];
  size_t len;
  gcry_sexp_t secret;
  struct openpgp_key key;
};

/* As files of packets are written: bytes and integers.  */
static inline void
craft_byte (struct crafted *k, unsigned int byte)
{
  k->body[k->len++] = (unsigned char)byte;
}

static inline void
craft_key_integer (struct crafted *k, const void *data, size_t len)
{
  struct craft c = { .tail_len = 0 };

  craft_integer (&c, data, len);
  ck_assert_uint_le (k->len + c.tail_len, sizeof k->body);
  memcpy (k->body + k->len, c.tail, c.tail_len);
  k->len += c.tail_len;
}

/* The value of NAME in SEXP; gcry_free.  */
static inline unsigned char *
craft_value (gcry_sexp_t sexp, const char *name, size_t *r_len)
{
  gcry_sexp_t token = gcry_sexp_find_token (sexp, name, 0);
  unsigned char *value;

  ck_assert_ptr_nonnull (token);
  value = gcry_sexp_nth_buffer (token, 1, r_len);
  ck_assert_ptr_nonnull (value);
  gcry_sexp_release (token);
  return value;
}

static inline void
craft_key_value (struct crafted *k, const char *name)
{
  size_t len;
  unsigned char *value = craft_value (k->secret, name, &len);

  craft_key_integer (k, value, len);
  gcry_free (value);
}

/* The curve of OpenPGP that libgcrypt calls NAME.  */
static inline void
craft_oid (struct crafted *k, const char *name)
{
  static const struct { const char *name, *oid; } oids[] =
    { { "Ed25519", "\x2b\x06\x01\x04\x01\xda\x47\x0f\x01" },
      { "Curve25519", "\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01" },
      { "NIST P-256", "\x2a\x86\x48\xce\x3d\x03\x01\x07" },
      { "NIST P-384", "\x2b\x81\x04" },
      { "NIST P-521", "\x2b\x81\x04" } };
  const char *last = strstr (name, "-384") ? "\0\x22"
                     : strstr (name, "-521") ? "\0\x23" : NULL;
  size_t i, n;

  for (i = 0; strcmp (oids[i].name, name); i++)
    ck_assert_uint_lt (i, sizeof oids / sizeof *oids);
  n = strlen (oids[i].oid);
  craft_byte (k, (unsigned int)(n + (last ? 2 : 0)));
  memcpy (k->body + k->len, oids[i].oid, n);
  k->len += n;
  if (last)
    {
      memcpy (k->body + k->len, last, 2);
      k->len += 2;
    }
}

/* The first bytes of a key of ALGO that was made at CREATED.  */
static inline void
craft_key_head (struct crafted *k, unsigned int algo, uint32_t created)
{
  k->len = 0;
  craft_byte (k, 4);
  craft_byte (k, created >> 24);
  craft_byte (k, created >> 16 & 255);
  craft_byte (k, created >> 8 & 255);
  craft_byte (k, created & 255);
  craft_byte (k, algo);
}

/* What libgcrypt makes a key of ALGO on CURVE (NULL: RSA) by.  Better random
   bytes than these would leave memory behind, which a sanitizer sees.  */
static inline gcry_sexp_t
craft_parms (unsigned int algo, const char *curve)
{
  const char *form = "(genkey(rsa(nbits 4:2048)(transient-key)))";
  gcry_sexp_t parms;

  if (curve && algo == OPENPGP_EDDSA)
    form = "(genkey(ecc(curve %s)(flags eddsa transient-key)))";
  else if (curve && !strcmp (curve, "Curve25519"))
    form = "(genkey(ecc(curve %s)(flags djb-tweak transient-key)))";
  else if (curve)
    form = "(genkey(ecc(curve %s)(flags transient-key)))";
  ck_assert (!gcry_sexp_build (&parms, NULL, form, curve));
  return parms;
}

/* The point of an Ed25519 key; libgcrypt may leave out the prefix.  */
static inline void
craft_native_point (struct crafted *k)
{
  unsigned char native[33] = { 0x40 }, *q;
  size_t len;

  q = craft_value (k->secret, "q", &len);
  ck_assert (len == 32 || len == 33);
  memcpy (native + 1, q + len - 32, 32);
  craft_key_integer (k, native, sizeof native);
  gcry_free (q);
}

/* A key of ALGO, which is RSA of 2048 bits or on CURVE.  */
static inline void
craft_key (struct crafted *k, unsigned int algo, const char *curve,
           uint32_t created)
{
  gcry_sexp_t parms = craft_parms (algo, curve);

  memset (k, 0, sizeof *k);
  ck_assert (!gcry_pk_genkey (&k->secret, parms));
  gcry_sexp_release (parms);
  craft_key_head (k, algo, created);
  if (curve)
    craft_oid (k, curve);
  else
    {
      craft_key_value (k, "n");
      craft_key_value (k, "e");
    }
  if (algo == OPENPGP_EDDSA)
    craft_native_point (k);
  else if (curve)
    craft_key_value (k, "q");
  if (algo == OPENPGP_ECDH)
    {
      memcpy (k->body + k->len, "\x03\x01\x08\x07", 4);
      k->len += 4;
    }
  ck_assert_uint_eq (openpgp_key_read (k->body, k->len, &k->key), 0);
}

static inline void
craft_key_release (struct crafted *k)
{
  gcry_sexp_release (k->secret);
  k->secret = NULL;
}

/* Hash the N parts and what C covers of itself.  */
static inline size_t
craft_digest (const struct craft *c, const struct openpgp_part *parts,
              size_t n, unsigned char digest[64])
{
  unsigned char hashed[CRAFT_MAX], trailer[6] = { 4, 0xff };
  size_t len = craft_hashed (c, hashed), i;
  gcry_md_hd_t md;

  trailer[4] = (unsigned char)(len >> 8);
  trailer[5] = (unsigned char)len;
  ck_assert (!gcry_md_open (&md, c->hash, 0));
  for (i = 0; i < n; i++)
    gcry_md_write (md, parts[i].data, parts[i].len);
  gcry_md_write (md, hashed, len);
  gcry_md_write (md, trailer, sizeof trailer);
  len = gcry_md_get_algo_dlen (c->hash);
  memcpy (digest, gcry_md_read (md, 0), len);
  gcry_md_close (md);
  return len;
}

/* Sign DIGEST by K and put the outcome into C.  */
static inline void
craft_sign_digest (struct craft *c, struct crafted *k,
                   const unsigned char *digest, size_t len)
{
  const char *const names[] = { "r", "s" };
  gcry_sexp_t data, value;
  unsigned char *part;
  size_t n, i;

  if (c->algo == OPENPGP_RSA)
    ck_assert (!gcry_sexp_build (&data, NULL,
                                 "(data(flags pkcs1)(hash %s %b))",
                                 gcry_md_algo_name (c->hash), (int)len,
                                 digest));
  else
    {
      n = (k->key.curve->bits + 7) / 8;
      ck_assert (!gcry_sexp_build (&data, NULL, c->algo == OPENPGP_EDDSA
                                   ? "(data(flags eddsa)(hash-algo sha512)"
                                     "(value %b))"
                                   : "(data(flags raw)(value %b))",
                                   (int)(c->algo == OPENPGP_EDDSA || len < n
                                         ? len : n), digest));
    }
  ck_assert (!gcry_pk_sign (&value, data, k->secret));
  c->tail_len = 0;
  craft_tail (c, digest, 2);
  for (i = c->algo == OPENPGP_RSA; i < 2; i++)
    {
      part = craft_value (value, names[i], &n);
      craft_integer (c, part, n);
      gcry_free (part);
    }
  gcry_sexp_release (data);
  gcry_sexp_release (value);
}

static inline void
craft_sign (struct craft *c, struct crafted *k,
            const struct openpgp_part *parts, size_t n)
{
  unsigned char digest[64];
  size_t len = craft_digest (c, parts, n, digest);

  craft_sign_digest (c, k, digest, len);
}

/* What a binding covers: PRIMARY and SUBKEY.  HEADS is room for 6 bytes.  */
static inline void
craft_both (const struct crafted *primary, const struct crafted *subkey,
            unsigned char heads[6], struct openpgp_part parts[4])
{
  const struct crafted *key[] = { primary, subkey };
  size_t i;

  for (i = 0; i < 2; i++)
    {
      heads[3 * i] = 0x99;
      heads[3 * i + 1] = (unsigned char)(key[i]->len >> 8);
      heads[3 * i + 2] = (unsigned char)key[i]->len;
      parts[2 * i].data = heads + 3 * i;
      parts[2 * i].len = 3;
      parts[2 * i + 1].data = key[i]->body;
      parts[2 * i + 1].len = key[i]->len;
    }
}

static inline int
run_crafted (TCase *tc)
{
  Suite *suite = suite_create ("openpgp");
  SRunner *sr;
  int failed;

  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /*CRAFT_KIT_H*/
