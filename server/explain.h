/* explain.h - Why a captured packet passes or fails: the parts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * posternctl explain sends packets the way of posternd's roles: a feeder
 * in capture's place, the real unseal and verify, and a judge in decide's
 * place.  Each has given up its power before it reads the first byte; the
 * judge is the one that prints.  */

#ifndef POSTERN_EXPLAIN_H
#define POSTERN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../common/config.h"
#include "../common/console.h"
#include "admit.h"

/* Take the packets out of the LEN bytes at DATA (a pcap file, or one
   datagram) and send them to OUT; the last message is a COUNTS.  The N
   KEYS become admit's.  */
gpg_error_t explain_feed (config_t config, const struct admit_key *keys,
                          size_t n, const void *data, size_t len, int out);

/* Print what becomes of each packet that comes from IN, until the COUNTS;
   with JSON as an object a line.  CONSOLE (NULL: no posternd runs) tells
   what was claimed.  *R_PASSED tells whether any would have passed.  */
gpg_error_t explain_judge (config_t config, console_t console, int in,
                           bool json, bool *r_passed);

#endif /*POSTERN_EXPLAIN_H*/
