/* fetch.h - Getting a public key from where it is kept.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_FETCH_H
#define POSTERN_KEYS_FETCH_H

#include <stddef.h>
#include <gpg-error.h>

/* Fetch the key that WHAT names, which is
     FILE                       as gpg --export writes it ("-": stdin)
     FPR                        a key in the caller's own keyring
     wkd:ADDRESS                the web key directory of the address
     hkps://HOST[:PORT]/FPR     a key server; hkp:// on this host only.
   The last two go through GnuPG's dirmngr, which runs without any power and
   ends afterwards.  Nothing is imported, and nothing is proven: the caller
   must compare the fingerprint.  (That of hkps:// has been compared.)

   *R_DATA is to be freed.  On failure *R_MESSAGE is a line about WHAT for
   the person who called, to be freed with gpgrt_free, or NULL if the error
   itself says it all:
     GPG_ERR_INV_NAME      a malformed address or URL
     GPG_ERR_NO_DIRMNGR    dirmngr is not installed
     GPG_ERR_NO_DATA       there is no such key
     GPG_ERR_TIMEOUT       no answer within a minute
     GPG_ERR_TOO_LARGE     more than 1 MiB
     GPG_ERR_BAD_PUBKEY    a key with another fingerprint than FPR
   and others of the network, of files and of pgp_key_export.  */
gpg_error_t fetch_key (const char *what, unsigned char **r_data,
                       size_t *r_len, char **r_message);

#endif /*POSTERN_KEYS_FETCH_H*/
