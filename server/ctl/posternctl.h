/* posternctl.h - What the files of posternctl share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_POSTERNCTL_H
#define POSTERN_POSTERNCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <jansson.h>
#include "../config/config.h"
#include "../../common/base/console.h"
#include "../../common/base/options-kit.h"

struct ctl_options
{
  const char *dir;              /* --config.  */
  const char *runtime;          /* --runtime; NULL: as configured.  */
  bool json;
  bool follow;
  bool all;
  bool reset;
  unsigned int last;            /* audit: rows; 0: as --since says.  */
  const char *keys, *head;      /* audit verify.  */
  const char *user, *host, *source, *result, *since, *until;
  const char *from, *at;        /* who and why.  */
  int argc;                     /* Words after the verb.  */
  char **argv;
};

/* VALUE as a text that does nothing to a terminal; "" if it is not a text.  It
   belongs to VALUE.  */
const char *ctl_plain_text (json_t *value);

/* The member NAME of ROW as a number; 0 if it is not one.  */
json_int_t ctl_number (json_t *row, const char *name);

/* Local time, with the day; "" for 0.  TEXT takes 32 bytes.  Returns TEXT.  */
const char *ctl_print_time (time_t when, char *text);

/* Print one row of the status, the grants, the audit or the pending requests,
   for a person to read.  The row of the horizon has some of the members of the
   status.  */
void ctl_print_status (json_t *row);
void ctl_print_grant (json_t *row);
void ctl_print_audit (json_t *row);
void ctl_print_pending (json_t *row);

/* posternctl explain FILE: see explain.c.  Returns an exit code.  */
int ctl_explain (const struct ctl_options *opt);

/* After a reload, print the warnings of posternd --check to stderr; see
   ctl-reload.c.  */
void ctl_warn (const struct ctl_options *opt);

/* posternctl who and why: what policy.c says of the configuration; see
   ctl-who.c.  */
int ctl_who (const struct ctl_options *opt);
int ctl_why (const struct ctl_options *opt);

/* Parse "10m" (ago), a day, a day and a time (local), or Unix seconds.
   GPG_ERR_INV_TIME.  */
gpg_error_t ctl_parse_time (const char *text, long long *r_time);

/* posternctl --complete: print what may replace the last of the N words after
   the name of PROGRAM; see ctl-complete.c.  */
int ctl_complete (const struct kit_program *program, char **word, size_t n);

/* posternctl audit with its filters; see ctl-audit.c.  CTL_RESULTS are the
   words that --result takes, NULL-ended.  */
extern const char *const ctl_results[];
int ctl_audit (const struct ctl_options *opt);

/* posternctl audit export and verify; see ctl-source.c and ctl-chain.c.  */
int ctl_audit_export (const struct ctl_options *opt);
int ctl_audit_verify (const struct ctl_options *opt);

/* Connect to the running posternd; errors are logged unless QUIET.  */
gpg_error_t ctl_connect (const struct ctl_options *opt, bool quiet,
                         console_t *r_console);

/* A reload ends the connection: replace *CONSOLE by a new one.  Tries for ten
   seconds.  */
gpg_error_t ctl_connect_again (const struct ctl_options *opt,
                               console_t *console);

/* The exit code for ERR, which is EX_UNAVAILABLE if no posternd runs.  */
int ctl_exit_code (gpg_error_t err);

#endif /*POSTERN_POSTERNCTL_H*/
