/* policy.h - May this person do what the request asks?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No input or output: a request, where it came from, and the
 * configuration, give a verdict.  */

#ifndef POSTERN_POLICY_H
#define POSTERN_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "../config/config.h"
#include "../../common/wire/request.h"
#include "../ipc/packets.h"
#include "../ipc/refusal.h"

#define POLICY_DETAILLEN 128

/* What is judged.  */
struct policy_case
{
  request_t req;
  const struct packet_origin *origin;
  const char *primary;          /* Fingerprint of the signer.  */
  bool attachment;              /* The datagram carried one.  */
  time_t now;
};

struct policy_verdict
{
  enum refusal refusal;         /* REFUSAL_NONE: go on.  */
  const struct config_user *user;       /* NULL: nobody.  */
  const struct config_rule *rule;       /* For open; for run the command's
                                           terms.  */
  const struct config_command *command; /* For run.  */
  struct net_addr addr;         /* Who gets the grant.  */
  uint32_t seconds;
  bool cut;                     /* SECONDS is less than was wished.  */
  char detail[POLICY_DETAILLEN]; /* For the audit: the nearest rule.  */
};

void policy_judge (config_t config, const struct policy_case *pcase,
                   struct policy_verdict *verdict);

/* What the person may do here and now, as lines of text for the reply to
   whoami; to be freed.  NULL: out of memory.  */
char *policy_describe (config_t config, const struct policy_case *pcase,
                       const struct config_user *user);

/* True if a signature made at SIGNED_AT belongs to a text that says TIME (both
   Unix seconds): at most max-ahead before it, and max-age after it.  */
bool policy_signed_then (config_t config, uint64_t time, uint64_t signed_at);

#endif /*POSTERN_POLICY_H*/
