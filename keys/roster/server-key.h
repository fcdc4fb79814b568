/* server-key.h - The server's key: a new one, or one that exists already.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All of it is in root's home in the state folder; the agent's home gets only
 * one encryption subkey.  */

#ifndef POSTERN_KEYS_SERVER_KEY_H
#define POSTERN_KEYS_SERVER_KEY_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"

struct server_key
{
  char fpr[NETSPEC_FPRLEN + 1];         /* Of the primary key.  */
  char encrypt_fpr[NETSPEC_FPRLEN + 1]; /* Of the subkey for the agent.  */
  char *encrypt_packet;         /* Its packet, in base64; to be freed.  */
  bool asks;                    /* Signing needs a passphrase or a card.  */
  size_t n_parts;               /* 0: a new key.  */
  struct pgp_part *parts;       /* To be freed.  */
};

/* Look up the key FPR in the caller's GnuPG home, and whether it can be a
   server's: it must have a secret key that signs, and an encryption subkey
   without a passphrase.  On failure *R_MESSAGE says what is missing and what
   to do, to be freed with gpgrt_free.  */
gpg_error_t server_key_look (const char *fpr, struct server_key *r_key,
                             char **r_message);

/* Copy the key into the homes ROOT and AGENT, which must exist, and note
   its encrypt_packet.  */
gpg_error_t server_key_take (struct server_key *key,
                             const char *root, const char *agent);

/* Make a new key for HOST there.  */
gpg_error_t server_key_make (const char *host, const char *root,
                             const char *agent, struct server_key *r_key);

#endif /*POSTERN_KEYS_SERVER_KEY_H*/
