/* posternctl.c - Talks to a running posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A thin client of the control socket; gpg-connect-agent -S serves as
 * well.  Only explain, who and why work by themselves.  */

#include "posternctl.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/complete.h"
#include "../config/config-parts.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/meant.h"

typedef void (*printer_t) (json_t *row);

struct verb
{
  const char *name;
  const char *command;          /* For the socket.  NULL: own handler.  */
  printer_t printer;
  const char *takes;            /* Letters of the options besides -c -R.  */
  int words;                    /* Behind the verb, at most.  */
  const char *arguments;
  const char *help;
  const char *options;          /* Of its own help.  */
};

#define JSON_OPTION "  --json              JSON, for programs\n"
#define AT_OPTIONS                                                      \
  "  --from ADDRESS      for this address alone\n"                      \
  "  --at TIME           as of then, and not of now\n" JSON_OPTION

static const struct verb verbs[] =
  {
    { "status", "STATUS", ctl_print_status, "j", 0, "",
      "How posternd is doing", JSON_OPTION },
    { "grants", "GRANTS", ctl_print_grant, "j", 0, "",
      "Whose doors are open", JSON_OPTION },
    { "close", "CLOSE", NULL, "jau", 1, "ID | --user NAME | --all",
      "End grants now",
      "  ID                  of 'posternctl grants', or how it begins\n"
      "  --user NAME         all of this person's\n"
      "  --all               everybody's\n" JSON_OPTION },
    { "pending", "PENDING", ctl_print_waiting, "j", 0, "",
      "What waits for approval", JSON_OPTION },
    { "deny", "DENY", NULL, "", 1, "ID",
      "End what waits for approval",
      "  ID                  of 'posternctl pending', or how it begins\n" },
    { "audit", NULL, NULL, "jfnuHsxSUKE", 2,
      "[FILTER]... | export | verify [FILE]",
      "What was decided, and why; prove that it was",
      "  --last N            the newest N (20), at most 500\n"
      "  --since TIME, --until TIME\n"
      "  --user NAME         of this person\n"
      "  --source ADDRESS    from there\n"
      "  --host NAME         of this host, in a store of several\n"
      "  --result RESULT     done, refused, pending, running, closed, unknown"
      ", event\n"
      "  -f, --follow        go on with what comes\n" JSON_OPTION
      "\n'export' writes all of it for another machine, as lines of JSON."
      "\n'verify' proves that nothing was changed, here or in FILE:\n"
      "  --keys FILE         by these public keys, not the roster's\n"
      "  --head SEQ:HASH     and that this is in it, noted earlier\n"
      "  --json              what is proven, as JSON\n" },
    { "horizon", "HORIZON", ctl_print_status, "jr", 0, "[--reset]",
      "Before which time requests are refused",
      "  --reset             take a warning away; what was signed until now"
      " is refused\n" JSON_OPTION },
    { "unlock", "UNLOCK", NULL, "j", 1, "USER",
      "Let a person try again who gave wrong credentials", "" },
    { "keep", "KEEP", NULL, "", 0, "",
      "Keep what a trial would undo", "" },
    { "reload", "RELOAD", NULL, "", 0, "",
      "Read the configuration again; nothing is dropped", "" },
    { "who", NULL, NULL, "jFA", 2, "PORTS | command NAME",
      "Who may open these ports, or run this command",
      "  PORTS               such as tcp/22 or tcp/22,udp/60000-60010\n"
      AT_OPTIONS },
    { "why", NULL, NULL, "jFA", 3, "USER PORTS | command NAME",
      "By which rule a person may, or what refuses",
      "  PORTS               such as tcp/22 or tcp/22,udp/60000-60010\n"
      AT_OPTIONS },
    { "explain", NULL, NULL, "j", 1, "FILE",
      "Why a captured packet passes or fails",
      "  FILE                a datagram, or a pcap file with some\n"
      JSON_OPTION },
  };

#define N_VERBS (sizeof verbs / sizeof *verbs)

struct printing
{
  const struct ctl_options *opt;
  printer_t printer;
  bool is_list;                 /* Of rows: an array.  */
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
    printf ("  %-8s  %s\n", verbs[i].name, verbs[i].help);
  puts ("\n'posternctl VERB --help' tells more; so does posternctl(8).");
  return EX_OK;
}


static int
unknown_verb (const char *name)
{
  struct meant_name meant;
  size_t i;

  meant_name_start (&meant, name);
  for (i = 0; i < N_VERBS; i++)
    meant_name_offer (&meant, verbs[i].name);
  meant_no_verb ("posternctl", &meant);
  return EX_USAGE;
}


static int
print_verb_help (const struct verb *verb)
{
  printf ("Usage: posternctl %s%s%s\n%s.\n\n%s"
          "  --config DIR        instead of " POSTERN_SYSCONFDIR "\n"
          "  --runtime DIR       where the socket is\n", verb->name,
          *verb->arguments ? " " : "", verb->arguments, verb->help,
          verb->options);
  if (strchr (verb->takes, 'S'))
    puts ("\nTimes are '10m' (ago), '2026-01-31' or '2026-01-31 07:30'.");
  if (strchr (verb->takes, 'A'))
    puts ("\nTimes are '07:30' (the next), '2026-01-31 07:30', '2026-01-31' or"
          "\n'10m' (ago).");
  return EX_OK;
}


/* An array has each of its elements on a line of its own.  */
static void
print_json (const struct printing *printing, const char *line)
{
  if (printing->is_list)
    fputs (printing->rows ? ",\n" : "[\n", stdout);
  fputs (line, stdout);
  if (!printing->is_list)
    putchar ('\n');
}


static gpg_error_t
print_row (void *hook, const char *line)
{
  struct printing *printing = hook;
  json_error_t error;
  json_t *row;

  if (printing->opt->json)
    {
      print_json (printing, line);
      printing->rows++;
      return 0;
    }
  printing->rows++;
  if (!printing->printer)
    return 0;
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
    {
      if (printing->is_list)
        puts (printing->rows ? "\n]" : "[]");
      return;
    }
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
  struct printing printing =
    { opt, verb->printer, !strcmp (verb->name, "grants")
      || !strcmp (verb->name, "pending"), 0 };
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
    log_error ("no posternd runs here (%s/control); 'systemctl status"
               " postern' may tell why", runtime);
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
  if (!strcmp (verb->name, "who"))
    return ctl_who (opt);
  if (!strcmp (verb->name, "why"))
    return ctl_why (opt);
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


/* What was given, by letter, for check_words.  */
static void
note_option (struct ctl_options *opt, int c)
{
  size_t len = strlen (opt->given);

  if (!strchr (opt->given, c) && len + 1 < sizeof opt->given)
    opt->given[len] = (char)c;
}


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
    { "from", required_argument, NULL, 'F' },
    { "at", required_argument, NULL, 'A' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
  };


static int
take_option (struct ctl_options *opt, int c, char **argv)
{
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
    case 'F': opt->from = optarg; break;
    case 'A': opt->at = optarg; break;
    case 'n': return take_last (opt, optarg);
    case 'h': opt->wants_help = true; break;
    case 'V': opt->wants_version = true; break;
    default:
      log_error ("unknown or incomplete option '%s'; try 'posternctl"
                 " --help'", argv[optind - 1]);
      return EX_USAGE;
    }
  return EX_OK;
}


static int
parse_options (struct ctl_options *opt, int argc, char **argv)
{
  int c, rc = EX_OK;

  opterr = 0;
  while (!rc && (c = getopt_long (argc, argv, "hf", options, NULL)) != -1)
    {
      rc = take_option (opt, c, argv);
      if (!rc && !strchr ("cRhV", c))
        note_option (opt, c);
    }
  return rc;
}


/* The words behind "audit", and what goes with them; NULL: all is well.  */
static const char *
check_audit (const struct ctl_options *opt)
{
  bool verify = opt->argc && !strcmp (opt->argv[0], "verify");
  bool export = opt->argc && !strcmp (opt->argv[0], "export");

  if (opt->argc > 1 + verify || (opt->argc && !verify && !export))
    return opt->argv[opt->argc - 1];
  if (opt->argc && strpbrk (opt->given, "fnuHsxSU"))
    return "a filter together with export or verify";
  if (export && opt->json)
    return "--json with export, which writes JSON anyway";
  if (!verify && (opt->keys || opt->head))
    return "--keys or --head without verify";
  return NULL;
}


static int
does_not_take (const struct verb *verb, const char *dashes, const char *what)
{
  log_error ("%s does not take %s%s; try 'posternctl %s --help'", verb->name,
             dashes, what, verb->name);
  return EX_USAGE;
}


/* What goes with which verb; a word too many is an error.  */
static int
check_words (const struct verb *verb, const struct ctl_options *opt)
{
  bool is_close = !strcmp (verb->name, "close");
  bool is_audit = !strcmp (verb->name, "audit");
  const char *bad = is_audit ? check_audit (opt) : NULL;
  const struct option *option;
  int least = verb->words && !is_close && !is_audit;

  for (option = options; option->name; option++)
    if (strchr (opt->given, option->val) && !strchr (verb->takes, option->val)
        && !strchr ("cRhV", option->val))
      return does_not_take (verb, "--", option->name);
  if (!bad && opt->argc > verb->words)
    bad = opt->argv[opt->argc - 1];
  if (bad)
    return does_not_take (verb, "", bad);
  if (!strcmp (verb->name, "why"))
    least = 2;
  if (opt->argc < least
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
  bool names_one = !strcmp (verb->name, "unlock")
    || !strcmp (verb->name, "why");
  const char *user = names_one ? opt->argv[0] : opt->user;
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


static const struct verb *
find_verb (const char *name)
{
  size_t i;

  for (i = 0; i < N_VERBS; i++)
    if (!strcmp (verbs[i].name, name))
      return verbs + i;
  return NULL;
}


/* What may stand in place of the last of the N words.  */
static int
complete (char **word, size_t n)
{
  const struct verb *verb = n > 1 ? find_verb (word[0]) : NULL;
  size_t i;

  if (verb)
    return ctl_complete (verb->name, verb->options, word + 1, n - 1);
  if (n != 1)
    return EX_USAGE;
  for (i = 0; i < N_VERBS; i++)
    complete_offer (word[0], verbs[i].name, verbs[i].help);
  if (*word[0] == '-')
    complete_options (word[0], "  --help  a short help\n"
                      "  --version  the version\n");
  return EX_OK;
}


static int
run (struct ctl_options *opt, int argc, char **argv)
{
  const struct verb *verb = optind < argc ? find_verb (argv[optind]) : NULL;
  int rc;

  if (opt->wants_version)
    {
      puts ("posternctl " PACKAGE_VERSION);
      return EX_OK;
    }
  if (opt->wants_help)
    return verb ? print_verb_help (verb) : print_help ();
  if (optind == argc)
    {
      log_error ("no verb given; try 'posternctl --help'");
      return EX_USAGE;
    }
  if (!verb)
    return unknown_verb (argv[optind]);
  opt->argc = argc - optind - 1;
  opt->argv = argv + optind + 1;
  rc = check_words (verb, opt);
  if (!rc)
    rc = check_names (verb, opt);
  return rc ? rc : run_verb (verb, opt);
}


int
main (int argc, char **argv)
{
  struct ctl_options opt = { .dir = POSTERN_SYSCONFDIR };
  int rc;

  log_init ("posternctl", 0);
  if (argc > 1 && !strcmp (argv[1], "--complete"))
    return complete (argv + 2, (size_t)argc - 2);
  signal (SIGPIPE, SIG_IGN);    /* A reload ends connections.  */
  rc = parse_options (&opt, argc, argv);
  return log_close_stdout (rc ? rc : run (&opt, argc, argv));
}
