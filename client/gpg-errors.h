/* gpg-errors.h - What a failure of gpg's means to a person, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg tells little of why it cannot sign.  So the key and the agent are
 * looked at once more when it could not.  */

#ifndef POSTERN_CLIENT_GPG_ERRORS_H
#define POSTERN_CLIENT_GPG_ERRORS_H

#include <gpg-error.h>

/* ERR is why the key SIGNER did not sign.  Returns an error that tells more
   and in *R_MESSAGE what to tell, to be freed with gpgrt_free.  */
gpg_error_t gpg_errors_signing (gpg_error_t err, const char *signer,
                             char **r_message);

/* The same where none of the person's keys decrypted.  *R_MESSAGE is NULL
   where nothing is known but ERR.  */
gpg_error_t gpg_errors_opening (gpg_error_t err, char **r_message);

#endif /*POSTERN_CLIENT_GPG_ERRORS_H*/
