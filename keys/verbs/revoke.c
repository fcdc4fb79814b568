/* revoke.c - postern-keys revoke: a person comes no more.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It waits for nobody: another postern-keys may have the roster's lock.  A
 * mark keeps that one from changing anything about the person, or lets it
 * take out again what it wrote.  Then the key goes, which verify honours
 * with the next packet, then what is open, the passwords and the person's
 * file.  Each step is taken whatever came of the one before.
 *
 * In the end the lock is tried for a moment.  With it we take out what
 * another one wrote before it could see the mark, and the mark; without it
 * that is left to who has the lock.  As long as the person's file or the mark
 * is there the same command does what was left undone.  */

#include <string.h>
#include <sysexits.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../roster/roster.h"
#include "keys-verbs.h"

#define LOCK_WAIT 1000          /* Milliseconds.  */

static gpg_error_t
close_open (roster_t roster, const struct options *opt, const char *fpr)
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


/* Another one may have finished reading before the mark was there.  */
static gpg_error_t
mark (roster_t roster, const char *user)
{
  gpg_error_t err = roster_mark (roster, user);
  char *message = NULL;

  if (err)
    log_error ("revoke %s: the revocation cannot be noted: %s", user,
               gpg_strerror (err));
  else
    {
      err = roster_read_again (roster, &message);
      if (err)
        log_error ("revoke %s: %s", user,
                   message ? message : gpg_strerror (err));
    }
  gpgrt_free (message);
  return err;
}


static void
note_first (gpg_error_t *r_first, gpg_error_t err)
{
  if (!*r_first)
    *r_first = err;
}


/* With the lock: whoever had it before us may have written.  */
static gpg_error_t
withdraw_again (roster_t roster, const char *name)
{
  const struct config_user *user = config_user_by_name
    (roster_config (roster), name);
  gpg_error_t first = 0;

  if (user && roster_is_marked (roster_config (roster), name))
    {
      note_first (&first, roster_withdraw_key (roster, "revoke", name,
                                               user->fpr));
      note_first (&first, roster_withdraw_file (roster, "revoke", user));
    }
  return first;
}


/* True with the lock.  */
static bool
try_lock (roster_t roster, const char *name)
{
  char *message;
  gpg_error_t err = roster_try_lock (roster, LOCK_WAIT, &message);

  if (err && gpg_err_code (err) != GPG_ERR_EBUSY)
    log_error ("revoke %s: %s", name, message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return !err;
}


/* OUT is what came of taking the person out.  A posternd that is DEAF is not
   asked once more; the mark stays until it was.  */
static gpg_error_t
finish (roster_t roster, const char *name, gpg_error_t out, bool deaf)
{
  gpg_error_t err;
  bool locked = try_lock (roster, name);

  if (locked && !out)
    out = withdraw_again (roster, name);
  err = deaf ? gpg_error (GPG_ERR_TIMEOUT) : reload (roster, name);
  if (locked && !out && !err)
    err = roster_unmark (roster, name);
  else if (!locked && !err && roster_is_marked (roster_config (roster), name))
    log_info ("another postern-keys is under way and can change nothing about"
              " %s; the mark that says so stays until it has ended", name);
  return out ? out : err;
}


/* Returns the first error.  */
static gpg_error_t
revoke_person (roster_t roster, const struct options *opt)
{
  const struct config_user *user;
  gpg_error_t first, closed = 0, out = 0;

  first = mark (roster, opt->user);
  user = config_user_by_name (roster_config (roster), opt->user);
  if (user)
    {
      out = roster_withdraw_key (roster, "revoke", opt->user, user->fpr);
      closed = close_open (roster, opt, user->fpr);
      note_first (&out, roster_withdraw_file (roster, "revoke", user));
    }
  note_first (&first, out);
  note_first (&first, closed);
  note_first (&first, finish (roster, opt->user, out,
                              gpg_err_code (closed) == GPG_ERR_TIMEOUT));
  return first;
}


int
revoke_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message, *path = NULL;

  err = roster_look (opt->dir, &roster, &message);
  if (!err && !config_user_by_name (roster_config (roster), opt->user)
      && roster_is_marked (roster_config (roster), opt->user))
    {
      err = finish (roster, opt->user, 0, false);
      if (!err)
        log_info ("the revocation of %s is finished", opt->user);
      roster_close (roster);
      return log_exit_code (err);
    }
  if (!err)
    err = roster_file (roster, opt->user, &path, &message);
  if (err)
    log_error ("revoke %s: %s", opt->user,
               message ? message : gpg_strerror (err));
  else
    {
      err = revoke_person (roster, opt);
      if (!err)
        log_info ("%s is revoked; what they did stays in the audit",
                  opt->user);
    }
  gpgrt_free (message);
  gpgrt_free (path);
  roster_close (roster);
  return log_exit_code (err);
}
