/* t-decide-clock.c - What goes with time goes on going, wherever the clock
 * has been.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/decide/decide.h"

#include "decide-kit.h"

#define KEEP 3                  /* claims-keep: the least, and no file's.  */
#define ROWS 20
#define DAILY 5
#define MINUTE INT64_C (60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEARS10 (3650 * DAY)
#define AUDIT_KEEP (10 * DAY)
#define FLOOR 33

static void
start_kit (void)
{
  config->claims_keep = KEEP;
  config->audit_keep = AUDIT_KEEP;
  start_decide ();
}

static void
setup (void)
{
  setup_kit ();
  decide_close (&decide);
  start_kit ();
}

static uint64_t
count (const char *sql)
{
  sqlite3_stmt *stmt;
  uint64_t n;

  turn ();
  ck_assert_uint_eq (database_prepare (store_db (decide.store), sql, &stmt), 0);
  ck_assert_int_eq (sqlite3_step (stmt), SQLITE_ROW);
  n = (uint64_t)sqlite3_column_int64 (stmt, 0);
  sqlite3_finalize (stmt);
  return n;
}

/* Requests that came as far as act.  */
static uint64_t
opened (void)
{
  return count ("SELECT count (*) FROM audit WHERE result = 'done'");
}

static uint64_t
receipts (void)
{
  return count ("SELECT count (*) FROM receipts");
}

static void
opens (void)
{
  next_request (REQUEST_OPEN);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply_release (receive ());
}

/* A receipt of now, beside the newest row.  */
static void
keep_receipt (void)
{
  struct receipt r = { .state = RECEIPT_OPENED };

  next_request (REQUEST_OPEN);
  memcpy (r.request, req->key, sizeof r.request);
  snprintf (r.user, sizeof r.user, "alice");
  snprintf (r.fpr, sizeof r.fpr, "%s", FPR_ALICE);
  r.argv = (char *)"";
  r.row = (int64_t)count ("SELECT max (row) FROM audit");
  r.started = clock_seconds (&moment);
  ck_assert_uint_eq (receipts_keep (decide.store, &r), 0);
}

static void
opens_and_keeps (unsigned int n)
{
  while (n--)
    {
      opens ();
      keep_receipt ();
      pass (1);
    }
}

static void
run_in_steps (int64_t seconds, int64_t of)
{
  for (; seconds > 0; seconds -= of)
    {
      pass (of);
      turn ();
    }
}

static void
run_for (int64_t seconds)
{
  run_in_steps (seconds, MINUTE);
}

/* posternd looks at the clocks at once, for something always happens.  */
static void
step (int64_t seconds)
{
  moment.wall += seconds * CLOCK_SECOND;
  turn ();
}

static void
boot (int64_t seconds)
{
  decide_close (&decide);
  source.boot_id[0]++;
  moment.boot = 20 * CLOCK_SECOND;
  moment.wall += seconds * CLOCK_SECOND;
  start_kit ();
  turn ();
}

static void
reset (void)
{
  ck_assert_uint_eq (replay_reset (decide.replay), 0);
}

/* All of it was kept; and now its time is over, but for EARLY claims, which
   stay until their own has come.  */
static void
goes_in_time (uint64_t rows, uint64_t early)
{
  ck_assert_uint_eq (opened (), rows);
  ck_assert_uint_eq (receipts (), rows);
  run_for (HOUR + MINUTE);
  ck_assert_uint_eq (opened (), rows);
  ck_assert_uint_eq (receipts (), rows);
  pass (AUDIT_KEEP);
  opens_and_keeps (KEEP);
  run_for (AUDIT_KEEP / 5);
  ck_assert_uint_eq (opened (), KEEP);
  ck_assert_uint_eq (receipts (), KEEP);
  ck_assert_uint_eq (claims (), KEEP + early);
}

static const struct { int64_t off; bool boots, resets; } ways[] =
  {
    { 0, false, false },
    { YEARS10, false, false }, { YEARS10, true, false },
    { YEARS10, false, true }, { YEARS10, true, true },
    { 2 * HOUR, false, false }, { 2 * HOUR, true, false },
    { -2 * HOUR, false, false }, { -2 * HOUR, true, true },
    { -YEARS10, false, false }, { -YEARS10, true, false },
    { 3, false, false }, { -3, false, true }
  };

/* The clock is off for a while, in which others use it (_i & 1) or not, and
   is right again: nothing has gone meanwhile, and all goes in its time.  */
START_TEST (off_and_right)
{
  int64_t off = ways[_i / 2].off;
  bool traffic = _i & 1;

  opens_and_keeps (ROWS);
  if (ways[_i / 2].boots)
    boot (off);
  else
    step (off);
  run_for (HOUR / 2);
  if (traffic)
    opens_and_keeps (ROWS);
  ck_assert_uint_eq (opened (), traffic ? 2 * ROWS : ROWS);
  step (-off);
  if (ways[_i / 2].resets)
    reset ();
  pass (FLOOR);
  opens_and_keeps (1);
  goes_in_time (traffic ? 2 * ROWS + 1 : ROWS + 1,
                traffic && off == YEARS10 ? ROWS : 0);
}
END_TEST

/* Nobody notices for three hours that it is ten years ahead: some of what
   is thought old is gone, and not all.  */
START_TEST (ahead_for_hours)
{
  uint64_t left;

  opens_and_keeps (2 * ROWS);
  step (YEARS10);
  run_for (3 * HOUR);
  left = opened ();
  ck_assert_uint_ge (left, ROWS);
  ck_assert_uint_lt (left, 2 * ROWS);
  step (-YEARS10);
  run_for (3 * HOUR);
  ck_assert_uint_eq (opened (), left);
  pass (AUDIT_KEEP);
  run_for (AUDIT_KEEP / 5);
  ck_assert_uint_eq (opened (), 0);
}
END_TEST

/* No more than what comes, where it comes in its time.  */
START_TEST (from_day_to_day)
{
  int day;

  for (day = 0; day < 20; day++)
    {
      opens_and_keeps (DAILY);
      run_in_steps (DAY, 10 * MINUTE);
    }
  ck_assert_uint_ge (opened (), 9 * DAILY);
  ck_assert_uint_le (opened (), 11 * DAILY);
  ck_assert_uint_eq (receipts (), 6 * DAILY);
}
END_TEST

/* One person's newest receipts stay, by whatever clock they were made.  */
START_TEST (receipts_from_the_future)
{
  unsigned int i;

  opens ();
  step (YEARS10);
  pass (FLOOR);
  for (i = 0; i < RECEIPTS_MAX_PERSON; i++)
    keep_receipt ();
  step (-YEARS10);
  pass (FLOOR);
  opens_and_keeps (ROWS);
  ck_assert_uint_eq (receipts (), RECEIPTS_MAX_PERSON);
  ck_assert_uint_eq (count ("SELECT count (*) FROM receipts WHERE row ="
                            " (SELECT max (row) FROM receipts)"), 1);
  ck_assert_uint_eq (count ("SELECT count (*) FROM receipts WHERE started"
                            " < 1900000000"), ROWS);
  run_for (HOUR + MINUTE);
  ck_assert_uint_eq (receipts (), RECEIPTS_MAX_PERSON);
  pass (7 * DAY);
  run_for (HOUR);
  ck_assert_uint_eq (receipts (), 0);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("decide-clock");
  TCase *tc = tcase_create ("decide-clock");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_add_loop_test (tc, off_and_right, 0,
                       2 * (int)(sizeof ways / sizeof *ways));
  tcase_add_test (tc, ahead_for_hours);
  tcase_add_test (tc, from_day_to_day);
  tcase_add_test (tc, receipts_from_the_future);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
