/* pgp-strict.c - Keys without what weak digests bind.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpg 2.4 accepts user IDs and subkeys that a SHA-1 signature binds, and has
 * no option to refuse them.  So signatures by SHA-1 or an older digest are
 * removed from a key before gpg gets it, and what a home already holds is
 * listed a second time without them.  A key counts for no more than both
 * listings say.  SHA-1 itself is used here only to compute version 4
 * fingerprints, which RFC 4880 defines by it.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../wire/framing.h"
#include "pgp-local.h"

#define SHA1_LEN 20


/* The fingerprint of the version 4 key whose packet has this BODY (RFC 4880,
   section 12.2).  */
static gpg_error_t
hash_body (const unsigned char *body, size_t len, unsigned char fpr[SHA1_LEN])
{
  gpg_error_t err;
  const unsigned char head[3] =
    { 0x99, (unsigned char)(len >> 8), (unsigned char)len };
  gcry_md_hd_t md;

  if (len > 0xffff)
    return gpg_error (GPG_ERR_BAD_DATA);
  err = gcry_md_open (&md, GCRY_MD_SHA1, 0);
  if (err)
    return err;
  gcry_md_write (md, head, sizeof head);
  gcry_md_write (md, body, len);
  memcpy (fpr, gcry_md_read (md, 0), SHA1_LEN);
  gcry_md_close (md);
  return 0;
}


/* The fingerprint of the key that DATA begins with.  */
static gpg_error_t
hash_first_key (const unsigned char *data, size_t len,
                unsigned char fpr[SHA1_LEN])
{
  gpg_error_t err;
  const unsigned char *body;
  size_t n;

  err = framing_key_body (data, len, &body, &n);
  return err ? err : hash_body (body, n, fpr);
}


gpg_error_t
pgp_packet_fpr (const unsigned char *body, size_t len,
                char fpr[NETSPEC_FPRLEN + 1])
{
  unsigned char raw[SHA1_LEN];
  gpg_error_t err = hash_body (body, len, raw);
  size_t i;

  *fpr = 0;
  for (i = 0; !err && i < SHA1_LEN; i++)
    gpgrt_snprintf (fpr + 2 * i, 3, "%02X", raw[i]);
  return err;
}


gpg_error_t
pgp_primary_fpr (const void *data, size_t len, char fpr[NETSPEC_FPRLEN + 1])
{
  const unsigned char *body;
  size_t n;
  gpg_error_t err = framing_key_body (data, len, &body, &n);

  *fpr = 0;
  return err ? err : pgp_packet_fpr (body, n, fpr);
}


gpg_error_t
pgp_drop_weak (unsigned char *data, size_t len, size_t *r_len)
{
  gpg_error_t err;
  unsigned char fpr[SHA1_LEN], *to = data;
  const unsigned char *from = data;
  size_t left, n;

  err = framing_drop_weak (data, len, &left);
  *r_len = left;
  if (err || left == len)
    return err;
  for (; left; from += n, left -= n)
    {
      err = framing_next_key (from, left, &n);
      if (gpg_err_code (err) == GPG_ERR_BAD_PUBKEY)
        return 0;               /* Only our own exports hold secret keys.  */
      if (!err)
        err = hash_first_key (from, n, fpr);
      if (err)
        return err;
      if (!framing_self_signed (from, n, fpr + SHA1_LEN - FRAMING_KEYIDLEN))
        continue;
      memmove (to, from, n);
      to += n;
    }
  *r_len = (size_t)(to - data);
  return 0;
}


gpg_error_t
pgp_list_data (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err;
  gpgme_data_t in;

  if (!len)
    {
      pgp_forget_keys (pgp);
      return 0;
    }
  err = gpgme_data_new_from_mem (&in, data, len, 0);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_set_keylist_mode (pgp->ctx, GPGME_KEYLIST_MODE_LOCAL);
  if (!err)
    err = gpgme_op_keylist_from_data_start (pgp->ctx, in, 0);
  err = pgp_finish (pgp, err);
  gpgme_data_release (in);
  return err;
}


/* Limit SUB to what good signatures alone give it: STRICT is the key with
   these, or NULL if they make no key.  */
static void
judge_subkey (gpgme_subkey_t sub, gpgme_key_t strict)
{
  gpgme_subkey_t s = strict ? strict->subkeys : NULL;

  while (s && (!s->fpr || !sub->fpr || strcmp (s->fpr, sub->fpr)))
    s = s->next;
  sub->invalid |= !s || s->invalid;
  sub->can_sign &= s && s->can_sign;
  sub->can_encrypt &= s && s->can_encrypt;
  if (!s)
    return;
  sub->revoked |= s->revoked;
  sub->expired |= s->expired;
  if (s->expires && (!sub->expires || s->expires < sub->expires))
    sub->expires = s->expires;
}


static void
judge_key (gpgme_key_t key, pgp_t pgp)
{
  gpgme_key_t strict = NULL;
  gpgme_subkey_t sub;
  size_t i;

  for (i = 0; !strict && i < pgp->n_found; i++)
    if (key->fpr && pgp->found[i]->fpr
        && !strcmp (key->fpr, pgp->found[i]->fpr))
      strict = pgp->found[i];
  key->invalid |= !strict || strict->invalid;
  if (strict)
    {
      key->revoked |= strict->revoked;
      key->expired |= strict->expired;
    }
  for (sub = key->subkeys; sub; sub = sub->next)
    judge_subkey (sub, strict);
}


/* The keys for PATTERN (NULL: all) as packets, to be freed with
   gpgme_free.  */
static gpg_error_t
export_found (pgp_t pgp, const char *pattern, char **r_data, size_t *r_len)
{
  gpg_error_t err;
  gpgme_data_t out;

  *r_data = NULL;
  *r_len = 0;
  err = gpgme_data_new (&out);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    {
      err = gpgme_op_export_start (pgp->ctx, pattern,
                                   GPGME_EXPORT_MODE_MINIMAL, out);
      err = pgp_finish (pgp, err);
    }
  if (err)
    gpgme_data_release (out);
  else
    *r_data = gpgme_data_release_and_get_mem (out, r_len);
  return err;
}


/* Judge the N keys in FOUND, which are those for PATTERN, again without their
   weak signatures, if there are any.  */
static gpg_error_t
judge_found (pgp_t pgp, const char *pattern, gpgme_key_t *found, size_t n)
{
  gpg_error_t err;
  char *data;
  size_t len, left, i;

  err = export_found (pgp, pattern, &data, &len);
  if (!err)
    err = pgp_drop_weak ((unsigned char *)data, len, &left);
  if (!err && left != len)
    {
      err = pgp_list_data (pgp, data, left);
      if (gpg_err_code (err) != GPG_ERR_TIMEOUT)
        err = 0;
      for (i = 0; !err && i < n; i++)
        judge_key (found[i], pgp);
    }
  gpgme_free (data);
  return err;
}


gpg_error_t
pgp_list_strict (pgp_t pgp, const char *pattern)
{
  gpg_error_t err;
  gpgme_key_t *found;
  size_t n;

  err = pgp_list (pgp, pattern, false, 0);
  if (err || !pgp->n_found)
    return err;
  found = pgp->found;
  n = pgp->n_found;
  pgp->found = NULL;
  pgp->n_found = 0;
  err = judge_found (pgp, pattern, found, n);
  pgp_forget_keys (pgp);
  pgp->found = found;
  pgp->n_found = n;
  return err;
}
