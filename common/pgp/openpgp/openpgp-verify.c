/* openpgp-verify.c - Check a signature of OpenPGP.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  libgcrypt hashes, and checks RSA
 * and ECDSA; libsodium checks Ed25519, in a tenth of the time.  */

#include "openpgp-local.h"

#include <string.h>
#include <gcrypt.h>
#include <sodium/crypto_sign_ed25519.h>

#define ED25519_LEN 32
#define TRAILER_LEN 6


/* What RSA signs is built from the digest and compared whole.  */
static gpg_error_t
build_rsa_check (const struct openpgp_signature *sig,
                 const unsigned char *digest, size_t len,
                 gcry_sexp_t *r_data, gcry_sexp_t *r_value)
{
  gpg_error_t err;

  err = gcry_sexp_build (r_data, NULL, "(data(flags pkcs1)(hash %s %b))",
                         gcry_md_algo_name (sig->hash), (int)len, digest);
  if (!err)
    err = gcry_sexp_build (r_value, NULL, "(sig-val(rsa(s%b)))",
                           (int)sig->mpi[0].len, sig->mpi[0].data);
  return err;
}


/* Of the digest, as many bytes count as the curve has; GnuPG refuses one
   that has fewer, but for P-521, whose 521 bits no digest has.  */
static gpg_error_t
build_ecdsa_check (const struct openpgp_signature *sig,
                   const struct openpgp_key *key,
                   const unsigned char *digest, size_t len,
                   gcry_sexp_t *r_data, gcry_sexp_t *r_value)
{
  size_t need = key->curve->bits / 8;
  gpg_error_t err;

  if (need > OPENPGP_MAX_DIGEST)
    need = OPENPGP_MAX_DIGEST;
  if (len < need)
    return gpg_error (GPG_ERR_BAD_SIGNATURE);
  err = gcry_sexp_build (r_data, NULL, "(data(flags raw)(value %b))",
                         (int)need, digest);
  if (!err)
    err = gcry_sexp_build (r_value, NULL, "(sig-val(ecdsa(r%b)(s%b)))",
                           (int)sig->mpi[0].len, sig->mpi[0].data,
                           (int)sig->mpi[1].len, sig->mpi[1].data);
  return err;
}


/* RSA and ECDSA.  Whatever libgcrypt finds wrong is wrong with the signature,
   memory aside.  */
static gpg_error_t
check_by_gcrypt (const struct openpgp_signature *sig,
                 const struct openpgp_key *key,
                 const unsigned char *digest, size_t len)
{
  gcry_sexp_t data = NULL, value = NULL, pub = NULL;
  gpg_error_t err;

  if (key->algo == OPENPGP_RSA)
    err = openpgp_mpi_less (&sig->mpi[0], &key->n)
      ? build_rsa_check (sig, digest, len, &data, &value)
      : gpg_error (GPG_ERR_BAD_SIGNATURE);
  else
    err = build_ecdsa_check (sig, key, digest, len, &data, &value);
  if (!err)
    err = openpgp_key_sexp (key, &pub);
  if (!err)
    err = gcry_pk_verify (value, data, pub);
  gcry_sexp_release (data);
  gcry_sexp_release (value);
  gcry_sexp_release (pub);
  if (err && gpg_err_code (err) != GPG_ERR_ENOMEM)
    err = gpg_error (GPG_ERR_BAD_SIGNATURE);
  return err;
}


/* Put MPI to the end of the ED25519_LEN bytes at OUT.  */
static bool
pad_left (const struct openpgp_mpi *mpi, unsigned char *out)
{
  if (mpi->len > ED25519_LEN)
    return false;
  memset (out, 0, ED25519_LEN - mpi->len);
  memcpy (out + ED25519_LEN - mpi->len, mpi->data, mpi->len);
  return true;
}


/* The digest is the message that is signed.  This function of libsodium needs
   nothing that sodium_init sets up, and refuses S that is not below L.  */
static gpg_error_t
check_ed25519 (const struct openpgp_signature *sig,
               const struct openpgp_key *key,
               const unsigned char *digest, size_t len)
{
  unsigned char value[2 * ED25519_LEN];

  if (!pad_left (&sig->mpi[0], value)
      || !pad_left (&sig->mpi[1], value + ED25519_LEN)
      || crypto_sign_ed25519_verify_detached (value, digest, len,
                                              key->q.data + 1))
    return gpg_error (GPG_ERR_BAD_SIGNATURE);
  return 0;
}


gpg_error_t
openpgp_digest_check (const struct openpgp_signature *sig,
                      const struct openpgp_key *key,
                      const unsigned char *digest, size_t len)
{
  if (sig->algo != key->algo || sig->check[0] != digest[0]
      || sig->check[1] != digest[1])
    return gpg_error (GPG_ERR_BAD_SIGNATURE);
  switch (key->algo)
    {
    case OPENPGP_EDDSA: return check_ed25519 (sig, key, digest, len);
    case OPENPGP_RSA:
    case OPENPGP_ECDSA: return check_by_gcrypt (sig, key, digest, len);
    default: return gpg_error (GPG_ERR_BAD_SIGNATURE);
    }
}


/* What follows the hashed part (5.2.4).  */
static void
make_trailer (const struct openpgp_signature *sig,
              unsigned char out[TRAILER_LEN])
{
  size_t i, n = sig->hashed_len;

  out[0] = 4;
  out[1] = 0xff;
  for (i = 0; i < 4; i++)
    out[2 + i] = (unsigned char)(n >> (24 - 8 * i));
}


gpg_error_t
openpgp_parts_check (const struct openpgp_signature *sig,
                     const struct openpgp_key *key,
                     const struct openpgp_part *parts, size_t n)
{
  unsigned char digest[OPENPGP_MAX_DIGEST], trailer[TRAILER_LEN];
  gcry_buffer_t bufs[OPENPGP_MAX_PARTS + 2];
  gpg_error_t err;
  size_t i;

  if (n > OPENPGP_MAX_PARTS)
    return gpg_error (GPG_ERR_INV_ARG);
  make_trailer (sig, trailer);
  memset (bufs, 0, sizeof bufs);
  for (i = 0; i < n; i++)
    {
      bufs[i].data = (void *)parts[i].data;
      bufs[i].len = parts[i].len;
    }
  bufs[n].data = (void *)sig->hashed;
  bufs[n].len = sig->hashed_len;
  bufs[n + 1].data = trailer;
  bufs[n + 1].len = sizeof trailer;
  err = gcry_md_hash_buffers (sig->hash, 0, digest, bufs, (int)n + 2);
  if (!err)
    err = openpgp_digest_check (sig, key, digest,
                                gcry_md_get_algo_dlen (sig->hash));
  if (!err && sig->created < key->created)
    err = gpg_error (GPG_ERR_TIME_CONFLICT);
  return err;
}
