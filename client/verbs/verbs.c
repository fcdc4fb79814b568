/* verbs.c - The verbs of postern: one table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/log.h"

#define WHY_OPTIONS (OPTION_REASON | OPTION_EMERGENCY)
#define OPEN_OPTIONS (OPTION_FOR | OPTION_SOURCE | OPTION_BIND \
                      | WHY_OPTIONS | OPTION_ONCE | OPTION_OUTPUT \
                      | OPTION_PASSWORD | OPTION_SEND)

static const struct verb verbs[] =
  {
    { "open", open_verb, "HOST... [PORTS]",
      "Open ports (the invite's; tcp/22 else) for this address",
      OPEN_OPTIONS },
    { "close", close_verb, "HOST...",
      "End your own grants now", OPTION_SEND | OPTION_OUTPUT },
    { "connect", connect_verb, "HOST PORT",
      "Open tcp/PORT and relay stdin and stdout; for ssh's ProxyCommand",
      OPTION_FOR | OPTION_SOURCE | OPTION_NO_BIND | OPTION_USER
      | OPTION_PASSWORD | OPTION_FAMILY | OPTION_TIMEOUT | OPTION_COMMON },
    { "run", run_verb, "HOST COMMAND [NAME=VALUE]...\n"
      "HOST COMMAND -- COMMAND LINE",
      "Run a command of the server's, and exit as it does",
      WHY_OPTIONS | OPTION_PASSWORD | OPTION_SEND },
    { "result", result_verb, "HOST ID",
      "Fetch what came of a command that was run", OPTION_FROM | OPTION_ALL
      | OPTION_SEND },
    { "pending", pending_verb, "HOST\n--watch [HOST...]",
      "List what waits for approval, or wait until something does",
      OPTION_WATCH | OPTION_EVERY | OPTION_FOR | OPTION_SEND },
    { "approve", approve_verb, "HOST ID",
      "Approve what somebody asked for, with a signature of your own",
      OPTION_REASON | OPTION_PASSWORD | OPTION_SEND },
    { "deny", deny_verb, "HOST ID",
      "End what somebody asked for, or you did",
      OPTION_REASON | OPTION_SEND },
    { "whoami", whoami_verb, "HOST...",
      "Ask which address the server sees, and what you may do",
      OPTION_SEND | OPTION_OUTPUT },
    { "seal", seal_verb, "open|close|whoami ARGUMENTS... -o FILE",
      "Write the datagram instead of sending it",
      (OPEN_OPTIONS & ~(unsigned int) (OPTION_TIMEOUT | OPTION_JSON))
      | OPTION_PRINT },
    { "doctor", doctor_verb, "HOST",
      "Find out why a host does not answer, and what to do", OPTION_SEND },
    { "hosts", hosts_verb, "[HOST...]\nshow HOST...\n"
      "rename OLD NEW\nremove NAME...",
      "List, show, rename or forget the hosts that you have joined",
      OPTION_JSON | OPTION_NAMES | OPTION_COMMON },
    { "join", join_verb, "FILE|-",
      "Take an invite, after comparing the server's fingerprint",
      OPTION_FPR | OPTION_AS | OPTION_COMMON },
  };

#define N_VERBS (sizeof verbs / sizeof *verbs)


const struct verb *
verb_get (size_t i)
{
  return i < N_VERBS ? verbs + i : NULL;
}


const struct verb *
verb_find (const char *name)
{
  size_t i;

  for (i = 0; i < N_VERBS; i++)
    if (!strcmp (verbs[i].name, name))
      return verbs + i;
  return NULL;
}


static void
print_usage (const struct verb *verb)
{
  const char *line = verb->arguments, *end;

  for (; line; line = *end ? end + 1 : NULL)
    {
      end = strchrnul (line, '\n');
      printf ("%s postern %s%s%.*s [OPTIONS]\n",
              line == verb->arguments ? "Usage:" : "      ", verb->name,
              end == line ? "" : " ", (int) (end - line), line);
    }
}


int
verb_help (const char *name)
{
  const struct verb *verb = verb_find (name);

  if (!verb)
    return EX_SOFTWARE;
  print_usage (verb);
  printf ("%s.\n", verb->summary);
  if (strstr (verb->arguments, "HOST..."))
    puts ("A HOST may be a pattern: 'web*'; and '!web3' leaves one out.");
  putchar ('\n');
  options_help (verb->options);
  return EX_OK;
}


int
verb_usage (const char *name, const char *format, ...)
{
  va_list args;
  char text[400];

  va_start (args, format);
  gpgrt_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  /* A question ends what it asks.  */
  log_error ("%s: %s%s try 'postern %s --help'", name, text,
             *text && text[strlen (text) - 1] == '?' ? "" : ";", name);
  return EX_USAGE;
}
