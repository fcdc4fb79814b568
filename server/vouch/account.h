/* account.h - One account of a password file, and its password.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing here tells an unknown account from a wrong password by the time it
 * takes.  */

#ifndef POSTERN_ACCOUNT_H
#define POSTERN_ACCOUNT_H

#include <time.h>
#include <gpg-error.h>
#include "../config/passwd.h"
#include "../ipc/refusal.h"

/* To be in memory of secret_alloc.  */
struct account
{
  /* REFUSAL_NONE if HASH is the account's.  Else why no password can be
     right; HASH then only serves to spend the same time.  */
  enum refusal refusal;
  char hash[PASSWD_HASHLEN + 1];
};

/* Read the account NAME from FD, a file in the format of passwd.h.  Errors
   are those of passwd_walk.  */
gpg_error_t account_read_passwd (int fd, const char *name,
                                 struct account *account, char **r_message);

/* The same from a file in the format of shadow(5).  At NOW the account must
   be neither locked nor expired, and its password neither missing nor too
   old.  Errors are those of the system.  */
gpg_error_t account_read_shadow (int fd, const char *name, time_t now,
                                 struct account *account);

/* REFUSAL_NONE if PASSWORD is right.  Whatever the account, this takes as
   long as hashing it.  */
enum refusal account_check (const struct account *account,
                            const char *password);

#endif /*POSTERN_ACCOUNT_H*/
