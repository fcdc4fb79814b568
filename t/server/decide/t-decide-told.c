/* t-decide-told.c - What the last approver, and who asked, are told of it.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "wait-kit.h"


static void
setup (void)
{
  setup_kit ();
  reload (PEOPLE RULE ("1", "'ops'", ""));
}


/* act answers the last approval with REFUSAL (REFUSAL_NONE: not at all).
   Bob is told, the audit has it, and alice is told TOLD.  */
static void
act_refuses (enum refusal refusal, const char *told)
{
  struct packet_denied answer = { (uint16_t)refusal };
  char text[160];

  snprintf (text, sizeof text, "; alice is told: %s", told);
  ck_assert_ptr_null (receive ());
  if (refusal)
    ck_assert (!packet_send_denied (act_fd, asked_id, &answer));
  else
    pass (4);
  turn ();
  result_is (REPLY_REFUSED, text);
  ck_assert_ptr_nonnull (strstr (last_row_with ("refused"), text));
  tells (FPR_ALICE, REPLY_REFUSED, told);
}


START_TEST (act_says_no)
{
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  act_refuses (REFUSAL_ACT_RULE, "no rule allows this");
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  act_refuses (REFUSAL_NONE, "the server failed");
}
END_TEST


static void
ask_run (void)
{
  next_request (REQUEST_RUN);
  snprintf (req->command, sizeof req->command, "c");
  note_waiting ();
  send_request (FPR_ALICE);
  turn ();
  result_is (REPLY_PENDING, "waits for");
  say (REQUEST_APPROVE, FPR_BOB);
}


START_TEST (runs)
{
  reload (PEOPLE "command c { groups = {'ops'} argv = {'/bin/true'}"
          " run-as = 'root' approvals = 1 approvers = {'ops'} }\n");
  ask_run ();
  begin ();
  result_is (REPLY_DONE, "approved, and started: run c: /bin/true");
  ask_run ();
  ck_assert_uint_eq (asked (), PACKET_RUN);
  act_refuses (REFUSAL_COOLDOWN, refusal_told (REFUSAL_COOLDOWN));
  ask_run ();
  ck_assert_uint_eq (asked (), PACKET_RUN);
  pass (4);
  turn ();
  result_is (REPLY_DONE, "approved, and passed on: run c: /bin/true; it is"
             " not known yet whether it was started");
}
END_TEST


/* The hours of its rule are over when it is approved.  */
START_TEST (after_hours)
{
  setenv ("TZ", "UTC", 1);
  reload ("on-refused = 'tell'\n"
          PEOPLE RULE ("1", "'ops'", "hours = '07:00-08:05'") HOOK);
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
  ask_and_wait (FPR_ALICE);
  pass (300);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "approved, but not carried out: open tcp/22 for"
             " 203.0.113.7, 30 s; alice is told: no rule allows this now");
  ck_assert_ptr_nonnull (strstr (last_row_with ("refused"), "is told: no"));
  ck_assert_uint_eq (asked (), PACKET_HOOK);
  ck_assert_str_eq (asked_hook.user, "bob");
  ck_assert_uint_eq (asked (), PACKET_HOOK);
  ck_assert_str_eq (asked_hook.user, "alice");
  ck_assert_str_eq (asked_hook.reason, "no rule allows this hour");
  tells (FPR_ALICE, REPLY_REFUSED, "no rule allows this now");
}
END_TEST


/* What cannot be taken out waits still, and who approved is told so.  */
START_TEST (not_ended)
{
  ask_and_wait (FPR_ALICE);
  hold_waiting (true);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "the request is still pending");
  hold_waiting (false);
  say (REQUEST_APPROVE, FPR_CAROL);
  carried_out ();
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decide-told");
  TCase *tc = tcase_create ("decide-told");
  SRunner *sr;
  int failed;

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_add_test (tc, act_says_no);
  tcase_add_test (tc, runs);
  tcase_add_test (tc, after_hours);
  tcase_add_test (tc, not_ended);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
