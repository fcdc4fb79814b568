/* batch.c - postern-keys enroll --batch: many people at once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The list of fingerprints is what the administrator vouches for, as they
 * do by --fpr for one person.  All keys are imported in few runs of gpg: a
 * key alone lets nobody in.  Then, for one person after the other, the
 * invite is written and after it their file, so that whatever interrupts
 * this leaves people who are enrolled and have an invite, and others who
 * are not enrolled; the same command goes on.  */

#include "batch.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../common/file.h"
#include "../common/log.h"
#include "batch-keys.h"
#include "invite-all.h"
#include "roster.h"
#include "table.h"
#include "verbs.h"

#define MAX_LIST 16777216

struct batch
{
  const char *dir;
  const char *keys;             /* A folder or a file.  */
  const char *list;             /* Of fingerprints.  */
  const char *invites;          /* A folder.  */
  const char *door;
  const char *expires;
  const char *by;
  size_t n_groups;
  const char *group[TABLE_MAX_GROUPS];
  struct table table;
  struct batch_person *person;  /* One for each row of the table.  */
  progress_t progress;
  size_t enrolled, skipped;
};


bool
batch_is_asked (int argc, char **argv)
{
  static const char name[] = "--batch";
  int i;

  for (i = 1; i < argc && strcmp (argv[i], "--"); i++)
    if (!strncmp (argv[i], name, sizeof name - 1)
        && (!argv[i][sizeof name - 1] || argv[i][sizeof name - 1] == '='))
      return true;
  return false;
}


static int
take_group (struct batch *opt, const char *group)
{
  if (!netspec_name_valid (group, strlen (group)))
    return verb_usage ("enroll", "'%s' is no name for a group", group);
  if (opt->n_groups == TABLE_MAX_GROUPS)
    return verb_usage ("enroll", "more than %d groups", TABLE_MAX_GROUPS);
  opt->group[opt->n_groups++] = group;
  return EX_OK;
}


static int
check_options (const struct batch *opt, int left)
{
  if (left)
    return verb_usage ("enroll", "with --batch the names come out of --fprs");
  if (!opt->list)
    return verb_usage ("enroll", "--batch needs --fprs LIST, the fingerprints"
                       " that these people told");
  if (!opt->invites)
    return verb_usage ("enroll", "--batch needs --invites DIR, where the"
                       " invites go");
  if (opt->door && !netspec_name_valid (opt->door, strlen (opt->door)))
    return verb_usage ("enroll", "'%s' is no name for a door", opt->door);
  if (opt->expires
      && strspn (opt->expires, "0123456789-") != strlen (opt->expires))
    return verb_usage ("enroll", "--expires takes a date like 2027-01-31");
  if (opt->by && !netspec_fpr_valid (opt->by, strlen (opt->by)))
    return verb_usage ("enroll", "--by takes a full fingerprint");
  return -1;
}


/* -1: go on; else the exit code.  */
static int
parse_options (struct batch *opt, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "batch", required_argument, NULL, 'B' },
      { "fprs", required_argument, NULL, 'f' },
      { "invites", required_argument, NULL, 'i' },
      { "group", required_argument, NULL, 'g' },
      { "door", required_argument, NULL, 'd' },
      { "expires", required_argument, NULL, 'e' },
      { "by", required_argument, NULL, 'b' },
      { "config", required_argument, NULL, 'c' },
      { "help", no_argument, NULL, 'h' },
      { NULL, 0, NULL, 0 }
    };
  int c, rc;

  while ((c = getopt_long (argc, argv, "h", options, NULL)) != -1)
    switch (c)
      {
      case 'B': opt->keys = optarg; break;
      case 'f': opt->list = optarg; break;
      case 'i': opt->invites = optarg; break;
      case 'd': opt->door = optarg; break;
      case 'e': opt->expires = optarg; break;
      case 'b': opt->by = optarg; break;
      case 'c': opt->dir = optarg; break;
      case 'g':
        rc = take_group (opt, optarg);
        if (rc)
          return rc;
        break;
      case 'h': return verb_help ("enroll");
      default: return verb_usage ("enroll", "unknown or incomplete option;"
                                  " --batch does not go with --key and"
                                  " --fpr");
      }
  return check_options (opt, argc - optind);
}


/* The list, whole: who wrote it may have meant something else by a line
   that is wrong.  */
static gpg_error_t
read_list (struct batch *batch)
{
  gpg_error_t err;
  unsigned char *text;
  char *message = NULL;
  size_t i, len;

  err = file_read (batch->list, MAX_LIST, &text, &len);
  if (!err)
    err = table_read (batch->list, (char *)text, len, &batch->table,
                      &message);
  free (text);
  if (!err && !(batch->person = calloc (batch->table.n + 1,
                                        sizeof *batch->person)))
    err = gpg_error_from_syserror ();
  for (i = 0; !err && i < batch->table.n; i++)
    batch->person[i].row = batch->table.row + i;
  if (err)
    log_error ("enroll --batch: %s%s%s", message ? message : batch->list,
               message ? "" : ": ", message ? "" : gpg_strerror (err));
  gpgrt_free (message);
  return err;
}


/* What concerns all of them.  */
static gpg_error_t
check_common (struct batch *batch, roster_t roster)
{
  gpg_error_t err;
  config_t config = roster_config (roster);
  char *message = NULL;

  if (batch->door
      && config_door_by_name (config, batch->door) == CONFIG_MAX_DOORS)
    {
      log_error ("enroll --batch: there is no door %s; 'postern-keys door add"
                 " %s' makes it", batch->door, batch->door);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  err = batch->by ? roster_sign_by (roster, batch->by, &message) : 0;
  if (err)
    log_error ("enroll --batch: %s", message ? message : gpg_strerror (err));
  gpgrt_free (message);
  if (err)
    return err;
  err = invite_folder (batch->invites);
  if (err)
    log_error ("enroll --batch: %s: %s", batch->invites, gpg_strerror (err));
  return err;
}


/* Who is enrolled with the same key is left as they are, so that the
   command can be repeated.  */
static void
skip_enrolled (struct batch *batch, roster_t roster)
{
  const struct config_user *user;
  struct batch_person *person;

  for (person = batch->person; person->row; person++)
    {
      user = config_user_by_name (roster_config (roster), person->row->name);
      if (user && !strcmp (user->fpr, person->row->fpr))
        {
          person->out = true;
          batch->skipped++;
        }
      else if (user)
        batch_fail (batch->progress, person, "this name is enrolled already,"
                    " with another key");
    }
}


static void
refuse_unfit (struct batch *batch, roster_t roster)
{
  struct batch_person *person;
  const char *why;

  for (person = batch->person; person->row; person++)
    if (!person->out
        && (why = roster_objection (roster, person->row->name,
                                    person->key.key)))
      batch_fail (batch->progress, person, why);
}


/* The keys of those who are left, some at a time.  */
static gpg_error_t
import_keys (struct batch *batch, roster_t roster)
{
  struct batch_person *person = batch->person;
  gpg_error_t err = 0;
  unsigned char *data = NULL, *more;
  size_t n, len;

  while (!err && person->row)
    {
      for (n = len = 0; !err && person->row && n < BATCH_RUN; person++)
        {
          if (person->out)
            continue;
          more = realloc (data, len + person->key.len);
          if (!more)
            {
              err = gpg_error_from_syserror ();
              break;
            }
          data = more;
          memcpy (data + len, person->key.data, person->key.len);
          len += person->key.len;
          n++;
        }
      if (!err && n)
        err = roster_add_keys (roster, data, len);
    }
  free (data);
  if (err)
    log_error ("enroll --batch: importing the keys: %s", gpg_strerror (err));
  return err;
}


/* The groups of the options, then those of the row that are new.  */
static void
join_groups (const struct batch *batch, const struct table_row *row,
             const char *groups[2 * TABLE_MAX_GROUPS + 1])
{
  size_t i, k, n = 0;

  for (i = 0; i < batch->n_groups; i++)
    groups[n++] = batch->group[i];
  for (i = 0; i < row->n_groups; i++)
    {
      for (k = 0; k < n && strcmp (groups[k], row->group[i]); k++)
        ;
      if (k == n)
        groups[n++] = row->group[i];
    }
  groups[n] = NULL;
}


/* The invite, and then the file that lets them in.  */
static void
enroll_one (struct batch *batch, roster_t roster,
            struct batch_person *person)
{
  const char *groups[2 * TABLE_MAX_GROUPS + 1];
  struct roster_entry entry = { person->row->name, person->row->fpr, groups,
                                batch->door, batch->expires };
  const struct config_user *user;
  char *message = NULL;
  gpg_error_t err;

  join_groups (batch, person->row, groups);
  err = roster_enter (roster, &entry, &user, &message);
  if (!err)
    err = invite_to_folder (roster, batch->invites, user, person->key.data,
                            person->key.len);
  if (!err)
    err = roster_write (roster, &entry, &message);
  if (err)
    batch_fail (batch->progress, person, message ? message
                : invite_why (err));
  else
    batch->enrolled++;
  gpgrt_free (message);
}
