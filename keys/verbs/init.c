/* init.c - postern-keys init: a host's keys, folders and configuration.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The server's primary key stays in root's own home; gpg-agent gets the
 * encryption subkey and nothing else.  Nothing that exists is overwritten,
 * and an init that fails or is interrupted leaves nothing behind
 * (init-undo.h).  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/wire/invite.h"
#include "../../common/base/log.h"
#include "../../common/pgp/pgp.h"
#include "../../server/store/continuity.h"
#include "../../server/store/machine.h"
#include "../../server/role/role.h"
#include "../roster/doors.h"
#include "../setup/folders.h"
#include "../setup/init-undo.h"
#include "../roster/server-key.h"
#include "../setup/skeleton.h"
#include "keys-verbs.h"
#include "../text.h"

#define DEADLINE_MS 120000      /* For one run of gpg.  */

struct init
{
  struct skeleton conf;
  const char *key_fpr;          /* Of --key; NULL: a new one is made.  */
  struct server_key key;
  struct init_places places;
  char *root, *agent, *muster, *decide;
};


/* Returns KIT_GO_ON, or an exit code.  */
static int
check_host_name (const struct options *opt)
{
  if (opt->n_args != 1)
    return kit_usage ("init", "one NAME is needed: the host's name");
  if (!netspec_name_valid (opt->user, strlen (opt->user)))
    return kit_usage ("init", "'%s' is not a valid host name (lower-case "
                      "letters, digits, '.', '_', '-')", opt->user);
  return KIT_GO_ON;
}


/* A configuration folder other than the default has state and runtime folders
   of its own, so that several servers on one host do not collide.  */
static gpg_error_t
settle_folders (struct init *init)
{
  struct skeleton *conf = &init->conf;
  int own = strcmp (conf->dir, POSTERN_SYSCONFDIR) != 0;

  if (!conf->state)
    conf->state = own ? gpgrt_bsprintf ("%s/state", conf->dir)
      : POSTERN_STATEDIR;
  if (!conf->runtime)
    conf->runtime = own ? gpgrt_bsprintf ("%s/run", conf->dir)
      : POSTERN_RUNDIR;
  if (!conf->state || !conf->runtime)
    return gpg_error_from_syserror ();
  init->root = gpgrt_bsprintf ("%s/root", conf->state);
  init->agent = gpgrt_bsprintf ("%s/agent", conf->state);
  init->muster = gpgrt_bsprintf ("%s/muster", conf->state);
  init->decide = gpgrt_bsprintf ("%s/decide", conf->state);
  init->places.dir = conf->dir;
  init->places.state = conf->state;
  return init->root && init->agent && init->muster && init->decide
    ? 0 : gpg_error_from_syserror ();
}


/* Check first that nothing is in the way.  */
static gpg_error_t
refuse_existing (const struct init *init)
{
  gpg_error_t err;
  char *taken;

  if (!folders_reachable (init->agent))
    {
      log_error ("init: Postern's own users cannot reach %s; choose another"
                 " folder with --state", init->conf.state);
      return gpg_error (GPG_ERR_EACCES);
    }
  err = init_undo_look (&init->places, &taken);
  if (taken)
    log_error ("init: %s exists already; nothing was changed", taken);
  gpgrt_free (taken);
  return err;
}


/* Before anything is made.  */
static gpg_error_t
look_at_given_key (struct init *init)
{
  gpg_error_t err;
  char *message;

  if (!init->key_fpr)
    return 0;
  err = server_key_look (init->key_fpr, &init->key, &message);
  log_failure (err, message, "init");
  return err;
}


static gpg_error_t
make_server_folders (const struct init *init)
{
  const struct skeleton *conf = &init->conf;
  char *users = gpgrt_bsprintf ("%s/users.d", conf->dir);
  char *doors = gpgrt_bsprintf ("%s/doors", conf->dir);
  gpg_error_t err = users && doors ? 0 : gpg_error_from_syserror ();
  struct { const char *path, *user; mode_t mode; } const folder[] =
    {
      { conf->dir, NULL, 0755 },
      { users, NULL, 0755 },
      { doors, NULL, 0700 },
      { conf->state, NULL, 0755 },
      { conf->runtime, NULL, 0755 },
      { init->root, NULL, 0700 },
      { init->agent, ROLE_USER_AGENT, 0700 },
      { init->muster, ROLE_USER_MUSTER, 0750 },
      { init->decide, ROLE_USER_DECIDE, 0700 },
    };
  size_t i;

  for (i = 0; !err && i < sizeof folder / sizeof *folder; i++)
    {
      err = folders_make (folder[i].path, folder[i].user, folder[i].mode);
      if (err)
        log_error ("init: %s: %s", folder[i].path, gpg_strerror (err));
    }
  gpgrt_free (users);
  gpgrt_free (doors);
  return err;
}


static gpg_error_t
make_server_key (struct init *init)
{
  gpg_error_t err;

  err = init->key_fpr
    ? server_key_take (&init->key, init->root, init->agent)
    : server_key_make (init->conf.host, init->root, init->agent, &init->key);
  if (err)
    log_error ("init: server key: %s", gpg_err_code (err) == GPG_ERR_CANCELED
               ? "its passphrase was not given" : gpg_strerror (err));
  else
    memcpy (init->conf.fpr, init->key.fpr, sizeof init->conf.fpr);
  init->conf.encryption_key = init->key.encrypt_packet;
  return err;
}


static gpg_error_t
make_people_home (const struct init *init)
{
  gpg_error_t err;
  pgp_t people = NULL;
  pgp_key_t *list = NULL;

  err = pgp_home_write (init->muster);
  if (!err)
    err = pgp_new (PGP_SERVER, init->muster, DEADLINE_MS, &people);
  /* Listing makes gpg create its files, which muster's user could not.  */
  if (!err)
    err = pgp_key_list (people, false, &list);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    err = 0;
  pgp_release (people);
  free (list);
  if (!err)
    err = folders_share (init->muster, ROLE_USER_MUSTER);
  if (err)
    log_error ("init: %s: %s", init->muster, gpg_strerror (err));
  return err;
}


static gpg_error_t
make_main_door (const struct init *init)
{
  gpg_error_t err = doors_make (init->conf.dir, "main", NULL);

  if (err)
    log_error ("init: the door main: %s", gpg_strerror (err));
  return err;
}


/* A missing store would mean that replays cannot be recognized.  But no request
   can have been made for a key that did not exist: a server with a new key
   begins with an empty store that is known to be complete.  */
static gpg_error_t
make_empty_store (const struct init *init)
{
  gpg_error_t err;

  err = replay_create (init->conf.state, init->conf.runtime);
  if (err)
    log_error ("init: %s: %s", init->decide, gpg_strerror (err));
  return err;
}


static void
print_next_steps (const struct init *init)
{
  const char *dir = init->conf.dir;
  bool own = strcmp (dir, POSTERN_SYSCONFDIR) != 0;
  const char *option = own ? " --config " : "", *value = own ? dir : "";
  char fpr[TEXT_FPRLEN];

  printf ("%s is ready: configuration in %s.\nserver key %s\n\n"
          "Next:\n"
          "  postern-keys enroll alice --key alice.pgp --group ops%s%s"
          " > alice.invite\n"
          "  posternd --check%s%s     # says what it would do\n"
          "  posternd --trial 5m%s%s  # takes effect; undoes itself unless\n"
          "  posternctl keep%s%s      # comes in time\n",
          init->conf.host, dir, text_fingerprint (init->conf.fpr, fpr),
          option, value, option, value, option, value, option, value);
  if (init->key.asks)
    puts ("\nEach invite is signed with this key, which will need its"
          " passphrase or card.");
}


static gpg_error_t
make_server (struct init *init)
{
  gpg_error_t err;

  err = make_server_folders (init);
  if (!err)
    err = make_server_key (init);
  if (!err)
    err = make_people_home (init);
  if (!err)
    err = make_main_door (init);
  if (!err)
    err = make_empty_store (init);
  if (!err)
    {
      err = skeleton_write (&init->conf);
      if (err)
        log_error ("init: %s: %s", init->conf.dir, gpg_strerror (err));
    }
  return err;
}


/* The mark of an unfinished init exists from before the first thing is made
   until all are.  */
static gpg_error_t
run_init (struct init *init)
{
  gpg_error_t err;
  const char *what;

  err = folders_make_users (&what);
  if (err)
    {
      log_error ("init: cannot make the system user %s; make it with"
                 " 'systemd-sysusers' or 'useradd --system'", what);
      return err;
    }
  err = folders_make (init->conf.dir, NULL, 0755);
  if (!err)
    err = init_undo_begin (&init->places);
  if (err)
    {
      log_error ("init: %s: %s", init->conf.dir, gpg_strerror (err));
      return err;
    }
  err = make_server (init);
  if (!err)
    err = init_undo_end (&init->places);
  else if (!init_undo (&init->places))
    log_info ("what had been made was deleted again");
  return err;
}


/* Without the note, a copy of this machine cannot be told from it; that is no
   reason to fail.  */
static void
note_machine (const struct init *init)
{
  gpg_error_t err = machine_note (init->conf.state);

  if (err)
    log_warn ("init: %s: cannot note which machine this is: %s",
              init->conf.state, gpg_strerror (err));
}


int
init_verb (struct options *opt)
{
  gpg_error_t err;
  struct init init = { .conf = opt->skeleton, .key_fpr = opt->key };
  int rc = check_host_name (opt);

  if (rc != KIT_GO_ON)
    return rc;
  init.conf.dir = opt->dir;
  init.conf.host = opt->user;
  if (geteuid ())
    {
      log_error ("init: only root can do this");
      return EX_NOPERM;
    }
  err = settle_folders (&init);
  if (!err)
    err = refuse_existing (&init);
  if (!err)
    err = look_at_given_key (&init);
  if (!err)
    err = run_init (&init);
  if (!err)
    {
      note_machine (&init);
      print_next_steps (&init);
    }
  free (init.key.parts);
  free (init.key.encrypt_packet);
  gpgrt_free (init.root);
  gpgrt_free (init.agent);
  gpgrt_free (init.muster);
  gpgrt_free (init.decide);
  return log_exit_code (err);
}
