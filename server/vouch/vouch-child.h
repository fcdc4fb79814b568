/* vouch-child.h - What the programs that check a credential share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vouch starts one for each check, with a channel as descriptor 3 and a
 * file, if it needs one, as 4, as a user that owns nothing.  */

#ifndef POSTERN_VOUCH_CHILD_H
#define POSTERN_VOUCH_CHILD_H

#include "../../common/wire/credential.h"
#include "../ipc/packets.h"

#define CHILD_FD_VOUCH 3
#define CHILD_FD_FILE 4

/* The log, locked memory, no core; and the proof that there is no power
   left.  Exits where that fails.  */
void child_start (const char *name);

/* Wait for one message of TABLE.  */
gpg_error_t child_hear (const struct packet_rule *table, size_t n,
                        void *hook);

/* Tell vouch that the password is used from now on.  */
gpg_error_t child_trying (void);

/* Open the attachment of CHECK: *R_PASSWORD lives as long as *R_CREDENTIAL,
   and is never empty.  */
enum refusal child_open (const struct packet_check *check,
                         credential_t *r_credential,
                         const char **r_password);

/* Landlock: PATHS may be read, and nothing else.  Where the kernel has
   none, the user's own rights are what is left.  */
gpg_error_t child_confine (const char *const *paths, size_t n);

/* Tell vouch how the check ended.  */
gpg_error_t child_verdict (enum refusal refusal);

#endif /*POSTERN_VOUCH_CHILD_H*/
