/* database.h - Opens a SQLite database, and maps its errors.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For every database that a role writes.  One process at a time has it,
 * which the file's lock enforces.  Nothing is migrated: another version's
 * database stays as it was, and its opener says what to do with it.  */

#ifndef POSTERN_DATABASE_H
#define POSTERN_DATABASE_H

#include <stdbool.h>
#include <gpg-error.h>
#include <sqlite3.h>

struct database_form
{
  int application;              /* What the schema sets as application_id;
                                   0: it sets none.  */
  int version;                  /* And as user_version.  */
  const char *settings;         /* Run each time that it is opened; in it the
                                   journal's mode.  */
  const char *schema;           /* Makes the tables of a new one.  */
  bool follows;                 /* Its path may have symbolic links.  */
};

/* Open PATH, or make it (*R_FRESH).  GPG_ERR_UNKNOWN_VERSION for another
   program's or version's, GPG_ERR_EBUSY if another process has it,
   GPG_ERR_BAD_DATA if it is damaged or not a database.  *R_DB is to be closed
   with sqlite3_close, also where this fails: it then explains the error, or
   is NULL.  */
gpg_error_t database_open (const char *path, const struct database_form *form,
                           sqlite3 **r_db, bool *r_fresh);

/* GPG_ERR_UNKNOWN_VERSION unless DB is of FORM or (*R_FRESH) holds
   nothing.  */
gpg_error_t database_check (sqlite3 *db, const struct database_form *form,
                            bool *r_fresh);

/* Prepare one statement, which is kept for long.  */
gpg_error_t database_prepare (sqlite3 *db, const char *sql,
                              sqlite3_stmt **r_stmt);

/* Run all the statements in SQL; they give no rows.  */
gpg_error_t database_execute (sqlite3 *db, const char *sql);

/* Give each row of SQL to ROW, until that gives an error.  */
typedef gpg_error_t (*database_row_t) (void *hook, sqlite3_stmt *stmt);
gpg_error_t database_rows (sqlite3 *db, const char *sql, database_row_t row,
                           void *hook);

/* Run a statement that gives no row, reset it and forget its values.  */
gpg_error_t database_run (sqlite3_stmt *stmt);

/* For a result code of SQLite's; 0 where it is no error.  */
gpg_error_t database_error (int rc);

/* Returns ERR; where it is one, it is logged with DB's file and its own
   words.  */
gpg_error_t database_explain (sqlite3 *db, gpg_error_t err);

#endif /*POSTERN_DATABASE_H*/
