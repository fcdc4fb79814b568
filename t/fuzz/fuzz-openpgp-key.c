/* fuzz-openpgp-key.c - Any bytes as the packet of a public key.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../common/pgp/openpgp/openpgp-key.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/secret.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);


int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  (void)argc;
  (void)argv;
  if (secret_init (32768))
    abort ();
  return 0;
}


/* An integer lies in the packet, and has as many bits as it says.  */
static void
check_mpi (const struct openpgp_key *key, const struct openpgp_mpi *mpi)
{
  if (mpi->data < key->body || !mpi->len
      || mpi->data + mpi->len > key->body + key->body_len
      || (mpi->bits + 7) / 8 != mpi->len
      || mpi->data[0] >> ((mpi->bits - 1) % 8) != 1)
    abort ();
}


static void
check_numbers (const struct openpgp_key *key)
{
  if (key->algo == OPENPGP_RSA)
    {
      check_mpi (key, &key->n);
      check_mpi (key, &key->e);
      if (key->curve || key->n.bits < 2048 || key->n.bits > 8192)
        abort ();
      return;
    }
  check_mpi (key, &key->q);
  if (!key->curve || key->curve->edwards != (key->algo == OPENPGP_EDDSA)
      || (key->curve->montgomery && key->algo != OPENPGP_ECDH)
      || !key->kdf_hash == (key->algo == OPENPGP_ECDH))
    abort ();
}


/* The fingerprint survives being printed.  */
static void
check_fpr (const struct openpgp_key *key)
{
  char text[2 * OPENPGP_FPRLEN + 1];
  unsigned char fpr[OPENPGP_FPRLEN];

  openpgp_fpr_print (key->fpr, text);
  if (openpgp_fpr_parse (text, fpr) || memcmp (fpr, key->fpr, sizeof fpr))
    abort ();
}


/* What was taken is taken only whole.  */
static void
check_ends (const uint8_t *data, size_t size)
{
  uint8_t *more = malloc (size + 1);
  struct openpgp_key key;

  if (!more)
    abort ();
  memcpy (more, data, size);
  more[size] = 0;
  if (!openpgp_key_read (more, size + 1, &key)
      || !openpgp_key_read (more, size - 1, &key))
    abort ();
  free (more);
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned char grip[OPENPGP_GRIPLEN];
  struct openpgp_key key;
  gcry_sexp_t sexp;
  gpg_error_t err;

  err = openpgp_key_read (data, size, &key);
  if (err)
    return 0;
  if (key.body != data || key.body_len != size)
    abort ();
  check_numbers (&key);
  check_fpr (&key);
  check_ends (data, size);
  if (openpgp_key_sexp (&key, &sexp))
    abort ();
  gcry_sexp_release (sexp);
  err = openpgp_key_grip (&key, grip);
  if (err && gpg_err_code (err) != GPG_ERR_BAD_PUBKEY)
    abort ();
  return 0;
}
