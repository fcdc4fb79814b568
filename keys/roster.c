/* roster.c - Who is who: the people of a server and their invites.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "roster-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../common/file.h"
#include "../common/log.h"
#include "../server/role.h"
#include "folders.h"

#define DEADLINE 60000          /* Milliseconds for one run of gpg.  */


/* Another postern-keys may ask somebody at a terminal: say for what we
   wait.  */
static gpg_error_t
take_lock (int fd)
{
  if (!flock (fd, LOCK_EX | LOCK_NB))
    return 0;
  if (errno == EWOULDBLOCK)
    log_info ("another postern-keys is at work; waiting for it");
  while (flock (fd, LOCK_EX))
    if (errno != EINTR)
      return gpg_error_from_syserror ();
  return 0;
}


static gpg_error_t
lock_roster (roster_t roster)
{
  char *path = gpgrt_bsprintf ("%s/users.d/.lock", roster->config->dir);
  gpg_error_t err;

  if (!path)
    return gpg_error_from_syserror ();
  roster->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  err = roster->lock < 0 ? gpg_error_from_syserror ()
    : take_lock (roster->lock);
  gpgrt_free (path);
  return err;
}


/* What was read before the lock may have changed since.  */
static gpg_error_t
load_locked (roster_t roster, const char *dir, char **r_message)
{
  gpg_error_t err;

  err = lock_roster (roster);
  config_release (roster->config);
  roster->config = NULL;
  return err ? err : config_load (dir, &roster->config, r_message);
}


/* Only the home with the people's keys is needed to look.  What gpg makes
   there shall be readable by verify from the first moment on.  */
static gpg_error_t
open_homes (roster_t roster, bool look)
{
  gpg_error_t err = 0;

  roster->verify = config_state_path (roster->config, "verify");
  if (!roster->verify)
    return gpg_error_from_syserror ();
  if (!look)
    {
      roster->root = config_state_path (roster->config, "root");
      err = !roster->root ? gpg_error_from_syserror ()
        : folders_make (roster->verify, ROLE_USER_VERIFY, 02750);
    }
  if (!err)
    err = pgp_new (PGP_SERVER, roster->verify, DEADLINE, &roster->people);
  if (!err && !look)
    err = pgp_new (PGP_PERSON, roster->root, 0, &roster->server);
  return err;
}


static gpg_error_t
open_roster (const char *dir, bool look, bool lock, roster_t *r_roster,
             char **r_message)
{
  gpg_error_t err;
  roster_t roster;

  *r_roster = NULL;
  *r_message = NULL;
  if (geteuid ())
    {
      *r_message = gpgrt_bsprintf ("only root can do this");
      return gpg_error (GPG_ERR_EPERM);
    }
  roster = calloc (1, sizeof *roster);
  if (!roster)
    return gpg_error_from_syserror ();
  roster->lock = -1;
  err = config_load (dir, &roster->config, r_message);
  if (gpg_err_code (err) == GPG_ERR_INV_VALUE)
    err = gpg_error (GPG_ERR_CONFIGURATION);
  if (!err && lock)
    err = load_locked (roster, dir, r_message);
  if (!err)
    err = open_homes (roster, look);
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s", dir, gpg_strerror (err));
  if (err)
    roster_close (roster);
  else
    *r_roster = roster;
  return err;
}


gpg_error_t
roster_open (const char *dir, roster_t *r_roster, char **r_message)
{
  return open_roster (dir, false, true, r_roster, r_message);
}


gpg_error_t
roster_begin (const char *dir, roster_t *r_roster, char **r_message)
{
  return open_roster (dir, false, false, r_roster, r_message);
}


gpg_error_t
roster_lock (roster_t roster, char **r_message)
{
  char *dir = strdup (roster->config->dir);
  gpg_error_t err;

  *r_message = NULL;
  err = dir ? load_locked (roster, dir, r_message)
    : gpg_error_from_syserror ();
  free (dir);
  return err;
}


/* A mark beside the people's files.  */
static char *
mark_path (config_t config, const char *name)
{
  return gpgrt_bsprintf ("%s/users.d/.revoking-%s", config->dir, name);
}


gpg_error_t
roster_mark (roster_t roster, const char *name)
{
  char *path = mark_path (roster->config, name);
  gpg_error_t err = path ? file_write (path, "", 0, 0600, 0)
    : gpg_error_from_syserror ();

  gpgrt_free (path);
  return err;
}


bool
roster_is_marked (config_t config, const char *name)
{
  char *path = mark_path (config, name);
  bool marked = path && !access (path, F_OK);

  gpgrt_free (path);
  return marked;
}


gpg_error_t
roster_unmark (roster_t roster, const char *name)
{
  char *path = mark_path (roster->config, name);
  gpg_error_t err = path ? file_remove (path) : gpg_error_from_syserror ();

  gpgrt_free (path);
  return gpg_err_code (err) == GPG_ERR_ENOENT ? 0 : err;
}


gpg_error_t
roster_look (const char *dir, roster_t *r_roster, char **r_message)
{
  return open_roster (dir, true, false, r_roster, r_message);
}


void
roster_close (roster_t roster)
{
  if (!roster)
    return;
  /* Signing has started one on the server's primary key.  Without the lock
     it is another's.  */
  if (roster->root && roster->lock >= 0)
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


/* What is wrong with KEY itself.  */
static const char *
key_objection (pgp_key_t key)
{
  if (key->revoked)
    return "the key is revoked";
  if (key->old_revocation)
    return "the key, or a subkey of it, is revoked by a signature with"
      " SHA-1, which GnuPG does not honour";
  if (key->expired)
    return "the key has expired";
  if (key->weak)
    return "the key is weak (RSA under 2048 bits, or DSA)";
  if (key->old_digest)
    return "its own signatures are with SHA-1, which does not count any"
      " more; its owner renews them with 'gpg --edit-key', 'expire'";
  if (key->disabled || key->invalid)
    return "the key is not valid";
  if (!key->can_sign)
    return "the key cannot sign";
  if (!key->can_encrypt)
    return "the key cannot encrypt, which the invite needs";
  return NULL;
}


const char *
roster_objection (roster_t roster, const char *name, pgp_key_t key)
{
  const struct config_user *user;
  const char *objection = key_objection (key);

  if (objection)
    return objection;
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


/* gpg replaces its files: between that and folders_share the mask lets
   verify read them already.  */
gpg_error_t
roster_add_key (roster_t roster, const void *data, size_t len)
{
  gpg_error_t err;
  mode_t mask = umask (027);

  err = pgp_key_import (roster->people, data, len);
  umask (mask);
  if (!err)
    err = folders_share (roster->verify, ROLE_USER_VERIFY);
  return err;
}


gpg_error_t
roster_add_keys (roster_t roster, const void *data, size_t len)
{
  gpg_error_t err;
  mode_t mask = umask (027);

  err = pgp_keys_import (roster->people, data, len);
  umask (mask);
  return err ? err : folders_share (roster->verify, ROLE_USER_VERIFY);
}


gpg_error_t
roster_drop_key (roster_t roster, const char *fpr)
{
  gpg_error_t err;
  mode_t mask;

  mask = umask (027);
  err = pgp_key_delete (roster->people, fpr);
  umask (mask);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    return 0;
  return err ? err : folders_share (roster->verify, ROLE_USER_VERIFY);
}
