/* t-receipts.c - Receipts and what waits, across restarts.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/store/receipts.h"
#include "../../../server/store/approvals.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../../common/base/secret.h"
#include "../../../server/store/clock.h"

#define FPR "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static char dir[64];
static store_t store;
static approvals_t approvals;


static void
open_all (uint64_t wall)
{
  bool fresh;

  ck_assert_uint_eq (store_open (dir, &store, &fresh), 0);
  ck_assert_uint_eq (receipts_create (store), 0);
  ck_assert_uint_eq (approvals_open (store, wall, 0, &approvals), 0);
}


static void
close_all (void)
{
  approvals_close (approvals);
  store_close (store);
}


static void
setup (void)
{
  snprintf (dir, sizeof dir, "/tmp/t-receipts-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  open_all (1000);
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
teardown (void)
{
  close_all ();
  nftw (dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}


static struct receipt
begin (unsigned char first, uint64_t started)
{
  struct receipt r = { .started = started, .row = 6 + first };

  r.request[0] = first;
  snprintf (r.user, sizeof r.user, "alice");
  snprintf (r.fpr, sizeof r.fpr, FPR);
  snprintf (r.command, sizeof r.command, "restart");
  r.argv = (char *)"/bin/echo 'a b'";
  ck_assert_uint_eq (receipts_begin (store, &r), 0);
  return r;
}


START_TEST (receipt_of_a_run)
{
  struct receipt r = begin (1, 1000), got;

  ck_assert_int_eq (gpg_err_code (receipts_begin (store, &r)),
                    GPG_ERR_EEXIST);
  ck_assert_uint_eq (receipts_get (store, r.request, &got), 0);
  ck_assert_int_eq (got.state, RECEIPT_RUNNING);
  ck_assert_str_eq (got.user, "alice");
  ck_assert_str_eq (got.fpr, FPR);
  ck_assert_str_eq (got.argv, "/bin/echo 'a b'");
  ck_assert_int_eq (got.row, 7);
  receipt_release (&got);
  r.state = RECEIPT_ENDED;
  r.exit_code = 3;
  r.msecs = 12;
  r.produced = 100;
  r.timed_out = true;
  r.output = (char *)"a\0b";
  r.output_len = 3;
  ck_assert_uint_eq (receipts_end (store, &r), 0);
  close_all ();
  open_all (1000);
  ck_assert_uint_eq (receipts_get (store, r.request, &got), 0);
  ck_assert_int_eq (got.state, RECEIPT_ENDED);
  ck_assert_uint_eq (got.exit_code, 3);
  ck_assert_uint_eq (got.msecs, 12);
  ck_assert_uint_eq (got.produced, 100);
  ck_assert (got.timed_out);
  ck_assert_uint_eq (got.output_len, 3);
  ck_assert_mem_eq (got.output, "a\0b", 3);
  receipt_release (&got);
  r.request[0] = 2;
  ck_assert_int_eq (gpg_err_code (receipts_end (store, &r)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_int_eq (gpg_err_code (receipts_get (store, r.request, &got)),
                    GPG_ERR_NOT_FOUND);
}
END_TEST


/* What ran when the server stopped says so until it is told of; those are
   found in the order of their rows.  */
START_TEST (left_open)
{
  struct receipt r = begin (1, 1000), got;

  close_all ();
  open_all (1000);
  ck_assert_uint_eq (receipts_get (store, r.request, &got), 0);
  ck_assert_int_eq (got.state, RECEIPT_RUNNING);
  receipt_release (&got);
  ck_assert_uint_eq (receipts_next_running (store, 0, &got), 0);
  ck_assert_mem_eq (got.request, r.request, REQUEST_HASHLEN);
  ck_assert_int_eq (got.row, 7);
  receipt_release (&got);
  ck_assert_int_eq (gpg_err_code (receipts_next_running (store, 7, &got)),
                    GPG_ERR_NOT_FOUND);
  r.state = RECEIPT_UNKNOWN;
  ck_assert_uint_eq (receipts_end (store, &r), 0);
  ck_assert_int_eq (gpg_err_code (receipts_next_running (store, 0, &got)),
                    GPG_ERR_NOT_FOUND);
}
END_TEST


/* One person has a share.  */
START_TEST (prunes_a_persons)
{
  struct receipt r, other = begin (255, 1), got;
  int i;

  other.state = RECEIPT_ENDED;
  ck_assert_uint_eq (receipts_end (store, &other), 0);
  for (i = 0; i <= RECEIPTS_MAX_PERSON; i++)
    {
      memset (&r, 0, sizeof r);
      r.request[1] = (unsigned char)(i >> 8);
      r.request[2] = (unsigned char)i;
      r.request[3] = 1;
      r.state = RECEIPT_FAILED;
      r.row = i;
      r.started = 1000;
      snprintf (r.fpr, sizeof r.fpr, "BB");
      r.argv = (char *)"x";
      ck_assert_uint_eq (receipts_keep (store, &r), 0);
    }
  ck_assert_uint_eq (receipts_get (store, r.request, &got), 0);
  receipt_release (&got);
  r.request[1] = r.request[2] = 0;
  ck_assert_int_eq (gpg_err_code (receipts_get (store, r.request, &got)),
                    GPG_ERR_NOT_FOUND);
  r.request[2] = 1;
  ck_assert_uint_eq (receipts_get (store, r.request, &got), 0);
  receipt_release (&got);
  ck_assert_uint_eq (receipts_get (store, other.request, &got), 0);
  receipt_release (&got);
}
END_TEST


START_TEST (prunes)
{
  struct receipt old = begin (1, 1000), new = begin (2, 1000 + RECEIPTS_KEEP);
  struct receipt got;

  old.state = RECEIPT_ENDED;
  ck_assert_uint_eq (receipts_end (store, &old), 0);
  receipts_prune (store, 1000 + RECEIPTS_KEEP);
  ck_assert_uint_eq (receipts_get (store, old.request, &got), 0);
  receipt_release (&got);
  receipts_prune (store, 1001 + RECEIPTS_KEEP);
  ck_assert_int_eq (gpg_err_code (receipts_get (store, old.request,
                                                &got)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_uint_eq (receipts_get (store, new.request, &got), 0);
  receipt_release (&got);
}
END_TEST


static bool
is_kept (const struct receipt *receipt)
{
  struct receipt got;

  if (receipts_get (store, receipt->request, &got))
    return false;
  receipt_release (&got);
  return true;
}


/* Those that a wrong clock dated go with those beside them.  */
START_TEST (prunes_in_their_order)
{
  const uint64_t t = 1000000000;
  const uint64_t dates[] = { 2 * t, t, 1, t + 1, 2 * t, 1, t + 9, 2 * t };
  struct receipt r[8];
  unsigned int i;

  for (i = 0; i < 8; i++)
    {
      r[i] = begin ((unsigned char)(1 + i), dates[i]);
      r[i].state = RECEIPT_ENDED;
      ck_assert_uint_eq (receipts_end (store, r + i), 0);
    }
  receipts_prune (store, t + 20);
  for (i = 0; i < 8; i++)
    ck_assert (is_kept (r + i));
  receipts_prune (store, t + 1 + RECEIPTS_KEEP);
  for (i = 0; i < 8; i++)
    ck_assert_int_eq (is_kept (r + i), i >= 3);
  receipts_prune (store, t + 2 + RECEIPTS_KEEP);
  for (i = 0; i < 8; i++)
    ck_assert_int_eq (is_kept (r + i), i >= 6);
  receipts_prune (store, t + 10 + RECEIPTS_KEEP);
  ck_assert (!is_kept (r + 6) && is_kept (r + 7));
}
END_TEST


static gpg_err_code_t
add (unsigned char first, unsigned char second, const char *user)
{
  struct pending *w = calloc (1, sizeof *w);

  ck_assert_ptr_nonnull (w);
  w->request[0] = first;
  w->request[1] = second;
  snprintf (w->user, sizeof w->user, "%s", user);
  snprintf (w->name, sizeof w->name, "restart");
  memset (w->fpr, 'A', NETSPEC_FPRLEN);
  w->origin.sport = 4711;
  w->terms[5] = 9;
  w->text = strdup ("text");
  w->text_len = 4;
  w->what = strdup ("run restart");
  w->command = true;
  w->row = 8;
  w->since = 1000;
  w->until = 1600;
  return gpg_err_code (approvals_add (approvals, w));
}


START_TEST (waits_across_restarts)
{
  struct approval by = { .user = "bob", .fpr = "BB",
                                 .request = { 1 } };
  struct pending *w;

  ck_assert (!add (1, 0, "alice"));
  w = approvals_get (approvals, 0);
  ck_assert_uint_eq (approvals_approve (approvals, w, &by), 0);
  ck_assert_int_eq (gpg_err_code (approvals_approve (approvals, w, &by)),
                    GPG_ERR_EEXIST);
  snprintf (by.user, sizeof by.user, "carol");
  ck_assert_int_eq (gpg_err_code (approvals_approve (approvals, w, &by)),
                    GPG_ERR_EEXIST);
  close_all ();
  open_all (1100);
  ck_assert_uint_eq (approvals_count (approvals), 1);
  w = approvals_get (approvals, 0);
  ck_assert_str_eq (w->user, "alice");
  ck_assert_str_eq (w->what, "run restart");
  ck_assert_uint_eq (w->text_len, 4);
  ck_assert_mem_eq (w->text, "text", 4);
  ck_assert_uint_eq (w->origin.sport, 4711);
  ck_assert_uint_eq (w->terms[5], 9);
  ck_assert (w->command);
  ck_assert_int_eq (w->ends, 500 * (int64_t)CLOCK_SECOND);
  ck_assert_uint_eq (w->n_approvals, 1);
  ck_assert_str_eq (w->approval[0].user, "bob");
  ck_assert_uint_eq (approvals_remove (approvals, w), 0);
  close_all ();
  /* With the clock set back nothing waits longer than at first.  */
  open_all (10);
  ck_assert_uint_eq (approvals_count (approvals), 0);
  ck_assert (!add (1, 0, "alice"));
  ck_assert_uint_eq (approvals_get (approvals, 0)->n_approvals, 0);
  close_all ();
  open_all (10);
  ck_assert_int_eq (approvals_get (approvals, 0)->ends,
                    600 * (int64_t)CLOCK_SECOND);
}
END_TEST


/* A crash behind it leaves a row that may still change.  */
START_TEST (its_row_says_that_it_waits)
{
  sqlite3_stmt *stmt = NULL;

  ck_assert_uint_eq (database_execute (store_db (store),
                                       "INSERT INTO audit (row, time, host,"
                                       " result, count) VALUES (8, 1, 'web1',"
                                       " 'claimed', 1)"), 0);
  ck_assert (!add (1, 0, "alice"));
  ck_assert_uint_eq (database_prepare (store_db (store),
                                       "SELECT result FROM audit", &stmt), 0);
  ck_assert_int_eq (sqlite3_step (stmt), SQLITE_ROW);
  ck_assert_str_eq ((const char *)sqlite3_column_text (stmt, 0), "pending");
  sqlite3_finalize (stmt);
}
END_TEST


START_TEST (finds)
{
  struct pending *w;

  ck_assert (!add (0x7f, 0x3a, "alice"));
  ck_assert (!add (0x7f, 0x3b, "alice"));
  ck_assert_uint_eq (approvals_find_prefix (approvals, "7f3b", &w), 0);
  ck_assert_uint_eq (w->request[1], 0x3b);
  ck_assert_int_eq (gpg_err_code (approvals_find_prefix (approvals, "7f3",
                                                         &w)),
                    GPG_ERR_AMBIGUOUS_NAME);
  ck_assert_ptr_null (w);
  ck_assert_int_eq (gpg_err_code (approvals_find_prefix (approvals, "8", &w)),
                    GPG_ERR_NOT_FOUND);
}
END_TEST


START_TEST (bounds)
{
  unsigned char i;
  char user[16];

  for (i = 0; i < APPROVALS_MAX_USER; i++)
    ck_assert (!add (1, i, "alice"));
  ck_assert_int_eq (add (1, i, "alice"), GPG_ERR_LIMIT_REACHED);
  for (i = APPROVALS_MAX_USER; i < APPROVALS_MAX; i++)
    {
      snprintf (user, sizeof user, "u%u", i);
      ck_assert (!add (2, i, user));
    }
  ck_assert_int_eq (add (3, 0, "bob"), GPG_ERR_LIMIT_REACHED);
  ck_assert_uint_eq (approvals_remove (approvals,
                                      approvals_get (approvals, 0)), 0);
  ck_assert (!add (3, 0, "bob"));
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("receipts");
  TCase *tc = tcase_create ("receipts");
  SRunner *sr;
  int failed;

  if (secret_init (16384))
    return EXIT_FAILURE;
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, receipt_of_a_run);
  tcase_add_test (tc, left_open);
  tcase_add_test (tc, prunes_a_persons);
  tcase_add_test (tc, prunes);
  tcase_add_test (tc, prunes_in_their_order);
  tcase_add_test (tc, waits_across_restarts);
  tcase_add_test (tc, its_row_says_that_it_waits);
  tcase_add_test (tc, finds);
  tcase_add_test (tc, bounds);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
