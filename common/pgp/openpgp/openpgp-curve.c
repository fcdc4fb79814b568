/* openpgp-curve.c - The curves of OpenPGP keys, by their OIDs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 6637, section 11, RFC 5639 for Brainpool, and what GnuPG uses for
 * Curve25519, Ed25519 and secp256k1.  */

#include "openpgp-local.h"

#include <string.h>

#define OID(text) .oid = (const unsigned char *)text, \
                  .oid_len = sizeof text - 1

static const struct openpgp_curve curves[] =
  {
    { .name = "Ed25519", OID ("\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"),
      .bits = 256, .edwards = true },
    { .name = "Curve25519", OID ("\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01"),
      .bits = 256, .montgomery = true },
    { .name = "NIST P-256", OID ("\x2a\x86\x48\xce\x3d\x03\x01\x07"),
      .bits = 256 },
    { .name = "NIST P-384", OID ("\x2b\x81\x04\x00\x22"), .bits = 384 },
    { .name = "NIST P-521", OID ("\x2b\x81\x04\x00\x23"), .bits = 521 },
    { .name = "brainpoolP256r1", OID ("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"),
      .bits = 256 },
    { .name = "brainpoolP384r1", OID ("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"),
      .bits = 384 },
    { .name = "brainpoolP512r1", OID ("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"),
      .bits = 512 },
    { .name = "secp256k1", OID ("\x2b\x81\x04\x00\x0a"), .bits = 256 }
  };


const struct openpgp_curve *
openpgp_curve_find (const unsigned char *oid, size_t len)
{
  size_t i;

  for (i = 0; i < sizeof curves / sizeof *curves; i++)
    if (curves[i].oid_len == len && !memcmp (curves[i].oid, oid, len))
      return curves + i;
  return NULL;
}


/* A native point is 0x40 and 32 bytes; the others are 0x04 and both of the
   coordinates (RFC 6637, section 6).  */
bool
openpgp_point_good (const struct openpgp_curve *curve,
                    const struct openpgp_mpi *mpi)
{
  size_t n = (curve->bits + 7) / 8;

  if (curve->montgomery || curve->edwards)
    return mpi->len == 1 + n && mpi->data[0] == 0x40;
  return mpi->len == 1 + 2 * n && mpi->data[0] == 0x04;
}
