/* passwd.h - The file of passwords that Postern keeps itself.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * DIR/passwd: lines "NAME:HASH" in the form of crypt(5), blank lines, and
 * comments that begin with '#'.  NAME has 1 to PASSWD_NAMELEN bytes of
 * clean text without a colon, and stands there once.  HASH is of one of
 * libxcrypt's strong kinds: yescrypt, gost-yescrypt, scrypt, bcrypt or
 * sha512crypt.  The file is no part of the configuration's hash: it is
 * read anew for each check.  */

#ifndef POSTERN_PASSWD_H
#define POSTERN_PASSWD_H

#include <stddef.h>
#include <gpg-error.h>

#define PASSWD_FILE "passwd"
#define PASSWD_NAMELEN 64
#define PASSWD_HASHLEN 383      /* CRYPT_OUTPUT_SIZE less the NUL.  */

struct passwd_entry
{
  unsigned int line;
  const char *name;
  const char *hash;
};

/* Told each entry; it lives as long as the call, in memory that is wiped.
   An error ends the walk.  */
typedef gpg_error_t (*passwd_take_t) (void *hook,
                                      const struct passwd_entry *entry);

/* Read the file behind FD, which messages call PATH, and hand each entry
   to TAKE.  GPG_ERR_INV_VALUE with *R_MESSAGE "PATH:LINE: what is wrong;
   what to do" (to be freed) for what is no entry, hashes included.  A name
   that is repeated is not noticed.  R_MESSAGE may be NULL.  */
gpg_error_t passwd_walk (int fd, const char *path, passwd_take_t take,
                         void *hook, char **r_message);

/* Open the file of the folder DIR and check who may touch it.  *R_FD is -1
   where there is none.  */
gpg_error_t passwd_open (const char *dir, int *r_fd, char **r_message);

/* Check all of it, repeated names included; one that is not there is
   good.  */
gpg_error_t passwd_check (const char *dir, char **r_message);

#endif /*POSTERN_PASSWD_H*/
