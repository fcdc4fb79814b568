/* framing-public.c - Check that a public key is well-formed.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A key that GnuPG exports has few kinds of packets, in one order, and each
 * ends where its own numbers say.  A hostile key may be made otherwise, so
 * nothing else passes.  Section numbers are those of RFC 4880.  */

#include "framing.h"

#include <string.h>
#include "framing-local.h"

#define TAG_USER_ID 13
#define TAG_ATTRIBUTE 17

#define MAX_KEY 262144
#define MAX_PACKETS 4096
#define MAX_BITS 16384
#define MAX_USER_ID 2048
#define MAX_ATTRIBUTE 65536
#define MAX_OID 16
#define KDF_LEN 3


/* A multiprecision integer (3.2).  */
static bool
get_mpi (struct walk *w)
{
  size_t bits;

  return framing_number (w, 2, &bits) && bits <= MAX_BITS
         && framing_body (w, (bits + 7) / 8, NULL);
}


static bool
get_mpis (struct walk *w, unsigned int n)
{
  while (n)
    {
      if (!get_mpi (w))
        return false;
      n--;
    }
  return true;
}


/* The OID of a curve (RFC 6637, section 9).  */
static bool
get_oid (struct walk *w)
{
  size_t n;

  return framing_number (w, 1, &n) && n && n <= MAX_OID
         && framing_body (w, n, NULL);
}


/* The KDF parameters of ECDH (RFC 6637, section 9).  */
static bool
get_kdf (struct walk *w)
{
  size_t n;

  return framing_number (w, 1, &n) && n == KDF_LEN
         && framing_body (w, n, NULL);
}


/* The numbers of a key, by its algorithm (5.5.2).  */
static bool
get_numbers (struct walk *w, size_t algorithm)
{
  switch (algorithm)
    {
    case 1:                     /* RSA.  */
    case 2:
    case 3: return get_mpis (w, 2);
    case 16: return get_mpis (w, 3);    /* Elgamal.  */
    case 17: return get_mpis (w, 4);    /* DSA.  */
    case 18: return get_oid (w) && get_mpi (w) && get_kdf (w);  /* ECDH.  */
    case 19:                    /* ECDSA.  */
    case 22: return get_oid (w) && get_mpi (w);         /* EdDSA.  */
    default: return false;
    }
}


static bool
check_public_key (struct walk *w)
{
  size_t version, made, algorithm;

  return framing_number (w, 1, &version) && version == 4
         && framing_number (w, 4, &made) && framing_number (w, 1, &algorithm)
         && get_numbers (w, algorithm);
}


/* How many numbers a signature has (5.2.2); 0 for an unknown algorithm.  */
static unsigned int
count_numbers (size_t algorithm)
{
  switch (algorithm)
    {
    case 1:
    case 3: return 1;
    case 17:
    case 19:
    case 22: return 2;
    default: return 0;
    }
}


static bool
check_public_area (struct walk *w)
{
  struct walk area;
  const unsigned char *p;
  size_t n;

  if (!framing_area (w, &area))
    return false;
  while (area.left)
    if (!framing_subpacket (&area, &p, &n))
      return false;
  return true;
}


static bool
check_public_signature (struct walk *w)
{
  size_t version, class, algorithm, hash, start;
  unsigned int n;

  if (!framing_number (w, 1, &version) || version != 4
      || !framing_number (w, 1, &class) || !framing_number (w, 1, &algorithm)
      || !framing_number (w, 1, &hash)
      || !check_public_area (w) || !check_public_area (w)
      || !framing_number (w, 2, &start))
    return false;
  n = count_numbers (algorithm);
  return n && get_mpis (w, n);
}


/* At most MAX bytes of any kind.  */
static bool
check_length (struct walk *w, size_t max)
{
  return w->left <= max && framing_body (w, w->left, NULL);
}


static bool
check_public_packet (const struct packet *pkt, bool first)
{
  struct walk body = { pkt->first, pkt->len, FRAMING_GOOD };
  bool good = false;

  if (first != (pkt->tag == TAG_PUBLIC_KEY))
    return false;
  switch (pkt->tag)
    {
    case TAG_PUBLIC_KEY:
    case TAG_PUBLIC_SUBKEY: good = check_public_key (&body); break;
    case TAG_SIGNATURE: good = check_public_signature (&body); break;
    case TAG_USER_ID: good = check_length (&body, MAX_USER_ID); break;
    case TAG_ATTRIBUTE: good = check_length (&body, MAX_ATTRIBUTE); break;
    default: break;
    }
  return good && !body.left;
}


/* User IDs come before subkeys (11.1).  */
static bool
is_in_order (unsigned int tag, bool *r_subkeys)
{
  if (tag == TAG_PUBLIC_SUBKEY)
    *r_subkeys = true;
  return !*r_subkeys || (tag != TAG_USER_ID && tag != TAG_ATTRIBUTE);
}


gpg_error_t
framing_check_public (const void *data, size_t len)
{
  struct packet pkt;
  struct walk w;
  bool subkeys = false;
  unsigned int n;

  if (len > MAX_KEY || !framing_begin (&w, data, len))
    return gpg_error (GPG_ERR_BAD_DATA);
  for (n = 0; w.left; n++)
    if (n == MAX_PACKETS || !framing_next (&w, &pkt)
        || !check_public_packet (&pkt, !n) || !is_in_order (pkt.tag, &subkeys))
      return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}


bool
framing_next_part (const void *data, size_t len, size_t *r_at,
                   const unsigned char **r_body, size_t *r_len)
{
  struct packet pkt;
  struct walk w;

  if (*r_at >= len
      || !framing_begin (&w, (const unsigned char *)data + *r_at,
                         len - *r_at))
    return false;
  while (w.left && framing_next (&w, &pkt))
    if (pkt.tag == TAG_PUBLIC_KEY || pkt.tag == TAG_PUBLIC_SUBKEY)
      {
        *r_at = len - w.left;
        *r_body = pkt.first;
        *r_len = pkt.len;
        return true;
      }
  return false;
}
