/* pgp-judge.c - What gpg says about many public keys.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Other than for pgp_key_list, nothing of a key is copied but what makes its
 * parts good or not, and what came before gpg failed is kept: so that a key
 * on which gpg fails can be told from the others.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include "pgp-local.h"


static void
judge_part (struct pgp_judged_part *to, gpgme_subkey_t sub)
{
  pgp_copy_fpr (to->fpr, sub->fpr);
  to->expires = sub->expires > 0 ? (uint64_t)sub->expires : 0;
  to->revoked = sub->revoked;
  to->expired = sub->expired;
  to->disabled = sub->disabled;
  to->invalid = sub->invalid;
  to->can_sign = sub->can_sign;
}


static gpg_error_t
judge_found_key (struct pgp_judged *to, gpgme_key_t key)
{
  gpgme_subkey_t sub;
  size_t n = 0;

  for (sub = key->subkeys; sub; sub = sub->next)
    n++;
  to->part = calloc (n ? n : 1, sizeof *to->part);
  if (!to->part)
    return gpg_error_from_syserror ();
  for (sub = key->subkeys; sub; sub = sub->next)
    judge_part (to->part + to->n++, sub);
  to->part->revoked |= key->revoked;
  to->part->expired |= key->expired;
  to->part->disabled |= key->disabled;
  to->part->invalid |= key->invalid;
  return 0;
}


void
pgp_judged_release (struct pgp_judged *list, size_t n)
{
  while (n)
    free (list[--n].part);
  free (list);
}


/* Copy PGP->found.  If gpg failed, its last key may lack parts.  */
static gpg_error_t
take_judged (pgp_t pgp, bool failed, struct pgp_judged **r_list, size_t *r_n)
{
  gpg_error_t err = 0;
  size_t n = pgp->n_found - (failed && pgp->n_found), i;

  *r_list = calloc (n ? n : 1, sizeof **r_list);
  if (!*r_list)
    return gpg_error_from_syserror ();
  for (i = 0; !err && i < n; i++)
    err = judge_found_key (*r_list + i, pgp->found[i]);
  *r_n = i;
  pgp_forget_keys (pgp);
  return err;
}


/* ERR is what the start of an operation returned.  */
static gpg_error_t
finish_judging (pgp_t pgp, gpg_error_t err, struct pgp_judged **r_list,
                size_t *r_n)
{
  gpg_error_t err2;

  if (err)
    return pgp_finish (pgp, err);
  pgp->patient = true;
  err = pgp_finish (pgp, 0);
  pgp->patient = false;
  err2 = take_judged (pgp, !!err, r_list, r_n);
  return err ? err : err2;
}


gpg_error_t
pgp_judge (pgp_t pgp, const char *const *fprs, struct pgp_judged **r_list,
           size_t *r_n)
{
  gpg_error_t err;

  *r_list = NULL;
  *r_n = 0;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_set_keylist_mode (pgp->ctx, GPGME_KEYLIST_MODE_LOCAL);
  if (!err && fprs)
    err = gpgme_op_keylist_ext_start (pgp->ctx, (const char **)fprs, 0, 0);
  else if (!err)
    err = gpgme_op_keylist_start (pgp->ctx, NULL, 0);
  err = finish_judging (pgp, err, r_list, r_n);
  /* gpg fails if it lacks one of them.  */
  return gpg_err_code (err) == GPG_ERR_NO_PUBKEY ? 0 : err;
}


gpg_error_t
pgp_judge_data (pgp_t pgp, const void *data, size_t len,
                struct pgp_judged **r_list, size_t *r_n)
{
  gpg_error_t err;
  gpgme_data_t in;

  *r_list = NULL;
  *r_n = 0;
  err = gpgme_data_new_from_mem (&in, data, len, 0);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_set_keylist_mode (pgp->ctx, GPGME_KEYLIST_MODE_LOCAL);
  if (!err)
    err = gpgme_op_keylist_from_data_start (pgp->ctx, in, 0);
  err = finish_judging (pgp, err, r_list, r_n);
  gpgme_data_release (in);
  return err;
}


static void
limit_part (struct pgp_judged_part *part, const struct pgp_judged *strict)
{
  const struct pgp_judged_part *s = NULL;
  size_t i;

  for (i = 0; !s && strict && i < strict->n; i++)
    if (!strcmp (strict->part[i].fpr, part->fpr))
      s = strict->part + i;
  part->invalid |= !s || s->invalid;
  part->can_sign &= s && s->can_sign;
  if (!s)
    return;
  part->revoked |= s->revoked;
  part->expired |= s->expired;
  if (s->expires && (!part->expires || s->expires < part->expires))
    part->expires = s->expires;
}


void
pgp_judged_limit (struct pgp_judged *key, const struct pgp_judged *strict)
{
  size_t i;

  for (i = 0; i < key->n; i++)
    limit_part (key->part + i, strict);
}
