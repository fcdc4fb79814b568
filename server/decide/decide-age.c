/* decide-age.c - Step: was it signed in time?
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "steps.h"

#include "decide.h"
#include "policy.h"


/* Whether it was signed before its person was let in, or let in again.  */
static bool
is_from_before (struct job *job)
{
  struct decide *decide = job->decide;
  const struct config_user *user = config_user_by_fpr (decide->config,
                                                       job->primary);

  if (!user)
    return false;
  since_look (decide->people, user, job->key_state, job->keys_changed,
              &decide->now);
  return since_is_before (decide->people, user, job->req->time,
                          &decide->now);
}


/* By how much it is early or late.  */
static void
note_time (struct job *job)
{
  struct decide *decide = job->decide;
  uint64_t now = clock_seconds (&decide->now), time = job->req->time;

  if (job->refusal == REFUSAL_FROM_FUTURE)
    job_note (job, "%llu s ahead of this clock, max-ahead is %u s",
              (unsigned long long)(time - now), decide->config->max_ahead);
  else if (job->refusal == REFUSAL_TOO_OLD)
    job_note (job, "%llu s old, max-age is %u s",
              (unsigned long long)(now - time), decide->config->max_age);
}


/* What is out of its time goes on to be claimed, with its refusal, so that
   nobody who recorded it can send it again when the clock has come to it.
   What is refused for ever needs no claim.  */
enum way
step_age (struct job *job)
{
  struct decide *decide = job->decide;
  replay_t replay = decide->replay;

  if (!policy_signed_then (decide->config, job->req->time, job->signed_at))
    return job_end (job, REFUSAL_SIGNED_WHEN, NULL);
  job->refusal = replay_check (replay, job->req->time);
  if (is_from_before (job) && !job->refusal)
    job->refusal = REFUSAL_CHANGED;
  note_time (job);
  job->row.time = clock_seconds (&decide->now);
  return job->refusal && !replay_is_open (replay, job->req->time)
    ? WAY_DONE : WAY_GO_ON;
}
