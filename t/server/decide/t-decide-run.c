/* t-decide-run.c - Commands: what decide asks act, and what it tells.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * act is played by the test.  */

#include "../../../server/decide/decide.h"

#include "decide-kit.h"

#define HAS(text) \
  ck_assert_msg (strstr (last_row (), text) != NULL, "%s lacks %s", \
                 last_row (), text)

static const char access_conf[] =
  "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"
  "user bob { key = '" FPR_BOB "' groups = {'ops'} }\n"
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} }\n"
  "command say { groups = {'ops'} argv = {'/bin/echo', '{v}'}"
  " arg v { match = '[a-z ]+' } run-as = 'nobody' }\n"
  "command two { groups = {'ops'} argv = {'/bin/true'} run-as = 'nobody'"
  " approvals = 1 approvers = {'ops'} }\n"
  "command secret { groups = {'ops'} argv = {'/bin/true'}"
  " run-as = 'nobody' require = 'crypt' }\n";

static unsigned char hash[REQUEST_HASHLEN];     /* Of the last RUN.  */


static void
setup (void)
{
  setup_kit ();
  decide_close (&decide);
  put ("access.conf", access_conf);
  ck_assert_msg (!load (), "%s", message);
  start_decide ();
  origin.size = 1200;
}

static void
next_run (const char *command, const char *name, const char *value)
{
  next_request (REQUEST_RUN);
  snprintf (req->command, sizeof req->command, "%s", command);
  if (!name)
    return;
  req->n_args = 1;
  snprintf (req->arg[0].name, sizeof req->arg[0].name, "%s", name);
  req->arg[0].value = strdup (value);
}

/* alice's request to say hello goes as far as act.  */
static void
ask_run (void)
{
  next_run ("say", "v", "hello");
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_RUN);
  memcpy (hash, asked_run.request, sizeof hash);
}

static void
begin (void)
{
  ck_assert_uint_eq (message_send (act_fd, PACKET_RUNNING, asked_id, NULL,
                                   0), 0);
  turn ();
}

static void
send_output (uint32_t from, const char *text)
{
  struct packet_output output = { .from = from,
                                  .data = (const unsigned char *)text,
                                  .len = strlen (text) };

  memcpy (output.request, hash, sizeof hash);
  ck_assert_uint_eq (packet_send_output (act_fd, 0, &output), 0);
}

static void
send_ran (struct packet_ran ran)
{
  memcpy (ran.request, hash, sizeof hash);
  ck_assert_uint_eq (packet_send_ran (act_fd, 0, &ran), 0);
  turn ();
}

static reply_t
expect (enum reply_result result)
{
  reply_t reply = receive ();

  ck_assert_ptr_nonnull (reply);
  ck_assert_int_eq (reply->result, result);
  return reply;
}

static void
is_refused (enum refusal refusal, const char *reason)
{
  reply_t reply = expect (REPLY_REFUSED);

  ck_assert_str_eq (reply->reason, reason);
  reply_release (reply);
  HAS ("\"result\":\"refused\"");
  HAS (refusal_text (refusal));
}

/* What PRIMARY is told of the last RUN.  */
static reply_t
result (const char *primary, const char *from, enum reply_result what)
{
  next_request (REQUEST_RESULT);
  memcpy (req->request, hash, sizeof hash);
  req->has_request = true;
  if (from)
    {
      req->n_args = 1;
      snprintf (req->arg[0].name, sizeof req->arg[0].name, "%s", "from");
      req->arg[0].value = strdup (from);
    }
  send_request (primary);
  turn ();
  ck_assert_uint_eq (asked (), 0);
  return expect (what);
}


START_TEST (it_runs)
{
  struct packet_ran ran = { .exit_code = 3, .msecs = 20, .produced = 6,
                            .kept = 6 };
  struct receipt receipt;
  reply_t reply;

  ask_run ();
  ck_assert_uint_eq (claims (), 1);
  ck_assert_str_eq (asked_run.command, "say");
  ck_assert_str_eq (asked_run.user, "alice");
  ck_assert_str_eq (asked_run.fpr, FPR_ALICE);
  ck_assert_uint_eq (asked_run.n_args, 1);
  ck_assert_str_eq (asked_run.arg[0].value, "hello");
  ck_assert_mem_eq (asked_run.hash, config->hash, CONFIG_HASHLEN);
  ck_assert (asked_run.asked == (uint64_t)moment.boot);
  /* Before act has it, it is known.  */
  ck_assert_uint_eq (receipts_get (decide.store, hash, &receipt), 0);
  ck_assert_int_eq (receipt.state, RECEIPT_RUNNING);
  ck_assert_str_eq (receipt.argv, "/bin/echo hello");
  receipt_release (&receipt);
  begin ();
  ck_assert_ptr_null (receive ());
  send_output (0, "hel");
  send_output (3, "lo\n");
  send_ran (ran);
  reply = expect (REPLY_DONE);
  ck_assert (reply->has_exit);
  ck_assert_uint_eq (reply->exit_code, 3);
  ck_assert_uint_eq (reply->msecs, 20);
  ck_assert_uint_eq (reply->total, 6);
  ck_assert_str_eq (reply->argv, "/bin/echo hello");
  ck_assert_uint_eq (reply->output_len, 6);
  ck_assert_mem_eq (reply->output, "hello\n", 6);
  ck_assert_ptr_null (reply->reason);
  reply_release (reply);
  HAS ("\"result\":\"done\"");
  HAS ("\"rule\":\"say\"");
  HAS ("\"argv\":\"/bin/echo hello\"");
  HAS ("exit 3, 20 ms, 6 bytes");
  ck_assert_uint_eq (decide.runs.n, 0);
  ck_assert_uint_eq (calls_count (decide.calls), 0);
}
END_TEST

START_TEST (refused_before_it_is_asked)
{
  next_run ("say", "v", "Hello");
  send_request (FPR_ALICE);
  turn ();
  is_refused (REFUSAL_ARGUMENT, "v: it does not match");
  next_run ("say", NULL, NULL);
  send_request (FPR_ALICE);
  turn ();
  is_refused (REFUSAL_ARGUMENT, "v: missing");
  next_run ("none", NULL, NULL);
  send_request (FPR_ALICE);
  turn ();
  is_refused (REFUSAL_COMMAND, "no such command is for you");
  next_run ("secret", NULL, NULL);
  send_request (FPR_ALICE);
  turn ();
  is_refused (REFUSAL_CREDENTIAL_ASKED, REPLY_CREDENTIAL_ASKED);
  ck_assert_uint_eq (asked (), 0);
  ask_run ();                   /* The near twin.  */
}
END_TEST

/* Nothing was started: the receipt says so as well.  */
START_TEST (act_says_no)
{
  struct packet_denied denied = { REFUSAL_COMMAND_BUSY };
  reply_t reply;

  ask_run ();
  ck_assert_uint_eq (packet_send_denied (act_fd, asked_id, &denied), 0);
  turn ();
  is_refused (REFUSAL_COMMAND_BUSY, refusal_told (REFUSAL_COMMAND_BUSY));
  reply = result (FPR_ALICE, NULL, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, refusal_told (REFUSAL_COMMAND_BUSY));
  reply_release (reply);
}
END_TEST

START_TEST (it_cannot_be_started)
{
  struct packet_ran ran = { .refusal = REFUSAL_RUN_USER };
  reply_t reply;

  ask_run ();
  begin ();
  send_ran (ran);
  is_refused (REFUSAL_RUN_USER, "the command could not be started");
  reply = result (FPR_ALICE, NULL, REPLY_REFUSED);
  reply_release (reply);
}
END_TEST

START_TEST (it_outlives_the_wait)
{
  struct packet_ran ran = { .signal = 15, .msecs = 60000, .produced = 9,
                            .kept = 6, .ended_by = PACKET_ENDED_TIMEOUT };
  reply_t reply;

  ask_run ();
  begin ();
  pass (3);
  turn ();
  ck_assert_ptr_null (receive ());
  pass (2);
  turn ();
  reply = expect (REPLY_RUNNING);
  ck_assert_str_eq (reply->argv, "/bin/echo hello");
  reply_release (reply);
  HAS ("\"result\":\"running\"");
  reply = result (FPR_ALICE, NULL, REPLY_RUNNING);
  ck_assert (!reply->has_exit);
  reply_release (reply);
  send_output (0, "hello\n");
  send_ran (ran);
  ck_assert_ptr_null (receive ());
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert (!reply->has_exit);
  ck_assert_uint_eq (reply->signal, 15);
  ck_assert_mem_eq (reply->output, "hello\n", 6);
  ck_assert_str_eq (reply->reason,
                    "ended after its time; not all of its output was kept");
  reply_release (reply);
  reply = result (FPR_ALICE, "2", REPLY_DONE);
  ck_assert_uint_eq (reply->output_len, 4);
  ck_assert_mem_eq (reply->output, "llo\n", 4);
  ck_assert_uint_eq (reply->total, 6);
  reply_release (reply);
  reply = result (FPR_ALICE, "6", REPLY_DONE);
  ck_assert_ptr_null (reply->output);
  reply_release (reply);
  reply = result (FPR_BOB, NULL, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, "no such request");
  reply_release (reply);
  HAS ("somebody else's");
  hash[0] ^= 1;
  reply = result (FPR_ALICE, NULL, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, "no such request");
  reply_release (reply);
}
END_TEST

/* The key asked, and not the name.  */
START_TEST (another_under_the_same_name)
{
  struct packet_ran ran = { .msecs = 5, .produced = 6, .kept = 6 };
  reply_t reply;

  ask_run ();
  begin ();
  send_output (0, "hello\n");
  send_ran (ran);
  reply_release (expect (REPLY_DONE));
  decide_close (&decide);
  put ("access.conf",
       "user alice { key = '" FPR_BOB "' groups = {'ops'} }\n"
       "user carol { key = '" FPR_ALICE "' groups = {'ops'} }\n");
  ck_assert_msg (!load (), "%s", message);
  start_decide ();
  reply = result (FPR_BOB, NULL, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, "no such request");
  ck_assert_ptr_null (reply->output);
  reply_release (reply);
  HAS ("somebody else's");
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert_mem_eq (reply->output, "hello\n", 6);
  reply_release (reply);
}
END_TEST

/* act does not answer: it may be at it, and so nobody says that it is
   not.  */
START_TEST (act_does_not_answer)
{
  struct packet_denied denied = { REFUSAL_LATE };
  reply_t reply;

  ask_run ();
  pass (4);
  turn ();
  reply = expect (REPLY_RUNNING);
  ck_assert_str_eq (reply->reason,
                    "it is not known yet whether it was started");
  reply_release (reply);
  ck_assert_uint_eq (packet_send_denied (act_fd, asked_id, &denied), 0);
  turn ();
  ck_assert_ptr_null (receive ());
  HAS (refusal_text (REFUSAL_LATE));
  reply = result (FPR_ALICE, NULL, REPLY_REFUSED);
  reply_release (reply);
}
END_TEST

static void
another_act (bool others)
{
  struct packet_begun begun = { .others = others };

  ck_assert_uint_eq (packet_send_begun (act_fd, 0, &begun), 0);
  turn ();
}

START_TEST (act_ends)
{
  struct packet_ran ran = { .exit_code = 0, .msecs = 1 };
  reply_t reply;

  ask_run ();
  begin ();
  another_act (false);
  reply = expect (REPLY_DONE);
  ck_assert (!reply->has_exit && !reply->signal);
  ck_assert_str_eq (reply->reason,
                    "the server failed: it is unknown whether it ran");
  reply_release (reply);
  HAS ("\"result\":\"unknown\"");
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert (!reply->has_exit && !reply->signal);
  reply_release (reply);
  ck_assert_uint_eq (asked (), 0);
  /* One that it had not begun may be in the channel still.  */
  ask_run ();
  another_act (false);
  ck_assert_ptr_null (receive ());
  begin ();
  send_ran (ran);
  reply = expect (REPLY_DONE);
  ck_assert (reply->has_exit);
  reply_release (reply);
  /* Or was begun, and nobody knows.  */
  ask_run ();
  another_act (false);
  pass (4);
  turn ();
  reply = expect (REPLY_DONE);
  ck_assert (!reply->has_exit && !reply->signal);
  reply_release (reply);
}
END_TEST

/* Another decide is told how it ended; it asks nothing again.  */
START_TEST (decide_ends)
{
  struct packet_ran ran = { .exit_code = 4, .msecs = 5, .produced = 6,
                            .kept = 6 };
  reply_t reply;

  ask_run ();
  begin ();
  decide_close (&decide);
  reply = expect (REPLY_RUNNING);
  reply_release (reply);
  start_decide ();
  turn ();
  ck_assert_uint_eq (asked (), 0);
  HAS ("\"result\":\"running\"");
  reply_release (result (FPR_ALICE, NULL, REPLY_RUNNING));
  /* The first piece of its output went to the one before.  */
  send_output (3, "lo\n");
  send_ran (ran);
  ck_assert_str_eq (last_row_with ("running"), "");
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert_uint_eq (reply->exit_code, 4);
  ck_assert_str_eq (reply->reason, "its output was lost");
  ck_assert_uint_eq (reply->total, 0);
  reply_release (reply);
}
END_TEST

/* decide ended and then act as well: nobody will know, unless there is an
   act from before that one.  What comes after that changes nothing.  */
START_TEST (both_end)
{
  struct packet_ran ran = { .exit_code = 4, .msecs = 5 };
  reply_t reply;

  ask_run ();
  begin ();
  decide_close (&decide);
  reply_release (expect (REPLY_RUNNING));
  start_decide ();
  another_act (true);
  reply_release (result (FPR_ALICE, NULL, REPLY_RUNNING));
  another_act (false);
  ck_assert_ptr_nonnull (strstr (last_row_with ("unknown"),
                                 "\"user\":\"alice\""));
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert_str_eq (reply->reason, "the server stopped while it ran");
  ck_assert (!reply->has_exit);
  reply_release (reply);
  send_ran (ran);
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert (!reply->has_exit);
  reply_release (reply);
}
END_TEST

/* An act from before a reload was killed, and tells nothing: longer than
   what may be nothing runs.  */
START_TEST (never_told)
{
  reply_t reply;

  ask_run ();
  begin ();
  decide_close (&decide);
  reply_release (expect (REPLY_RUNNING));
  start_decide ();
  another_act (true);
  pass (CONFIG_MAX_TIMEOUT - 60);
  turn ();
  reply_release (result (FPR_ALICE, NULL, REPLY_RUNNING));
  pass (1000);
  turn ();
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert_str_eq (reply->reason, "the server stopped while it ran");
  reply_release (reply);
  ck_assert_str_eq (last_row_with ("running"), "");
}
END_TEST

/* Behind a reload two acts tell at once.  */
START_TEST (two_acts)
{
  struct packet_ran ran = { .msecs = 5, .produced = 6, .kept = 6 };
  unsigned char first[REQUEST_HASHLEN], second[REQUEST_HASHLEN];
  reply_t reply;

  ask_run ();
  begin ();
  memcpy (first, hash, sizeof first);
  decide_close (&decide);
  reply_release (expect (REPLY_RUNNING));
  start_decide ();
  another_act (true);
  ask_run ();
  begin ();
  memcpy (second, hash, sizeof second);
  send_output (0, "new");
  memcpy (hash, first, sizeof hash);
  send_output (0, "old");
  memcpy (hash, second, sizeof hash);
  send_output (3, "er\n");
  memcpy (hash, first, sizeof hash);
  send_output (3, "er\n");
  memcpy (hash, second, sizeof hash);
  send_ran (ran);
  reply = expect (REPLY_DONE);
  ck_assert_mem_eq (reply->output, "newer\n", 6);
  reply_release (reply);
  memcpy (hash, first, sizeof hash);
  send_ran (ran);
  reply = result (FPR_ALICE, NULL, REPLY_DONE);
  ck_assert_mem_eq (reply->output, "older\n", 6);
  reply_release (reply);
}
END_TEST

START_TEST (the_same_one_twice)
{
  ask_run ();
  begin ();
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), 0);
  ck_assert_uint_eq (decide.counts[REFUSAL_REPLAY], 1);
}
END_TEST

START_TEST (no_reply_wanted)
{
  struct packet_ran ran = { .exit_code = 0 };

  next_run ("say", "v", "hello");
  req->no_reply = true;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_RUN);
  memcpy (hash, asked_run.request, sizeof hash);
  begin ();
  send_ran (ran);
  ck_assert_ptr_null (receive ());
  HAS ("\"result\":\"done\"");
}
END_TEST

START_TEST (whoami_tells_commands)
{
  reply_t reply;

  next_request (REQUEST_WHOAMI);
  send_request (FPR_ALICE);
  turn ();
  reply = expect (REPLY_DONE);
  ck_assert_ptr_nonnull (strstr (reply->output, "command say: v=TEXT\n"));
  ck_assert_ptr_nonnull (strstr (reply->output,
                                 "command secret: no arguments, with a"
                                 " password\n"));
  reply_release (reply);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decide-run");
  TCase *tc = tcase_create ("decide-run");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_add_test (tc, it_runs);
  tcase_add_test (tc, refused_before_it_is_asked);
  tcase_add_test (tc, act_says_no);
  tcase_add_test (tc, it_cannot_be_started);
  tcase_add_test (tc, it_outlives_the_wait);
  tcase_add_test (tc, another_under_the_same_name);
  tcase_add_test (tc, act_does_not_answer);
  tcase_add_test (tc, act_ends);
  tcase_add_test (tc, decide_ends);
  tcase_add_test (tc, both_end);
  tcase_add_test (tc, never_told);
  tcase_add_test (tc, two_acts);
  tcase_add_test (tc, the_same_one_twice);
  tcase_add_test (tc, no_reply_wanted);
  tcase_add_test (tc, whoami_tells_commands);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
