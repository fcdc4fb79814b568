/* passwords.h - Changing the file of passwords.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * server/config/passwd.h tells of the file itself.  */

#ifndef POSTERN_KEYS_PASSWORDS_H
#define POSTERN_KEYS_PASSWORDS_H

#include <gpg-error.h>
#include "../../server/config/config.h"

/* Write HASH for NAME, or with NULL take NAME out, of the file in DIR; at
   once or not at all.  GPG_ERR_NOT_FOUND where there is none to take
   out; GPG_ERR_EBUSY where another one does not stop writing.  */
gpg_error_t passwords_change (const char *dir, const char *name,
                              const char *hash);

/* Take out what USER alone is called by: whoever gets the name next has no
   password by that.  */
gpg_error_t passwords_forget (config_t config,
                              const struct config_user *user);

#endif /*POSTERN_KEYS_PASSWORDS_H*/
