/* exchange.h - One request, from the options to the report.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_EXCHANGE_H
#define POSTERN_CLIENT_EXCHANGE_H

#include "carrier.h"
#include "compose.h"
#include "../client-options.h"
#include "report.h"

/* A host that cannot be asked, and the reason.  */
struct exchange_lost
{
  const struct profile_host *host;
  int status;                   /* The exit code.  */
  char *message;
};

struct exchange
{
  const struct options *options;
  const char *verb;             /* Which messages begin with.  */
  profile_t profile;            /* Not ours.  */
  unsigned int timeout;         /* Seconds to wait for replies.  */
  struct compose_ask ask;
  carrier_t carrier;
  compose_t compose;
  credential_t credential;      /* Only until all is sealed.  */
  struct report_item item[REQUEST_MAX_TARGETS];
  bool several;                 /* One host that fails stops no others.  */
  size_t n_lost;
  struct exchange_lost lost[REQUEST_MAX_TARGETS];
};

void exchange_begin (struct exchange *x, const struct options *options,
                     profile_t profile, const struct compose_ask *ask);
void exchange_end (struct exchange *x);

/* These return -1 to go on, or an exit code after an error was logged.  */

/* Resolve all hosts and settle the address that gets the grant.  BIND is
   the port that the packets come from, 0 for any.  With X->several hosts
   that cannot be asked are taken out and kept as lost.  */
int exchange_prepare (struct exchange *x, uint16_t bind);

/* Get the password if one is wanted, sign and seal.  */
int exchange_compose (struct exchange *x);

/* Send, wait, and keep the replies in X->item.  */
int exchange_run (struct exchange *x);

/* These three, from any port.  */
int exchange_once (struct exchange *x);

/* The same: sends, and adds to REPORT how it went; or, with the option
   -o, writes the datagram.  Several hosts that cannot be given one signed
   address are asked one by one.  */
int exchange_all (struct exchange *x, struct report *report);

#endif /*POSTERN_CLIENT_EXCHANGE_H*/
