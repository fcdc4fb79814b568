/* t-replay-clock.c - A request works once, wherever the clock goes.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay-kit.h"

/* The clock is off by _i seconds at a boot, which others use (TRAFFIC) or
   not, and is put right.  */
static void
off_and_right (int64_t off, bool at_boot, bool traffic)
{
  uint64_t used = now ();

  start_whole ();
  ck_assert_int_eq (try (1, used), REFUSAL_NONE);
  pass (10);
  if (at_boot)
    boot (off);
  else
    step (off);
  ck_assert_int_eq (try (2, now ()), REFUSAL_HORIZON);
  pass (FLOOR);
  fresh_passes (3);
  if (traffic)
    others_come (10);
  step (-off);
  ck_assert_int_ne (try (1, used), REFUSAL_NONE);
  ck_assert_int_eq (try (4, now ()), REFUSAL_HORIZON);
  pass (FLOOR);
  fresh_passes (5);
  ck_assert_int_ne (try (1, used), REFUSAL_NONE);
  stop ();
  start ();
  fresh_passes (6);
  boot (0);
  pass (FLOOR);
  fresh_passes (7);
  ck_assert_int_ne (try (1, used), REFUSAL_NONE);
}

static const int64_t offs[] =
  { YEARS10, 2 * 3600, -2 * 3600, 3, -3, -YEAR };
#define N_OFFS (4 * (int)(sizeof offs / sizeof *offs))

START_TEST (a_clock_off_and_right)
{
  off_and_right (offs[_i / 4], _i & 1, _i & 2);
}
END_TEST

/* Within the tolerance nothing happens, until small steps add up.  */
START_TEST (small_steps_add_up)
{
  start_whole ();
  step (1);
  fresh_passes (1);
  step (1);
  fresh_passes (2);
  ck_assert_uint_eq (events, 0);
  step (1);
  ck_assert_int_eq (try (3, now ()), REFUSAL_HORIZON);
  ck_assert_uint_eq (events, 1);
}
END_TEST

START_TEST (sleep_is_no_step)
{
  start_whole ();
  pass (8 * 3600);
  replay_tick (replay);
  ck_assert_uint_eq (events, 0);
  fresh_passes (1);
}
END_TEST

/* It is spent, before its time and after, which comes by itself or by a step
   of the clock (_i & 1); with others (_i & 2) or without.  */
START_TEST (a_request_from_the_future)
{
  uint64_t time;

  start_whole ();
  time = now () + 10000;
  ck_assert_int_eq (try (1, time), REFUSAL_FROM_FUTURE);
  ck_assert_int_eq (try (1, time), REFUSAL_REPLAY);
  if (_i & 2)
    others_come (100);
  if (_i & 1)
    {
      step ((int64_t)(time - now ()));
      pass (FLOOR);
    }
  else
    pass ((int64_t)(time - now ()));
  ck_assert_int_eq (try (1, time), REFUSAL_REPLAY);
  if (_i & 1)
    fresh_passes (2);
  else
    ck_assert_int_eq (try (2, time), REFUSAL_NONE);
  if (_i & 2)
    others_come (200);
  ck_assert_int_ne (try (1, time), REFUSAL_NONE);
}
END_TEST

/* Nor does it move the horizon, wherever the clock has been meanwhile.  */
START_TEST (a_request_from_the_future_stays)
{
  uint64_t time;
  unsigned int i;

  start_whole ();
  time = now () + 1000;
  ck_assert_int_eq (try (1, time), REFUSAL_FROM_FUTURE);
  for (i = 0; i < KEEP; i++)
    fresh_passes (10 + i);
  step (YEAR);
  ticks (30, 10);
  ck_assert_uint_eq (state ().claims, KEEP + 1);
  ck_assert_uint_eq (state ().let_go, 0);
  step (-YEAR);
  pass (FLOOR);
  fresh_passes (2);
}
END_TEST

START_TEST (the_newest_claims_stay)
{
  uint64_t time;
  unsigned int i;

  start_whole ();
  time = now ();
  for (i = 0; i < KEEP + 2; i++)
    fresh_passes (1 + i);
  ticks (20, 10);
  ck_assert_uint_eq (state ().claims, KEEP);
  ck_assert_uint_eq (state ().let_go, time);
  ck_assert_uint_eq (state ().horizon, time);
  /* Whatever the clock does, what is gone is refused, as what is kept.  */
  step (-200);
  for (i = 0; i < KEEP + 2; i++)
    ck_assert_int_ne (try (1 + i, time), REFUSAL_NONE);
  pass (FLOOR);
  for (i = 0; i < KEEP + 2; i++)
    ck_assert_int_ne (try (1 + i, time), REFUSAL_NONE);
}
END_TEST

/* Both clocks must say that max-age has passed.  */
START_TEST (a_claim_goes_by_two_clocks)
{
  unsigned int i;

  start_whole ();
  for (i = 0; i < KEEP + 2; i++)
    fresh_passes (1 + i);
  step (YEAR);
  ticks (10, 11);
  ck_assert_uint_eq (state ().claims, KEEP + 2);
  ticks (3, 11);
  ck_assert_uint_eq (state ().claims, KEEP);
}
END_TEST

/* Pruned while the clock was ahead, and reset: a fresh request passes, and
   what was used does not, whether others come then (_i) or not.  */
START_TEST (a_reset_after_pruning)
{
  uint64_t ahead, first = START;
  unsigned int i;

  start_whole ();
  ck_assert_int_eq (try (1, first), REFUSAL_NONE);
  step (YEARS10);
  pass (FLOOR);
  ahead = now ();
  for (i = 0; i < KEEP + 2; i++)
    ck_assert_int_eq (try (10 + i, ahead), REFUSAL_NONE);
  ticks (30, 10);
  ck_assert_uint_eq (state ().claims, KEEP);
  ck_assert_uint_eq (state ().let_go, ahead);
  step (-YEARS10);
  pass (FLOOR);
  fresh_passes (2);
  ck_assert_uint_eq (replay_reset (replay), 0);
  fresh_passes (3);
  if (_i)
    others_come (100);
  ck_assert_int_eq (try (1, first), REFUSAL_TOO_OLD);
  stop ();
  start ();
  step (YEARS10 - 300);
  pass (FLOOR);
  for (i = 0; i < KEEP + 2; i++)
    ck_assert_int_ne (try (10 + i, ahead), REFUSAL_NONE);
}
END_TEST

/* A step back by more than max-age is told until it is acknowledged.  */
START_TEST (put_back)
{
  start_whole ();
  step (-AGE + 5);
  replay_tick (replay);
  ck_assert_int_eq (state ().put_back, 0);
  step (-AGE - 5);
  replay_tick (replay);
  ck_assert_int_eq (state ().put_back, AGE + 5);
  ck_assert_ptr_nonnull (strstr (event, "max-age"));
  stop ();
  start ();
  ck_assert_int_eq (state ().put_back, AGE + 5);
  ck_assert_uint_eq (replay_reset (replay), 0);
  ck_assert_int_eq (state ().put_back, 0);
}
END_TEST

START_TEST (no_ageing)
{
  start_whole ();
  stop ();
  ck_assert_uint_eq (start_with (0), 0);
  ck_assert_int_eq (try (1, 5), REFUSAL_NONE);
  ck_assert_int_eq (try (2, now () + AHEAD + 1), REFUSAL_FROM_FUTURE);
  ticks (20, YEAR / 20);
  ck_assert_int_eq (try (1, 5), REFUSAL_REPLAY);
  ck_assert_uint_eq (state ().claims, 2);
}
END_TEST

START_TEST (no_ageing_and_a_lost_store)
{
  uint64_t time;

  start_whole ();
  time = now ();
  lose_store ();
  ck_assert_uint_eq (start_with (0), 0);
  ck_assert_int_eq (try (1, now ()), REFUSAL_STORE_LOST);
  pass (FLOOR);
  stop ();
  ck_assert_uint_eq (start_with (0), 0);        /* It is remembered.  */
  ck_assert_int_eq (try (2, now ()), REFUSAL_STORE_LOST);
  ck_assert (state ().lost);
  ck_assert_uint_eq (replay_reset (replay), 0);
  ck_assert_int_eq (try (3, now ()), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (4, time), REFUSAL_HORIZON);
  fresh_passes (5);
}
END_TEST

START_TEST (spans_stay_few)
{
  struct spans spans = { 0 };
  uint64_t i;

  for (i = 0; i < 100; i++)
    spans_add (&spans, 1000 + 10 * i);
  spans_add (&spans, 999999);
  ck_assert_uint_le (spans.n, SPANS_MAX);
  for (i = 0; i < 100; i++)
    ck_assert (spans_has (&spans, 1000 + 10 * i));
  ck_assert (!spans_has (&spans, 999) && !spans_has (&spans, 1991));
  ck_assert (!spans_has (&spans, 500000) && spans_has (&spans, 999999));
  ck_assert_uint_eq (spans_newest_before (&spans, 500000), 1990);
  ck_assert_uint_eq (spans_newest_before (&spans, 1000), 0);
  ck_assert_uint_eq (spans_newest (&spans), 999999);
}
END_TEST

int
main (void)
{
  TCase *tc = tcase_create ("replay-clock");

  tcase_add_loop_test (tc, a_clock_off_and_right, 0, N_OFFS);
  tcase_add_test (tc, small_steps_add_up);
  tcase_add_test (tc, sleep_is_no_step);
  tcase_add_loop_test (tc, a_request_from_the_future, 0, 4);
  tcase_add_test (tc, a_request_from_the_future_stays);
  tcase_add_test (tc, the_newest_claims_stay);
  tcase_add_test (tc, a_claim_goes_by_two_clocks);
  tcase_add_loop_test (tc, a_reset_after_pruning, 0, 2);
  tcase_add_test (tc, put_back);
  tcase_add_test (tc, no_ageing);
  tcase_add_test (tc, no_ageing_and_a_lost_store);
  tcase_add_test (tc, spans_stay_few);
  return run_cases (tc);
}
