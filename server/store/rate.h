/* rate.h - How many requests a person may make.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A bucket of tokens for each signer, be that somebody's key or nobody's.
 * It is full at the start.  What is kept of it is in memory alone, and a
 * bounded number: of more signers than that, the one with the fullest bucket
 * gets a new one next time.  */

#ifndef POSTERN_RATE_H
#define POSTERN_RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"

#define RATE_SIGNERS 1024

typedef struct rate_s *rate_t;

gpg_error_t rate_new (const struct conf_rate *limits, rate_t *r_rate);
void rate_release (rate_t rate);

/* Take a token of the key FPR's at BOOT (CLOCK_BOOTTIME, microseconds);
   false where there is none.  */
bool rate_take (rate_t rate, const char *fpr, int64_t boot);

#endif /*POSTERN_RATE_H*/
