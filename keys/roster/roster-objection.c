/* roster-objection.c - Why a key cannot be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "roster-parts.h"

#include <string.h>


/* What is wrong with KEY itself.  */
static const char *
key_objection (pgp_key_t key)
{
  if (key->revoked)
    return "the key is revoked";
  if (key->old_revocation)
    return "the key, or a subkey of it, is revoked by a signature with"
      " SHA-1, which GnuPG does not honour";
  if (key->expired)
    return "the key has expired";
  if (key->weak)
    return "the key is weak (RSA under 2048 bits, or DSA)";
  if (key->old_digest)
    return "its own signatures are with SHA-1, which does not count any"
      " more; its owner renews them with 'gpg --edit-key', 'expire'";
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
    return "the key is somebody else's already";
  if (!strcmp (key->fpr, config->server_fpr))
    return "the key is this server's own";
  return NULL;
}


/* Of those whose key is missing the roster's home says nothing.  */
static gpg_error_t
load_people (roster_t roster)
{
  gpg_error_t err;
  config_t config = roster->config;
  const struct config_user *user;
  pgp_key_t *list;
  size_t i;

  err = pgp_key_list (roster->people, false, &list);
  if (err)
    return err;
  for (i = 0; !err && list[i]; i++)
    {
      user = config_user_by_fpr (config, list[i]->fpr);
      err = sharing_add (roster->sharing, user ? user->name : NULL, list[i]);
    }
  pgp_list_release (list);
  for (i = 0; !err && i < config->n_users; i++)
    err = sharing_add_primary (roster->sharing, config->user[i].name,
                               config->user[i].fpr);
  return err;
}


static gpg_error_t
load_sharing (roster_t roster)
{
  gpg_error_t err;

  if (roster->sharing)
    return 0;
  err = sharing_new (&roster->sharing);
  if (!err)
    err = load_people (roster);
  if (!err)
    err = sharing_add_server (roster->sharing, roster->root,
                              roster->config->server_fpr);
  if (err)
    roster_forget_sharing (roster);
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
