/* t-replay.c - A request works once, whatever happens to clock and store.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../server/replay.h"

#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGE 120
#define AHEAD 30
#define FLOOR (AHEAD + 3)        /* Seconds until a new request passes.  */
#define KEEP 3                  /* The newest claims, which stay.  */
#define YEARS10 (10 * YEAR)
#define START INT64_C (1800000000)      /* Seconds.  */
#define YEAR (365 * INT64_C (86400))

static char dir[32], tmpfs[48];
static struct clock_reading moment;
static struct clock_source source;
static store_t store;
static replay_t replay;
static unsigned int events;
static char event[256];

static void
read_moment (void *hook, struct clock_reading *r_reading)
{
  (void)hook;
  *r_reading = moment;
}

static void
on_event (void *hook, const char *what)
{
  (void)hook;
  events++;
  snprintf (event, sizeof event, "%s", what);
}

static void
run (const char *program, const char *a, const char *b, const char *c)
{
  pid_t pid = fork ();
  int status;

  if (!pid)
    {
      execlp (program, program, a, b, c, NULL);
      _exit (127);
    }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_int_eq (status, 0);
}

/* A folder of tmpfs for this process alone, which teardown takes away.  */
static bool
mount_tmpfs (const char *path)
{
  ck_assert_int_eq (mkdir (path, 0755), 0);
  return !unshare (CLONE_NEWNS)
         && !mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)
         && !mount ("tmpfs", path, "tmpfs", 0, "mode=755");
}

static void
setup (void)
{
  snprintf (dir, sizeof dir, "/tmp/t-replay-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  snprintf (tmpfs, sizeof tmpfs, "%s/run", dir);
  ck_assert_int_eq (mkdir (tmpfs, 0700), 0);
  moment.wall = START * CLOCK_SECOND;
  moment.boot = INT64_C (5000) * CLOCK_SECOND;
  source.read = read_moment;
  memset (source.boot_id, 7, sizeof source.boot_id);
}

static gpg_error_t
start_with (unsigned int max_age)
{
  struct replay_limits limits = { max_age, AHEAD, KEEP };
  gpg_error_t err;
  bool fresh;

  err = store_open (dir, &store, &fresh);
  if (!err)
    err = replay_open (store, fresh, tmpfs, &source, &limits, on_event,
                       NULL, &replay);
  return err;
}

static void
start (void)
{
  ck_assert_uint_eq (start_with (AGE), 0);
}

static void
stop (void)
{
  replay_close (replay);
  store_close (store);
  replay = NULL;
  store = NULL;
}

static void
teardown (void)
{
  char runtime[96];

  stop ();
  snprintf (runtime, sizeof runtime, "%s/runtime", dir);
  umount (runtime);
  run ("rm", "-rf", dir, NULL);
}

/* A store that is known to be whole, as init makes it.  */
static void
start_whole (void)
{
  continuity_t continuity;
  struct continuity_record record;
  gpg_error_t found;
  bool fresh;

  ck_assert_uint_eq (store_open (dir, &store, &fresh), 0);
  ck_assert (fresh);
  store_close (store);
  ck_assert_uint_eq (continuity_open (tmpfs, &continuity, &record, &found),
                     0);
  ck_assert_uint_eq (gpg_err_code (found), GPG_ERR_NOT_FOUND);
  memcpy (record.boot_id, source.boot_id, CLOCK_BOOTLEN);
  record.offset = moment.wall - moment.boot;
  ck_assert_uint_eq (continuity_write (continuity, &record), 0);
  continuity_close (continuity);
  start ();
}

static void
pass (int64_t seconds)
{
  moment.wall += seconds * CLOCK_SECOND;
  moment.boot += seconds * CLOCK_SECOND;
}

static void
step (int64_t seconds)
{
  moment.wall += seconds * CLOCK_SECOND;
  if (replay)                   /* It looks once a second.  */
    replay_tick (replay);
}

static uint64_t
now (void)
{
  return clock_seconds (&moment);
}

static void
make_hash (unsigned int n, unsigned char hash[REQUEST_HASHLEN])
{
  memset (hash, 0, REQUEST_HASHLEN);
  memcpy (hash, &n, sizeof n);
}

/* Everything that decide does with one request.  */
static enum refusal
try (unsigned int n, uint64_t time)
{
  unsigned char hash[REQUEST_HASHLEN];
  struct clock_reading reading;
  enum refusal refusal;
  bool new;

  make_hash (n, hash);
  replay_look (replay, &reading);
  refusal = replay_check (replay, time);
  if (!replay_is_open (replay, time))
    return refusal;
  if (replay_begin (replay) || replay_claim (replay, hash, time, &new)
      || replay_commit (replay))
    {
      replay_abort (replay);
      return REFUSAL_STORE;
    }
  return new ? refusal : REFUSAL_REPLAY;
}

static struct replay_state
state (void)
{
  struct replay_state s;

  replay_get_state (replay, &s);
  return s;
}

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

static void
lose_store (void)
{
  char path[96];

  stop ();
  snprintf (path, sizeof path, "%s/store.db", dir);
  ck_assert_int_eq (unlink (path), 0);
}

START_TEST (a_deleted_store)
{
  uint64_t time;

  start_whole ();
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
}
END_TEST

START_TEST (a_restored_store)
{
  char path[96], copy[96];
  uint64_t time;

  start_whole ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  stop ();
  snprintf (path, sizeof path, "%s/store.db", dir);
  snprintf (copy, sizeof copy, "%s/copy.db", dir);
  run ("cp", path, copy, NULL);
  start ();
  time = now ();
  ck_assert_int_eq (try (2, time), REFUSAL_NONE);
  stop ();
  run ("cp", copy, path, NULL);
  start ();
  ck_assert_uint_eq (events, 1);
  ck_assert_int_eq (try (2, time), REFUSAL_HORIZON);
  pass (FLOOR);
  ck_assert_int_eq (try (3, now ()), REFUSAL_NONE);
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

static void
fresh_passes (unsigned int n)
{
  ck_assert_int_eq (try (n, now ()), REFUSAL_NONE);
  ck_assert_int_eq (try (n, now ()), REFUSAL_REPLAY);
}

/* What the machine does at a boot, with the clock off by SECONDS.  */
static void
boot (int64_t seconds)
{
  stop ();
  source.boot_id[0]++;
  moment.boot = 20 * CLOCK_SECOND;
  step (seconds);
  start ();
}

static void
ticks (unsigned int n, int64_t seconds)
{
  while (n--)
    {
      pass (seconds);
      replay_tick (replay);
    }
}

/* The clock is off by _i seconds at a boot, which others use (TRAFFIC) or
   not, and is put right.  */
static void
off_and_right (int64_t off, bool at_boot, bool traffic)
{
  uint64_t used = now ();
  unsigned int i;

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
  for (i = 0; traffic && i < 3 * KEEP; i++)
    {
      fresh_passes (10 + i);
      ticks (20, 20);
    }
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

/* It is spent, before its time and after.  */
START_TEST (a_request_from_the_future)
{
  uint64_t time;

  start_whole ();
  time = now () + 1000;
  ck_assert_int_eq (try (1, time), REFUSAL_FROM_FUTURE);
  ck_assert_int_eq (try (1, time), REFUSAL_REPLAY);
  pass (1000);
  ck_assert_int_eq (try (1, time), REFUSAL_REPLAY);
  ck_assert_int_eq (try (2, time), REFUSAL_NONE);
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
   what was used does not.  */
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

START_TEST (a_full_disk)
{
  unsigned int i;
  char *text = NULL;

  start_whole ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  ck_assert_int_eq (sqlite3_exec (store_db (store),
                                  "PRAGMA max_page_count = 1", NULL, NULL,
                                  &text), SQLITE_OK);
  for (i = 2; i < 500 && !try (i, now ()); i++)
    ;
  ck_assert_uint_lt (i, 500);
  ck_assert_int_eq (try (i, now ()), REFUSAL_STORE);
  ck_assert_int_eq (sqlite3_exec (store_db (store),
                                  "PRAGMA max_page_count = 100000", NULL,
                                  NULL, &text), SQLITE_OK);
  ck_assert_int_eq (try (i, now ()), REFUSAL_NONE);
  ck_assert_int_eq (try (i, now ()), REFUSAL_REPLAY);
  ck_assert_int_eq (try (1, now ()), REFUSAL_REPLAY);
  stop ();
  start ();
  ck_assert_uint_eq (events, 0);
}
END_TEST

START_TEST (a_store_of_another_version)
{
  char *text = NULL;

  start_whole ();
  ck_assert_int_eq (sqlite3_exec (store_db (store), "PRAGMA user_version = 99",
                                  NULL, NULL, &text), SQLITE_OK);
  stop ();
  ck_assert_uint_eq (gpg_err_code (start_with (AGE)),
                     GPG_ERR_UNKNOWN_VERSION);
}
END_TEST

START_TEST (a_store_is_one_process_own)
{
  pid_t pid;
  int status;

  start_whole ();
  ck_assert_int_eq (try (1, now ()), REFUSAL_NONE);
  pid = fork ();
  if (!pid)
    {
      store_t other;
      bool fresh;

      _exit (gpg_err_code (store_open (dir, &other, &fresh))
             == GPG_ERR_EBUSY ? 0 : 1);
    }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_int_eq (status, 0);
}
END_TEST

START_TEST (no_store_at_all)
{
  store_t other;
  bool fresh;

  ck_assert_uint_ne (store_open ("/nonexistent", &other, &fresh), 0);
  ck_assert_ptr_null (other);
}
END_TEST

/* As postern-keys init does: requests are taken from the first moment.  */
START_TEST (a_new_server)
{
  struct replay_limits limits = { AGE, AHEAD, KEEP };
  char state_dir[96], runtime[96], decide[112], *record;
  struct clock_reading reading;
  bool fresh;

  snprintf (state_dir, sizeof state_dir, "%s/state", dir);
  snprintf (runtime, sizeof runtime, "%s/runtime", dir);
  snprintf (decide, sizeof decide, "%s/decide", state_dir);
  ck_assert_int_eq (mkdir (state_dir, 0755), 0);
  ck_assert_int_eq (mkdir (decide, 0700), 0);
  if (!mount_tmpfs (runtime))
    return;                     /* Not root, or not allowed to.  */
  ck_assert_uint_eq (replay_create (state_dir, runtime), 0);
  ck_assert_uint_eq (gpg_err_code (replay_create (state_dir, runtime)),
                     GPG_ERR_EEXIST);
  ck_assert_uint_eq (continuity_dir (runtime, &record), 0);
  ck_assert_uint_eq (clock_system (&source), 0);
  ck_assert_uint_eq (store_open (decide, &store, &fresh), 0);
  ck_assert (!fresh);
  ck_assert_uint_eq (replay_open (store, fresh, record, &source, &limits,
                                  on_event, NULL, &replay), 0);
  ck_assert_uint_eq (events, 0);
  clock_read (&source, &reading);
  ck_assert_int_eq (try (1, clock_seconds (&reading)), REFUSAL_NONE);
  run ("rm", "-rf", record, NULL);
  free (record);
}
END_TEST

/* What a reboot does not take away is no place for the record.  */
START_TEST (a_runtime_that_stays)
{
  char state_dir[96], runtime[96], decide[112], *record;
  struct stat st;

  snprintf (state_dir, sizeof state_dir, "%s/state", dir);
  snprintf (runtime, sizeof runtime, "%s/runtime", dir);
  snprintf (decide, sizeof decide, "%s/decide", state_dir);
  ck_assert (!continuity_is_volatile ("/proc/none/none"));
  if (continuity_is_volatile (dir))
    return;                     /* /tmp is a tmpfs itself.  */
  ck_assert (!continuity_is_volatile (runtime));
  ck_assert_int_eq (mkdir (state_dir, 0755), 0);
  ck_assert_int_eq (mkdir (decide, 0700), 0);
  ck_assert_uint_eq (replay_create (state_dir, runtime), 0);
  ck_assert_uint_eq (continuity_dir (runtime, &record), 0);
  ck_assert_int_eq (stat (record, &st), -1);
  free (record);
  ck_assert_int_eq (rmdir (runtime), 0);
  if (!mount_tmpfs (runtime))
    return;
  ck_assert (continuity_is_volatile (runtime));
  snprintf (decide, sizeof decide, "%s/none/none", runtime);
  ck_assert (continuity_is_volatile (decide));
}
END_TEST

/* Somebody was there before us.  */
START_TEST (a_folder_of_somebody_else)
{
  char state_dir[96], runtime[96], decide[112], *record;
  struct stat st;

  snprintf (state_dir, sizeof state_dir, "%s/state", dir);
  snprintf (runtime, sizeof runtime, "%s/runtime", dir);
  snprintf (decide, sizeof decide, "%s/decide", state_dir);
  ck_assert_int_eq (mkdir (state_dir, 0755), 0);
  ck_assert_int_eq (mkdir (decide, 0700), 0);
  if (!mount_tmpfs (runtime))
    return;
  ck_assert_uint_eq (continuity_dir (runtime, &record), 0);
  ck_assert_int_eq (mkdir (record, 0700), 0);
  ck_assert_int_eq (chmod (record, 0777), 0);
  ck_assert_int_eq (chown (record, 65533, 65533), 0);
  ck_assert_uint_eq (gpg_err_code (replay_create (state_dir, runtime)),
                     GPG_ERR_EPERM);
  ck_assert_int_eq (stat (record, &st), 0);
  ck_assert_uint_eq (st.st_uid, 65533);
  ck_assert_int_eq (chown (record, 0, 0), 0);
  run ("rm", "-rf", decide, NULL);
  ck_assert_int_eq (mkdir (decide, 0700), 0);
  ck_assert_uint_eq (replay_create (state_dir, runtime), 0);
  ck_assert_int_eq (stat (record, &st), 0);
  ck_assert_uint_eq (st.st_mode & 07777, 0700);
  run ("rm", "-rf", record, NULL);
  free (record);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("replay");
  TCase *tc = tcase_create ("replay");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, a_request_works_once);
  tcase_add_test (tc, a_batch_has_one_claim);
  tcase_add_test (tc, an_aborted_claim_is_none);
  tcase_add_test (tc, age_has_two_ends);
  tcase_add_test (tc, another_boot);
  tcase_add_test (tc, a_lost_record);
  tcase_add_test (tc, a_deleted_store);
  tcase_add_test (tc, a_restored_store);
  tcase_add_test (tc, a_clock_that_was_behind);
  tcase_add_test (tc, a_crash_before_the_commit);
  tcase_add_test (tc, a_crash_behind_the_commit);
  tcase_add_loop_test (tc, a_clock_off_and_right, 0, N_OFFS);
  tcase_add_test (tc, small_steps_add_up);
  tcase_add_test (tc, sleep_is_no_step);
  tcase_add_test (tc, a_request_from_the_future);
  tcase_add_test (tc, a_request_from_the_future_stays);
  tcase_add_test (tc, the_newest_claims_stay);
  tcase_add_test (tc, a_claim_goes_by_two_clocks);
  tcase_add_test (tc, a_reset_after_pruning);
  tcase_add_test (tc, put_back);
  tcase_add_test (tc, no_ageing);
  tcase_add_test (tc, no_ageing_and_a_lost_store);
  tcase_add_test (tc, spans_stay_few);
  tcase_add_test (tc, a_full_disk);
  tcase_add_test (tc, a_store_of_another_version);
  tcase_add_test (tc, a_store_is_one_process_own);
  tcase_add_test (tc, no_store_at_all);
  tcase_add_test (tc, a_new_server);
  tcase_add_test (tc, a_folder_of_somebody_else);
  tcase_add_test (tc, a_runtime_that_stays);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
