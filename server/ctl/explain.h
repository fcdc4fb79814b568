/* explain.h - Why a captured packet passes or fails: the parts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * posternctl explain sends packets through posternd's roles: a feeder in
 * capture's place, the real unseal and verify, and a judge in decide's place,
 * which prints.  Each gives up its power before it reads the first byte.  */

#ifndef POSTERN_EXPLAIN_H
#define POSTERN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/base/console.h"
#include "../agent/agent.h"
#include "../capture/admit.h"
#include "../capture/local.h"

/* Send the packets in the LEN bytes at DATA (a pcap file, or one datagram) to
   OUT; the last message is a COUNTS.  What unseal gets goes to GPG as well
   (-1: to nobody).  The N KEYS become admit's.  */
gpg_error_t explain_feed (config_t config, const struct admit_key *keys,
                          size_t n, const void *data, size_t len, int out,
                          int gpg);

/* A gpg-agent of our own: the one that serves requests is not disturbed, and
   need not run.  */
struct explain_agent
{
  const char *no_key;           /* Why packets cannot be decrypted; then there
                                   is no agent.  NULL: they can.  */
  char *folder;                 /* Of its sockets.  */
  char *gpg_home;               /* A home for gpg, which finds it there.  */
  int fd[AGENT_SOCKETS];
  pid_t pid;
};

/* Start it; explain_agent_close must be called also after a failure.  */
gpg_error_t explain_agent_open (config_t config, struct explain_agent *agent);
void explain_agent_close (struct explain_agent *agent);

/* A connection to its restricted socket, for unseal.  GPG_ERR_NO_AGENT.  */
gpg_error_t explain_agent_connect (const struct explain_agent *agent,
                                   int *r_fd);

/* The sealed snapshot of the roster, made anew.  */
gpg_error_t explain_roster (config_t config, int *r_fd);

/* Give up all power, and have gpg judge each SEALED that comes from IN, with
   GPG_HOME to decrypt in; its opinion goes to OUT as a RECHECKED of the same
   id.  Returns at the COUNTS.  */
gpg_error_t explain_gpg (config_t config, const char *gpg_home, int in,
                         int out);

/* What the judge needs to know.  */
struct explain_how
{
  config_t config;
  console_t console;            /* Knows what was claimed; NULL: no posternd
                                   runs.  */
  local_t local;                /* This host's addresses; NULL: they are not
                                   known.  */
  const char *no_key;           /* Why packets cannot be decrypted here;
                                   NULL: they can.  */
  int gpg;                      /* Where gpg's opinions come from; -1: it has
                                   none.  */
  bool json;                    /* One object per line.  */
};

/* Print what becomes of each packet that comes from IN, until the COUNTS.
   *R_PASSED is true if any would have passed.  */
gpg_error_t explain_judge (const struct explain_how *how, int in,
                           bool *r_passed);

#endif /*POSTERN_EXPLAIN_H*/
