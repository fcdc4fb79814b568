/* passwd-verb.c - postern-keys passwd: set or delete a person's password.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It is for rules with require = 'crypt'.  The file is read for each check, so
 * no reload is needed.  The password itself is only in secret memory, and what
 * crypt works with is wiped.  */

#include "../../server/config/passwd.h"

#include <crypt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../roster/passwords.h"
#include "../roster/roster.h"
#include "../secret-line.h"
#include "keys-verbs.h"

#define KIND "$y$"              /* yescrypt.  */

/* True if NAME is a login of somebody who is not being revoked.  */
static bool
is_login_known (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (config_user_has_login (&config->user[i], name)
        && !roster_is_marked (config, config->user[i].name))
      return true;
  return false;
}


static gpg_error_t
make_hash (const char *password, char hash[PASSWD_HASHLEN + 1])
{
  static struct crypt_data data;
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  const char *made = NULL;

  mlock (&data, sizeof data);
  if (crypt_gensalt_rn (KIND, 0, NULL, 0, setting, sizeof setting))
    made = crypt_rn (password, setting, &data, (int)sizeof data);
  if (made)
    snprintf (hash, PASSWD_HASHLEN + 1, "%s", made);
  secret_wipe (&data, sizeof data);
  return made ? 0 : gpg_error_from_syserror ();
}


/* Ask for a password and keep only its hash.  */
static gpg_error_t
ask_new_hash (const struct options *p, char hash[PASSWD_HASHLEN + 1])
{
  char *password = secret_alloc (CRYPT_MAX_PASSPHRASE_SIZE);
  gpg_error_t err;

  if (!password)
    return gpg_error_from_syserror ();
  if (p->fd < 0)
    err = secret_line_ask (p->user, password, CRYPT_MAX_PASSPHRASE_SIZE);
  else
    err = secret_line_read (p->fd, password, CRYPT_MAX_PASSPHRASE_SIZE);
  if (!err)
    err = make_hash (password, hash);
  secret_release (password);
  return err;
}


static const char *
explain_passwd (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_UNKNOWN_NAME:
      return "this is nobody's name or login";
    case GPG_ERR_ENOTTY:
      return "there is no terminal to ask on; give it with --fd N";
    case GPG_ERR_NOT_CONFIRMED:
      return "the two passwords differ; nothing was changed";
    case GPG_ERR_NO_DATA:
      return "the password is empty; nothing was changed";
    case GPG_ERR_TOO_LARGE:
      return "it is longer than 511 bytes; nothing was changed";
    case GPG_ERR_INV_VALUE:
      return "it contains a NUL; nothing was changed";
    case GPG_ERR_EBUSY:
      return "another postern-keys is writing the passwords; try again";
    case GPG_ERR_NOT_FOUND:
      return "there is no password for this name";
    default:
      return gpg_strerror (err);
    }
}


/* The rest of the file may still be wrong, and then posternd would not
   start.  */
static void
warn_of_rest (const char *dir)
{
  char *message = NULL;

  if (passwd_check (dir, &message))
    log_warn ("%s", message ? message : "the file cannot be checked");
  free (message);
}


/* With the roster locked.  A revocation does not need the lock: what we wrote
   for somebody before we could see that they are being revoked is deleted
   again.  */
static gpg_error_t
set_locked (const struct options *p, config_t config, const char *hash,
            char **r_message)
{
  gpg_error_t err;

  if (!is_login_known (config, p->user))
    return gpg_error (GPG_ERR_UNKNOWN_NAME);
  err = passwords_change (p->dir, p->user, hash);
  if (err || is_login_known (config, p->user))
    return err;
  passwords_change (p->dir, p->user, NULL);
  *r_message = gpgrt_bsprintf ("they were revoked meanwhile; the password"
                               " was not set");
  return gpg_error (GPG_ERR_EBUSY);
}


static gpg_error_t
change_locked (const struct options *p, const char *hash, char **r_message)
{
  roster_t roster;
  gpg_error_t err;

  err = roster_open (p->dir, &roster, r_message);
  if (!err)
    err = hash ? set_locked (p, roster_config (roster), hash, r_message)
      : passwords_change (p->dir, p->user, NULL);
  roster_close (roster);
  return err;
}


/* Before anybody is asked.  A login with a colon cannot be in the file.  */
static gpg_error_t
check_login_name (const struct options *p, char **r_message)
{
  gpg_error_t err;
  config_t config;

  err = config_load (p->dir, &config, r_message);
  if (!err && (!is_login_known (config, p->user) || strchr (p->user, ':')))
    err = gpg_error (GPG_ERR_UNKNOWN_NAME);
  config_release (config);
  return err;
}


static gpg_error_t
change_password (const struct options *p, char **r_message)
{
  char hash[PASSWD_HASHLEN + 1];
  gpg_error_t err;

  *r_message = NULL;
  if (p->delete)
    return change_locked (p, NULL, r_message);
  err = check_login_name (p, r_message);
  if (!err)
    err = ask_new_hash (p, hash);
  if (!err)
    err = change_locked (p, hash, r_message);
  secret_wipe (hash, sizeof hash);
  return err;
}


int
passwd_verb (struct options *p)
{
  gpg_error_t err;
  char *message;

  if (p->delete && p->fd >= 0)
    return kit_usage ("passwd", "--delete takes no password");
  err = change_password (p, &message);
  if (err)
    log_error ("passwd %s: %s", p->user,
               message ? message : explain_passwd (err));
  else
    {
      fprintf (stderr, p->delete ? "The password of %s is deleted.\n"
               : "The password of %s is set.\n", p->user);
      warn_of_rest (p->dir);
    }
  gpgrt_free (message);
  return log_exit_code (err);
}
