/* size-estimate.h - Whether a request fits into one packet.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A signature may cost the touch of a token, so the size is not tried out
 * but reckoned, from the kinds of the keys: a little too large at most, and
 * never too small.  */

#ifndef POSTERN_CLIENT_SIZE_ESTIMATE_H
#define POSTERN_CLIENT_SIZE_ESTIMATE_H

#include <stdbool.h>
#include <gpg-error.h>
#include "compose.h"

typedef struct size_estimate_s *size_estimate_t;

/* For the N hosts of PROFILE, which must stay.  Each key is looked at
   once.  */
gpg_error_t size_estimate_new (profile_t profile,
                               const struct profile_host *const *host, size_t n,
                               size_estimate_t *r_estimate);
void size_estimate_release (size_estimate_t estimate);

/* The most bytes that the OpenPGP message for ASK takes.  */
size_t size_estimate_message (size_estimate_t estimate,
                              const struct compose_ask *ask);

/* True if it fits into one packet of either family.  */
bool size_estimate_fits (size_estimate_t estimate,
                         const struct compose_ask *ask);

#endif /*POSTERN_CLIENT_SIZE_ESTIMATE_H*/
