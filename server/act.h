/* act.h - What the files of act share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ACT_H
#define POSTERN_ACT_H

#include "firewall.h"
#include "grants.h"
#include "nftwatch.h"
#include "packets.h"
#include "role.h"

struct act
{
  struct role role;
  firewall_t firewall;
  nftwatch_t watch;
  grants_t book;
  uint64_t told;                /* When a rebuild was last told of.  */
  uint64_t look_due;            /* At `once' again (grants_clock).  */
  uint64_t looked;              /* The last grant of that look.  */
  gpg_error_t trouble;          /* It cannot go on.  */
};

/* In act.c: where somebody else changed the table, make it anew.  */
bool act_watch (struct act *act);

/* In act-grants.c: the book and the firewall together.  */

/* Open what GRANT says, which was checked; all or nothing.  */
enum refusal act_open (struct act *act, const struct packet_grant *grant,
                       struct packet_granted *r_granted);
enum refusal act_close (struct act *act, const struct packet_close *what,
                        uint32_t *r_n);

/* The rule of WHAT, if CONFIG has its person and rule, and the rule lets
   that person open it at WHEN; NULL else.  */
const struct config_rule *act_rule (config_t config,
                                    const struct packet_grant *what,
                                    time_t when);

/* At the start: strike the grants out of the book that the configuration
   no longer allows (the hours count as they were then), and cut those that
   a rule now cuts shorter.  The table is made by act_rebuild.  Returns how
   many ended.  */
unsigned int act_reconcile (struct act *act);

/* Forget what has ended.  */
void act_expire (struct act *act);

/* Find out which grants with `once' were used: of so many elements that it
   takes a moment only, and the next time of the next ones.  */
void act_look_once (struct act *act);

/* Before the table is made: strike those out that were used since the book
   was written.  */
gpg_error_t act_forget_used (struct act *act);

/* Make the table anew as the book says.  */
gpg_error_t act_rebuild (struct act *act);

/* In act-check.c: posternd --check's look at the host's firewall.  */
int act_check (config_t config, bool dump);

#endif /*POSTERN_ACT_H*/
