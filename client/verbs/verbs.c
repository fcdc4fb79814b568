/* verbs.c - The verbs of postern: one table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

static const char pattern[] =
  "A HOST may be a pattern: 'web*'; and '!web3' leaves one out.\n";

static const struct verb verbs[] =
  {
    { { "open", "HOST... [PORTS]",
        "Open ports (default: the invite's, or tcp/22) for this address",
        options_table, VERB_OPEN_OPTIONS, pattern }, open_verb },
    { { "close", "HOST...",
        "End your own grants now",
        options_table, VERB_ASK_OPTIONS, pattern }, close_verb },
    { { "connect", "HOST PORT",
        "Open tcp/PORT and relay stdin and stdout; for ssh's ProxyCommand",
        options_table, OPTION_FOR | OPTION_SOURCE | OPTION_NO_BIND
        | OPTION_USER | OPTION_PASSWORD | OPTION_FAMILY | OPTION_TIMEOUT
        | OPTION_COMMON, NULL }, connect_verb },
    { { "run", "HOST COMMAND [NAME=VALUE]...\n"
        "HOST COMMAND -- COMMAND LINE",
        "Run a command of the server, and exit with its status",
        options_table, VERB_WHY_OPTIONS | OPTION_PASSWORD | OPTION_SEND, NULL
        }, run_verb },
    { { "result", "HOST ID",
        "Fetch the result of a command that was run",
        options_table, OPTION_FROM | OPTION_ALL | OPTION_SEND, NULL },
        result_verb },
    { { "pending", "HOST\n--watch [HOST...]",
        "List pending requests, or wait until there is one",
        options_table, OPTION_WATCH | OPTION_EVERY | OPTION_FOR | OPTION_SEND,
        pattern }, pending_verb },
    { { "approve", "HOST ID",
        "Approve another person's request, with your own signature",
        options_table, OPTION_REASON | OPTION_PASSWORD | OPTION_SEND, NULL },
        approve_verb },
    { { "deny", "HOST ID",
        "Deny another person's request, or withdraw your own",
        options_table, OPTION_REASON | OPTION_SEND, NULL }, deny_verb },
    { { "whoami", "HOST...",
        "Show which address the server sees, and what you may do",
        options_table, VERB_ASK_OPTIONS, pattern }, whoami_verb },
    { { "seal", "open|close|whoami ARGUMENTS... -o FILE",
        "Write the datagram instead of sending it",
        options_table, (VERB_OPEN_OPTIONS & ~(unsigned int) (OPTION_TIMEOUT
        | OPTION_JSON)) | OPTION_PRINT, NULL }, seal_verb },
    { { "doctor", "HOST",
        "Find out why a host does not answer, and what to do",
        options_table, OPTION_SEND, NULL }, doctor_verb },
    { { "hosts", "[HOST...]\nshow HOST...\n"
        "rename OLD NEW\nremove NAME...",
        "List, show, rename or forget the hosts that you have joined",
        options_table, OPTION_JSON | OPTION_NAMES | OPTION_COMMON, pattern },
        hosts_verb },
    { { "join", "FILE|-",
        "Join a host by its invite, after comparing its fingerprint",
        options_table, OPTION_FPR | OPTION_AS | OPTION_COMMON, NULL },
        join_verb },
  };

const struct kit_program verbs_program =
  {
    "postern",
    "Usage: postern VERB ARGUMENTS...\n"
    "Open a server's doors with one signed packet.\n",
    "\nSee 'postern VERB --help' and postern(1).  Shells run"
    "\n'postern --complete WORD...' to learn what may be typed next.",
    verbs, sizeof verbs / sizeof *verbs, sizeof *verbs, false
  };
