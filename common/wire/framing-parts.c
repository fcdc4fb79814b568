/* framing-parts.c - Take OpenPGP data apart and join it by packets.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  No packet is changed but for the
 * flag in a one-pass signature that another follows.  */

#include "framing.h"

#include <stdint.h>
#include <string.h>
#include "framing-local.h"


unsigned int
framing_count_signers (const void *data, size_t len)
{
  struct walk w;
  struct packet pkt;
  unsigned int n = 0;

  if (!framing_begin (&w, data, len))
    return 0;
  while (framing_next (&w, &pkt) && pkt.tag == TAG_ONEPASS)
    n++;
  return n;
}


/* The parts of an inside with one signer.  Each ends where the next
   begins.  */
struct parts
{
  const unsigned char *onepass, *literal, *signature, *end;
};

static bool
divide_inside (const void *data, size_t len, struct parts *parts)
{
  struct walk w;
  struct packet pkt;

  if (framing_check_inner (data, len, SIZE_MAX, SIZE_MAX, 1, NULL)
      || !framing_begin (&w, data, len))
    return false;
  parts->onepass = w.p;
  if (!framing_next (&w, &pkt))
    return false;
  parts->literal = w.p;
  if (!framing_next (&w, &pkt))
    return false;
  parts->signature = w.p;
  parts->end = w.p + w.left;
  return true;
}


static unsigned char *
append_part (unsigned char *out, const unsigned char *from,
             const unsigned char *to)
{
  memcpy (out, from, (size_t)(to - from));
  return out + (to - from);
}


gpg_error_t
framing_join (const void *a, size_t alen, const void *b, size_t blen,
              void *out, size_t *r_len)
{
  struct parts pa, pb;
  unsigned char *p = out;

  *r_len = 0;
  if (!divide_inside (a, alen, &pa) || !divide_inside (b, blen, &pb))
    return gpg_error (GPG_ERR_BAD_DATA);
  p = append_part (p, pa.onepass, pa.literal);
  p[-1] = 0;                    /* Another announcement follows (5.4).  */
  p = append_part (p, pb.onepass, pb.end);
  p = append_part (p, pa.signature, pa.end);
  *r_len = (size_t)(p - (unsigned char *)out);
  return framing_check_inner (out, *r_len, SIZE_MAX, SIZE_MAX, 2, NULL);
}


gpg_error_t
framing_next_key (const void *data, size_t len, size_t *r_len)
{
  struct walk w, before;
  struct packet pkt;

  *r_len = 0;
  if (!framing_begin (&w, data, len) || !framing_next (&w, &pkt))
    return gpg_error (GPG_ERR_BAD_DATA);
  if (pkt.tag == TAG_SECRET_KEY)
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  if (pkt.tag != TAG_PUBLIC_KEY)
    return gpg_error (GPG_ERR_BAD_DATA);
  do
    {
      before = w;
      if (w.left && !framing_next (&w, &pkt))
        return gpg_error (GPG_ERR_BAD_DATA);
    }
  while (before.left && pkt.tag != TAG_PUBLIC_KEY
         && pkt.tag != TAG_SECRET_KEY);
  *r_len = len - before.left;
  return 0;
}
