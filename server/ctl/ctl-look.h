/* ctl-look.h - What the configuration allows to whom, for who and why.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CTL_LOOK_H
#define POSTERN_CTL_LOOK_H

#include "posternctl.h"
#include "../decide/policy.h"

struct look
{
  const struct ctl_options *opt;
  config_t config;
  request_t req;
  time_t now;                   /* Or --at.  */
  size_t n_addrs, n_times;
  struct net_addr *addr;        /* Where a request might come from, ...  */
  time_t *time;                 /* ... and when.  */
};

/* Read the configuration that OPT names and what OPT's words from number WHAT
   on ask for (ports, or "command" and a name), and list the addresses and
   times at which its rules may differ.  What is wrong is logged.  LOOK is to
   be closed in either case.  */
gpg_error_t look_open (struct look *look, const struct ctl_options *opt,
                       int what);
void look_close (struct look *look);

/* Judge what USER would ask from ADDR at WHEN: with and without a signed
   address, with and without a password.  The first that passes counts; what it
   needed is printed with the rule's terms.  */
void look_judge (struct look *look, config_t config,
                 const struct config_user *user, const struct net_addr *addr,
                 time_t when, struct policy_verdict *verdict);

/* The verdict at one of the places and times where USER may; if there is none,
   the refusal that comes last in policy.c's order, which is the nearest.  */
void look_judge_anywhere (struct look *look, config_t config,
                          const struct config_user *user,
                          struct policy_verdict *verdict);

#endif /*POSTERN_CTL_LOOK_H*/
