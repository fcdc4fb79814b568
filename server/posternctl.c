/* posternctl.c - Talks to a running posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A thin client of the control socket; gpg-connect-agent -S serves as
 * well.  Only explain works by itself.  */

#include "posternctl.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../common/encode.h"
#include "../common/log.h"

typedef void (*printer_t) (json_t *row);

struct verb
{
  const char *name;
  const char *command;          /* For the socket.  NULL: own handler.  */
  printer_t printer;
  const char *arguments;
  const char *help;
};

static const struct verb verbs[] =
  {
    { "status", "STATUS", ctl_print_status, "",
      "How posternd is doing" },
    { "grants", "GRANTS", ctl_print_grant, "",
      "Whose doors are open" },
    { "close", "CLOSE", NULL, "ID | --user NAME | --all",
      "End grants now" },
    { "pending", "PENDING", ctl_print_waiting, "",
      "What waits for approval" },
    { "deny", "DENY", NULL, "ID",
      "End what waits for approval" },
    { "audit", NULL, NULL, "[--last N] [--since T] [--until T] [--user NAME]"
      "\n           [--source ADDRESS] [--host NAME] [--result R] [--follow]"
      "\n           | export | verify [FILE] [--keys FILE] [--head HEAD]",
      "What was decided, and why; prove that it was" },
    { "horizon", "HORIZON", ctl_print_status, "[--reset]",
      "Before which time requests are refused" },
    { "unlock", "UNLOCK", NULL, "USER",
      "Let a person try again who gave wrong credentials" },
    { "keep", "KEEP", NULL, "",
      "Keep what a trial would undo" },
    { "reload", "RELOAD", NULL, "",
      "Read the configuration again; nothing is dropped" },
    { "explain", NULL, NULL, "FILE",
      "Why a captured packet passes or fails" },
  };

#define N_VERBS (sizeof verbs / sizeof *verbs)

struct printing
{
  const struct ctl_options *opt;
  printer_t printer;
  unsigned long rows;
};


static int
print_help (void)
{
  size_t i;

  puts ("Usage: posternctl VERB ARGUMENTS... [--json] [--config DIR |"
        " --runtime DIR]\n"
        "Talks to a running posternd.\n");
  for (i = 0; i < N_VERBS; i++)
    printf ("  %-8s %s%s%s\n", verbs[i].name, verbs[i].arguments,
            *verbs[i].arguments ? "\n           " : "", verbs[i].help);
  puts ("\nTimes are '10m' (ago), '2026-01-31' or '2026-01-31 07:30'."
        "  See posternctl(8).");
  return EX_OK;
}


static gpg_error_t
print_row (void *hook, const char *line)
{
  struct printing *printing = hook;
  json_error_t error;
  json_t *row;

  printing->rows++;
  if (printing->opt->json || !printing->printer)
    {
      if (printing->opt->json)
        puts (line);
      return 0;
    }
  row = json_loads (line, 0, &error);
  if (!row)
    return gpg_error (GPG_ERR_INV_RESPONSE);
  printing->printer (row);
  json_decref (row);
  return 0;
}


/* The words of the command for the socket; to be freed.  */
static char *
build_command (const struct verb *verb, const struct ctl_options *opt)
{
  return gpgrt_bsprintf ("%s%s%s%s%s%s%s", verb->command,
                         opt->user ? " --user=" : "",
                         opt->user ? opt->user : "",
                         opt->all ? " --all" : "",
                         opt->reset ? " --reset" : "",
                         opt->argc ? " " : "",
                         opt->argc ? opt->argv[0] : "");
}


static void
say_done (const struct verb *verb, const struct printing *printing)
{
  if (printing->opt->json)
    return;
  if (!strcmp (verb->name, "grants") && !printing->rows)
    puts ("No door is open.");
  else if (!strcmp (verb->name, "pending") && !printing->rows)
    puts ("Nothing waits.");
  else if (!strcmp (verb->name, "deny"))
    puts ("Denied.");
  else if (!strcmp (verb->name, "close"))
    puts ("Closed.");
  else if (!strcmp (verb->name, "unlock"))
    puts ("Unlocked.");
  else if (!strcmp (verb->name, "keep"))
    puts ("Kept: the trial is over, posternd stays.");
  else if (!strcmp (verb->name, "reload"))
    puts ("The configuration was read again.");
}


static int
run_command (console_t *console, const struct verb *verb,
             const struct ctl_options *opt)
{
  gpg_error_t err;
  struct printing printing = { opt, verb->printer, 0 };
  const char *why = NULL;
  char *command;

  command = build_command (verb, opt);
  if (!command)
    err = gpg_error_from_syserror ();
  else if (!strcmp (verb->name, "reload"))
    err = console_reload (console, &why);
  else
    err = console_ask (*console, command, print_row, &printing, &why);
  gpgrt_free (command);
  if (err)
    log_error ("%s: %s", verb->name, why ? why : console_why (err));
  else
    say_done (verb, &printing);
  return log_exit_code (err);
}


/* Where the socket is.  A configuration that is being changed must not be
   in the way of who talks to the posternd that runs by the one before: where
   it cannot be read, the socket is looked for where init puts it.  */
static gpg_error_t
find_runtime (const struct ctl_options *opt, char **r_runtime,
              char **r_message)
{
  config_t config = NULL;
  gpg_error_t err;

  *r_message = NULL;
  if (opt->runtime)
    {
      *r_runtime = gpgrt_strdup (opt->runtime);
      return *r_runtime ? 0 : gpg_error_from_syserror ();
    }
  err = config_load (opt->dir, &config, r_message);
  if (!err)
    *r_runtime = gpgrt_strdup (config->runtime);
  else if (!strcmp (opt->dir, POSTERN_SYSCONFDIR))
    *r_runtime = gpgrt_strdup (POSTERN_RUNDIR);
  else
    *r_runtime = gpgrt_bsprintf ("%s/run", opt->dir);
  config_release (config);
  if (!*r_runtime)
    return gpg_error_from_syserror ();
  return gpg_err_code (err) == GPG_ERR_INV_VALUE
    ? gpg_error (GPG_ERR_CONFIGURATION) : err;
}


gpg_error_t
ctl_connect (const struct ctl_options *opt, bool quiet,
             console_t *r_console)
{
  gpg_error_t err, bad;
  char *runtime = NULL, *message = NULL;

  *r_console = NULL;
  bad = find_runtime (opt, &runtime, &message);
  err = runtime ? console_open (runtime, r_console) : bad;
  if (!err || quiet)
    ;
  else if (bad && geteuid ())
    {
      log_error ("only root can do this (%s)", message ? message
                 : gpg_strerror (bad));
      bad = gpg_error (GPG_ERR_EACCES);
    }
  else if (bad)
    log_error ("%s", message ? message : gpg_strerror (bad));
  else if (gpg_err_code (err) == GPG_ERR_EACCES)
    log_error ("only root can do this (%s/control: Permission denied)",
               runtime);
  else if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    log_error ("no posternd runs here (%s/control)", runtime);
  else
    log_error ("%s/control: %s", runtime, console_why (err));
  gpgrt_free (runtime);
  free (message);
  return err && bad ? bad : err;
}


int
ctl_exit_code (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_NOT_FOUND
    ? EX_UNAVAILABLE : log_exit_code (err);
}


static int
run_verb (const struct verb *verb, const struct ctl_options *opt)
{
  console_t console;
  gpg_error_t err;
  int rc;

  if (!strcmp (verb->name, "explain"))
    return ctl_explain (opt);
  if (!strcmp (verb->name, "audit"))
    return !opt->argc ? ctl_audit (opt)
      : !strcmp (opt->argv[0], "export") ? ctl_audit_export (opt)
      : ctl_audit_verify (opt);
  err = ctl_connect (opt, false, &console);
  if (err)
    return ctl_exit_code (err);
  rc = run_command (&console, verb, opt);
  console_close (console);
  if (!rc && !strcmp (verb->name, "reload"))
    ctl_warn (opt);
  return rc;
}


static int
take_last (struct ctl_options *opt, const char *text)
{
  unsigned long long n;

  if (decode_decimal (text, strlen (text), 500, &n) || !n)
    {
      log_error ("--last %s: give a number of rows, at most 500", text);
      return EX_USAGE;
    }
  opt->last = (unsigned int)n;
  return 0;
}


/* -1: go on; else the exit code.  */
static int
parse_options (struct ctl_options *opt, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "config", required_argument, NULL, 'c' },
      { "runtime", required_argument, NULL, 'R' },
      { "json", no_argument, NULL, 'j' },
      { "follow", no_argument, NULL, 'f' },
      { "all", no_argument, NULL, 'a' },
      { "reset", no_argument, NULL, 'r' },
      { "last", required_argument, NULL, 'n' },
      { "user", required_argument, NULL, 'u' },
      { "host", required_argument, NULL, 'H' },
      { "source", required_argument, NULL, 's' },
      { "result", required_argument, NULL, 'x' },
      { "since", required_argument, NULL, 'S' },
      { "until", required_argument, NULL, 'U' },
      { "keys", required_argument, NULL, 'K' },
      { "head", required_argument, NULL, 'E' },
      { "help", no_argument, NULL, 'h' },
      { "version", no_argument, NULL, 'V' },
      { NULL, 0, NULL, 0 }
    };
  int c;

  opterr = 0;
  while ((c = getopt_long (argc, argv, "hf", options, NULL)) != -1)
    switch (c)
      {
      case 'c': opt->dir = optarg; break;
      case 'R': opt->runtime = optarg; break;
      case 'j': opt->json = true; break;
      case 'f': opt->follow = true; break;
      case 'a': opt->all = true; break;
      case 'r': opt->reset = true; break;
      case 'u': opt->user = optarg; break;
      case 'H': opt->host = optarg; break;
      case 's': opt->source = optarg; break;
      case 'x': opt->result = optarg; break;
      case 'S': opt->since = optarg; break;
      case 'U': opt->until = optarg; break;
      case 'K': opt->keys = optarg; break;
      case 'E': opt->head = optarg; break;
      case 'n':
        if (take_last (opt, optarg))
          return EX_USAGE;
        break;
      case 'h': return print_help ();
      case 'V': puts ("posternctl " PACKAGE_VERSION); return EX_OK;
      default:
        log_error ("unknown or incomplete option '%s'; try 'posternctl"
                   " --help'", argv[optind - 1]);
        return EX_USAGE;
      }
  return -1;
}


/* The words behind "audit", and what goes with them; NULL: all is well.  */
static const char *
check_audit (const struct ctl_options *opt)
{
  bool verify = opt->argc && !strcmp (opt->argv[0], "verify");
  bool export = opt->argc && !strcmp (opt->argv[0], "export");
  bool filter = opt->follow || opt->last || opt->user || opt->host
    || opt->source || opt->result || opt->since || opt->until;

  if (opt->argc > 1 + verify || (opt->argc && !verify && !export))
    return opt->argv[opt->argc - 1];
  if (opt->argc && filter)
    return "a filter together with export or verify";
  if (opt->argc && opt->json)
    return "--json with export or verify";
  if (!verify && (opt->keys || opt->head))
    return "--keys or --head without verify";
  return NULL;
}


/* What goes with which verb; a word too many is an error.  */
static int
check_words (const struct verb *verb, const struct ctl_options *opt)
{
  bool is_close = !strcmp (verb->name, "close");
  bool is_audit = !strcmp (verb->name, "audit");
  bool is_deny = !strcmp (verb->name, "deny");
  bool is_explain = !strcmp (verb->name, "explain");
  bool is_unlock = !strcmp (verb->name, "unlock");
  const char *bad = NULL;

  if (is_audit)
    bad = check_audit (opt);
  else if (opt->argc > (is_close || is_explain || is_deny || is_unlock))
    bad = opt->argv[opt->argc - 1];
  else if (opt->keys || opt->head)
    bad = "--keys or --head";
  if (!bad && opt->all && !is_close)
    bad = "--all";
  else if (!bad && opt->reset && strcmp (verb->name, "horizon"))
    bad = "--reset";
  else if (opt->json && (is_deny || !strcmp (verb->name, "keep")
                         || !strcmp (verb->name, "reload")))
    bad = "--json";
  else if (opt->user && !is_close && !is_audit)
    bad = "--user";
  else if (!is_audit && (opt->follow || opt->last || opt->host || opt->source
                         || opt->result || opt->since || opt->until))
    bad = "a filter of the audit";
  if (bad)
    {
      log_error ("%s does not take %s; try 'posternctl --help'",
                 verb->name, bad);
      return EX_USAGE;
    }
  if (((is_explain || is_unlock || is_deny) && !opt->argc)
      || (is_close && !opt->argc + !opt->user + !opt->all == 3))
    {
      log_error ("%s needs %s", verb->name, verb->arguments);
      return EX_USAGE;
    }
  return EX_OK;
}


/* What names a person or an id must look like one.  */
static int
check_names (const struct verb *verb, const struct ctl_options *opt)
{
  bool is_unlock = !strcmp (verb->name, "unlock");
  const char *user = is_unlock ? opt->argv[0] : opt->user;
  const char *id = opt->argc && (!strcmp (verb->name, "close")
                                 || !strcmp (verb->name, "deny"))
    ? opt->argv[0] : NULL;

  if (user && !netspec_name_valid (user, strlen (user)))
    log_error ("%s: '%s' is no person's name", verb->name, user);
  else if (id && (strlen (id) > 64
                  || strspn (id, "0123456789abcdef") != strlen (id) || !*id))
    log_error ("%s: '%s' is no id; 'posternctl %s' shows them", verb->name,
               id, *verb->name == 'd' ? "pending" : "grants");
  else
    return EX_OK;
  return EX_USAGE;
}


int
main (int argc, char **argv)
{
  struct ctl_options opt = { .dir = POSTERN_SYSCONFDIR };
  const struct verb *verb = NULL;
  size_t i;
  int rc;

  log_init ("posternctl", 0);
  signal (SIGPIPE, SIG_IGN);    /* A reload ends connections.  */
  rc = parse_options (&opt, argc, argv);
  if (rc >= 0)
    return log_close_stdout (rc);
  if (optind == argc)
    {
      log_error ("no verb given; try 'posternctl --help'");
      return EX_USAGE;
    }
  for (i = 0; i < N_VERBS; i++)
    if (!strcmp (verbs[i].name, argv[optind]))
      verb = verbs + i;
  if (!verb)
    {
      log_error ("no such verb: %s; try 'posternctl --help'", argv[optind]);
      return EX_USAGE;
    }
  opt.argc = argc - optind - 1;
  opt.argv = argv + optind + 1;
  rc = check_words (verb, &opt);
  if (!rc)
    rc = check_names (verb, &opt);
  return log_close_stdout (rc ? rc : run_verb (verb, &opt));
}
