/* verbs.h - The verbs of postern.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_VERBS_H
#define POSTERN_CLIENT_VERBS_H

#include "../client-options.h"
#include "../ask/compose.h"

/* What some verbs take.  */
#define VERB_WHY_OPTIONS (OPTION_REASON | OPTION_EMERGENCY)
#define VERB_ASK_OPTIONS (OPTION_SEND | OPTION_OUTPUT)
#define VERB_OPEN_OPTIONS (OPTION_FOR | OPTION_SOURCE | OPTION_BIND \
                           | VERB_WHY_OPTIONS | OPTION_ONCE \
                           | OPTION_PASSWORD | VERB_ASK_OPTIONS)

struct verb
{
  struct kit_verb kit;
  int (*handler) (const struct options *options);
};

extern const struct kit_program verbs_program;

/* Each takes its options and arguments, logs its own errors and returns an
   exit code of sysexits.h.  */
int open_verb (const struct options *options);
int close_verb (const struct options *options);
int pending_verb (const struct options *options);
int watch_verb (const struct options *options);
int approve_verb (const struct options *options);
int deny_verb (const struct options *options);
int whoami_verb (const struct options *options);
int hosts_verb (const struct options *options);
int run_verb (const struct options *options);
int result_verb (const struct options *options);
int seal_verb (const struct options *options);
int connect_verb (const struct options *options);
int doctor_verb (const struct options *options);
int join_verb (const struct options *options);

/* Put what VERB's options and arguments, and the profile, say about ports
   and time into ASK, whose one host is there already.  Returns -1 to go on
   or an exit code.  */
int open_fill (const char *verb, const struct options *options,
               struct compose_ask *ask);

/* The part of it that every grant has.  */
void open_common (const struct options *options, struct compose_ask *ask);

#endif /*POSTERN_CLIENT_VERBS_H*/
