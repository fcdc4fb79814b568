/* decide-claim.c - Steps: a request works once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What came in one turn is judged by one reading of the clocks and claimed
 * in one transaction, which syncs once for all of them.  So a job waits
 * twice here: until all have come, and until its claim is on the disk.  No
 * step after that may be taken before: whoever carries something out relies
 * on it.  */

#include "steps.h"

#include <string.h>

#include "../../common/base/log.h"
#include "decide-parts.h"


/* decide_hear_verify leaves in the channel what has no room.  */
static enum way
join_batch (struct job *job)
{
  struct decide *decide = job->decide;

  decide->batch[decide->n_batch++] = job;
  return WAY_WAIT;
}


enum way
step_gather (struct job *job)
{
  return join_batch (job);
}


/* Whether another of the batch has the same hash.  */
static bool
is_in_batch (const struct job *job)
{
  struct decide *decide = job->decide;
  unsigned int i;

  for (i = 0; i < decide->n_batch; i++)
    if (!memcmp (decide->batch[i]->row.request, job->row.request,
                 REQUEST_HASHLEN))
      return true;
  return false;
}


/* A copy that came before: it need not be claimed, and costs nobody
   anything.  The claim itself is what makes sure.  */
enum way
step_replay (struct job *job)
{
  bool found;
  gpg_error_t err = store_find (job->decide->store, job->row.request, &found);

  if (err)
    {
      log_error ("claims cannot be read: %s", gpg_strerror (err));
      return job_end (job, REFUSAL_STORE, NULL);
    }
  return found || is_in_batch (job) ? job_end (job, REFUSAL_REPLAY, NULL)
    : WAY_GO_ON;
}


enum way
step_claim (struct job *job)
{
  return join_batch (job);
}


/* Within the transaction.  The row of the audit goes with its claim, unless
   it is out of its time, and counted only.  */
static gpg_error_t
claim_one (struct job *job, bool *r_new)
{
  struct decide *decide = job->decide;
  gpg_error_t err = replay_claim (decide->replay, job->row.request,
                                  job->req->time, r_new);

  if (!err && *r_new && !job->refusal)
    err = audit_claim (decide->audit, &job->row, job->blob, job->blob_len);
  return err;
}


/* All are claimed, or none is and each is refused.  */
static void
claim_all (struct decide *decide)
{
  bool is_new[DECIDE_BATCH];
  struct job *job;
  unsigned int i;
  gpg_error_t err = replay_begin (decide->replay);

  for (i = 0; !err && i < decide->n_batch; i++)
    err = claim_one (decide->batch[i], is_new + i);
  if (!err)
    err = replay_commit (decide->replay);
  if (err)
    {
      replay_abort (decide->replay);
      log_error ("a claim cannot be stored: %s", gpg_strerror (err));
    }
  for (i = 0; i < decide->n_batch; i++)
    {
      job = decide->batch[i];
      if (err)
        job_end (job, REFUSAL_STORE, NULL);
      else if (!is_new[i])
        job_end (job, REFUSAL_REPLAY, NULL);
      else if (!job->refusal)
        {
          job->state = JOB_CLAIMED;
          job->row.result = NULL;       /* "claimed" until it is known.  */
        }
    }
}


/* Those who waited go on; some may come back, each to a place that is free
   by then.  */
static void
resume_batch (struct decide *decide)
{
  unsigned int i, n = decide->n_batch;

  decide->n_batch = 0;
  for (i = 0; i < n; i++)
    way_resume (decide->batch[i], NULL);
}


void
claim_batch (struct decide *decide)
{
  replay_look (decide->replay, &decide->now);
  resume_batch (decide);        /* Up to step_claim, or away.  */
  if (!decide->n_batch)
    return;
  claim_all (decide);
  resume_batch (decide);
}
