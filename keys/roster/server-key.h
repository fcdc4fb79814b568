/* server-key.h - The server's key: made, or one that there is already.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All of it lies in root's home of the state; unseal's home gets one
 * encryption subkey.  */

#ifndef POSTERN_KEYS_SERVER_KEY_H
#define POSTERN_KEYS_SERVER_KEY_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"

struct server_key
{
  char fpr[NETSPEC_FPRLEN + 1];         /* Of the primary key.  */
  char encrypt_fpr[NETSPEC_FPRLEN + 1]; /* Of the subkey for unseal.  */
  bool asks;                    /* Signing takes a passphrase, or a card. */
  size_t n_parts;               /* 0: a key that is made.  */
  struct pgp_part *parts;       /* To be freed.  */
};

/* Look the key FPR up in the GnuPG home of who calls, and whether it can
   be a server's: it must have a secret that signs, and a subkey without a
   passphrase that encrypts.  On failure *R_MESSAGE says what is missing
   and what to do, to be freed with gpgrt_free.  */
gpg_error_t server_key_look (const char *fpr, struct server_key *r_key,
                             char **r_message);

/* Copy it into the homes ROOT and UNSEAL, which exist.  */
gpg_error_t server_key_take (const struct server_key *key,
                             const char *root, const char *unseal);

/* Make a new one for HOST there.  */
gpg_error_t server_key_make (const char *host, const char *root,
                             const char *unseal, struct server_key *r_key);

#endif /*POSTERN_KEYS_SERVER_KEY_H*/
