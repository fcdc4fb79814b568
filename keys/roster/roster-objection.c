/* roster-objection.c - Why a key cannot be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Besides what is wrong with the key itself, no part of it may be part of
 * another key here (sharing.h).  That needs a listing of all keys, which is
 * made once and kept until a key changes.  */

#include "roster-parts.h"

#include <string.h>
#include "people.h"


/* What is wrong with KEY itself.  */
static const char *
key_objection (pgp_key_t key)
{
  if (key->revoked)
    return "the key is revoked";
  if (key->old_revocation)
    return "the key or one of its subkeys was revoked by a signature with"
      " SHA-1, which GnuPG ignores";
  if (key->expired)
    return "the key has expired";
  if (key->weak)
    return "the key is weak (RSA under 2048 bits, or DSA)";
  if (key->old_digest)
    return "its self-signatures use SHA-1, which is no longer accepted; its"
      " owner can renew them with 'gpg --edit-key' and 'expire'";
  if (key->disabled || key->invalid)
    return "the key is not valid";
  if (!key->can_sign)
    return "the key cannot sign";
  if (!key->can_encrypt)
    return "the key cannot encrypt, which the invite needs";
  return NULL;
}


static const char *
owner_objection (config_t config, const char *name, pgp_key_t key)
{
  const struct config_user *user = config_user_by_fpr (config, key->fpr);

  if (user && strcmp (user->name, name))
    return "the key already belongs to somebody else";
  if (!strcmp (key->fpr, config->server_fpr))
    return "the key is this server's own";
  return NULL;
}


static gpg_error_t
load_sharing (roster_t roster)
{
  gpg_error_t err;
  people_t people;

  if (roster->sharing)
    return 0;
  err = people_load (roster, &people);
  if (!err)
    err = people_sharing (people, roster->config, &roster->sharing);
  people_release (people);
  return err;
}


void
roster_forget_sharing (roster_t roster)
{
  sharing_release (roster->sharing);
  roster->sharing = NULL;
}


gpg_error_t
roster_share_objection (roster_t roster, const char *name, pgp_key_t key,
                        char **r_why)
{
  const struct sharing_part *other;
  const char *fpr;
  gpg_error_t err = load_sharing (roster);

  *r_why = NULL;
  if (err)
    return err;
  if (!sharing_clash (roster->sharing, name, key, &fpr, &other))
    return 0;
  *r_why = sharing_describe (fpr, key->fpr, other);
  return gpg_error (GPG_ERR_UNUSABLE_PUBKEY);
}


gpg_error_t
roster_objection (roster_t roster, const char *name, pgp_key_t key,
                  char **r_why)
{
  const char *why = key_objection (key);

  *r_why = NULL;
  if (!why)
    why = owner_objection (roster->config, name, key);
  if (!why)
    return roster_share_objection (roster, name, key, r_why);
  *r_why = gpgrt_bsprintf ("%s", why);
  return gpg_error (GPG_ERR_UNUSABLE_PUBKEY);
}


gpg_error_t
roster_will_add (roster_t roster, const char *name, pgp_key_t key)
{
  gpg_error_t err = load_sharing (roster);

  return err ? err : sharing_add (roster->sharing, name, key);
}
