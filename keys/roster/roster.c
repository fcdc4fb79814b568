/* roster.c - Opening, locking and closing the roster.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An open roster is the configuration with GnuPG homes around it: root's,
 * whose gpg holds the server's key and must never read what a stranger made,
 * and that of the people, which only a confined gpg reads.  */

#include "roster-parts.h"

#include <stdlib.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../../server/store/machine.h"
#include "../../server/role/places.h"
#include "../../server/role/role.h"
#include "../setup/folders.h"
#include "lock.h"

#define DEADLINE_MS 60000       /* For one run of gpg.  */


/* Another postern-keys may take its time.  Where we would wait for ever, try
   without waiting first, so as to say what we wait for.  */
static gpg_error_t
lock_roster (roster_t roster, int wait_ms)
{
  char *path = gpgrt_bsprintf ("%s/users.d/.lock", roster->config->dir);
  gpg_error_t err;

  if (!path)
    return gpg_error_from_syserror ();
  err = lock_take (path, wait_ms == LOCK_FOR_EVER ? 0 : wait_ms,
                   &roster->lock);
  if (gpg_err_code (err) == GPG_ERR_EBUSY && wait_ms == LOCK_FOR_EVER)
    {
      log_info ("another postern-keys is at work; waiting for it");
      err = lock_take (path, wait_ms, &roster->lock);
    }
  gpgrt_free (path);
  return err;
}


gpg_error_t
roster_read_again (roster_t roster, char **r_message)
{
  config_t config;
  gpg_error_t err = config_load (roster->config->dir, &config, r_message);

  if (err)
    return err;                 /* The old one stays.  */
  config_release (roster->config);
  roster->config = config;
  roster_forget_sharing (roster);
  return 0;
}


/* What was read before the lock may have changed since.  */
gpg_error_t
roster_try_lock (roster_t roster, int wait_ms, char **r_message)
{
  gpg_error_t err;

  *r_message = NULL;
  err = lock_roster (roster, wait_ms);
  return err ? err : roster_read_again (roster, r_message);
}


gpg_error_t
roster_lock (roster_t roster, char **r_message)
{
  gpg_error_t err = roster_try_lock (roster, LOCK_FOR_EVER, r_message);

  if (!err)
    roster_clear_marks (roster);
  return err;
}


/* Who only looks gets a copy of the people's home: gpg can read that
   whoever owns the files of the home itself, and changes nothing there.  */
static gpg_error_t
open_copy (roster_t roster)
{
  gpg_error_t err;

  err = scratch_open (&roster->copy);
  if (!err)
    err = scratch_borrow (&roster->copy, roster->muster);
  if (!err)
    {
      roster->people = roster->copy.pgp;
      roster->copy.pgp = NULL;
    }
  return err;
}


/* gpg reads the home as the user of muster.  */
static gpg_error_t
open_people (roster_t roster)
{
  gpg_error_t err;

  err = folders_make (roster->muster, ROLE_USER_MUSTER, 02750);
  if (!err)
    err = folders_share (roster->muster, ROLE_USER_MUSTER);
  if (!err)
    err = pgp_new (PGP_SERVER, roster->muster, DEADLINE_MS, &roster->people);
  return err ? err : pgp_confine (roster->people);
}


static gpg_error_t
open_roster_homes (roster_t roster, bool look)
{
  gpg_error_t err;

  roster->muster = config_state_path (roster->config, "muster");
  roster->root = config_state_path (roster->config, "root");
  if (!roster->muster || !roster->root)
    return gpg_error_from_syserror ();
  if (look)
    return open_copy (roster);
  machine_note (roster->config->state); /* A state of before had no note.  */
  err = open_people (roster);
  return err ? err : pgp_new (PGP_PERSON, roster->root, 0, &roster->server);
}


static char *
explain_roster_home (const char *home)
{
  char *why = pgp_home_objection (home);
  char *text = why ? gpgrt_bsprintf ("%s: %s", home, why) : NULL;

  gpgrt_free (why);
  return text;
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
  roster->mark = -1;
  err = config_load (dir, &roster->config, r_message);
  if (gpg_err_code (err) == GPG_ERR_INV_VALUE)
    err = gpg_error (GPG_ERR_CONFIGURATION);
  if (!err && (*r_message = places_old_folder (roster->config)))
    err = gpg_error (GPG_ERR_CONFIGURATION);
  if (!err && lock)
    err = roster_try_lock (roster, LOCK_FOR_EVER, r_message);
  if (!err)
    err = open_roster_homes (roster, look);
  if (!err && lock)
    roster_clear_marks (roster);        /* Needs the homes.  */
  if (gpg_err_code (err) == GPG_ERR_CONFLICT && !*r_message)
    *r_message = explain_roster_home (roster->muster);
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
roster_look (const char *dir, roster_t *r_roster, char **r_message)
{
  return open_roster (dir, true, false, r_roster, r_message);
}


void
roster_close (roster_t roster)
{
  if (!roster)
    return;
  /* Signing has started an agent for the server's primary key.  Without the
     lock it may serve another postern-keys.  */
  if (roster->server && roster->lock >= 0)
    folders_end_agent (roster->root);
  console_close (roster->barring);
  pgp_release (roster->people);
  scratch_close (&roster->copy);
  pgp_release (roster->server);
  pgp_release (roster->own);
  roster_forget_sharing (roster);
  config_release (roster->config);
  free (roster->root);
  free (roster->muster);
  free (roster->by_key);
  free (roster->server_key);
  if (roster->lock >= 0)
    close (roster->lock);
  if (roster->mark >= 0)
    close (roster->mark);
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


gpg_error_t
roster_check (roster_t roster, char **r_message)
{
  gpg_error_t err;
  config_t config;

  err = config_load (roster->config->dir, &config, r_message);
  config_release (config);
  return err;
}
