/* size-estimate.h - Whether a request fits into one packet, before it is signed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A signature may cost the touch of a token, so the size is not tried out
 * but reckoned, from the kinds of the keys: a little too large at most, and
 * never too small.  */

#ifndef POSTERN_CLIENT_MEASURE_H
#define POSTERN_CLIENT_MEASURE_H

#include <stdbool.h>
#include <gpg-error.h>
#include "compose.h"

typedef struct measure_s *measure_t;

/* For the N hosts of PROFILE, which must stay.  Each key is looked at
   once.  */
gpg_error_t measure_new (profile_t profile,
                         const struct profile_host *const *host, size_t n,
                         measure_t *r_measure);
void measure_release (measure_t measure);

/* The most bytes that the OpenPGP message for ASK takes.  */
size_t measure_message (measure_t measure, const struct compose_ask *ask);

/* True if it fits into one packet of either family.  */
bool measure_fits (measure_t measure, const struct compose_ask *ask);

#endif /*POSTERN_CLIENT_MEASURE_H*/
