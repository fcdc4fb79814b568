/* size-estimate.h - Whether a request fits into one packet.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A signature may need a touch of a token, so the size is not tried but
 * computed from the kinds of the keys: perhaps a little too large, but it must
 * never be too small.  */

#ifndef POSTERN_CLIENT_SIZE_ESTIMATE_H
#define POSTERN_CLIENT_SIZE_ESTIMATE_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../profile/server-keys.h"
#include "compose.h"

/* The most bytes that the OpenPGP message for ASK takes.  */
size_t size_estimate_message (server_keys_t keys,
                              const struct compose_ask *ask);

/* True if it fits into one packet of either family.  */
bool size_estimate_fits (server_keys_t keys,
                         const struct compose_ask *ask);

#endif /*POSTERN_CLIENT_SIZE_ESTIMATE_H*/
