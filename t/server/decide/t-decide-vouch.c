/* t-decide-vouch.c - A request whose rule requires a credential.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vouch is played by the test.  */

#include "../../../server/decide/decide.h"

#include "decide-kit.h"

#define CAROL "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

#define HAS(text) \
  ck_assert_msg (strstr (last_row (), text) != NULL, "%s lacks %s", \
                 last_row (), text)
#define LACKS(text) ck_assert_ptr_null (strstr (last_row (), text))

static const char access_conf[] =
  "user alice { key = '" FPR_ALICE "' groups = {'ops'}"
  " logins = {'alice.b'} }\n"
  "user bob { key = '" FPR_BOB "' groups = {'ops'} }\n"
  "user carol { key = '" CAROL "' groups = {'ops'} }\n"
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n"
  "rule web { groups = {'ops'} ports = {'tcp/80'} }\n";

static struct packet_ask question;
static unsigned char question_attachment[SEAL_MAX];
static uint64_t question_id;


static gpg_error_t
on_ask (void *hook, const struct message *msg)
{
  gpg_error_t err = packet_read_ask (msg, &question);

  (void)hook;
  question_id = msg->id;
  if (!err)
    memcpy (question_attachment, question.attachment,
            question.attachment_len);
  return err;
}

/* What decide asks vouch; false: nothing.  */
static bool
is_asked (void)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (ASK, FROM_DECIDE, on_ask) };
  gpg_error_t err = packet_dispatch (vouch_fd, FROM_DECIDE, table, 1, NULL);

  ck_assert (!err || gpg_err_code (err) == GPG_ERR_EAGAIN);
  return !err;
}

static void
answer_id (uint64_t id, enum refusal refusal)
{
  struct packet_answer answer = { (uint16_t)refusal };

  ck_assert_uint_eq (packet_send_answer (vouch_fd, id, &answer), 0);
  turn ();
}

static void
answer (enum refusal refusal)
{
  answer_id (question_id, refusal);
}

/* A fresh request of PRIMARY's with an attachment.  */
static void
ask_as (const char *primary)
{
  const char *why = NULL;
  char *text;
  size_t len;

  next_request (REQUEST_OPEN);
  ck_assert_msg (!request_write (req, &text, &len, &why), "%s", why);
  send_text (text, len, primary, true);
  request_text_release (text, len);
  turn ();
}

static void
is_told (const char *reason)
{
  reply_t reply = receive ();

  ck_assert_ptr_nonnull (reply);
  ck_assert_int_eq (reply->result, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, reason);
  reply_release (reply);
}

/* PRIMARY gives a wrong one.  */
static void
fails (const char *primary)
{
  ask_as (primary);
  ck_assert (is_asked ());
  answer (REFUSAL_CREDENTIAL_WRONG);
  is_told ("the credential was refused");
}


START_TEST (a_right_one_opens)
{
  unsigned char key[SEAL_KEYLEN];

  ask_as (FPR_ALICE);
  ck_assert_uint_eq (claims (), 1);     /* Before it is asked.  */
  ck_assert (is_asked ());
  ck_assert_uint_eq (asked (), 0);      /* Nothing of act yet.  */
  ck_assert_ptr_null (receive ());
  ck_assert_mem_eq (question.hash, config->hash, CONFIG_HASHLEN);
  ck_assert_str_eq (question.rule, "ssh");
  ck_assert_str_eq (question.user, "alice");
  ck_assert_str_eq (question.account, "alice");
  ck_assert_uint_eq (question.attachment_len, 6);
  ck_assert_mem_eq (question_attachment, "sealed", 6);
  /* Not the one-time key, which would open the reply too.  */
  ck_assert_uint_eq (seal_derive (req->key, "postern 1 attachment", key), 0);
  ck_assert_mem_eq (question.key, key, sizeof key);
  answer (REFUSAL_NONE);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_str_eq (asked_grant.rule, "ssh");
  grant_it (30);
  reply_release (receive ());
  HAS ("\"result\":\"done\"");
  HAS ("credential crypt of alice");
}
END_TEST

START_TEST (a_wrong_one)
{
  ask_as (FPR_ALICE);
  ck_assert (is_asked ());
  answer (REFUSAL_CREDENTIAL_WRONG);
  ck_assert_uint_eq (asked (), 0);
  is_told ("the credential was refused");
  HAS ("\"result\":\"refused\"");
  HAS ("\"stage\":\"credential\"");
  HAS ("\"reason\":\"wrong password\"");
  HAS ("credential crypt of alice");
  HAS ("\"rule\":\"ssh\"");
}
END_TEST

START_TEST (each_reason_in_the_audit)
{
  static const struct { enum refusal refusal; const char *told; } cases[] =
    {
      { REFUSAL_CREDENTIAL_FORM, "the credential was refused" },
      { REFUSAL_ACCOUNT_UNKNOWN, "the credential was refused" },
      { REFUSAL_ACCOUNT_LOCKED, "the credential was refused" },
      { REFUSAL_NOT_MEMBER, "the credential was refused" },
      { REFUSAL_VOUCH_UNREACHABLE, "the credential could not be checked" },
      { REFUSAL_VOUCH_FAILED, "the credential could not be checked" },
      { REFUSAL_OTHER_CONFIG, "the server was busy: try again" },
    };
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      ask_as (FPR_ALICE);
      ck_assert (is_asked ());
      answer (cases[i].refusal);
      ck_assert_uint_eq (asked (), 0);
      is_told (cases[i].told);
      HAS (refusal_text (cases[i].refusal));
    }
}
END_TEST

/* The name that "user" gives, of those that are the person's.  */
START_TEST (another_name)
{
  const char *why;
  char *text;
  size_t len;

  next_request (REQUEST_OPEN);
  req->user = strdup ("alice.b");
  ck_assert_uint_eq (request_write (req, &text, &len, &why), 0);
  send_text (text, len, FPR_ALICE, true);
  request_text_release (text, len);
  turn ();
  ck_assert (is_asked ());
  ck_assert_str_eq (question.user, "alice");
  ck_assert_str_eq (question.account, "alice.b");
  answer (REFUSAL_CREDENTIAL_WRONG);
  HAS ("credential crypt of alice.b");
  reply_release (receive ());
  next_request (REQUEST_OPEN);
  req->user = strdup ("bob");
  ck_assert_uint_eq (request_write (req, &text, &len, &why), 0);
  send_text (text, len, FPR_ALICE, true);
  request_text_release (text, len);
  turn ();
  ck_assert (!is_asked ());
  HAS (refusal_text (REFUSAL_LOGIN));
}
END_TEST

START_TEST (none_where_one_is_asked)
{
  send_request (FPR_ALICE);
  turn ();
  ck_assert (!is_asked ());
  is_told ("a password is asked for");
  HAS (refusal_text (REFUSAL_CREDENTIAL_ASKED));
  HAS ("nearest is rule ssh");
}
END_TEST

/* A replay never reaches a password, be the request right or wrong.  */
START_TEST (a_replay)
{
  const char *why;
  char *text;
  size_t len;
  int i;

  ck_assert_uint_eq (request_write (req, &text, &len, &why), 0);
  for (i = 0; i < 3; i++)
    {
      send_text (text, len, FPR_ALICE, true);
      turn ();
      ck_assert_int_eq (is_asked (), !i);
    }
  ck_assert_uint_eq (decide.counts[REFUSAL_REPLAY], 2);
  answer (REFUSAL_NONE);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_uint_eq (asked (), 0);
  request_text_release (text, len);
}
END_TEST

/* It waits; a request that needs none does not.  */
START_TEST (others_go_on)
{
  ask_as (FPR_ALICE);
  ck_assert (is_asked ());
  next_request (REQUEST_OPEN);
  ck_assert_uint_eq (netspec_ports_parse ("tcp/80", &req->ports), 0);
  send_request (FPR_BOB);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_str_eq (asked_grant.rule, "web");
}
END_TEST

START_TEST (vouch_does_not_answer)
{
  ask_as (FPR_ALICE);
  ck_assert (is_asked ());
  pass (CONFIG_CHECK_TIME + 3);
  turn ();
  is_told ("the credential could not be checked");
  HAS (refusal_text (REFUSAL_VOUCH_GONE));
  /* What comes too late opens nothing.  */
  answer (REFUSAL_NONE);
  ck_assert_uint_eq (asked (), 0);
}
END_TEST

START_TEST (two_of_a_person_at_once)
{
  uint64_t first;
  int i;

  for (i = 0; i < 4; i++)
    ask_as (FPR_ALICE);
  ck_assert (is_asked ());
  first = question_id;
  ck_assert (is_asked ());
  ck_assert (!is_asked ());
  ask_as (FPR_BOB);
  ck_assert (is_asked ());      /* He does not wait for her.  */
  ck_assert_str_eq (question.user, "bob");
  answer_id (first, REFUSAL_NONE);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert (is_asked ());
  ck_assert_str_eq (question.user, "alice");
  ck_assert (!is_asked ());
}
END_TEST

START_TEST (who_waits_in_vain)
{
  unsigned int i;

  for (i = 0; i < DECIDE_CHECKS_PERSON + DECIDE_WAITING_PERSON; i++)
    {
      ask_as (FPR_ALICE);
      ck_assert_ptr_null (receive ());
    }
  ask_as (FPR_ALICE);
  is_told ("the server was busy: try again");
  ck_assert_uint_eq (decide.counts[REFUSAL_VOUCH_BUSY], 1);
  ask_as (FPR_BOB);
  ck_assert_ptr_null (receive ());
  pass (31);
  turn ();
  ck_assert_uint_eq (decide.counts[REFUSAL_VOUCH_BUSY],
                     1 + DECIDE_WAITING_PERSON);
}
END_TEST

START_TEST (five_failures_lock)
{
  int i;

  for (i = 0; i < 4; i++)
    fails (FPR_ALICE);
  LACKS ("locked for");
  fails (FPR_ALICE);
  HAS ("locked for 10 s");
  pass (3);
  ask_as (FPR_ALICE);
  ck_assert (!is_asked ());
  is_told ("too many wrong passwords: wait 7 s");
  HAS ("\"reason\":\"locked out after too many wrong credentials\"");
  /* Nobody else, and nothing that needs no credential.  */
  fails (FPR_BOB);
  next_request (REQUEST_OPEN);
  ck_assert_uint_eq (netspec_ports_parse ("tcp/80", &req->ports), 0);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply_release (receive ());
  /* Its end.  */
  pass (7);
  ask_as (FPR_ALICE);
  ck_assert (is_asked ());
  answer (REFUSAL_NONE);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply_release (receive ());
  fails (FPR_ALICE);
  LACKS ("locked for");
}
END_TEST

START_TEST (locked_across_a_restart)
{
  int i;

  for (i = 0; i < 5; i++)
    fails (FPR_ALICE);
  decide_close (&decide);
  start_decide ();
  ask_as (FPR_ALICE);
  ck_assert (!is_asked ());
  is_told ("too many wrong passwords: wait 10 s");
}
END_TEST

/* What was not checked is nobody's failure.  */
START_TEST (no_failure_of_theirs)
{
  int i;

  for (i = 0; i < 20; i++)
    {
      ask_as (FPR_ALICE);
      ck_assert (is_asked ());
      answer (REFUSAL_VOUCH_UNREACHABLE);
      reply_release (receive ());
    }
  ask_as (FPR_ALICE);
  ck_assert (is_asked ());
  answer (REFUSAL_NONE);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
}
END_TEST

/* Those in the queue are no way around it: of ten at once, two begin, and
   with each failure one more, until the fifth.  */
START_TEST (ten_guesses_at_once)
{
  uint64_t ids[2];
  unsigned int i, n = 0;

  for (i = 0; i < 10; i++)
    ask_as (FPR_ALICE);
  for (; is_asked (); n++)
    {
      ids[n % 2] = question_id;
      if (n)
        answer_id (ids[(n - 1) % 2], REFUSAL_CREDENTIAL_WRONG);
    }
  ck_assert_uint_le (n, 6);
  ck_assert_uint_eq (decide.counts[REFUSAL_CREDENTIAL_LOCKED], 10 - n);
}
END_TEST

START_TEST (stopping_answers_all)
{
  int i;

  for (i = 0; i < 4; i++)
    ask_as (FPR_ALICE);
  decide_close (&decide);
  for (i = 0; i < 4; i++)
    ck_assert_int_eq (receive_datagram (&(char){ 0 }, 1), 1);
  start_decide ();
}
END_TEST

/* Its channel is full, or it is not there.  */
START_TEST (vouch_cannot_be_asked)
{
  char junk[1024] = "";

  while (send (theirs[3], junk, sizeof junk, MSG_DONTWAIT) > 0)
    ;
  ask_as (FPR_ALICE);
  is_told ("the credential could not be checked");
  HAS (refusal_text (REFUSAL_VOUCH_GONE));
  while (recv (vouch_fd, junk, sizeof junk, MSG_DONTWAIT) > 0)
    ;
  ask_as (FPR_ALICE);
  ck_assert (is_asked ());
}
END_TEST

/* PRIMARY asks, or approves what was asked, with a right credential, which
   vouch is asked about as that of a command or of a rule.  */
static void
gives (enum request_action action, const char *primary, bool command)
{
  static unsigned char waits[REQUEST_HASHLEN];
  char *text;
  size_t len;

  next_request (action);
  if (action == REQUEST_RUN)
    snprintf (req->command, sizeof req->command, "twin");
  req->has_request = action == REQUEST_APPROVE;
  if (req->has_request)
    memcpy (req->request, waits, sizeof waits);
  ck_assert (!request_write (req, &text, &len, NULL));
  if (!req->has_request)
    request_hash (text, len, waits);
  send_text (text, len, primary, true);
  request_text_release (text, len);
  turn ();
  ck_assert (is_asked ());
  ck_assert_str_eq (question.rule, "twin");
  ck_assert (question.command == command);
  answer (REFUSAL_NONE);
  recheck ();
  reply_release (receive ());
}

/* The credential of approvers is that of what waits, be it a command with
   the name of a rule.  */
START_TEST (of_approvers)
{
  decide_close (&decide);
  put ("access.conf",
       "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"
       "user bob { key = '" FPR_BOB "' groups = {'ops'} }\n"
       "rule twin { groups = {'ops'} ports = {'tcp/22'} require = 'crypt'"
       " approvals = 1 approvers = {'ops'} approvers-require = true }\n"
       "command twin { groups = {'ops'} argv = {'/bin/true'} run-as = 'root'"
       " require = 'shadow' approvals = 1 approvers = {'ops'}"
       " approvers-require = true }\n");
  ck_assert_msg (!load (), "%s", message);
  start_decide ();
  gives (REQUEST_OPEN, FPR_ALICE, false);
  gives (REQUEST_APPROVE, FPR_BOB, false);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply_release (receive ());   /* The approver's, now.  */
  gives (REQUEST_RUN, FPR_ALICE, true);
  gives (REQUEST_APPROVE, FPR_BOB, true);
  ck_assert_uint_eq (asked (), PACKET_RUN);
}
END_TEST

static void
setup (void)
{
  setup_kit ();
  decide_close (&decide);
  put ("access.conf", access_conf);
  ck_assert_msg (!load (), "%s", message);
  start_decide ();
}


int
main (void)
{
  Suite *suite = suite_create ("decide-vouch");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown_kit);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, a_right_one_opens);
  tcase_add_test (tc, a_wrong_one);
  tcase_add_test (tc, each_reason_in_the_audit);
  tcase_add_test (tc, another_name);
  tcase_add_test (tc, none_where_one_is_asked);
  tcase_add_test (tc, a_replay);
  tcase_add_test (tc, others_go_on);
  tcase_add_test (tc, vouch_does_not_answer);
  tcase_add_test (tc, two_of_a_person_at_once);
  tcase_add_test (tc, who_waits_in_vain);
  tcase_add_test (tc, five_failures_lock);
  tcase_add_test (tc, locked_across_a_restart);
  tcase_add_test (tc, no_failure_of_theirs);
  tcase_add_test (tc, ten_guesses_at_once);
  tcase_add_test (tc, stopping_answers_all);
  tcase_add_test (tc, vouch_cannot_be_asked);
  tcase_add_test (tc, of_approvers);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
