/* t-query.c - Statements with their values.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/store/query.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3 *db;

struct thing
{
  int64_t n;
  char name[8];
};

static const struct database_column columns[] =
  {
    COLUMN (NUMBER, struct thing, n), COLUMN_NULL (STRING, struct thing, name),
    COLUMNS_END
  };


static void
setup (void)
{
  ck_assert_int_eq (sqlite3_open (":memory:", &db), SQLITE_OK);
  ck_assert_uint_eq (database_execute (db, "CREATE TABLE t (n INTEGER,"
                                       " name TEXT, hash BLOB, data BLOB)"),
                     0);
}


static void
teardown (void)
{
  query_forget (db);
  ck_assert_int_eq (sqlite3_close (db), SQLITE_OK);
}


static gpg_error_t
insert (int64_t n, const char *name)
{
  const unsigned char hash[QUERY_HASHLEN] = { 7 };
  struct thing thing = { .n = n };

  snprintf (thing.name, sizeof thing.name, "%s", name);
  return query_run (db, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)", "chb",
                    columns, &thing, hash, "ab", (size_t)2);
}


START_TEST (values_and_columns)
{
  const unsigned char hash[QUERY_HASHLEN] = { 7 };
  struct thing thing = { 0 };
  int64_t n;

  ck_assert_uint_eq (insert (5, "five"), 0);
  ck_assert_uint_eq (insert (6, ""), 0);
  ck_assert_uint_eq (query_get (db, "SELECT n, name FROM t WHERE hash = ?1"
                                " AND name = ?2 AND data = ?3 AND n = ?4",
                                columns, &thing, "htbi", hash, "five", "ab",
                                (size_t)2, (int64_t)5), 0);
  ck_assert_int_eq (thing.n, 5);
  ck_assert_str_eq (thing.name, "five");
  ck_assert_uint_eq (query_number (db, "SELECT n FROM t WHERE name IS ?1",
                                   &n, "t", NULL), 0);
  ck_assert_int_eq (n, 6);      /* What is empty was written as NULL.  */
  ck_assert_int_eq (gpg_err_code (query_get (db, "SELECT n, name FROM t"
                                             " WHERE n = 9", columns, &thing,
                                             "")), GPG_ERR_NOT_FOUND);
  ck_assert_uint_eq (query_number (db, "SELECT n FROM t WHERE n = 9", &n, ""),
                     0);
  ck_assert_int_eq (n, 0);
}
END_TEST


static gpg_error_t
add_nested (void *hook, sqlite3_stmt *stmt)
{
  int64_t *sum = hook, n;

  *sum += sqlite3_column_int64 (stmt, 0);
  /* The same statement, while the outer one is read.  */
  ck_assert_uint_eq (query_number (db, "SELECT n FROM t ORDER BY n", &n, ""),
                     0);
  return *sum > 3 ? gpg_error (GPG_ERR_EOF) : 0;
}


START_TEST (a_statement_is_kept_and_never_shared)
{
  int64_t sum = 0;
  sqlite3_stmt *stmt;
  unsigned int i, kept = 0;

  for (i = 1; i < 10; i++)
    ck_assert_uint_eq (insert (i, "x"), 0);
  ck_assert_int_eq (gpg_err_code (query_rows (db, "SELECT n FROM t ORDER BY n",
                                              add_nested, &sum, "")),
                    GPG_ERR_EOF);
  ck_assert_int_eq (sum, 6);
  for (stmt = NULL; (stmt = sqlite3_next_stmt (db, stmt)); kept++)
    ck_assert (!sqlite3_stmt_busy (stmt));
  ck_assert_uint_eq (kept, 3);  /* INSERT, and two of the SELECT.  */
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("query");
  TCase *tc = tcase_create ("query");
  SRunner *runner;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, values_and_columns);
  tcase_add_test (tc, a_statement_is_kept_and_never_shared);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_ENV);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
