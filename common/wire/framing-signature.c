/* framing-signature.c - Read a signature packet of OpenPGP, strictly.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  Whatever two readers might take
 * differently is refused: what stands twice, what nobody knows but must be
 * obeyed, integers with zeros before them, and anything after the last.  */

#include "framing-signature.h"

#include <string.h>
#include "framing-local.h"

enum subpacket
  {
    SUB_CREATED = 2,
    SUB_LIFETIME = 3,
    SUB_EXPORTABLE = 4,
    SUB_TRUST = 5,
    SUB_REVOCABLE = 7,
    SUB_KEY_LIFETIME = 9,
    SUB_REVOCATION_KEY = 12,
    SUB_ISSUER = 16,
    SUB_NOTATION = 20,
    SUB_KEY_SERVER = 24,
    SUB_PRIMARY_UID = 25,
    SUB_KEY_FLAGS = 27,
    SUB_REASON = 29,
    SUB_EMBEDDED = 32,
    SUB_ISSUER_FPR = 33,
    SUB_KEY_BLOCK = 38
  };

#define CRITICAL 0x80
#define CLASS_BINDING 0x18


/* A signature while it is read.  */
struct reading
{
  struct framing_signature *sig;
  bool hashed;                  /* The area that is read now.  */
  uint64_t seen;                /* Types that may occur once.  */
};


bool
framing_good_hash (unsigned int hash)
{
  return hash >= 8 && hash <= 10;
}


/* The critical subpackets that every GnuPG of 2.2 and later obeys.  It obeys
   a critical notation (20) only if told so by name; here none is.  */
static bool
is_obeyed (unsigned int type)
{
  switch (type)
    {
    case SUB_CREATED:
    case SUB_LIFETIME:
    case SUB_EXPORTABLE:
    case SUB_TRUST:
    case 6:                     /* Regular expression.  */
    case SUB_REVOCABLE:
    case SUB_KEY_LIFETIME:
    case 11:                    /* Preferred ciphers.  */
    case SUB_REVOCATION_KEY:
    case SUB_ISSUER:
    case 21:                    /* Preferred digests.  */
    case 22:                    /* Preferred compression.  */
    case SUB_KEY_SERVER:
    case SUB_PRIMARY_UID:
    case 26:                    /* Policy.  */
    case SUB_KEY_FLAGS:
    case SUB_REASON:
    case 30:                    /* Features.  */
    case SUB_EMBEDDED:
    case SUB_ISSUER_FPR: return true;
    default: return false;
    }
}


/* Readers differ in which of two they use.  */
static bool
may_repeat (const struct reading *r, unsigned int type)
{
  switch (type)
    {
    case SUB_CREATED:
    case SUB_LIFETIME:
    case SUB_ISSUER:
    case SUB_ISSUER_FPR: return false;
    case SUB_KEY_LIFETIME:
    case SUB_KEY_FLAGS:
    case SUB_EMBEDDED: return r->sig->class != CLASS_BINDING;
    default: return true;
    }
}


/* The N bytes of a number of seconds.  */
static bool
read_seconds (const unsigned char *p, size_t n, uint32_t *r_seconds)
{
  if (n != 4)
    return false;
  *r_seconds = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16
               | (uint32_t)p[2] << 8 | p[3];
  return true;
}


/* Flags, two lengths, and exactly as many bytes as these say (5.2.3.16).  */
static bool
is_notation (const unsigned char *p, size_t n)
{
  return n >= 8 && n - 8 == ((size_t)p[4] << 8 | p[5])
                            + ((size_t)p[6] << 8 | p[7]);
}


/* Whether TYPE, whose value is not used here, may have the N bytes at P.
   Where GnuPG reads one that may not, it says so only by its exit status,
   besides the good signature.  */
static bool
is_well_formed (unsigned int type, const unsigned char *p, size_t n)
{
  switch (type)
    {
    case SUB_REVOCABLE:
    case SUB_REASON: return n > 0;
    case SUB_TRUST: return n == 2;
    case SUB_REVOCATION_KEY: return n >= 22;
    case SUB_NOTATION: return is_notation (p, n);
    case SUB_PRIMARY_UID: return n == 1;
    case SUB_KEY_BLOCK: return n >= 50 || (n && *p);  /* Unknown if not 0.  */
    default: return true;
    }
}


/* What counts only in the hashed area.  */
static enum framing_flaw
read_hashed (struct framing_signature *sig, unsigned int type,
             const unsigned char *p, size_t n)
{
  bool good = true;

  switch (type)
    {
    case SUB_CREATED:
      good = sig->has_created = read_seconds (p, n, &sig->created);
      break;
    case SUB_LIFETIME:
      good = read_seconds (p, n, &sig->lifetime);
      break;
    case SUB_KEY_LIFETIME:
      good = read_seconds (p, n, &sig->key_lifetime);
      break;
    case SUB_KEY_FLAGS:
      good = sig->has_key_flags = n > 0;
      if (good)
        sig->key_flags = *p;
      break;
    case SUB_KEY_SERVER:        /* On a key it is harmless.  */
      if (!sig->class)
        return FRAMING_KEY_SERVER;
      break;
    default:
      good = is_well_formed (type, p, n);
      break;
    }
  return good ? FRAMING_GOOD : FRAMING_SUBPACKETS;
}


/* One subpacket: N bytes after its type.  */
static enum framing_flaw
read_subpacket (struct reading *r, unsigned int type,
                const unsigned char *p, size_t n)
{
  struct framing_signature *sig = r->sig;

  switch (type)
    {
    case SUB_ISSUER:
      sig->keyid = p;
      return n == FRAMING_KEYIDLEN ? FRAMING_GOOD : FRAMING_ISSUER;
    case SUB_ISSUER_FPR:
      sig->fpr = p + 1;
      sig->fpr_hashed = r->hashed;
      return n == 1 + FRAMING_FPRLEN && *p == 4 ? FRAMING_GOOD
                                                : FRAMING_ISSUER;
    case SUB_EMBEDDED:
      if (sig->class == CLASS_BINDING)
        {
          sig->embedded = p;
          sig->embedded_len = n;
        }
      return n ? FRAMING_GOOD : FRAMING_SUBPACKETS;
    case SUB_EXPORTABLE:        /* GnuPG reads it in both areas.  */
      return n ? FRAMING_GOOD : FRAMING_SUBPACKETS;
    default:
      return r->hashed ? read_hashed (sig, type, p, n) : FRAMING_GOOD;
    }
}


/* Judge the next subpacket of AREA, and read it.  */
static enum framing_flaw
take_subpacket (struct reading *r, struct walk *area)
{
  const unsigned char *p;
  unsigned int type;
  size_t n;

  if (!framing_subpacket (area, &p, &n))
    return FRAMING_SUBPACKETS;
  type = *p & (CRITICAL - 1);
  if ((*p & CRITICAL) && !is_obeyed (type))
    return FRAMING_CRITICAL;
  if (!may_repeat (r, type))
    {
      if (r->seen >> type & 1)
        return FRAMING_REPEATED;
      r->seen |= (uint64_t)1 << type;
    }
  return read_subpacket (r, type, p + 1, n - 1);
}


static enum framing_flaw
read_area (struct reading *r, struct walk *body, bool hashed)
{
  enum framing_flaw flaw;
  struct walk area;

  if (!framing_area (body, &area))
    return FRAMING_SIGNATURE_SHORT;
  r->hashed = hashed;
  while (area.left)
    {
      flaw = take_subpacket (r, &area);
      if (flaw)
        return flaw;
    }
  return FRAMING_GOOD;
}


/* Who issued it and when, as far as its subpackets say.  */
static enum framing_flaw
judge_subpackets (const struct framing_signature *sig)
{
  if (!sig->fpr && !sig->keyid)
    return FRAMING_NO_ISSUER;
  if (sig->fpr && sig->keyid
      && memcmp (sig->fpr + FRAMING_FPRLEN - FRAMING_KEYIDLEN, sig->keyid,
                 FRAMING_KEYIDLEN))
    return FRAMING_ISSUER;
  if (!sig->class && !sig->fpr_hashed)
    return FRAMING_UNHASHED_ISSUER;
  if (!sig->has_created)
    return FRAMING_NO_TIME;
  /* GnuPG adds with 32 bits, and finds an end in the past.  */
  return sig->lifetime > UINT32_MAX - sig->created ? FRAMING_LIFETIME
                                                   : FRAMING_GOOD;
}


bool
framing_integer (struct walk *w, struct framing_integer *r_int)
{
  size_t bits;
  unsigned int top;

  if (!framing_number (w, 2, &bits) || !bits)
    return false;
  r_int->bits = (unsigned int)bits;
  r_int->len = (bits + 7) / 8;
  if (!framing_body (w, r_int->len, &r_int->data))
    return false;
  top = r_int->data[0];
  return top >> ((bits - 1) % 8) == 1;
}


static unsigned int
count_integers (unsigned int algo)
{
  switch (algo)
    {
    case 1: return 1;           /* RSA (9.1).  */
    case 19:                    /* ECDSA (RFC 6637).  */
    case 22: return 2;          /* EdDSA.  */
    default: return 0;
    }
}


/* What follows the subpackets, up to the exact end.  */
static enum framing_flaw
read_integers (struct framing_signature *sig, struct walk *body)
{
  unsigned int i, n = count_integers (sig->algo);

  if (!framing_body (body, 2, &sig->check) || !body->left)
    return FRAMING_SIGNATURE_SHORT;
  for (i = 0; i < n; i++)
    {
      if (!body->left)
        return FRAMING_INTEGERS;
      if (!framing_integer (body, sig->integer + i))
        return FRAMING_NUMBER;
    }
  sig->n_integers = n;
  return body->left ? FRAMING_INTEGERS : FRAMING_GOOD;
}


/* The four bytes before the subpackets.  */
static enum framing_flaw
read_head (const unsigned char *body, size_t len, unsigned int class,
           struct framing_signature *sig)
{
  if (len < 4 || body[0] != 4)
    return FRAMING_SIGNATURE_VERSION;
  if (body[1] != class)
    return !class && body[1] == 1 ? FRAMING_TEXT_MODE : FRAMING_CLASS;
  if (!count_integers (body[2]))
    return FRAMING_ALGORITHM;
  if (!framing_good_hash (body[3]))
    return FRAMING_DIGEST;
  sig->class = body[1];
  sig->algo = body[2];
  sig->hash = body[3];
  return FRAMING_GOOD;
}


enum framing_flaw
framing_read_signature (const unsigned char *body, size_t len,
                        unsigned int class, struct framing_signature *r_sig)
{
  struct reading r = { r_sig, false, 0 };
  struct walk w = { body, len, FRAMING_GOOD };
  enum framing_flaw flaw;

  memset (r_sig, 0, sizeof *r_sig);
  flaw = read_head (body, len, class, r_sig);
  if (flaw)
    return flaw;
  w.p += 4;
  w.left -= 4;
  flaw = read_area (&r, &w, true);
  if (flaw)
    return flaw;
  r_sig->hashed = body;
  r_sig->hashed_len = len - w.left;
  flaw = read_area (&r, &w, false);
  if (!flaw)
    flaw = judge_subpackets (r_sig);
  return flaw ? flaw : read_integers (r_sig, &w);
}
