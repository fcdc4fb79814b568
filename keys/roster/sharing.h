/* sharing.h - To whose key a fingerprint belongs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GnuPG lets anybody bind somebody else's key to their own, as a subkey.  It
 * then finds two keys by that fingerprint and takes the one that came first.
 * So no part of a key, even a revoked or expired one, may also be part of
 * another key in the roster, or of the server's.  */

#ifndef POSTERN_KEYS_SHARING_H
#define POSTERN_KEYS_SHARING_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"

struct sharing_part
{
  char fpr[NETSPEC_FPRLEN + 1];
  char primary[NETSPEC_FPRLEN + 1];     /* Of the key to which it belongs;
                                           may be FPR itself.  */
  char user[NETSPEC_NAMELEN + 1];       /* Whose it is; empty: nobody's.  */
  bool server;                          /* It is the server's.  */
  struct sharing_part *next;            /* Of the same FPR.  */
};
typedef struct sharing *sharing_t;

gpg_error_t sharing_new (sharing_t *r_sharing);
void sharing_release (sharing_t sharing);

/* Add USER's KEY with all its parts; USER may be NULL for nobody's.  */
gpg_error_t sharing_add (sharing_t sharing, const char *user, pgp_key_t key);

/* Add only the primary key, if no more of it is known.  */
gpg_error_t sharing_add_primary (sharing_t sharing, const char *user,
                                 const char *fpr);

/* Add the server's key FPR from the home ROOT; if it is not there, only the
   primary key.  */
gpg_error_t sharing_add_server (sharing_t sharing, const char *root,
                                const char *fpr);

/* The first part FPR of a key other than PRIMARY, or the next one after AFTER
   if that is not NULL.  NULL: there is none.  */
const struct sharing_part *sharing_find (sharing_t sharing, const char *fpr,
                                         const char *primary,
                                         const struct sharing_part *after);

/* Find the first of KEY's parts that is also part of another key: *R_FPR, and
   the other's part *R_OTHER.  A person may have a subkey under two of their
   own keys; with USER, these are ignored.  False if there is none.  */
bool sharing_clash (sharing_t sharing, const char *user, pgp_key_t key,
                    const char **r_fpr, const struct sharing_part **r_other);

/* "its subkey FPR is the primary key of carol", to be freed with
   gpgrt_free: the part FPR of the key PRIMARY, and OTHER.  */
char *sharing_describe (const char *fpr, const char *primary,
                        const struct sharing_part *other);

#endif /*POSTERN_KEYS_SHARING_H*/
