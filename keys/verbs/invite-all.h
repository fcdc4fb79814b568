/* invite-all.h - Writing invites: to stdout, or for many into a folder.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_INVITE_ALL_H
#define POSTERN_KEYS_INVITE_ALL_H

#include <gpg-error.h>
#include "../roster/roster.h"

/* Create the folder DIR if it is missing, for root only.  */
gpg_error_t invite_folder (const char *dir);

/* Make the invite for USER, with KEYDATA as roster_invite has it, and write it
   to DIR/NAME.invite, replacing an older one.  */
gpg_error_t invite_to_folder (roster_t roster, const char *dir,
                              const struct config_user *user,
                              const void *keydata, size_t keylen);

/* Refuse to write the invite of NAME to a terminal.  Returns KIT_GO_ON, or
   EX_USAGE after saying so on behalf of VERB.  */
int invite_check_stdout (const char *verb, const char *name);

/* Write the INVITE of NAME to stdout.  An error is logged on behalf of VERB,
   which has changed the roster: the person is enrolled all the same.  */
gpg_error_t invite_to_stdout (const char *verb, const char *name,
                              const void *invite, size_t len);

/* What ERR of roster_invite means to the person who called.  */
const char *invite_why (gpg_error_t err);

/* Write a fresh invite for each person of the roster to DIR.  Failures are
   logged, and make it return GPG_ERR_BAD_DATA in the end.  */
gpg_error_t invite_all (roster_t roster, const char *dir);

#endif /*POSTERN_KEYS_INVITE_ALL_H*/
