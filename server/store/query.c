/* query.c - Runs a statement of a database with its values.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SQLite lists the statements of a database, and that list is the cache.  It
 * is not searched for each run: where the statement of a text is, is known by
 * the text's address, for most texts are constants of the program.  */

#include "query.h"

#include <stdint.h>
#include <string.h>

#define HINTS 256

/* Made here, and so still there: only query_forget ends what is.  */
static struct hint
{
  const sqlite3 *db;
  const char *sql;
  sqlite3_stmt *stmt;
} hints[HINTS];


static struct hint *
find_hint (const char *sql)
{
  uint64_t n = (uintptr_t)sql * UINT64_C (0x9e3779b97f4a7c15);

  return &hints[n >> 56];
}


/* Another text may have come to the same address.  */
static bool
is_hint_for (const struct hint *hint, const sqlite3 *db, const char *sql)
{
  return hint->db == db && hint->sql == sql
         && !strcmp (sqlite3_sql (hint->stmt), sql)
         && !sqlite3_stmt_busy (hint->stmt);
}


static gpg_error_t
make_statement (sqlite3 *db, const char *sql, sqlite3_stmt **r_stmt)
{
  gpg_error_t err = database_prepare (db, sql, r_stmt);

  if (!err)
    *find_hint (sql) = (struct hint){ db, sql, *r_stmt };
  return err;
}


/* A statement that a caller of ours is still reading is left alone.  */
static gpg_error_t
find_statement (sqlite3 *db, const char *sql, sqlite3_stmt **r_stmt)
{
  const struct hint *hint = find_hint (sql);
  sqlite3_stmt *stmt = NULL;

  if (is_hint_for (hint, db, sql))
    stmt = hint->stmt;
  else
    while ((stmt = sqlite3_next_stmt (db, stmt)))
      if (!strcmp (sqlite3_sql (stmt), sql) && !sqlite3_stmt_busy (stmt))
        break;
  *r_stmt = stmt;
  return stmt ? 0 : make_statement (db, sql, r_stmt);
}


/* The values outlive the run, and so none is copied.  */
static void
bind_values (sqlite3_stmt *stmt, const char *format, va_list values)
{
  const struct database_column *table;
  const void *p;
  int i = 1;

  for (; *format; format++)
    switch (*format)
      {
      case 'i':
        sqlite3_bind_int64 (stmt, i++, va_arg (values, int64_t));
        break;
      case 't':
        sqlite3_bind_text (stmt, i++, va_arg (values, const char *), -1,
                           SQLITE_STATIC);
        break;
      case 'h':
        sqlite3_bind_blob (stmt, i++, va_arg (values, const void *),
                           QUERY_HASHLEN, SQLITE_STATIC);
        break;
      case 'b':
        p = va_arg (values, const void *);
        sqlite3_bind_blob (stmt, i++, p, (int)va_arg (values, size_t),
                           SQLITE_STATIC);
        break;
      default:
        table = va_arg (values, const struct database_column *);
        i = database_bind (stmt, i, table, va_arg (values, const void *));
      }
}


static gpg_error_t
run_query (sqlite3 *db, const char *sql, database_row_t row, void *hook,
           const char *format, va_list values)
{
  sqlite3_stmt *stmt;
  gpg_error_t err = find_statement (db, sql, &stmt);
  int rc = SQLITE_DONE;

  if (err)
    return err;
  bind_values (stmt, format, values);
  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    err = row (hook, stmt);
  sqlite3_reset (stmt);
  sqlite3_clear_bindings (stmt);
  return err ? err : database_error (rc);
}


gpg_error_t
query_run_list (sqlite3 *db, const char *sql, const char *format,
                va_list values)
{
  return run_query (db, sql, NULL, NULL, format, values);
}


gpg_error_t
query_run (sqlite3 *db, const char *sql, const char *format, ...)
{
  gpg_error_t err;
  va_list values;

  va_start (values, format);
  err = run_query (db, sql, NULL, NULL, format, values);
  va_end (values);
  return err;
}


gpg_error_t
query_rows (sqlite3 *db, const char *sql, database_row_t row, void *hook,
            const char *format, ...)
{
  gpg_error_t err;
  va_list values;

  va_start (values, format);
  err = run_query (db, sql, row, hook, format, values);
  va_end (values);
  return err;
}


struct only_row
{
  const struct database_column *table;
  void *object;
  bool found;
};


static gpg_error_t
read_only_row (void *hook, sqlite3_stmt *stmt)
{
  struct only_row *only = hook;

  only->found = true;
  return database_read (stmt, 0, only->table, only->object);
}


gpg_error_t
query_get (sqlite3 *db, const char *sql, const struct database_column *table,
           void *object, const char *format, ...)
{
  struct only_row only = { table, object, false };
  gpg_error_t err;
  va_list values;

  va_start (values, format);
  err = run_query (db, sql, read_only_row, &only, format, values);
  va_end (values);
  return err || only.found ? err : gpg_error (GPG_ERR_NOT_FOUND);
}


gpg_error_t
query_number (sqlite3 *db, const char *sql, int64_t *r_n, const char *format,
              ...)
{
  static const struct database_column number[] =
    { { COLUMN_NUMBER, 0, sizeof *r_n, 0, false, false }, COLUMNS_END };
  struct only_row only = { number, r_n, false };
  gpg_error_t err;
  va_list values;

  *r_n = 0;
  va_start (values, format);
  err = run_query (db, sql, read_only_row, &only, format, values);
  va_end (values);
  return err;
}


void
query_forget (sqlite3 *db)
{
  sqlite3_stmt *stmt;
  size_t i;

  for (i = 0; i < HINTS; i++)
    if (hints[i].db == db)
      hints[i] = (struct hint){ NULL, NULL, NULL };
  while ((stmt = sqlite3_next_stmt (db, NULL)))
    sqlite3_finalize (stmt);
}
