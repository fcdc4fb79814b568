/* vouch-child.h - What the programs that check a credential share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vouch starts one for each check, as a user that owns nothing, with a
 * channel as descriptor 3 and, if the check needs one, a file as
 * descriptor 4.  */

#ifndef POSTERN_VOUCH_CHILD_H
#define POSTERN_VOUCH_CHILD_H

#include "../../common/wire/credential.h"
#include "../ipc/packets.h"

#define CHILD_FD_VOUCH 3
#define CHILD_FD_FILE 4

/* Start the log, lock the memory, forbid core files, and prove that no
   privileges are left.  Exits if that fails.  */
void child_start (const char *name);

/* Wait for one message and handle it by the N rows of TABLE.  GPG_ERR_TIMEOUT
   after five seconds, or the errors of packet_dispatch.  */
gpg_error_t child_hear (const struct packet_rule *table, size_t n,
                        void *hook);

/* Tell vouch that the password is about to be used.  */
gpg_error_t child_trying (void);

/* Open the attachment of CHECK.  *R_PASSWORD lasts as long as *R_CREDENTIAL,
   which is to be released, and is never empty.  Else the reason for the
   refusal.  */
enum refusal child_open (const struct packet_check *check,
                         credential_t *r_credential,
                         const char **r_password);

/* Landlock: from now on only PATHS can be read, and nothing else reached.  On
   a kernel without it this does nothing; the process still runs as a user
   that owns nothing.  */
gpg_error_t child_confine (const char *const *paths, size_t n);

/* Tell vouch how the check ended.  */
gpg_error_t child_verdict (enum refusal refusal);

#endif /*POSTERN_VOUCH_CHILD_H*/
