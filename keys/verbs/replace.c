/* replace.c - postern-keys replace: another key for the same person.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Name, groups and door stay, and so does what the audit knows of the person.
 * What the old key has opened ends with the reload, for a grant belongs to a
 * fingerprint.  The new key is added before the file names it, and the old
 * one deleted after, so that an interruption shuts nobody out.  */

#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"
#include "../roster/candidate.h"
#include "../roster/roster.h"
#include "invite-all.h"
#include "keys-verbs.h"

/* Returns KIT_GO_ON, or an exit code.  */
static int
check_replace_options (const struct options *opt)
{
  if (!opt->key)
    return kit_usage ("replace", "--key is needed");
  return invite_check_stdout ("replace", opt->user);
}


/* Make the invite for the person with the new key.  */
static gpg_error_t
make_replacement_invite (roster_t roster, const char *name,
                         const struct candidate *cand,
                         unsigned char **r_invite, size_t *r_len)
{
  struct config_user user = *config_user_by_name (roster_config (roster),
                                                  name);
  gpg_error_t err;

  memcpy (user.fpr, cand->key->fpr, sizeof user.fpr);
  err = roster_invite (roster, &user, cand->data, cand->len, r_invite, r_len);
  if (err)
    log_error ("replace %s: invite: %s", name, gpg_strerror (err));
  return err;
}


/* A command that was interrupted may have written the file already.  */
static gpg_error_t
exchange_keys (roster_t roster, const char *name,
               const struct candidate *cand)
{
  const struct config_user *user = config_user_by_name
    (roster_config (roster), name);
  char old[NETSPEC_FPRLEN + 1];
  bool other = strcmp (user->fpr, cand->key->fpr) != 0;
  gpg_error_t err;
  char *message = NULL;

  memcpy (old, user->fpr, sizeof old);
  err = roster_add_key (roster, cand->data, cand->len);
  if (!err && other)
    err = roster_rekey (roster, name, cand->key->fpr, &message);
  log_failure (err, message, "replace %s", name);
  if (!err && other && roster_drop_key (roster, old))
    log_warn ("replace %s: the old key is still in the roster's home; it lets"
              " nobody in", name);
  return err ? err : roster_look_again (roster, "replace", name);
}


/* Nobody else changes the roster from here on.  What was checked before the
   lock is checked again.  */
static gpg_error_t
lock_for_replace (roster_t roster, const char *name, pgp_key_t key)
{
  char *message, *path = NULL, *why = NULL;
  gpg_error_t err = roster_lock (roster, &message);

  if (!err)
    err = roster_file (roster, name, &path, &message);
  log_failure (err, message, "replace %s", name);
  gpgrt_free (path);
  if (!err)
    err = roster_refuse_marked (roster, "replace", name);
  if (err)
    return err;
  err = roster_objection (roster, name, key, &why);
  if (err)
    log_error ("replace %s: %s: %s", name, key->fpr,
               why ? why : gpg_strerror (err));
  gpgrt_free (why);
  return err;
}


static gpg_error_t
replace_key (roster_t roster, const struct options *opt)
{
  gpg_error_t err;
  struct candidate cand;
  unsigned char *invite = NULL;
  size_t len;

  err = candidate_fetch ("replace", opt->user, opt->key, &cand);
  if (!err)
    err = candidate_check ("replace", roster, opt->user, opt->fpr, &cand);
  if (!err)
    err = lock_for_replace (roster, opt->user, cand.key);
  if (!err)
    err = make_replacement_invite (roster, opt->user, &cand, &invite, &len);
  if (!err)
    err = exchange_keys (roster, opt->user, &cand);
  if (!err)
    {
      roster_note (roster, "replace", opt->user, cand.key->fpr, NULL);
      roster_announce (roster, "replace", opt->user);
      err = invite_to_stdout ("replace", opt->user, invite, len);
      roster_warn_odd ("replace", opt->user, cand.key);
    }
  if (!err)
    log_info ("%s has the key %s now; give them what was written to stdout,"
              " and they run 'postern join FILE'", opt->user, cand.key->fpr);
  free (invite);
  candidate_release (&cand);
  return err;
}


int
replace_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message, *path = NULL;
  int rc;

  rc = check_replace_options (opt);
  if (rc != KIT_GO_ON)
    return rc;
  err = roster_begin (opt->dir, &roster, &message);
  if (!err)
    err = roster_file (roster, opt->user, &path, &message);
  log_failure (err, message, "replace %s", opt->user);
  if (!err)
    err = replace_key (roster, opt);
  gpgrt_free (path);
  roster_close (roster);
  return log_exit_code (err);
}
