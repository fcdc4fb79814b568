/* t-decide.c - A request's way through decide, and each refusal on it.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/decide/decide.h"

#include "decide-kit.h"
#include "../../../common/base/encode.h"

#define CAROL "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

#define HAS(text) \
  ck_assert_msg (strstr (last_row (), text) != NULL, "%s lacks %s", \
                 last_row (), text)


/* The request comes to act, and is granted.  */
static void
opens (void)
{
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply_release (receive ());
}

/* No question and no reply; SPENT requests are claimed all the same.  */
static void
falls_with (enum refusal refusal, unsigned int spent)
{
  uint64_t before = claims ();
  uint64_t count = decide.counts[refusal];

  turn ();
  ck_assert_uint_eq (claims (), before + spent);
  ck_assert_uint_eq (decide.counts[refusal], count + 1);
  ck_assert_uint_eq (asked (), 0);
  ck_assert_ptr_null (receive ());
  HAS ("\"result\":\"refused\"");
  HAS (refusal_text (refusal));
}

/* Refused before the claim.  */
static void
falls (enum refusal refusal)
{
  falls_with (refusal, 0);
}

/* Refused behind the claim: it is spent, and the person is told.  */
static void
is_refused (enum refusal refusal)
{
  uint64_t before = claims ();
  reply_t reply;

  turn ();
  ck_assert_uint_eq (claims (), before + 1);
  ck_assert_uint_eq (asked (), 0);
  reply = receive ();
  ck_assert_ptr_nonnull (reply);
  ck_assert_int_eq (reply->result, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, refusal_told (refusal));
  reply_release (reply);
  HAS ("\"result\":\"refused\"");
  HAS (refusal_text (refusal));
}


START_TEST (a_request_opens)
{
  reply_t reply;

  req->seconds = 20;
  req->bind = 4000;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (claims (), 1);     /* Claimed before it is asked.  */
  ck_assert_ptr_null (receive ());
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_str_eq (asked_grant.user, "alice");
  ck_assert_str_eq (asked_grant.rule, "ssh");
  ck_assert_str_eq (asked_grant.fpr, FPR_ALICE);
  ck_assert_uint_eq (asked_grant.seconds, 20);
  ck_assert_uint_eq (asked_grant.bind, 4000);
  ck_assert (!asked_grant.once);
  ck_assert_uint_eq (asked_grant.answer_by,
                     (uint64_t)(moment.boot + CALLS_TIME_US) / 1000);
  ck_assert (netspec_addr_equal (&asked_grant.addr, &req->source));
  ck_assert (netspec_addr_equal (&asked_grant.observed, &origin.src));
  ck_assert_mem_eq (asked_grant.hash, config->hash, CONFIG_HASHLEN);
  grant_it (20);
  reply = receive ();
  ck_assert_ptr_nonnull (reply);
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_ptr_null (reply->reason);
  ck_assert_uint_eq (reply->until, clock_seconds (&moment) + 20);
  ck_assert_uint_eq (reply->port, origin.sport);
  ck_assert (netspec_addr_equal (&reply->address, &origin.src));
  reply_release (reply);
  HAS ("\"result\":\"done\"");
  HAS ("\"user\":\"alice\"");
  HAS ("\"address\":\"203.0.113.7\"");
  HAS ("\"rule\":\"ssh\"");
  ck_assert_uint_eq (asked (), 0);
}
END_TEST

START_TEST (a_cut_is_told)
{
  reply_t reply;
  char told[64];

  req->seconds = 86400;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_uint_eq (asked_grant.seconds, config->rule[0].max_time);
  grant_it (asked_grant.seconds);
  reply = receive ();
  snprintf (told, sizeof told, "cut to %u s by rule ssh",
            config->rule[0].max_time);
  ck_assert_str_eq (reply->reason, told);
  reply_release (reply);
}
END_TEST

/* Who still has the key from before a rotation hears that it ends, and
   the audit knows; with the new key neither.  */
START_TEST (the_previous_key_is_told)
{
  reply_t reply;

  put ("doors/main.previous", "1800086400 " DOOR_KEY);
  decide_close (&decide);
  ck_assert_msg (!load (), "%s", message);
  start_decide ();
  origin.previous = true;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (20);
  reply = receive ();
  ck_assert_str_eq (reply->reason, "your door key ends on 2027-01-16 08:00"
                    " UTC: join a fresh invite");
  reply_release (reply);
  HAS ("by the previous key of the door");
  origin.previous = false;
  next_request (REQUEST_OPEN);
  opens ();
  ck_assert_ptr_null (strstr (last_row (), "previous key"));
}
END_TEST

/* What a person writes can neither pass for our words nor push them out.  */
START_TEST (words_of_a_person)
{
  req->reason = strdup ("on call\"; nearest is rule root");
  opens ();
  HAS ("\"detail\":\"\\\"on call'; nearest is rule root\\\"\"");
  next_request (REQUEST_OPEN);
  req->reason = calloc (1, 302);
  for (int i = 0; i < 300; i += 2)
    memcpy (req->reason + 1 + i, "\303\251", 2);
  *req->reason = 'x';           /* No character ends at 200 bytes.  */
  ck_assert_uint_eq (netspec_ports_parse ("tcp/23", &req->ports), 0);
  send_request (FPR_ALICE);
  is_refused (REFUSAL_PORTS);
  HAS ("\\u00E9\\\"; nearest is rule ssh\"");
}
END_TEST

START_TEST (no_request_at_all)
{
  send_text ("hello\n", 6, FPR_ALICE, false);
  falls (REFUSAL_GRAMMAR);
  opens ();
}
END_TEST

START_TEST (for_another_server)
{
  snprintf (req->target[0].host, sizeof req->target[0].host, "web2");
  send_request (FPR_ALICE);
  falls (REFUSAL_NOT_ADDRESSED);
  next_request (REQUEST_OPEN);
  snprintf (req->target[0].fpr, sizeof req->target[0].fpr, FPR_BOB);
  send_request (FPR_ALICE);
  falls (REFUSAL_NOT_ADDRESSED);
  next_request (REQUEST_OPEN);
  req->n_targets = 2;
  req->target[1] = req->target[0];
  snprintf (req->target[0].host, sizeof req->target[0].host, "web0");
  opens ();
}
END_TEST

START_TEST (too_old)
{
  req->time -= config->max_age + 1;
  send_request (FPR_ALICE);
  falls_with (REFUSAL_TOO_OLD, 1);
  HAS ("121 s old, max-age is 120 s");
  next_request (REQUEST_OPEN);
  req->time -= config->max_age + 7;     /* Alike, and in the same row.  */
  send_request (FPR_ALICE);
  falls_with (REFUSAL_TOO_OLD, 1);
  HAS ("121 s old, max-age is 120 s");
  HAS ("\"count\":2");
  pass (200);
  next_request (REQUEST_OPEN);
  req->time -= config->max_age - 1;
  opens ();
}
END_TEST

START_TEST (from_the_future)
{
  req->time += config->max_ahead + 1;
  send_request (FPR_ALICE);
  falls_with (REFUSAL_FROM_FUTURE, 1);
  HAS ("31 s ahead of this clock, max-ahead is 30 s");
  next_request (REQUEST_OPEN);
  req->time += config->max_ahead;
  opens ();
}
END_TEST

/* The signature is of another time than the text: refused, and not claimed.  At
   either end of what is allowed it opens.  */
START_TEST (signed_at_another_time)
{
  int64_t late = (int64_t)config->max_age, early = -(int64_t)config->max_ahead;
  const int64_t bad[] = { late + 1, early - 1 }, good[] = { late, early };
  size_t i;

  for (i = 0; i < 2; i++)
    {
      signed_after = bad[i];
      send_request (FPR_ALICE);
      falls (REFUSAL_SIGNED_WHEN);
    }
  for (i = 0; i < 2; i++)
    {
      signed_after = good[i];
      opens ();
      next_request (REQUEST_OPEN);
    }
  signed_after = 0;
}
END_TEST

/* Whoever recorded it has nothing to wait for.  */
START_TEST (the_future_does_not_come)
{
  req->time += config->max_ahead + 1;
  send_request (FPR_ALICE);
  falls_with (REFUSAL_FROM_FUTURE, 1);
  pass (40);
  origin.src = address ("127.0.0.2");
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
  decide_close (&decide);
  start_decide ();
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
  origin.src = address ("127.0.0.1");
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

/* It was too old by a clock that is put right afterwards.  */
START_TEST (the_past_does_not_come_back)
{
  int64_t step = (config->max_age + 100) * (int64_t)CLOCK_SECOND;

  pass (200);
  next_request (REQUEST_OPEN);
  moment.wall += step;
  send_request (FPR_ALICE);
  falls_with (REFUSAL_TOO_OLD, 1);
  moment.wall -= step;
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
  pass (33);                    /* The step raised a floor.  */
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

START_TEST (before_the_horizon)
{
  req->time -= 5;               /* The store was not there then.  */
  send_request (FPR_ALICE);
  falls_with (REFUSAL_HORIZON, 1);
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

START_TEST (a_replay)
{
  opens ();
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
  origin.src = address ("127.0.0.2");
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
  origin.src = address ("127.0.0.1");
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

START_TEST (a_replay_after_a_restart)
{
  opens ();
  decide_close (&decide);
  start_decide ();
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

START_TEST (fifty_copies_at_once)
{
  int i;

  for (i = 0; i < 50; i++)
    send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (claims (), 1);
  ck_assert_uint_eq (decide.counts[REFUSAL_REPLAY], 49);
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_uint_eq (asked (), 0);
  reply_release (receive ());
  ck_assert_ptr_null (receive ());
}
END_TEST

START_TEST (more_than_a_batch)
{
  unsigned int n = 0, i;

  for (i = 0; i < DECIDE_BATCH + 20; i++)
    {
      next_request (REQUEST_OPEN);
      send_request (FPR_ALICE);
    }
  turn ();
  ck_assert_uint_eq (claims (), DECIDE_BATCH);
  turn ();
  ck_assert_uint_eq (claims (), DECIDE_BATCH + 20);
  while (asked ())
    n++;
  ck_assert_uint_eq (n, DECIDE_BATCH + 20);
}
END_TEST

/* What a transaction holds is all claimed, or nothing is done.  */
START_TEST (a_full_disk)
{
  unsigned int i;

  sqlite3_exec (store_db (decide.store), "PRAGMA max_page_count = 1", NULL,
                NULL, NULL);
  for (i = 0; i < 500 && !decide.counts[REFUSAL_STORE]; i++)
    {
      next_request (REQUEST_OPEN);
      send_request (FPR_ALICE);
      turn ();
      if (decide.counts[REFUSAL_STORE])
        break;
      ck_assert_uint_eq (asked (), PACKET_GRANT);
      grant_it (30);
      reply_release (receive ());
    }
  ck_assert_uint_eq (decide.counts[REFUSAL_STORE], 1);
  ck_assert_uint_eq (asked (), 0);
  ck_assert_ptr_null (receive ());
  sqlite3_exec (store_db (decide.store), "PRAGMA max_page_count = 100000",
                NULL, NULL, NULL);
  opens ();                     /* The very same: it was not spent.  */
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
}
END_TEST

START_TEST (nobody)
{
  send_request (CAROL);
  is_refused (REFUSAL_NO_USER);
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

START_TEST (a_refused_one_is_spent)
{
  ck_assert_uint_eq (netspec_ports_parse ("tcp/80", &req->ports), 0);
  send_request (FPR_ALICE);
  is_refused (REFUSAL_PORTS);
  HAS ("nearest is rule ssh");
  send_request (FPR_ALICE);
  falls (REFUSAL_REPLAY);
}
END_TEST

START_TEST (an_attachment)
{
  const char *why;
  char *text;
  size_t len;

  ck_assert_uint_eq (request_write (req, &text, &len, &why), 0);
  send_text (text, len, FPR_ALICE, true);
  request_text_release (text, len);
  is_refused (REFUSAL_ATTACHMENT);
}
END_TEST

START_TEST (no_reply_wanted)
{
  reply_t reply;

  req->no_reply = true;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_ptr_null (receive ());
  next_request (REQUEST_OPEN);
  config->replies = false;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  ck_assert_ptr_null (receive ());
  next_request (REQUEST_OPEN);
  config->replies = true;
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
  reply = receive ();
  ck_assert_ptr_nonnull (reply);
  reply_release (reply);
}
END_TEST

START_TEST (act_says_no)
{
  struct packet_denied denied = { REFUSAL_FIREWALL };
  reply_t reply;

  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_uint_eq (packet_send_denied (act_fd, asked_id, &denied), 0);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, refusal_told (REFUSAL_FIREWALL));
  reply_release (reply);
  HAS (refusal_text (REFUSAL_FIREWALL));
}
END_TEST

/* No answer: refused, and what act may still open it is to shut.  */
START_TEST (act_is_gone)
{
  char hex[2 * REQUEST_HASHLEN + 1];
  reply_t reply;
  uint64_t id;

  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  id = asked_id;
  pass (2);
  turn ();
  ck_assert_ptr_null (receive ());
  pass (2);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_REFUSED);
  ck_assert_str_eq (reply->reason, refusal_told (REFUSAL_ACT_GONE));
  reply_release (reply);
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_str_eq (asked_close.user, "alice");
  snprintf (hex, sizeof hex, "%s", strstr (last_row (), "\"request\":\"")
            + 11);
  ck_assert_uint_eq (strlen (hex), 2 * REQUEST_HASHLEN);
  ck_assert_str_eq (asked_close.prefix, hex);
  asked_id = id;                /* An answer that is late is no harm.  */
  grant_it (30);
  ck_assert_ptr_null (receive ());
  next_request (REQUEST_OPEN);
  opens ();
}
END_TEST

START_TEST (one_waits_and_others_go_on)
{
  uint64_t first;

  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  first = asked_id;
  next_request (REQUEST_OPEN);
  opens ();
  ck_assert_uint_eq (calls_count (decide.calls), 1);
  asked_id = first;
  grant_it (30);
  ck_assert_uint_eq (calls_count (decide.calls), 0);
}
END_TEST

/* Nobody asked for a list: its first part is the answer, whatever follows. */
START_TEST (a_list_for_a_grant)
{
  struct packet_listed listed;

  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  memset (&listed, 0, sizeof listed);
  listed.number = 1;
  listed.grant = asked_grant;
  listed.since = clock_seconds (&moment);
  listed.until = listed.since + 30;
  ck_assert_uint_eq (packet_send_listed (act_fd, asked_id, &listed), 0);
  turn ();
  ck_assert_uint_eq (calls_count (decide.calls), 0);
  grant_it (30);
  ck_assert_ptr_nonnull (strstr (last_row (), "act"));
}
END_TEST

START_TEST (closing_my_own)
{
  struct packet_closed closed = { 0, 2 };
  reply_t reply;

  next_request (REQUEST_CLOSE);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_str_eq (asked_close.user, "alice");
  ck_assert_str_eq (asked_close.prefix, "");
  ck_assert (asked_close.all);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_str_eq (reply->reason, "2 closed");
  reply_release (reply);
  HAS ("\"action\":\"close\"");
  next_request (REQUEST_CLOSE);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  closed = (struct packet_closed){ REFUSAL_NOTHING, 0 };
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  turn ();
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_REFUSED);
  reply_release (reply);
}
END_TEST

START_TEST (whoami)
{
  reply_t reply;

  next_request (REQUEST_WHOAMI);
  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), 0);
  reply = receive ();
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_uint_eq (reply->port, origin.sport);
  ck_assert_ptr_nonnull (strstr (reply->output, "you are alice\n"));
  ck_assert_ptr_nonnull (strstr (reply->output, "rule ssh: tcp/22"));
  reply_release (reply);
  HAS ("\"action\":\"whoami\"");
}
END_TEST

START_TEST (what_the_others_refused)
{
  struct packet_refused refused = { origin, "", REFUSAL_UNKNOWN_KEY };
  struct packet_counts counts;

  ck_assert_uint_eq (packet_send_refused (verify_fd, 0, &refused), 0);
  turn ();
  HAS (refusal_text (REFUSAL_UNKNOWN_KEY));
  HAS ("127.0.0.1");
  memset (&counts, 0, sizeof counts);
  counts.n[REFUSAL_SEAL] = 9;
  counts.passed = 4;
  memcpy (counts.door[7].name, "main", 5);      /* Numbered otherwise.  */
  counts.door[7].passed = 3;
  counts.door[7].previous = 1;
  memcpy (counts.door[6].name, "gone", 5);
  counts.door[6].passed = 1;
  ck_assert_uint_eq (packet_send_counts (verify_fd, 0, &counts), 0);
  turn ();
  ck_assert_uint_eq (decide.counts[REFUSAL_SEAL], 9);
  ck_assert_uint_eq (decide.passed, 4);
  ck_assert_uint_eq (decide.door[0].passed, 3);
  ck_assert_uint_eq (decide.door[0].previous, 1);
  HAS (refusal_text (REFUSAL_SEAL));
}
END_TEST

START_TEST (a_flushed_table)
{
  struct packet_rebuilt rebuilt = { 3 };

  ck_assert_uint_eq (packet_send_rebuilt (act_fd, 0, &rebuilt), 0);
  turn ();
  HAS ("\"result\":\"event\"");
  HAS ("3 grants");
}
END_TEST

START_TEST (the_configuration_ended_grants)
{
  struct packet_ended ended = { 2 };

  ck_assert_uint_eq (packet_send_ended (act_fd, 0, &ended), 0);
  turn ();
  HAS ("\"result\":\"event\"");
  HAS ("2 grants ended");
}
END_TEST

START_TEST (an_unexpected_message)
{
  int wait;

  ck_assert_uint_eq (message_send (verify_fd, PACKET_GRANTED, 0,
                                   "123456789012", 12), 0);
  ck_assert_uint_eq (gpg_err_code (decide_turn (&decide, false, &wait)),
                     GPG_ERR_UNEXPECTED_MSG);
  ck_assert_uint_eq (message_send (act_fd, PACKET_KEPT, 0, NULL, 0), 0);
  ck_assert_uint_eq (gpg_err_code (decide_turn (&decide, false, &wait)),
                     GPG_ERR_UNEXPECTED_MSG);
  ck_assert_uint_eq (message_send (act_fd, PACKET_DENIED, 0, "\0\0", 2), 0);
  ck_assert_uint_ne (decide_turn (&decide, false, &wait), 0);
}
END_TEST

START_TEST (posternd_is_gone)
{
  int wait;

  close (parent_fd);
  ck_assert_uint_eq (gpg_err_code (decide_turn (&decide, false, &wait)),
                     GPG_ERR_EOF);
}
END_TEST

/* Told to stop, it takes nothing new, and ends what it has.  */
START_TEST (stopping)
{
  struct packet_granted granted = { 1800000060, 30 };
  int wait;

  send_request (FPR_ALICE);
  turn ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  next_request (REQUEST_OPEN);
  send_request (FPR_ALICE);
  ck_assert_uint_eq (decide_turn (&decide, true, &wait), 0);
  ck_assert_uint_eq (claims (), 1);
  ck_assert_uint_eq (asked (), 0);
  ck_assert_uint_eq (packet_send_granted (act_fd, asked_id, &granted), 0);
  ck_assert_uint_eq (decide_turn (&decide, true, &wait), 0);
  ck_assert_uint_eq (calls_count (decide.calls), 0);
  decide_close (&decide);
  start_decide ();              /* The next one finds the other.  */
  turn ();
  ck_assert_uint_eq (claims (), 2);
}
END_TEST

START_TEST (the_clock_is_told)
{
  turn ();
  moment.wall += 1000 * (int64_t)CLOCK_SECOND;
  pass (2);
  turn ();
  HAS ("\"result\":\"event\"");
  HAS ("the clock was stepped");
}
END_TEST


/* A change of any table or trigger of the store needs another STORE_VERSION,
   and this hash with it.  */
START_TEST (tables_are_of_their_version)
{
  sqlite3_stmt *stmt;
  unsigned char hash[REQUEST_HASHLEN];
  char hex[2 * REQUEST_HASHLEN + 1] = "";

  ck_assert_uint_eq (database_prepare (store_db (decide.store),
                                    "SELECT (SELECT user_version"
                                    " FROM pragma_user_version) || ': ' ||"
                                    " group_concat (sql, ';') FROM (SELECT sql"
                                    " FROM sqlite_schema WHERE type IN"
                                    " ('table', 'trigger')"
                                    " AND name NOT LIKE 'sqlite%'"
                                    " ORDER BY name)", &stmt), 0);
  ck_assert_int_eq (sqlite3_step (stmt), SQLITE_ROW);
  request_hash (sqlite3_column_text (stmt, 0),
                (size_t)sqlite3_column_bytes (stmt, 0), hash);
  sqlite3_finalize (stmt);
  encode_hex (hash, sizeof hash, hex);
  ck_assert_str_eq (hex, "7dd2e5b181a89f3075407273f68840ee3272775352676af69a4b738e816f417e");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decide");
  TCase *tc = tcase_create ("decide");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup_kit, teardown_kit);
  tcase_add_test (tc, a_request_opens);
  tcase_add_test (tc, a_cut_is_told);
  tcase_add_test (tc, the_previous_key_is_told);
  tcase_add_test (tc, words_of_a_person);
  tcase_add_test (tc, no_request_at_all);
  tcase_add_test (tc, for_another_server);
  tcase_add_test (tc, too_old);
  tcase_add_test (tc, from_the_future);
  tcase_add_test (tc, signed_at_another_time);
  tcase_add_test (tc, the_future_does_not_come);
  tcase_add_test (tc, the_past_does_not_come_back);
  tcase_add_test (tc, before_the_horizon);
  tcase_add_test (tc, a_replay);
  tcase_add_test (tc, a_replay_after_a_restart);
  tcase_add_test (tc, fifty_copies_at_once);
  tcase_add_test (tc, more_than_a_batch);
  tcase_add_test (tc, a_full_disk);
  tcase_add_test (tc, nobody);
  tcase_add_test (tc, a_refused_one_is_spent);
  tcase_add_test (tc, an_attachment);
  tcase_add_test (tc, no_reply_wanted);
  tcase_add_test (tc, act_says_no);
  tcase_add_test (tc, act_is_gone);
  tcase_add_test (tc, one_waits_and_others_go_on);
  tcase_add_test (tc, a_list_for_a_grant);
  tcase_add_test (tc, closing_my_own);
  tcase_add_test (tc, whoami);
  tcase_add_test (tc, what_the_others_refused);
  tcase_add_test (tc, a_flushed_table);
  tcase_add_test (tc, the_configuration_ended_grants);
  tcase_add_test (tc, an_unexpected_message);
  tcase_add_test (tc, posternd_is_gone);
  tcase_add_test (tc, stopping);
  tcase_add_test (tc, the_clock_is_told);
  tcase_add_test (tc, tables_are_of_their_version);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
