/* t-lockout.c - Tests of server/lockout.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/store/lockout.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T0 UINT64_C (1800000000)

static char dir[64];
static store_t store;
static lockout_t lockout;


static void
open_all (void)
{
  bool fresh;

  ck_assert_uint_eq (store_open (dir, &store, &fresh), 0);
  ck_assert_uint_eq (lockout_open (store, &lockout), 0);
}

static void
close_all (void)
{
  lockout_close (lockout);
  store_close (store);
}

static void
setup (void)
{
  snprintf (dir, sizeof dir, "/tmp/t-lockout-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  open_all ();
}

static void
teardown (void)
{
  char path[128];

  close_all ();
  snprintf (path, sizeof path, "%s/" STORE_FILE, dir);
  unlink (path);
  rmdir (dir);
}

/* USER fails N times from T on, each GAP seconds behind the last; returns
   the wait that follows.  */
static unsigned int
misses (const char *user, unsigned int n, uint64_t t, uint64_t gap)
{
  unsigned int wait = 0;

  for (; n; n--, t += gap)
    wait = lockout_failed (lockout, user, t);
  return wait;
}

/* Locked with ten seconds, at T0.  */
static void
lock_alice (void)
{
  ck_assert_uint_eq (misses ("alice", 5, T0, 0), 10);
}


START_TEST (the_fifth_locks)
{
  ck_assert_uint_eq (misses ("alice", 4, T0, 10), 0);
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 + 30), 0);
  ck_assert_uint_eq (misses ("alice", 1, T0 + 40, 0), 10);
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 + 40), 10);
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 + 49), 1);
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 + 50), 0);
  ck_assert_uint_eq (lockout_left (lockout, "bob", T0 + 40), 0);
}
END_TEST

/* The fifth is the first's only within ten minutes.  */
START_TEST (the_window)
{
  ck_assert_uint_eq (misses ("alice", 9, T0, 150), 0);
  ck_assert_uint_eq (misses ("bob", 5, T0, 149), 10);
}
END_TEST

START_TEST (it_doubles)
{
  static const unsigned int waits[] = { 20, 40, 80, 160, 300, 300 };
  uint64_t t = T0 + 10;
  size_t i;

  lock_alice ();
  for (i = 0; i < sizeof waits / sizeof *waits; i++)
    {
      ck_assert_uint_eq (lockout_left (lockout, "alice", t), 0);
      ck_assert_uint_eq (misses ("alice", 1, t, 0), waits[i]);
      t += waits[i];
    }
}
END_TEST

START_TEST (a_right_one_ends_it)
{
  lock_alice ();
  ck_assert (lockout_clear (lockout, "alice"));
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0), 0);
  ck_assert (!lockout_clear (lockout, "alice"));
  ck_assert_uint_eq (misses ("alice", 4, T0 + 1, 0), 0);
  ck_assert_uint_eq (misses ("alice", 1, T0 + 1, 0), 10);
}
END_TEST

START_TEST (it_is_forgotten)
{
  lock_alice ();                /* Until T0 + 10.  */
  ck_assert_uint_eq (misses ("alice", 1, T0 + 609, 0), 20);
  ck_assert_uint_eq (misses ("alice", 4, T0 + 629 + 600, 0), 0);
  ck_assert_uint_eq (misses ("alice", 1, T0 + 629 + 600, 0), 10);
}
END_TEST

START_TEST (kept_across_a_restart)
{
  ck_assert_uint_eq (misses ("bob", 4, T0, 0), 0);
  lock_alice ();
  ck_assert_uint_eq (misses ("carol", 5, T0, 0), 10);
  ck_assert (lockout_clear (lockout, "carol"));
  close_all ();
  open_all ();
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 + 3), 7);
  ck_assert_uint_eq (lockout_left (lockout, "bob", T0), 0);
  ck_assert_uint_eq (lockout_left (lockout, "carol", T0), 0);
  ck_assert_uint_eq (misses ("bob", 1, T0 + 1, 0), 10);
  ck_assert_uint_eq (misses ("alice", 1, T0 + 11, 0), 20);
  ck_assert_uint_eq (misses ("carol", 1, T0 + 1, 0), 0);
}
END_TEST

/* Nobody is locked for longer than was said.  */
START_TEST (a_clock_that_goes_back)
{
  lock_alice ();
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 - 86400), 10);
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 - 86390), 0);
  /* What it did in what is now the future still counts.  */
  ck_assert_uint_eq (misses ("alice", 1, T0 - 86390, 0), 20);
}
END_TEST

START_TEST (a_full_disk_keeps_it_in_memory)
{
  sqlite3_exec (store_db (store), "PRAGMA max_page_count = 1", NULL, NULL,
                NULL);
  lock_alice ();
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0), 10);
}
END_TEST

/* What a damaged store says of nobody's name, or of a wait that is none.  */
START_TEST (a_damaged_store)
{
  unsigned int left;
  size_t pos = 0;
  int i;

  lock_alice ();
  for (i = 0; i < 50; i++)
    ck_assert_int_eq (sqlite3_exec (store_db (store),
                                    "INSERT OR REPLACE INTO lockouts VALUES"
                                    " (hex (randomblob (40)), 1, 1, 1, 1, 1,"
                                    " 1, 1)", NULL, NULL, NULL), SQLITE_OK);
  ck_assert_int_eq (sqlite3_exec (store_db (store),
                                  "INSERT INTO lockouts VALUES ('bob',"
                                  " 9000000000, -1, 1, 1, 1, 1, 1)", NULL,
                                  NULL, NULL), SQLITE_OK);
  close_all ();
  open_all ();
  ck_assert_uint_eq (lockout_left (lockout, "alice", T0 + 3), 7);
  ck_assert_uint_eq (lockout_left (lockout, "bob", T0), LOCKOUT_MOST);
  ck_assert_str_eq (lockout_next (lockout, T0, &pos, &left), "alice");
  ck_assert_str_eq (lockout_next (lockout, T0, &pos, &left), "bob");
  ck_assert_ptr_null (lockout_next (lockout, T0, &pos, &left));
}
END_TEST

START_TEST (who_waits)
{
  unsigned int left;
  size_t pos = 0;

  ck_assert_uint_eq (misses ("bob", 4, T0, 0), 0);
  ck_assert_ptr_null (lockout_next (lockout, T0, &pos, &left));
  lock_alice ();
  ck_assert_uint_eq (misses ("carol", 6, T0, 0), 20);
  pos = 0;
  ck_assert_str_eq (lockout_next (lockout, T0 + 1, &pos, &left), "alice");
  ck_assert_uint_eq (left, 9);
  ck_assert_str_eq (lockout_next (lockout, T0 + 1, &pos, &left), "carol");
  ck_assert_uint_eq (left, 19);
  ck_assert_ptr_null (lockout_next (lockout, T0 + 1, &pos, &left));
  pos = 0;
  ck_assert_str_eq (lockout_next (lockout, T0 + 10, &pos, &left), "carol");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("lockout");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, the_fifth_locks);
  tcase_add_test (tc, the_window);
  tcase_add_test (tc, it_doubles);
  tcase_add_test (tc, a_right_one_ends_it);
  tcase_add_test (tc, it_is_forgotten);
  tcase_add_test (tc, kept_across_a_restart);
  tcase_add_test (tc, a_clock_that_goes_back);
  tcase_add_test (tc, a_full_disk_keeps_it_in_memory);
  tcase_add_test (tc, a_damaged_store);
  tcase_add_test (tc, who_waits);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
