/* password.h - The password that goes along with a request.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where it comes from: --password-fd; the profile's password-command; else
 * pinentry.  Never an argument and never the environment.  */

#ifndef POSTERN_CLIENT_PASSWORD_H
#define POSTERN_CLIENT_PASSWORD_H

#include <gpg-error.h>
#include "../common/credential.h"
#include "compose.h"
#include "options.h"

/* True if a password is to go along: the options say so, or a host's
   profile does.  */
bool password_wanted (const struct options *options,
                      const struct compose_ask *ask);

/* Check that where one is wanted there is one host.  On failure *R_MESSAGE
   is what to tell, to be freed with gpgrt_free.  */
gpg_error_t password_check (const struct options *options,
                            const struct compose_ask *ask, char **r_message);

/* Get it, asking the person if need be; *R_CREDENTIAL is NULL where none is
   wanted.  Errors as password_check; GPG_ERR_CANCELED, GPG_ERR_NO_DATA (an
   empty one), GPG_ERR_TOO_LARGE and others that tell why there is none.  */
gpg_error_t password_get (const struct options *options,
                          const struct compose_ask *ask,
                          credential_t *r_credential, char **r_message);

#endif /*POSTERN_CLIENT_PASSWORD_H*/
