/* scratch.h - A GnuPG home in which to inspect keys that others made.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A key from outside is first read by a gpg in a home of its own, without any
 * power (confined-gpg.c).  Only what that gpg gives back and our own parser
 * has checked reaches the roster's home, or a gpg that has the server's
 * key.  */

#ifndef POSTERN_KEYS_SCRATCH_H
#define POSTERN_KEYS_SCRATCH_H

#include <stddef.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"

struct scratch
{
  char home[64];                /* Empty: there is none.  */
  pgp_t pgp;
};

/* Make an empty home.  It must be closed, on failure too, which deletes it.  */
gpg_error_t scratch_open (struct scratch *scratch);
void scratch_close (struct scratch *scratch);

/* Inspect the one public key in DATA, with the errors of pgp_key_peek, and
   bring it into the one form that we accept: minimal, binary, of version 4.
   *R_CLEAN is to be freed; it is NULL for an invalid key, as
   (*R_KEY)->invalid says.  GPG_ERR_BAD_PUBKEY for a secret key,
   GPG_ERR_INV_PACKET if the key has no such form.  */
gpg_error_t scratch_clean (struct scratch *scratch, const void *data,
                           size_t len, pgp_key_t *r_key,
                           unsigned char **r_clean, size_t *r_len);

/* Copy the keyring of the home HOME into SCRATCH; copy it back to HOME, all of
   it or nothing.  Whoever copies back must have held a lock since before
   copying out.  */
gpg_error_t scratch_borrow (struct scratch *scratch, const char *home);
gpg_error_t scratch_return (struct scratch *scratch, const char *home);

#endif /*POSTERN_KEYS_SCRATCH_H*/
