/* t-decide-rate.c - Nobody fills the disk: the rate of a person, and the
 * room that the audit may take.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/decide/decide.h"

#include "decide-kit.h"

#define FPR_NOBODY "3333333333333333333333333333333333333333"
#define BURST 20

static void
restart (void)
{
  decide_close (&decide);
  start_decide ();
}

static void
setup (void)
{
  setup_kit ();
  config->rate = (struct conf_rate){ BURST, 2, 1 };
  restart ();
}

static void
ask (const char *fpr, enum request_action action)
{
  next_request (action);
  if (action == REQUEST_APPROVE || action == REQUEST_RESULT)
    req->has_request = true;
  send_request (fpr);
}

/* How many of N are claimed.  */
static uint64_t
claimed (unsigned int n, const char *fpr, enum request_action action)
{
  uint64_t before = claims ();
  char buf[2048];

  while (n--)
    ask (fpr, action);
  turn ();
  while (asked ())
    ;
  while (receive_datagram (buf, sizeof buf))
    ;
  return claims () - before;
}

static uint64_t
over (void)
{
  return decide.counts[REFUSAL_RATE];
}

static int
count (const char *sql)
{
  sqlite3_stmt *stmt;
  int n, wait;

  audit_flush (decide.audit, &moment, true, &wait);
  ck_assert_uint_eq (database_prepare (store_db (decide.store), sql, &stmt), 0);
  ck_assert_int_eq (sqlite3_step (stmt), SQLITE_ROW);
  n = sqlite3_column_int (stmt, 0);
  sqlite3_finalize (stmt);
  return n;
}


START_TEST (so_many_at_once_and_then_slowly)
{
  ck_assert_uint_eq (claimed (BURST, FPR_ALICE, REQUEST_OPEN), BURST);
  ck_assert_uint_eq (over (), 0);
  ck_assert_uint_eq (claimed (30, FPR_ALICE, REQUEST_OPEN), 0);
  ck_assert_uint_eq (over (), 30);
  moment.boot += CLOCK_SECOND / 2 - 1;
  ck_assert_uint_eq (claimed (1, FPR_ALICE, REQUEST_OPEN), 0);
  moment.boot++;
  ck_assert_uint_eq (claimed (2, FPR_ALICE, REQUEST_OPEN), 1);
  pass (3);
  ck_assert_uint_eq (claimed (20, FPR_ALICE, REQUEST_OPEN), 6);
  pass (1000000);
  ck_assert_uint_eq (claimed (BURST + 10, FPR_ALICE, REQUEST_OPEN), BURST);
}
END_TEST

/* The wall clock has nothing to say.  */
START_TEST (by_the_time_since_boot)
{
  ck_assert_uint_eq (claimed (BURST + 1, FPR_ALICE, REQUEST_OPEN), BURST);
  moment.wall += 20 * CLOCK_SECOND;
  turn ();
  ck_assert_uint_eq (claimed (1, FPR_ALICE, REQUEST_OPEN), 0);
  moment.boot += 20 * CLOCK_SECOND;
  ck_assert_uint_eq (claimed (1, FPR_ALICE, REQUEST_OPEN), 1);
}
END_TEST

/* A key that is nobody's has a bucket too, and nobody uses up another's.  */
START_TEST (each_has_their_own)
{
  ck_assert_uint_eq (claimed (50, FPR_NOBODY, REQUEST_OPEN), BURST);
  ck_assert_uint_eq (claimed (50, FPR_ALICE, REQUEST_OPEN), BURST);
  ck_assert_uint_eq (claimed (50, FPR_NOBODY, REQUEST_OPEN), 0);
}
END_TEST

START_TEST (whatever_is_asked)
{
  static const enum request_action action[] =
    { REQUEST_OPEN, REQUEST_CLOSE, REQUEST_APPROVE, REQUEST_RESULT,
      REQUEST_WHOAMI };
  unsigned int i;

  for (i = 0; i < BURST; i++)
    ck_assert_uint_eq (claimed (1, FPR_ALICE, action[i % 5]), 1);
  for (i = 0; i < 5; i++)
    ck_assert_uint_eq (claimed (1, FPR_ALICE, action[i]), 0);
  pass (1);
  ck_assert_uint_eq (claimed (1, FPR_ALICE, REQUEST_APPROVE), 1);
}
END_TEST

/* So do those that are claimed and refused since their time has not come.  */
START_TEST (the_future_counts)
{
  unsigned int i;
  uint64_t before = claims ();

  for (i = 0; i < 3 * BURST; i++)
    {
      next_request (REQUEST_OPEN);
      req->time += 1000000 + i;
      send_request (FPR_ALICE);
      turn ();
    }
  ck_assert_uint_eq (claims (), before + BURST);
  ck_assert_uint_eq (decide.counts[REFUSAL_FROM_FUTURE], BURST);
  ck_assert_uint_eq (over (), 2 * BURST);
  ck_assert_uint_eq (claimed (1, FPR_ALICE, REQUEST_OPEN), 0);
  pass (1);
  ck_assert_uint_eq (claimed (1, FPR_ALICE, REQUEST_OPEN), 1);
}
END_TEST

/* Others could send them.  */
START_TEST (copies_do_not_count)
{
  unsigned int i;

  ask (FPR_ALICE, REQUEST_OPEN);
  for (i = 0; i < 50; i++)
    send_request (FPR_ALICE);   /* In the same batch...  */
  turn ();
  for (i = 0; i < 50; i++)
    send_request (FPR_ALICE);   /* ... and later.  */
  turn ();
  ck_assert_uint_eq (decide.counts[REFUSAL_REPLAY], 100);
  ck_assert_uint_eq (claimed (BURST, FPR_ALICE, REQUEST_OPEN), BURST - 1);
}
END_TEST

/* It is as if it had not come.  */
START_TEST (what_was_too_many_is_not_spent)
{
  ck_assert_uint_eq (claimed (BURST, FPR_ALICE, REQUEST_OPEN), BURST);
  ask (FPR_ALICE, REQUEST_OPEN);
  turn ();
  ck_assert_uint_eq (asked (), 0);
  ck_assert_ptr_null (receive ());
  pass (1);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
}
END_TEST

/* One row a minute for each person, whatever was asked from wherever.  */
START_TEST (one_row_a_minute)
{
  static const char too_many[] =
    "SELECT count (*) FROM audit WHERE stage = 'rate'";
  unsigned int i;
  int rows;

  ck_assert_uint_eq (claimed (BURST, FPR_ALICE, REQUEST_OPEN), BURST);
  rows = count ("SELECT count (*) FROM audit");
  for (i = 0; i < 118; i++)
    {
      next_request (i & 1 ? REQUEST_OPEN : REQUEST_CLOSE);
      ck_assert_int_gt (asprintf (&req->reason, "because of %u", i), 0);
      origin.src = address (i & 2 ? "127.0.0.1" : "127.0.0.2");
      send_request (FPR_ALICE);
      turn ();
      moment.boot += CLOCK_SECOND / 3;
      moment.wall += CLOCK_SECOND / 3;
    }
  ck_assert_uint_gt (over (), 20);
  ck_assert_int_eq (count (too_many), 1);
  ck_assert_int_eq (count ("SELECT count FROM audit WHERE stage = 'rate'"
                           " AND user = 'alice' AND fpr = '" FPR_ALICE
                           "' AND source LIKE '127.0.0.%'"), (int)over ());
  ck_assert_int_eq (count ("SELECT count (*) FROM audit"),
                    rows + 1 + 118 - (int)over ());
  ck_assert_uint_eq (claimed (50, FPR_NOBODY, REQUEST_OPEN), BURST);
  ck_assert_int_eq (count (too_many), 2);
  pass (60);
  ck_assert_uint_eq (claimed (50, FPR_ALICE, REQUEST_OPEN), BURST);
  ck_assert_int_eq (count (too_many), 3);
  ck_assert_int_eq (count ("SELECT count (*) FROM chain_open"),
                    1 + count ("SELECT count (*) FROM audit"
                               " WHERE result = 'claimed'"));
}
END_TEST

/* Who has used theirs up does not get another by those that come after.  */
START_TEST (a_bounded_number_of_signers)
{
  char fpr[NETSPEC_FPRLEN + 1];
  rate_t rate;
  unsigned int i;

  ck_assert_uint_eq (rate_new (&config->rate, &rate), 0);
  for (i = 0; i < BURST; i++)
    ck_assert (rate_take (rate, FPR_ALICE, moment.boot));
  for (i = 0; i < 3 * RATE_SIGNERS; i++)
    {
      snprintf (fpr, sizeof fpr, "%040X", i);
      ck_assert (rate_take (rate, fpr, moment.boot));
    }
  ck_assert (!rate_take (rate, FPR_ALICE, moment.boot));
  ck_assert (rate_take (rate, FPR_ALICE, moment.boot + CLOCK_SECOND / 2));
  rate_release (rate);
}
END_TEST

START_TEST (no_limit)
{
  config->rate.burst = 0;
  restart ();
  ck_assert_uint_eq (claimed (60, FPR_ALICE, REQUEST_OPEN), 60);
  ck_assert_uint_eq (over (), 0);
}
END_TEST


/* The audit's room.  */

static const char reached[] = "SELECT count (*) FROM audit WHERE reason LIKE"
  " '%audit-max%'";

static int
bytes (void)
{
  return count ("SELECT bytes FROM audit_size");
}

static int
real_bytes (void)
{
  return count ("SELECT sum (400 + length (CAST (coalesce (detail, '') ||"
                " coalesce (argv, '') AS BLOB)) + coalesce (length (blob), 0))"
                " FROM audit");
}

static void
put_rows (unsigned int n)
{
  struct audit_row row = { .time = clock_seconds (&moment),
                           .result = "event", .stage = "test" };

  memset (row.detail, 'x', 200);
  while (n--)
    audit_put (decide.audit, &row);
}

static void
seconds (unsigned int n)
{
  while (n--)
    {
      pass (1);
      turn ();
    }
}

static unsigned int n_rows;
static bool is_proven;

/* The lines of a chain that hold together by their numbers: begins behind
   what went, and ends at its head.  */
static gpg_error_t
look_at (void *hook, const char *json)
{
  const char *seq = strstr (json, "\"seq\":");
  uint64_t *next = hook;
  const char *base = strstr (json, "\"base-seq\":");

  if (base)
    *next = strtoull (base + 11, NULL, 10) + 1;
  else if (strstr (json, "postern-audit-end"))
    is_proven = seq && strtoull (seq + 6, NULL, 10) + 1 == *next;
  else
    {
      ck_assert_ptr_nonnull (seq);
      ck_assert_uint_eq (strtoull (seq + 6, NULL, 10), (*next)++);
      n_rows++;
    }
  return 0;
}

static void
prove (void)
{
  struct audit_chain_cursor cursor = { 0 };
  bool done = false;
  uint64_t next = 0;

  n_rows = 0;
  is_proven = false;
  while (!done)
    ck_assert_uint_eq (audit_read_chain (decide.audit, &cursor, look_at,
                                         &next, &done), 0);
  ck_assert (is_proven);
}

START_TEST (the_oldest_rows_go)
{
  int last;

  config->audit_max = 60000;    /* A hundred rows.  */
  put_rows (90);
  seconds (5);
  prove ();
  ck_assert_uint_ge (n_rows, 90);
  ck_assert_int_eq (count (reached), 0);
  put_rows (1000);
  seconds (5);
  prove ();
  ck_assert_uint_ge (n_rows, 80);
  ck_assert_uint_le (n_rows, 100);
  ck_assert_int_le (bytes (), 60000);
  ck_assert_int_eq (bytes (), real_bytes ());
  last = count ("SELECT max (row) FROM audit");
  ck_assert_int_eq (count ("SELECT max (row) - min (row) + 1 FROM audit"),
                    count ("SELECT count (*) FROM audit"));
  ck_assert_int_gt (last, 1000);
}
END_TEST

START_TEST (it_is_told_once)
{
  config->audit_max = 60000;
  put_rows (150);
  seconds (3);
  ck_assert_int_eq (count (reached), 1);
  put_rows (50);
  seconds (3);
  ck_assert_int_eq (count (reached), 1);
  restart ();
  put_rows (60);
  seconds (3);
  put_rows (60);
  seconds (3);
  ck_assert_int_eq (count (reached), 0); /* It went itself, by now.  */
  config->audit_max = 200000;
  seconds (3);
  put_rows (500);
  seconds (3);
  ck_assert_int_eq (count (reached), 1);
}
END_TEST

START_TEST (no_limit_of_the_audit)
{
  config->audit_max = 0;
  put_rows (500);
  seconds (5);
  ck_assert_int_ge (count ("SELECT count (*) FROM audit"), 500);
  ck_assert_int_eq (bytes (), real_bytes ());
}
END_TEST

/* What is still under way stays, and what it becomes is a row as before.  */
START_TEST (what_is_open_stays)
{
  config->audit_max = 60000;
  ask (FPR_ALICE, REQUEST_OPEN);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  put_rows (300);
  ck_assert_int_gt (bytes (), 60000);
  seconds (1);
  ck_assert_int_le (bytes (), 60000);
  ck_assert_int_eq (count ("SELECT count (*) FROM audit"
                           " WHERE result = 'claimed'"), 1);
  grant_it (30);
  ck_assert_int_eq (count ("SELECT count (*) FROM audit"
                           " WHERE result = 'done'"), 1);
  reply_release (receive ());
  ck_assert_int_eq (bytes (), real_bytes ());
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decide-rate");
  TCase *tc = tcase_create ("decide-rate");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_add_test (tc, so_many_at_once_and_then_slowly);
  tcase_add_test (tc, by_the_time_since_boot);
  tcase_add_test (tc, each_has_their_own);
  tcase_add_test (tc, whatever_is_asked);
  tcase_add_test (tc, the_future_counts);
  tcase_add_test (tc, copies_do_not_count);
  tcase_add_test (tc, what_was_too_many_is_not_spent);
  tcase_add_test (tc, one_row_a_minute);
  tcase_add_test (tc, a_bounded_number_of_signers);
  tcase_add_test (tc, no_limit);
  tcase_add_test (tc, the_oldest_rows_go);
  tcase_add_test (tc, it_is_told_once);
  tcase_add_test (tc, no_limit_of_the_audit);
  tcase_add_test (tc, what_is_open_stays);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
