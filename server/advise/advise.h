/* advise.h - What posternd would do, and what looks unwise.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The text of posternd --check and --check --dump.  Changes nothing.  */

#ifndef POSTERN_ADVISE_H
#define POSTERN_ADVISE_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <gpg-error.h>
#include "../config/config.h"

/* Write to OUT what posternd would do with CONFIG at NOW, then the
   warnings, one line for each, and store their number at R_WARNINGS.
   SSH_CONNECTION is the value of that environment variable, or NULL: it
   shows whether the administrator's own login would be cut off.  */
gpg_error_t advise_report (config_t config, const char *ssh_connection,
                           time_t now, FILE *out, int *r_warnings);

/* Write CONFIG to OUT as one object of JSON, with the warnings among the
   lines of TEXT.  */
gpg_error_t advise_json (config_t config, time_t now, FILE *text, FILE *out);

/* Call TELL for each of these warnings, without the word that begins it. */
void advise_warnings (config_t config, void (*tell) (const char *text));

/* Write what RULE, or the terms of a command, requires in addition to the
   person, each after "; ".  */
void advise_describe_terms (const struct config_rule *rule, FILE *out);

struct advise_firewall
{
  const char *libexec;          /* The folder of act.  */
  const char *dir;              /* Of the configuration.  */
  bool dump;                    /* Show the table as well.  */
  int verbose;
  bool to_stdout;               /* Else to stderr.  */
};

/* Have act check whether the host's own firewall agrees; it writes its
   warnings, one line for each.  Returns its exit code.  */
int advise_firewall (const struct advise_firewall *how);

/* The same, without waiting: the caller reaps the child.  */
void advise_firewall_begin (const struct advise_firewall *how);

/* Write to OUT how NEW differs from OLD: people, ports, commands and all
   else, one line for each; *R_N is how many.  */
gpg_error_t advise_differ (config_t old, config_t new, FILE *out,
                           size_t *r_n);

/* Write CONFIG as two files, each after a comment "# PATH", which
   config_load would read to the same meaning.  */
gpg_error_t advise_dump (config_t config, FILE *out);

#endif /*POSTERN_ADVISE_H*/
