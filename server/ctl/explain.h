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
#include "../capture/admit.h"
#include "../capture/local.h"

/* Send the packets in the LEN bytes at DATA (a pcap file, or one datagram) to
   OUT; the last message is a COUNTS.  The N KEYS become admit's.  */
gpg_error_t explain_feed (config_t config, const struct admit_key *keys,
                          size_t n, const void *data, size_t len, int out);

/* Enter a mount namespace of our own, where unseal's home has a socket of its
   own, and start a gpg-agent that listens there: the one that serves requests
   is not disturbed, and need not run.  *R_NO_KEY is NULL, or says why packets
   cannot be decrypted; then there is no agent, and *R_PID is 0.  */
gpg_error_t explain_agent (config_t config, const char **r_no_key,
                           pid_t *r_pid);

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
  bool json;                    /* One object per line.  */
};

/* Print what becomes of each packet that comes from IN, until the COUNTS.
   *R_PASSED is true if any would have passed.  */
gpg_error_t explain_judge (const struct explain_how *how, int in,
                           bool *r_passed);

#endif /*POSTERN_EXPLAIN_H*/
