/* update.c - postern-keys enroll --update: a newer copy of a person's key.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The primary key stays the same, so no fingerprint needs to be compared:
 * GnuPG accepts only subkeys, expiry dates and revocations that it has signed.
 * Whatever takes power away is welcome, even a revoked key.  */

#include "update.h"

#include <string.h>
#include "../../common/base/log.h"
#include "../roster/ask.h"
#include "../roster/candidate.h"
#include "../text.h"


/* Why KEY is refused, to be freed with gpgrt_free; NULL if it is not.  */
static char *
copy_objection (pgp_key_t key)
{
  if (key->old_revocation)
    return gpgrt_bsprintf ("it or one of its subkeys was revoked by a"
                           " signature with SHA-1, which GnuPG ignores; use"
                           " 'postern-keys revoke'");
  return key->weak ? roster_weak_text (key) : NULL;
}


static gpg_error_t
refuse_copy (const char *name, pgp_key_t key, const char *why)
{
  log_error ("enroll %s: %s: %s", name, key->fpr, why);
  return gpg_error (GPG_ERR_UNUSABLE_PUBKEY);
}


static gpg_error_t
check_copy (const struct config_user *user, const char *fpr, pgp_key_t key)
{
  gpg_error_t err = 0;
  char *why;

  if (fpr && !ask_same (fpr, key->fpr))
    {
      log_error ("enroll %s: --fpr is not the fingerprint of this key; do"
                 " not use the key until you know why", user->name);
      return gpg_error (GPG_ERR_BAD_PUBKEY);
    }
  if (strcmp (key->fpr, user->fpr))
    {
      log_error ("enroll %s: %s is not the key %s; use 'postern-keys"
                 " replace' for another key", user->name, key->fpr,
                 user->fpr);
      return gpg_error (GPG_ERR_BAD_PUBKEY);
    }
  why = copy_objection (key);
  if (why)
    err = refuse_copy (user->name, key, why);
  gpgrt_free (why);
  return err;
}


/* A newer copy may contain a subkey that is somebody else's.  */
static gpg_error_t
check_copy_parts (roster_t roster, const struct config_user *user,
                  pgp_key_t key)
{
  char *why;
  gpg_error_t err = roster_share_objection (roster, user->name, key, &why);

  if (err)
    refuse_copy (user->name, key, why ? why : gpg_strerror (err));
  gpgrt_free (why);
  return err;
}


static const struct pgp_subkey *
find_subkey (pgp_key_t key, const char *fpr)
{
  unsigned int i;

  for (i = 0; key && i < key->n_subkeys; i++)
    if (!strcmp (key->subkey[i].fpr, fpr))
      return key->subkey + i;
  return NULL;
}


static unsigned int
log_expiry (const char *what, uint64_t before, uint64_t after)
{
  char old[TEXT_TIMELEN], new[TEXT_TIMELEN];

  if (before == after)
    return 0;
  log_info ("%s expires %s, not %s", what, text_date (after, new),
            text_date (before, old));
  return 1;
}


static unsigned int
log_subkey (const struct pgp_subkey *old, const struct pgp_subkey *new)
{
  char what[NETSPEC_FPRLEN + 16];

  gpgrt_snprintf (what, sizeof what, "its subkey %s", new->fpr);
  if (!old)
    {
      log_info ("%s is new (%s%s%s)", what, new->algorithm,
                new->can_sign ? ", signs" : "",
                new->can_encrypt ? ", encrypts" : "");
      return 1;
    }
  if (new->revoked && !old->revoked)
    {
      log_info ("%s is revoked", what);
      return 1;
    }
  return log_expiry (what, old->expires, new->expires);
}


/* Returns the number of changes.  */
static unsigned int
log_changes (const char *user, pgp_key_t before, pgp_key_t after)
{
  unsigned int i, n = 0;
  char what[NETSPEC_NAMELEN + 16];

  gpgrt_snprintf (what, sizeof what, "the key of %s", user);
  if (!before)
    {
      log_info ("%s was missing", what);
      return 1;
    }
  n += log_expiry (what, before->expires, after->expires);
  for (i = 0; i < after->n_subkeys; i++)
    n += log_subkey (find_subkey (before, after->subkey[i].fpr),
                     after->subkey + i);
  if (after->revoked && !before->revoked)
    n++;
  if (!n)
    log_info ("%s: nothing in it is new", what);
  return n;
}


/* Say who can no longer come in.  */
static void
warn_of_key_state (const char *user, pgp_key_t key)
{
  const char *state = key->revoked ? "is revoked"
    : key->expired ? "has expired"
    : !key->can_sign ? "cannot sign"
    : !key->known || !key->known_sign
    ? "has no algorithm that a server reads" : NULL;

  if (state)
    log_warn ("the key of %s %s: their requests are refused", user, state);
  else
    roster_warn_odd ("enroll", user, key);
  if (!state && !key->can_encrypt)
    log_warn ("the key of %s cannot encrypt: no invite can be made for them",
              user);
}


static gpg_error_t
import_copy (roster_t roster, const struct config_user *user,
             const struct candidate *cand)
{
  gpg_error_t err;
  pgp_key_t before = NULL, after = NULL;

  err = pgp_key_find (roster_people (roster), user->fpr, false, &before);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    err = 0;
  if (!err)
    err = roster_add_key (roster, cand->data, cand->len);
  if (!err)
    err = pgp_key_find (roster_people (roster), user->fpr, false, &after);
  if (err)
    log_error ("enroll %s: %s", user->name, gpg_strerror (err));
  else
    err = roster_look_again (roster, "enroll", user->name);
  if (!err)
    {
      if (log_changes (user->name, before, after))
        roster_note (roster, "update", user->name, user->fpr, NULL);
      roster_settle (roster, "enroll", user->name);
      warn_of_key_state (user->name, after);
    }
  pgp_key_release (before);
  pgp_key_release (after);
  return err;
}


static gpg_error_t
find_enrolled (roster_t roster, const char *name,
               const struct config_user **r_user)
{
  *r_user = config_user_by_name (roster_config (roster), name);
  if (!*r_user)
    {
      log_error ("enroll %s: nobody of this name is enrolled; leave out"
                 " --update", name);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  return roster_refuse_marked (roster, "enroll", name);
}


gpg_error_t
update_person (roster_t roster, const char *name, const char *spec,
               const char *fpr)
{
  const struct config_user *user;
  struct candidate cand;
  char *message;
  gpg_error_t err;

  memset (&cand, 0, sizeof cand);
  err = find_enrolled (roster, name, &user);
  if (!err)
    err = candidate_fetch ("enroll", name, spec, &cand);
  /* All that can take long is done: now lock, and check again.  */
  if (!err)
    {
      err = roster_lock (roster, &message);
      log_failure (err, message, "enroll %s", name);
    }
  if (!err)
    err = find_enrolled (roster, name, &user);
  if (!err)
    err = check_copy (user, fpr, cand.key);
  if (!err)
    err = check_copy_parts (roster, user, cand.key);
  if (!err)
    err = import_copy (roster, user, &cand);
  candidate_release (&cand);
  return err;
}
