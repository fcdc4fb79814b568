/* framing-signature.h - Read a signature packet of OpenPGP, strictly.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 4880, section 5.2, version 4 only, as strict as doc/PROTOCOL.md.  No
 * cryptography, no allocation; what is read points into the packet.  */

#ifndef POSTERN_FRAMING_SIGNATURE_H
#define POSTERN_FRAMING_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "framing.h"

#define FRAMING_FPRLEN 20
#define FRAMING_MAX_INTEGERS 2

/* A multiprecision integer (3.2), without zeros before it.  */
struct framing_integer
{
  const unsigned char *data;
  size_t len;
  unsigned int bits;
};

struct framing_signature
{
  unsigned char class, algo, hash;
  const unsigned char *hashed;  /* The packet up to the end of the hashed
                                   subpackets.  */
  size_t hashed_len;
  const unsigned char *fpr;     /* The issuer's, or NULL ...  */
  bool fpr_hashed;
  const unsigned char *keyid;   /* ... and its key ID, or NULL.  */
  /* Out of the hashed subpackets alone; seconds.  */
  bool has_created;
  uint32_t created, lifetime, key_lifetime;
  bool has_key_flags;
  unsigned char key_flags;
  const unsigned char *embedded;        /* A binding's only, or NULL.  */
  size_t embedded_len;
  const unsigned char *check;   /* The first two bytes of the digest.  */
  struct framing_integer integer[FRAMING_MAX_INTEGERS];
  unsigned int n_integers;
};

/* Read the body of a signature packet, LEN bytes, which must be of CLASS
   (5.2.1): 0x00 on a message, 0x18 a subkey's binding or 0x19 the subkey's
   own signature in it.  Digest, algorithm, subpackets and integers are judged
   as the protocol says; the issuer's fingerprint must be among the hashed
   subpackets of class 0x00 alone.  FRAMING_GOOD, or what is wrong.  */
enum framing_flaw framing_read_signature (const unsigned char *body,
                                          size_t len, unsigned int class,
                                          struct framing_signature *r_sig);

#endif /*POSTERN_FRAMING_SIGNATURE_H*/
