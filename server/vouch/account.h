/* account.h - One account of a password file, and its password.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ACCOUNT_H
#define POSTERN_ACCOUNT_H

#include <time.h>
#include <gpg-error.h>
#include "../config/passwd.h"
#include "../ipc/refusal.h"

/* In memory of secret_alloc.  */
struct account
{
  /* REFUSAL_NONE: HASH is the password's.  Else why it cannot be right,
     and HASH is one to spend the same time on.  */
  enum refusal refusal;
  char hash[PASSWD_HASHLEN + 1];
};

/* Take the account NAME out of the file of passwd.h behind FD.  Errors are
   those of passwd_walk.  */
gpg_error_t account_read_passwd (int fd, const char *name,
                                 struct account *account, char **r_message);

/* The same out of shadow(5).  At NOW an account must be neither locked nor
   expired, and its password neither missing nor too old.  */
gpg_error_t account_read_shadow (int fd, const char *name, time_t now,
                                 struct account *account);

/* Whether PASSWORD is right: whatever the account, this takes as long as
   hashing it does.  */
enum refusal account_check (const struct account *account,
                            const char *password);

#endif /*POSTERN_ACCOUNT_H*/
