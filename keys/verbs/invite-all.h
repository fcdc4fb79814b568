/* invite-all.h - Invites for many people, into a folder.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_INVITE_ALL_H
#define POSTERN_KEYS_INVITE_ALL_H

#include <gpg-error.h>
#include "../roster/roster.h"

/* Make the folder DIR where it is missing, for root alone.  */
gpg_error_t invite_folder (const char *dir);

/* Make the invite for USER, whose public key is KEYDATA, and write it to
   DIR/NAME.invite, which it replaces at once.  */
gpg_error_t invite_to_folder (roster_t roster, const char *dir,
                              const struct config_user *user,
                              const void *keydata, size_t keylen);

/* What ERR of roster_invite means to the person who called.  */
const char *invite_why (gpg_error_t err);

/* Write a fresh invite for each person of the roster to DIR.  Those for
   whom it fails are logged; GPG_ERR_BAD_DATA then.  */
gpg_error_t invite_all (roster_t roster, const char *dir);

#endif /*POSTERN_KEYS_INVITE_ALL_H*/
