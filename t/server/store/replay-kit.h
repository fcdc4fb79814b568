/* replay-kit.h - A store, a replay and clocks for tests to move.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef REPLAY_KIT_H
#define REPLAY_KIT_H

#include "../../../server/store/replay.h"

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

static inline void
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
static inline bool
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

static inline void
start (void)
{
  ck_assert_uint_eq (start_with (AGE), 0);
}

static inline void
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
static inline void
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

static inline void
pass (int64_t seconds)
{
  moment.wall += seconds * CLOCK_SECOND;
  moment.boot += seconds * CLOCK_SECOND;
}

static inline void
step (int64_t seconds)
{
  moment.wall += seconds * CLOCK_SECOND;
  if (replay)                   /* It looks once a second.  */
    replay_tick (replay);
}

static inline uint64_t
now (void)
{
  return clock_seconds (&moment);
}

static inline void
make_hash (unsigned int n, unsigned char hash[REQUEST_HASHLEN])
{
  memset (hash, 0, REQUEST_HASHLEN);
  memcpy (hash, &n, sizeof n);
}

/* Everything that decide does with one request.  */
static inline enum refusal
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

static inline struct replay_state
state (void)
{
  struct replay_state s;

  replay_get_state (replay, &s);
  return s;
}

static inline void
lose_store (void)
{
  char path[96];

  stop ();
  snprintf (path, sizeof path, "%s/store.db", dir);
  ck_assert_int_eq (unlink (path), 0);
}

static inline void
fresh_passes (unsigned int n)
{
  ck_assert_int_eq (try (n, now ()), REFUSAL_NONE);
  ck_assert_int_eq (try (n, now ()), REFUSAL_REPLAY);
}

/* What the machine does at a boot, with the clock off by SECONDS.  */
static inline void
boot (int64_t seconds)
{
  stop ();
  source.boot_id[0]++;
  moment.boot = 20 * CLOCK_SECOND;
  step (seconds);
  start ();
}

static inline void
ticks (unsigned int n, int64_t seconds)
{
  while (n--)
    {
      pass (seconds);
      replay_tick (replay);
    }
}

/* So many others' requests that claims are let go, from number FIRST on.  */
static inline void
others_come (unsigned int first)
{
  unsigned int i;

  for (i = 0; i < 3 * KEEP; i++)
    {
      fresh_passes (first + i);
      ticks (20, 20);
    }
}

static int
run_cases (TCase *tc)
{
  Suite *suite = suite_create ("replay");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /*REPLAY_KIT_H*/
