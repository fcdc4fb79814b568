/* enroll.c - postern-keys enroll: let a person in.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The invite is made before anything is written, and the person's file is
 * written last and at once: whatever interrupts an enrolment, a key alone
 * lets nobody in, and the same command does what was left undone.  */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include "../common/file.h"
#include "../common/log.h"
#include "batch.h"
#include "candidate.h"
#include "invite-all.h"
#include "roster.h"
#include "update.h"
#include "verbs.h"

#define MAX_GROUPS 32

struct enroll
{
  const char *dir;
  bool update;
  const char *user;
  const char *key;
  const char *fpr;
  const char *door;
  const char *expires;
  const char *by;
  const char *group[MAX_GROUPS + 1];
  size_t n_groups;
};


/* What goes into the person's file between quotes.  */
static int
is_plain (const char *text)
{
  return *text && strlen (text) < 64
    && strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789._-")
    == strlen (text);
}


static int
take_group (struct enroll *opt, const char *group)
{
  if (!netspec_name_valid (group, strlen (group)))
    return verb_usage ("enroll", "'%s' is no name for a group (lower-case "
                       "letters, digits, '.', '_', '-')", group);
  if (opt->n_groups == MAX_GROUPS)
    return verb_usage ("enroll", "more than %d groups", MAX_GROUPS);
  opt->group[opt->n_groups++] = group;
  return EX_OK;
}


/* -1: go on; else the exit code.  */
static int
check_options (const struct enroll *opt)
{
  if (!netspec_name_valid (opt->user, strlen (opt->user)))
    return verb_usage ("enroll", "'%s' is no name for a person (lower-case "
                       "letters, digits, '.', '_', '-')", opt->user);
  if (opt->expires && !is_plain (opt->expires))
    return verb_usage ("enroll", "--expires takes a date like 2027-01-31");
  if (opt->door && !is_plain (opt->door))
    return verb_usage ("enroll", "'%s' is no name for a door", opt->door);
  if (opt->by && !netspec_fpr_valid (opt->by, strlen (opt->by)))
    return verb_usage ("enroll", "--by takes a full fingerprint");
  if (!opt->key)
    return verb_usage ("enroll", "--key is needed");
  if (opt->update && (opt->n_groups || opt->door || opt->expires))
    return verb_usage ("enroll", "--update changes the key alone; edit"
                       " users.d/%s.conf for the rest", opt->user);
  if (!opt->update && isatty (STDOUT_FILENO))
    return verb_usage ("enroll", "the invite goes to stdout; write it to a "
                       "file with '> %s.invite'", opt->user);
  return -1;
}


/* -1: go on; else the exit code.  */
static int
parse_options (struct enroll *opt, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "update", no_argument, NULL, 'u' },
      { "key", required_argument, NULL, 'k' },
      { "fpr", required_argument, NULL, 'f' },
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
      case 'u': opt->update = true; break;
      case 'k': opt->key = optarg; break;
      case 'f': opt->fpr = optarg; break;
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
      default: return verb_bad_option ("enroll", argv);
      }
  if (argc - optind != 1)
    return verb_usage ("enroll", "one USER is needed");
  opt->user = argv[optind];
  return check_options (opt);
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
  if (err)
    log_error ("enroll %s: %s", entry->name,
               message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return err;
}


static gpg_error_t
write_person (roster_t roster, const struct roster_entry *entry, bool new,
              const struct candidate *cand)
{
  gpg_error_t err;
  char *message = NULL;

  err = roster_add_key (roster, cand->data, cand->len);
  if (!err && new)
    err = roster_write (roster, entry, &message);
  if (err)
    log_error ("enroll %s: %s", entry->name,
               message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return err;
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
enroll_person (roster_t roster, const struct enroll *opt,
               const struct candidate *cand)
{
  gpg_error_t err;
  struct roster_entry entry = { opt->user, cand->key->fpr, opt->group,
                                opt->door, opt->expires };
  const struct config_user *user;
  unsigned char *invite = NULL;
  size_t len;
  bool new;

  err = enter_person (roster, &entry, &new, &user);
  if (err)
    return err;
  err = roster_invite (roster, user, cand->data, cand->len, &invite, &len);
  if (err)
    log_error ("enroll %s: invite: %s", opt->user, invite_why (err));
  if (!err)
    err = write_person (roster, &entry, new, cand);
  if (!err)
    err = hand_out (roster, &entry, invite, len);
  free (invite);
  return err;
}


static gpg_error_t
sign_by (roster_t roster, const struct enroll *opt)
{
  char *message;
  gpg_error_t err = roster_sign_by (roster, opt->by, &message);

  if (err)
    log_error ("enroll %s: %s", opt->user,
               message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return err;
}


static gpg_error_t
refuse_known (roster_t roster, const struct enroll *opt,
              const struct candidate *cand)
{
  struct roster_entry entry = { opt->user, cand->key->fpr, opt->group,
                                opt->door, opt->expires };

  if (!config_user_by_name (roster_config (roster), opt->user)
      || roster_has (roster, &entry))
    return 0;
  log_error ("enroll %s: this name is enrolled already; --update takes a"
             " newer copy of the same key, 'postern-keys replace' another"
             " key", opt->user);
  return gpg_error (GPG_ERR_EEXIST);
}


static gpg_error_t
run_enroll (roster_t roster, const struct enroll *opt)
{
  gpg_error_t err;
  struct candidate cand;

  err = opt->by ? sign_by (roster, opt) : 0;
  if (err)
    return err;
  err = candidate_fetch ("enroll", roster, opt->user, opt->key, &cand);
  if (!err)
    err = refuse_known (roster, opt, &cand);
  if (!err)
    err = candidate_check ("enroll", roster, opt->user, opt->fpr, &cand);
  if (!err)
    err = enroll_person (roster, opt, &cand);
  if (!err)
    log_info ("%s is enrolled; give them what was written to stdout, they"
              " run 'postern join FILE'", opt->user);
  candidate_release (&cand);
  return err;
}


int
enroll_verb (int argc, char **argv)
{
  gpg_error_t err;
  struct enroll opt = { .dir = POSTERN_SYSCONFDIR };
  roster_t roster;
  char *message;
  int rc;

  if (batch_is_asked (argc, argv))
    return batch_enroll (argc, argv);
  rc = parse_options (&opt, argc, argv);
  if (rc >= 0)
    return rc;
  err = roster_open (opt.dir, &roster, &message);
  if (err)
    {
      log_error ("enroll %s: %s", opt.user,
                 message ? message : gpg_strerror (err));
      gpgrt_free (message);
      return log_exit_code (err);
    }
  err = opt.update ? update_person (roster, opt.user, opt.key, opt.fpr)
    : run_enroll (roster, &opt);
  roster_close (roster);
  return log_exit_code (err);
}
