/* posternd.c - posternd: options, --check, and the main loop.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "posternd.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "../common/encode.h"
#include "../common/log.h"
#include "../common/netspec.h"
#include "../common/secret.h"
#include "advise.h"
#include "mains.h"
#include "role.h"

#define SECRET_POOL 32768       /* For the door keys that are looked at.  */

struct options
{
  bool check;
  bool dump;
  unsigned int trial;           /* Seconds.  */
};

static volatile sig_atomic_t got_stop;
static volatile sig_atomic_t got_reload;

static void
on_signal (int signo)
{
  if (signo == SIGHUP)
    got_reload = 1;
  else if (signo != SIGCHLD)
    got_stop = 1;
}

/* They come in nowhere but in supervise_wait.  */
static void
start_signals (void)
{
  static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
  struct sigaction sa;
  sigset_t set;
  size_t i;

  memset (&sa, 0, sizeof sa);
  sigemptyset (&sa.sa_mask);
  sigemptyset (&set);
  sa.sa_handler = SIG_IGN;
  sigaction (SIGPIPE, &sa, NULL);
  sa.sa_handler = on_signal;
  for (i = 0; i < sizeof signals / sizeof *signals; i++)
    {
      sigaction (signals[i], &sa, NULL);
      sigaddset (&set, signals[i]);
    }
  sigprocmask (SIG_BLOCK, &set, NULL);
}


static void
print_help (void)
{
  puts ("Usage: posternd [OPTION]...\n"
        "Keep the ports of this host shut, and open them for signed"
        " requests.\n"
        "\n"
        "  --config DIR       configuration folder ("
        POSTERN_SYSCONFDIR ")\n"
        "  --check            read the configuration, say what it does and\n"
        "                     what looks unwise, change nothing\n"
        "  --dump             with --check: show the kernel's table as well\n"
        "  --trial DURATION   take effect, and undo it after that time\n"
        "                     unless 'posternctl keep' comes before\n"
        "  -v, --verbose      say more\n"
        "  --help, --version");
}

static void
usage (const char *what, const char *word)
{
  log_error ("%s '%s'; try 'posternd --help'", what, word);
  exit (EX_USAGE);
}

static void
parse (int argc, char **argv, struct posternd *posternd, struct options *opt)
{
  static const struct option options[] =
    {
      { "config", required_argument, NULL, 'c' },
      { "check", no_argument, NULL, 'k' },
      { "dump", no_argument, NULL, 'd' },
      { "trial", required_argument, NULL, 't' },
      { "verbose", no_argument, NULL, 'v' },
      { "help", no_argument, NULL, 'h' },
      { "version", no_argument, NULL, 'V' },
      { NULL, 0, NULL, 0 }
    };
  int c;

  opterr = 0;
  while ((c = getopt_long (argc, argv, "+v", options, NULL)) != -1)
    switch (c)
      {
      case 'c': posternd->dir = optarg; break;
      case 'k': opt->check = true; break;
      case 'd': opt->dump = true; break;
      case 'v': posternd->verbose++; break;
      case 'h': print_help (); exit (EX_OK);
      case 'V': puts ("posternd " PACKAGE_VERSION); exit (EX_OK);
      case 't':
        if (netspec_duration_parse (optarg, &opt->trial) || !opt->trial)
          {
            log_error ("--trial %s: not a duration such as 5m", optarg);
            exit (EX_USAGE);
          }
        break;
      default: usage ("unknown or incomplete option", argv[optind - 1]);
      }
  if (optind != argc)
    usage ("it takes no arguments, but there is", argv[optind]);
  if (opt->dump && !opt->check)
    usage ("--dump needs", "--check");
  if (opt->trial && opt->check)
    usage ("--check does not go with", "--trial");
}

/* The programs stand elsewhere before they are installed.  */
static const char *
find_libexec (void)
{
  const char *dir = secure_getenv ("POSTERN_LIBEXEC");

  return dir && *dir == '/'? dir : POSTERN_LIBEXECDIR;
}

/* The roles do not start in this folder: names must be whole.  */
static void
settle_folder (struct posternd *posternd)
{
  char *path = realpath (posternd->dir, NULL);

  if (!path)
    {
      log_error ("%s: %s; 'postern-keys init' makes it", posternd->dir,
                 strerror (errno));
      exit (EX_CONFIG);
    }
  posternd->dir = path;
}

static void
load (struct posternd *posternd)
{
  char *message;

  if (config_load (posternd->dir, &posternd->config, &message))
    {
      log_error ("%s", message? message : "cannot read the configuration");
      exit (EX_CONFIG);
    }
  if (runtime_check_vouch (posternd->config, &message)
      || runtime_check_volatile (posternd->config, &message))
    {
      log_error ("%s", message? message : "out of memory");
      exit (EX_CONFIG);
    }
  encode_hex (posternd->config->hash, CONFIG_HASHLEN, posternd->hash);
}

/* A missing program would be started again for ever.  */
static gpg_error_t
check_programs (struct posternd *posternd)
{
  char *path;
  int kind;

  for (kind = KIND_ACT; kind < KIND_COUNT; kind++)
    {
      if (asprintf (&path, "%s/%s", posternd->libexec,
                    supervise_name ((enum kind)kind)) < 0)
        return gpg_error_from_syserror ();
      if (access (path, X_OK))
        {
          log_error ("cannot run %s: %s", path, strerror (errno));
          free (path);
          return gpg_error (GPG_ERR_NOT_FOUND);
        }
      free (path);
    }
  return 0;
}


/* act knows the firewall.  */
static int
check_firewall (struct posternd *posternd, const struct options *opt)
{
  const char *argv[7] = { "act", "--check", "--config", posternd->dir };
  struct spawn spawn;
  char path[4096];
  gpg_error_t err;
  int n = 4;
  int status;
  pid_t pid;

  if (opt->dump)
    argv[n++] = "--dump";
  if (posternd->verbose)
    argv[n++] = "-v";
  snprintf (path, sizeof path, "%s/act", posternd->libexec);
  memset (&spawn, 0, sizeof spawn);
  spawn.path = path;
  spawn.argv = argv;
  spawn.talks = true;
  fflush (stdout);
  err = spawn_start (&spawn, &pid);
  if (err)
    {
      log_error ("cannot start act: %s", gpg_strerror (err));
      return EX_OSERR;
    }
  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return EX_OSERR;
  if (WIFEXITED (status))
    return WEXITSTATUS (status);
  log_error ("act was ended by signal %d", WTERMSIG (status));
  return EX_SOFTWARE;
}

static int
check (struct posternd *posternd, const struct options *opt)
{
  gpg_error_t err;
  int warnings;

  err = opt->dump? advise_dump (posternd->config, stdout) : 0;
  if (!err)
    err = advise_report (posternd->config, getenv ("SSH_CONNECTION"),
                         time (NULL), stdout, &warnings);
  if (err)
    {
      log_error ("cannot write: %s", gpg_strerror (err));
      return EX_IOERR;
    }
  return check_firewall (posternd, opt);
}


static void
announce (struct posternd *posternd)
{
  if (posternd->announced || !supervise_all_ready (posternd))
    return;
  posternd->announced = true;
  log_info ("ready: %zu ports or ranges are shut, %zu people may ask",
            posternd->config->n_protect, posternd->config->n_users);
  runtime_notify ("READY=1");
}

static void
reload (struct posternd *posternd)
{
  char *message;

  got_reload = 0;
  reload_begin (posternd, &message);    /* Logs why it did not.  */
  free (message);
}

static int
run (struct posternd *posternd)
{
  while (!got_stop && !posternd->failed)
    {
      supervise_step (posternd);
      reload_step (posternd);
      announce (posternd);
      agent_step (posternd);
      health_step (posternd);
      if (got_reload)
        reload (posternd);
      if (posternd->trial_end && role_now () >= posternd->trial_end)
        {
          log_warn ("the trial is over and nobody kept it: undone");
          break;
        }
      supervise_wait (posternd, supervise_timeout (posternd));
    }
  runtime_notify ("STOPPING=1");
  posternd->reload_due = 0;
  posternd->trial_end = 0;
  posternd->probe_due = posternd->ping_due = UINT64_MAX;
  posternd->watchdog_due = UINT64_MAX;
  supervise_stop_all (posternd);
  log_info ("stopped");
  return posternd->failed;
}

static int
serve (struct posternd *posternd, const struct options *opt)
{
  gpg_error_t err;
  int code;

  if (geteuid ())
    {
      log_error ("must be started by root");
      return EX_NOPERM;
    }
  err = check_programs (posternd);
  if (err)
    return EX_OSFILE;
  start_signals ();
  health_init (posternd);
  err = runtime_open (posternd);
  if (!err)
    err = agent_open (posternd);
  if (!err)
    err = supervise_add (posternd, KIND_AGENT, false);
  if (!err)
    err = supervise_add_all (posternd, false);
  if (opt->trial)
    posternd->trial_end = role_now () + opt->trial * (uint64_t)1000000u;
  code = err? EX_CANTCREAT : run (posternd);
  runtime_close (posternd);
  return code;
}

int
posternd_main (int argc, char **argv)
{
  struct posternd posternd;
  struct options opt;
  gpg_error_t err;
  int code;

  memset (&posternd, 0, sizeof posternd);
  memset (&opt, 0, sizeof opt);
  posternd.dir = POSTERN_SYSCONFDIR;
  posternd.libexec = find_libexec ();
  posternd.pid_fd = posternd.state_fd = posternd.control_fd = -1;
  posternd.agent_fd = posternd.probe_fd = -1;
  log_init ("posternd", 0);
  parse (argc, argv, &posternd, &opt);
  log_init ("posternd", posternd.verbose);
  settle_folder (&posternd);
  /* Reading the configuration takes secret memory: door keys.  */
  err = secret_init (SECRET_POOL);
  if (err)
    {
      log_error ("cannot lock memory for secrets: %s", gpg_strerror (err));
      return EX_OSERR;
    }
  load (&posternd);
  code = opt.check? check (&posternd, &opt) : serve (&posternd, &opt);
  config_release (posternd.config);
  free (posternd.agent_home);
  free ((char *)(uintptr_t)posternd.dir);
  return code;
}
