/* framing.c - The packet framing of an OpenPGP message: lengths and tags.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  This file only walks over bytes
 * that a stranger sent: it must never read outside of them, and it decides
 * nothing but whether the outside of a message has the one allowed form.  */

#include "framing.h"

#include <string.h>
#include "framing-local.h"

#define MIN_PARTIAL 512         /* Of the first chunk (4.2.2.4).  */
/* Version, a block of random bytes, its last two again, MDC packet
   (5.13).  */
#define MIN_MDC_BODY (1 + 16 + 2 + 22)
/* Version, cipher, mode, chunk size; and the nonce of OCB.  */
#define AEAD_FIXED (4 + 15)
#define AEAD_TAGLEN 16
#define AEAD_OCB 2
/* Chunks of 4 MiB, which GnuPG writes; no message is longer.  */
#define AEAD_MAX_CHUNK 16


bool
framing_refuse (struct walk *w, enum framing_flaw flaw)
{
  w->flaw = flaw;
  return false;
}


gpg_error_t
framing_verdict (bool good, struct walk *w, enum framing_flaw *r_flaw)
{
  if (r_flaw)
    *r_flaw = good ? FRAMING_GOOD : w->flaw;
  return good ? 0 : gpg_error (GPG_ERR_BAD_DATA);
}


bool
framing_number (struct walk *w, size_t n, size_t *r_value)
{
  size_t value = 0;

  if (w->left < n)
    return framing_refuse (w, FRAMING_CUT_HEADER);
  for (; n; n--, w->left--)
    value = value << 8 | *w->p++;
  *r_value = value;
  return true;
}


bool
framing_body (struct walk *w, size_t n, const unsigned char **r_body)
{
  if (w->left < n)
    return framing_refuse (w, FRAMING_CUT_PACKET);
  if (r_body)
    *r_body = w->p;
  w->p += n;
  w->left -= n;
  return true;
}


bool
framing_area (struct walk *w, struct walk *r_area)
{
  size_t n;

  r_area->flaw = FRAMING_GOOD;
  r_area->left = 0;
  if (!framing_number (w, 2, &n) || !framing_body (w, n, &r_area->p))
    return false;
  r_area->left = n;
  return true;
}


/* Read a length in the old format (4.2.1).  */
static bool
get_old_length (struct walk *w, unsigned int type, size_t *r_len)
{
  if (type == 3)
    return framing_refuse (w, FRAMING_INDETERMINATE);
  return framing_number (w, (size_t)1 << type, r_len);
}


bool
framing_new_length (struct walk *w, size_t *r_len, bool *r_partial)
{
  size_t first, second;

  *r_partial = false;
  if (!framing_number (w, 1, &first))
    return false;
  if (first < 192)
    {
      *r_len = first;
      return true;
    }
  if (first == 255)
    return framing_number (w, 4, r_len);
  if (first >= 224)
    {
      *r_partial = true;
      *r_len = (size_t)1 << (first & 31);
      return true;
    }
  if (!framing_number (w, 1, &second))
    return false;
  *r_len = ((first - 192) << 8) + second + 192;
  return true;
}


/* Step over the chunks of PKT after the first one.  */
static bool
get_chunks (struct walk *w, struct packet *pkt)
{
  bool partial = true;
  size_t n;

  if (pkt->tag != TAG_MDC_DATA && pkt->tag != TAG_AEAD
      && pkt->tag != TAG_LITERAL)
    return framing_refuse (w, FRAMING_PARTIAL_TAG);
  if (pkt->firstlen < MIN_PARTIAL)
    return framing_refuse (w, FRAMING_PARTIAL_SHORT);
  while (partial)
    {
      if (!framing_new_length (w, &n, &partial) || !framing_body (w, n, NULL))
        return false;
      pkt->len += n;            /* No more than the message has.  */
    }
  return true;
}


bool
framing_next (struct walk *w, struct packet *pkt)
{
  bool partial = false, good;
  size_t ctb;

  memset (pkt, 0, sizeof *pkt);
  if (!framing_number (w, 1, &ctb))
    return framing_refuse (w, FRAMING_ENDS);
  if (!(ctb & 0x80))
    return framing_refuse (w, FRAMING_NO_PACKET);
  if (ctb & 0x40)
    {
      pkt->tag = ctb & 0x3f;
      good = framing_new_length (w, &pkt->firstlen, &partial);
    }
  else
    {
      pkt->tag = ctb >> 2 & 0x0f;
      good = get_old_length (w, ctb & 3, &pkt->firstlen);
    }
  /* Before the length is judged: GnuPG writes compressed packets with an
     indeterminate length.  */
  if (pkt->tag == TAG_COMPRESSED)
    return framing_refuse (w, FRAMING_COMPRESSED);
  if (!good || !framing_body (w, pkt->firstlen, &pkt->first))
    return false;
  pkt->len = pkt->firstlen;
  return !partial || get_chunks (w, pkt);
}


/* Armour begins with a dash, a packet with a byte of 0x80 or more.  */
bool
framing_begin (struct walk *w, const void *data, size_t len)
{
  w->p = data;
  w->left = len;
  w->flaw = FRAMING_GOOD;
  if (!len)
    return framing_refuse (w, FRAMING_EMPTY);
  if (*w->p == '-')
    return framing_refuse (w, FRAMING_ARMOUR);
  if (!(*w->p & 0x80))
    return framing_refuse (w, FRAMING_NO_OPENPGP);
  return true;
}


static enum framing_flaw
why_not_outside (unsigned int tag)
{
  switch (tag)
    {
    case TAG_SKESK: return FRAMING_PASSPHRASE;
    case TAG_ENCRYPTED: return FRAMING_NO_MDC;
    case TAG_MARKER: return FRAMING_MARKER;
    case TAG_ONEPASS:
    case TAG_SIGNATURE: return FRAMING_SIGNED_ONLY;
    case TAG_LITERAL: return FRAMING_PLAIN;
    default: return FRAMING_OTHER;
    }
}


/* A public-key encrypted session key (5.1): version, key ID, algorithm and
   at least one more byte.  */
static bool
check_session_key (struct walk *w, const struct packet *pkt)
{
  if (pkt->len <= 1 + FRAMING_KEYIDLEN + 1)
    return framing_refuse (w, FRAMING_KEY_SHORT);
  if (pkt->first[0] != 3)
    return framing_refuse (w, FRAMING_KEY_VERSION);
  return true;
}


static bool
check_mdc (struct walk *w, const struct packet *pkt)
{
  if (pkt->len < MIN_MDC_BODY)
    return framing_refuse (w, FRAMING_DATA_SHORT);
  if (pkt->first[0] != 1)
    return framing_refuse (w, FRAMING_DATA_VERSION);
  return true;
}


/* What GnuPG writes for a key that asks for it: version, cipher, mode, chunk
   size, nonce; then chunks, each with a tag, and a final tag
   (draft-koch-librepgp, section 5.16).  */
static bool
check_aead (struct walk *w, const struct packet *pkt)
{
  const unsigned char *p = pkt->first;
  size_t chunk, rest;

  if (pkt->len <= AEAD_FIXED + 2 * AEAD_TAGLEN)
    return framing_refuse (w, FRAMING_DATA_SHORT);
  if (p[0] != 1)
    return framing_refuse (w, FRAMING_DATA_VERSION);
  if (p[1] < 7 || p[1] > 9)     /* AES-128, 192, 256.  */
    return framing_refuse (w, FRAMING_CIPHER);
  if (p[2] != AEAD_OCB)
    return framing_refuse (w, FRAMING_AEAD_MODE);
  if (p[3] > AEAD_MAX_CHUNK)
    return framing_refuse (w, FRAMING_CHUNK_SIZE);
  chunk = ((size_t)1 << (p[3] + 6)) + AEAD_TAGLEN;
  rest = (pkt->len - AEAD_FIXED - AEAD_TAGLEN) % chunk;
  if (rest && rest <= AEAD_TAGLEN)
    return framing_refuse (w, FRAMING_CHUNK_CUT);
  return true;
}


static bool
check_encrypted (struct walk *w, const struct packet *pkt)
{
  if (pkt->tag == TAG_AEAD ? !check_aead (w, pkt) : !check_mdc (w, pkt))
    return false;
  return !w->left || framing_refuse (w, FRAMING_TRAILING);
}


/* Walk the outside of a message and fill in SUM.  */
static bool
walk_outer (struct walk *w, struct framing_sum *sum)
{
  size_t all = w->left, before;
  struct packet pkt;

  memset (sum, 0, sizeof *sum);
  for (;;)
    {
      before = w->left;
      if (!framing_next (w, &pkt))
        return false;
      if (pkt.tag != TAG_PKESK)
        break;
      if (sum->keys == FRAMING_MAX_KEYS)
        return framing_refuse (w, FRAMING_MANY_KEYS);
      if (!check_session_key (w, &pkt))
        return false;
      memcpy (sum->keyid[sum->keys++], pkt.first + 1, FRAMING_KEYIDLEN);
    }
  if (pkt.tag != TAG_MDC_DATA && pkt.tag != TAG_AEAD)
    return framing_refuse (w, why_not_outside (pkt.tag));
  if (!sum->keys)
    return framing_refuse (w, FRAMING_NO_KEY);
  sum->keybytes = all - before;
  return check_encrypted (w, &pkt);
}


gpg_error_t
framing_check_outer (const void *data, size_t len,
                     enum framing_flaw *r_flaw)
{
  struct framing_sum sum;
  struct walk w;
  bool good;

  good = framing_begin (&w, data, len) && walk_outer (&w, &sum);
  return framing_verdict (good, &w, r_flaw);
}


gpg_error_t
framing_measure (const void *data, size_t len, struct framing_sum *r_sum)
{
  struct walk w;

  if (framing_begin (&w, data, len) && walk_outer (&w, r_sum))
    return 0;
  memset (r_sum, 0, sizeof *r_sum);
  return gpg_error (GPG_ERR_BAD_DATA);
}
