/* gpg-errors.c - What a failure of gpg means to a person, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "gpg-errors.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "../common/pgp/pgp.h"
#include "patience.h"
#include "date.h"


/* Whether somebody can be asked: a job of cron(8) has no terminal.  */
static bool
has_terminal (void)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd >= 0)
    close (fd);
  return fd >= 0 || getenv ("GPG_TTY") || getenv ("DISPLAY")
    || getenv ("WAYLAND_DISPLAY");
}


/* Says that gpg itself is missing; NULL: it is here.  */
static char *
explain_engine (gpg_error_t *r_err)
{
  const char *path;
  gpg_error_t err = pgp_engine_check (&path);

  if (!err)
    return NULL;
  *r_err = gpg_error (GPG_ERR_INV_ENGINE);
  return gpgrt_bsprintf ("'%s' cannot be run: %s; install GnuPG (the package"
                         " gnupg)", path, gpg_strerror (err));
}


/* Errors of asking the person or the card, which do not depend on what was to
   be done; NULL: ERR is another one.  */
static char *
explain_agent (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
      return gpgrt_bsprintf ("cancelled; nothing was done");
    case GPG_ERR_BAD_PASSPHRASE:
    case GPG_ERR_BAD_PIN:
      return gpgrt_bsprintf ("that was not the right passphrase or PIN;"
                             " nothing was done");
    case GPG_ERR_PIN_BLOCKED:
      return gpgrt_bsprintf ("the card's PIN is blocked; unblock it with"
                             " 'gpg --card-edit'");
    case GPG_ERR_ENOTTY:
    case GPG_ERR_NO_PIN_ENTRY:
    case GPG_ERR_TIMEOUT:
      if (!has_terminal ())
        return gpgrt_bsprintf ("gpg-agent could not ask anybody for a"
                               " passphrase, a PIN or a card (%s), for there"
                               " is no terminal here; unlock the key first,"
                               " where you can be asked (see gpg-agent(1)"
                               " for default-cache-ttl, gpg-preset-passphrase"
                               "(1) of jobs), or enrol a key for this job",
                               gpg_strerror (err));
      return gpgrt_bsprintf ("gpg-agent could not ask you for a passphrase, a"
                             " PIN or a card (%s); run 'export"
                             " GPG_TTY=$(tty)', and see that a pinentry is"
                             " installed", gpg_strerror (err));
    case GPG_ERR_CARD:
    case GPG_ERR_CARD_NOT_PRESENT:
    case GPG_ERR_CARD_REMOVED:
    case GPG_ERR_WRONG_CARD:
    case GPG_ERR_ENODEV:
    case GPG_ERR_NO_SCDAEMON:
      return gpgrt_bsprintf ("your key is on a card that cannot be used (%s);"
                             " insert it, and see 'gpg --card-status'",
                             gpg_strerror (err));
    case GPG_ERR_NO_AGENT:
      return gpgrt_bsprintf ("gpg-agent does not run and gpg cannot start it"
                             " (or may not, by 'no-autostart' in gpg.conf);"
                             " 'gpg-agent --daemon' starts it, or says why"
                             " not");
    default:
      return NULL;
    }
}


/* What is wrong with the key FPR itself; NULL: nothing that can be seen.  */
static char *
explain_key (const char *fpr, pgp_key_t key)
{
  char date[DATE_LEN];

  if (key->revoked)
    return gpgrt_bsprintf ("your key %s is revoked; have the administrator"
                           " enrol a new one", fpr);
  if (key->expired)
    return gpgrt_bsprintf ("your key %s expired on %s; extend it with 'gpg"
                           " --quick-set-expire %s 1y', and give the"
                           " administrator what 'gpg --export %s' writes",
                           fpr, date_text (key->expires, date), fpr, fpr);
  if (key->created > (uint64_t)time (NULL))
    return gpgrt_bsprintf ("your clock is behind: your key %s was created on"
                           " %s; correct the clock", fpr,
                           date_text (key->created, date));
  if (!key->can_sign)
    return gpgrt_bsprintf ("no part of your key %s may sign now: it expired"
                           " or was revoked; see 'gpg -K %s'", fpr, fpr);
  if (!key->secret)
    return gpgrt_bsprintf ("the secret part of your key %s is not here;"
                           " import it, or insert the card that it is on and"
                           " run 'gpg --card-status'", fpr);
  return NULL;
}


static char *
look_at_key (const char *fpr, gpg_error_t *r_err)
{
  pgp_t pgp = NULL;
  pgp_key_t key = NULL;
  char *text = explain_engine (r_err);
  gpg_error_t err;

  if (text)
    return text;
  *r_err = gpg_error (GPG_ERR_NO_SECKEY);
  err = patience_pgp (&pgp);
  if (!err)
    err = pgp_key_find (pgp, fpr, false, &key);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    text = gpgrt_bsprintf ("your key %s is not in this keyring; is GNUPGHOME"
                           " the one that you joined with?", fpr);
  else if (!err && !pgp_agent_answers (pgp))
    {
      *r_err = gpg_error (GPG_ERR_NO_AGENT);
      text = explain_agent (*r_err);
    }
  else if (!err)
    text = explain_key (fpr, key);
  pgp_key_release (key);
  pgp_release (pgp);
  return text;
}


gpg_error_t
gpg_errors_signing (gpg_error_t err, const char *signer, char **r_message)
{
  gpg_error_t better;

  *r_message = explain_engine (&err);
  if (!*r_message)
    *r_message = explain_agent (err);
  if (*r_message)
    return err;
  if (gpg_err_code (err) == GPG_ERR_UNUSABLE_PUBKEY)
    {
      *r_message = gpgrt_bsprintf ("a server's key cannot be encrypted to;"
                                   " see 'postern hosts', and ask for a fresh"
                                   " invite");
      return err;
    }
  *r_message = look_at_key (signer, &better);
  if (*r_message)
    return better;
  *r_message = gpgrt_bsprintf ("sign with %s: %s; see 'gpg -K %s'", signer,
                               gpg_strerror (err), signer);
  return err;
}


/* Why there was no secret key.  gpg starts an agent when it looks for secret
   keys, but not in a keyring that is empty.  */
static char *
look_at_keyring (gpg_error_t *r_err)
{
  pgp_t pgp = NULL;
  pgp_key_t *list = NULL;
  char *text = NULL;

  if (patience_pgp (&pgp) || pgp_key_list (pgp, false, &list))
    list = NULL;
  if (list && !*list)
    text = gpgrt_bsprintf ("the keyring in '%s' is empty; is GNUPGHOME the"
                           " one that your key is in?", pgp_home (pgp));
  pgp_list_release (list);
  list = NULL;
  if (!text && (!pgp || pgp_key_list (pgp, true, &list)
                || !pgp_agent_answers (pgp)))
    *r_err = gpg_error (GPG_ERR_NO_AGENT);
  pgp_list_release (list);
  pgp_release (pgp);
  return text;
}


gpg_error_t
gpg_errors_opening (gpg_error_t err, char **r_message)
{
  *r_message = explain_engine (&err);
  if (!*r_message && gpg_err_code (err) == GPG_ERR_NO_SECKEY)
    *r_message = look_at_keyring (&err);
  if (!*r_message)
    *r_message = explain_agent (err);
  return err;
}
