/* t-replay.c - A request works once, whatever becomes of the store.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay-kit.h"

START_TEST (a_request_works_once)
{
  start_whole ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  ck_assert_int_eq (try (1, now ()), REFUSAL_REPLAY);
  ck_assert_int_eq (try (2, now ()), REFUSAL_NONE);
  ck_assert_uint_eq (state ().claims, 2);
  stop ();
  start ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_REPLAY);
  ck_assert_int_eq (try (3, now ()), REFUSAL_NONE);
  ck_assert_uint_eq (events, 0);
}
END_TEST

START_TEST (a_batch_has_one_claim)
{
  unsigned char hash[REQUEST_HASHLEN];
  struct clock_reading reading;
  bool new;

  start_whole ();
  replay_look (replay, &reading);
  make_hash (9, hash);
  ck_assert_uint_eq (replay_begin (replay), 0);
  ck_assert_uint_eq (replay_claim (replay, hash, now (), &new), 0);
  ck_assert (new);
  ck_assert_uint_eq (replay_claim (replay, hash, now (), &new), 0);
  ck_assert (!new);
  ck_assert_uint_eq (replay_commit (replay), 0);
  ck_assert_uint_eq (state ().claims, 1);
}
END_TEST

START_TEST (an_aborted_claim_is_none)
{
  unsigned char hash[REQUEST_HASHLEN];
  bool new;

  start_whole ();
  make_hash (9, hash);
  ck_assert_uint_eq (replay_begin (replay), 0);
  ck_assert_uint_eq (replay_claim (replay, hash, now (), &new), 0);
  replay_abort (replay);
  ck_assert_uint_eq (state ().claims, 0);
  ck_assert_int_eq (try (9, now ()), REFUSAL_NONE);
}
END_TEST

START_TEST (age_has_two_ends)
{
  start_whole ();
  ck_assert_int_eq (try (1, now () - AGE - 1), REFUSAL_TOO_OLD);
  ck_assert_int_eq (try (2, now () - AGE + 1), REFUSAL_NONE);
  ck_assert_int_eq (try (3, now () + AHEAD + 1), REFUSAL_FROM_FUTURE);
  ck_assert_int_eq (try (4, now () + AHEAD), REFUSAL_NONE);
  ck_assert_int_eq (try (5, UINT64_MAX), REFUSAL_FROM_FUTURE);
  ck_assert_int_eq (try (6, 0), REFUSAL_TOO_OLD);
}
END_TEST

START_TEST (another_boot)
{
  start_whole ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  stop ();
  source.boot_id[0] ^= 1;
  moment.boot = 20 * CLOCK_SECOND;
  start ();
  ck_assert_uint_eq (events, 1);
  ck_assert_int_eq (try (2, now ()), REFUSAL_HORIZON);
  ck_assert_int_eq (try (3, now () + AHEAD), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (4, now ()), REFUSAL_NONE);
  ck_assert_int_eq (try (4, now ()), REFUSAL_REPLAY);
}
END_TEST

/* One of another version tells nothing.  */
START_TEST (a_record_of_another_version)
{
  char path[96];
  FILE *fp;

  start_whole ();
  stop ();
  snprintf (path, sizeof path, "%s/continuity", tmpfs);
  fp = fopen (path, "r+");
  ck_assert_ptr_nonnull (fp);
  ck_assert (fputs ("postern continuity 1", fp) >= 0 && !fclose (fp));
  start ();
  ck_assert_uint_eq (events, 1);
  ck_assert_int_eq (try (2, now ()), REFUSAL_HORIZON);
  pass (FLOOR);
  fresh_passes (3);
  stop ();
  start ();                     /* It was written anew.  */
  ck_assert_uint_eq (events, 1);
  fresh_passes (4);
}
END_TEST

START_TEST (a_lost_record)
{
  char path[96];

  start_whole ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  stop ();
  snprintf (path, sizeof path, "%s/continuity", tmpfs);
  ck_assert_int_eq (truncate (path, 100), 0);
  start ();
  ck_assert_int_eq (try (2, now ()), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (3, now ()), REFUSAL_NONE);
}
END_TEST

/* Others use it (_i) before and after, or nobody does.  */
START_TEST (a_deleted_store)
{
  uint64_t time;

  start_whole ();
  if (_i)
    others_come (100);
  time = now ();
  ck_assert_int_eq (try (1, time), REFUSAL_NONE);
  lose_store ();
  start ();
  ck_assert_int_eq (try (1, time), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (1, time), REFUSAL_REPLAY);
  ck_assert_int_eq (try (9, time), REFUSAL_HORIZON);
  ck_assert_int_eq (try (2, now ()), REFUSAL_NONE);
  stop ();
  start ();                     /* And it is whole from now on.  */
  ck_assert_uint_eq (events, 1);
  ck_assert_int_eq (try (3, now ()), REFUSAL_NONE);
  if (_i)
    others_come (200);
  ck_assert_int_ne (try (1, time), REFUSAL_NONE);
  fresh_passes (4);
}
END_TEST

START_TEST (a_restored_store)
{
  char path[96], copy[96];
  uint64_t time;

  start_whole ();
  if (_i)
    others_come (100);
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  stop ();
  snprintf (path, sizeof path, "%s/store.db", dir);
  snprintf (copy, sizeof copy, "%s/copy.db", dir);
  run ("cp", path, copy, NULL);
  start ();
  time = now ();
  ck_assert_int_eq (try (2, time), REFUSAL_NONE);
  if (_i)
    fresh_passes (200);
  stop ();
  run ("cp", copy, path, NULL);
  start ();
  ck_assert_uint_eq (events, 1);
  ck_assert_int_eq (try (2, time), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (3, now ()), REFUSAL_NONE);
  if (_i)
    others_come (300);
  ck_assert_int_ne (try (1, time), REFUSAL_NONE);
  ck_assert_int_ne (try (2, time), REFUSAL_NONE);
  fresh_passes (4);
}
END_TEST

/* The clock was far behind when the machine came up without its store, and
   is put right later: what was signed before that boot stays refused.  */
START_TEST (a_clock_that_was_behind)
{
  uint64_t time;

  start_whole ();
  time = now () + 10;
  ck_assert_int_eq (try (1, time), REFUSAL_NONE);
  lose_store ();
  source.boot_id[0] ^= 1;
  moment.boot = 20 * CLOCK_SECOND;
  step (-YEAR);
  start ();
  pass (20);
  step (YEAR);
  ck_assert_int_eq (try (1, time), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (1, time), REFUSAL_REPLAY);
  ck_assert_int_eq (try (9, time), REFUSAL_HORIZON);
  ck_assert_int_eq (try (2, now ()), REFUSAL_NONE);
}
END_TEST

/* In a child that ends at once: EARLY before the claim is committed.  */
static void
crash (unsigned int n, bool early)
{
  unsigned char hash[REQUEST_HASHLEN];
  struct clock_reading reading;
  struct continuity_record record;
  continuity_t continuity;
  gpg_error_t found;
  bool new;
  pid_t pid;
  int status;

  pid = fork ();
  if (!pid)
    {
      start ();
      make_hash (n, hash);
      replay_look (replay, &reading);
      if (replay_begin (replay) || replay_claim (replay, hash, now (), &new))
        _exit (1);
      if (!early && replay_commit (replay))
        _exit (2);
      /* As if the other half of the record had not been written.  */
      if (continuity_open (tmpfs, &continuity, &record, &found) || found)
        _exit (3);
      if (early)
        {
          record.intended.seq = record.committed.seq + 1;
          memcpy (record.intended.hash, hash, sizeof hash);
        }
      else
        {
          record.committed.seq = record.intended.seq - 1;
          memset (record.committed.hash, 0, sizeof hash);
        }
      if (continuity_write (continuity, &record))
        _exit (4);
      _exit (0);
    }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_int_eq (status, 0);
}

START_TEST (a_crash_before_the_commit)
{
  start_whole ();
  stop ();
  crash (1, true);
  start ();
  ck_assert_uint_eq (events, 0);
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
}
END_TEST

START_TEST (a_crash_behind_the_commit)
{
  start_whole ();
  stop ();
  crash (1, false);
  start ();
  ck_assert_uint_eq (events, 0);
  ck_assert_int_eq (try (1, now ()), REFUSAL_REPLAY);
  ck_assert_int_eq (try (2, now ()), REFUSAL_NONE);
}
END_TEST

int
main (void)
{
  TCase *tc = tcase_create ("replay");

  tcase_add_test (tc, a_request_works_once);
  tcase_add_test (tc, a_batch_has_one_claim);
  tcase_add_test (tc, an_aborted_claim_is_none);
  tcase_add_test (tc, age_has_two_ends);
  tcase_add_test (tc, another_boot);
  tcase_add_test (tc, a_record_of_another_version);
  tcase_add_test (tc, a_lost_record);
  tcase_add_loop_test (tc, a_deleted_store, 0, 2);
  tcase_add_loop_test (tc, a_restored_store, 0, 2);
  tcase_add_test (tc, a_clock_that_was_behind);
  tcase_add_test (tc, a_crash_before_the_commit);
  tcase_add_test (tc, a_crash_behind_the_commit);
  return run_cases (tc);
}
