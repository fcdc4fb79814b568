/* way.c - A request's way: its steps, top to bottom.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The walker (walk.c) takes a job through this list; no step is reached in
 * another way.  Each says whether to go on, to wait for an answer, which the
 * function beside it takes, or that it is done, which leaves the last steps.
 * HACKING.md, "How to add a step".
 *
 * The order is what Postern promises.  Only the packet that made the claim
 * gets past step_claim, and it is on the disk then: nothing is acted on
 * before.  What is refused up to there is counted and never answered, so
 * that nobody without a right can make this server speak.  */

#include "steps.h"

#define ALL STEP_ALL
#define OPEN STEP_FOR (OPEN)
#define CLOSE STEP_FOR (CLOSE)
#define RUN STEP_FOR (RUN)
#define APPROVE STEP_FOR (APPROVE)
#define DENY STEP_FOR (DENY)
#define WHOAMI STEP_FOR (WHOAMI)
#define RESULT STEP_FOR (RESULT)
#define PENDING STEP_FOR (PENDING)

const struct step way_steps[] =
  {
    /* decide-parse.c: the grammar; is it for this server?  */
    { ALL, step_parse, NULL },
    { ALL, step_to, NULL },
    /* decide-claim.c: wait for all that came in this turn: one reading of
       the clocks judges them, and one transaction claims those left.  */
    { ALL, step_gather, NULL },
    /* decide-age.c: age, horizon; signed before its person changed?  */
    { ALL, step_age, NULL },
    { ALL, step_replay, NULL },         /* decide-claim.c: no copy.  */
    { ALL, step_rate, NULL },           /* decide-rate.c  */
    { ALL, step_claim, NULL },          /* decide-claim.c: on the disk.  */

    { ALL, step_policy, NULL },         /* decide-policy.c, policy.c  */
    { OPEN | RUN, step_emergency, NULL },       /* decide-pending.c  */
    { APPROVE | DENY, step_approver, NULL },    /* decide-approve.c  */
    { RUN, step_resolve, NULL },        /* decide-resolve.c: which argv?  */
    { ALL, step_credential, credential_answered },      /* decide-vouch.c  */
    /* decide-pending.c: what others must approve is pending from here on,
       and comes back here.  */
    { OPEN | RUN, step_approvals, NULL },

    /* The order: one of these.  */
    { WHOAMI, step_whoami, NULL },      /* decide-tell.c  */
    { RESULT, step_result, NULL },      /* decide-result.c  */
    { PENDING, step_list, NULL },       /* decide-tell.c  */
    { DENY, step_deny, NULL },          /* decide-approve.c  */
    { APPROVE, step_recheck_signatures, recheck_answered },
    { APPROVE, step_approve, NULL },    /* decide-approve.c  */
    { OPEN | CLOSE, step_act, act_answered },   /* decide-act.c  */
    { RUN, step_run, run_answered },    /* decide-run.c  */

    /* decide-finish.c: for those who are done, too.  */
    { ALL | STEP_LAST, step_reply, NULL },
    { ALL | STEP_LAST, step_row, NULL },
    { 0, NULL, NULL }
  };
