/* snapshot-format.h - The bytes of a snapshot.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All numbers are big-endian, and nothing is aligned.
 *
 *   snapshot   8 bytes   SNAPSHOT_MAGIC
 *              u32       SNAPSHOT_VERSION
 *              u64       when the keyring last changed: Unix time in
 *                        microseconds
 *              u32       how many people follow, and after them nothing
 *              struct snapshot_basis, which the reader skips:
 *              u64, u64  judged, next
 *              32 bytes  trust
 *   person     u32       the length of its parts, in bytes
 *              u8        how many parts: 1 to SNAPSHOT_MAX_PARTS
 *              32 bytes  the digest of what was judged; zeros: none
 *              parts     the primary key, then its subkeys
 *   part       u8        its state: enum snapshot_state
 *              u64       when it expires: Unix seconds; 0: never
 *              u16       the length of the body of its packet, at least 1
 *                        and at most OPENPGP_MAX_KEY
 *              u16       the length of the body of the signature that binds
 *                        it, at most SNAPSHOT_MAX_BINDING; 0 for a primary
 *                        key
 *              both bodies
 *
 * A name is not in it: whose key it is, the reader's configuration says.  */

#ifndef POSTERN_SNAPSHOT_FORMAT_H
#define POSTERN_SNAPSHOT_FORMAT_H

#include <stdint.h>

#define SNAPSHOT_MAGIC "PstRostr"
#define SNAPSHOT_MAGICLEN 8
#define SNAPSHOT_VERSION 1
#define SNAPSHOT_HEADERLEN 72
#define SNAPSHOT_PERSONLEN 37   /* Before the parts of a person ...  */
#define SNAPSHOT_PARTLEN 13     /* ... and before the bodies of a part.  */

/* A signature by RSA with 8192 bits around another, and their subpackets.  */
#define SNAPSHOT_MAX_BINDING 4096

/* Write the N bytes of VALUE to TO.  Returns where they end.  */
static inline unsigned char *
snapshot_put (unsigned char *to, uint64_t value, unsigned int n)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    to[i] = (unsigned char)(value >> 8 * (n - 1 - i));
  return to + n;
}

/* The number in the N bytes at FROM.  */
static inline uint64_t
snapshot_get (const unsigned char *from, unsigned int n)
{
  uint64_t value = 0;

  for (; n; n--)
    value = value << 8 | *from++;
  return value;
}

#endif /*POSTERN_SNAPSHOT_FORMAT_H*/
