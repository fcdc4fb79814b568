/* ctl-main.c - posternctl: its verbs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It is a thin client of the control socket; gpg-connect-agent -S does as well.
 * Only explain, who and why work without it.  */

#include "posternctl.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/options-kit.h"

typedef void (*printer_t) (json_t *row);

struct verb
{
  struct kit_verb kit;
  int least, most;              /* Words after the verb.  */
  int (*handler) (const struct ctl_options *opt);       /* NULL: COMMAND.  */
  const char *command;          /* For the socket.  */
  printer_t printer;
  const char *none;             /* What to say if there are no rows; NULL:
                                   the answer is not a list.  */
  const char *done;             /* What to say in the end; or NULL.  */
};

struct printing
{
  const struct ctl_options *opt;
  const struct verb *verb;
  unsigned long rows;
};

/* The verbs, for the table: which of them has an option.  */
enum ctl_verb
  {
    CTL_STATUS = 1 << 0,
    CTL_GRANTS = 1 << 1,
    CTL_CLOSE = 1 << 2,
    CTL_PENDING = 1 << 3,
    CTL_DENY = 1 << 4,
    CTL_AUDIT = 1 << 5,
    CTL_HORIZON = 1 << 6,
    CTL_UNLOCK = 1 << 7,
    CTL_KEEP = 1 << 8,
    CTL_RELOAD = 1 << 9,
    CTL_WHO = 1 << 10,
    CTL_WHY = 1 << 11,
    CTL_EXPLAIN = 1 << 12
  };


KIT_TAKE (last)
{
  unsigned long long n;

  if (decode_decimal (text, strlen (text), 500, &n) || !n)
    return kit_usage (verb, "--last %s: give a number of rows from 1 to 500",
                      text);
  ((struct ctl_options *) values)->last = (unsigned int) n;
  return KIT_GO_ON;
}


/* How a row is taken: put into a field as it is, or checked by a function.  */
#define PUT(field) offsetof (struct ctl_options, field), NULL
#define VIA(function) 0, function

static const struct kit_option options_table[] =
  {
    { "user", 0, "NAME", "all grants of this person", CTL_CLOSE, PUT (user) },
    { "all", 0, NULL, "all grants of everybody", CTL_CLOSE, PUT (all) },
    { "last", 0, "N", "the newest N rows (default: 20; at most 500)", CTL_AUDIT,
      VIA (take_last) },
    { "since", 0, "TIME", "only rows since then", CTL_AUDIT, PUT (since) },
    { "until", 0, "TIME", "only rows until then", CTL_AUDIT, PUT (until) },
    { "user", 0, "NAME", "only rows about this person", CTL_AUDIT, PUT (user) },
    { "source", 0, "ADDRESS", "only requests from there", CTL_AUDIT,
      PUT (source) },
    { "host", 0, "NAME", "only rows of this host, in a store of several",
      CTL_AUDIT, PUT (host) },
    { "result", 0, "RESULT",
      "done, refused, pending, running, closed,\nunknown, event", CTL_AUDIT,
      PUT (result) },
    { "follow", 'f', NULL, "wait for new rows and print them", CTL_AUDIT,
      PUT (follow) },
    { "keys", 0, "FILE", "verify: use these public keys, not the roster's",
      CTL_AUDIT, PUT (keys) },
    { "head", 0, "SEQ:HASH",
      "verify: also prove that this head is in it, which\n"
      "was noted earlier", CTL_AUDIT, PUT (head) },
    { "reset", 0, NULL,
      "clear a warning, and refuse whatever was signed\nuntil now",
      CTL_HORIZON, PUT (reset) },
    { "from", 0, "ADDRESS", "only from this address", CTL_WHO | CTL_WHY,
      PUT (from) },
    { "at", 0, "TIME", "at that time, not now", CTL_WHO | CTL_WHY,
      PUT (at) },
    { "json", 0, NULL, "JSON, for programs",
      ~(unsigned int) (CTL_DENY | CTL_KEEP | CTL_RELOAD), PUT (json) },
    { "config", 0, "DIR", "instead of " POSTERN_SYSCONFDIR, 0, PUT (dir) },
    { "runtime", 0, "DIR", "where the socket is", 0, PUT (runtime) },
    { NULL, 0, NULL, NULL, 0, 0, NULL }
  };

#define OPTIONS(bit, more) options_table, bit, more
#define MORE_PORTS "PORTS are such as tcp/22 or tcp/22,udp/60000-60010.\n"
#define MORE_AT "Times are '07:30' (the next), '2026-01-31 07:30'," \
  " '2026-01-31' or\n'10m' (ago).\n"

static int run_audit (const struct ctl_options *opt);

static const struct verb verbs[] =
  {
    { { "status", "", "How posternd is doing", OPTIONS (CTL_STATUS, NULL) },
      0, 0, NULL, "STATUS", ctl_print_status, NULL, NULL },
    { { "grants", "", "What is open, and for whom",
        OPTIONS (CTL_GRANTS, NULL) },
      0, 0, NULL, "GRANTS", ctl_print_grant, "Nothing is open.", NULL },
    { { "close", "ID | --user NAME | --all", "End grants now",
        OPTIONS (CTL_CLOSE, "ID is from 'posternctl grants'; its first digits"
                 " will do.\n") },
      0, 1, NULL, "CLOSE", NULL, NULL, "Closed." },
    { { "pending", "", "Requests that wait for approval",
        OPTIONS (CTL_PENDING, NULL) },
      0, 0, NULL, "PENDING", ctl_print_pending, "Nothing is pending.", NULL },
    { { "deny", "ID", "Deny a pending request",
        OPTIONS (CTL_DENY, "ID is from 'posternctl pending'; its first digits"
                 " will do.\n") },
      1, 1, NULL, "DENY", NULL, NULL, "Denied." },
    { { "audit", "[FILTER]... | export | verify [FILE]",
        "What was decided, and why; and prove it",
        OPTIONS (CTL_AUDIT, "'export' writes all of it for another machine,"
                 " as lines of JSON.\n'verify' proves that nothing was"
                 " changed, here or in FILE.\n"
                 "Times are '10m' (ago), '2026-01-31' or '2026-01-31"
                 " 07:30'.\n") },
      0, 2, run_audit, NULL, NULL, NULL, NULL },
    { { "horizon", "[--reset]", "The time before which requests are refused",
        OPTIONS (CTL_HORIZON, NULL) },
      0, 0, NULL, "HORIZON", ctl_print_status, NULL, NULL },
    { { "unlock", "USER", "Let a person who gave wrong credentials try again",
        OPTIONS (CTL_UNLOCK, NULL) },
      1, 1, NULL, "UNLOCK", NULL, NULL, "Unlocked." },
    { { "keep", "", "Keep what a trial would undo",
        OPTIONS (CTL_KEEP, NULL) },
      0, 0, NULL, "KEEP", NULL, NULL,
      "The trial is over, and posternd stays." },
    { { "reload", "", "Read the configuration again; nothing is dropped",
        OPTIONS (CTL_RELOAD, NULL) },
      0, 0, NULL, "RELOAD", NULL, NULL, "The configuration was read again." },
    { { "who", "PORTS | command NAME",
        "Who may open these ports, or run this command",
        OPTIONS (CTL_WHO, MORE_PORTS MORE_AT) },
      1, 2, ctl_who, NULL, NULL, NULL, NULL },
    { { "why", "USER PORTS | command NAME",
        "By which rule a person may, or why not",
        OPTIONS (CTL_WHY, MORE_PORTS MORE_AT) },
      2, 3, ctl_why, NULL, NULL, NULL, NULL },
    { { "explain", "FILE", "Why a captured packet passes or fails",
        OPTIONS (CTL_EXPLAIN, "FILE is a datagram, or a pcap file with"
                 " some.\n") },
      1, 1, ctl_explain, NULL, NULL, NULL, NULL },
  };

static const struct kit_program program =
  {
    "posternctl",
    "Usage: posternctl VERB ARGUMENTS... [--json] [--config DIR |"
    " --runtime DIR]\n"
    "Talks to a running posternd.\n",
    "\n'posternctl VERB --help' tells more; so does posternctl(8).",
    verbs, sizeof verbs / sizeof *verbs, sizeof *verbs, true
  };


/* Each element of an array is on a line of its own.  */
static void
print_json_line (const struct printing *printing, const char *line)
{
  bool list = printing->verb->none;

  if (list)
    fputs (printing->rows ? ",\n" : "[\n", stdout);
  fputs (line, stdout);
  if (!list)
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
      print_json_line (printing, line);
      printing->rows++;
      return 0;
    }
  printing->rows++;
  if (!printing->verb->printer)
    return 0;
  row = json_loads (line, 0, &error);
  if (!row)
    return gpg_error (GPG_ERR_INV_RESPONSE);
  printing->verb->printer (row);
  json_decref (row);
  return 0;
}


/* The command for the socket, to be freed with gpgrt_free.  */
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
say_done (const struct printing *printing)
{
  const struct verb *verb = printing->verb;

  if (printing->opt->json && verb->none)
    puts (printing->rows ? "\n]" : "[]");
  else if (!printing->opt->json && verb->none && !printing->rows)
    puts (verb->none);
  else if (!printing->opt->json && verb->done)
    puts (verb->done);
}


static int
send_command (console_t *console, const struct verb *verb,
              const struct ctl_options *opt)
{
  gpg_error_t err;
  struct printing printing = { opt, verb, 0 };
  const char *why = NULL;
  char *command;

  command = build_command (verb, opt);
  if (!command)
    err = gpg_error_from_syserror ();
  else if (!strcmp (verb->kit.name, "reload"))
    err = console_reload (console, &why);
  else
    err = console_ask (*console, command, print_row, &printing, &why);
  gpgrt_free (command);
  if (err)
    log_error ("%s: %s", verb->kit.name, why ? why : console_why (err));
  else
    say_done (&printing);
  return log_exit_code (err);
}


static int
run_audit (const struct ctl_options *opt)
{
  return !opt->argc ? ctl_audit (opt)
    : !strcmp (opt->argv[0], "export") ? ctl_audit_export (opt)
    : ctl_audit_verify (opt);
}


static int
run_verb (const struct verb *verb, const struct ctl_options *opt)
{
  console_t console;
  gpg_error_t err;
  int rc;

  if (verb->handler)
    return verb->handler (opt);
  err = ctl_connect (opt, false, &console);
  if (err)
    return ctl_exit_code (err);
  rc = send_command (&console, verb, opt);
  console_close (console);
  if (!rc && verb->kit.bits == CTL_RELOAD)
    ctl_warn (opt);
  return rc;
}


static bool
is_filtered (const struct ctl_options *opt)
{
  return opt->follow || opt->last || opt->user || opt->host || opt->source
    || opt->result || opt->since || opt->until;
}


/* Check the words after "audit" and what goes with them.  Returns what does not
   fit; NULL: all is well.  */
static const char *
check_audit (const struct ctl_options *opt)
{
  bool verify = opt->argc && !strcmp (opt->argv[0], "verify");
  bool export = opt->argc && !strcmp (opt->argv[0], "export");

  if (opt->argc > 1 + verify || (opt->argc && !verify && !export))
    return opt->argv[opt->argc - 1];
  if (opt->argc && is_filtered (opt))
    return "a filter together with export or verify";
  if (export && opt->json)
    return "--json with export, which writes JSON anyway";
  if (!verify && (opt->keys || opt->head))
    return "--keys or --head without verify";
  return NULL;
}


/* Check what goes with which verb.  */
static int
check_ctl_words (const struct verb *verb, const struct ctl_options *opt)
{
  bool is_close = verb->kit.bits == CTL_CLOSE;
  const char *bad = verb->kit.bits == CTL_AUDIT ? check_audit (opt) : NULL;

  if (!bad && opt->argc > verb->most)
    bad = opt->argv[opt->argc - 1];
  if (bad)
    return kit_usage (verb->kit.name, "it does not take %s", bad);
  if (opt->argc >= verb->least
      && !(is_close && !opt->argc + !opt->user + !opt->all == 3))
    return EX_OK;
  log_error ("%s needs %s", verb->kit.name, verb->kit.arguments);
  return EX_USAGE;
}


/* Check that what names a person or an id looks like one: it goes into a
   command.  */
static int
check_ctl_names (const struct verb *verb, const struct ctl_options *opt)
{
  bool names_one = !strcmp (verb->kit.name, "unlock")
    || !strcmp (verb->kit.name, "why");
  const char *user = names_one ? opt->argv[0] : opt->user;
  const char *id = opt->argc && (!strcmp (verb->kit.name, "close")
                                 || !strcmp (verb->kit.name, "deny"))
    ? opt->argv[0] : NULL;

  if (user && !netspec_name_valid (user, strlen (user)))
    log_error ("%s: '%s' is not a person's name", verb->kit.name, user);
  else if (id && (strlen (id) > 64
                  || strspn (id, "0123456789abcdef") != strlen (id) || !*id))
    log_error ("%s: '%s' is not an id; 'posternctl %s' shows them",
               verb->kit.name, id,
               verb->kit.bits == CTL_DENY ? "pending" : "grants");
  else
    return EX_OK;
  return EX_USAGE;
}


int
main (int argc, char **argv)
{
  struct ctl_options opt = { .dir = POSTERN_SYSCONFDIR };
  const struct kit_verb *kit;
  const struct verb *verb;
  struct kit_args args;
  int rc;

  log_init ("posternctl", 0);
  if (argc > 1 && !strcmp (argv[1], "--complete"))
    return ctl_complete (&program, argv + 2, (size_t) argc - 2);
  signal (SIGPIPE, SIG_IGN);    /* A reload ends connections.  */
  rc = kit_begin (&program, &argc, &argv, &kit);
  if (rc == KIT_GO_ON)
    rc = kit_parse (kit, argc, argv, &opt, &args);
  if (rc != KIT_GO_ON)
    return log_close_stdout (rc);
  verb = (const struct verb *) kit;
  opt.argc = args.n;
  opt.argv = args.arg;
  rc = check_ctl_words (verb, &opt);
  if (!rc)
    rc = check_ctl_names (verb, &opt);
  return log_close_stdout (rc ? rc : run_verb (verb, &opt));
}
