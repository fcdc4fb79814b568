/* query.h - Runs a statement of a database with its values.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each statement is prepared when it is first used, and kept until
 * query_forget.  It is always reset and keeps no values, also after an
 * error.  FORMAT has one letter for each value, which are the statement's
 * parameters from ?1 on:
 *
 *   i  int64_t or uint64_t; cast what is shorter
 *   t  const char *; NULL is NULL
 *   h  const unsigned char *, a hash of QUERY_HASHLEN bytes; NULL is NULL
 *   b  const void * and its size_t; NULL is NULL
 *   c  const struct database_column * and const void *, the object: as many
 *      parameters as the table has columns
 *
 * SQL comes from this program, never from outside: values are bound.  */

#ifndef POSTERN_QUERY_H
#define POSTERN_QUERY_H

#include <stdarg.h>
#include <stdint.h>
#include <gpg-error.h>
#include "database-row.h"
#include "database.h"

#define QUERY_HASHLEN 32

/* Run a statement that gives no row.  */
gpg_error_t query_run (sqlite3 *db, const char *sql, const char *format, ...);
gpg_error_t query_run_list (sqlite3 *db, const char *sql, const char *format,
                            va_list values);

/* Hand each row to ROW, which may run other statements, until it gives an
   error, which is returned.  */
gpg_error_t query_rows (sqlite3 *db, const char *sql, database_row_t row,
                        void *hook, const char *format, ...);

/* Read the one row of SQL by TABLE into OBJECT (see database_read).
   GPG_ERR_NOT_FOUND if there is none; OBJECT stays as it was then.  */
gpg_error_t query_get (sqlite3 *db, const char *sql,
                       const struct database_column *table, void *object,
                       const char *format, ...);

/* The number that SQL selects; *R_N is 0 where it gives no row.  */
gpg_error_t query_number (sqlite3 *db, const char *sql, int64_t *r_n,
                          const char *format, ...);

/* Before DB is closed: forget all its statements.  */
void query_forget (sqlite3 *db);

#endif /*POSTERN_QUERY_H*/
