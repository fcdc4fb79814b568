/* revoke.c - postern-keys revoke: remove a person at once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A revocation waits for nobody, though another postern-keys may hold the
 * roster's lock, for hours perhaps.  First of all posternd is told to refuse
 * the person.  A mark keeps other programs from changing anything about them,
 * or makes these undo what they wrote.  Then the key is deleted, which posternd
 * notices and has muster tell verify; then the open grants are ended, and the passwords and the person's file are deleted.  Each
 * step is taken even if one before it failed.
 *
 * In the end we try for the lock for a moment.  If we get it, we delete what
 * another program wrote before it could see the mark, and then the mark;
 * if not, that is left to whoever holds the lock.  As long as the person's
 * file or the mark exists, the same command does what was left undone.  */

#include "../../common/base/log.h"
#include "../roster/roster.h"
#include "keys-verbs.h"

#define LOCK_WAIT_MS 1000

static gpg_error_t
end_grants (roster_t roster, const struct options *opt, const char *fpr)
{
  gpg_error_t err;
  unsigned int closed;
  char *message;

  err = roster_end (roster, opt->user, fpr, opt->why, &closed, &message);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    {
      log_info ("no posternd runs; the grants of %s end by themselves, or when"
                " posternd starts", opt->user);
      err = 0;
    }
  else if (!err)
    log_info ("%u grant%s of %s ended", closed, closed == 1 ? "" : "s",
              opt->user);
  return log_failure (err, message, "revoke %s", opt->user);
}


static gpg_error_t
reload_after_revoke (roster_t roster, const char *user)
{
  gpg_error_t err;
  char *message;

  err = roster_reload (roster, &message);
  if (err)
    log_error ("revoke %s: %s; until it does, their requests are refused"
               " only because their key is gone, which a posternd that is"
               " stopped does not notice", user, message);
  gpgrt_free (message);
  return err;
}


/* What we read before the mark was there may be outdated: another program may
   have just written.  */
static gpg_error_t
mark_revocation (roster_t roster, const char *user)
{
  gpg_error_t err = roster_mark (roster, user);
  char *message;

  if (err)
    return log_failure (err, NULL, "revoke %s: cannot mark the revocation",
                        user);
  err = roster_read_again (roster, &message);
  return log_failure (err, message, "revoke %s", user);
}


static void
note_first (gpg_error_t *r_first, gpg_error_t err)
{
  if (!*r_first)
    *r_first = err;
}


/* With the lock: whoever held it before us may have written since.  */
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


/* True if we have the lock now.  That another program has it is no error.  */
static bool
try_roster_lock (roster_t roster, const char *name)
{
  char *message;
  gpg_error_t err = roster_try_lock (roster, LOCK_WAIT_MS, &message);

  if (gpg_err_code (err) == GPG_ERR_EBUSY)
    gpgrt_free (message);
  else
    log_failure (err, message, "revoke %s", name);
  return !err;
}


/* OUT is the first error of removing the person.  A posternd that is DEAF,
   that did not answer before, is not asked once more; the mark stays until one
   has reloaded.  */
static gpg_error_t
finish_revocation (roster_t roster, const char *name, gpg_error_t out,
                   bool deaf)
{
  gpg_error_t err;
  bool locked = try_roster_lock (roster, name);

  if (locked && !out)
    out = withdraw_again (roster, name);
  err = deaf ? gpg_error (GPG_ERR_TIMEOUT) : reload_after_revoke (roster, name);
  if (locked && !out && !err)
    err = roster_unmark (roster, name);
  else if (!locked && !err && roster_is_marked (roster_config (roster), name))
    log_info ("another postern-keys is at work and can change nothing about"
              " %s; the mark that says so stays until it ends", name);
  return out ? out : err;
}


/* Returns the first error.  */
static gpg_error_t
revoke_person (roster_t roster, const struct options *opt)
{
  const struct config_user *user;
  gpg_error_t first, closed = 0, out = 0;
  bool deaf;

  user = config_user_by_name (roster_config (roster), opt->user);
  if (user)
    roster_bar (roster, opt->user, user->fpr);
  first = mark_revocation (roster, opt->user);
  user = config_user_by_name (roster_config (roster), opt->user);
  if (user)
    {
      out = roster_withdraw_key (roster, "revoke", opt->user, user->fpr);
      closed = end_grants (roster, opt, user->fpr);
      note_first (&out, roster_withdraw_file (roster, "revoke", user));
    }
  note_first (&first, out);
  note_first (&first, closed);
  deaf = gpg_err_code (closed) == GPG_ERR_TIMEOUT;
  note_first (&first, finish_revocation (roster, opt->user, out, deaf));
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
      err = finish_revocation (roster, opt->user, 0, false);
      if (!err)
        log_info ("the revocation of %s is finished", opt->user);
      roster_close (roster);
      return log_exit_code (err);
    }
  if (!err)
    err = roster_file (roster, opt->user, &path, &message);
  log_failure (err, message, "revoke %s", opt->user);
  if (!err)
    err = revoke_person (roster, opt);
  if (!err)
    log_info ("%s is revoked; what they did stays in the audit", opt->user);
  gpgrt_free (path);
  roster_close (roster);
  return log_exit_code (err);
}
