/* t-decide-since.c - What a person signed before they were let in, or let in
 * again, is refused.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/decide/decide.h"

#include "decide-kit.h"

#define FPR_CAROL "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define AHEAD 30                /* max-ahead, by default.  */
#define HAS(text)                                                       \
  ck_assert_msg (strstr (last_row (), text), "%s lacks %s", last_row (), \
                 text)

static int64_t
now (void)
{
  return moment.wall;
}

static void
reload (void)
{
  decide_close (&decide);
  ck_assert_msg (!load (), "%s", message);
  start_decide ();
}

static void
carol (const char *expires)
{
  char text[256];

  snprintf (text, sizeof text, "user carol { key = '" FPR_CAROL "' groups ="
            " {'ops'} %s }\n", expires);
  put ("users.d/carol.conf", text);
}

/* No floor, and what everybody's entry was new for is long over.  */
static void
setup (void)
{
  setup_kit ();
  pass (200);
  turn ();
}

/* As verify sees FPR's key, in STATE since the keyring changed at CHANGED. */
static void
send_as (const char *fpr, uint64_t state, int64_t changed)
{
  struct packet_verified p;
  const char *why;
  char *text;
  size_t len;

  ck_assert (!request_write (req, &text, &len, &why));
  memset (&p, 0, sizeof p);
  p.origin = origin;
  snprintf (p.primary, sizeof p.primary, "%s", fpr);
  snprintf (p.signing, sizeof p.signing, "%s", fpr);
  p.signed_at = req->time;
  p.key_state = state;
  p.keys_changed = (uint64_t)changed;
  p.text = (const unsigned char *)text;
  p.text_len = len;
  p.blob = (const unsigned char *)fpr;
  p.blob_len = strlen (fpr);
  ck_assert_uint_eq (packet_send_verified (verify_fd, 0, &p), 0);
  request_text_release (text, len);
  turn ();
}

static void
sign (int64_t ago)
{
  next_request (REQUEST_OPEN);
  req->time -= (uint64_t)ago;
}

/* The request works.  */
static void
opens (const char *fpr, uint64_t state, int64_t changed)
{
  send_as (fpr, state, changed);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply_release (receive ());
}

/* It does not, and is spent.  */
static void
falls (const char *fpr, uint64_t state, int64_t changed)
{
  uint64_t before = claims (), n = decide.counts[REFUSAL_CHANGED];

  send_as (fpr, state, changed);
  ck_assert_uint_eq (asked (), 0);
  ck_assert_ptr_null (receive ());
  ck_assert_uint_eq (decide.counts[REFUSAL_CHANGED], n + 1);
  ck_assert_uint_eq (claims (), before + 1);
  HAS (refusal_text (REFUSAL_CHANGED));
  send_as (fpr, state, changed);
  ck_assert_uint_eq (decide.counts[REFUSAL_CHANGED], n + 1);
  ck_assert_uint_eq (asked (), 0);
}


/* Added by a reload.  What others signed then works as before.  */
START_TEST (who_is_added)
{
  carol ("");
  reload ();
  sign (AHEAD + 2);
  falls (FPR_CAROL, 1, 0);
  sign (AHEAD + 2);
  opens (FPR_ALICE, 0, 0);
}
END_TEST

/* Also where the two clocks are as far apart as they may be.  */
START_TEST (a_fresh_request_works_at_once)
{
  carol ("");
  reload ();
  sign (0);
  opens (FPR_CAROL, 1, now () - CLOCK_SECOND);
  sign (AHEAD);
  opens (FPR_CAROL, 1, now () - CLOCK_SECOND);
  sign (-AHEAD);
  opens (FPR_CAROL, 1, now () - CLOCK_SECOND);
}
END_TEST

/* In time the change is so old that all that is young enough comes after
   it.  */
START_TEST (later_all_is_as_before)
{
  carol ("");
  reload ();
  pass (60);
  sign (60 + AHEAD + 2);
  falls (FPR_CAROL, 1, now () - 70 * CLOCK_SECOND);
  sign (60);
  opens (FPR_CAROL, 1, now () - 70 * CLOCK_SECOND);
  pass (60);
  sign (119);
  opens (FPR_CAROL, 1, now () - 130 * CLOCK_SECOND);
}
END_TEST

START_TEST (whose_access_is_extended)
{
  carol ("expires = 1800009999");
  reload ();
  pass (150);
  sign (100);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  reload ();                    /* Nothing changed.  */
  sign (100);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  carol ("");
  reload ();
  sign (100);
  falls (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  sign (0);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
}
END_TEST

/* Taken out and put back, each with a reload.  */
START_TEST (who_comes_back)
{
  carol ("");
  reload ();
  pass (150);
  sign (100);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  unlink (in_dir ("users.d/carol.conf"));
  reload ();
  carol ("");
  reload ();
  sign (100);
  falls (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
}
END_TEST

/* The key alone changes, with no reload: updated, or its end put off.  */
START_TEST (whose_key_changes)
{
  sign (100);
  opens (FPR_ALICE, 1, now () - 300 * CLOCK_SECOND);
  pass (10);
  sign (60);                    /* Some other key changed.  */
  opens (FPR_ALICE, 1, now () - 5 * CLOCK_SECOND);
  sign (60);
  falls (FPR_ALICE, 2, now () - 5 * CLOCK_SECOND);
  sign (5 + AHEAD);
  opens (FPR_ALICE, 2, now () - 5 * CLOCK_SECOND);
  sign (0);
  opens (FPR_ALICE, 2, now () - 5 * CLOCK_SECOND);
}
END_TEST

static void
is_refused (const char *fpr, enum refusal refusal)
{
  struct packet_refused refused = { origin, "", (uint16_t)refusal };

  snprintf (refused.fpr, sizeof refused.fpr, "%s", fpr);
  ck_assert_uint_eq (packet_send_refused (verify_fd, 0, &refused), 0);
  turn ();
}

/* Disabled and enabled again: the same key as before.  */
START_TEST (whose_key_is_good_again)
{
  sign (100);
  opens (FPR_ALICE, 1, now () - 300 * CLOCK_SECOND);
  sign (60);
  is_refused (FPR_ALICE, REFUSAL_KEY_DISABLED);
  HAS ("alice");
  HAS (FPR_ALICE);
  falls (FPR_ALICE, 1, now () - CLOCK_SECOND);
  sign (0);
  opens (FPR_ALICE, 1, now () - CLOCK_SECOND);
}
END_TEST

START_TEST (a_stranger_is_named)
{
  is_refused (FPR_CAROL, REFUSAL_UNKNOWN_KEY);
  HAS (FPR_CAROL);
  ck_assert_ptr_null (strstr (last_row (), "\"user\""));
  is_refused ("", REFUSAL_DECRYPT);
  ck_assert_ptr_null (strstr (last_row (), "\"fpr\""));
}
END_TEST

/* A lock-out goes with the person, and stays with them.  */
START_TEST (a_name_that_is_used_again)
{
  int i;

  carol ("");
  reload ();
  for (i = 0; i < LOCKOUT_FAILURES; i++)
    lockout_failed (decide.lockout, "carol", clock_seconds (&moment));
  carol ("expires = 1900000000");
  reload ();
  ck_assert_uint_gt (lockout_left (decide.lockout, "carol",
                                   clock_seconds (&moment)), 0);
  put ("users.d/carol.conf", "user carol { key = '" FPR_BOB "' }\n");
  reload ();
  ck_assert_uint_eq (lockout_left (decide.lockout, "carol",
                                   clock_seconds (&moment)), 0);
}
END_TEST

/* It is on the disk.  */
START_TEST (a_restart_forgets_nothing)
{
  carol ("");
  reload ();
  sign (0);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  reload ();
  pass (10);
  reload ();
  sign (10 + AHEAD + 2);
  falls (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  sign (60);
  falls (FPR_ALICE, 1, now () - CLOCK_SECOND);
  reload ();
  sign (60);
  falls (FPR_ALICE, 1, now () - CLOCK_SECOND);
  is_refused (FPR_ALICE, REFUSAL_KEY_EXPIRED);
  reload ();
  pass (60);
  sign (60);
  falls (FPR_ALICE, 1, now () - CLOCK_SECOND);
}
END_TEST

/* The change is where it was, wherever the clock goes: nobody who is right
   about the time is kept out by it, and nothing older comes back.  */
START_TEST (steps_of_the_clock)
{
  static const int64_t steps[] = { -86400, 86400, -100, 100 };

  carol ("");
  reload ();
  sign (0);
  opens (FPR_CAROL, 1, now () - 10 * CLOCK_SECOND);
  moment.wall += steps[_i] * CLOCK_SECOND;
  turn ();
  pass (AHEAD + 3);             /* The step's own floor.  */
  sign (0);
  opens (FPR_CAROL, 1, now () - 10 * CLOCK_SECOND);
  sign (AHEAD + 3 + AHEAD + 2);
  send_as (FPR_CAROL, 1, now () - 10 * CLOCK_SECOND);
  ck_assert_uint_eq (asked (), 0);
  pass (200);
  sign (100);
  opens (FPR_CAROL, 1, now () - 10 * CLOCK_SECOND);
}
END_TEST

/* A keyring whose files are from the future changed just now.  */
START_TEST (files_from_the_future)
{
  sign (60);
  falls (FPR_ALICE, 1, now () + 1000000 * (int64_t)CLOCK_SECOND);
  sign (0);
  opens (FPR_ALICE, 1, now () + 1000000 * (int64_t)CLOCK_SECOND);
  pass (60);
  sign (60);
  opens (FPR_ALICE, 1, now () + 1000000 * (int64_t)CLOCK_SECOND);
}
END_TEST

/* Another boot has a floor of its own, and no more.  */
START_TEST (another_boot)
{
  carol ("");
  reload ();
  sign (0);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  source.boot_id[0]++;
  moment.boot = 20 * CLOCK_SECOND;
  reload ();
  pass (AHEAD + 3);
  sign (0);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
  pass (200);
  sign (100);
  opens (FPR_CAROL, 1, now () - 300 * CLOCK_SECOND);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decide-since");
  TCase *tc = tcase_create ("decide-since");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_add_test (tc, who_is_added);
  tcase_add_test (tc, a_fresh_request_works_at_once);
  tcase_add_test (tc, later_all_is_as_before);
  tcase_add_test (tc, whose_access_is_extended);
  tcase_add_test (tc, who_comes_back);
  tcase_add_test (tc, whose_key_changes);
  tcase_add_test (tc, whose_key_is_good_again);
  tcase_add_test (tc, a_stranger_is_named);
  tcase_add_test (tc, a_name_that_is_used_again);
  tcase_add_test (tc, a_restart_forgets_nothing);
  tcase_add_loop_test (tc, steps_of_the_clock, 0, 4);
  tcase_add_test (tc, files_from_the_future);
  tcase_add_test (tc, another_boot);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
