/* enroll.c - postern-keys enroll: let a person in.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The invite is made before anything is written, and the person's file is
 * written last: a key alone lets nobody in.  So after an interruption the
 * person is either enrolled or not, and the same command does the rest.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../common/base/log.h"
#include "enroll-batch.h"
#include "../roster/candidate.h"
#include "invite-all.h"
#include "../roster/passwords.h"
#include "../roster/roster.h"
#include "update.h"
#include "keys-verbs.h"

/* Returns KIT_GO_ON, or an exit code.  */
static int
check_enroll_options (struct options *opt)
{
  int rc = options_user (opt, "enroll", OPTIONS_ONE);

  if (rc != KIT_GO_ON)
    return rc;
  if (!netspec_name_valid (opt->user, strlen (opt->user)))
    return kit_usage ("enroll", "'%s' is not a valid user name (lower-case "
                      "letters, digits, '.', '_', '-')", opt->user);
  if (!opt->key)
    return kit_usage ("enroll", "--key is needed");
  if (opt->fprs || opt->invites)
    return kit_usage ("enroll", "--fprs and --invites go with --batch");
  if (opt->update && (opt->n_groups || opt->door
                      || opt->expires))
    return kit_usage ("enroll", "--update changes only the key; edit"
                      " users.d/%s.conf for the rest", opt->user);
  return opt->update ? KIT_GO_ON : invite_check_stdout ("enroll", opt->user);
}


/* Enter the person in memory, to see whether their file would be valid.  A
   person who already has this very file was enrolled by a command that was
   interrupted.  */
static gpg_error_t
enter_person (roster_t roster, const struct roster_entry *entry, bool *r_new,
              const struct config_user **r_user)
{
  gpg_error_t err = 0;
  char *message = NULL;

  *r_user = config_user_by_name (roster_config (roster), entry->name);
  *r_new = !*r_user;
  if (*r_new)
    err = roster_enter (roster, entry, r_user, &message);
  if (!err && (*r_user)->expires
      && (*r_user)->expires <= (uint64_t)time (NULL))
    {
      message = gpgrt_bsprintf ("--expires %s is in the past",
                                entry->expires);
      err = gpg_error (GPG_ERR_INV_TIME);
    }
  return log_failure (err, message, "enroll %s", entry->name);
}


static gpg_error_t
write_enrolled (roster_t roster, const struct roster_entry *entry, bool new,
                const struct config_user *user, const struct candidate *cand)
{
  gpg_error_t err;
  char *message = NULL;

  err = roster_add_key (roster, cand->data, cand->len);
  /* The name may have been somebody else's whose file was deleted by hand.  */
  if (!err && new)
    err = passwords_forget (roster_config (roster), user);
  if (!err && new)
    err = roster_write (roster, entry, &message);
  log_failure (err, message, "enroll %s", entry->name);
  return err ? err : roster_look_again (roster, "enroll", entry->name);
}


static gpg_error_t
enroll_person (roster_t roster, const struct roster_entry *entry,
               const struct candidate *cand)
{
  gpg_error_t err;
  const struct config_user *user;
  unsigned char *invite = NULL;
  size_t len;
  bool new, idle;

  err = enter_person (roster, entry, &new, &user);
  if (err)
    return err;
  idle = !config_has_use_for (roster_config (roster), user, time (NULL));
  err = roster_invite (roster, user, cand->data, cand->len, &invite, &len);
  if (err)
    log_error ("enroll %s: invite: %s", entry->name, invite_why (err));
  if (!err)
    err = write_enrolled (roster, entry, new, user, cand);
  if (!err)
    {
      roster_announce (roster, "enroll", entry->name);
      roster_note (roster, "enroll", entry->name, entry->fpr, NULL);
      err = invite_to_stdout ("enroll", entry->name, invite, len);
      roster_warn_odd ("enroll", entry->name, cand->key);
    }
  if (!err && idle)
    log_warn ("%s can do nothing yet: no rule and no command is for them;"
              " 'postern-keys group %s +GROUP' puts them into a group of"
              " one", entry->name, entry->name);
  free (invite);
  return err;
}


/* A mark without a person counts only with the lock, which may remove it.  */
static gpg_error_t
refuse_known (roster_t roster, const struct roster_entry *entry, bool locked)
{
  bool known = config_user_by_name (roster_config (roster), entry->name);
  gpg_error_t err = known || locked
    ? roster_refuse_marked (roster, "enroll", entry->name) : 0;

  if (err || !known || roster_has (roster, entry))
    return err;
  log_error ("enroll %s: this name is enrolled already; use --update for a"
             " newer copy of the same key, 'postern-keys replace' for another"
             " key", entry->name);
  return gpg_error (GPG_ERR_EEXIST);
}


/* Nobody else changes the roster from here on.  What was checked before the
   lock is checked again.  */
static gpg_error_t
lock_for_enroll (roster_t roster, const struct roster_entry *entry,
                 pgp_key_t key)
{
  char *message, *why;
  gpg_error_t err = roster_lock (roster, &message);

  log_failure (err, message, "enroll %s", entry->name);
  if (!err)
    err = refuse_known (roster, entry, true);
  if (err)
    return err;
  err = roster_objection (roster, entry->name, key, &why);
  if (err)
    log_error ("enroll %s: %s: %s", entry->name, key->fpr,
               why ? why : gpg_strerror (err));
  gpgrt_free (why);
  return err;
}


/* Fetching and asking come before the lock, so that nobody waits for a
   person or a network.  */
static gpg_error_t
enroll_candidate (roster_t roster, const struct options *opt,
                  struct candidate *cand)
{
  struct roster_entry entry = { opt->user, NULL, opt->group, opt->door,
                                opt->expires };
  gpg_error_t err;

  err = candidate_fetch ("enroll", opt->user, opt->key, cand);
  if (err)
    return err;
  entry.fpr = cand->key->fpr;
  err = refuse_known (roster, &entry, false);
  if (!err)
    err = candidate_check ("enroll", roster, opt->user, opt->fpr, cand);
  if (!err)
    err = lock_for_enroll (roster, &entry, cand->key);
  return err ? err : enroll_person (roster, &entry, cand);
}


static gpg_error_t
run_enroll (roster_t roster, const struct options *opt)
{
  gpg_error_t err = 0;
  struct candidate cand = { NULL };
  char *message = NULL;

  if (opt->by)
    err = roster_sign_by (roster, opt->by, &message);
  log_failure (err, message, "enroll %s", opt->user);
  if (!err)
    err = enroll_candidate (roster, opt, &cand);
  if (!err)
    log_info ("%s is enrolled; give them what was written to stdout, and"
              " they run 'postern join FILE'", opt->user);
  candidate_release (&cand);
  return err;
}


int
enroll_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;
  int rc;

  if (opt->batch)
    return batch_enroll (opt);
  rc = check_enroll_options (opt);
  if (rc != KIT_GO_ON)
    return rc;
  err = roster_begin (opt->dir, &roster, &message);
  log_failure (err, message, "enroll %s", opt->user);
  if (!err)
    err = opt->update ? update_person (roster, opt->user, opt->key, opt->fpr)
      : run_enroll (roster, opt);
  roster_close (roster);
  return log_exit_code (err);
}
