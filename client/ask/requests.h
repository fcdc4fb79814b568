/* requests.h - What was asked lately, by its hash.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * DIR/requests of the profile has a line "HASH TIME HOST WHAT" for each of
 * the last requests of which one may want to know later what came.  Nothing
 * in it is secret.  It is a memory aid: who has the whole hash does without. */

#ifndef POSTERN_CLIENT_REQUESTS_H
#define POSTERN_CLIENT_REQUESTS_H

#include <gpg-error.h>
#include "../../common/wire/request.h"
#include "../profile/profile.h"

#define REQUESTS_KEEP 200

/* Note that HOST was asked for WHAT (a name) by the request with the hash
   ID, in hex.  If that fails, a warning is logged.  */
void requests_note (profile_t profile, const char *id, const char *host,
                    const char *what);

/* The hash of the one request to HOST that begins with ID, which has 8 to 64
   hex digits; of 64, it is what they say.  On failure *R_MESSAGE is the
   message, to be freed with gpgrt_free.  GPG_ERR_NOT_FOUND,
   GPG_ERR_AMBIGUOUS_NAME, GPG_ERR_INV_ARG.  */
gpg_error_t requests_find (profile_t profile, const char *host,
                           const char *id,
                           unsigned char hash[REQUEST_HASHLEN],
                           char **r_message);

#endif /*POSTERN_CLIENT_REQUESTS_H*/
