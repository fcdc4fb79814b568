/* revoke.c - postern-keys revoke: a person comes no more.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It waits for nobody: another postern-keys may have the roster's lock.  A
 * mark keeps that one from changing anything about the person.  Then the key
 * goes, which verify honours with the next packet, then what is open and the
 * passwords, the person's file, and the mark last: as long as the file or
 * the mark is there the same command does what was left undone.  Each step
 * is taken whatever came of the one before.  */

#include <getopt.h>
#include <string.h>
#include <sysexits.h>
#include "../common/encode.h"
#include "../common/file.h"
#include "../common/log.h"
#include "passwords.h"
#include "roster.h"
#include "verbs.h"

#define MAX_WHY 160             /* Bytes that the audit takes.  */

struct revoke
{
  const char *dir;
  const char *user;
  const char *why;
};


/* -1: go on; else the exit code.  */
static int
parse_options (struct revoke *opt, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "why", required_argument, NULL, 'w' },
      { "config", required_argument, NULL, 'c' },
      { "help", no_argument, NULL, 'h' },
      { NULL, 0, NULL, 0 }
    };
  int c;

  while ((c = getopt_long (argc, argv, "h", options, NULL)) != -1)
    switch (c)
      {
      case 'w': opt->why = optarg; break;
      case 'c': opt->dir = optarg; break;
      case 'h': return verb_help ("revoke");
      default: return verb_bad_option ("revoke", argv);
      }
  if (argc - optind != 1)
    return verb_usage ("revoke", "one USER is needed");
  opt->user = argv[optind];
  if (opt->why && (!*opt->why || strlen (opt->why) > MAX_WHY
                   || strchr (opt->why, '\n')
                   || !encode_is_clean (opt->why, strlen (opt->why))))
    return verb_usage ("revoke", "--why takes one line of 1 to %d bytes",
                       MAX_WHY);
  return -1;
}


static gpg_error_t
close_open (roster_t roster, const struct revoke *opt, const char *fpr)
{
  gpg_error_t err;
  unsigned int closed;
  char *message;

  err = roster_end (roster, opt->user, fpr, opt->why, &closed, &message);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    {
      log_info ("no posternd runs; what %s has open ends by itself, or when"
                " posternd starts", opt->user);
      err = 0;
    }
  else if (err)
    log_error ("revoke %s: %s", opt->user, message);
  else
    log_info ("%u grant%s of %s ended", closed, closed == 1 ? "" : "s",
              opt->user);
  gpgrt_free (message);
  return err;
}


static gpg_error_t
reload (roster_t roster, const char *user)
{
  gpg_error_t err;
  char *message;

  err = roster_reload (roster, &message);
  if (err)
    log_error ("revoke %s: %s; until it does, their requests are refused"
               " for their key", user, message);
  gpgrt_free (message);
  return err;
}


static gpg_error_t
drop_key (roster_t roster, const struct config_user *user)
{
  gpg_error_t err = roster_drop_key (roster, user->fpr);

  if (err)
    log_error ("revoke %s: the key cannot be taken out of the roster's home:"
               " %s", user->name, gpg_strerror (err));
  return err;
}


static gpg_error_t
drop_passwords (config_t config, const struct config_user *user)
{
  gpg_error_t err = passwords_forget (config, user);

  if (err)
    log_error ("revoke %s: the password cannot be taken out: %s", user->name,
               gpg_strerror (err));
  return err;
}


static gpg_error_t
drop_file (const char *user, const char *path)
{
  gpg_error_t err = file_remove (path);

  if (err)
    log_error ("revoke %s: %s: %s", user, path, gpg_strerror (err));
  return err;
}


static gpg_error_t
mark (roster_t roster, const char *user)
{
  gpg_error_t err = roster_mark (roster, user);

  if (err)
    log_error ("revoke %s: the revocation cannot be noted: %s", user,
               gpg_strerror (err));
  return err;
}


/* The person's file is gone.  */
static gpg_error_t
finish (roster_t roster, const char *user)
{
  gpg_error_t err = reload (roster, user);

  if (!err)
    err = roster_unmark (roster, user);
  return err;
}


static void
note_first (gpg_error_t *r_first, gpg_error_t err)
{
  if (!*r_first)
    *r_first = err;
}


/* Returns the first error.  */
static gpg_error_t
revoke_person (roster_t roster, const struct revoke *opt, const char *path)
{
  config_t config = roster_config (roster);
  const struct config_user *user = config_user_by_name (config, opt->user);
  gpg_error_t first = 0;

  note_first (&first, mark (roster, opt->user));
  note_first (&first, drop_key (roster, user));
  note_first (&first, close_open (roster, opt, user->fpr));
  note_first (&first, drop_passwords (config, user));
  note_first (&first, drop_file (opt->user, path));
  note_first (&first, finish (roster, opt->user));
  return first;
}


int
revoke_verb (int argc, char **argv)
{
  gpg_error_t err;
  struct revoke opt = { .dir = POSTERN_SYSCONFDIR };
  roster_t roster;
  char *message, *path = NULL;
  int rc;

  rc = parse_options (&opt, argc, argv);
  if (rc >= 0)
    return rc;
  err = roster_look (opt.dir, &roster, &message);
  if (!err && !config_user_by_name (roster_config (roster), opt.user)
      && roster_is_marked (roster_config (roster), opt.user))
    {
      err = finish (roster, opt.user);
      if (!err)
        log_info ("the revocation of %s is finished", opt.user);
      roster_close (roster);
      return log_exit_code (err);
    }
  if (!err)
    err = roster_file (roster, opt.user, &path, &message);
  if (err)
    log_error ("revoke %s: %s", opt.user,
               message ? message : gpg_strerror (err));
  else
    {
      err = revoke_person (roster, &opt, path);
      if (!err)
        log_info ("%s is revoked; what they did stays in the audit",
                  opt.user);
    }
  gpgrt_free (message);
  gpgrt_free (path);
  roster_close (roster);
  return log_exit_code (err);
}
