/* verbs.h - The verbs of postern.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_VERBS_H
#define POSTERN_CLIENT_VERBS_H

#include "../client-options.h"
#include "../ask/compose.h"

struct verb
{
  const char *name;
  int (*handler) (const struct options *options);
  const char *arguments;        /* One way to call it a line.  */
  const char *summary;
  unsigned int options;         /* Bits of options.h.  */
};

/* The verbs by number, and by NAME; NULL: there is none.  */
const struct verb *verb_get (size_t i);
const struct verb *verb_find (const char *name);

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

/* Print the help of VERB (on stdout) and return EX_OK; or say on stderr
   what was wrong and return EX_USAGE.  */
int verb_help (const char *verb);
int verb_usage (const char *verb, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

#endif /*POSTERN_CLIENT_VERBS_H*/
