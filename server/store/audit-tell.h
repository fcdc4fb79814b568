/* audit-tell.h - Each decision as a line for the host's own log.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For log-audit: to the journal by its native protocol, with a field for
 * each thing, or to syslog as one line, whose form stays as it is and which
 * contrib/fail2ban-filter.conf reads.  Nothing waits for who reads it.  */

#ifndef POSTERN_AUDIT_TELL_H
#define POSTERN_AUDIT_TELL_H

#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "audit-row.h"

#define AUDIT_TELL_LEN 2048     /* Of a line.  */

typedef struct audit_tell_s *audit_tell_t;

/* Make a socket for KIND.  PATH is the other end, or NULL for the usual
   one; it need not be there yet, and may be made anew.  *R_TELL is NULL for
   CONFIG_LOG_NONE.  */
gpg_error_t audit_tell_open (enum config_log_audit kind, const char *path,
                             audit_tell_t *r_tell);
void audit_tell_close (audit_tell_t tell);

/* Tell ROW of HOST, as of COUNT alike.  What cannot be sent at once is
   lost, which the log says, once, and how many when it works again.  TELL
   may be NULL.  */
void audit_tell (audit_tell_t tell, const char *host,
                 const struct audit_row *row, uint32_t count);

/* The line, without a LF: NAME=VALUE with a blank between, in a fixed order;
   what is not known is left out, but for "source", which is "-".  A value
   with anything but letters, digits and common signs is in double quotes,
   in which a backslash stands before a quote and a backslash.  */
void audit_tell_line (const char *host, const struct audit_row *row,
                      uint32_t count, char line[AUDIT_TELL_LEN]);

#endif /*POSTERN_AUDIT_TELL_H*/
