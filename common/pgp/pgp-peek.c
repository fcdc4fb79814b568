/* pgp-peek.c - Keys as they come in: looked at, and imported.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpg 2.4 takes what SHA-1 binds, and its options do not keep it from that.
 * So gpg is given a key without such signatures, and what a home holds
 * already is listed without them as well.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../base/armour.h"
#include "../wire/framing.h"
#include "pgp-local.h"

#define KEY_VERSION 4
#define SHA1_LEN 20

/* A key as it was brought: what its signatures are like, and the packets
   without the weak ones.  */
struct brought
{
  unsigned char *data;          /* NULL where they cannot be read.  */
  size_t len;
  bool dropped;
  struct framing_key look;
  gpg_error_t err;              /* Why it is no public key.  */
};


/* The packets in DATA, which may be armoured.  *R_COPY is to be freed.  */
static gpg_error_t
remove_armour (const void *data, size_t len, unsigned char **r_copy,
               size_t *r_len)
{
  gpg_error_t err;

  *r_copy = malloc (len ? len : 1);
  if (!*r_copy)
    return gpg_error_from_syserror ();
  memcpy (*r_copy, data, len);
  err = armour_strip ("PGP PUBLIC KEY BLOCK", *r_copy, len, r_len);
  if (err)
    {
      free (*r_copy);
      *r_copy = NULL;
    }
  return err;
}


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


/* That of the key that DATA begins with.  */
static gpg_error_t
fingerprint (const unsigned char *data, size_t len,
             unsigned char fpr[SHA1_LEN])
{
  gpg_error_t err;
  const unsigned char *body;
  size_t n;

  err = framing_key_body (data, len, &body, &n);
  return err ? err : hash_body (body, n, fpr);
}


static void
print_fpr (const unsigned char raw[SHA1_LEN], char fpr[NETSPEC_FPRLEN + 1])
{
  size_t i;

  for (i = 0; i < SHA1_LEN; i++)
    gpgrt_snprintf (fpr + 2 * i, 3, "%02X", raw[i]);
}


gpg_error_t
pgp_primary_fpr (const void *data, size_t len, char fpr[NETSPEC_FPRLEN + 1])
{
  unsigned char raw[SHA1_LEN];
  gpg_error_t err = fingerprint (data, len, raw);

  *fpr = 0;
  if (!err)
    print_fpr (raw, fpr);
  return err;
}


/* Part number N of KEY, of which 0 is the primary key.  */
static const char *
part_fpr (pgp_key_t key, unsigned int n)
{
  if (!n)
    return key->fpr;
  return n <= key->n_subkeys ? key->subkey[n - 1].fpr : "";
}


gpg_error_t
pgp_key_compare (pgp_key_t key, const void *data, size_t len)
{
  gpg_error_t err = 0;
  char fpr[NETSPEC_FPRLEN + 1];
  unsigned char raw[SHA1_LEN];
  const unsigned char *body;
  unsigned int n = 0;
  size_t at = 0, bodylen;

  while (!err && framing_next_part (data, len, &at, &body, &bodylen))
    {
      err = hash_body (body, bodylen, raw);
      if (err)
        return err;
      print_fpr (raw, fpr);
      if (strcmp (fpr, part_fpr (key, n++)))
        err = gpg_error (GPG_ERR_BAD_PUBKEY);
    }
  if (!err && n != key->n_subkeys + 1)
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  return err;
}


/* Take the weak signatures out of the public keys in DATA, in place, and
   then each key that has no other one of its own: gpg lists a key whose
   user IDs nothing binds as if it could all that its algorithm can.  */
static gpg_error_t
drop_weak (unsigned char *data, size_t len, size_t *r_len)
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
        return 0;               /* Secret keys are our own.  */
      if (!err)
        err = fingerprint (from, n, fpr);
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


static void
look_at (const void *data, size_t len, struct brought *b)
{
  size_t before;

  memset (b, 0, sizeof *b);
  b->err = remove_armour (data, len, &b->data, &b->len);
  if (b->err)
    return;
  if (framing_key_version (b->data, b->len) > KEY_VERSION)
    b->err = gpg_error (GPG_ERR_UNKNOWN_VERSION);
  else
    b->err = framing_look_key (b->data, b->len, &b->look);
  before = b->len;
  if (drop_weak (b->data, b->len, &b->len))
    {
      free (b->data);
      b->data = NULL;
    }
  b->dropped = b->len != before;
}


/* List the keys in DATA into pgp->found.  For data that holds no key gpg
   fails in one way or another.  */
static gpg_error_t
list_data (pgp_t pgp, const void *data, size_t len)
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


/* List what B was made of.  Where gpg takes it for no key without the weak
   signatures, it is none that can be used.  */
static gpg_error_t
list_brought (pgp_t pgp, const struct brought *b, const void *data,
              size_t len)
{
  gpg_error_t err;
  size_t i;

  if (!b->data)
    return list_data (pgp, data, len);
  err = list_data (pgp, b->data, b->len);
  if (pgp->n_found || !b->dropped || gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return err;
  err = list_data (pgp, data, len);
  for (i = 0; i < pgp->n_found; i++)
    pgp->found[i]->invalid = 1;
  return err;
}


/* What gpg did not see of KEY.  */
static void
note_look (pgp_key_t key, const struct framing_key *look)
{
  key->old_revocation = look->old_revocation;
  key->old_digest = look->old_binding && !key->revoked && !key->expired
                    && (key->invalid || !key->can_sign || !key->can_encrypt);
}


static gpg_error_t
peek (pgp_t pgp, const void *data, size_t len, const struct brought *b,
      pgp_key_t *r_key)
{
  gpg_error_t err;

  *r_key = NULL;
  if (gpg_err_code (b->err) == GPG_ERR_UNKNOWN_VERSION)
    return b->err;
  err = list_brought (pgp, b, data, len);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return err;
  if (!pgp->n_found)
    return gpg_error (GPG_ERR_NO_PUBKEY);
  if (pgp->n_found > 1)
    return gpg_error (GPG_ERR_AMBIGUOUS_NAME);
  if (!err)
    err = pgp_copy_key (pgp->found[0], r_key);
  if (!err && !(*r_key)->secret)
    {
      err = b->err;
      note_look (*r_key, &b->look);
    }
  if (err)
    {
      pgp_key_release (*r_key);
      *r_key = NULL;
    }
  return err;
}


gpg_error_t
pgp_key_peek (pgp_t pgp, const void *data, size_t len, pgp_key_t *r_key)
{
  gpg_error_t err;
  struct brought b;

  look_at (data, len, &b);
  err = peek (pgp, data, len, &b, r_key);
  free (b.data);
  return err;
}


/* Each key of LIST is the next one in DATA.  */
static gpg_error_t
look_at_all (pgp_key_t *list, const unsigned char *data, size_t len)
{
  gpg_error_t err = 0;
  struct framing_key look;
  size_t keylen;

  for (; !err && *list && len; data += keylen, len -= keylen, list++)
    {
      err = framing_next_key (data, len, &keylen);
      if (!err)
        err = framing_look_key (data, keylen, &look);
      if (!err)
        note_look (*list, &look);
    }
  return err || (!*list && !len) ? err : gpg_error (GPG_ERR_AMBIGUOUS_NAME);
}


gpg_error_t
pgp_keys_peek (pgp_t pgp, const void *data, size_t len, pgp_key_t **r_list)
{
  gpg_error_t err;
  struct brought b;

  *r_list = NULL;
  look_at (data, len, &b);
  if (gpg_err_code (b.err) == GPG_ERR_UNKNOWN_VERSION || !b.data)
    err = b.err;
  else
    err = list_data (pgp, b.data, b.len);
  if (b.data && gpg_err_code (err) != GPG_ERR_TIMEOUT
      && gpg_err_code (err) != GPG_ERR_UNKNOWN_VERSION)
    err = pgp_copy_found (pgp, r_list);
  if (!err)
    err = look_at_all (*r_list, data, len);
  if (err)
    {
      pgp_list_release (*r_list);
      *r_list = NULL;
    }
  free (b.data);
  return err;
}


gpg_error_t
pgp_run_import (pgp_t pgp, gpgme_data_t data)
{
  gpg_error_t err;
  gpgme_import_result_t result;

  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_op_import_start (pgp->ctx, data);
  err = pgp_finish (pgp, err);
  if (err)
    return err;
  result = gpgme_op_import_result (pgp->ctx);
  if (!result || !result->imports)
    return gpg_error (GPG_ERR_NO_PUBKEY);
  return result->imports->result;
}


gpg_error_t
pgp_key_import (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err;
  gpgme_data_t in = NULL;
  pgp_key_t key;
  struct brought b;

  look_at (data, len, &b);
  err = peek (pgp, data, len, &b, &key);
  if (!err && key->secret)
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  pgp_key_release (key);
  if (!err)
    err = gpgme_data_new_from_mem (&in, (const char *)b.data, b.len, 0);
  if (!err)
    err = pgp_run_import (pgp, in);
  gpgme_data_release (in);
  free (b.data);
  return err;
}


gpg_error_t
pgp_keys_import (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len ? len : 1);
  gpgme_data_t in = NULL;
  size_t kept;

  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, data, len);
  /* Several blocks of armour are left to gpg; pgp_list_strict looks at
     what comes of them.  */
  if (drop_weak (copy, len, &kept))
    memcpy (copy, data, kept = len);
  err = gpgme_data_new_from_mem (&in, (const char *)copy, kept, 0);
  if (!err)
    err = pgp_begin (pgp);
  if (!err)
    {
      err = gpgme_op_import_start (pgp->ctx, in);
      err = pgp_finish (pgp, err);
    }
  gpgme_data_release (in);
  free (copy);
  return err;
}


/* Take from SUB what it has not by good signatures alone, as in STRICT,
   which is NULL where these make no key.  */
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


/* Look at the N keys in FOUND, which are those for PATTERN, without their
   weak signatures, where there are such.  */
static gpg_error_t
judge_found (pgp_t pgp, const char *pattern, gpgme_key_t *found, size_t n)
{
  gpg_error_t err;
  char *data;
  size_t len, left, i;

  err = export_found (pgp, pattern, &data, &len);
  if (!err)
    err = drop_weak ((unsigned char *)data, len, &left);
  if (!err && left != len)
    {
      err = list_data (pgp, data, left);
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
