/* openpgp-binding.c - Whether a primary key binds a subkey that signs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 4880, sections 5.2.1 and 5.2.4.  */

#include "openpgp-local.h"

#include <string.h>

#define MAY_SIGN 0x02           /* Key flags (5.2.3.21).  */
#define HEAD_LEN 3


/* What comes before a key where it is hashed.  */
static void
make_key_head (const struct openpgp_key *key, unsigned char head[HEAD_LEN])
{
  head[0] = 0x99;
  head[1] = (unsigned char)(key->body_len >> 8);
  head[2] = (unsigned char)key->body_len;
}


/* Check that SIG, which covers PRIMARY and SUBKEY, is BY's, who is one of
   them.  */
static gpg_error_t
check_on_both (const struct openpgp_signature *sig,
               const struct openpgp_key *primary,
               const struct openpgp_key *subkey,
               const struct openpgp_key *by)
{
  unsigned char first[HEAD_LEN], second[HEAD_LEN];
  const struct openpgp_part parts[] =
    { { first, sizeof first }, { primary->body, primary->body_len },
      { second, sizeof second }, { subkey->body, subkey->body_len } };

  if ((sig->has_issuer && memcmp (sig->issuer, by->fpr, OPENPGP_FPRLEN))
      || memcmp (sig->keyid, by->fpr + OPENPGP_FPRLEN - OPENPGP_KEYIDLEN,
                 OPENPGP_KEYIDLEN))
    return gpg_error (GPG_ERR_BAD_SIGNATURE);
  make_key_head (primary, first);
  make_key_head (subkey, second);
  return openpgp_parts_check (sig, by, parts, sizeof parts / sizeof *parts);
}


/* *R_EXPIRES becomes what is LIFETIME seconds after START, if that is
   sooner; a lifetime of 0 has no end.  The sum fits into 32 bits.  */
static void
end_sooner (uint32_t start, uint32_t lifetime, uint64_t *r_expires)
{
  uint64_t end = (uint64_t)start + lifetime;

  if (lifetime && (!*r_expires || end < *r_expires))
    *r_expires = end;
}


gpg_error_t
openpgp_binding_check (const void *body, size_t len,
                       const struct openpgp_key *primary,
                       const struct openpgp_key *subkey,
                       uint64_t *r_expires)
{
  struct openpgp_signature sig, back;
  gpg_error_t err;

  *r_expires = 0;
  err = openpgp_signature_read (body, len, OPENPGP_CLASS_BINDING, &sig);
  if (err)
    return err;
  if (!sig.has_key_flags || !(sig.key_flags & MAY_SIGN) || !sig.back)
    return gpg_error (GPG_ERR_WRONG_KEY_USAGE);
  err = openpgp_signature_read (sig.back, sig.back_len, OPENPGP_CLASS_BACK,
                                &back);
  if (!err)
    err = check_on_both (&sig, primary, subkey, primary);
  if (!err)
    err = check_on_both (&back, primary, subkey, subkey);
  if (!err && sig.created < subkey->created)
    err = gpg_error (GPG_ERR_TIME_CONFLICT);
  /* Where GnuPG adds these two, it finds that the key has expired.  */
  if (!err && sig.key_lifetime > UINT32_MAX - subkey->created)
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (err)
    return err;
  end_sooner (subkey->created, sig.key_lifetime, r_expires);
  end_sooner (sig.created, sig.lifetime, r_expires);
  end_sooner (back.created, back.lifetime, r_expires);
  return 0;
}
