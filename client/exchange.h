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
  profile_t profile;            /* Not ours.  */
  unsigned int timeout;         /* Seconds to wait for replies.  */
  struct compose_ask ask;
  carrier_t carrier;
  compose_t compose;
  credential_t credential;      /* Only until all is sealed.  */
  struct report_item item[REQUEST_MAX_TARGETS];
};

void exchange_begin (struct exchange *x, const struct options *options,
                     profile_t profile, const struct compose_ask *ask);
void exchange_end (struct exchange *x);

/* These return -1 to go on, or an exit code after it was said why.  */

/* Resolve all hosts and settle the address that gets the grant.  BIND is
   the port that the packets come from, 0 for any.  */
int exchange_prepare (struct exchange *x, uint16_t bind);

/* Get the password if one is wanted, sign and seal.  */
int exchange_compose (struct exchange *x);

/* Send, wait, and keep the replies in X->item.  */
int exchange_run (struct exchange *x);

/* All of these: sends, and adds to REPORT how it went; or, with the option
   -o, writes the datagram.  */
int exchange_all (struct exchange *x, struct report *report);

#endif /*POSTERN_CLIENT_EXCHANGE_H*/
