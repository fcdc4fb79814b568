/* ask.h - Comparing a fingerprint with a person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_ASK_H
#define POSTERN_KEYS_ASK_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"

/* Show KEY on stderr.  With GIVEN (a fingerprint, spaces allowed) it must
   be KEY's: GPG_ERR_BAD_PUBKEY; without, ask on the terminal whether it is
   the one that USER reads out: GPG_ERR_CANCELED if not, GPG_ERR_ENOTTY
   without a terminal.  */
gpg_error_t ask_fingerprint (const char *user, pgp_key_t key,
                             const char *given);

/* True if GIVEN, which may be grouped as people write it, is FPR.  */
bool ask_same (const char *given, const char *fpr);

#endif /*POSTERN_KEYS_ASK_H*/
