/* walk.h - The walker: it takes a job from step to step.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing else calls a step or what takes its answer, so the list in way.c
 * is all of a request's way.  */

#ifndef POSTERN_WALK_H
#define POSTERN_WALK_H

#include "calls.h"
#include "job.h"

/* Who takes a step.  */
#define STEP_FOR(action) (1u << REQUEST_##action)
#define STEP_LAST 1u            /* Those who are done too.  */
#define STEP_ALL (~STEP_LAST)

typedef enum way (*step_take_t) (struct job *job);
typedef enum way (*step_answered_t) (struct job *job,
                                     const struct calls_answer *answer);

struct step
{
  unsigned int who;
  step_take_t take;             /* NULL: the end of the list.  */
  step_answered_t answered;     /* What it waited for has come, or (type 0)
                                   has not.  It may wait for more.  NULL: it
                                   goes on.  */
};

/* JOB begins its way.  It may be gone on return, as with the next two.  */
void way_begin (struct job *job);

/* What JOB, a struct job, waited for is there: ANSWER, or NULL where that
   is told by what stands in JOB.  The one way back for all who wait.  A job
   that has been refused meanwhile is done; any other goes on as its step
   says.  */
void way_resume (void *job, const struct calls_answer *answer);

/* JOB waited at the step TAKE, in this process or in one before: the
   same.  */
void way_rejoin (struct job *job, step_take_t take);

/* Send BODY, a struct of TYPE, to FD, with the newest id; JOB waits for the
   answer for TIME_US.  Errors as calls_ask's.  */
gpg_error_t way_ask (struct job *job, int fd, enum packet_type type,
                     const void *body, int64_t time_us);

#endif /*POSTERN_WALK_H*/
