/* update.h - A newer copy of a person's key.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_UPDATE_H
#define POSTERN_KEYS_UPDATE_H

#include <gpg-error.h>
#include "../roster/roster.h"

/* Bring what is new in the key of SPEC (as --key has it) into the roster:
   subkeys, expiry, revocations.  Its primary key must be USER's, and FPR
   (NULL: not told) its fingerprint.  Logs its own errors, and on stderr
   what changed.  */
gpg_error_t update_person (roster_t roster, const char *user,
                           const char *spec, const char *fpr);

#endif /*POSTERN_KEYS_UPDATE_H*/
