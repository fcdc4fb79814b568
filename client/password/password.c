/* password.c - The password that goes along with a request.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "password.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/secret.h"
#include "password-line.h"
#include "pinentry.h"

#define COMMAND_SECONDS 120     /* It may ask a person.  */


/* What the profile knows is about the rule that opens.  */
bool
password_wanted (const struct options *options,
                 const struct profile_host *host, bool opens)
{
  switch (options->password)
    {
    case PASSWORD_FD:
    case PASSWORD_ASK:
      return true;
    case PASSWORD_NONE:
      return false;
    default:
      return opens && *host->credential;
    }
}


const char *
password_kind (const char *credential)
{
  if (!strcmp (credential, "shadow"))
    return "system password";
  if (!strcmp (credential, "ldap"))
    return "directory (LDAP) password";
  return strcmp (credential, "crypt") ? "password" : "Postern password";
}


static gpg_error_t
from_fd (int fd, char *buf, size_t *r_len, char **r_message)
{
  gpg_error_t err;
  int flags = fcntl (fd, F_GETFD);

  if (flags >= 0 && isatty (fd))
    {
      *r_message = gpgrt_bsprintf ("--password-fd %d is a terminal, which"
                                   " would show the password; use"
                                   " --ask-password", fd);
      return gpg_error (GPG_ERR_INV_ARG);
    }
  /* No program that we start gets it.  */
  if (flags >= 0 && fd > STDERR_FILENO)
    fcntl (fd, F_SETFD, flags | FD_CLOEXEC);
  err = password_line_read (fd, buf, CREDENTIAL_MAX_PASSWORD, r_len);
  if (err && gpg_err_code (err) != GPG_ERR_TOO_LARGE)
    *r_message = gpgrt_bsprintf ("--password-fd %d: %s", fd,
                                 gpg_err_code (err) == GPG_ERR_NO_DATA
                                 ? "nothing to read"
                                 : gpg_strerror (err));
  return err;
}


static gpg_error_t
from_command (const struct profile_host *host, char *buf, size_t *r_len,
              char **r_message)
{
  /* Each argument has a byte at least, its NUL.  */
  char copy[PROFILE_MAX_COMMAND], *argv[PROFILE_MAX_COMMAND + 1];
  size_t at, n = 0;

  memcpy (copy, host->settings.command, sizeof copy);
  for (at = 0; at < host->settings.command_len; at += strlen (copy + at) + 1)
    argv[n++] = copy + at;
  argv[n] = NULL;
  return password_line_run (argv, COMMAND_SECONDS, buf,
                            CREDENTIAL_MAX_PASSWORD, r_len, r_message);
}


static gpg_error_t
from_pinentry (const struct profile_host *host, const char *user, char *buf,
               size_t *r_len, char **r_message)
{
  char *title, *desc;
  gpg_error_t err;

  title = gpgrt_bsprintf ("postern: %s", host->name);
  desc = gpgrt_bsprintf ("The host %s asks for the %s%s%s.\nIt is sent there"
                         " only, sealed to key\n%s.", host->name,
                         password_kind (host->credential), *user ? " of " : "",
                         user, host->server);
  if (!title || !desc)
    err = gpg_error_from_syserror ();
  else
    err = pinentry_ask (title, desc, "Password:", buf,
                        CREDENTIAL_MAX_PASSWORD, r_len, r_message);
  gpgrt_free (title);
  gpgrt_free (desc);
  return err;
}


static gpg_error_t
read_password (const struct options *options,
               const struct profile_host *host, const char *user, char *buf,
               size_t *r_len, char **r_message)
{
  if (options->password == PASSWORD_FD)
    return from_fd (options->password_fd, buf, r_len, r_message);
  if (options->password != PASSWORD_ASK && host->settings.command_len)
    return from_command (host, buf, r_len, r_message);
  return from_pinentry (host, user ? user : host->user, buf, r_len,
                        r_message);
}


static char *
explain_no_password (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_DATA:
      return gpgrt_bsprintf ("the password is empty; nothing was sent");
    case GPG_ERR_TOO_LARGE:
      return gpgrt_bsprintf ("the password is longer than %d bytes; nothing"
                             " was sent", CREDENTIAL_MAX_PASSWORD);
    case GPG_ERR_INV_VALUE:
      return gpgrt_bsprintf ("the password has a NUL in it; nothing was"
                             " sent");
    default:
      return gpgrt_bsprintf ("password: %s", gpg_strerror (err));
    }
}


gpg_error_t
password_get (const struct options *options, const struct profile_host *host,
              const char *user, credential_t *r_credential,
              char **r_message)
{
  credential_t credential = NULL;
  gpg_error_t err;
  char *buf = NULL;
  size_t len;

  *r_credential = NULL;
  *r_message = NULL;
  buf = secret_alloc (CREDENTIAL_MAX_PASSWORD);
  err = buf ? credential_new (&credential) : gpg_error_from_syserror ();
  if (!err)
    err = read_password (options, host, user, buf, &len, r_message);
  if (!err)
    err = credential_set_password (credential, buf, len);
  secret_release (buf);
  if (!err)
    {
      *r_credential = credential;
      return 0;
    }
  credential_release (credential);
  if (!*r_message)
    *r_message = explain_no_password (err);
  return err;
}
