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

/* Tell vouch that the password is used from now on.  */
gpg_error_t child_trying (void);

/* Open the attachment of CHECK.  *R_PASSWORD lasts as long as *R_CREDENTIAL,
   which is to be released, and is never empty.  Else the reason for the
   refusal.  */
enum refusal child_open (const struct packet_check *check,
                         credential_t *r_credential,
                         const char **r_password);

/* Landlock: PATHS may be read, and nothing else.  Where the kernel has
   none, the user's own rights are what is left.  Of system calls only
   SYSCALLS are left.  A failure is logged.  */
gpg_error_t child_confine (const char *const *paths, size_t n,
                           const char *const *syscalls, size_t n_syscalls);

/* The main function of such a program: take messages of TABLE until *DONE,
   or an error, which is logged.  Returns the exit code.  */
int child_serve (const struct packet_rule *table, size_t n, void *hook,
                 const bool *done);

/* Tell vouch how the check ended.  */
gpg_error_t child_verdict (enum refusal refusal);

#endif /*POSTERN_VOUCH_CHILD_H*/
