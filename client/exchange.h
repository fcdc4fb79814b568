/* exchange.h - One request, from the options to the report.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_EXCHANGE_H
#define POSTERN_CLIENT_EXCHANGE_H

#include "carrier.h"
#include "compose.h"
#include "options.h"
#include "report.h"

struct exchange
{
  const struct options *options;
  profile_t profile;
  struct compose_ask ask;
  carrier_t carrier;
  compose_t compose;
  credential_t credential;      /* Only until all is sealed.  */
  struct report_item item[REQUEST_MAX_TARGETS];
};

/* Open the profile.  Returns -1 to go on or an exit code.  */
int exchange_begin (struct exchange *x, const struct options *options);
void exchange_end (struct exchange *x);

/* Put the host NAME into X->ask.  */
int exchange_add_host (struct exchange *x, const char *name);

/* Resolve all hosts and settle the address that gets the grant.  BIND is
   the port that the packets come from, 0 for any.  */
int exchange_prepare (struct exchange *x, uint16_t bind);

/* Get the password if one is wanted, sign and seal.  */
int exchange_compose (struct exchange *x);

/* Send, wait, and keep the replies in X->item.  */
int exchange_run (struct exchange *x);

/* All of it but the begin: sends and reports, or, with the option -o,
   writes the datagram.  */
int exchange_all (struct exchange *x);

/* Puts more than hosts and user into ASK; returns -1 to go on.  */
typedef int (*exchange_fill_t) (const char *verb,
                                const struct options *options,
                                struct compose_ask *ask);

/* Put what the options ask for into X->ask: the arguments without a slash
   are hosts; FILL (may be NULL) does the rest.  */
int exchange_fill (struct exchange *x, const char *verb,
                   enum request_action action, exchange_fill_t fill);

/* A whole verb.  */
int exchange_verb (const char *verb, enum request_action action,
                   const struct options *options, exchange_fill_t fill);

#endif /*POSTERN_CLIENT_EXCHANGE_H*/
