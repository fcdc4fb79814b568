/* scratch.h - A GnuPG home to look at keys that others made.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What comes in is read by gpg in a home of its own first, without any power
 * (confined-gpg.c).  Only what that gpg gives back, and our own reader has
 * checked, comes into the roster's home, and to a gpg that has the server's
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

/* Make an empty home.  To be closed, on failure too, which removes it.  */
gpg_error_t scratch_open (struct scratch *scratch);
void scratch_close (struct scratch *scratch);

/* Look at the one public key in DATA, with the errors of pgp_key_peek, and
   bring it into the one form that is taken: minimal, binary, of version 4.
   *R_CLEAN is to be freed; it is NULL for a key that is invalid, as
   (*R_KEY)->invalid says.  GPG_ERR_BAD_PUBKEY for a secret key,
   GPG_ERR_INV_PACKET where the key has no such form.  */
gpg_error_t scratch_clean (struct scratch *scratch, const void *data,
                           size_t len, pgp_key_t *r_key,
                           unsigned char **r_clean, size_t *r_len);

/* Put a copy of the home HOME there; take its keyring back to HOME, whole.
   One at a time: who takes back has had a lock since before the copy.  */
gpg_error_t scratch_borrow (struct scratch *scratch, const char *home);
gpg_error_t scratch_return (struct scratch *scratch, const char *home);

#endif /*POSTERN_KEYS_SCRATCH_H*/
