/* database.c - Opens a SQLite database, and maps its errors.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The lock is exclusive before the first look, and so the WAL's index is in
 * memory and no other process can change anything behind our back.  */

#include "database.h"

#include <string.h>
#include "../../common/base/log.h"


gpg_error_t
database_error (int rc)
{
  switch (rc & 0xff)
    {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
      return 0;
    case SQLITE_FULL: return gpg_error (GPG_ERR_ENOSPC);
    case SQLITE_NOMEM: return gpg_error (GPG_ERR_ENOMEM);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return gpg_error (GPG_ERR_EBUSY);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return gpg_error (GPG_ERR_BAD_DATA);
    case SQLITE_IOERR: return gpg_error (GPG_ERR_EIO);
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return gpg_error (GPG_ERR_EACCES);
    default: return gpg_error (GPG_ERR_GENERAL);
    }
}


gpg_error_t
database_explain (sqlite3 *db, gpg_error_t err)
{
  const char *path = db ? sqlite3_db_filename (db, "main") : NULL;
  const char *name = path ? strrchr (path, '/') : NULL;

  if (err)
    log_error ("%s: %s", name ? name + 1 : "database",
               db && sqlite3_errcode (db) != SQLITE_OK ? sqlite3_errmsg (db)
               : gpg_strerror (err));
  return err;
}


gpg_error_t
database_prepare (sqlite3 *db, const char *sql, sqlite3_stmt **r_stmt)
{
  return database_error (sqlite3_prepare_v3 (db, sql, -1,
                                             SQLITE_PREPARE_PERSISTENT,
                                             r_stmt, NULL));
}


gpg_error_t
database_execute (sqlite3 *db, const char *sql)
{
  return database_error (sqlite3_exec (db, sql, NULL, NULL, NULL));
}


gpg_error_t
database_rows (sqlite3 *db, const char *sql, database_row_t row, void *hook)
{
  sqlite3_stmt *stmt = NULL;
  int rc = SQLITE_DONE;
  gpg_error_t err = database_prepare (db, sql, &stmt);

  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    err = row (hook, stmt);
  sqlite3_finalize (stmt);
  return err ? err : database_error (rc);
}


gpg_error_t
database_run (sqlite3_stmt *stmt)
{
  int rc = sqlite3_step (stmt);

  sqlite3_reset (stmt);
  sqlite3_clear_bindings (stmt);
  return database_error (rc);
}


gpg_error_t
database_check (sqlite3 *db, const struct database_form *form, bool *r_fresh)
{
  static const char sql[] =
    "SELECT (SELECT user_version FROM pragma_user_version),"
    " (SELECT application_id FROM pragma_application_id),"
    " (SELECT count (*) FROM sqlite_schema)";
  sqlite3_stmt *stmt = NULL;
  int version, application;
  gpg_error_t err;

  *r_fresh = false;
  err = database_error (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL));
  if (!err)
    err = database_error (sqlite3_step (stmt));
  if (!err)
    {
      version = sqlite3_column_int (stmt, 0);
      application = sqlite3_column_int (stmt, 1);
      *r_fresh = !version && !application && !sqlite3_column_int (stmt, 2);
      if (!*r_fresh
          && (version != form->version || application != form->application))
        err = gpg_error (GPG_ERR_UNKNOWN_VERSION);
    }
  sqlite3_finalize (stmt);
  return err;
}


gpg_error_t
database_open (const char *path, const struct database_form *form,
               sqlite3 **r_db, bool *r_fresh)
{
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    | (form->follows ? 0 : SQLITE_OPEN_NOFOLLOW);
  gpg_error_t err;

  *r_db = NULL;
  *r_fresh = false;
  err = database_error (sqlite3_open_v2 (path, r_db, flags, NULL));
  if (!err)
    err = database_error (sqlite3_extended_result_codes (*r_db, 1));
  if (!err)
    err = database_execute (*r_db, "PRAGMA locking_mode = EXCLUSIVE;"
                            "PRAGMA trusted_schema = OFF");
  if (!err)
    err = database_check (*r_db, form, r_fresh);
  if (!err)
    err = database_execute (*r_db, form->settings);
  if (!err && *r_fresh)
    err = database_execute (*r_db, form->schema);
  return err;
}
