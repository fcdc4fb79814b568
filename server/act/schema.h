/* schema.h - Is a database one of this version?
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_SCHEMA_H
#define POSTERN_SCHEMA_H

#include <gpg-error.h>
#include <sqlite3.h>

/* Nothing is migrated: GPG_ERR_UNKNOWN_VERSION if DB has tables and its
   user_version is not VERSION, GPG_ERR_BAD_DATA if it cannot be read.  */
gpg_error_t schema_check (sqlite3 *db, int version);

#endif /*POSTERN_SCHEMA_H*/
