/* pgp-size.c - How many bytes of a message a key takes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Computed from the formats of the packets (RFC 4880, sections 5.1 and 5.2;
 * RFC 6637, section 8), for callers that must know before anything is
 * signed.  If a length varies, the largest counts.  */

#include "pgp.h"

#include <string.h>
#include "pgp-local.h"

#define MPI_HEADER 2
#define SESSION_FIXED (3 + 1 + 8 + 1)   /* Header, version, key ID, kind.  */
#define WRAPPED_KEY (1 + 48)            /* Of 32 bytes, by AES (RFC 3394).  */
/* Header; version, class and kinds; hashed area: fingerprint and time;
   unhashed: key ID; begin of the digest.  */
#define SIGNATURE_FIXED (3 + 4 + (2 + 23 + 6) + (2 + 10) + 2)


static unsigned int
bytes_of_bits (unsigned int bits)
{
  return (bits + 7) / 8;
}


/* The bytes of a public point on the curve of SUB.  */
static unsigned int
point_size (gpgme_subkey_t sub)
{
  const char *curve = sub->curve ? sub->curve : "";

  if (!strcmp (curve, "cv25519") || !strcmp (curve, "ed25519"))
    return 1 + 32;
  return 1 + 2 * bytes_of_bits (sub->length);
}


unsigned int
pgp_size_session (gpgme_subkey_t sub)
{
  unsigned int n = bytes_of_bits (sub->length);

  switch (sub->pubkey_algo)
    {
    case GPGME_PK_ECDH:
      return SESSION_FIXED + MPI_HEADER + point_size (sub) + WRAPPED_KEY;
    case GPGME_PK_ELG:
    case GPGME_PK_ELG_E:
      return SESSION_FIXED + 2 * (MPI_HEADER + n);
    default:
      return SESSION_FIXED + MPI_HEADER + n;
    }
}


unsigned int
pgp_size_signature (gpgme_subkey_t sub)
{
  unsigned int n = bytes_of_bits (sub->length);

  switch (sub->pubkey_algo)
    {
    case GPGME_PK_EDDSA:
    case GPGME_PK_ECDSA:
      return SIGNATURE_FIXED + 2 * (MPI_HEADER + n);
    default:
      return SIGNATURE_FIXED + MPI_HEADER + n;
    }
}
