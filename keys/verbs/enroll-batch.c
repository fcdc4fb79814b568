/* enroll-batch.c - postern-keys enroll --batch: many people at once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * By the list of fingerprints the administrator vouches for each key, as with
 * --fpr for one person.  All keys are imported in a few runs of gpg, since a
 * key alone lets nobody in.  Then each person's invite is written, and after
 * it their file: an interruption leaves nobody enrolled without an invite,
 * and the same command goes on from there.  */

#include "enroll-batch.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../batch/batch-keys.h"
#include "invite-all.h"
#include "../roster/passwords.h"
#include "../roster/roster.h"
#include "../roster/scratch.h"
#include "../batch/table.h"
#include "keys-verbs.h"

#define BATCH "enroll --batch"  /* In messages.  */
#define MAX_LIST 16777216

struct batch
{
  const struct options *opt;
  struct table table;
  struct batch_person *person;  /* One for each row of the table.  */
  progress_t progress;
  size_t enrolled, skipped;
};


/* Returns KIT_GO_ON, or an exit code.  */
static int
check_batch_options (const struct options *opt)
{
  if (opt->n_args)
    return kit_usage ("enroll", "with --batch the names are in the list of"
                      " --fprs");
  if (opt->key || opt->fpr || opt->update)
    return kit_usage ("enroll", "--key, --fpr and --update are for one"
                      " person, not for --batch");
  if (!opt->fprs)
    return kit_usage ("enroll", "--batch needs --fprs LIST, the fingerprints"
                      " that these people told you");
  if (!opt->invites)
    return kit_usage ("enroll", "--batch needs --invites DIR, where the"
                      " invites go");
  return KIT_GO_ON;
}


/* Read the whole list before anything is done: one wrong line may mean that
   others are wrong as well.  */
static gpg_error_t
read_list (struct batch *batch)
{
  gpg_error_t err;
  unsigned char *text;
  char *message = NULL;
  size_t i, len;

  err = file_read (batch->opt->fprs, MAX_LIST, &text, &len);
  if (!err)
    err = table_read (batch->opt->fprs, (char *)text, len, &batch->table,
                      &message);
  free (text);
  if (!err && !(batch->person = calloc (batch->table.n + 1,
                                        sizeof *batch->person)))
    err = gpg_error_from_syserror ();
  for (i = 0; !err && i < batch->table.n; i++)
    batch->person[i].row = batch->table.row + i;
  if (err)
    log_error (BATCH ": %s%s%s", message ? message : batch->opt->fprs,
               message ? "" : ": ", message ? "" : file_why (err));
  gpgrt_free (message);
  return err;
}


/* Check what concerns everybody.  */
static gpg_error_t
check_common (struct batch *batch, roster_t roster)
{
  gpg_error_t err;
  config_t config = roster_config (roster);
  char *message = NULL;

  if (batch->opt->door
      && config_door_by_name (config, batch->opt->door) == CONFIG_MAX_DOORS)
    {
      log_error (BATCH ": there is no door %s; 'postern-keys door add"
                 " %s' creates it", batch->opt->door, batch->opt->door);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  err = batch->opt->by
    ? roster_sign_by (roster, batch->opt->by, &message) : 0;
  if (log_failure (err, message, BATCH))
    return err;
  err = invite_folder (batch->opt->invites);
  if (err)
    log_error (BATCH ": %s: %s", batch->opt->invites, gpg_strerror (err));
  return err;
}


/* Skip people who are enrolled with the same key, so that the command can be
   repeated.  */
static void
skip_enrolled (struct batch *batch, roster_t roster)
{
  const struct config_user *user;
  struct batch_person *person;

  for (person = batch->person; person->row; person++)
    {
      user = config_user_by_name (roster_config (roster), person->row->name);
      if (roster_is_marked (roster_config (roster), person->row->name))
        batch_fail (batch->progress, person, "their revocation is not"
                    " finished; run 'postern-keys revoke' first");
      else if (user && !strcmp (user->fpr, person->row->fpr))
        {
          person->out = true;
          batch->skipped++;
        }
      else if (user)
        batch_fail (batch->progress, person, "this name is enrolled already,"
                    " with another key");
    }
}


/* Of two people in the list whose keys share a part, the first one is taken:
   roster_will_add makes that known.  */
static gpg_error_t
refuse_unfit (struct batch *batch, roster_t roster)
{
  struct batch_person *person;
  gpg_error_t err = 0;
  char *why;

  for (person = batch->person; !err && person->row; person++)
    {
      if (person->out)
        continue;
      err = roster_objection (roster, person->row->name, person->key.key,
                              &why);
      if (!err)
        err = roster_will_add (roster, person->row->name, person->key.key);
      else if (why)
        {
          batch_fail (batch->progress, person, why);
          err = 0;
        }
      gpgrt_free (why);
    }
  if (err)
    log_error (BATCH ": %s", gpg_strerror (err));
  return err;
}


static gpg_error_t
import_keys (struct batch *batch, roster_t roster)
{
  gpg_error_t err = 0;
  unsigned char *data;
  size_t i, n, len;

  for (i = 0; !err && i < batch->table.n; i += n)
    {
      n = batch->table.n - i < BATCH_RUN ? batch->table.n - i : BATCH_RUN;
      err = batch_join (batch->person + i, n, &data, &len);
      if (!err && len)
        err = roster_add_keys (roster, data, len);
      free (data);
    }
  if (err)
    log_error (BATCH ": importing the keys: %s", gpg_strerror (err));
  return err;
}


/* gpg says nothing of a key that it did not take: look into the keyring.  */
static gpg_error_t
check_imported (struct batch *batch, roster_t roster)
{
  gpg_error_t err;
  struct batch_person *person;
  pgp_key_t *list, *key;

  err = pgp_key_list (roster_people (roster), false, &list);
  if (err)
    {
      log_error (BATCH ": %s", gpg_strerror (err));
      return err;
    }
  for (person = batch->person; person->row; person++)
    {
      for (key = list; *key && strcmp ((*key)->fpr, person->row->fpr); key++)
        ;
      if (!person->out && !*key)
        batch_fail (batch->progress, person, "gpg did not import the key");
    }
  pgp_list_release (list);
  return 0;
}


/* The groups of the options, and those of the row that are not among them.  */
static void
merge_groups (const struct batch *batch, const struct table_row *row,
              const char *groups[2 * TABLE_MAX_GROUPS + 1])
{
  size_t i, k, n = 0;

  for (i = 0; i < batch->opt->n_groups; i++)
    groups[n++] = batch->opt->group[i];
  for (i = 0; i < row->n_groups; i++)
    {
      for (k = 0; k < n && strcmp (groups[k], row->group[i]); k++)
        ;
      if (k == n)
        groups[n++] = row->group[i];
    }
  groups[n] = NULL;
}


/* The invite comes first: the file is what lets them in.  */
static void
enroll_one (struct batch *batch, roster_t roster,
            struct batch_person *person)
{
  const char *groups[2 * TABLE_MAX_GROUPS + 1];
  struct roster_entry entry = { person->row->name, person->row->fpr, groups,
                                batch->opt->door, batch->opt->expires };
  const struct config_user *user;
  char *message = NULL;
  gpg_error_t err;

  merge_groups (batch, person->row, groups);
  err = roster_enter (roster, &entry, &user, &message);
  if (!err && user->expires && user->expires <= (uint64_t)time (NULL))
    {
      message = gpgrt_bsprintf ("--expires %s is in the past",
                                batch->opt->expires);
      err = gpg_error (GPG_ERR_INV_TIME);
    }
  if (!err)
    err = invite_to_folder (roster, batch->opt->invites, user,
                            person->key.data, person->key.len);
  if (!err)
    err = passwords_forget (roster_config (roster), user);
  if (!err)
    err = roster_write (roster, &entry, &message);
  if (err)
    batch_fail (batch->progress, person, message ? message
                : invite_why (err));
  else if (roster_look_again (roster, "enroll", entry.name))
    batch_fail (batch->progress, person, "they were revoked meanwhile");
  else
    batch->enrolled++;
  gpgrt_free (message);
}


static gpg_error_t
enroll_each (struct batch *batch, roster_t roster)
{
  gpg_error_t err = 0;
  struct batch_person *person;
  size_t n = 0;

  for (person = batch->person; person->row; person++)
    n += !person->out;
  if (n)
    err = roster_take_serials (roster, n);
  if (err)
    log_error (BATCH ": %s", gpg_strerror (err));
  for (person = batch->person; !err && person->row; person++)
    {
      progress_step (batch->progress, person->row->name);
      if (!person->out)
        enroll_one (batch, roster, person);
    }
  return err;
}


static void
note_enrolled (struct batch *batch, roster_t roster)
{
  struct roster_noted *noted = calloc (batch->table.n + 1, sizeof *noted);
  struct batch_person *person;
  size_t n = 0;

  for (person = batch->person; noted && person->row; person++)
    if (!person->out)
      {
        noted[n].user = person->row->name;
        noted[n++].fpr = person->row->fpr;
      }
  if (noted)
    roster_note_all (roster, "enroll", noted, n);
  free (noted);
}


/* Warn of people for whom there is no rule and no command.  */
static void
warn_idle (struct batch *batch, roster_t roster)
{
  const struct config_user *user;
  struct batch_person *person;
  const char *first = NULL;
  size_t n = 0;

  for (person = batch->person; person->row; person++)
    {
      user = person->out ? NULL
        : config_user_by_name (roster_config (roster), person->row->name);
      if (!user || config_has_use_for (roster_config (roster), user,
                                       time (NULL)))
        continue;
      first = first ? first : person->row->name;
      n++;
    }
  if (n)
    log_warn (BATCH ": %zu can do nothing yet, beginning with %s: no"
              " rule and no command is for them; 'postern-keys group USER"
              " +GROUP' puts somebody into a group of one", n, first);
}


/* posternd reloads even if nobody is new: an earlier run may have been
   interrupted just before this.  */
static void
announce_enrolled (struct batch *batch, roster_t roster)
{
  struct batch_person *person;

  roster_announce (roster, BATCH, NULL);
  note_enrolled (batch, roster);
  warn_idle (batch, roster);
  for (person = batch->person; person->row; person++)
    if (!person->out)
      roster_warn_odd (BATCH, person->row->name, person->key.key);
}


static gpg_error_t
find_batch_keys (struct batch *batch)
{
  gpg_error_t err;
  struct scratch scratch;
  size_t n = batch->table.n;

  err = scratch_open (&scratch);
  if (!err)
    err = batch_find_keys (scratch.pgp, batch->opt->batch, batch->person, n,
                           batch->progress);
  scratch_close (&scratch);
  if (!err)
    err = batch_clean_keys (batch->person, n, batch->progress);
  if (!err)
    err = batch_check_rest (batch->opt->batch, &batch->table, batch->progress);
  return err;
}


static gpg_error_t
run_batch (struct batch *batch, roster_t roster)
{
  gpg_error_t err;

  err = check_common (batch, roster);
  if (err)
    return err;
  skip_enrolled (batch, roster);
  err = find_batch_keys (batch);
  if (err)
    {
      log_error (BATCH ": %s: %s", batch->opt->batch,
                 gpg_err_code (err) == GPG_ERR_BAD_DATA
                 ? "no OpenPGP public keys in it" : file_why (err));
      return err;
    }
  err = refuse_unfit (batch, roster);
  if (!err)
    err = import_keys (batch, roster);
  if (!err)
    err = check_imported (batch, roster);
  if (!err)
    err = enroll_each (batch, roster);
  if (!err)
    announce_enrolled (batch, roster);
  return err;
}


static int
summarize_batch (struct batch *batch, gpg_error_t err)
{
  size_t failed = progress_finish (batch->progress);

  if (err)
    return log_exit_code (err);
  log_info ("%zu enrolled, %zu enrolled before, %zu failed; the invites are"
            " in %s", batch->enrolled, batch->skipped, failed,
            batch->opt->invites);
  return failed ? EX_DATAERR : EX_OK;
}


static void
release_batch (struct batch *batch)
{
  size_t i;

  for (i = 0; batch->person && i < batch->table.n; i++)
    {
      free (batch->person[i].key.data);
      pgp_key_release (batch->person[i].key.key);
    }
  free (batch->person);
  table_release (&batch->table);
  progress_release (batch->progress);
}


int
batch_enroll (const struct options *opt)
{
  gpg_error_t err;
  struct batch batch = { .opt = opt };
  roster_t roster = NULL;
  char *message = NULL;
  int rc;

  rc = check_batch_options (opt);
  if (rc != KIT_GO_ON)
    return rc;
  err = read_list (&batch);
  if (!err)
    err = progress_new ("enroll", batch.table.n, &batch.progress);
  if (!err)
    {
      err = roster_open (opt->dir, &roster, &message);
      log_failure (err, message, BATCH);
    }
  if (!err)
    err = run_batch (&batch, roster);
  rc = batch.progress ? summarize_batch (&batch, err) : log_exit_code (err);
  roster_close (roster);
  release_batch (&batch);
  return rc;
}
