/* wait-kit.h - The two-person rule, with decide in the test's hands.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program.  It adds to decide-kit.h the
 * people alice, bob (ops) and carol (ops and sec), rules and a hook for the
 * configuration, and the moves of a request that needs approvals:
 *
 *   ask, ask_and_wait   Ask to open as a fingerprint; then also take the
 *                       reply that says it is pending.
 *   say                 Approve or deny what was asked last.
 *   carried_out         act is asked, answers, and the approver is told.
 *   begin, tells        A command that runs for long, and what its result
 *                       says to a person.
 *   reload              Begin again with another access.conf.  */

#ifndef POSTERN_TEST_WAIT_KIT_H
#define POSTERN_TEST_WAIT_KIT_H

#include "decide-kit.h"
#include "../../../common/base/encode.h"

#define FPR_CAROL "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define FPR_OP4  "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

#define PEOPLE                                                          \
  "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"             \
  "user bob { key = '" FPR_BOB "' groups = {'ops'} }\n"                 \
  "user carol { key = '" FPR_CAROL "' groups = {'ops', 'sec'} }\n"
#define RULE(n, approvers, more)                                        \
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} approvals = " n         \
  " approvers = {" approvers "} " more " }\n"
#define HOOK                                                            \
  "hook tell { run-as = 'nobody' argv = {'/bin/a'} }\n"

static unsigned char waits[REQUEST_HASHLEN];    /* The last one asked.  */
static char id[2 * REQUEST_HASHLEN + 1];


/* Begin again with another access.conf, as after a reload.  */
static inline void
reload (const char *access)
{
  decide_close (&decide);
  put ("access.conf", access);
  accepted ();
  start_decide ();
  turn ();
}


static inline void
result_is (enum reply_result result, const char *reason)
{
  reply_t reply = receive ();

  ck_assert_ptr_nonnull (reply);
  ck_assert_msg (reply->result == result && reply->reason
                 && strstr (reply->reason, reason), "%s: %s",
                 reply_result_name (reply->result), reply->reason);
  reply_release (reply);
}


/* The next request is what waits.  */
static inline void
note_waiting (void)
{
  char *text;
  size_t len;

  ck_assert (!request_write (req, &text, &len, NULL));
  request_hash (text, len, waits);
  encode_hex (waits, sizeof waits, id);
  request_text_release (text, len);
}


/* Ask to open, as FPR; it waits.  */
static inline void
ask (const char *fpr)
{
  next_request (REQUEST_OPEN);
  note_waiting ();
  send_request (fpr);
  turn ();
  ck_assert_uint_eq (asked (), 0);
}


static inline void
ask_and_wait (const char *fpr)
{
  ask (fpr);
  result_is (REPLY_PENDING, "waits for");
}


/* Approve (or deny) what waits, as FPR.  */
static inline void
say (enum request_action action, const char *fpr)
{
  next_request (action);
  req->has_request = true;
  memcpy (req->request, waits, sizeof waits);
  send_request (fpr);
  turn ();
  recheck ();
}


/* Who approved is told, but not before act has answered.  */
static inline void
carried_out (void)
{
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  ck_assert_ptr_null (receive ());
  grant_it (30);
  result_is (REPLY_DONE, "approved, and carried out: open tcp/22");
}


/* act begins what was approved, and it runs for long.  */
static inline void
begin (void)
{
  ck_assert_uint_eq (asked (), PACKET_RUN);
  ck_assert_uint_eq (message_send (act_fd, PACKET_RUNNING, asked_id, NULL,
                                   0), 0);
  turn ();
  ck_assert_ptr_null (receive ());
  pass (4);
  turn ();
}


/* What came of it is told to who asked, and to nobody else.  */
static inline void
tells (const char *fpr, enum reply_result result, const char *reason)
{
  next_request (REQUEST_RESULT);
  req->has_request = true;
  memcpy (req->request, waits, sizeof waits);
  send_request (fpr);
  turn ();
  result_is (result, reason);
}

/* Let nothing that waits be taken out of the store; or let it again.  */
static inline void
hold_waiting (bool hold)
{
  ck_assert (!sqlite3_exec (store_db (decide.store), hold
                            ? "CREATE TEMP TRIGGER no BEFORE DELETE ON waiting"
                            " BEGIN SELECT RAISE (FAIL, 'no'); END"
                            : "DROP TRIGGER no", NULL, NULL, NULL));
}

#endif /*POSTERN_TEST_WAIT_KIT_H*/
