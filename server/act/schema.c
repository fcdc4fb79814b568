/* schema.c - Is a database one of this version?
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "schema.h"


gpg_error_t
schema_check (sqlite3 *db, int version)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err = 0;

  if (sqlite3_prepare_v2 (db, "SELECT user_version, (SELECT count (*) FROM"
                          " sqlite_schema) FROM pragma_user_version",
                          -1, &stmt, NULL)
      || sqlite3_step (stmt) != SQLITE_ROW)
    err = gpg_error (GPG_ERR_BAD_DATA);
  else if (sqlite3_column_int (stmt, 1)
           && sqlite3_column_int (stmt, 0) != version)
    err = gpg_error (GPG_ERR_UNKNOWN_VERSION);
  sqlite3_finalize (stmt);
  return err;
}
