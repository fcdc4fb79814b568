/* snapshot-judge.c - Whose key it is, and whether it counts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * That a subkey is somebody's, only the signatures say that bind it to the
 * primary key: they are checked when it is first used, and the verdict is
 * remembered.  */

#include "snapshot-parts.h"

#include <string.h>

#include "../../common/pgp/openpgp/openpgp-signature.h"


static struct snapshot_entry *
primary_of (snapshot_t s, const struct snapshot_entry *entry)
{
  return s->entry + s->person[entry->person].first;
}


/* Whether ENTRY is a part of the key that it is listed with.  */
static gpg_error_t
check_bound (snapshot_t s, struct snapshot_entry *entry)
{
  if (!entry->checked && entry->binding)
    entry->verdict = openpgp_binding_check (entry->binding,
                                            entry->binding_len,
                                            &primary_of (s, entry)->key,
                                            &entry->key,
                                            &entry->binding_expires);
  entry->checked = true;
  return entry->verdict;
}


/* *R_ENTRY is the one entry with the fingerprint FPR that is bound.  After an
   error it is one that is not, or NULL.  A primary key is its person's,
   whoever else has bound it.  */
static gpg_error_t
find_bound (snapshot_t s, const unsigned char fpr[OPENPGP_FPRLEN],
            struct snapshot_entry **r_entry)
{
  gpg_error_t err, first = gpg_error (GPG_ERR_NO_PUBKEY);
  struct snapshot_entry *entry;
  unsigned int bound = 0;
  size_t at;

  *r_entry = NULL;
  for (at = 0; (entry = snapshot_next (s, fpr, &at));)
    if (!entry->binding)
      {
        *r_entry = entry;
        return 0;
      }
  for (at = 0; (entry = snapshot_next (s, fpr, &at));)
    {
      err = check_bound (s, entry);
      if (err && *r_entry)
        continue;
      if (err)
        first = err;
      bound += !err;
      *r_entry = entry;
    }
  if (bound > 1)
    *r_entry = NULL;
  return bound > 1 ? gpg_error (GPG_ERR_AMBIGUOUS_NAME) : bound ? 0 : first;
}


/* The earlier of two ends, of which 0 is none.  */
static uint64_t
sooner (uint64_t a, uint64_t b)
{
  return !a || (b && b < a) ? b : a;
}


static uint64_t
end_of (snapshot_t s, const struct snapshot_entry *entry)
{
  return sooner (sooner (entry->expires, entry->binding_expires),
                 primary_of (s, entry)->expires);
}


gpg_error_t
snapshot_find (snapshot_t s, const unsigned char fpr[OPENPGP_FPRLEN],
               const struct openpgp_key **r_key,
               struct snapshot_signer *r_signer)
{
  struct snapshot_entry *entry;
  gpg_error_t err;

  *r_key = NULL;
  memset (r_signer, 0, sizeof *r_signer);
  openpgp_fpr_print (fpr, r_signer->signing);
  r_signer->changed = s->changed;
  err = find_bound (s, fpr, &entry);
  if (!entry)
    return err;
  openpgp_fpr_print (primary_of (s, entry)->key.fpr, r_signer->primary);
  r_signer->expires = end_of (s, entry);
  r_signer->state = s->person[entry->person].state;
  if (!err)
    *r_key = &entry->key;
  return err;
}


static gpg_error_t
error_of_state (enum snapshot_state state)
{
  switch (state)
    {
    case SNAPSHOT_GOOD: return 0;
    case SNAPSHOT_REVOKED: return gpg_error (GPG_ERR_CERT_REVOKED);
    case SNAPSHOT_EXPIRED: return gpg_error (GPG_ERR_KEY_EXPIRED);
    case SNAPSHOT_DISABLED: return gpg_error (GPG_ERR_KEY_DISABLED);
    case SNAPSHOT_WEAK: return gpg_error (GPG_ERR_DIGEST_ALGO);
    case SNAPSHOT_USAGE:
    case SNAPSHOT_STATES:
    default: return gpg_error (GPG_ERR_WRONG_KEY_USAGE);
    }
}


/* A primary key that may not sign may have a subkey that does.  */
gpg_error_t
snapshot_judge (snapshot_t s, const unsigned char fpr[OPENPGP_FPRLEN],
                uint64_t now)
{
  struct snapshot_entry *entry, *primary;
  gpg_error_t err;
  uint64_t end;

  err = find_bound (s, fpr, &entry);
  if (err)
    return err;
  primary = primary_of (s, entry);
  if (primary->key.created > now || entry->key.created > now)
    return gpg_error (GPG_ERR_TIME_CONFLICT);
  if (primary->state != SNAPSHOT_USAGE)
    err = error_of_state (primary->state);
  if (!err)
    err = error_of_state (entry->state);
  end = end_of (s, entry);
  if (!err && end && end <= now)
    err = gpg_error (GPG_ERR_KEY_EXPIRED);
  return err;
}
