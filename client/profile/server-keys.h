/* server-keys.h - Looking at the servers' keys as they are stored.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_SERVER_KEYS_H
#define POSTERN_CLIENT_SERVER_KEYS_H

#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "../profile/profile.h"

typedef struct server_keys_s *server_keys_t;

/* PROFILE must stay.  */
gpg_error_t server_keys_new (profile_t profile, server_keys_t *r_keys);
void server_keys_release (server_keys_t keys);

/* The person's home, for other uses.  */
pgp_t server_keys_pgp (server_keys_t keys);

/* Look at the keys of N hosts by one run of gpg.  Where that does not go
   well, each is looked at when it is asked for.  */
void server_keys_prepare (server_keys_t keys,
                          const struct profile_host *const *host, size_t n);

/* The key of HOST, which stays KEYS'.  GPG_ERR_BAD_PUBKEY where what is
   stored is another one.  */
gpg_error_t server_keys_get (server_keys_t keys,
                             const struct profile_host *host,
                             pgp_key_t *r_key);

#endif /*POSTERN_CLIENT_SERVER_KEYS_H*/
