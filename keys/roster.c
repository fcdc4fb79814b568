/* roster.c - Who is who: the people of a server and their invites.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "roster-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "../common/console.h"
#include "../server/role.h"
#include "folders.h"

#define DEADLINE 60000          /* Milliseconds for one run of gpg.  */


static gpg_error_t
lock_roster (roster_t roster)
{
  char *path = gpgrt_bsprintf ("%s/users.d/.lock", roster->config->dir);
  gpg_error_t err = 0;

  if (!path)
    return gpg_error_from_syserror ();
  roster->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (roster->lock < 0)
    err = gpg_error_from_syserror ();
  while (!err && flock (roster->lock, LOCK_EX))
    if (errno != EINTR)
      err = gpg_error_from_syserror ();
  gpgrt_free (path);
  return err;
}


gpg_error_t
roster_open (const char *dir, roster_t *r_roster, char **r_message)
{
  gpg_error_t err;
  roster_t roster;

  *r_roster = NULL;
  *r_message = NULL;
  roster = calloc (1, sizeof *roster);
  if (!roster)
    return gpg_error_from_syserror ();
  roster->lock = -1;
  err = config_load (dir, &roster->config, r_message);
  if (err)
    goto leave;
  err = lock_roster (roster);
  if (err)
    goto leave;
  /* What was read before the lock may have changed since.  */
  config_release (roster->config);
  roster->config = NULL;
  err = config_load (dir, &roster->config, r_message);
  if (err)
    goto leave;
  roster->root = config_state_path (roster->config, "root");
  roster->verify = config_state_path (roster->config, "verify");
  if (!roster->root || !roster->verify)
    {
      err = gpg_error_from_syserror ();
      goto leave;
    }
  err = pgp_new (PGP_SERVER, roster->verify, DEADLINE, &roster->people);
  if (!err)
    err = pgp_new (PGP_PERSON, roster->root, 0, &roster->server);

 leave:
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s", dir, gpg_strerror (err));
  if (err)
    roster_close (roster);
  else
    *r_roster = roster;
  return err;
}


void
roster_close (roster_t roster)
{
  if (!roster)
    return;
  /* Signing has started one on the server's primary key.  */
  if (roster->root)
    folders_end_agent (roster->root);
  pgp_release (roster->people);
  pgp_release (roster->server);
  pgp_release (roster->own);
  config_release (roster->config);
  free (roster->root);
  free (roster->verify);
  free (roster->by_key);
  free (roster->server_key);
  if (roster->lock >= 0)
    close (roster->lock);
  free (roster);
}


config_t
roster_config (roster_t roster)
{
  return roster->config;
}


pgp_t
roster_people (roster_t roster)
{
  return roster->people;
}


const char *
roster_objection (roster_t roster, const char *name, pgp_key_t key)
{
  const struct config_user *user;

  if (key->revoked)
    return "the key is revoked";
  if (key->expired)
    return "the key has expired";
  if (key->weak)
    return "the key is weak (RSA under 2048 bits, or DSA)";
  if (key->disabled || key->invalid)
    return "the key is not valid";
  if (!key->can_sign)
    return "the key cannot sign";
  if (!key->can_encrypt)
    return "the key cannot encrypt, which the invite needs";
  user = config_user_by_fpr (roster->config, key->fpr);
  if (user && strcmp (user->name, name))
    return "the key is somebody else's already";
  if (!strcmp (key->fpr, roster->config->server_fpr))
    return "the key is this server's own";
  return NULL;
}


gpg_error_t
roster_check (roster_t roster, char **r_message)
{
  gpg_error_t err;
  config_t config;

  err = config_load (roster->config->dir, &config, r_message);
  config_release (config);
  return err;
}


gpg_error_t
roster_add_key (roster_t roster, const void *data, size_t len)
{
  gpg_error_t err;

  err = pgp_key_import (roster->people, data, len);
  if (!err)
    err = folders_share (roster->verify, ROLE_USER_VERIFY);
  return err;
}


gpg_error_t
roster_reload (roster_t roster, char **r_message)
{
  gpg_error_t err;
  console_t console;
  const char *why = NULL;

  *r_message = NULL;
  err = console_open (roster->config->runtime, &console);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    return 0;
  if (!err)
    err = console_reload (&console, &why);
  if (err)
    *r_message = gpgrt_bsprintf ("the running posternd did not reload: %s",
                                 why ? why : gpg_strerror (err));
  console_close (console);
  return err;
}
