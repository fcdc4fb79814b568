/* client-options.c - The options of all verbs: one table, one reader.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "client-options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "../common/base/encode.h"
#include "../common/base/log.h"
#include "../common/wire/request.h"
#include "ask/carrier.h"
#include "../common/base/meant.h"
#include "verbs/verbs.h"

/* Values beyond those of characters for options without a short form.  */
enum
  {
    KEY_FOR = 256, KEY_SOURCE, KEY_BIND, KEY_NO_BIND, KEY_ONCE, KEY_USER,
    KEY_PRINT, KEY_TIMEOUT, KEY_JSON, KEY_FPR, KEY_AS, KEY_CONFIG,
    KEY_NAMES, KEY_PASSWORD_FD, KEY_ASK_PASSWORD, KEY_NO_PASSWORD,
    KEY_ALL, KEY_FROM, KEY_REASON, KEY_EMERGENCY,
    KEY_WATCH, KEY_EVERY
  };

static const struct option_row table[] =
  {
    { "for", KEY_FOR, "TIME", OPTION_FOR,
      "how long it is open, or --watch goes on: 30s, 5m" },
    { "source", KEY_SOURCE, "ADDR", OPTION_SOURCE,
      "who may connect: an address, or 'observed'" },
    { "bind", KEY_BIND, "PORT", OPTION_BIND,
      "only from this source port" },
    { "no-bind", KEY_NO_BIND, NULL, OPTION_NO_BIND,
      "from any source port (a NAT may change it)" },
    { "once", KEY_ONCE, NULL, OPTION_ONCE,
      "only one connection" },
    { "user", KEY_USER, "NAME", OPTION_USER,
      "the name there, where it is not your own" },
    { "password-fd", KEY_PASSWORD_FD, "N", OPTION_PASSWORD,
      "read the password, one line, from descriptor N" },
    { "ask-password", KEY_ASK_PASSWORD, NULL, OPTION_PASSWORD,
      "ask for a password, whatever the profile says" },
    { "no-password", KEY_NO_PASSWORD, NULL, OPTION_PASSWORD,
      "send none, whatever the profile says" },
    { "ipv4", '4', NULL, OPTION_FAMILY, "send over IPv4 only" },
    { "ipv6", '6', NULL, OPTION_FAMILY, "send over IPv6 only" },
    { "output", 'o', "FILE", OPTION_OUTPUT,
      "write the datagram there ('-': stdout), send nothing" },
    { "print-command", KEY_PRINT, NULL, OPTION_PRINT,
      "print how plain gpg does it, for an open door" },
    { "timeout", KEY_TIMEOUT, "TIME", OPTION_TIMEOUT,
      "how long to wait for the reply (default 8s)" },
    { "fpr", KEY_FPR, "FPR", OPTION_FPR,
      "the server's fingerprint as you were told; must match" },
    { "as", KEY_AS, "NAME", OPTION_AS,
      "call the host NAME here" },
    { "from", KEY_FROM, "N", OPTION_FROM,
      "the output from its byte N on" },
    { "all", KEY_ALL, NULL, OPTION_ALL,
      "all of the output: one signature for each piece of it" },
    { "reason", KEY_REASON, "TEXT", OPTION_REASON,
      "why, for who approves and for the audit" },
    { "emergency", KEY_EMERGENCY, "TEXT", OPTION_EMERGENCY,
      "without approvals, where a rule lets you; says why" },
    { "watch", KEY_WATCH, NULL, OPTION_WATCH,
      "until something waits at one of the hosts" },
    { "every", KEY_EVERY, "TIME", OPTION_EVERY,
      "how often --watch looks (default 30s)" },
    { "json", KEY_JSON, NULL, OPTION_JSON, "print JSON" },
    { "names", KEY_NAMES, NULL, OPTION_NAMES, "print the names only" },
    { "config", KEY_CONFIG, "DIR", OPTION_CONFIG,
      "instead of ~/.config/postern" },
    { "verbose", 'v', NULL, OPTION_VERBOSE, "say what is being done" }
  };

#define N_OPTIONS (sizeof table / sizeof *table)


const struct option_row *
options_row (size_t i)
{
  return i < N_OPTIONS ? table + i : NULL;
}


void
options_help (unsigned int allowed)
{
  char left[40];
  size_t i;

  for (i = 0; i < N_OPTIONS; i++)
    if (table[i].bit & allowed)
      {
        gpgrt_snprintf (left, sizeof left, "%c%c %s%s%s%s",
                        table[i].key < 256 ? '-' : ' ',
                        table[i].key < 256 ? table[i].key : ' ', "--",
                        table[i].name, table[i].argument ? " " : "",
                        table[i].argument ? table[i].argument : "");
        printf ("  %-22s %s\n", left, table[i].help);
      }
  printf ("  %-22s %s\n", "-h --help", "this help");
}


const char *
options_name (unsigned int bits)
{
  size_t i;

  for (i = 0; i < N_OPTIONS; i++)
    if (table[i].bit & bits)
      return table[i].name;
  return "";
}


/* A time in whole seconds from 1 to MOST.  */
static int
take_time (const char *verb, const char *name, unsigned int most,
           unsigned int *r_secs)
{
  char text[MEANT_TIMELEN];

  if (!netspec_duration_parse (optarg, r_secs) && *r_secs && *r_secs <= most)
    return -1;
  if (!*r_secs && meant_time (optarg, text))
    return verb_usage (verb, "--%s '%s' has no unit; did you mean '%s'?", name, optarg, text);
  return verb_usage (verb, "--%s '%s' is not a time like 30s, 5m or 2h"
                     " (at most %us)", name, optarg, most);
}


static int
take_source (const char *verb, struct options *o)
{
  o->has_source = true;
  memset (&o->source, 0, sizeof o->source);
  if (!strcmp (optarg, "observed"))
    return -1;
  if (netspec_addr_parse (optarg, &o->source))
    return verb_usage (verb, "--source '%s' is neither an address in its"
                       " short form nor 'observed'", optarg);
  if (!netspec_addr_grantable (&o->source))
    return verb_usage (verb, "--source %s: nobody connects from there",
                       optarg);
  return -1;
}


static int
take_bind (const char *verb, struct options *o)
{
  unsigned long long port;

  if (decode_decimal (optarg, strlen (optarg), 65535, &port) || !port)
    return verb_usage (verb, "--bind '%s' is no port (1 to 65535)", optarg);
  o->bind = (uint16_t) port;
  return -1;
}


static int
take_family (const char *verb, struct options *o, int family)
{
  if (o->family != AF_UNSPEC && o->family != family)
    return verb_usage (verb, "-4 and -6 exclude each other");
  o->family = family;
  return -1;
}


static int
take_password (const char *verb, struct options *o,
               enum options_password password)
{
  unsigned long long fd;

  if (o->password != PASSWORD_PROFILE && o->password != password)
    return verb_usage (verb, "--password-fd, --ask-password and"
                       " --no-password exclude each other");
  o->password = password;
  if (password != PASSWORD_FD)
    return -1;
  if (decode_decimal (optarg, strlen (optarg), INT_MAX, &fd))
    return verb_usage (verb, "--password-fd takes the number of an open"
                       " descriptor");
  o->password_fd = (int) fd;
  return -1;
}


static int
take_from (const char *verb, struct options *o)
{
  unsigned long long from;

  if (decode_decimal (optarg, strlen (optarg), REQUEST_MAX_FROM, &from))
    return verb_usage (verb, "--from '%s' is no number of bytes up to %d",
                       optarg, REQUEST_MAX_FROM);
  o->from = (unsigned int) from;
  return -1;
}


/* One line of plain text; both options are the request's one reason.  */
static int
take_reason (const char *verb, struct options *o, bool emergency)
{
  size_t len = strlen (optarg);

  if (o->reason)
    return verb_usage (verb, "--reason and --emergency say why: give one");
  if (!len || len > OPTIONS_MAX_REASON || !encode_is_line (optarg, len))
    return verb_usage (verb, "a reason is one line of 1 to %d bytes",
                       OPTIONS_MAX_REASON);
  o->reason = optarg;
  o->emergency = emergency;
  return -1;
}


/* A whole fingerprint, which people group by blanks.  */
static int
take_fpr (const char *verb, struct options *o)
{
  size_t i, n = 0;

  for (i = 0; optarg[i]; i++)
    if (strchr ("0123456789abcdefABCDEF", optarg[i]))
      n++;
    else if (optarg[i] != ' ')
      break;
  if (optarg[i] || (n != NETSPEC_FPRLEAST && n != NETSPEC_FPRLEN))
    return verb_usage (verb, "--fpr '%s' is not a fingerprint, which has %d"
                       " hexadecimal digits", optarg, NETSPEC_FPRLEAST);
  o->fpr = optarg;
  return -1;
}


/* Options whose value can be wrong.  */
static int
take_value (const char *verb, int key, struct options *o)
{
  unsigned int secs = 0;
  int rc;

  switch (key)
    {
    case KEY_FOR:
      rc = take_time (verb, "for", OPTIONS_MAX_FOR, &secs);
      o->seconds = secs;
      return rc;
    case KEY_EVERY:
      return take_time (verb, "every", OPTIONS_MAX_FOR, &o->every);
    case KEY_TIMEOUT:
      return take_time (verb, "timeout", OPTIONS_MAX_WAIT, &o->timeout);
    case KEY_SOURCE:
      return take_source (verb, o);
    case KEY_BIND:
      return take_bind (verb, o);
    case KEY_PASSWORD_FD:
      return take_password (verb, o, PASSWORD_FD);
    case KEY_ASK_PASSWORD:
      return take_password (verb, o, PASSWORD_ASK);
    case KEY_NO_PASSWORD:
      return take_password (verb, o, PASSWORD_NONE);
    case KEY_FROM:
      return take_from (verb, o);
    case KEY_FPR:
      return take_fpr (verb, o);
    case KEY_REASON:
      return take_reason (verb, o, false);
    case KEY_EMERGENCY:
      return take_reason (verb, o, true);
    case '4':
      return take_family (verb, o, AF_INET);
    default:
      return take_family (verb, o, AF_INET6);
    }
}


static int
take_option (const char *verb, int key, struct options *o)
{
  switch (key)
    {
    case KEY_NO_BIND: o->no_bind = true; return -1;
    case KEY_ONCE: o->once = true; return -1;
    case KEY_USER: o->user = optarg; return -1;
    case 'o': o->output = optarg; return -1;
    case KEY_PRINT: o->print_command = true; return -1;
    case KEY_JSON: o->json = true; return -1;
    case KEY_NAMES: o->names = true; return -1;
    case KEY_WATCH: return -1;
    case KEY_ALL: o->all = true; return -1;
    case KEY_AS: o->as = optarg; return -1;
    case KEY_CONFIG: o->config = optarg; return -1;
    case 'v':
      o->verbose = true;
      log_init ("postern", 1);
      return -1;
    default: return take_value (verb, key, o);
    }
}


static unsigned int
bit_of (int key)
{
  size_t i;

  for (i = 0; i < N_OPTIONS; i++)
    if (table[i].key == key)
      return table[i].bit;
  return 0;
}


/* The long options of the bits ALLOWED, for getopt.  */
static void
make_long (unsigned int allowed, struct option *list)
{
  size_t i, n = 0;

  for (i = 0; i < N_OPTIONS; i++)
    if (table[i].bit & allowed)
      {
        list[n].name = table[i].name;
        list[n].has_arg = table[i].argument ? required_argument
                                            : no_argument;
        list[n++].val = table[i].key;
      }
  list[n].name = "help";
  list[n].val = 'h';
}


/* How many words come behind the first "--".  */
static int
count_behind (int argc, char **argv)
{
  int i;

  for (i = 1; i < argc; i++)
    if (!strcmp (argv[i], "--"))
      return argc - i - 1;
  return 0;
}


int
options_parse (const char *verb, unsigned int allowed, int argc, char **argv,
               struct options *r_options)
{
  struct option list[N_OPTIONS + 2];
  struct options *o = r_options;
  unsigned int bit;
  int key, rc = -1;

  memset (list, 0, sizeof list);
  memset (o, 0, sizeof *o);
  o->family = AF_UNSPEC;
  o->timeout = CARRIER_DEADLINE / 1000;
  make_long (allowed, list);
  o->n_behind = count_behind (argc, argv);      /* getopt reorders.  */
  opterr = 0;
  optind = 1;
  while (rc < 0
         && (key = getopt_long (argc, argv, ":46o:vh", list, NULL)) != -1)
    {
      if (key == 'h')
        return verb_help (verb);
      if (key == ':')
        return verb_usage (verb, "option '%s' needs a value",
                           argv[optind - 1]);
      bit = key == '?' ? 0 : bit_of (key);
      if (!(bit & allowed))
        return verb_usage (verb, "no such option here: '%s'",
                           argv[optind - 1]);
      o->set |= bit;
      rc = take_option (verb, key, o);
    }
  o->n_args = argc - optind;
  o->arg = argv + optind;
  return rc;
}
