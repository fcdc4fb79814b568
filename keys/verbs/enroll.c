/* enroll.c - postern-keys enroll: let a person in.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The invite is made before anything is written, and the person's file is
 * written last and at once: whatever interrupts an enrolment, a key alone
 * lets nobody in, and the same command does what was left undone.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "enroll-batch.h"
#include "../roster/candidate.h"
#include "invite-all.h"
#include "../roster/passwords.h"
#include "../roster/roster.h"
#include "update.h"
#include "keys-verbs.h"

/* -1: go on; else the exit code.  */
static int
check_options (struct options *opt)
{
  int rc = options_user (opt, "enroll", OPTIONS_ONE);

  if (rc >= 0)
    return rc;
  if (!netspec_name_valid (opt->user, strlen (opt->user)))
    return kit_usage ("enroll", "'%s' is not a name for a person (lower-case "
                      "letters, digits, '.', '_', '-')", opt->user);
  if (!opt->key)
    return kit_usage ("enroll", "--key is needed");
  if (opt->fprs || opt->invites)
    return kit_usage ("enroll", "--fprs and --invites go with --batch");
  if (opt->update && (opt->n_groups || opt->door
                      || opt->expires))
    return kit_usage ("enroll", "--update changes the key alone; edit"
                      " users.d/%s.conf for the rest", opt->user);
  if (!opt->update && isatty (STDOUT_FILENO))
    return kit_usage ("enroll", "the invite goes to stdout; write it to a "
                      "file with '> %s.invite'", opt->user);
  return -1;
}


/* In memory: whether the file would be good.  Who has the very file that
   would be written was enrolled by a command that did not end.  */
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
      message = gpgrt_bsprintf ("--expires %s is over already",
                                entry->expires);
      err = gpg_error (GPG_ERR_INV_TIME);
    }
  log_failure (err, message, "enroll %s", entry->name);
  return err;
}


static gpg_error_t
write_person (roster_t roster, const struct roster_entry *entry, bool new,
              const struct config_user *user, const struct candidate *cand)
{
  gpg_error_t err;
  char *message = NULL;

  err = roster_add_key (roster, cand->data, cand->len);
  /* The name may have been somebody else's, who was not revoked by us.  */
  if (!err && new)
    err = passwords_forget (roster_config (roster), user);
  if (!err && new)
    err = roster_write (roster, entry, &message);
  log_failure (err, message, "enroll %s", entry->name);
  return err ? err : roster_look_again (roster, "enroll", entry->name);
}


/* From here on the person is in; what fails can be done again.  */
static gpg_error_t
hand_out (roster_t roster, const struct roster_entry *entry,
          const void *invite, size_t len)
{
  gpg_error_t err;
  char *message;

  if (roster_reload (roster, &message))
    log_warn ("enroll %s: %s", entry->name, message);
  gpgrt_free (message);
  roster_note (roster, "enroll", entry->name, entry->fpr, NULL);
  err = file_write_fd (STDOUT_FILENO, invite, len);
  if (err)
    log_error ("enroll %s: invite: %s; 'postern-keys invite %s' writes"
               " another", entry->name, gpg_strerror (err), entry->name);
  return err;
}


static gpg_error_t
enroll_person (roster_t roster, const struct options *opt,
               const struct candidate *cand)
{
  gpg_error_t err;
  struct roster_entry entry = { opt->user, cand->key->fpr,
                                opt->group, opt->door,
                                opt->expires };
  const struct config_user *user;
  unsigned char *invite = NULL;
  size_t len;
  bool new, idle;

  err = enter_person (roster, &entry, &new, &user);
  if (err)
    return err;
  idle = !config_has_use_for (roster_config (roster), user, time (NULL));
  err = roster_invite (roster, user, cand->data, cand->len, &invite, &len);
  if (err)
    log_error ("enroll %s: invite: %s", opt->user, invite_why (err));
  if (!err)
    err = write_person (roster, &entry, new, user, cand);
  if (!err)
    err = hand_out (roster, &entry, invite, len);
  if (!err && idle)
    log_warn ("%s can do nothing yet: no rule and no command is for them;"
              " 'postern-keys group %s +GROUP' puts them into a group of"
              " one", opt->user, opt->user);
  free (invite);
  return err;
}


static gpg_error_t
sign_by (roster_t roster, const struct options *opt)
{
  char *message;
  gpg_error_t err = roster_sign_by (roster, opt->by, &message);

  log_failure (err, message, "enroll %s", opt->user);
  return err;
}


/* LOCKED or not yet: a mark without a person may go with the lock.  */
static gpg_error_t
refuse_known (roster_t roster, const struct options *opt,
              const struct candidate *cand, bool locked)
{
  struct roster_entry entry = { opt->user, cand->key->fpr,
                                opt->group, opt->door,
                                opt->expires };
  bool known = config_user_by_name (roster_config (roster), opt->user);

  if ((known || locked)
      && roster_is_marked (roster_config (roster), opt->user))
    {
      log_error ("enroll %s: their revocation is not finished; run"
                 " 'postern-keys revoke %s' first", opt->user, opt->user);
      return gpg_error (GPG_ERR_EBUSY);
    }
  if (!known || roster_has (roster, &entry))
    return 0;
  log_error ("enroll %s: this name is enrolled already; --update takes a"
             " newer copy of the same key, 'postern-keys replace' another"
             " key", opt->user);
  return gpg_error (GPG_ERR_EEXIST);
}


/* Nobody else changes the roster from here on; what was found before it was
   locked is looked at again.  */
static gpg_error_t
lock_again (roster_t roster, const struct options *opt,
            const struct candidate *cand)
{
  char *message;
  gpg_error_t err = roster_lock (roster, &message);
  char *why;

  log_failure (err, message, "enroll %s", opt->user);
  if (!err)
    err = refuse_known (roster, opt, cand, true);
  if (err)
    return err;
  err = roster_objection (roster, opt->user, cand->key, &why);
  if (err)
    log_error ("enroll %s: %s: %s", opt->user, cand->key->fpr,
               why ? why : gpg_strerror (err));
  gpgrt_free (why);
  return err;
}


/* What is fetched and asked comes before the lock.  */
static gpg_error_t
run_enroll (roster_t roster, const struct options *opt)
{
  gpg_error_t err;
  struct candidate cand;

  err = opt->by ? sign_by (roster, opt) : 0;
  if (err)
    return err;
  err = candidate_fetch ("enroll", opt->user, opt->key, &cand);
  if (!err)
    err = refuse_known (roster, opt, &cand, false);
  if (!err)
    err = candidate_check ("enroll", roster, opt->user, opt->fpr, &cand);
  if (!err)
    err = lock_again (roster, opt, &cand);
  if (!err)
    err = enroll_person (roster, opt, &cand);
  if (!err)
    log_info ("%s is enrolled; give them what was written to stdout, they"
              " run 'postern join FILE'", opt->user);
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
  rc = check_options (opt);
  if (rc >= 0)
    return rc;
  err = roster_begin (opt->dir, &roster, &message);
  if (err)
    {
      return log_exit_code (log_failure (err, message, "enroll %s",
                                         opt->user));
    }
  err = opt->update ? update_person (roster, opt->user, opt->key, opt->fpr)
    : run_enroll (roster, opt);
  roster_close (roster);
  return log_exit_code (err);
}
