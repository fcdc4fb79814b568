/* server-keys.h - The keys that requests to some hosts need, each read once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The servers' keys are in the profile and the person's in GnuPG's home.  The
 * profile's keys must never be imported into that home.  */

#ifndef POSTERN_CLIENT_SERVER_KEYS_H
#define POSTERN_CLIENT_SERVER_KEYS_H

#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "../profile/profile.h"

typedef struct server_keys_s *server_keys_t;

/* For the N hosts of PROFILE, which must stay.  Their servers' keys are
   examined by one run of gpg if that is possible.  */
gpg_error_t server_keys_new (profile_t profile,
                             const struct profile_host *const *host, size_t n,
                             server_keys_t *r_keys);
void server_keys_release (server_keys_t keys);

/* The key of HOST's server, which stays KEYS'.  GPG_ERR_BAD_PUBKEY if another
   key is stored.  */
gpg_error_t server_keys_get (server_keys_t keys,
                             const struct profile_host *host,
                             pgp_key_t *r_key);

/* The person's key FPR, which stays KEYS'.  GPG_ERR_NO_AGENT, with a key, if
   it is unknown whether the secret key is here.  */
gpg_error_t server_keys_own (server_keys_t keys, const char *fpr,
                             pgp_key_t *r_key);

#endif /*POSTERN_CLIENT_SERVER_KEYS_H*/
