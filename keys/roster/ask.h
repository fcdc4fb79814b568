/* ask.h - Comparing a fingerprint with what its owner says.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_ASK_H
#define POSTERN_KEYS_ASK_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"

/* Show KEY on stderr.  GIVEN (a fingerprint, spaces allowed) must be KEY's,
   else GPG_ERR_BAD_PUBKEY.  If it is NULL, ask on the terminal whether KEY's
   is the one that USER reads out: GPG_ERR_CANCELED if not, GPG_ERR_ENOTTY
   without a terminal.  */
gpg_error_t ask_fingerprint (const char *user, pgp_key_t key,
                             const char *given);

/* True if GIVEN is FPR, whatever its case and spaces.  */
bool ask_same (const char *given, const char *fpr);

#endif /*POSTERN_KEYS_ASK_H*/
