/* openpgp-key.c - A public key of OpenPGP, out of its packet.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  */

#include "openpgp-local.h"

#include <string.h>

#define KEY_VERSION 4
#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 8192
#define MAX_EXPONENT_BITS 32


bool
openpgp_mpi_read (struct walk *w, struct openpgp_mpi *r_mpi)
{
  struct framing_integer number;

  if (!framing_integer (w, &number))
    return false;
  r_mpi->data = number.data;
  r_mpi->len = number.len;
  r_mpi->bits = number.bits;
  return true;
}


bool
openpgp_mpi_less (const struct openpgp_mpi *mpi, const struct openpgp_mpi *n)
{
  if (mpi->len != n->len)
    return mpi->len < n->len;
  return memcmp (mpi->data, n->data, n->len) < 0;
}


/* Section 12.2: SHA-1 is what version 4 defines a fingerprint by.  */
static gpg_error_t
hash_key (const unsigned char *body, size_t len,
          unsigned char fpr[OPENPGP_FPRLEN])
{
  unsigned char head[3] =
    { 0x99, (unsigned char)(len >> 8), (unsigned char)len };
  gcry_buffer_t parts[2];

  memset (parts, 0, sizeof parts);
  parts[0].data = head;
  parts[0].len = sizeof head;
  parts[1].data = (void *)body;
  parts[1].len = len;
  return gcry_md_hash_buffers (GCRY_MD_SHA1, 0, fpr, parts, 2);
}


/* A modulus and an exponent that a verification can use at a price that is
   known.  */
static gpg_error_t
read_rsa (struct walk *w, struct openpgp_key *key)
{
  if (!openpgp_mpi_read (w, &key->n) || !openpgp_mpi_read (w, &key->e)
      || key->n.bits < MIN_RSA_BITS || key->n.bits > MAX_RSA_BITS
      || key->e.bits < 2 || key->e.bits > MAX_EXPONENT_BITS
      || !(key->n.data[key->n.len - 1] & 1)
      || !(key->e.data[key->e.len - 1] & 1))
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  return 0;
}


/* How the session key is wrapped (RFC 6637, section 9): a reserved 1, the
   digest and the cipher.  */
static bool
read_kdf (struct walk *w, struct openpgp_key *key)
{
  const unsigned char *p;
  size_t n;

  if (!framing_number (w, 1, &n) || n != 3 || !framing_body (w, n, &p)
      || p[0] != 1 || !framing_good_hash (p[1]) || p[2] < 7 || p[2] > 9)
    return false;
  key->kdf_hash = p[1];
  key->kdf_cipher = p[2];
  return true;
}


/* Whether a key of ALGO may be on CURVE.  */
static bool
fits_curve (enum openpgp_algo algo, const struct openpgp_curve *curve)
{
  switch (algo)
    {
    case OPENPGP_EDDSA: return curve->edwards;
    case OPENPGP_ECDH: return !curve->edwards;
    default: return !curve->edwards && !curve->montgomery;
    }
}


static gpg_error_t
read_ecc (struct walk *w, struct openpgp_key *key)
{
  const unsigned char *oid;
  size_t n;

  if (!framing_number (w, 1, &n) || !framing_body (w, n, &oid))
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  key->curve = openpgp_curve_find (oid, n);
  if (!key->curve)
    return gpg_error (GPG_ERR_UNKNOWN_CURVE);
  if (!fits_curve (key->algo, key->curve) || !openpgp_mpi_read (w, &key->q)
      || !openpgp_point_good (key->curve, &key->q)
      || (key->algo == OPENPGP_ECDH && !read_kdf (w, key)))
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  return 0;
}


/* What follows the algorithm (5.5.2).  */
static gpg_error_t
read_numbers (struct walk *w, size_t algo, struct openpgp_key *key)
{
  switch (algo)
    {
    case OPENPGP_RSA:
      key->algo = OPENPGP_RSA;
      return read_rsa (w, key);
    case OPENPGP_ECDH:
    case OPENPGP_ECDSA:
    case OPENPGP_EDDSA:
      key->algo = (enum openpgp_algo)algo;
      return read_ecc (w, key);
    default:
      return gpg_error (GPG_ERR_PUBKEY_ALGO);
    }
}


gpg_error_t
openpgp_key_read (const void *body, size_t len, struct openpgp_key *r_key)
{
  struct walk w = { body, len, FRAMING_GOOD };
  gpg_error_t err;
  size_t version, created, algo;

  memset (r_key, 0, sizeof *r_key);
  if (len > OPENPGP_MAX_KEY || !framing_number (&w, 1, &version))
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  if (version != KEY_VERSION)
    return gpg_error (GPG_ERR_UNKNOWN_VERSION);
  if (!framing_number (&w, 4, &created) || !framing_number (&w, 1, &algo))
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  r_key->body = body;
  r_key->body_len = len;
  r_key->created = (uint32_t)created;
  err = read_numbers (&w, algo, r_key);
  if (!err && w.left)
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  if (!err)
    err = hash_key (body, len, r_key->fpr);
  if (err)
    memset (r_key, 0, sizeof *r_key);
  return err;
}


/* RSA's numbers with a sign, which the keygrip is made with.  */
static gpg_error_t
build_rsa_sexp (const struct openpgp_key *key, gcry_sexp_t *r_sexp)
{
  gcry_mpi_t n = NULL, e = NULL;
  gpg_error_t err;

  err = gcry_mpi_scan (&n, GCRYMPI_FMT_USG, key->n.data, key->n.len, NULL);
  if (!err)
    err = gcry_mpi_scan (&e, GCRYMPI_FMT_USG, key->e.data, key->e.len, NULL);
  if (!err)
    err = gcry_sexp_build (r_sexp, NULL, "(public-key(rsa(n%m)(e%m)))", n, e);
  gcry_mpi_release (n);
  gcry_mpi_release (e);
  return err;
}


gpg_error_t
openpgp_key_sexp (const struct openpgp_key *key, gcry_sexp_t *r_sexp)
{
  const char *form = "(public-key(ecc(curve %s)(q%b)))";

  *r_sexp = NULL;
  if (key->algo == OPENPGP_RSA)
    return build_rsa_sexp (key, r_sexp);
  if (key->curve->edwards)
    form = "(public-key(ecc(curve %s)(flags eddsa)(q%b)))";
  else if (key->curve->montgomery)
    form = "(public-key(ecc(curve %s)(flags djb-tweak)(q%b)))";
  return gcry_sexp_build (r_sexp, NULL, form, key->curve->name,
                          (int)key->q.len, key->q.data);
}


gpg_error_t
openpgp_key_grip (const struct openpgp_key *key,
                  unsigned char grip[OPENPGP_GRIPLEN])
{
  gcry_sexp_t sexp;
  gpg_error_t err = openpgp_key_sexp (key, &sexp);

  memset (grip, 0, OPENPGP_GRIPLEN);
  if (!err && !gcry_pk_get_keygrip (sexp, grip))
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  gcry_sexp_release (sexp);
  return err;
}


void
openpgp_fpr_print (const unsigned char fpr[OPENPGP_FPRLEN],
                   char text[2 * OPENPGP_FPRLEN + 1])
{
  static const char digits[] = "0123456789ABCDEF";
  size_t i;

  for (i = 0; i < OPENPGP_FPRLEN; i++)
    {
      text[2 * i] = digits[fpr[i] >> 4];
      text[2 * i + 1] = digits[fpr[i] & 15];
    }
  text[2 * OPENPGP_FPRLEN] = 0;
}


/* The value of an upper-case hex digit, or -1.  */
static int
fpr_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


gpg_error_t
openpgp_fpr_parse (const char *text, unsigned char fpr[OPENPGP_FPRLEN])
{
  int high, low;
  size_t i;

  memset (fpr, 0, OPENPGP_FPRLEN);
  if (strlen (text) != 2 * OPENPGP_FPRLEN)
    return gpg_error (GPG_ERR_INV_VALUE);
  for (i = 0; i < OPENPGP_FPRLEN; i++)
    {
      high = fpr_digit (text[2 * i]);
      low = fpr_digit (text[2 * i + 1]);
      if (high < 0 || low < 0)
        return gpg_error (GPG_ERR_INV_VALUE);
      fpr[i] = (unsigned char)(high << 4 | low);
    }
  return 0;
}
