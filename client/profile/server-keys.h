/* server-keys.h - Looking at the servers' keys as they are stored.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_PEEK_H
#define POSTERN_CLIENT_PEEK_H

#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "../profile/profile.h"

typedef struct peek_s *peek_t;

/* PROFILE must stay.  */
gpg_error_t peek_new (profile_t profile, peek_t *r_peek);
void peek_release (peek_t peek);

/* The person's home, for other uses.  */
pgp_t peek_pgp (peek_t peek);

/* Look at the keys of N hosts by one run of gpg.  Where that does not go
   well, each is looked at when it is asked for.  */
void peek_prepare (peek_t peek, const struct profile_host *const *host,
                   size_t n);

/* The key of HOST, which stays PEEK's.  GPG_ERR_BAD_PUBKEY where what is
   stored is another one.  */
gpg_error_t peek_server (peek_t peek, const struct profile_host *host,
                         pgp_key_t *r_key);

#endif /*POSTERN_CLIENT_PEEK_H*/
