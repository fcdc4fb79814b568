/* posternd.c - posternd: options, --check, and the main loop.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "posternd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../common/base/complete.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/netspec.h"
#include "../../common/base/options-kit.h"
#include "../../common/base/secret.h"
#include "../../common/base/ticks.h"
#include "../advise/advise.h"
#include "../role/mains.h"
#include "../role/role.h"
#include "../../common/base/wrap.h"

#define SECRET_POOL 32768       /* For the door keys that are looked at.  */

struct options
{
  const char *dir;
  bool verbose;
  bool check;
  struct check_how how;         /* With CHECK.  */
  unsigned int trial;           /* Seconds.  */
  const char *state;            /* NULL: by the configuration folder.  */
};

static volatile sig_atomic_t got_stop;
static volatile sig_atomic_t got_reload;

static void
note_signal (int signo)
{
  if (signo == SIGHUP)
    got_reload = 1;
  else if (signo != SIGCHLD)
    got_stop = 1;
}

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

/* Signals are delivered only in supervise_wait, from the very beginning: a
   SIGHUP must not end a start, and a SIGTERM must not interrupt one.  */
static void
block_signals (int how)
{
  sigset_t set;
  size_t i;

  sigemptyset (&set);
  for (i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaddset (&set, signals[i]);
  sigprocmask (how, &set, NULL);
}

static void
catch_signals (void)
{
  const struct sigaction sa = { .sa_handler = note_signal };
  size_t i;

  signal (SIGPIPE, SIG_IGN);
  for (i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaction (signals[i], &sa, NULL);
}


KIT_TAKE (trial)
{
  struct options *opt = values;

  if (netspec_duration_parse (text, &opt->trial) || !opt->trial)
    return kit_usage (verb, "--trial %s: not a duration such as 5m", text);
  return -1;
}

KIT_TAKE (version)
{
  puts ("posternd " PACKAGE_VERSION);
  return EX_OK;
}

/* A value that is stored in FIELD as it is.  */
#define PUT(field) offsetof (struct options, field), NULL

static const struct kit_option options_table[] =
  {
    { "config", 0, "DIR", "configuration folder (" POSTERN_SYSCONFDIR ")",
      0, PUT (dir) },
    { "check", 0, NULL,
      "read the configuration, say what it does and\n"
      "what looks unwise, change nothing", 0, PUT (check) },
    { "dump", 0, NULL, "with --check: show the kernel's table as well", 0,
      PUT (how.dump) },
    { "json", 0, NULL, "with --check: the same as JSON, for programs", 0,
      PUT (how.json) },
    { "against", 0, "DIR", "with --check: how it differs from the one there",
      0, PUT (how.against) },
    { "state", 0, "DIR",
      "where the last good table is, for a start that\n"
      "cannot read the configuration (" POSTERN_STATEDIR ")", 0,
      PUT (state) },
    { "trial", 0, "DURATION",
      "take effect, and undo it after that time\n"
      "unless 'posternctl keep' comes before", 0, 0, take_trial },
    { "verbose", 'v', NULL, "say more", 0, PUT (verbose) },
    { "version", 0, NULL, "the version", 0, 0, take_version },
    { NULL, 0, NULL, NULL, 0, 0, NULL }
  };

static const struct kit_verb posternd_kit =
  { NULL, "", "Keep the ports of this host shut, and open them for signed"
    " requests", options_table, 0, NULL };

/* Refuse options that do not go together.  Returns -1 to go on, or an exit
   code.  */
static int
check_posternd_options (const struct options *opt, const struct kit_args *args)
{
  if (args->n)
    return kit_usage (NULL, "it takes no arguments, but there is '%s'",
                      args->arg[0]);
  if (!opt->check && (opt->how.dump || opt->how.json || opt->how.against))
    return kit_usage (NULL, "--%s needs '--check'", opt->how.dump ? "dump"
                      : opt->how.json ? "json" : "against");
  if (opt->how.json && (opt->how.dump || opt->how.against))
    return kit_usage (NULL, "--json does not go with '%s'",
                      opt->how.dump ? "--dump" : "--against");
  if (opt->trial && opt->check)
    return kit_usage (NULL, "--check does not go with '--trial'");
  return -1;
}

/* What may stand in place of the last of the N words.  */
static int
complete_posternd (char **word, size_t n)
{
  struct complete_line line = { &posternd_kit, word, n - 1, "" };

  if (!n)
    return EX_USAGE;
  line.last = word[n - 1];
  if (!complete_option (&line) && !complete_argument (&line, 0))
    complete_options (&line);
  return EX_OK;
}

/* As 'postern-keys init' does it: another configuration folder has a state
   folder of its own.  */
static gpg_error_t
settle_state (struct posternd *posternd, const char *state)
{
  if (state)
    posternd->state = strdup (state);
  else if (!strcmp (posternd->dir, POSTERN_SYSCONFDIR))
    posternd->state = strdup (POSTERN_STATEDIR);
  else if (asprintf (&posternd->state, "%s/state", posternd->dir) < 0)
    posternd->state = NULL;
  return posternd->state? 0 : gpg_error_from_syserror ();
}

/* The roles start in another folder: the name must be absolute.  */
static int
settle_folder (struct posternd *posternd)
{
  char *path = realpath (posternd->dir, NULL);

  if (!path)
    {
      log_error ("%s: %s; 'postern-keys init' makes it", posternd->dir,
                 strerror (errno));
      return EX_CONFIG;
    }
  posternd->dir = posternd->real_dir = path;
  return EX_OK;
}

static int
load_posternd_config (struct posternd *posternd)
{
  gpg_error_t err;
  char *message;
  bool barred;

  err = config_load (posternd->dir, &posternd->config, &message);
  if (!err)
    err = runtime_check_vouch (posternd->config, &message);
  if (err)
    {
      barred = geteuid () && gpg_err_code (err) == GPG_ERR_EACCES;
      log_error ("%s%s", barred? "must be started by root: " : "",
                 message? message : "cannot read the configuration");
      free (message);
      return barred? EX_NOPERM : EX_CONFIG;
    }
  encode_hex (posternd->config->hash, CONFIG_HASHLEN, posternd->hash);
  return EX_OK;
}

static gpg_error_t
check_program (struct posternd *posternd, const char *name)
{
  gpg_error_t err = 0;
  char *path;

  if (asprintf (&path, "%s/%s", posternd->libexec, name) < 0)
    return gpg_error_from_syserror ();
  if (access (path, X_OK))
    {
      log_error ("cannot run %s: %s", path, strerror (errno));
      err = gpg_error (GPG_ERR_NOT_FOUND);
    }
  free (path);
  return err;
}

/* A missing program would be started again and again.  */
static gpg_error_t
check_programs (struct posternd *posternd)
{
  static const char *const others[] = { "agent", "muster", "shut" };
  gpg_error_t err = 0;
  size_t i;
  int kind;

  for (kind = KIND_ACT; !err && kind < KIND_COUNT; kind++)
    err = check_program (posternd, supervise_name ((enum kind)kind));
  for (i = 0; !err && i < sizeof others / sizeof *others; i++)
    err = check_program (posternd, others[i]);
  return err;
}


static void
announce_ready (struct posternd *posternd)
{
  uint64_t now = ticks_us (), end = posternd->trial_end;
  char left[32];

  if (posternd->announced || !supervise_all_ready (posternd))
    return;
  posternd->announced = true;
  log_info ("ready: ports or ranges shut: %zu; people who may send requests:"
            " %zu", posternd->config->n_protect, posternd->config->n_users);
  if (end > now)
    log_info ("on trial: it is undone in %s, unless 'posternctl keep' comes"
              " before", netspec_duration_print ((end - now + 999999)
                                                 / 1000000, left));
  runtime_notify ("READY=1");
}

static void
log_warning (const char *text)
{
  log_warn ("%s", text);
}

/* After a SIGHUP: log what posternctl reload would show.  */
static void
reload_logged (struct posternd *posternd)
{
  struct advise_firewall how = { .libexec = spawn_libexec (),
                                 .dir = posternd->dir };
  char *message;

  got_reload = 0;
  if (!reload_begin (posternd, &message))       /* Logs why it did not.  */
    {
      advise_warnings (posternd->config, log_warning);
      advise_firewall_begin (&how);
    }
  free (message);
}

static int
run_loop (struct posternd *posternd)
{
  supervise_wait (posternd, 0); /* For signals that came before.  */
  while (!got_stop && !posternd->failed)
    {
      supervise_step (posternd);
      reload_step (posternd);
      announce_ready (posternd);
      agent_step (posternd);
      muster_step (posternd);
      health_step (posternd);
      if (got_reload)
        reload_logged (posternd);
      if (posternd->trial_end && ticks_us () >= posternd->trial_end)
        {
          log_warn ("the trial is over and nobody kept it: undone");
          break;
        }
      supervise_wait (posternd, supervise_timeout (posternd));
    }
  runtime_notify ("STOPPING=1");
  muster_close (posternd);
  posternd->reload_due = 0;
  posternd->trial_end = 0;
  posternd->probe_due = posternd->ping_due = UINT64_MAX;
  posternd->watchdog_due = UINT64_MAX;
  supervise_stop_all (posternd);
  doors_stopped (posternd);
  log_info ("stopped");
  return posternd->failed;
}

static int
serve_until_told (struct posternd *posternd, const struct options *opt)
{
  gpg_error_t err;
  int code;

  if (check_programs (posternd))
    return EX_OSFILE;
  code = check_surroundings (posternd);
  if (code)
    return code;
  health_init (posternd);
  err = runtime_open (posternd);
  if (!err)
    err = muster_open (posternd);
  if (!err)
    err = agent_open (posternd);
  if (!err)
    err = agent_log_open (posternd);
  if (!err)
    err = supervise_add (posternd, KIND_AGENT, false);
  if (!err)
    err = supervise_add_all (posternd, false);
  if (opt->trial)
    posternd->trial_end = ticks_us () + opt->trial * (uint64_t)1000000u;
  code = err? EX_CANTCREAT : run_loop (posternd);
  runtime_close (posternd);
  return code;
}

/* Whatever fails after the configuration was read, the doors were shut
   first.  */
static int
check_or_start (struct posternd *posternd, const struct options *opt)
{
  int code = settle_folder (posternd);

  if (!code)
    code = load_posternd_config (posternd);
  if (opt->check)
    return code ? code : check_configuration (posternd, &opt->how);
  if (code)
    {
      doors_unreadable (posternd);
      return code;
    }
  doors_shut (posternd);
  return serve_until_told (posternd, opt);
}

int
posternd_main (int argc, char **argv)
{
  gpg_error_t err;
  struct posternd posternd;
  struct options opt;
  struct kit_args args;
  int code = EX_OK;

  if (argc > 1 && !strcmp (argv[1], "--complete"))
    return complete_posternd (argv + 2, (size_t)argc - 2);
  block_signals (SIG_BLOCK);
  memset (&posternd, 0, sizeof posternd);
  memset (&opt, 0, sizeof opt);
  opt.dir = POSTERN_SYSCONFDIR;
  posternd.libexec = spawn_libexec ();
  posternd.pid_fd = posternd.state_fd = posternd.control_fd = -1;
  posternd.agent_fd[AGENT_FULL] = posternd.agent_fd[AGENT_RESTRICTED] = -1;
  posternd.probe_fd = -1;
  posternd.muster.run.fd = posternd.muster.run.memfd = -1;
  posternd.muster.watch_fd = posternd.muster.snapshot_fd = -1;
  posternd.agent_log[0] = posternd.agent_log[1] = -1;
  log_init ("posternd", 0);
  code = kit_parse (&posternd_kit, argc, argv, &opt, &args);
  if (code < 0)
    code = check_posternd_options (&opt, &args);
  if (code >= 0)
    return code;
  posternd.dir = opt.dir;
  posternd.verbose = opt.verbose;
  log_init ("posternd", posternd.verbose);
  posternd.on_trial = opt.trial > 0;
  if (opt.check)
    block_signals (SIG_UNBLOCK);
  else if (geteuid ())
    {
      log_error ("must be started by root");
      return EX_NOPERM;
    }
  else
    {
      log_never_wait ();
      catch_signals ();
    }
  /* Reading the configuration takes secret memory: door keys.  */
  err = settle_state (&posternd, opt.state);
  if (err)
    log_error ("%s", gpg_strerror (err));
  else if ((err = secret_init (SECRET_POOL)))
    log_error ("%s", secret_why (err));
  code = err ? EX_OSERR : check_or_start (&posternd, &opt);
  config_release (posternd.config);
  free (posternd.agent_home);
  free (posternd.agent_path);
  free (posternd.control_path);
  free (posternd.state);
  free (posternd.real_dir);
  return code;
}
