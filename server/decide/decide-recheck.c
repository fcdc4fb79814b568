/* decide-recheck.c - Do the signatures that a request waits by still count?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between a request and its last approval a key can be revoked, expire or
 * be disabled.  So before that approval is taken verify looks again at what
 * the asker and the approvers before signed, by the audit's copy, as it did
 * when it came: the asker's ends the request, and an approver's no longer
 * counts.  Where verify cannot tell, the approval is refused and can be
 * given again.  */

#include "decide.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/log.h"

#define RECHECK_TIME (6 * (int64_t)CLOCK_SECOND)
#define REASONLEN 128

static void ask_next (struct job *job);


/* Verify did not work, which says nothing about a signature.  */
static bool
is_failure (enum refusal refusal)
{
  return refusal == REFUSAL_VERIFY_DEADLINE
         || refusal == REFUSAL_VERIFY_FAILED;
}


/* The asker's signature is refused: nothing waits any more.  */
static void
end_waiting (struct job *job, struct pending *pending, enum refusal refusal)
{
  char reason[REASONLEN];

  snprintf (reason, sizeof reason, "it has ended: of %s, who asked, %s",
            pending->user, refusal_text (refusal));
  decide_deny (job->decide, pending, refusal, NULL);
  decide_finish (job, REFUSAL_NOT_WAITING, reason);
}


/* Whether the signature that comes next, which FPR is said to have made,
   is REFUSAL-free and FPR's.  */
static enum refusal
judge (const struct packet_rechecked *rechecked, const char *fpr)
{
  if (rechecked->refusal)
    return (enum refusal)rechecked->refusal;
  return strcmp (rechecked->primary, fpr)
    ? REFUSAL_UNKNOWN_KEY : REFUSAL_NONE;
}


static void
on_answer (void *hook, const struct calls_answer *answer)
{
  struct job *job = hook;
  const struct config_rule *terms;
  struct pending *pending = decide_find_waiting (job, &terms);
  struct approval *approval = NULL;
  enum refusal refusal = REFUSAL_VERIFY_DEADLINE;

  if (pending && job->n_rechecked)
    approval = pending->approval + job->n_rechecked - 1;
  if (pending && answer->type == PACKET_RECHECKED)
    refusal = judge (&answer->u.rechecked, approval ? approval->fpr
                     : pending->fpr);
  if (!pending)
    decide_finish (job, REFUSAL_NOT_WAITING, NULL);
  else if (is_failure (refusal))
    decide_finish (job, refusal, NULL);
  else if (refusal && !approval)
    end_waiting (job, pending, refusal);
  else
    {
      if (approval)
        approval->lapsed = refusal != REFUSAL_NONE;
      if (refusal)
        job_note (job, "the approval of %s does not count: %s",
                  approval->user, refusal_text (refusal));
      job->n_rechecked++;
      ask_next (job);
    }
}


/* The blob that comes next: the asker's, or the approval's before it.  */
static gpg_error_t
find_blob (struct job *job, const struct pending *pending,
           unsigned char buf[PACKET_BLOBLEN], size_t *r_len)
{
  const struct approval *approval = pending->approval
    + job->n_rechecked - 1;
  audit_t audit = job->decide->audit;

  if (!job->n_rechecked)
    return audit_blob (audit, pending->user, pending->request, buf, r_len);
  return audit_blob (audit, approval->user, approval->request, buf, r_len);
}


static gpg_error_t
ask (struct job *job, const struct pending *pending)
{
  struct decide *decide = job->decide;
  unsigned char blob[PACKET_BLOBLEN];
  struct packet_recheck recheck = { .blob = blob };
  uint64_t id = decide_new_id (decide);
  gpg_error_t err;

  err = find_blob (job, pending, blob, &recheck.blob_len);
  if (!err)
    err = calls_add (decide->calls, id,
                             decide->now.boot + RECHECK_TIME, on_answer,
                             job);
  if (!err && (err = packet_send_recheck (decide->fd_in, id, &recheck)))
    calls_forget (decide->calls, job);
  return err;
}


static void
ask_next (struct job *job)
{
  const struct config_rule *terms;
  struct pending *pending = decide_find_waiting (job, &terms);
  gpg_error_t err;

  if (!pending)
    decide_finish (job, REFUSAL_NOT_WAITING, NULL);
  else if (job->n_rechecked > pending->n_approvals)
    decide_add_approval (job, pending, terms);
  else if ((err = ask (job, pending)))
    {
      log_error ("verify cannot be asked again: %s", gpg_strerror (err));
      decide_finish (job, REFUSAL_VERIFY_FAILED, NULL);
    }
}


void
decide_recheck (struct job *job)
{
  job->n_rechecked = 0;
  ask_next (job);
}
