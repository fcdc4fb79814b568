/* walk.c - The walker: it takes a job from step to step.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "walk.h"

#include "decide.h"


static bool
is_taken (const struct step *step, const struct job *job)
{
  return (step->who & STEP_ALL) == STEP_ALL
         || step->who >> job->req->action & 1;
}


/* WAY is what the step said at which JOB stands.  After WAY_WAIT nothing
   here looks at JOB: the answer may have come meanwhile.  */
static void
walk_on (struct job *job, enum way way)
{
  const struct step *step;

  while (way != WAY_WAIT)
    {
      step = job->decide->way + ++job->step;
      if (!step->take)
        {
          job_release (job);
          return;
        }
      if (way == WAY_DONE && !(step->who & STEP_LAST))
        continue;
      way = is_taken (step, job) ? step->take (job) : WAY_GO_ON;
    }
}


void
way_begin (struct job *job)
{
  job->step = 0;
  walk_on (job, job->decide->way->take (job));
}


void
way_resume (void *hook, const struct calls_answer *answer)
{
  struct job *job = hook;
  const struct step *step = job->decide->way + job->step;
  enum way way = WAY_GO_ON;

  if (job->refusal)
    way = WAY_DONE;
  else if (step->answered)
    way = step->answered (job, answer);
  walk_on (job, way);
}


void
way_rejoin (struct job *job, step_take_t take)
{
  const struct step *way = job->decide->way;

  for (job->step = 0; way[job->step].take != take; job->step++)
    ;
  way_resume (job, NULL);
}


gpg_error_t
way_ask (struct job *job, int fd, enum packet_type type, const void *body,
         int64_t time_us)
{
  struct decide *decide = job->decide;

  return calls_ask (decide->calls, fd, type, decide_new_id (decide), body,
                    decide->now.boot + time_us, way_resume, job);
}
