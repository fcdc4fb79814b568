/* pgp-key.c - Turn a key of gpgme's into our own form.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whoever made a key chose the text in it: it becomes printable here, and no
 * other file may take it from gpgme.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../base/encode.h"
#include "pgp-local.h"

#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 8192


void
pgp_key_release (pgp_key_t key)
{
  unsigned int i;

  if (!key)
    return;
  for (i = 0; i < key->n_uids; i++)
    free (key->uid[i]);
  free (key->uid);
  free (key->subkey);
  free (key);
}


bool
pgp_is_usable (gpgme_subkey_t sub)
{
  time_t now = time (NULL);

  return !sub->revoked && !sub->expired && !sub->disabled && !sub->invalid
         && (!sub->expires || sub->expires > now);
}


bool
pgp_is_weak (gpgme_subkey_t sub)
{
  switch (sub->pubkey_algo)
    {
    case GPGME_PK_RSA:
    case GPGME_PK_RSA_E:
    case GPGME_PK_RSA_S:
    case GPGME_PK_ELG:
    case GPGME_PK_ELG_E:
      return sub->length < MIN_RSA_BITS;
    case GPGME_PK_DSA:
      return true;
    default:
      return false;
    }
}


/* The curves of openpgp/openpgp-curve.c, as gpg calls them.  */
static bool
is_known_curve (const char *curve)
{
  static const char *const curves[] =
    { "nistp256", "nistp384", "nistp521", "brainpoolP256r1",
      "brainpoolP384r1", "brainpoolP512r1", "secp256k1" };
  size_t i;

  for (i = 0; i < sizeof curves / sizeof *curves; i++)
    if (!strcmp (curve, curves[i]))
      return true;
  return false;
}


bool
pgp_is_known (gpgme_subkey_t sub)
{
  const char *curve = sub->curve ? sub->curve : "";

  if (!sub->fpr || strlen (sub->fpr) != NETSPEC_FPRLEAST)
    return false;               /* Not of version 4.  */
  switch (sub->pubkey_algo)
    {
    case GPGME_PK_RSA:
      return sub->length >= MIN_RSA_BITS && sub->length <= MAX_RSA_BITS;
    case GPGME_PK_ECDSA:
      return is_known_curve (curve);
    case GPGME_PK_ECDH:
      return !strcmp (curve, "cv25519") || is_known_curve (curve);
    case GPGME_PK_EDDSA:
      return !strcmp (curve, "ed25519");
    default:
      return false;
    }
}


bool
pgp_also_signs (gpgme_subkey_t sub)
{
  return sub->can_sign || sub->can_certify || sub->can_authenticate;
}


/* A copy of UID.  If it has control or bidirectional characters, only its
   printable ASCII stays, with '?' for each other byte.  */
static char *
make_printable (const char *uid)
{
  char *copy = strdup (uid ? uid : "");
  bool clean = copy && encode_is_line (copy, strlen (copy));
  unsigned char *p;

  for (p = (unsigned char *)copy; p && !clean && *p; p++)
    if (*p < 0x20 || *p > 0x7e)
      *p = '?';
  return copy;
}


static gpg_error_t
copy_uids (pgp_key_t key, gpgme_user_id_t uid)
{
  gpgme_user_id_t u;
  size_t n = 0;

  for (u = uid; u; u = u->next)
    n++;
  key->uid = calloc (n ? n : 1, sizeof *key->uid);
  if (!key->uid)
    return gpg_error_from_syserror ();
  for (u = uid; u; u = u->next)
    {
      key->uid[key->n_uids] = make_printable (u->uid);
      if (!key->uid[key->n_uids])
        return gpg_error_from_syserror ();
      key->n_uids++;
    }
  return 0;
}


void
pgp_copy_fpr (char to[NETSPEC_FPRLEN + 1], const char *fpr)
{
  if (pgp_is_fpr (fpr))
    memcpy (to, fpr, strlen (fpr) + 1);
}


void
pgp_copy_algorithm (char to[32], gpgme_subkey_t sub)
{
  char *algo = gpgme_pubkey_algo_string (sub);

  gpgrt_snprintf (to, 32, "%s%s", algo ? algo : "?",
                  sub->pubkey_algo == GPGME_PK_RSA_S ? " (only signs)"
                  : sub->pubkey_algo == GPGME_PK_RSA_E ? " (only encrypts)"
                  : "");
  gpgme_free (algo);
}


static uint64_t
copy_time (long when)
{
  return when > 0 ? (uint64_t)when : 0;
}


static gpg_error_t
copy_subkeys (pgp_key_t key, gpgme_subkey_t first)
{
  gpgme_subkey_t sub;
  struct pgp_subkey *to;
  size_t n = 1;

  for (sub = first; sub; sub = sub->next)
    n++;
  key->subkey = calloc (n, sizeof *key->subkey);
  if (!key->subkey)
    return gpg_error_from_syserror ();
  for (sub = first; sub; sub = sub->next)
    {
      to = key->subkey + key->n_subkeys++;
      pgp_copy_fpr (to->fpr, sub->fpr);
      pgp_copy_algorithm (to->algorithm, sub);
      to->created = copy_time (sub->timestamp);
      to->expires = copy_time (sub->expires);
      to->revoked = sub->revoked;
      to->expired = sub->expired
                    || (to->expires && to->expires <= (uint64_t)time (NULL));
      to->can_sign = sub->can_sign;
      to->can_encrypt = sub->can_encrypt;
      to->also_signs = pgp_also_signs (sub);
      to->known = pgp_is_known (sub);
    }
  return 0;
}


/* Make *R_LAST the later of itself and the expiry of SUB; 0 means never.  */
static void
note_expiry (bool first, gpgme_subkey_t sub, uint64_t *r_last)
{
  uint64_t end = sub->expires > 0 ? (uint64_t)sub->expires : 0;

  if (first || (*r_last && (!end || end > *r_last)))
    *r_last = end;
}


static void
note_weak (pgp_key_t key, gpgme_subkey_t sub)
{
  if (!key->weak)
    pgp_copy_algorithm (key->weak_algorithm, sub);
  key->weak = true;
}


/* SUB is usable and can sign.  */
static void
note_signer (pgp_key_t key, gpgme_subkey_t sub)
{
  note_expiry (!key->can_sign, sub, &key->sign_expires);
  key->can_sign = true;
  if (pgp_size_signature (sub) > key->sign_size)
    key->sign_size = pgp_size_signature (sub);
  if (pgp_is_known (sub))
    key->known_sign = true;
  else if (!*key->odd.fpr)
    {
      pgp_copy_fpr (key->odd.fpr, sub->fpr);
      pgp_copy_algorithm (key->odd.algorithm, sub);
    }
}


/* Note what the usable parts of KEY can do.  Of those that encrypt, gpg uses
   the newest.  */
static void
copy_abilities (pgp_key_t key, gpgme_key_t from)
{
  gpgme_subkey_t sub;
  long newest = -1;

  if (key->revoked || key->expired || key->disabled || key->invalid)
    return;
  for (sub = from->subkeys; sub; sub = sub->next)
    {
      if (!pgp_is_usable (sub))
        continue;
      if (pgp_is_weak (sub))
        note_weak (key, sub);
      if (sub->can_sign)
        note_signer (key, sub);
      if (sub->can_encrypt)
        {
          note_expiry (!key->can_encrypt, sub, &key->encrypt_expires);
          key->can_encrypt = true;
        }
      if (sub->can_encrypt && sub->timestamp > newest)
        {
          newest = sub->timestamp;
          pgp_copy_fpr (key->encrypt_fpr, sub->fpr);
          key->session_size = pgp_size_session (sub);
        }
    }
}


gpg_error_t
pgp_copy_key (gpgme_key_t from, pgp_key_t *r_key)
{
  gpg_error_t err;
  gpgme_subkey_t primary = from->subkeys;
  pgp_key_t key;

  *r_key = NULL;
  if (!primary || !pgp_is_fpr (primary->fpr))
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  key = calloc (1, sizeof *key);
  if (!key)
    return gpg_error_from_syserror ();
  pgp_copy_fpr (key->fpr, primary->fpr);
  pgp_copy_algorithm (key->algorithm, primary);
  key->bits = primary->length;
  key->created = copy_time (primary->timestamp);
  key->expires = copy_time (primary->expires);
  key->revoked = from->revoked;
  key->expired = from->expired || primary->expired
                 || (key->expires && key->expires <= (uint64_t)time (NULL));
  key->disabled = from->disabled;
  key->invalid = from->invalid || primary->invalid;
  if (pgp_is_weak (primary))
    note_weak (key, primary);
  key->known = pgp_is_known (primary);
  key->secret = from->secret;
  copy_abilities (key, from);
  err = copy_uids (key, from->uids);
  if (!err)
    err = copy_subkeys (key, primary->next);
  if (err)
    pgp_key_release (key);
  else
    *r_key = key;
  return err;
}


gpg_error_t
pgp_copy_found (pgp_t pgp, pgp_key_t **r_list)
{
  gpg_error_t err = 0;
  pgp_key_t *list;
  size_t i;

  *r_list = NULL;
  list = calloc (pgp->n_found + 1, sizeof *list);
  if (!list)
    return gpg_error_from_syserror ();
  for (i = 0; !err && i < pgp->n_found; i++)
    err = pgp_copy_key (pgp->found[i], list + i);
  if (err)
    pgp_list_release (list);
  else
    *r_list = list;
  return err;
}


void
pgp_list_release (pgp_key_t *list)
{
  size_t i;

  for (i = 0; list && list[i]; i++)
    pgp_key_release (list[i]);
  free (list);
}
