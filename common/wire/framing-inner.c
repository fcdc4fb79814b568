/* framing-inner.c - The inside of an OpenPGP message: signatures and a literal.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  This file checks that the inside
 * has the one allowed form.  It never verifies a signature: openpgp-verify.c,
 * and gpg for invites, get what passes here.  */

#include "framing.h"

#include <string.h>
#include "framing-local.h"
#include "framing-signature.h"

#define MAX_SIGNERS 2
#define ONEPASS_BODY 13
/* Mode, length of the file name, date (5.9).  */
#define LITERAL_FIXED 6

struct onepass
{
  unsigned char hash;
  unsigned char algo;
  unsigned char keyid[FRAMING_KEYIDLEN];
};


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


static bool
check_class (struct walk *w, unsigned int class)
{
  if (class == 1)
    return framing_refuse (w, FRAMING_TEXT_MODE);
  return !class || framing_refuse (w, FRAMING_CLASS);
}


/* A one-pass signature packet (5.4).  Only the last one has the flag that no
   other follows.  */
static bool
check_onepass (struct walk *w, bool last, struct onepass *ops)
{
  struct packet pkt;
  const unsigned char *p;

  if (!framing_next (w, &pkt))
    return false;
  if (pkt.tag == TAG_LITERAL)
    return framing_refuse (w, last ? FRAMING_NOT_SIGNED : FRAMING_FEW_SIGNERS);
  if (pkt.tag == TAG_SIGNATURE)
    return framing_refuse (w, FRAMING_SIGNATURE_FIRST);
  if (pkt.tag != TAG_ONEPASS)
    return framing_refuse (w, why_not_inside (pkt.tag));
  p = pkt.first;
  if (pkt.len != ONEPASS_BODY || p[0] != 3)
    return framing_refuse (w, FRAMING_ONEPASS);
  if (!check_class (w, p[1]))
    return false;
  if (!framing_good_hash (p[2]))
    return framing_refuse (w, FRAMING_DIGEST);
  if (p[12] > 1)
    return framing_refuse (w, FRAMING_ONEPASS);
  if (last != (p[12] == 1))
    return framing_refuse (w, last ? FRAMING_MANY_SIGNERS
                           : FRAMING_FEW_SIGNERS);
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
    return framing_refuse (w, FRAMING_NESTED_SIGNATURE);
  if (pkt.tag != TAG_LITERAL)
    return framing_refuse (w, why_not_inside (pkt.tag));
  if (pkt.len < LITERAL_FIXED)
    return framing_refuse (w, FRAMING_LITERAL_SHORT);
  if (pkt.first[0] != 'b')
    return framing_refuse (w, FRAMING_LITERAL_MODE);
  head = LITERAL_FIXED + (size_t)pkt.first[1];
  if (pkt.firstlen < head)
    return framing_refuse (w, FRAMING_LITERAL_SHORT);
  if (pkt.len - head > maxliteral)
    return framing_refuse (w, FRAMING_TEXT_LONG);
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
  else if (!framing_new_length (area, &n, &partial))
    return false;
  *r_len = n;
  return n && framing_body (area, n, r_body);
}


/* True if the issuer that SIG names is the one that OPS announced.  */
static bool
is_announced (const struct framing_signature *sig, const struct onepass *ops)
{
  const unsigned char *keyid = sig->fpr + FRAMING_FPRLEN - FRAMING_KEYIDLEN;

  return !memcmp (keyid, ops->keyid, FRAMING_KEYIDLEN);
}


static bool
check_signature_packet (struct walk *w, const struct onepass *ops)
{
  struct framing_signature sig;
  enum framing_flaw flaw;
  struct packet pkt;

  if (!framing_next (w, &pkt))
    return false;
  if (pkt.tag == TAG_LITERAL)
    return framing_refuse (w, FRAMING_SECOND_TEXT);
  if (pkt.tag != TAG_SIGNATURE)
    return framing_refuse (w, why_not_inside (pkt.tag));
  if (pkt.len < 4 || pkt.first[0] != 4)
    return framing_refuse (w, FRAMING_SIGNATURE_VERSION);
  if (!check_class (w, pkt.first[1]))
    return false;
  if (pkt.first[2] != ops->algo || pkt.first[3] != ops->hash)
    return framing_refuse (w, FRAMING_ALGORITHMS);
  flaw = framing_read_signature (pkt.first, pkt.len, 0, &sig);
  if (flaw)
    return framing_refuse (w, flaw);
  return is_announced (&sig, ops) || framing_refuse (w, FRAMING_ISSUER);
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
    if (!check_signature_packet (w, ops + i - 1))
      return false;
  if (w->left)
    return framing_refuse (w, FRAMING_TRAILING);
  return true;
}


gpg_error_t
framing_check_inner (const void *data, size_t len, size_t maxlen,
                     size_t maxliteral, unsigned int signers,
                     enum framing_flaw *r_flaw)
{
  struct walk w;
  bool good;

  if (r_flaw)
    *r_flaw = FRAMING_GOOD;
  if (signers < 1 || signers > MAX_SIGNERS)
    return gpg_error (GPG_ERR_INV_ARG);
  good = framing_begin (&w, data, len)
         && (len <= maxlen || framing_refuse (&w, FRAMING_LONG))
         && walk_inner (&w, maxliteral, signers);
  return framing_verdict (good, &w, r_flaw);
}


/* Copy the text of the literal packet at W, chunk by chunk, without the
   header before it.  False if that header is not all in the first chunk
   (check_literal refuses such a packet), or if BUF is too small.  */
static bool
copy_literal (struct walk *w, unsigned char *buf, size_t size, size_t *r_len)
{
  const unsigned char *p;
  struct packet pkt;
  struct walk after = *w;
  size_t n, skip;
  bool partial;

  if (!framing_next (&after, &pkt) || pkt.tag != TAG_LITERAL
      || pkt.firstlen < LITERAL_FIXED)
    return false;
  skip = LITERAL_FIXED + pkt.first[1];
  if (pkt.firstlen < skip || pkt.len - skip > size)
    return false;
  memcpy (buf, pkt.first + skip, pkt.firstlen - skip);
  *r_len = pkt.firstlen - skip;
  /* W still stands before the packet: move it to the next chunk.  */
  w->left -= (size_t)(pkt.first + pkt.firstlen - w->p);
  w->p = pkt.first + pkt.firstlen;
  for (partial = pkt.len > pkt.firstlen; partial; *r_len += n)
    {
      if (!framing_new_length (w, &n, &partial) || !framing_body (w, n, &p))
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
