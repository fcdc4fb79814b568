/* t-decide-wait.c - The two-person rule.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "wait-kit.h"

#include <jansson.h>

static void
setup (void)
{
  setup_kit ();
  reload (PEOPLE RULE ("1", "'ops'", ""));
}


START_TEST (one_approval)
{
  ask_and_wait (FPR_ALICE);
  ck_assert_ptr_nonnull (strstr (last_row (), "\"pending\""));
  say (REQUEST_APPROVE, FPR_ALICE);
  result_is (REPLY_REFUSED, "their own");
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_BOB);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_ptr_null (receive ());
  ck_assert_str_eq (asked_grant.user, "alice");
  ck_assert_str_eq (asked_grant.fpr, FPR_ALICE);
  ck_assert_mem_eq (asked_grant.request, waits, sizeof waits);
  grant_it (30);
  result_is (REPLY_DONE, "approved, and carried out: open tcp/22 for"
             " 203.0.113.7");
  ck_assert_ptr_null (receive ());
  say (REQUEST_APPROVE, FPR_CAROL);
  result_is (REPLY_REFUSED, "no pending request has that ID");
  ck_assert_uint_eq (asked (), 0);
}
END_TEST


/* What can never be carried out does not wait for anybody.  */
START_TEST (what_act_would_refuse)
{
  reload (PEOPLE RULE ("1", "'ops'", "open-command = 'fw'"
                       " close-command = 'fw'")
          "command fw { argv = {'/bin/true', '{event}'}"
          " run-as = 'nobody' }\n");
  next_request (REQUEST_OPEN);
  req->once = true;
  send_request (FPR_ALICE);
  turn ();
  result_is (REPLY_REFUSED, "neither once nor bind");
  ck_assert_ptr_nonnull (strstr (last_row (), "\"policy\""));
  ask_and_wait (FPR_ALICE);
}
END_TEST


START_TEST (asker_is_told)
{
  reply_t reply;

  ask_and_wait (FPR_ALICE);
  tells (FPR_ALICE, REPLY_PENDING, "approved by 0 of 1 so far");
  tells (FPR_BOB, REPLY_REFUSED, "no such request");
  say (REQUEST_DENY, FPR_BOB);
  result_is (REPLY_DONE, "denied");
  tells (FPR_ALICE, REPLY_REFUSED, "denied by bob");
  tells (FPR_BOB, REPLY_REFUSED, "no such request");
  ask_and_wait (FPR_ALICE);
  reload (PEOPLE RULE ("1", "'ops'", "max-time = '59s'"));
  tells (FPR_ALICE, REPLY_REFUSED, "changed while it was pending");
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
  next_request (REQUEST_RESULT);
  req->has_request = true;
  memcpy (req->request, waits, sizeof waits);
  send_request (FPR_ALICE);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_uint_eq (reply->until, clock_seconds (&moment) + 30);
  ck_assert_ptr_nonnull (strstr (reply->argv, "open tcp/22 for 203.0.113.7"));
  reply_release (reply);
}
END_TEST


START_TEST (two_lists)
{
  reload (PEOPLE RULE ("2", "'ops', 'and', 'sec'", ""));
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_CAROL);
  result_is (REPLY_DONE, "1 of 2");
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_CAROL);
  result_is (REPLY_REFUSED, "already approved it");
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
}
END_TEST


/* Two of the list ops alone do not do.  */
START_TEST (one_list_only)
{
  reload (PEOPLE "user op4 { key = '" FPR_OP4 "' groups = {'ops'} }\n"
          RULE ("2", "'ops', 'and', 'sec'", ""));
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_DONE, "1 of 2");
  say (REQUEST_APPROVE, FPR_OP4);
  result_is (REPLY_DONE, "2 of 2");
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_CAROL);
  carried_out ();
}
END_TEST


START_TEST (not_an_approver)
{
  reload (PEOPLE RULE ("1", "'sec'", ""));
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "not one of its approvers");
  say (REQUEST_DENY, FPR_BOB);
  result_is (REPLY_REFUSED, "not one of its approvers");
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_CAROL);
  carried_out ();
}
END_TEST


START_TEST (denied)
{
  ask_and_wait (FPR_ALICE);
  say (REQUEST_DENY, FPR_BOB);
  result_is (REPLY_DONE, "denied: open tcp/22");
  say (REQUEST_APPROVE, FPR_CAROL);
  result_is (REPLY_REFUSED, "no pending request has that ID");
  /* One's own can be taken back.  */
  ask_and_wait (FPR_ALICE);
  say (REQUEST_DENY, FPR_ALICE);
  result_is (REPLY_DONE, "denied");
  ck_assert_uint_eq (asked (), 0);
}
END_TEST


/* What cannot be stored is not told as done.  */
START_TEST (not_denied)
{
  ask_and_wait (FPR_ALICE);
  hold_waiting (true);
  say (REQUEST_DENY, FPR_BOB);
  result_is (REPLY_REFUSED, "the request is still pending");
  ck_assert_uint_eq (approvals_count (decide.approvals), 1);
  hold_waiting (false);
  say (REQUEST_DENY, FPR_BOB);
  result_is (REPLY_DONE, "denied");
}
END_TEST


START_TEST (too_late)
{
  reload (PEOPLE RULE ("1", "'ops'", "approval-time = '60s'"));
  ask_and_wait (FPR_ALICE);
  pass (59);
  turn ();
  ck_assert_uint_eq (approvals_count (decide.approvals), 1);
  pass (2);
  turn ();
  ck_assert_uint_eq (approvals_count (decide.approvals), 0);
  ck_assert_ptr_nonnull (strstr (last_row (), "not approved in time"));
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "no pending request has that ID");
}
END_TEST


/* The machine slept, or posternd did not run: nothing looked after it.  */
START_TEST (too_late_asleep)
{
  static const char rules[] =
    PEOPLE RULE ("1", "'ops'", "approval-time = '60s'");

  reload (rules);
  ask_and_wait (FPR_ALICE);
  pass (61);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "no pending request has that ID");
  ck_assert_uint_eq (asked (), 0);
  ask_and_wait (FPR_ALICE);
  pass (61);
  reload (rules);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "no pending request has that ID");
  ck_assert_uint_eq (asked (), 0);
  ask_and_wait (FPR_ALICE);
  pass (58);
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
}
END_TEST


/* What is cut is cut between characters: the reply can be read, and the
   audit exported.  */
START_TEST (long_texts)
{
  static const char *const start[] = { "", "x" };
  static const enum request_action word[] = { REQUEST_APPROVE, REQUEST_DENY };
  char value[202];
  unsigned int i, j;
  int len;

  reload (PEOPLE "command c { groups = {'ops'} argv = {'/bin/echo', '{v}'}"
          " arg v { match = '.*' } run-as = 'root' approvals = 1"
          " approvers = {'ops'} }\n");
  for (i = 0; i < 4; i++)
    {
      len = snprintf (value, sizeof value, "%s", start[i % 2]);
      for (j = 0; j < 90; j++)
        len += snprintf (value + len, sizeof value - (size_t)len, "\xc3\xa4");
      next_request (REQUEST_RUN);
      snprintf (req->command, sizeof req->command, "c");
      req->n_args = 1;
      snprintf (req->arg[0].name, sizeof req->arg[0].name, "v");
      req->arg[0].value = strdup (value);
      note_waiting ();
      send_request (FPR_ALICE);
      turn ();
      result_is (REPLY_PENDING, "waits for");
      say (word[i / 2], FPR_BOB);
      if (!(i / 2))
        begin ();
      result_is (REPLY_DONE, i / 2 ? "denied: run c"
                 : "approved, and started: run c");
      ck_assert_ptr_nonnull (strstr (last_row (), "run c"));
    }
}
END_TEST


static gpg_error_t
keep_chain (void *hook, const char *json)
{
  if (strstr (json, "\"postern-audit\""))
    snprintf (hook, 256, "%s", json);
  return 0;
}


/* A crash between the last approval and what it lets be done: nobody knows,
   it is not done again, and the chain has it.  What waits goes on.  */
START_TEST (crash)
{
  struct pending *pending;
  static const char rules[] = PEOPLE RULE ("1", "'ops'", "");
  struct audit_chain_cursor cursor = { .after = UINT32_MAX };
  char chain[256] = "";
  bool done;

  ask_and_wait (FPR_BOB);
  ask_and_wait (FPR_ALICE);
  pending = approvals_find (decide.approvals, waits);
  ck_assert_uint_eq (approvals_remove (decide.approvals, pending), 0);
  reload (rules);
  ck_assert_ptr_nonnull (strstr (last_row_with ("unknown"),
                                 "\"user\":\"alice\""));
  ck_assert_ptr_nonnull (strstr (last_row_with ("pending"),
                                 "\"user\":\"bob\""));
  ck_assert_uint_eq (audit_read_chain (decide.audit, &cursor, keep_chain,
                                       chain, &done), 0);
  ck_assert (done);
  ck_assert_ptr_nonnull (strstr (chain, "\"open\":1"));
  ck_assert_uint_eq (asked (), 0);
}
END_TEST


/* Across a restart; not across a change of the rule; but of others.  */
START_TEST (reloads)
{
  ask_and_wait (FPR_ALICE);
  reload (PEOPLE "user op4 { key = '" FPR_OP4 "' groups = {'ops'} }\n"
          "rule more { groups = {'ops'} ports = {'tcp/99'} }\n"
          RULE ("1", "'ops'", ""));
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
  ask_and_wait (FPR_ALICE);
  reload (PEOPLE RULE ("1", "'ops'", "max-time = '59s'"));
  ck_assert_ptr_nonnull (strstr (last_row (), "changed while it was pending"));
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "no pending request has that ID");
  ck_assert_uint_eq (asked (), 0);
}
END_TEST


/* A revoked approver's approval does not count; a revoked asker's request
   ends.  */
START_TEST (revoked)
{
  reload (PEOPLE RULE ("2", "'ops'", ""));
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_DONE, "1 of 2");
  reload ("user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"
          "user carol { key = '" FPR_CAROL "' groups = {'ops'} }\n"
          RULE ("2", "'ops'", ""));
  say (REQUEST_APPROVE, FPR_CAROL);
  result_is (REPLY_DONE, "1 of 2");
  ck_assert_uint_eq (asked (), 0);
  reload ("user carol { key = '" FPR_CAROL "' groups = {'ops'} }\n"
          RULE ("2", "'ops'", ""));
  ck_assert_uint_eq (approvals_count (decide.approvals), 0);
}
END_TEST


/* The roster has bob still, but his key is revoked by now: his approval
   does not count until it is good again.  */
START_TEST (key_revoked)
{
  reload (PEOPLE "user op4 { key = '" FPR_OP4 "' groups = {'ops'} }\n"
          RULE ("2", "'ops'", ""));
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_DONE, "1 of 2");
  ck_assert_uint_eq (n_rechecked, 0);
  lapsed_fpr = FPR_BOB;
  lapsed_for = REFUSAL_KEY_REVOKED;
  say (REQUEST_APPROVE, FPR_CAROL);
  result_is (REPLY_DONE, "1 of 2");
  ck_assert_uint_eq (n_rechecked, 2);
  ck_assert_uint_eq (asked (), 0);
  ck_assert_ptr_nonnull (strstr (last_row (), "the approval of bob does not"
                                 " count: the signing key is revoked"));
  say (REQUEST_APPROVE, FPR_OP4);
  ck_assert_uint_eq (n_rechecked, 5);
  carried_out ();
  ask_and_wait (FPR_ALICE);
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_DONE, "1 of 2");
  lapsed_fpr = NULL;
  say (REQUEST_APPROVE, FPR_CAROL);
  carried_out ();
}
END_TEST


/* The asker's key is revoked by now: nobody carries that out.  */
START_TEST (asker_revoked)
{
  ask_and_wait (FPR_ALICE);
  lapsed_fpr = FPR_ALICE;
  lapsed_for = REFUSAL_KEY_REVOKED;
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "of alice, who asked: the signing key is"
             " revoked");
  ck_assert_uint_eq (asked (), 0);
  ck_assert_uint_eq (approvals_count (decide.approvals), 0);
  lapsed_fpr = NULL;
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "no pending request has that ID");
}
END_TEST


/* verify does not work, or does not answer: the approval is refused, what
   waits goes on to wait, and the same person can approve it later.  */
START_TEST (not_rechecked)
{
  ask_and_wait (FPR_ALICE);
  lapsed_fpr = FPR_ALICE;
  lapsed_for = REFUSAL_VERIFY_FAILED;
  say (REQUEST_APPROVE, FPR_BOB);
  result_is (REPLY_REFUSED, "the signature could not be checked");
  next_request (REQUEST_APPROVE);
  req->has_request = true;
  memcpy (req->request, waits, sizeof waits);
  send_request (FPR_BOB);
  turn ();
  ck_assert_ptr_null (receive ());
  pass (7);
  turn ();
  result_is (REPLY_REFUSED, "took too long");
  lapsed_fpr = NULL;
  recheck ();                   /* Now it answers, to nobody.  */
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_BOB);
  carried_out ();
}
END_TEST


/* Two last approvals at once: it is carried out once.  One that is denied
   while verify looks is not.  */
START_TEST (meanwhile)
{
  static const char *const who[] = { FPR_BOB, FPR_CAROL };
  unsigned int i;

  ask_and_wait (FPR_ALICE);
  for (i = 0; i < 2; i++)
    {
      next_request (REQUEST_APPROVE);
      req->has_request = true;
      memcpy (req->request, waits, sizeof waits);
      send_request (who[i]);
    }
  turn ();
  recheck ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_uint_eq (asked (), 0);
  ck_assert_uint_eq (approvals_count (decide.approvals), 0);
  while (poll (&(struct pollfd){ person_fd, POLLIN, 0 }, 1, 0) == 1)
    recv (person_fd, &(char){ 0 }, 1, 0);
  ask_and_wait (FPR_ALICE);
  next_request (REQUEST_APPROVE);
  req->has_request = true;
  memcpy (req->request, waits, sizeof waits);
  send_request (FPR_BOB);
  turn ();
  pending_end (&decide, approvals_get (decide.approvals, 0), REFUSAL_DENIED,
             "root");
  recheck ();
  result_is (REPLY_REFUSED, "no pending request has that ID");
  ck_assert_uint_eq (asked (), 0);
}
END_TEST


START_TEST (bounds)
{
  int i;

  for (i = 0; i < APPROVALS_MAX_USER; i++)
    ask_and_wait (FPR_ALICE);
  ask (FPR_ALICE);
  result_is (REPLY_REFUSED, "too many requests are pending");
  ask_and_wait (FPR_BOB);
}
END_TEST


START_TEST (emergency)
{
  next_request (REQUEST_OPEN);
  req->emergency = true;
  req->reason = strdup ("all is down");
  send_request (FPR_ALICE);
  turn ();
  result_is (REPLY_REFUSED, "not allow an emergency");
  ck_assert_uint_eq (asked (), 0);
  reload (PEOPLE RULE ("1", "'ops'", "emergency = true"));
  next_request (REQUEST_OPEN);
  req->emergency = true;
  req->reason = strdup ("all is down");
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_ptr_nonnull (strstr (last_row (), "EMERGENCY"));
  ck_assert_ptr_nonnull (strstr (last_row (), "all is down"));
}
END_TEST


/* act is told what its hooks are to tell, where there are any.  */
START_TEST (hooks)
{
  reload ("on-pending = 'tell'\non-refused = 'tell'\nnotify = 'tell'\n"
          PEOPLE RULE ("1", "'ops'", "emergency = true") HOOK);
  next_request (REQUEST_OPEN);
  req->reason = malloc (PACKET_REASONLEN + 3);
  memset (req->reason, 'x', PACKET_REASONLEN - 1);
  memcpy (req->reason + PACKET_REASONLEN - 1, "\303\274", 3);
  send_request (FPR_ALICE);
  turn ();
  result_is (REPLY_PENDING, "waits for");
  ck_assert_uint_eq (asked (), PACKET_HOOK);
  ck_assert_uint_eq (asked_hook.event, CONFIG_ON_PENDING);
  ck_assert_mem_eq (asked_hook.hash, config->hash, CONFIG_HASHLEN);
  ck_assert_str_eq (asked_hook.user, "alice");
  ck_assert_str_eq (asked_hook.rule, "ssh");
  ck_assert (netspec_addr_equal (&asked_hook.source, &origin.src));
  ck_assert (netspec_addr_equal (&asked_hook.addr, &req->source));
  ck_assert_uint_eq (asked_hook.ports.n, 1);
  /* Not half a character.  */
  ck_assert_uint_eq (strlen (asked_hook.reason), PACKET_REASONLEN - 1);
  next_request (REQUEST_OPEN);
  ck_assert (!netspec_ports_parse ("tcp/23", &req->ports));
  send_request (FPR_ALICE);
  turn ();
  result_is (REPLY_REFUSED, "");
  ck_assert_uint_eq (asked (), PACKET_HOOK);
  ck_assert_uint_eq (asked_hook.event, CONFIG_ON_REFUSED);
  ck_assert_str_eq (asked_hook.rule, "");
  ck_assert_str_ne (asked_hook.reason, "");
  next_request (REQUEST_OPEN);
  req->emergency = true;
  req->reason = strdup ("all -- is \"down\"");
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_HOOK);
  ck_assert_uint_eq (asked_hook.event, CONFIG_ON_EMERGENCY);
  ck_assert_str_eq (asked_hook.reason, req->reason);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_uint_eq (asked (), 0);
}
END_TEST


/* One that was not claimed starts nothing.  */
START_TEST (no_hook_for_replays)
{
  reload ("on-refused = 'tell'\n" PEOPLE RULE ("1", "'ops'", "") HOOK);
  ask_and_wait (FPR_ALICE);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), 0);
  say (REQUEST_APPROVE, FPR_ALICE);
  result_is (REPLY_REFUSED, "their own");
  ck_assert_uint_eq (asked (), PACKET_HOOK);
}
END_TEST


/* What approvers are shown is the signed text itself.  */
START_TEST (shown)
{
  reply_t reply;
  json_t *object;
  const char *text;
  unsigned char hash[REQUEST_HASHLEN];

  origin.size = 1472;
  ask_and_wait (FPR_ALICE);
  next_request (REQUEST_PENDING);
  req->n_args = 1;
  snprintf (req->arg[0].name, sizeof req->arg[0].name, "id");
  req->arg[0].value = strndup (id, 8);
  send_request (FPR_BOB);
  turn ();
  reply = receive ();
  ck_assert_ptr_nonnull (reply);
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_uint_eq (reply->total, reply->output_len);
  object = json_loadb (reply->output, reply->output_len, 0, NULL);
  ck_assert_ptr_nonnull (object);
  ck_assert_str_eq (json_string_value (json_object_get (object, "user")),
                    "alice");
  text = json_string_value (json_object_get (object, "text"));
  ck_assert_ptr_nonnull (text);
  request_hash (text, strlen (text), hash);
  ck_assert_mem_eq (hash, waits, sizeof waits);
  json_decref (object);
  reply_release (reply);
  /* Behind its end there is nothing.  */
  next_request (REQUEST_PENDING);
  req->n_args = 1;
  snprintf (req->arg[0].name, sizeof req->arg[0].name, "from");
  req->arg[0].value = strdup ("100000");
  send_request (FPR_BOB);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_ptr_null (reply->output);
  reply_release (reply);
  /* And nothing for who has no part in it.  */
  reload (PEOPLE "user op4 { key = '" FPR_OP4 "' }\n"
          RULE ("1", "'ops'", ""));
  next_request (REQUEST_PENDING);
  send_request (FPR_OP4);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_ptr_null (reply->output);
  reply_release (reply);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decide-wait");
  TCase *tc = tcase_create ("decide-wait");
  SRunner *sr;
  int failed;

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_add_test (tc, one_approval);
  tcase_add_test (tc, what_act_would_refuse);
  tcase_add_test (tc, asker_is_told);
  tcase_add_test (tc, two_lists);
  tcase_add_test (tc, one_list_only);
  tcase_add_test (tc, not_an_approver);
  tcase_add_test (tc, denied);
  tcase_add_test (tc, not_denied);
  tcase_add_test (tc, too_late);
  tcase_add_test (tc, too_late_asleep);
  tcase_add_test (tc, long_texts);
  tcase_add_test (tc, crash);
  tcase_add_test (tc, reloads);
  tcase_add_test (tc, revoked);
  tcase_add_test (tc, key_revoked);
  tcase_add_test (tc, asker_revoked);
  tcase_add_test (tc, not_rechecked);
  tcase_add_test (tc, meanwhile);
  tcase_add_test (tc, bounds);
  tcase_add_test (tc, emergency);
  tcase_add_test (tc, hooks);
  tcase_add_test (tc, no_hook_for_replays);
  tcase_add_test (tc, shown);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
