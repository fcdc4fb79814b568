/* gpg-errors.h - What a failure of gpg means to a person, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg says little about why it cannot sign.  So the key and the agent are
 * examined again after a failure.  */

#ifndef POSTERN_CLIENT_GPG_ERRORS_H
#define POSTERN_CLIENT_GPG_ERRORS_H

#include <gpg-error.h>

/* ERR is why the key SIGNER did not sign.  Returns a more exact error, and in
   *R_MESSAGE the message for it, to be freed with gpgrt_free.  */
gpg_error_t gpg_errors_signing (gpg_error_t err, const char *signer,
                             char **r_message);

/* The same if none of the person's keys decrypted.  *R_MESSAGE is NULL if
   nothing is known but ERR.  */
gpg_error_t gpg_errors_opening (gpg_error_t err, char **r_message);

#endif /*POSTERN_CLIENT_GPG_ERRORS_H*/
