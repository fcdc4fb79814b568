/* sharing.h - Whose key a fingerprint is part of.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GnuPG lets anybody bind a key that is not theirs to their own one, as a
 * subkey.  It then finds two keys by that fingerprint, and takes the one
 * that came first.  So no part of a key, be it revoked or expired, may be
 * part of another one in the roster, nor of the server's.  */

#ifndef POSTERN_KEYS_SHARING_H
#define POSTERN_KEYS_SHARING_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"

struct sharing_part
{
  char fpr[NETSPEC_FPRLEN + 1];
  char primary[NETSPEC_FPRLEN + 1];     /* Of the key that it belongs to;
                                           may be FPR itself.  */
  char user[NETSPEC_NAMELEN + 1];       /* Whose it is; empty: nobody's.  */
  bool server;                          /* It is the server's.  */
  struct sharing_part *next;            /* Of the same FPR.  */
};
typedef struct sharing *sharing_t;

gpg_error_t sharing_new (sharing_t *r_sharing);
void sharing_release (sharing_t sharing);

/* Add a key with all its parts, which is that of USER; of nobody (NULL).  */
gpg_error_t sharing_add (sharing_t sharing, const char *user, pgp_key_t key);

/* Add the primary key alone, where no more is at hand.  */
gpg_error_t sharing_add_primary (sharing_t sharing, const char *user,
                                 const char *fpr);

/* Add the server's key FPR, out of the home ROOT.  What is not there is
   left out, but for the primary key.  */
gpg_error_t sharing_add_server (sharing_t sharing, const char *root,
                                const char *fpr);

/* A part FPR of a key other than PRIMARY; NULL where there is none.  With
   AFTER the next one behind that.  */
const struct sharing_part *sharing_find (sharing_t sharing, const char *fpr,
                                         const char *primary,
                                         const struct sharing_part *after);

/* The first of KEY's parts that is part of another key as well: FPR and
   *R_OTHER.  A person may take a part of an own key to another own key,
   where it is the primary key of neither: with USER those are passed
   over.  False where there is none.  */
bool sharing_clash (sharing_t sharing, const char *user, pgp_key_t key,
                    const char **r_fpr, const struct sharing_part **r_other);

/* "its subkey FPR is the primary key of carol", to be freed with
   gpgrt_free: the part FPR of the key PRIMARY, and OTHER.  */
char *sharing_describe (const char *fpr, const char *primary,
                        const struct sharing_part *other);

#endif /*POSTERN_KEYS_SHARING_H*/
