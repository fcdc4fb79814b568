/* roster-objection.c - Why a key cannot be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Besides what is wrong with the key itself, no part of it may be part of
 * another key here (sharing.h).  That needs a listing of all keys, which is
 * made once and kept until a key changes.  */

#include "roster-parts.h"

#include <string.h>
#include "../../common/base/log.h"
#include "people.h"


#define KNOWN "they read RSA of 2048 to 8192 bits, Ed25519, and ECDSA on" \
  " the curves of NIST, Brainpool and secp256k1"


static const char *
state_objection (pgp_key_t key)
{
  if (key->revoked)
    return "the key is revoked";
  if (key->old_revocation)
    return "the key or one of its subkeys was revoked by a signature with"
      " SHA-1, which GnuPG ignores";
  if (key->expired)
    return "the key has expired";
  return NULL;
}


char *
roster_weak_text (pgp_key_t key)
{
  return gpgrt_bsprintf ("the key is weak: a part of it is %s, and DSA and RSA"
                         " under 2048 bits are not accepted",
                         key->weak_algorithm);
}


/* An objection to its algorithms, to be freed with gpgrt_free.  The primary
   key must be known too: it binds the subkeys.  */
static char *
algorithm_objection (pgp_key_t key)
{
  if (key->weak)
    return roster_weak_text (key);
  if (!key->known)
    return gpgrt_bsprintf ("its primary key is %s, which no server reads: "
                           KNOWN, key->algorithm);
  if (key->can_sign && !key->known_sign)
    return gpgrt_bsprintf ("it signs by %s, which no server reads: " KNOWN
                           "; 'gpg --quick-add-key %s ed25519 sign' adds a"
                           " subkey", key->odd.algorithm, key->fpr);
  return NULL;
}


/* What else is wrong with KEY itself.  */
static const char *
ability_objection (pgp_key_t key)
{
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


void
roster_warn_odd (const char *verb, const char *name, pgp_key_t key)
{
  if (*key->odd.fpr && key->known_sign)
    log_warn ("%s %s: requests signed by its part %s (%s) will be refused:"
              " " KNOWN, verb, name, key->odd.fpr, key->odd.algorithm);
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
  const char *why = state_objection (key);

  *r_why = why ? NULL : algorithm_objection (key);
  if (*r_why)
    return gpg_error (GPG_ERR_UNUSABLE_PUBKEY);
  if (!why)
    why = ability_objection (key);
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
