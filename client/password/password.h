/* password.h - The password that goes along with a request.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where it comes from: --password-fd; the profile's password-command; else
 * pinentry.  Never an argument and never the environment.  */

#ifndef POSTERN_CLIENT_PASSWORD_H
#define POSTERN_CLIENT_PASSWORD_H

#include <gpg-error.h>
#include "../../common/wire/credential.h"
#include "../client-options.h"
#include "../profile/profile.h"

/* True if a password is to go along with a request to HOST: the options say
   so, or the profile does for one that OPENS a door there.  */
bool password_wanted (const struct options *options,
                      const struct profile_host *host, bool opens);

/* What kind of password the profile's CREDENTIAL is, for a person.  */
const char *password_kind (const char *credential);

/* Get that of USER (NULL: the profile's) for HOST, asking the person if need
   be.  Errors: GPG_ERR_CANCELED, GPG_ERR_NO_DATA (an empty one),
   GPG_ERR_TOO_LARGE, and others that say why it cannot be read;
   *R_MESSAGE is the message, to be freed with gpgrt_free.  */
gpg_error_t password_get (const struct options *options,
                          const struct profile_host *host, const char *user,
                          credential_t *r_credential, char **r_message);

#endif /*POSTERN_CLIENT_PASSWORD_H*/
