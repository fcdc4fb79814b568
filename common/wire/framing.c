/* framing.c - The packet framing of an OpenPGP message: lengths and tags.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  */

#include "framing.h"

#include <string.h>
#include "framing-local.h"

#define MAX_SIGNERS 2
#define MIN_PARTIAL 512         /* Of the first chunk (4.2.2.4).  */
#define FPRLEN 20
/* Version, block of random bytes, two of them again, MDC packet (5.13).  */
#define MIN_MDC_BODY (1 + 16 + 2 + 22)
/* Version, cipher, mode, chunk size and nonce of OCB; its tag.  */
#define AEAD_FIXED (4 + 15)
#define AEAD_TAGLEN 16
#define AEAD_OCB 2
/* Chunks of 4 MiB: what GnuPG writes, and more than any message has.  */
#define AEAD_MAX_CHUNK 16
#define ONEPASS_BODY 13
/* Mode, length of the file name, date (5.9).  */
#define LITERAL_FIXED 6

struct onepass
{
  unsigned char hash;
  unsigned char algo;
  unsigned char keyid[FRAMING_KEYIDLEN];
};


static bool
refuse (struct walk *w, enum framing_flaw flaw)
{
  w->flaw = flaw;
  return false;
}


static gpg_error_t
verdict (bool good, struct walk *w, enum framing_flaw *r_flaw)
{
  if (r_flaw)
    *r_flaw = good ? FRAMING_GOOD : w->flaw;
  return good ? 0 : gpg_error (GPG_ERR_BAD_DATA);
}


/* Read a big-endian number of N bytes.  */
bool
framing_number (struct walk *w, size_t n, size_t *r_value)
{
  size_t value = 0;

  if (w->left < n)
    return refuse (w, FRAMING_CUT_HEADER);
  for (; n; n--, w->left--)
    value = value << 8 | *w->p++;
  *r_value = value;
  return true;
}


bool
framing_body (struct walk *w, size_t n, const unsigned char **r_body)
{
  if (w->left < n)
    return refuse (w, FRAMING_CUT_PACKET);
  if (r_body)
    *r_body = w->p;
  w->p += n;
  w->left -= n;
  return true;
}


/* A length of the old format (4.2.1).  */
static bool
get_old_length (struct walk *w, unsigned int type, size_t *r_len)
{
  if (type == 3)
    return refuse (w, FRAMING_INDETERMINATE);
  return framing_number (w, (size_t)1 << type, r_len);
}


/* A length of the new format (4.2.2).  */
static bool
get_new_length (struct walk *w, size_t *r_len, bool *r_partial)
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


/* The chunks behind the first one of PKT.  */
static bool
get_chunks (struct walk *w, struct packet *pkt)
{
  bool partial = true;
  size_t n;

  if (pkt->tag != TAG_MDC_DATA && pkt->tag != TAG_AEAD
      && pkt->tag != TAG_LITERAL)
    return refuse (w, FRAMING_PARTIAL_TAG);
  if (pkt->firstlen < MIN_PARTIAL)
    return refuse (w, FRAMING_PARTIAL_SHORT);
  while (partial)
    {
      if (!get_new_length (w, &n, &partial) || !framing_body (w, n, NULL))
        return false;
      pkt->len += n;            /* Bounded by the size of the message.  */
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
    return refuse (w, FRAMING_ENDS);
  if (!(ctb & 0x80))
    return refuse (w, FRAMING_NO_PACKET);
  if (ctb & 0x40)
    {
      pkt->tag = ctb & 0x3f;
      good = get_new_length (w, &pkt->firstlen, &partial);
    }
  else
    {
      pkt->tag = ctb >> 2 & 0x0f;
      good = get_old_length (w, ctb & 3, &pkt->firstlen);
    }
  /* Told first: GnuPG writes these with an indeterminate length.  */
  if (pkt->tag == TAG_COMPRESSED)
    return refuse (w, FRAMING_COMPRESSED);
  if (!good || !framing_body (w, pkt->firstlen, &pkt->first))
    return false;
  pkt->len = pkt->firstlen;
  return !partial || get_chunks (w, pkt);
}


/* Start at DATA.  Armour begins with a dash, and no binary message does
   with a byte below 0x80.  */
bool
framing_begin (struct walk *w, const void *data, size_t len)
{
  w->p = data;
  w->left = len;
  w->flaw = FRAMING_GOOD;
  if (!len)
    return refuse (w, FRAMING_EMPTY);
  if (*w->p == '-')
    return refuse (w, FRAMING_ARMOUR);
  if (!(*w->p & 0x80))
    return refuse (w, FRAMING_NO_OPENPGP);
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
   something behind.  */
static bool
check_key (struct walk *w, const struct packet *pkt)
{
  if (pkt->len <= 1 + FRAMING_KEYIDLEN + 1)
    return refuse (w, FRAMING_KEY_SHORT);
  if (pkt->first[0] != 3)
    return refuse (w, FRAMING_KEY_VERSION);
  return true;
}


static bool
check_mdc (struct walk *w, const struct packet *pkt)
{
  if (pkt->len < MIN_MDC_BODY)
    return refuse (w, FRAMING_DATA_SHORT);
  if (pkt->first[0] != 1)
    return refuse (w, FRAMING_DATA_VERSION);
  return true;
}


/* What GnuPG writes to a key that asks for it: version, cipher, mode, size
   of the chunks, nonce; chunks with a tag each, and a last tag over none
   (draft-koch-librepgp, section 5.16).  */
static bool
check_aead (struct walk *w, const struct packet *pkt)
{
  const unsigned char *p = pkt->first;
  size_t chunk, rest;

  if (pkt->len <= AEAD_FIXED + 2 * AEAD_TAGLEN)
    return refuse (w, FRAMING_DATA_SHORT);
  if (p[0] != 1)
    return refuse (w, FRAMING_DATA_VERSION);
  if (p[1] < 7 || p[1] > 9)     /* AES-128, 192, 256.  */
    return refuse (w, FRAMING_CIPHER);
  if (p[2] != AEAD_OCB)
    return refuse (w, FRAMING_AEAD_MODE);
  if (p[3] > AEAD_MAX_CHUNK)
    return refuse (w, FRAMING_CHUNK_SIZE);
  chunk = ((size_t)1 << (p[3] + 6)) + AEAD_TAGLEN;
  rest = (pkt->len - AEAD_FIXED - AEAD_TAGLEN) % chunk;
  if (rest && rest <= AEAD_TAGLEN)
    return refuse (w, FRAMING_CHUNK_CUT);
  return true;
}


static bool
check_encrypted (struct walk *w, const struct packet *pkt)
{
  if (pkt->tag == TAG_AEAD ? !check_aead (w, pkt) : !check_mdc (w, pkt))
    return false;
  return !w->left || refuse (w, FRAMING_TRAILING);
}


/* Walk the outside; SUM takes what is in it.  */
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
        return refuse (w, FRAMING_MANY_KEYS);
      if (!check_key (w, &pkt))
        return false;
      memcpy (sum->keyid[sum->keys++], pkt.first + 1, FRAMING_KEYIDLEN);
    }
  if (pkt.tag != TAG_MDC_DATA && pkt.tag != TAG_AEAD)
    return refuse (w, why_not_outside (pkt.tag));
  if (!sum->keys)
    return refuse (w, FRAMING_NO_KEY);
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
  return verdict (good, &w, r_flaw);
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


static enum framing_flaw
why_not_inside (unsigned int tag)
{
  switch (tag)
    {
    case TAG_PKESK:
    case TAG_SKESK:
    case TAG_ENCRYPTED:
    case TAG_MDC_DATA:
    case TAG_AEAD: return FRAMING_NESTED_ENCRYPTION;
    case TAG_MARKER: return FRAMING_MARKER;
    default: return FRAMING_OTHER;
    }
}


bool
framing_good_hash (unsigned int hash)
{
  return (hash >= 8 && hash <= 10) || hash == 12 || hash == 14;
}


static bool
check_class (struct walk *w, unsigned int class)
{
  if (class == 1)
    return refuse (w, FRAMING_TEXT_MODE);
  return !class || refuse (w, FRAMING_CLASS);
}


/* A one-pass signature packet (5.4); only the last of several has the
   flag that no other follows.  */
static bool
check_onepass (struct walk *w, bool last, struct onepass *ops)
{
  struct packet pkt;
  const unsigned char *p;

  if (!framing_next (w, &pkt))
    return false;
  if (pkt.tag == TAG_LITERAL)
    return refuse (w, last ? FRAMING_NOT_SIGNED : FRAMING_FEW_SIGNERS);
  if (pkt.tag == TAG_SIGNATURE)
    return refuse (w, FRAMING_SIGNATURE_FIRST);
  if (pkt.tag != TAG_ONEPASS)
    return refuse (w, why_not_inside (pkt.tag));
  p = pkt.first;
  if (pkt.len != ONEPASS_BODY || p[0] != 3)
    return refuse (w, FRAMING_ONEPASS);
  if (!check_class (w, p[1]))
    return false;
  if (!framing_good_hash (p[2]))
    return refuse (w, FRAMING_DIGEST);
  if (p[12] > 1)
    return refuse (w, FRAMING_ONEPASS);
  if (last != (p[12] == 1))
    return refuse (w, last ? FRAMING_MANY_SIGNERS : FRAMING_FEW_SIGNERS);
  ops->hash = p[2];
  ops->algo = p[3];
  memcpy (ops->keyid, p + 4, FRAMING_KEYIDLEN);
  return true;
}


static bool
check_literal (struct walk *w, size_t maxliteral)
{
  struct packet pkt;
  size_t head;

  if (!framing_next (w, &pkt))
    return false;
  if (pkt.tag == TAG_ONEPASS || pkt.tag == TAG_SIGNATURE)
    return refuse (w, FRAMING_NESTED_SIGNATURE);
  if (pkt.tag != TAG_LITERAL)
    return refuse (w, why_not_inside (pkt.tag));
  if (pkt.len < LITERAL_FIXED)
    return refuse (w, FRAMING_LITERAL_SHORT);
  if (pkt.first[0] != 'b')
    return refuse (w, FRAMING_LITERAL_MODE);
  head = LITERAL_FIXED + (size_t)pkt.first[1];
  if (pkt.firstlen < head)
    return refuse (w, FRAMING_LITERAL_SHORT);
  if (pkt.len - head > maxliteral)
    return refuse (w, FRAMING_TEXT_LONG);
  return true;
}


bool
framing_subpacket (struct walk *area, const unsigned char **r_body,
                   size_t *r_len)
{
  bool partial;
  size_t n;

  /* As in a packet, but 224 to 254 also begin two-byte lengths.  */
  if (area->left > 1 && *area->p >= 224 && *area->p < 255)
    {
      n = ((size_t)(area->p[0] - 192) << 8) + area->p[1] + 192;
      area->p += 2;
      area->left -= 2;
    }
  else if (!get_new_length (area, &n, &partial))
    return false;
  *r_len = n;
  return n && framing_body (area, n, r_body);
}


/* Where a subpacket in AREA names the issuer, that must be OPS's.  */
static bool
check_subpacket (struct walk *w, struct walk *area,
                 const struct onepass *ops, bool *r_issuer)
{
  const unsigned char *body, *keyid = NULL;
  size_t n;

  if (!framing_subpacket (area, &body, &n))
    return refuse (w, FRAMING_SUBPACKETS);
  if ((body[0] & 0x7f) == 16)           /* Issuer.  */
    keyid = n == 1 + FRAMING_KEYIDLEN ? body + 1 : NULL;
  else if ((body[0] & 0x7f) == 33)      /* Its fingerprint.  */
    keyid = n == 2 + FPRLEN && body[1] == 4
            ? body + n - FRAMING_KEYIDLEN : NULL;
  else
    return true;
  if (!keyid || memcmp (keyid, ops->keyid, FRAMING_KEYIDLEN))
    return refuse (w, FRAMING_ISSUER);
  *r_issuer = true;
  return true;
}


/* One of the two areas of subpackets at the start of BODY.  */
static bool
check_area (struct walk *w, struct walk *body, const struct onepass *ops,
            bool *r_issuer)
{
  struct walk area;
  size_t n;

  area.flaw = FRAMING_GOOD;
  if (!framing_number (body, 2, &n) || !framing_body (body, n, &area.p))
    return refuse (w, FRAMING_SIGNATURE_SHORT);
  area.left = n;
  while (area.left)
    if (!check_subpacket (w, &area, ops, r_issuer))
      return false;
  return true;
}


/* What is behind the subpackets: two bytes of the digest, and numbers
   (3.2) up to the exact end.  */
static bool
check_numbers (struct walk *w, struct walk *body)
{
  size_t bits;

  if (!framing_body (body, 2, NULL) || !body->left)
    return refuse (w, FRAMING_SIGNATURE_SHORT);
  while (body->left)
    if (!framing_number (body, 2, &bits)
        || !framing_body (body, (bits + 7) / 8, NULL))
      return refuse (w, FRAMING_NUMBER);
  return true;
}


static bool
check_signature (struct walk *w, const struct onepass *ops)
{
  struct packet pkt;
  struct walk body;
  bool issuer = false;

  if (!framing_next (w, &pkt))
    return false;
  if (pkt.tag == TAG_LITERAL)
    return refuse (w, FRAMING_SECOND_TEXT);
  if (pkt.tag != TAG_SIGNATURE)
    return refuse (w, why_not_inside (pkt.tag));
  if (pkt.len < 4 || pkt.first[0] != 4)
    return refuse (w, FRAMING_SIGNATURE_VERSION);
  if (!check_class (w, pkt.first[1]))
    return false;
  if (pkt.first[2] != ops->algo || pkt.first[3] != ops->hash)
    return refuse (w, FRAMING_ALGORITHMS);
  body.p = pkt.first + 4;
  body.left = pkt.len - 4;
  body.flaw = FRAMING_GOOD;
  if (!check_area (w, &body, ops, &issuer)
      || !check_area (w, &body, ops, &issuer))
    return false;
  if (!issuer)
    return refuse (w, FRAMING_NO_ISSUER);
  return check_numbers (w, &body);
}


static bool
walk_inner (struct walk *w, size_t maxliteral, unsigned int signers)
{
  struct onepass ops[MAX_SIGNERS];
  unsigned int i;

  for (i = 0; i < signers; i++)
    if (!check_onepass (w, i + 1 == signers, ops + i))
      return false;
  if (!check_literal (w, maxliteral))
    return false;
  /* The first signature belongs to the last announcement (5.4).  */
  for (i = signers; i; i--)
    if (!check_signature (w, ops + i - 1))
      return false;
  if (w->left)
    return refuse (w, FRAMING_TRAILING);
  return true;
}


gpg_error_t
framing_check_inner (const void *data, size_t len, size_t maxliteral,
                     unsigned int signers, enum framing_flaw *r_flaw)
{
  struct walk w;
  bool good;

  if (r_flaw)
    *r_flaw = FRAMING_GOOD;
  if (signers < 1 || signers > MAX_SIGNERS)
    return gpg_error (GPG_ERR_INV_ARG);
  good = framing_begin (&w, data, len) && walk_inner (&w, maxliteral, signers);
  return verdict (good, &w, r_flaw);
}


/* Copy the chunks of the literal packet at W, but for what stands before
   the text.  False where that is not in the first chunk (check_literal has
   seen that it is), or where BUF is full.  */
static bool
copy_literal (struct walk *w, unsigned char *buf, size_t size, size_t *r_len)
{
  const unsigned char *p;
  struct packet pkt;
  struct walk behind = *w;
  size_t n, skip;
  bool partial;

  if (!framing_next (&behind, &pkt) || pkt.tag != TAG_LITERAL
      || pkt.firstlen < LITERAL_FIXED)
    return false;
  skip = LITERAL_FIXED + pkt.first[1];
  if (pkt.firstlen < skip || pkt.len - skip > size)
    return false;
  memcpy (buf, pkt.first + skip, pkt.firstlen - skip);
  *r_len = pkt.firstlen - skip;
  /* The length of the first chunk is behind: on with the others.  */
  w->left -= (size_t)(pkt.first + pkt.firstlen - w->p);
  w->p = pkt.first + pkt.firstlen;
  for (partial = pkt.len > pkt.firstlen; partial; *r_len += n)
    {
      if (!get_new_length (w, &n, &partial) || !framing_body (w, n, &p))
        return false;
      memcpy (buf + *r_len, p, n);
    }
  return true;
}


gpg_error_t
framing_literal (const void *data, size_t len, void *buf, size_t size,
                 size_t *r_len)
{
  struct walk w, before;
  struct packet pkt;

  *r_len = 0;
  if (!framing_begin (&w, data, len))
    return gpg_error (GPG_ERR_BAD_DATA);
  do
    {
      before = w;
      if (!framing_next (&w, &pkt))
        return gpg_error (GPG_ERR_BAD_DATA);
    }
  while (pkt.tag == TAG_ONEPASS);
  if (!copy_literal (&before, buf, size, r_len))
    return gpg_error (GPG_ERR_TOO_LARGE);
  return 0;
}
