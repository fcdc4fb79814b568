/* client-options.c - The options of all verbs: one table, one reader.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "client-options.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include "../common/base/encode.h"
#include "../common/base/log.h"
#include "../common/base/meant.h"
#include "../common/wire/request.h"


/* A time in whole seconds from 1 to MOST.  */
static int
take_time (const char *verb, const struct kit_option *option,
           const char *text, unsigned int most, unsigned int *r_secs)
{
  char meant[MEANT_TIMELEN];

  if (!netspec_duration_parse (text, r_secs) && *r_secs && *r_secs <= most)
    return -1;
  if (!*r_secs && meant_time (text, meant))
    return kit_usage (verb, "--%s '%s' has no unit; did you mean '%s'?",
                      option->name, text, meant);
  return kit_usage (verb, "--%s '%s' is not a time like 30s, 5m or 2h"
                    " (at most %us)", option->name, text, most);
}


KIT_TAKE (for)
{
  return take_time (verb, option, text, OPTIONS_MAX_FOR,
                    &((struct options *) values)->seconds);
}


KIT_TAKE (every)
{
  return take_time (verb, option, text, OPTIONS_MAX_FOR,
                    &((struct options *) values)->every);
}


KIT_TAKE (timeout)
{
  return take_time (verb, option, text, OPTIONS_MAX_WAIT,
                    &((struct options *) values)->timeout);
}


KIT_TAKE (source)
{
  struct options *o = values;

  o->has_source = true;
  memset (&o->source, 0, sizeof o->source);
  if (!strcmp (text, "observed"))
    return -1;
  if (netspec_addr_parse (text, &o->source))
    return kit_usage (verb, "--source '%s' is neither an address in its"
                      " short form nor 'observed'", text);
  if (!netspec_addr_grantable (&o->source))
    return kit_usage (verb, "--source %s: nobody can connect from there", text);
  return -1;
}


KIT_TAKE (bind)
{
  struct options *o = values;
  unsigned long long port;

  if (decode_decimal (text, strlen (text), 65535, &port) || !port)
    return kit_usage (verb, "--bind '%s' is not a port (1 to 65535)", text);
  o->bind = (uint16_t) port;
  return -1;
}


KIT_TAKE (family)
{
  struct options *o = values;
  int family = option->letter == '4' ? AF_INET : AF_INET6;

  if (o->family != AF_UNSPEC && o->family != family)
    return kit_usage (verb, "-4 and -6 exclude each other");
  o->family = family;
  return -1;
}


KIT_TAKE (password)
{
  struct options *o = values;
  enum options_password password = text ? PASSWORD_FD
    : *option->name == 'a' ? PASSWORD_ASK : PASSWORD_NONE;
  unsigned long long fd;

  if (o->password != PASSWORD_PROFILE && o->password != password)
    return kit_usage (verb, "--password-fd, --ask-password and"
                      " --no-password exclude each other");
  o->password = password;
  if (!text)
    return -1;
  if (decode_decimal (text, strlen (text), INT_MAX, &fd))
    return kit_usage (verb, "--password-fd takes the number of an open"
                      " descriptor");
  o->password_fd = (int) fd;
  return -1;
}


KIT_TAKE (from)
{
  struct options *o = values;
  unsigned long long from;

  if (decode_decimal (text, strlen (text), REQUEST_MAX_FROM, &from))
    return kit_usage (verb, "--from '%s' is not a number of bytes up to %d",
                      text, REQUEST_MAX_FROM);
  o->from = (unsigned int) from;
  return -1;
}


/* One line of plain text; both options are the request's one reason.  */
KIT_TAKE (reason)
{
  struct options *o = values;
  size_t len = strlen (text);

  if (o->reason)
    return kit_usage (verb, "--reason and --emergency say why: give one");
  if (!len || len > OPTIONS_MAX_REASON || !encode_is_line (text, len))
    return kit_usage (verb, "a reason is one line of 1 to %d bytes",
                      OPTIONS_MAX_REASON);
  o->reason = text;
  o->emergency = option->bit == OPTION_EMERGENCY;
  return -1;
}


/* A whole fingerprint, which people group by blanks.  */
KIT_TAKE (fpr)
{
  size_t i, n = 0;

  for (i = 0; text[i]; i++)
    if (strchr ("0123456789abcdefABCDEF", text[i]))
      n++;
    else if (text[i] != ' ')
      break;
  if (text[i] || (n != NETSPEC_FPRLEAST && n != NETSPEC_FPRLEN))
    return kit_usage (verb, "--fpr '%s' is not a fingerprint, which has %d"
                      " hexadecimal digits", text, NETSPEC_FPRLEAST);
  ((struct options *) values)->fpr = text;
  return -1;
}


KIT_TAKE (verbose)
{
  log_init ("postern", 1);
  return -1;
}


/* A row whose value is stored as it is.  */
#define PUT(field) offsetof (struct options, field), NULL
#define VIA(function) 0, function

const struct kit_option options_table[] =
  {
    { "for", 0, "TIME", "how long it stays open, or --watch runs: 30s, 5m",
      OPTION_FOR, VIA (take_for) },
    { "source", 0, "ADDR", "who may connect: an address, or 'observed'",
      OPTION_SOURCE, VIA (take_source) },
    { "bind", 0, "PORT", "only from this source port", OPTION_BIND,
      VIA (take_bind) },
    { "no-bind", 0, NULL, "from any source port (a NAT may change it)",
      OPTION_NO_BIND, PUT (no_bind) },
    { "once", 0, NULL, "only one connection", OPTION_ONCE, PUT (once) },
    { "user", 0, "NAME", "your name there, if it is another one",
      OPTION_USER, PUT (user) },
    { "password-fd", 0, "N",
      "read the password, one line, from descriptor N", OPTION_PASSWORD,
      VIA (take_password) },
    { "ask-password", 0, NULL,
      "ask for a password, regardless of the profile", OPTION_PASSWORD,
      VIA (take_password) },
    { "no-password", 0, NULL, "send no password, regardless of the profile",
      OPTION_PASSWORD, VIA (take_password) },
    { "ipv4", '4', NULL, "send over IPv4 only", OPTION_FAMILY,
      VIA (take_family) },
    { "ipv6", '6', NULL, "send over IPv6 only", OPTION_FAMILY,
      VIA (take_family) },
    { "output", 'o', "FILE",
      "write the datagram there ('-': stdout), send nothing", OPTION_OUTPUT,
      PUT (output) },
    { "print-command", 0, NULL,
      "print the commands of plain gpg, for an open door", OPTION_PRINT,
      PUT (print_command) },
    { "timeout", 0, "TIME", "how long to wait for the reply (default 8s)",
      OPTION_TIMEOUT, VIA (take_timeout) },
    { "fpr", 0, "FPR",
      "the server's fingerprint as you know it; must match", OPTION_FPR,
      VIA (take_fpr) },
    { "as", 0, "NAME", "call the host NAME here", OPTION_AS, PUT (as) },
    { "from", 0, "N", "the output from its byte N on", OPTION_FROM,
      VIA (take_from) },
    { "all", 0, NULL,
      "all of the output: one signature for each piece of it", OPTION_ALL,
      PUT (all) },
    { "reason", 0, "TEXT", "why, for the approvers and the audit log",
      OPTION_REASON, VIA (take_reason) },
    { "emergency", 0, "TEXT",
      "skip approvals, if a rule allows it, and say why",
      OPTION_EMERGENCY, VIA (take_reason) },
    { "watch", 0, NULL, "wait until a request is pending at a host",
      OPTION_WATCH, PUT (watch) },
    { "every", 0, "TIME", "how often --watch asks (default 30s)",
      OPTION_EVERY, VIA (take_every) },
    { "json", 0, NULL, "print JSON", OPTION_JSON, PUT (json) },
    { "names", 0, NULL, "print the names only", OPTION_NAMES, PUT (names) },
    { "config", 0, "DIR", "instead of ~/.config/postern", OPTION_CONFIG,
      PUT (config) },
    { "verbose", 'v', NULL, "say what is being done", OPTION_VERBOSE,
      VIA (take_verbose) },
    { NULL, 0, NULL, NULL, 0, 0, NULL }
  };


int
options_parse (const struct kit_verb *verb, int argc, char **argv,
               struct options *r_options)
{
  struct kit_args args;
  int rc;

  memset (r_options, 0, sizeof *r_options);
  r_options->family = AF_UNSPEC;
  r_options->timeout = OPTIONS_WAIT;
  rc = kit_parse (verb, argc, argv, r_options, &args);
  r_options->set = args.set;
  r_options->n_args = args.n;
  r_options->n_behind = args.n_after;
  r_options->arg = args.arg;
  return rc;
}
