/* decide-rate.c - Step: has this person asked too often?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It comes after the step that refuses copies, for a copy of what was
 * claimed must cost its person nothing: others can send it, as often as they
 * like.  */

#include "steps.h"

#include <string.h>

#include "decide.h"


/* What is refused here leaves nothing but a count, and is not claimed: who
   has no right at all could fill the disk with claims and rows.  */
enum way
step_rate (struct job *job)
{
  struct decide *decide = job->decide;
  struct audit_row row = { .time = job->row.time, .user = job->row.user,
                           .source = job->row.source,
                           .sport = job->row.sport };

  if (rate_take (decide->rate, job->primary, decide->now.boot))
    return WAY_GO_ON;
  memcpy (row.fpr, job->row.fpr, sizeof row.fpr);
  job->row = row;
  return job_end (job, REFUSAL_RATE, NULL);
}
