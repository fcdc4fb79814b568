/* enroll.c - postern-keys enroll: let a person in.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The invite is made before anything is written, and the person's file is
 * written last: whatever interrupts an enrolment, a key alone lets nobody
 * in.  */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../common/file.h"
#include "../common/log.h"
#include "ask.h"
#include "fetch.h"
#include "roster.h"
#include "verbs.h"

#define MAX_GROUPS 32

struct enroll
{
  const char *dir;
  const char *user;
  const char *key;
  const char *fpr;
  const char *door;
  const char *expires;
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
parse_options (struct enroll *opt, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "key", required_argument, NULL, 'k' },
      { "fpr", required_argument, NULL, 'f' },
      { "group", required_argument, NULL, 'g' },
      { "door", required_argument, NULL, 'd' },
      { "expires", required_argument, NULL, 'e' },
      { "config", required_argument, NULL, 'c' },
      { "help", no_argument, NULL, 'h' },
      { NULL, 0, NULL, 0 }
    };
  int c, rc;

  while ((c = getopt_long (argc, argv, "h", options, NULL)) != -1)
    switch (c)
      {
      case 'k': opt->key = optarg; break;
      case 'f': opt->fpr = optarg; break;
      case 'd': opt->door = optarg; break;
      case 'e': opt->expires = optarg; break;
      case 'c': opt->dir = optarg; break;
      case 'g':
        rc = take_group (opt, optarg);
        if (rc)
          return rc;
        break;
      case 'h': return verb_help ("enroll");
      default: return verb_usage ("enroll", "unknown or incomplete option");
      }
  if (argc - optind != 1)
    return verb_usage ("enroll", "one USER is needed");
  opt->user = argv[optind];
  if (!netspec_name_valid (opt->user, strlen (opt->user)))
    return verb_usage ("enroll", "'%s' is no name for a person (lower-case "
                       "letters, digits, '.', '_', '-')", opt->user);
  if (opt->expires && !is_plain (opt->expires))
    return verb_usage ("enroll", "--expires takes a date like 2027-01-31");
  if (opt->door && !is_plain (opt->door))
    return verb_usage ("enroll", "'%s' is no name for a door", opt->door);
  if (!opt->key)
    return verb_usage ("enroll", "--key is needed");
  if (isatty (STDOUT_FILENO))
    return verb_usage ("enroll", "the invite goes to stdout; write it to a "
                       "file with '> %s.invite'", opt->user);
  return -1;
}


static gpg_error_t
check_person (roster_t roster, const struct enroll *opt, pgp_key_t key)
{
  gpg_error_t err;
  const char *objection;

  if (config_user_by_name (roster_config (roster), opt->user))
    {
      log_error ("enroll %s: this name is enrolled already", opt->user);
      return gpg_error (GPG_ERR_EEXIST);
    }
  objection = roster_objection (roster, opt->user, key);
  if (objection)
    {
      log_error ("enroll %s: %s: %s", opt->user, key->fpr, objection);
      return gpg_error (GPG_ERR_UNUSABLE_PUBKEY);
    }
  err = ask_fingerprint (opt->user, key, opt->fpr);
  if (gpg_err_code (err) == GPG_ERR_BAD_PUBKEY)
    log_error ("enroll %s: --fpr is not the fingerprint of this key; do not"
               " use the key before you know why", opt->user);
  else if (gpg_err_code (err) == GPG_ERR_ENOTTY)
    log_error ("enroll %s: no terminal to ask on; give the fingerprint that"
               " %s told you with --fpr", opt->user, opt->user);
  else if (err)
    log_error ("enroll %s: not enrolled", opt->user);
  return err;
}


static gpg_error_t
write_person (roster_t roster, const struct enroll *opt, pgp_key_t key,
              const void *data, size_t len)
{
  gpg_error_t err;
  struct roster_entry entry = { opt->user, key->fpr, opt->group,
                                opt->door, opt->expires };
  char *message = NULL;

  err = roster_add_key (roster, data, len);
  if (!err)
    err = roster_add (roster, &entry, &message);
  if (err)
    log_error ("enroll %s: %s", opt->user,
               message ? message : gpg_strerror (err));
  free (message);
  return err;
}


/* The person as the configuration will have them, for the invite.  */
static void
as_user (const struct enroll *opt, pgp_key_t key, struct config_user *user)
{
  memset (user, 0, sizeof *user);
  user->name = (char *)opt->user;
  memcpy (user->fpr, key->fpr, sizeof user->fpr);
  user->groups.n = opt->n_groups;
  user->groups.item = (char **)opt->group;
  user->door = (char *)opt->door;
}


static gpg_error_t
enroll_person (roster_t roster, const struct enroll *opt, pgp_key_t key,
               const void *data, size_t len)
{
  gpg_error_t err;
  struct config_user user;
  unsigned char *invite = NULL;
  size_t invite_len;
  char *message = NULL;

  as_user (opt, key, &user);
  err = roster_invite (roster, &user, data, len, &invite, &invite_len);
  if (err)
    log_error ("enroll %s: invite: %s", opt->user,
               gpg_err_code (err) == GPG_ERR_NO_KEY
               ? "no such door" : gpg_strerror (err));
  if (!err)
    err = write_person (roster, opt, key, data, len);
  if (!err)
    {
      if (roster_reload (roster, &message))
        log_warn ("enroll %s: %s", opt->user, message);
      err = file_write_fd (STDOUT_FILENO, invite, invite_len);
      if (err)
        log_error ("enroll %s: invite: %s; 'postern-keys invite %s' writes"
                   " another", opt->user, gpg_strerror (err), opt->user);
    }
  gpgrt_free (message);
  free (invite);
  return err;
}


static gpg_error_t
run_enroll (roster_t roster, const struct enroll *opt)
{
  gpg_error_t err;
  unsigned char *data = NULL;
  size_t len;
  pgp_key_t key = NULL;
  char *message;

  err = fetch_key (opt->key, &data, &len, &message);
  if (message)
    log_error ("enroll %s: %s", opt->user, message);
  if (!err)
    err = pgp_key_peek (roster_people (roster), data, len, &key);
  if (err && !message)
    log_error ("enroll %s: %s: %s", opt->user, opt->key,
               gpg_err_code (err) == GPG_ERR_AMBIGUOUS_NAME
               ? "more than one key; export one alone"
               : gpg_err_code (err) == GPG_ERR_NO_PUBKEY
               ? "no OpenPGP public key in it" : gpg_strerror (err));
  if (!err)
    err = check_person (roster, opt, key);
  if (!err)
    err = enroll_person (roster, opt, key, data, len);
  if (!err)
    log_info ("%s is enrolled; give them what was written to stdout, they"
              " run 'postern join FILE'", opt->user);
  pgp_key_release (key);
  gpgrt_free (message);
  free (data);
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
  err = run_enroll (roster, &opt);
  roster_close (roster);
  return log_exit_code (err);
}
