/* t-audit.c - Every decision is one row.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/store/audit.h"

#include <check.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 600

static char dir[32];
static store_t store;
static audit_t audit;
static struct clock_reading now;
static json_t *rows[MAX_ROWS];
static size_t n_rows;


static void
start (unsigned int keep)
{
  bool fresh;

  ck_assert_uint_eq (store_open (dir, &store, &fresh), 0);
  ck_assert_uint_eq (audit_open (store, "web1", keep, &audit), 0);
}

static void
stop (void)
{
  audit_close (audit);
  store_close (store);
}

static void
setup (void)
{
  snprintf (dir, sizeof dir, "/tmp/t-audit-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  now.wall = INT64_C (1800000000) * CLOCK_SECOND;
  now.boot = INT64_C (100) * CLOCK_SECOND;
  start (0);
}

static int
remove_one (const char *path, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  return remove (path);
}

static void
forget_rows (void)
{
  while (n_rows)
    json_decref (rows[--n_rows]);
}

static void
teardown (void)
{
  forget_rows ();
  stop ();
  nftw (dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static gpg_error_t
keep_row (void *hook, const char *text)
{
  json_error_t error;

  (void)hook;
  ck_assert_uint_lt (n_rows, MAX_ROWS);
  rows[n_rows] = json_loads (text, 0, &error);
  ck_assert_ptr_nonnull (rows[n_rows]);
  n_rows++;
  return 0;
}

static void
read_rows (const struct audit_filter *filter)
{
  static const struct audit_filter all;
  struct audit_cursor cursor = { 0 };
  bool done = false;

  forget_rows ();
  while (!done)
    ck_assert_uint_eq (audit_read (audit, filter ? filter : &all, &cursor,
                                   keep_row, NULL, &done), 0);
}

static void
flush (void)
{
  int wait;

  audit_flush (audit, &now, true, &wait);
  ck_assert_int_eq (wait, -1);
}

static const char *
text_of (size_t i, const char *name)
{
  const char *text = json_string_value (json_object_get (rows[i], name));

  return text ? text : "";
}

static json_int_t
number_of (size_t i, const char *name)
{
  return json_integer_value (json_object_get (rows[i], name));
}

static struct audit_row
example (const char *source)
{
  struct audit_row row;

  memset (&row, 0, sizeof row);
  row.time = clock_seconds (&now);
  row.user = "alice";
  ck_assert_uint_eq (netspec_addr_parse (source, &row.source), 0);
  row.sport = 4711;
  row.action = "open";
  row.has_request = true;
  memset (row.request, 0xab, sizeof row.request);
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22", &row.ports), 0);
  return row;
}

static void
claim (struct audit_row *row)
{
  ck_assert_uint_eq (store_begin (store, true), 0);
  ck_assert_uint_eq (audit_claim (audit, row, "blob", 4), 0);
  ck_assert_uint_eq (store_commit (store), 0);
}


START_TEST (a_claim_is_completed)
{
  struct audit_row row = example ("203.0.113.7");

  claim (&row);
  ck_assert_int_gt (row.row, 0);
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 0);        /* Not before it is known.  */
  row.result = "done";
  row.stage = "act";
  row.rule = "ssh";
  row.until = 1800000060;
  audit_put (audit, &row);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 1);
  ck_assert_str_eq (text_of (0, "result"), "done");
  ck_assert_str_eq (text_of (0, "host"), "web1");
  ck_assert_str_eq (text_of (0, "user"), "alice");
  ck_assert_str_eq (text_of (0, "source"), "203.0.113.7");
  ck_assert_str_eq (text_of (0, "ports"), "tcp/22");
  ck_assert_str_eq (text_of (0, "rule"), "ssh");
  ck_assert_str_eq (text_of (0, "id"), "abababab");
  ck_assert_uint_eq (strlen (text_of (0, "request")), 64);
  ck_assert_int_eq (number_of (0, "until"), 1800000060);
  ck_assert_int_eq (number_of (0, "count"), 1);
  ck_assert_int_eq (number_of (0, "sport"), 4711);
}
END_TEST

START_TEST (a_crash_leaves_unknown)
{
  struct audit_row row = example ("203.0.113.7");

  claim (&row);
  stop ();
  start (0);
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 1);
  ck_assert_str_eq (text_of (0, "result"), "unknown");
  ck_assert_str_eq (text_of (0, "user"), "alice");
}
END_TEST

/* It is in the chain then, which does not change any more.  */
START_TEST (what_is_known_later_is_another_row)
{
  struct audit_row row = example ("203.0.113.7");

  claim (&row);
  stop ();
  start (0);
  row.result = "done";
  snprintf (row.detail, sizeof row.detail, "exit 0");
  audit_put (audit, &row);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 2);
  ck_assert_str_eq (text_of (0, "result"), "unknown");
  ck_assert_str_eq (text_of (1, "result"), "event");
  ck_assert_str_eq (text_of (1, "detail"), "of row 1: done; exit 0");
  ck_assert_str_eq (text_of (1, "user"), "alice");
  ck_assert_str_eq (text_of (0, "id"), text_of (1, "id"));
  /* That one is final as well.  */
  row.row = 2;
  audit_put (audit, &row);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 3);
}
END_TEST

START_TEST (an_abort_leaves_nothing)
{
  struct audit_row row = example ("203.0.113.7");

  ck_assert_uint_eq (store_begin (store, true), 0);
  ck_assert_uint_eq (audit_claim (audit, &row, "blob", 4), 0);
  store_rollback (store);
  stop ();
  start (0);
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 0);
}
END_TEST

START_TEST (a_row_behind_an_open_one_waits)
{
  struct audit_row row = example ("203.0.113.7");

  claim (&row);
  audit_event (audit, &now, "act", "something");
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 0);
  row.result = "refused";
  audit_put (audit, &row);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 2);
  ck_assert_str_eq (text_of (0, "result"), "refused");
  ck_assert_str_eq (text_of (1, "result"), "event");
}
END_TEST

START_TEST (alike_refusals_are_one_row)
{
  struct audit_row row = example ("203.0.113.7");
  int i;

  for (i = 0; i < 1000; i++)
    {
      audit_refused (audit, &now, REFUSAL_REPLAY, &row);
      if (i % 100 == 0)
        flush ();
    }
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 1);
  ck_assert_int_eq (number_of (0, "count"), 1000);
  ck_assert_str_eq (text_of (0, "result"), "refused");
  ck_assert_str_eq (text_of (0, "stage"), "claim");
  ck_assert_str_eq (text_of (0, "reason"), refusal_text (REFUSAL_REPLAY));
}
END_TEST

START_TEST (others_are_rows_of_their_own)
{
  struct audit_row row = example ("203.0.113.7");

  audit_refused (audit, &now, REFUSAL_REPLAY, &row);
  audit_refused (audit, &now, REFUSAL_TOO_OLD, &row);
  row = example ("203.0.113.8");
  audit_refused (audit, &now, REFUSAL_REPLAY, &row);
  flush ();
  now.boot += 10 * CLOCK_SECOND;        /* And a new ten seconds.  */
  audit_refused (audit, &now, REFUSAL_REPLAY, &row);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 4);
}
END_TEST

/* Two people behind one NAT, and two reasons in one refusal's detail.  */
START_TEST (others_behind_one_address)
{
  struct audit_row row = example ("203.0.113.7");

  memset (row.fpr, 'A', NETSPEC_FPRLEN);
  audit_refused (audit, &now, REFUSAL_GRAMMAR, &row);
  audit_refused (audit, &now, REFUSAL_GRAMMAR, &row);
  memset (row.fpr, 'B', NETSPEC_FPRLEN);
  row.user = "bob";
  audit_refused (audit, &now, REFUSAL_GRAMMAR, &row);
  snprintf (row.detail, sizeof row.detail, "another");
  audit_refused (audit, &now, REFUSAL_GRAMMAR, &row);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 3);
  ck_assert_int_eq (number_of (0, "count"), 2);
  ck_assert_str_eq (text_of (0, "user"), "alice");
  ck_assert_str_eq (text_of (1, "user"), "bob");
  ck_assert_str_eq (text_of (2, "detail"), "another");
}
END_TEST

START_TEST (a_flood_from_everywhere_is_bounded)
{
  struct audit_row row = example ("203.0.113.7");
  json_int_t sum = 0;
  size_t i;

  for (i = 0; i < 10000; i++)
    {
      memcpy (row.source.bytes, &i, 4);
      audit_refused (audit, &now, REFUSAL_UNKNOWN_KEY, &row);
    }
  flush ();
  read_rows (NULL);
  ck_assert_uint_le (n_rows, 65);
  for (i = 0; i < n_rows; i++)
    sum += number_of (i, "count");
  ck_assert_int_eq (sum, 10000);
  ck_assert_str_eq (text_of (n_rows - 1, "source"), "");
  ck_assert_str_eq (text_of (n_rows - 1, "user"), "");
}
END_TEST

START_TEST (what_capture_counts)
{
  struct packet_counts counts;

  memset (&counts, 0, sizeof counts);
  counts.n[REFUSAL_SEAL] = 5;
  counts.n[REFUSAL_SEEN] = 3;   /* Sent again while a reply was waited for. */
  audit_counts (audit, &counts);
  flush ();
  counts.n[REFUSAL_SEAL] = 7;
  audit_counts (audit, &counts);
  now.boot += 30 * CLOCK_SECOND;
  audit_counts (audit, &counts);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 1);
  ck_assert_int_eq (number_of (0, "count"), 5);
  now.boot += 30 * CLOCK_SECOND;
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 2);
  ck_assert_int_eq (number_of (1, "count"), 14);
  ck_assert_str_eq (text_of (1, "stage"), "capture");
}
END_TEST

START_TEST (a_flush_is_not_for_each_row)
{
  int wait;

  audit_event (audit, &now, "act", "one");
  audit_flush (audit, &now, false, &wait);
  ck_assert_int_eq (wait, -1);
  audit_event (audit, &now, "act", "two");
  audit_flush (audit, &now, false, &wait);
  ck_assert_int_gt (wait, 0);
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 1);
  now.boot += CLOCK_SECOND / 10;
  audit_flush (audit, &now, false, &wait);
  ck_assert_int_eq (wait, -1);
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 2);
}
END_TEST

static void
put_many (void)
{
  struct audit_row row;
  int i;

  for (i = 0; i < 30; i++)
    {
      now.wall += CLOCK_SECOND;
      row = example (i % 2 ? "203.0.113.7" : "2001:db8::7");
      row.user = i % 3 ? "alice" : "bob";
      row.result = i % 5 ? "done" : "refused";
      audit_put (audit, &row);
    }
  flush ();
}

static size_t
count (struct audit_filter filter)
{
  read_rows (&filter);
  return n_rows;
}

START_TEST (filters)
{
  put_many ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 30);
  ck_assert_uint_eq (count ((struct audit_filter){ .user = "bob" }), 10);
  ck_assert_uint_eq (count ((struct audit_filter){ .user = "bo" }), 0);
  ck_assert_uint_eq (count ((struct audit_filter)
                            { .source = "2001:db8::7" }), 15);
  ck_assert_uint_eq (count ((struct audit_filter)
                            { .result = "refused" }), 6);
  ck_assert_uint_eq (count ((struct audit_filter){ .host = "web1" }), 30);
  ck_assert_uint_eq (count ((struct audit_filter){ .host = "web2" }), 0);
  ck_assert_uint_eq (count ((struct audit_filter)
                            { .user = "bob", .result = "refused" }), 2);
  ck_assert_uint_eq (count ((struct audit_filter)
                            { .since = 1800000021 }), 10);
  ck_assert_uint_eq (count ((struct audit_filter)
                            { .has_until = true, .until = 1800000010 }), 10);
  ck_assert_uint_eq (count ((struct audit_filter){ .limit = 4 }), 4);
  ck_assert_int_eq (number_of (0, "row"), 1);
  ck_assert_uint_eq (count ((struct audit_filter){ .after = 28 }), 2);
  ck_assert_int_eq (number_of (0, "row"), 29);
  ck_assert_uint_eq (count ((struct audit_filter){ .last = 3 }), 3);
  ck_assert_int_eq (number_of (0, "row"), 28);
  ck_assert_int_eq (number_of (2, "row"), 30);
}
END_TEST

START_TEST (one_answer_has_a_bound)
{
  int i;

  for (i = 0; i < 20; i++)
    put_many ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), AUDIT_MAX_ROWS);
  ck_assert_uint_eq (count ((struct audit_filter){ .limit = 9999 }),
                     AUDIT_MAX_ROWS);
}
END_TEST

/* Old rows that a filter names are found however many lie between, and no
   slice is long.  */
START_TEST (an_answer_comes_in_slices)
{
  struct audit_filter filter = { .user = "bob", .result = "unknown" };
  struct audit_cursor cursor = { 0 };
  struct audit_row row = example ("203.0.113.7");
  bool done = false;
  size_t before;
  int i, slices = 0;

  put_many ();
  row.user = "bob";
  row.result = "unknown";
  audit_put (audit, &row);
  for (i = 0; i < 90; i++)
    put_many ();
  audit_put (audit, &row);
  put_many ();                          /* 2762 rows.  */
  ck_assert_uint_eq (count (filter), 2);
  ck_assert_int_eq (number_of (0, "row"), 31);
  filter.last = 1;
  ck_assert_uint_eq (count (filter), 1);
  ck_assert_int_eq (number_of (0, "row"), 2732);
  filter.last = 5;
  ck_assert_uint_eq (count (filter), 2);
  ck_assert_int_eq (number_of (0, "row"), 31);
  filter.after = 31;
  ck_assert_uint_eq (count (filter), 1);
  filter.after = 5000;
  ck_assert_uint_eq (count (filter), 0);
  filter = (struct audit_filter){ .limit = 200 };
  for (forget_rows (); !done; slices++)
    {
      before = n_rows;
      ck_assert_uint_eq (audit_read (audit, &filter, &cursor, keep_row, NULL,
                                     &done), 0);
      ck_assert_uint_le (n_rows - before, 64);
    }
  ck_assert_uint_eq (n_rows, 200);
  ck_assert_int_ge (slices, 4);
}
END_TEST

/* For as long as it takes, by a clock that stands.  */
static void
prune (void)
{
  int i;

  for (i = 0; i < 100; i++)
    {
      now.boot += 60 * (int64_t)CLOCK_SECOND;
      audit_prune (audit, &now);
    }
}

static unsigned int n_taken;

/* Takes three lines at a time.  */
static gpg_error_t
keep_three (void *hook, const char *text)
{
  keep_row (hook, text);
  return ++n_taken % 3 ? 0 : gpg_error (GPG_ERR_EAGAIN);
}

/* All of the chain, each row once, however slowly it is taken; what was
   pruned before it could be read is told.  */
START_TEST (a_chain_comes_in_slices)
{
  struct audit_chain_cursor cursor = { 0 };
  bool done = false;
  size_t i;

  stop ();
  start (3600);
  for (i = 0; i < 10; i++)
    put_many ();
  while (!done)
    ck_assert_uint_eq (audit_read_chain (audit, &cursor, keep_three, NULL,
                                         &done), 0);
  ck_assert_uint_eq (n_rows, 302);
  ck_assert_int_eq (number_of (0, "head-seq"), 300);
  for (i = 1; i <= 300; i++)
    ck_assert_int_eq (number_of (i, "seq"), (int)i);
  ck_assert_int_eq (number_of (301, "postern-audit-end"), 1);
  ck_assert_int_eq (number_of (301, "seq"), 300);
  ck_assert_str_eq (text_of (301, "hash"), text_of (300, "hash"));

  cursor = (struct audit_chain_cursor){ 0 };
  forget_rows ();
  for (i = 0; i < 40; i++)
    ck_assert_uint_eq (audit_read_chain (audit, &cursor, keep_three, NULL,
                                         &done), 0);
  now.wall += 3450 * (int64_t)CLOCK_SECOND;
  prune ();                             /* Half of it; 119 were read.  */
  ck_assert_uint_eq (gpg_err_code (audit_read_chain (audit, &cursor,
                                                     keep_three, NULL,
                                                     &done)), GPG_ERR_EBUSY);
  ck_assert (!done);
  /* From the beginning, as it is now, it can be read.  */
  cursor = (struct audit_chain_cursor){ 0 };
  forget_rows ();
  while (!done)
    ck_assert_uint_eq (audit_read_chain (audit, &cursor, keep_three, NULL,
                                         &done), 0);
  ck_assert_int_eq (number_of (1, "seq"), 150);
  ck_assert_int_eq (number_of (n_rows - 1, "postern-audit-end"), 1);
}
END_TEST

START_TEST (text_from_outside_is_escaped)
{
  struct audit_row row = example ("203.0.113.7");

  row.result = "done";
  snprintf (row.detail, sizeof row.detail, "a\033[2J\"b\n");
  audit_put (audit, &row);
  flush ();
  read_rows (NULL);             /* Which parses it.  */
  ck_assert_str_eq (text_of (0, "detail"), "a\033[2J\"b\n");
}
END_TEST

/* Those that are too old, and the first of them not at once: in a hundredth
   of the time for which they are kept a quarter of them.  */
START_TEST (old_rows_go)
{
  int i;

  stop ();
  start (3600);
  for (i = 0; i < 20; i++)
    put_many ();                /* 600 rows in 600 seconds.  */
  now.wall += 3595 * (int64_t)CLOCK_SECOND;
  audit_prune (audit, &now);
  ck_assert_uint_eq (count ((struct audit_filter){ .result = "done" }), 480);
  for (i = 0; i < 36; i++)
    {
      now.boot += CLOCK_SECOND;
      audit_prune (audit, &now);
    }
  ck_assert_uint_ge (count ((struct audit_filter){ .result = "done" }), 360);
  ck_assert_uint_le (count ((struct audit_filter){ .result = "done" }), 390);
  prune ();                     /* 594 are too old.  */
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 6);
  prune ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 6);
}
END_TEST

/* They do not stay until their date has come, nor keep others.  */
START_TEST (rows_from_the_future_go_in_their_order)
{
  const int64_t years = 10 * 365 * INT64_C (86400) * CLOCK_SECOND;
  int i;

  stop ();
  start (3600);
  now.wall += years;
  for (i = 0; i < 5; i++)
    put_many ();                /* 150 of them.  */
  now.wall -= years;
  prune ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 150);
  for (i = 0; i < 5; i++)
    put_many ();
  prune ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 300);
  now.wall += 3600 * (int64_t)CLOCK_SECOND;
  prune ();                     /* All but the last second's.  */
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 1);
}
END_TEST

/* Those that a clock dated that was behind stay as long as what came before
   them.  */
START_TEST (rows_from_the_past_keep_their_place)
{
  const int64_t years = 10 * 365 * INT64_C (86400) * CLOCK_SECOND;

  stop ();
  start (3600);
  put_many ();
  now.wall -= years;
  put_many ();
  now.wall += years;
  prune ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 60);
  now.wall += 3600 * (int64_t)CLOCK_SECOND;
  prune ();
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 0);
}
END_TEST

START_TEST (a_full_disk_loses_nothing)
{
  struct audit_row row = example ("203.0.113.7");
  int wait;

  sqlite3_exec (store_db (store), "PRAGMA max_page_count = 1", NULL, NULL,
                NULL);
  for (int i = 0; i < 500; i++)
    audit_event (audit, &now, "act", "something that fills a few pages");
  audit_refused (audit, &now, REFUSAL_STORE, &row);
  audit_flush (audit, &now, true, &wait);
  ck_assert_int_gt (wait, 0);
  ck_assert_uint_eq (count ((struct audit_filter){ 0 }), 0);
  sqlite3_exec (store_db (store), "PRAGMA max_page_count = 100000", NULL,
                NULL, NULL);
  audit_refused (audit, &now, REFUSAL_STORE, &row);
  flush ();
  ck_assert_uint_eq (count ((struct audit_filter){ .result = "event" }),
                     500);
  ck_assert_uint_eq (count ((struct audit_filter){ .result = "refused" }),
                     1);
  ck_assert_int_eq (number_of (0, "count"), 2);
}
END_TEST

/* Claims alone count.  */
START_TEST (the_last_of_a_person)
{
  struct audit_row row = example ("203.0.113.7");

  forget_rows ();
  ck_assert_uint_eq (audit_last (audit, "alice", keep_row, NULL), 0);
  ck_assert_uint_eq (n_rows, 0);
  claim (&row);
  row.result = "done";
  audit_put (audit, &row);
  row = example ("203.0.113.8");
  row.result = "refused";
  audit_put (audit, &row);
  flush ();
  ck_assert_uint_eq (audit_last (audit, "alice", keep_row, NULL), 0);
  ck_assert_uint_eq (n_rows, 1);
  ck_assert_str_eq (text_of (0, "source"), "203.0.113.7");
  ck_assert_str_eq (text_of (0, "result"), "done");
  ck_assert_uint_eq (audit_last (audit, "bob", keep_row, NULL), 0);
  ck_assert_uint_eq (n_rows, 1);
}
END_TEST


START_TEST (notes_about_the_roster)
{
  struct audit_note note = { "revoke", "alice", NULL, "root", "left", NULL };

  ck_assert_uint_eq (audit_note (audit, &now, &note), 0);
  flush ();
  read_rows (NULL);
  ck_assert_uint_eq (n_rows, 1);
  ck_assert_str_eq (text_of (0, "result"), "event");
  ck_assert_str_eq (text_of (0, "action"), "revoke");
  ck_assert_str_eq (text_of (0, "user"), "alice");
  ck_assert_str_eq (text_of (0, "detail"), "by root; left");
  note.action = "praise";
  ck_assert_uint_eq (gpg_err_code (audit_note (audit, &now, &note)),
                     GPG_ERR_INV_VALUE);
}
END_TEST


START_TEST (stages)
{
  ck_assert_str_eq (refusal_stage_name (REFUSAL_SEAL), "capture");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_DECRYPT), "unseal");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_OUTER_FRAMING + 1), "unseal");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_INNER_FRAMING - 1), "unseal");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_INNER_FRAMING + 1), "verify");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_VERIFY_FAILED), "verify");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_GRAMMAR), "parse");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_NOT_ADDRESSED), "to");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_STORE_LOST), "claim");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_NOTHING), "policy");
  ck_assert_str_eq (refusal_stage_name (REFUSAL_ACT_GONE), "act");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("audit");
  TCase *tc = tcase_create ("audit");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, a_claim_is_completed);
  tcase_add_test (tc, a_crash_leaves_unknown);
  tcase_add_test (tc, what_is_known_later_is_another_row);
  tcase_add_test (tc, an_abort_leaves_nothing);
  tcase_add_test (tc, a_row_behind_an_open_one_waits);
  tcase_add_test (tc, alike_refusals_are_one_row);
  tcase_add_test (tc, others_are_rows_of_their_own);
  tcase_add_test (tc, others_behind_one_address);
  tcase_add_test (tc, a_flood_from_everywhere_is_bounded);
  tcase_add_test (tc, what_capture_counts);
  tcase_add_test (tc, a_flush_is_not_for_each_row);
  tcase_add_test (tc, filters);
  tcase_add_test (tc, one_answer_has_a_bound);
  tcase_add_test (tc, an_answer_comes_in_slices);
  tcase_add_test (tc, a_chain_comes_in_slices);
  tcase_add_test (tc, text_from_outside_is_escaped);
  tcase_add_test (tc, old_rows_go);
  tcase_add_test (tc, rows_from_the_future_go_in_their_order);
  tcase_add_test (tc, rows_from_the_past_keep_their_place);
  tcase_add_test (tc, a_full_disk_loses_nothing);
  tcase_add_test (tc, the_last_of_a_person);
  tcase_add_test (tc, notes_about_the_roster);
  tcase_add_test (tc, stages);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
