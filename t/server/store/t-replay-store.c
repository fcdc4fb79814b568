/* t-replay-store.c - The store itself, and a server that is new.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay-kit.h"

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
  TCase *tc = tcase_create ("replay-store");

  tcase_add_test (tc, a_full_disk);
  tcase_add_test (tc, a_store_of_another_version);
  tcase_add_test (tc, a_store_is_one_process_own);
  tcase_add_test (tc, no_store_at_all);
  tcase_add_test (tc, a_new_server);
  tcase_add_test (tc, a_folder_of_somebody_else);
  tcase_add_test (tc, a_runtime_that_stays);
  return run_cases (tc);
}
