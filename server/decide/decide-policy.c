/* decide-policy.c - Step: may this person do what they ask?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The request is spent, whatever comes of it.  policy.c has the rules; the
 * same are asked again when what was pending is approved.  */

#include "steps.h"

#include "decide-parts.h"


struct policy_case
policy_case_of (const struct job *job, bool attachment)
{
  return (struct policy_case){ job->req, &job->origin, job->primary,
                               attachment,
                               decide_now_s (job->decide) };
}


void
policy_judge_job (struct job *job, bool attachment)
{
  struct policy_case pcase = policy_case_of (job, attachment);

  policy_judge (job->decide->config, &pcase, &job->verdict);
}


enum way
step_policy (struct job *job)
{
  policy_judge_job (job, job->attachment != NULL);
  return job->verdict.refusal ? job_end (job, job->verdict.refusal, NULL)
    : WAY_GO_ON;
}
