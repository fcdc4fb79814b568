/* passwords.h - Changing the file of passwords.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file is described in server/config/passwd.h.  */

#ifndef POSTERN_KEYS_PASSWORDS_H
#define POSTERN_KEYS_PASSWORDS_H

#include <gpg-error.h>
#include "../../server/config/config.h"

/* Set NAME's password in the file of DIR to HASH, or if that is NULL delete
   it; either the whole change is made or none.  GPG_ERR_NOT_FOUND if there
   is none to delete; GPG_ERR_EBUSY if another program does not stop
   writing.  */
gpg_error_t passwords_change (const char *dir, const char *name,
                              const char *hash);

/* Delete the passwords of those names and logins that are USER's alone, so
   that whoever gets one of the names next does not inherit a password.  */
gpg_error_t passwords_forget (config_t config,
                              const struct config_user *user);

#endif /*POSTERN_KEYS_PASSWORDS_H*/
