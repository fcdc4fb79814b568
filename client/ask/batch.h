/* batch.h - A verb for several hosts, with as few signatures as possible.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One request names up to 16 hosts, and costs one signature, one touch of
 * the token.  Hosts that share one must be asked the same by the same key,
 * and fit into one packet together; whatever does not goes into another
 * request, and each host that gets a password into one of its own.  They are
 * signed and sent one after the other.  */

#ifndef POSTERN_CLIENT_BATCH_H
#define POSTERN_CLIENT_BATCH_H

#include "compose.h"
#include "../client-options.h"
#include "select.h"

/* Puts what the options say into ASK, which has action and one host.
   Returns -1 to go on or an exit code.  */
typedef int (*batch_fill_t) (const char *verb, const struct options *options,
                             struct compose_ask *ask);

/* A whole verb: arguments without a slash are hosts, and those with one are
   FILL's, without which (NULL) there may be none.  */
int batch_verb (const char *verb, enum request_action action,
                const struct options *options, batch_fill_t fill);

/* What VERB asks of the hosts that its arguments name, divided into
   requests.  Returns -1 to go on, or an exit code after an error was
   logged; *R_LIST is to be freed.  */
int batch_plan (profile_t profile, const char *verb,
                enum request_action action, const struct options *options,
                batch_fill_t fill, struct compose_ask **r_list, size_t *r_n);

/* Ask the N requests of LIST one after the other, until one fails at this end,
   and print the replies.  Returns an exit code.  */
int batch_ask (profile_t profile, const struct options *options,
               const struct compose_ask *list, size_t n);

#endif /*POSTERN_CLIENT_BATCH_H*/
