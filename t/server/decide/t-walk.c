/* t-walk.c - The walker, on a list of the test's own; and the real list.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/decide/steps.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../common/base/secret.h"
#include "../../../server/decide/decide.h"

static struct decide decide;
static struct job *job;
static char taken[32];          /* A letter for each step.  */
static enum way answer_is;
static uint16_t answered_type;


static enum way
take (const char *letter, enum way way)
{
  size_t len = strlen (taken);

  snprintf (taken + len, sizeof taken - len, "%s", letter);
  return way;
}

static enum way
first (struct job *j)
{
  (void)j;
  return take ("1", WAY_GO_ON);
}

static enum way
maybe_done (struct job *j)
{
  return take ("2", j->refusal ? WAY_DONE : WAY_GO_ON);
}

static enum way
waits (struct job *j)
{
  (void)j;
  return take ("w", WAY_WAIT);
}

static enum way
waits_answered (struct job *j, const struct calls_answer *answer)
{
  (void)j;
  answered_type = answer ? answer->type : 1;
  return take ("a", answer_is);
}

static enum way
closes (struct job *j)
{
  (void)j;
  return take ("c", WAY_GO_ON);
}

static enum way
opens (struct job *j)
{
  (void)j;
  return take ("o", WAY_GO_ON);
}

static enum way
last (struct job *j)
{
  (void)j;
  return take ("l", WAY_GO_ON);
}

static const struct step list[] =
  {
    { STEP_ALL, first, NULL },
    { STEP_ALL, maybe_done, NULL },
    { STEP_FOR (OPEN) | STEP_FOR (RUN), waits, waits_answered },
    { STEP_FOR (CLOSE), closes, NULL },
    { STEP_FOR (OPEN), opens, NULL },
    { STEP_ALL | STEP_LAST, last, NULL },
    { 0, NULL, NULL }
  };


static void
setup (void)
{
  ck_assert_uint_eq (secret_init (65536), 0);
  memset (&decide, 0, sizeof decide);
  decide.way = list;
  ck_assert_uint_eq (calls_new (&decide.calls), 0);
  *taken = 0;
  answer_is = WAY_GO_ON;
}

static void
teardown (void)
{
  calls_release (decide.calls);
}

static void
begin (enum request_action action, enum refusal refusal)
{
  struct packet_origin origin;

  memset (&origin, 0, sizeof origin);
  ck_assert_uint_eq (job_create (&decide, &origin, "AA", &job), 0);
  ck_assert_uint_eq (request_new (&job->req), 0);
  job->req->action = action;
  job->refusal = refusal;
  way_begin (job);
}


START_TEST (each_takes_its_own)
{
  begin (REQUEST_CLOSE, REFUSAL_NONE);
  ck_assert_str_eq (taken, "12cl");
}
END_TEST


START_TEST (done_leaves_the_last)
{
  begin (REQUEST_CLOSE, REFUSAL_NO_RULE);
  ck_assert_str_eq (taken, "12l");
}
END_TEST


/* It may wait for more than one answer; then the next step comes.  */
START_TEST (an_answer_goes_on)
{
  struct calls_answer answer = { .type = PACKET_RUNNING };

  begin (REQUEST_OPEN, REFUSAL_NONE);
  ck_assert_str_eq (taken, "12w");
  answer_is = WAY_WAIT;
  way_resume (job, &answer);
  ck_assert_str_eq (taken, "12wa");
  ck_assert_uint_eq (answered_type, PACKET_RUNNING);
  answer_is = WAY_GO_ON;
  way_resume (job, NULL);
  ck_assert_str_eq (taken, "12waaol");
}
END_TEST


START_TEST (an_answer_is_the_end)
{
  struct calls_answer answer = { .type = PACKET_DENIED };

  begin (REQUEST_OPEN, REFUSAL_NONE);
  answer_is = WAY_DONE;
  way_resume (job, &answer);
  ck_assert_str_eq (taken, "12wal");
}
END_TEST


/* Who is refused while they wait need no answer.  */
START_TEST (refused_meanwhile)
{
  begin (REQUEST_OPEN, REFUSAL_NONE);
  job_end (job, REFUSAL_VOUCH_BUSY, NULL);
  way_resume (job, NULL);
  ck_assert_str_eq (taken, "12wl");
}
END_TEST


START_TEST (no_answer_in_time)
{
  int wait;

  begin (REQUEST_OPEN, REFUSAL_NONE);
  ck_assert_uint_eq (calls_add (decide.calls, 7, 1000, way_resume, job), 0);
  calls_expire (decide.calls, 999, &wait);
  ck_assert_str_eq (taken, "12w");
  calls_expire (decide.calls, 1000, &wait);
  ck_assert_str_eq (taken, "12waol");
  ck_assert_uint_eq (answered_type, 0);
}
END_TEST


/* What was pending begins there, and not at the top.  */
START_TEST (back_where_it_waited)
{
  begin (REQUEST_RUN, REFUSAL_NONE);
  *taken = 0;
  way_rejoin (job, waits);
  ck_assert_str_eq (taken, "al");
}
END_TEST


static unsigned int
place_of (step_take_t step)
{
  unsigned int i;

  for (i = 0; way_steps[i].take != step; i++)
    ck_assert_ptr_nonnull (way_steps[i].take);
  return i;
}


/* What Postern promises by the order of the real list.  */
START_TEST (order)
{
  static const step_take_t before_claim[] =
    { step_parse, step_to, step_gather, step_age, step_replay, step_rate };
  static const step_take_t acts[] =
    { step_act, step_run, step_approve, step_deny, step_result, step_list,
      step_whoami };
  unsigned int i, claim = place_of (step_claim);

  for (i = 0; i < sizeof before_claim / sizeof *before_claim; i++)
    ck_assert_uint_eq (place_of (before_claim[i]), i);
  ck_assert_uint_eq (claim, i);
  ck_assert_uint_eq (place_of (step_policy), claim + 1);
  ck_assert_uint_lt (place_of (step_credential), place_of (step_approvals));
  for (i = 0; i < sizeof acts / sizeof *acts; i++)
    ck_assert_uint_gt (place_of (acts[i]), place_of (step_approvals));
  ck_assert_uint_lt (place_of (step_recheck_signatures),
                     place_of (step_approve));
  for (i = 0; way_steps[i].take; i++)
    ck_assert_int_eq (way_steps[i].who & STEP_LAST,
                      i >= place_of (step_reply));
  ck_assert_uint_eq (place_of (step_row), i - 1);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("walk");
  TCase *tc = tcase_create ("walk");
  SRunner *runner;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, each_takes_its_own);
  tcase_add_test (tc, done_leaves_the_last);
  tcase_add_test (tc, an_answer_goes_on);
  tcase_add_test (tc, an_answer_is_the_end);
  tcase_add_test (tc, refused_meanwhile);
  tcase_add_test (tc, no_answer_in_time);
  tcase_add_test (tc, back_where_it_waited);
  tcase_add_test (tc, order);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
