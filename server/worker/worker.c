/* worker.c - What unseal and verify share: a loop around one gpg home.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg is a large program that parses what anybody with a door key sends.  It
 * runs within limits, as a user that owns nothing but (for unseal) its home,
 * and can reach neither the network nor any file but that home and the
 * system's programs.  */

#include "worker.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../../common/base/log.h"
#include "../role/confine.h"

void
worker_note (struct worker *worker, gpg_error_t err)
{
  if (err && !worker->trouble)
    worker->trouble = err;
}

void
worker_refuse (struct worker *worker, uint64_t id,
               const struct packet_origin *origin, const char *fpr,
               enum refusal refusal)
{
  struct packet_refused refused = { .origin = *origin,
                                    .refusal = (uint16_t)refusal };

  if (fpr && strlen (fpr) < sizeof refused.fpr)
    memcpy (refused.fpr, fpr, strlen (fpr));
  worker_note (worker, packet_send_refused (ROLE_FD_DOWNSTREAM, id, &refused));
}

void
worker_failed (struct worker *worker, gpg_error_t err)
{
  if (gpg_err_code (err) == worker->last_failure)
    return;
  worker->last_failure = gpg_err_code (err);
  log_error ("gpg does not work: %s", gpg_strerror (err));
}

void
worker_worked (struct worker *worker)
{
  if (worker->last_failure)
    log_info ("gpg works again");
  worker->last_failure = 0;
}

gpg_error_t
worker_pass_refused (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct packet_refused refused;
  gpg_error_t err = packet_read_refused (msg, &refused);

  *refused.fpr = 0;             /* An earlier role cannot know who signed.  */
  if (!err)
    worker_note (worker, packet_send_refused (ROLE_FD_DOWNSTREAM, msg->id,
                                              &refused));
  return err;
}

gpg_error_t
worker_pass_counts (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct packet_counts counts;
  gpg_error_t err = packet_read_counts (msg, &counts);

  if (!err)
    worker_note (worker, packet_send_counts (ROLE_FD_DOWNSTREAM, msg->id,
                                             &counts));
  return err;
}


/* Only the home and what gpg needs to run can be reached; not /etc/gnupg,
   which could make it use a keyboxd.  */
static gpg_error_t
confine_to_gpg_home (struct worker *worker, const char *home)
{
  static const char *const system[] =
    { "/usr", "/bin", "/lib", "/lib32", "/lib64", "/proc", "/dev/urandom",
      "/dev/random", "/etc/ld.so.cache", "/etc/ld.so.preload",
      "/etc/gcrypt", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
      "/etc/localtime", NULL };
  const char *write[] = { "/dev/null", home };
  const char *read[sizeof system / sizeof *system];
  size_t n = sizeof system / sizeof *system - 1;
  gpg_error_t err;

  memcpy (read, system, sizeof system);
  if (!worker->writes)
    read[n++] = home;
  err = confine_folders (write, worker->writes? 2 : 1, read, n);
  if (gpg_err_code (err) != GPG_ERR_NOT_SUPPORTED)
    return err;
  log_warn ("this kernel has no Landlock: gpg could read what its user may");
  return 0;
}

/* gpg needs to reach nobody but its agent, by a socket in the file system.  */
static gpg_error_t
leave_network (void)
{
  gpg_error_t err = confine_network ();

  if (gpg_err_code (err) != GPG_ERR_EPERM)
    return err;
  log_warn ("no network namespace can be made here: gpg could talk to"
            " others");
  return 0;
}

/* The agent's socket is in the home.  If the user has ever logged in, for
   example by su, gpg would look for it below /run/user instead.  */
static void
hide_run_user (void)
{
  gpg_error_t err = confine_hide ("/run/user");

  if (err)
    log_debug ("/run/user cannot be hidden from gpg: %s", gpg_strerror (err));
}

static gpg_error_t
confine_worker (struct worker *worker, const char *home)
{
  /* These count the processes of all workers of a user, and its agent.  */
  static const struct confine_limits limits =
    { .files = 64, .processes = 512, .file_size = 1 << 20,
      .memory = 512 << 20 };
  gpg_error_t err;

  umask (077);
  err = confine_limits (&limits);
  if (!err)
    err = leave_network ();
  if (!err)
    hide_run_user ();
  if (!err)
    err = confine_user (worker->user, 0);
  if (!err)
    err = confine_to_gpg_home (worker, home);
  if (!err && prctl (PR_SET_DUMPABLE, 0))
    err = gpg_error_from_syserror ();
  return err;
}

static gpg_error_t
open_home (struct worker *worker, const char *home)
{
  gpg_error_t err;

  err = pgp_init ();
  if (!err)
    err = pgp_home_check (home);
  if (!err)
    err = pgp_new (PGP_SERVER, home, WORKER_DEADLINE, &worker->pgp);
  return err;
}

static gpg_error_t
set_up_worker (struct worker *worker)
{
  gpg_error_t err;
  char *home;

  home = config_state_path (worker->role.config, worker->home);
  if (!home)
    return gpg_error_from_syserror ();
  err = confine_worker (worker, home);
  if (err)
    log_error ("cannot become %s: %s", worker->user, gpg_strerror (err));
  else if ((err = open_home (worker, home)))
    log_error ("%s: %s; try 'posternd --check'", home, gpg_strerror (err));
  free (home);
  return err;
}


/* Wait until an answer can be sent.  */
static gpg_error_t
wait_for_room (void)
{
  struct pollfd fds[2] =
    { { ROLE_FD_PARENT, POLLIN, 0 }, { ROLE_FD_DOWNSTREAM, POLLOUT, 0 } };

  if (role_wait (fds, 2, -1) < 0)
    return gpg_error_from_syserror ();
  return fds[0].revents? role_hear_parent () : 0;
}

/* Wait for one message, from either side, and handle it.  */
static gpg_error_t
take_worker_message (struct worker *worker)
{
  struct pollfd fds[3] =
    { { ROLE_FD_PARENT, POLLIN, 0 }, { ROLE_FD_UPSTREAM, POLLIN, 0 },
      { ROLE_FD_DOWNSTREAM, POLLIN, 0 } };

  if (role_wait (fds, worker->n_behind? 3 : 2, -1) < 0)
    return gpg_error_from_syserror ();
  if (fds[0].revents)
    return role_hear_parent ();
  if (fds[2].revents)
    return packet_dispatch (ROLE_FD_DOWNSTREAM, worker->asker, worker->behind,
                            worker->n_behind, worker);
  return packet_dispatch (ROLE_FD_UPSTREAM, worker->from, worker->table,
                          worker->n_table, worker);
}

/* Not if gpg hangs: that would delay the next message as well.  */
static void
look_ahead (struct worker *worker)
{
  if (worker->look_ahead && !worker->last_failure)
    worker->look_ahead (worker);
}

static gpg_error_t
serve_message (struct worker *worker)
{
  gpg_error_t err;

  err = wait_for_room ();
  if (!err)
    err = take_worker_message (worker);
  if (!err)
    look_ahead (worker);
  if (gpg_err_code (err) == GPG_ERR_EAGAIN
      || gpg_err_code (err) == GPG_ERR_EINTR)
    err = 0;                    /* Another worker took it, or a signal.  */
  return err? err : worker->trouble;
}

int
worker_main (struct worker *worker, int argc, char **argv)
{
  int code = ROLE_EXIT_AGAIN;
  gpg_error_t err = 0;

  role_start (&worker->role, worker->name, argc, argv);
  if (worker->role.standalone)
    code = set_up_worker (worker)? ROLE_EXIT_AGAIN : worker->look (worker);
  else if (!set_up_worker (worker))
    {
      look_ahead (worker);
      if (!role_ready ())
        {
          while (!err && !role_stopping ())
            err = serve_message (worker);
          code = role_exit_code (err);
        }
    }
  pgp_release (worker->pgp);
  config_release (worker->role.config);
  return code;
}
