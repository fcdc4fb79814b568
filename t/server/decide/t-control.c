/* t-control.c - The control socket: what is asked, and what is answered.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control-kit.h"

/* Three grants in two pages.  */
static void
list_three (void)
{
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (asked_list.after, 0);
  list_one (4);
  list_one (9);
  list_one (0);
  serve ();
  serve_all ();
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (asked_list.after, 9);
  list_one (11);
  list_one (0);
  serve ();
  serve_all ();
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (asked_list.after, 11);
  list_one (0);
  serve ();
}


START_TEST (status)
{
  int fd = dial_and_greet ();

  pass (200);                   /* The floor is gone.  */
  serve ();
  ask (fd, "STATUS\n");
  ck_assert_uint_eq (got_len, 0);       /* act is asked first.  */
  list_three ();
  ck_assert (hear (fd));
  GOT ("D {\"host\":\"web1\"");
  GOT ("\"grants\":3");
  GOT ("\"owed\":{}");
  GOT ("\"clock\":\"steady\"");
  GOT ("\"claims\":0");
  ENDS_OK ();
}
END_TEST

START_TEST (status_of_what_is_owed)
{
  struct packet_listed end = { .owed = 2, .since = 1799999000 };
  int fd = dial_and_greet ();

  ask (fd, "STATUS\n");
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (packet_send_listed (act_fd, asked_id, &end), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("\"owed\":{\"close-commands\":2,\"since\":1799999000}");
  ENDS_OK ();
}
END_TEST

START_TEST (status_without_act)
{
  int fd = dial_and_greet ();

  ask (fd, "STATUS\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("\"grants\":null");
  GOT ("\"owed\":null");
  ENDS_OK ();
}
END_TEST

START_TEST (grants)
{
  int fd = dial_and_greet ();

  ask (fd, "grants\n");
  list_three ();
  ck_assert (hear (fd));
  GOT ("\"id\":\"04000000\"");
  GOT ("\"id\":\"09000000\"");
  GOT ("\"id\":\"0b000000\"");
  GOT ("\"user\":\"alice\"");
  GOT ("\"left\":20");
  ENDS_OK ();
  ask (fd, "GRANTS\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT ("act does not answer");
}
END_TEST

static void
closes (int fd, const char *line, const char *user, const char *prefix,
        bool all)
{
  struct packet_closed closed = { 0, 1 };

  ask (fd, line);
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_str_eq (asked_close.user, user);
  ck_assert_str_eq (asked_close.prefix, prefix);
  ck_assert (asked_close.all == all);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("D {\"closed\":1}");
  ENDS_OK ();
}

START_TEST (close_grants)
{
  struct packet_closed closed = { REFUSAL_AMBIGUOUS, 0 };
  int fd = dial_and_greet ();

  closes (fd, "CLOSE 04000000\n", "", "04000000", false);
  ck_assert_ptr_nonnull (strstr (last_row (), "\"result\":\"closed\""));
  ck_assert_ptr_nonnull (strstr (last_row (), "04000000: 1 closed"));
  closes (fd, "CLOSE --user=alice\n", "alice", "", true);
  closes (fd, "CLOSE --all\n", "", "", true);
  closes (fd, "CLOSE --user=alice 04\n", "alice", "04", false);
  ask (fd, "CLOSE 0\n");
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT (refusal_text (REFUSAL_AMBIGUOUS));
}
END_TEST

START_TEST (revoke_person)
{
  struct packet_closed closed = { 0, 2 };
  int fd = dial_and_greet ();

  ask (fd, "REVOKE --user=alice --by=root --why=left%20the%20team\n");
  ck_assert_uint_eq (got_len, 0);
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_str_eq (asked_close.user, "alice");
  ck_assert (asked_close.all && !*asked_close.prefix);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("D {\"closed\":2}");
  ENDS_OK ();
  snprintf (got, sizeof got, "%s", last_row ());
  GOT ("\"result\":\"event\",\"stage\":\"roster\"");
  GOT ("\"reason\":\"the person was revoked\"");
  GOT ("\"user\":\"alice\",\"fpr\":\"" FPR_ALICE "\"");
  GOT ("\"action\":\"revoke\"");
  GOT ("\"by root; left the team; grants closed: 2\"");
  /* Who has nothing open is revoked as well.  */
  ask (fd, "REVOKE --user=alice\n");
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  closed.refusal = REFUSAL_NOTHING;
  closed.n = 0;
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("D {\"closed\":0}");
  ENDS_OK ();
  /* And the row stands even where act is away.  */
  ask (fd, "REVOKE --user=alice --why=again\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("act does not answer");
  ck_assert_ptr_nonnull (strstr (last_row (), "\"again\""));
}
END_TEST

/* Who is barred asks in vain, until a reload.  */
START_TEST (bar_person)
{
  const struct config_user *alice;
  int fd = dial_and_greet ();
  uint64_t ends;

  alice = config_user_by_name (decide.config, "alice");
  ck_assert_ptr_nonnull (alice);
  ck_assert_uint_eq (alice->expires, 0);
  ask (fd, "BAR --user=alice --fpr=" FPR_BOB "\n");
  GOT ("ERR ");
  ck_assert_uint_eq (alice->expires, 0);
  ask (fd, "BAR --user=nobody --fpr=" FPR_ALICE "\n");
  GOT ("ERR ");
  ask (fd, "BAR --user=alice --fpr=" FPR_ALICE "\n");
  ENDS_OK ();
  ck_assert_uint_eq (alice->expires, clock_seconds (&decide.now));
  /* What has ended does not begin again.  */
  ends = alice->expires;
  pass (4);
  ask (fd, "BAR --user=alice --fpr=" FPR_ALICE "\n");
  ENDS_OK ();
  ck_assert_uint_eq (alice->expires, ends);
  ck_assert_uint_eq (asked (), 0);
}
END_TEST

START_TEST (note)
{
  int fd = dial_and_greet ();

  ask (fd, "NOTE --user=alice --action=replace --by=root --fpr=" FPR_BOB
       "\n");
  ck_assert_str_eq (got, "OK\n");
  snprintf (got, sizeof got, "%s", last_row ());
  GOT ("\"reason\":\"the person's key was replaced\"");
  GOT ("\"user\":\"alice\",\"fpr\":\"" FPR_BOB "\"");
  ask (fd, "NOTE --user=carol --action=enroll\n");
  ck_assert_str_eq (got, "OK\n");
  snprintf (got, sizeof got, "%s", last_row ());
  GOT ("\"detail\":\"carol\"");
  ck_assert_ptr_null (strstr (got, "\"user\""));
}
END_TEST

/* A request of alice's that comes to a grant.  */
static void
request_once (void)
{
  next_request (REQUEST_OPEN);
  send_request (FPR_ALICE);
  serve ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
}

START_TEST (last_seen)
{
  int fd = dial_and_greet ();
  char time[32];

  ask (fd, "LASTSEEN\n");
  ck_assert_str_eq (got, "OK\n");
  request_once ();
  pass (20);
  request_once ();
  snprintf (time, sizeof time, "\"time\":%llu",
            (unsigned long long)clock_seconds (&moment));
  pass (20);
  /* The same once more is no request of hers: it was refused before the
     claim.  */
  send_request (FPR_ALICE);
  serve ();
  ck_assert_ptr_nonnull (strstr (last_row (),
                                 refusal_text (REFUSAL_REPLAY)));
  ask (fd, "LASTSEEN\n");
  GOT ("D {\"user\":\"alice\"");
  GOT (time);
  GOT ("\"result\":\"done\"");
  ck_assert_ptr_null (strstr (strchr (got, '\n') + 1, "D "));
  ENDS_OK ();
  ask (fd, "LASTSEEN --user=alice\n");
  GOT (time);
  ask (fd, "LASTSEEN --user=bob\n");
  ck_assert_str_eq (got, "OK\n");
  /* Her key was replaced: it is still she.  */
  ask (fd, "NOTE --user=alice --action=replace\n");
  ENDS_OK ();
  last_row ();
  ask (fd, "LASTSEEN --user=alice\n");
  GOT (time);
  /* The name is somebody's anew.  */
  ask (fd, "NOTE --user=alice --action=enroll\n");
  ENDS_OK ();
  last_row ();
  ask (fd, "LASTSEEN --user=alice\n");
  ck_assert_str_eq (got, "OK\n");
  request_once ();
  ask (fd, "LASTSEEN --user=alice\n");
  GOT ("D {\"user\":\"alice\"");
}
END_TEST

START_TEST (wrong_arguments)
{
  static const char *const lines[] =
    { "CLOSE\n", "CLOSE zz\n", "CLOSE --user=Al/ice\n", "CLOSE --user=\n",
      "CLOSE 1 2\n", "STATUS now\n", "GRANTS all\n", "AUDIT --limit=501\n",
      "AUDIT --limit=x\n", "AUDIT what\n", "AUDIT --after=-1\n",
      "BAR --user=alice\n", "BAR --fpr=" FPR_ALICE "\n",
      "BAR --user=alice --fpr=" FPR_ALICE " --by=root\n",
      "REVOKE\n", "REVOKE --user=Al/ice\n", "REVOKE --user=alice --by=\n",
      "REVOKE alice\n", "REVOKE --user=alice --why=%0A\n",
      "REVOKE --user=alice --user=bob\n", "REVOKE --user=alice --fpr=12\n",
      "REVOKE --user=alice --action=enroll\n", "NOTE --user=alice\n",
      "NOTE --user=alice --action=praise\n", "NOTE --action=enroll\n",
      "LASTSEEN alice\n", "LASTSEEN --user=alice bob\n",
      "HORIZON reset\n", "HORIZON --reset 1\n", "HORIZON 1 2\n",
      "HORIZON -1\n", "HORIZON 1x\n", "KEEP it\n", "RELOAD it\n",
      "SINCE " FPR_ALICE " 1 2\n", "SINCE " FPR_ALICE " 1 2 3 4\n",
      "SINCE alice 1 2 3\n", "SINCE " FPR_ALICE " 1 2 -3\n",
      "SINCE " FPR_ALICE " 253402300800 2 3\n", "SETTLED now\n", "FROB\n" };
  int fd = dial_and_greet ();
  size_t i;

  for (i = 0; i < COUNT (lines); i++)
    {
      ask (fd, lines[i]);
      ck_assert_msg (!strncmp (got, "ERR ", 4), "%s: %s", lines[i], got);
      ck_assert_uint_eq (asked (), 0);
    }
  ask (fd, "AUDIT --limit=500\n");
  ENDS_OK ();
}
END_TEST

START_TEST (audit)
{
  int fd = dial_and_greet ();

  send_request (FPR_BOB);               /* Nobody here.  */
  serve ();
  ask (fd, "AUDIT --last=1\n");
  GOT ("\"result\":\"refused\"");
  GOT ("\"source\":\"127.0.0.1\"");
  ENDS_OK ();
  ask (fd, "AUDIT --result=event\n");
  GOT ("the store is not the one that was left");
  ask (fd, "AUDIT --result=done --user=alice --source=127.0.0.1"
       " --host=web1 --since=5 --until=1900000000 --after=0\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (a_long_answer)
{
  int fd = dial_and_greet (), i, n = 0;
  const char *p;

  for (i = 0; i < 400; i++)
    audit_event (decide.audit, &moment, "act", "something that took place");
  ask (fd, "AUDIT --limit=400\n");
  ENDS_OK ();
  for (p = got; (p = strstr (p, "something that took")); p++)
    n++;
  ck_assert_int_ge (n, 390);
}
END_TEST

START_TEST (horizon)
{
  int fd = dial_and_greet ();

  ask (fd, "HORIZON\n");
  GOT ("\"clock\":\"settling: ");
  ask (fd, "HORIZON 1\n");
  GOT ("\"refused\":true");
  ENDS_OK ();
  pass (200);
  ask (fd, "HORIZON\n");
  GOT ("\"clock\":\"steady\"");
  GOT ("\"max-age\":120");
  ENDS_OK ();
  ask (fd, "HORIZON 4000000000\n");
  GOT ("\"refused\":false");
  ENDS_OK ();
  moment.wall -= 5000 * (int64_t)CLOCK_SECOND;
  ask (fd, "HORIZON\n");
  GOT ("\"clock\":\"warning: put back by 5000 s, more than max-age");
  ask (fd, "HORIZON --reset\n");
  GOT ("\"clock\":\"settling: ");
  ask (fd, "AUDIT --last=1\n");
  GOT ("the horizon was reset by hand");
}
END_TEST

static void
since (const char *fpr, int64_t ago, unsigned int state, const char *want)
{
  char line[128];
  int fd = dial_and_greet ();

  snprintf (line, sizeof line, "SINCE %s %lld %u 0\n", fpr,
            (long long)(moment.wall / CLOCK_SECOND - ago), state);
  ask (fd, line);
  GOT (want);
  ENDS_OK ();
  close (fd);
}

/* It is only a question: the same key can be seen changed again.  */
START_TEST (changed)
{
  pass (200);
  since (FPR_ALICE, 60, SINCE_BAD, "\"refused\":false");
  since (FPR_ALICE, 60, 1, "\"refused\":true");
  since (FPR_ALICE, 20, 1, "\"refused\":false");
  since (FPR_ALICE, 60, SINCE_BAD, "\"refused\":false");
  since (FPR_ALICE, 300, SINCE_BAD, "\"refused\":true");
  since (FPR_BOB, 60, 1, "\"refused\":false");  /* Nobody here.  */
}
END_TEST

static uint64_t parent_id;
static uint16_t parent_type;

static gpg_error_t
on_parent (void *hook, const struct message *msg)
{
  (void)hook;
  parent_id = msg->id;
  parent_type = msg->type;
  return 0;
}

static uint16_t
parent_asked (void)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (RELOAD, FROM_DECIDE, on_parent),
      PACKET_RULE (KEEP, FROM_DECIDE, on_parent),
      PACKET_RULE (SETTLED, FROM_DECIDE, on_parent) };

  parent_type = 0;
  packet_dispatch (parent_fd, FROM_DECIDE, table, COUNT (table), NULL);
  return parent_type;
}

START_TEST (reload)
{
  struct packet_reloaded answer = { "" };
  int fd = dial_and_greet ();

  ask (fd, "RELOAD\n");
  ck_assert_uint_eq (got_len, 0);
  ck_assert_uint_eq (parent_asked (), PACKET_RELOAD);
  ck_assert_uint_eq (packet_send_reloaded (parent_fd, parent_id, &answer),
                     0);
  serve ();
  ck_assert (hear (fd));
  ck_assert_str_eq (got, "OK\n");
  ask (fd, "RELOAD\n");
  ck_assert_uint_eq (parent_asked (), PACKET_RELOAD);
  memset (answer.message, 'x', 400);
  memcpy (answer.message, "access.conf:7: ", 15);
  ck_assert_uint_eq (packet_send_reloaded (parent_fd, parent_id, &answer),
                     0);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT (answer.message);                 /* Whole.  */
}
END_TEST

/* posternd's word for whether a reload is over.  */
START_TEST (settled)
{
  struct packet_reloaded answer = { "still being taken over" };
  int fd = dial_and_greet ();

  ask (fd, "SETTLED\n");
  ck_assert_uint_eq (parent_asked (), PACKET_SETTLED);
  packet_send_reloaded (parent_fd, parent_id, &answer);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT ("still being taken over");
  ask (fd, "SETTLED\n");
  ck_assert_uint_eq (parent_asked (), PACKET_SETTLED);
  *answer.message = 0;
  packet_send_reloaded (parent_fd, parent_id, &answer);
  serve ();
  ck_assert (hear (fd));
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (keep)
{
  int fd = dial_and_greet ();

  decide.trial_end = decide.now.boot + 300 * (int64_t)CLOCK_SECOND;
  ask (fd, "KEEP\n");
  ck_assert_uint_eq (parent_asked (), PACKET_KEEP);
  ck_assert_uint_eq (message_send (parent_fd, PACKET_KEPT, parent_id, NULL,
                                   0), 0);
  serve ();
  ck_assert (hear (fd));
  ck_assert_str_eq (got, "OK\n");
  ck_assert_int_eq (decide.trial_end, 0);
  ask (fd, "KEEP\n");
  GOT ("ERR ");
  GOT ("not on trial");
}
END_TEST

START_TEST (help_and_the_rest)
{
  int fd = dial_and_greet ();

  ask (fd, "HELP\n");
  GOT ("# CLOSE [--user=NAME]");
  GOT ("# HORIZON [--reset|TIME]");
  ENDS_OK ();
  ask (fd, "# a comment\n\nNOP\n");
  ck_assert_str_eq (got, "OK\n");
  ask (fd, "OPTION ttyname=none\n");
  ck_assert_str_eq (got, "OK\n");
  say (fd, "BYE\n");
  serve ();
  ck_assert (!hear (fd));
  ck_assert_int_eq (strncmp (got, "OK closing", 10), 0);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("control");
  TCase *tc = tcase_create ("control");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, status);
  tcase_add_test (tc, status_of_what_is_owed);
  tcase_add_test (tc, status_without_act);
  tcase_add_test (tc, grants);
  tcase_add_test (tc, close_grants);
  tcase_add_test (tc, revoke_person);
  tcase_add_test (tc, bar_person);
  tcase_add_test (tc, note);
  tcase_add_test (tc, last_seen);
  tcase_add_test (tc, wrong_arguments);
  tcase_add_test (tc, audit);
  tcase_add_test (tc, a_long_answer);
  tcase_add_test (tc, horizon);
  tcase_add_test (tc, changed);
  tcase_add_test (tc, reload);
  tcase_add_test (tc, settled);
  tcase_add_test (tc, keep);
  tcase_add_test (tc, help_and_the_rest);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
