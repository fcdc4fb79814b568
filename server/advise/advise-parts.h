/* advise-parts.h - What the files of the module advise share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ADVISE_PARTS_H
#define POSTERN_ADVISE_PARTS_H

#include "advise.h"

struct advice
{
  config_t config;
  time_t now;
  FILE *out;
  int warnings;
};

/* In advise-say.c.  */
void advise_warn (struct advice *a, const char *format, ...)
  GPGRT_ATTR_PRINTF (2, 3);

/* List the people whom RULE allows.  */
void advise_people (struct advice *a, const struct config_rule *rule);

/* Warn of groups and users of RULE, called WHAT, that do not exist.  */
void advise_judge_people (struct advice *a, const char *what,
                          const struct config_rule *rule);

/* True if some port from FIRST to LAST is protected.  */
bool advise_protects (config_t c, uint8_t proto, uint16_t first,
                      uint16_t last);

/* In advise-credential.c: warn of people who lack a credential that a rule
   requires, and of rules that need none for the same.  */
void advise_judge_credentials (struct advice *a);

/* In advise-login.c: warn if the login of SSH_CONNECTION (NULL: none) would
   be cut off.  */
void advise_judge_login (struct advice *a, const char *ssh_connection);

/* In advise-approval.c: who must approve, and whether there are enough
   approvers.  */
void advise_describe_approval (struct advice *a,
                               const struct config_approval *approval);
void advise_judge_approval (struct advice *a, const char *what,
                            const struct config_rule *rule);

/* In advise-port.c: warn if another process has bound the port of the
   packets.  */
void advise_judge_port (struct advice *a);

/* In advise-trusted.c: for whom nothing is shut, and whether a login from
   CLIENT at the address LOCAL is from there.  */
void advise_describe_trusted (struct advice *a);
void advise_judge_trusted (struct advice *a);
bool advise_trusts (struct advice *a, const struct net_addr *client,
                    const struct net_addr *local);

/* In advise-command.c.  */
void advise_describe_commands (struct advice *a);
void advise_judge_commands (struct advice *a);

#endif /*POSTERN_ADVISE_PARTS_H*/
