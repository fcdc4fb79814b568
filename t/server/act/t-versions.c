/* t-versions.c - What another version of Postern left behind: nothing is
 * migrated, and each file says so or is made anew.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The store of decide is with t-replay-store and t-decide, what is owed with
 * t-act-backend.  */

#include "../../../server/act/grants.h"
#include "../../../server/store/lastgood.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../../common/base/log.h"
#include "../../../common/base/ticks.h"

static char dir[32], path[64];
static int log_fd;

static void
setup (void)
{
  snprintf (dir, sizeof dir, "/tmp/t-versions-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  snprintf (path, sizeof path, "%s/log", dir);
  log_fd = open (path, O_RDWR | O_CREAT | O_APPEND, 0600);
  ck_assert_int_ge (log_fd, 0);
  ck_assert_int_eq (dup2 (log_fd, STDERR_FILENO), STDERR_FILENO);
  log_init ("postern", 0);
  snprintf (path, sizeof path, "%s/grants.db", dir);
}

static int
remove_one (const char *name, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  return remove (name);
}

static void
teardown (void)
{
  close (log_fd);
  nftw (dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool
logged (const char *text)
{
  char buf[1024] = "";

  ck_assert_int_ge (pread (log_fd, buf, sizeof buf - 1, 0), 0);
  return strstr (buf, text) != NULL;
}

/* One that lasts an hour.  */
static void
add_grant (grants_t book)
{
  struct grant grant;

  memset (&grant, 0, sizeof grant);
  snprintf (grant.what.rule, sizeof grant.what.rule, "ssh");
  snprintf (grant.what.user, sizeof grant.what.user, "alice");
  memset (grant.what.fpr, 'A', NETSPEC_FPRLEN);
  ck_assert (!netspec_addr_parse ("203.0.113.7", &grant.what.addr));
  grant.what.observed = grant.what.addr;
  ck_assert (!netspec_ports_parse ("tcp/22", &grant.what.ports));
  grant.what.seconds = 3600;
  grant.ends = ticks_boot_ms () + 3600000;
  ck_assert_uint_eq (grants_add (book, &grant), 0);
}

static void
execute (const char *sql)
{
  sqlite3 *db;

  ck_assert (!sqlite3_open (path, &db));
  ck_assert (!sqlite3_exec (db, sql, NULL, NULL, NULL));
  sqlite3_close (db);
}

/* The book is open again, and SAID was said (NULL: nothing).  */
static void
opens_with (size_t grants, const char *said)
{
  grants_t book;

  ck_assert_uint_eq (grants_open (path, &book), 0);
  ck_assert_uint_eq (grants_count (book), grants);
  ck_assert_int_eq (logged ("grants end"), said != NULL);
  ck_assert (!said || logged (said));
  add_grant (book);
  grants_release (book);
}

START_TEST (a_book_of_this_version)
{
  opens_with (0, NULL);
  opens_with (1, NULL);
}
END_TEST

START_TEST (a_book_of_another_version)
{
  opens_with (0, NULL);
  execute ("PRAGMA user_version = 1");
  opens_with (0, "made by another version of Postern");
}
END_TEST

START_TEST (a_book_without_a_version)
{
  execute ("CREATE TABLE grants (number INTEGER PRIMARY KEY)");
  opens_with (0, "made by another version of Postern");
}
END_TEST

START_TEST (no_book)
{
  int fd = open (path, O_WRONLY | O_CREAT, 0600);

  ck_assert_int_eq (write (fd, "This is something else.\n", 24), 24);
  close (fd);
  opens_with (0, "not a book of grants");
}
END_TEST

/* The last good table, whose first line has its version.  */
START_TEST (a_last_table)
{
  enum config_on_fail on_fail;
  char *text = NULL, *where = NULL;
  FILE *fp;

  ck_assert_uint_eq (lastgood_write (dir, CONFIG_FAIL_OPEN, "table\n"), 0);
  ck_assert_uint_eq (lastgood_commit (dir), 0);
  ck_assert_uint_eq (lastgood_read (dir, &on_fail, &text, &where), 0);
  ck_assert_str_eq (text, "table\n");
  ck_assert_int_eq (on_fail, CONFIG_FAIL_OPEN);
  free (text);
  gpgrt_free (where);
  snprintf (path, sizeof path, "%s/last/table", dir);
  fp = fopen (path, "w");
  ck_assert_ptr_nonnull (fp);
  fputs ("# Postern: the last good table 0; on-fail = shut\ntable\n", fp);
  fclose (fp);
  ck_assert_uint_eq (gpg_err_code (lastgood_read (dir, &on_fail, &text,
                                                  &where)),
                     GPG_ERR_BAD_DATA);
  ck_assert_ptr_nonnull (where);
  gpgrt_free (where);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("versions");
  TCase *tc = tcase_create ("versions");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, a_book_of_this_version);
  tcase_add_test (tc, a_book_of_another_version);
  tcase_add_test (tc, a_book_without_a_version);
  tcase_add_test (tc, no_book);
  tcase_add_test (tc, a_last_table);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
