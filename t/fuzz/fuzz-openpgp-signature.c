/* fuzz-openpgp-signature.c - Any bytes as a signature, and as what is signed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each signature that can be read is checked by public keys as if it were
 * theirs: none may fit, as long as nobody signs with their secrets.  */

#include "../../common/pgp/openpgp/openpgp-signature.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/secret.h"
#include "../../common/wire/framing.h"

#define RSA_LEN 256
#define HEAD "\x04\x60\x00\x00\x00"     /* Version 4, made in 2021.  */

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* RFC 8032, section 7.1, twice the base point of P-256, and an odd number in
   place of a modulus.  */
static const unsigned char ed_body[] = HEAD
  "\x16\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01\x01\x07\x40\xd7\x5a\x98\x01"
  "\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6"
  "\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
static const unsigned char p256_body[] = HEAD
  "\x13\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x02\x03\x04"
  "\x7c\xf2\x7b\x18\x8d\x03\x4f\x7e\x8a\x52\x38\x03\x04\xb5\x1a\xc3"
  "\xc0\x89\x69\xe2\x77\xf2\x1b\x35\xa6\x0b\x48\xfc\x47\x66\x99\x78"
  "\x07\x77\x55\x10\xdb\x8e\xd0\x40\x29\x3d\x9a\xc6\x9f\x74\x30\xdb"
  "\xba\x7d\xad\xe6\x3c\xe9\x82\x29\x9e\x04\xb7\x9d\x22\x78\x73\xd1";
static unsigned char rsa_body[6 + 2 + RSA_LEN + 2 + 3];
static struct openpgp_key ed, p256, rsa;


int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  unsigned char *p = rsa_body + 8;

  (void)argc;
  (void)argv;
  memcpy (rsa_body, HEAD "\x01\x08\x00", 8);
  memset (p, 0xa5, RSA_LEN);
  memcpy (p + RSA_LEN, "\x00\x11\x01\x00\x01", 5);
  if (secret_init (32768)
      || openpgp_key_read (ed_body, sizeof ed_body - 1, &ed)
      || openpgp_key_read (p256_body, sizeof p256_body - 1, &p256)
      || openpgp_key_read (rsa_body, sizeof rsa_body, &rsa))
    abort ();
  return 0;
}


/* What was read lies within the SIZE bytes at DATA.  */
static void
check_place (const struct openpgp_signature *sig, const uint8_t *data,
             size_t size)
{
  unsigned int i;

  if (sig->hashed_len > size || sig->n_mpis < 1 || sig->n_mpis > 2
      || sig->hash < 8 || sig->hash > 10
      || (sig->back && (sig->back < data
                        || sig->back + sig->back_len > data + size)))
    abort ();
  for (i = 0; i < sig->n_mpis; i++)
    if (sig->mpi[i].data < data
        || sig->mpi[i].data + sig->mpi[i].len > data + size)
      abort ();
}


/* SIG as if the key of its algorithm had made it.  */
static void
check_forged (const struct openpgp_signature *sig)
{
  struct openpgp_key key;

  switch (sig->algo)
    {
    case OPENPGP_RSA: key = rsa; break;
    case OPENPGP_ECDSA: key = p256; break;
    case OPENPGP_EDDSA: key = ed; break;
    default: abort ();
    }
  memcpy (key.fpr, sig->issuer, sizeof key.fpr);
  if (gpg_err_code (openpgp_signature_check (sig, &key, "text", 4))
      != GPG_ERR_BAD_SIGNATURE)
    abort ();
}


static void
check_packet (const uint8_t *data, size_t size)
{
  static const enum openpgp_class classes[] =
    { OPENPGP_CLASS_BINARY, OPENPGP_CLASS_BINDING, OPENPGP_CLASS_BACK };
  struct openpgp_signature sig;
  size_t i, taken = 0;

  for (i = 0; i < 3; i++)
    if (!openpgp_signature_read (data, size, classes[i], &sig))
      {
        taken++;
        if (sig.hashed != data || sig.class != classes[i])
          abort ();
        check_place (&sig, data, size);
        if (sig.class == OPENPGP_CLASS_BINARY)
          check_forged (&sig);
      }
  if (taken > 1)
    abort ();
}


/* As an inside: what the framing passes can be read.  */
static void
check_inside (const uint8_t *data, size_t size)
{
  unsigned char text[OPENPGP_MAX_LITERAL];
  struct openpgp_signature sig;
  size_t len;
  gpg_error_t err = openpgp_signed_read (data, size, text, &len, &sig);

  if (!err)
    check_place (&sig, data, size);
  else if (!framing_check_inner (data, size, OPENPGP_MAX_SIGNED,
                                 OPENPGP_MAX_LITERAL, 1, NULL))
    abort ();
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint64_t expires;

  check_packet (data, size);
  check_inside (data, size);
  if (!openpgp_binding_check (data, size, &rsa, &ed, &expires)
      || !openpgp_binding_check (data, size, &ed, &rsa, &expires))
    abort ();
  return 0;
}
