/* framing-key.c - The digests that hold a public key together.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Releases of GnuPG differ in whether they accept a user ID or a subkey that
 * SHA-1 binds.  This file finds and removes such signatures, so that none of
 * them does.  Section numbers are those of RFC 4880.  */

#include "framing.h"

#include <string.h>
#include "framing-local.h"

#define SUBKEY_BINDING 0x18
/* Subpackets: the issuer, its fingerprint, the signature of a subkey.  */
#define ISSUER 16
#define ISSUER_FPR 33
#define EMBEDDED 32


/* The class of the signature at P (5.2.1) and whether its digest is good;
   false if it cannot be read.  */
static bool
look_class (const unsigned char *p, size_t len, unsigned int *r_class,
            bool *r_good)
{
  if (len >= 17 && p[0] == 3)
    {
      *r_class = p[2];
      *r_good = framing_good_hash (p[16]);
      return true;
    }
  if (len < 4 || p[0] < 4)
    return false;
  *r_class = p[1];
  *r_good = framing_good_hash (p[3]);
  return true;
}


/* Step over one of the two areas of subpackets at the start of BODY.  If it
   holds a signature by the subkey itself (5.2.3.26) whose digest is not good,
   *R_GOOD becomes false.  */
static bool
look_area (struct walk *body, bool *r_good)
{
  struct walk area;
  const unsigned char *p;
  unsigned int class;
  size_t n;
  bool good;

  if (!framing_area (body, &area))
    return false;
  while (area.left)
    {
      if (!framing_subpacket (&area, &p, &n))
        return false;
      if ((p[0] & 0x7f) != EMBEDDED)
        continue;
      if (!look_class (p + 1, n - 1, &class, &good))
        return false;
      *r_good &= good;
    }
  return true;
}


/* The class of the signature PKT, and whether its digest is good; if it binds
   a subkey, also the digest of the signature inside.  */
static bool
look_signature (const struct packet *pkt, unsigned int *r_class,
                bool *r_good)
{
  struct walk body = { NULL, 0, FRAMING_GOOD };

  if (!look_class (pkt->first, pkt->len, r_class, r_good))
    return false;
  if (*r_class != SUBKEY_BINDING || pkt->first[0] == 3)
    return true;
  body.p = pkt->first + 4;
  body.left = pkt->len - 4;
  return look_area (&body, r_good) && look_area (&body, r_good);
}


/* A subkey while its signatures are walked.  */
struct looked_subkey
{
  bool bound;                   /* A good digest binds it.  */
  bool revoked;                 /* By an old digest.  */
};


static void
note_signature (unsigned int class, bool good, struct looked_subkey *sub,
                struct framing_key *key)
{
  switch (class)
    {
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13:
    case 0x1f:
      key->old_binding |= !good;
      break;
    case SUBKEY_BINDING:
      key->old_binding |= !good;
      sub->bound |= good;
      break;
    case 0x20:
      key->old_revocation |= !good;
      break;
    case 0x28:
      sub->revoked |= !good;
      break;
    default:
      break;
    }
}


/* Examine one packet after the primary key.  */
static bool
look_packet (const struct packet *pkt, struct looked_subkey *sub,
             struct framing_key *key)
{
  unsigned int class;
  bool good;

  switch (pkt->tag)
    {
    case TAG_PUBLIC_KEY:        /* Of another key.  */
    case TAG_SECRET_KEY:
    case TAG_SECRET_SUBKEY:
      return false;
    case TAG_PUBLIC_SUBKEY:
      key->old_revocation |= sub->bound && sub->revoked;
      memset (sub, 0, sizeof *sub);
      return true;
    case TAG_SIGNATURE:
      if (!look_signature (pkt, &class, &good))
        return false;
      note_signature (class, good, sub, key);
      return true;
    default:                    /* User IDs, and what GnuPG ignores.  */
      return true;
    }
}


gpg_error_t
framing_look_key (const void *data, size_t len, struct framing_key *r_key)
{
  struct looked_subkey sub = { false, false };
  struct packet pkt;
  struct walk w;

  memset (r_key, 0, sizeof *r_key);
  if (!framing_begin (&w, data, len) || !framing_next (&w, &pkt)
      || pkt.tag != TAG_PUBLIC_KEY)
    return gpg_error (GPG_ERR_BAD_DATA);
  while (w.left)
    if (!framing_next (&w, &pkt) || !look_packet (&pkt, &sub, r_key))
      return gpg_error (GPG_ERR_BAD_DATA);
  r_key->old_revocation |= sub.bound && sub.revoked;
  return 0;
}


/* True for a class of signatures that certify or bind a part of a key.  */
static bool
holds_together (unsigned int class)
{
  return (class >= 0x10 && class <= 0x13) || class == SUBKEY_BINDING
         || class == 0x1f;
}


gpg_error_t
framing_drop_weak (void *data, size_t len, size_t *r_len)
{
  unsigned char *to = data;
  const unsigned char *from;
  unsigned int class;
  struct packet pkt;
  struct walk w;
  bool good;

  *r_len = 0;
  if (!framing_begin (&w, data, len))
    return gpg_error (GPG_ERR_BAD_DATA);
  while (w.left)
    {
      from = w.p;
      if (!framing_next (&w, &pkt))
        return gpg_error (GPG_ERR_BAD_DATA);
      if (pkt.tag == TAG_SIGNATURE)
        {
          if (!look_signature (&pkt, &class, &good))
            return gpg_error (GPG_ERR_BAD_DATA);
          if (!good && holds_together (class))
            continue;
        }
      memmove (to, from, (size_t)(w.p - from));
      to += w.p - from;
    }
  *r_len = (size_t)(to - (unsigned char *)data);
  return 0;
}


/* True if the subpackets of the signature in BODY name the issuer KEYID.  */
static bool
is_issued_by (struct walk *body, const unsigned char *keyid)
{
  struct walk area;
  const unsigned char *p;
  int areas;
  size_t n;

  for (areas = 0; areas < 2; areas++)
    {
      if (!framing_area (body, &area))
        return false;
      while (area.left && framing_subpacket (&area, &p, &n))
        if (((p[0] & 0x7f) == ISSUER || (p[0] & 0x7f) == ISSUER_FPR)
            && n > FRAMING_KEYIDLEN
            && !memcmp (p + n - FRAMING_KEYIDLEN, keyid, FRAMING_KEYIDLEN))
          return true;
    }
  return false;
}


static bool
is_self_signature (const struct packet *pkt, const unsigned char *keyid)
{
  struct walk body = { NULL, 0, FRAMING_GOOD };
  unsigned int class;
  bool good;

  if (pkt->tag != TAG_SIGNATURE || !look_signature (pkt, &class, &good)
      || !good || !holds_together (class) || class == SUBKEY_BINDING)
    return false;
  if (pkt->first[0] == 3)
    return !memcmp (pkt->first + 7, keyid, FRAMING_KEYIDLEN);
  body.p = pkt->first + 4;
  body.left = pkt->len - 4;
  return is_issued_by (&body, keyid);
}


bool
framing_self_signed (const void *data, size_t len,
                     const unsigned char keyid[FRAMING_KEYIDLEN])
{
  struct packet pkt;
  struct walk w;

  if (!framing_begin (&w, data, len))
    return false;
  while (w.left && framing_next (&w, &pkt))
    if (is_self_signature (&pkt, keyid))
      return true;
  return false;
}


gpg_error_t
framing_key_body (const void *data, size_t len,
                  const unsigned char **r_body, size_t *r_len)
{
  struct packet pkt;
  struct walk w;

  *r_body = NULL;
  *r_len = 0;
  if (!framing_begin (&w, data, len) || !framing_next (&w, &pkt)
      || pkt.tag != TAG_PUBLIC_KEY)
    return gpg_error (GPG_ERR_BAD_DATA);
  *r_body = pkt.first;
  *r_len = pkt.len;
  return 0;
}


unsigned int
framing_key_version (const void *data, size_t len)
{
  unsigned int version = 0;
  struct packet pkt;
  struct walk w;

  if (!framing_begin (&w, data, len))
    return 0;
  while (w.left && framing_next (&w, &pkt))
    switch (pkt.tag)
      {
      case TAG_PUBLIC_KEY:
      case TAG_PUBLIC_SUBKEY:
      case TAG_SECRET_KEY:
      case TAG_SECRET_SUBKEY:
        if (pkt.len && pkt.first[0] > version)
          version = pkt.first[0];
        break;
      default:
        break;
      }
  return version;
}
