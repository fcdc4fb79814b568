/* envelope.h - An invite, out of its OpenPGP message.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_ENVELOPE_H
#define POSTERN_CLIENT_ENVELOPE_H

#include <stddef.h>
#include <gpg-error.h>
#include "../../common/wire/invite.h"

/* Decrypt the message (binary or armoured) with the person's home, verify
   it by the server's key that it brings, and by that of the administrator
   if it names one, and check that it is for a key of which the person
   holds the secret.  *R_BY is NULL, or what the person's own keyring calls
   that administrator (empty: it does not have the key).  On failure
   *R_MESSAGE is the message.  Both are to be freed with gpgrt_free.  */
gpg_error_t envelope_open (const void *message, size_t len,
                           invite_t *r_invite, char **r_by,
                           char **r_message);

#endif /*POSTERN_CLIENT_ENVELOPE_H*/
