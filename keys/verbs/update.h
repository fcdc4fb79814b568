/* update.h - A newer copy of a person's key.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_UPDATE_H
#define POSTERN_KEYS_UPDATE_H

#include <gpg-error.h>
#include "../roster/roster.h"

/* Take what is new in the key that SPEC, the value of --key, names into the
   roster: subkeys, expiry dates, revocations.  Its primary key must be USER's
   and, unless FPR is NULL, have the fingerprint FPR.  Logs errors and
   changes.  */
gpg_error_t update_person (roster_t roster, const char *user,
                           const char *spec, const char *fpr);

#endif /*POSTERN_KEYS_UPDATE_H*/
