/* decide-recheck.c - Step: do the signatures on what is pending still count?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between a request and its last approval a key can be revoked, expire or
 * be disabled.  So before that approval is taken verify looks again at what
 * the asker and the approvers before signed, by the audit's copy, as it did
 * when it came: the asker's ends the request, and an approver's no longer
 * counts.  Where verify cannot tell, the approval is refused and can be
 * given again.  */

#include "steps.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/log.h"
#include "decide-parts.h"

#define RECHECK_TIME_US (6 * (int64_t)CLOCK_SECOND)
#define REASONLEN 128


/* The asker's signature is refused: nothing is pending any more.  */
static enum way
end_asked (struct job *job, struct pending *pending, enum refusal refusal)
{
  char reason[REASONLEN];

  snprintf (reason, sizeof reason, "the request has ended; of %s, who"
            " asked: %s", pending->user, refusal_text (refusal));
  pending_end (job->decide, pending, refusal, NULL);
  return job_end (job, REFUSAL_NOT_WAITING, reason);
}


/* Whether the signature that comes next, which FPR is said to have made,
   is REFUSAL-free and FPR's.  */
static enum refusal
judge_signature (const struct packet_rechecked *rechecked, const char *fpr)
{
  if (rechecked->refusal)
    return (enum refusal)rechecked->refusal;
  return strcmp (rechecked->primary, fpr)
    ? REFUSAL_UNKNOWN_KEY : REFUSAL_NONE;
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
ask_verify (struct job *job, const struct pending *pending)
{
  unsigned char blob[PACKET_BLOBLEN];
  struct packet_recheck recheck = { .blob = blob };
  gpg_error_t err = find_blob (job, pending, blob, &recheck.blob_len);

  return err ? err : way_ask (job, job->decide->fd_in, PACKET_RECHECK,
                              &recheck, RECHECK_TIME_US);
}


static enum way
recheck_next (struct job *job, const struct pending *pending)
{
  gpg_error_t err;

  if (job->n_rechecked > pending->n_approvals)
    return WAY_GO_ON;
  err = ask_verify (job, pending);
  if (!err)
    return WAY_WAIT;
  log_error ("verify cannot be asked again: %s", gpg_strerror (err));
  return job_end (job, REFUSAL_VERIFY_FAILED, NULL);
}


/* What JOB names may have ended meanwhile.  */
enum way
recheck_answered (struct job *job, const struct calls_answer *answer)
{
  const struct config_rule *terms;
  struct pending *pending = pending_find (job, &terms);
  struct approval *approval;
  enum refusal refusal = REFUSAL_VERIFY_DEADLINE;

  if (!pending)
    return job_end (job, REFUSAL_NOT_WAITING, NULL);
  approval = job->n_rechecked ? pending->approval + job->n_rechecked - 1
    : NULL;
  if (answer->type == PACKET_RECHECKED)
    refusal = judge_signature (&answer->u.rechecked,
                               approval ? approval->fpr : pending->fpr);
  if (refusal_is_broken (refusal))
    return job_end (job, refusal, NULL);
  if (refusal && !approval)
    return end_asked (job, pending, refusal);
  if (approval)
    approval->lapsed = refusal != REFUSAL_NONE;
  if (refusal)
    job_note (job, "the approval of %s does not count: %s",
              approval->user, refusal_text (refusal));
  job->n_rechecked++;
  return recheck_next (job, pending);
}


/* Whether JOB's approval might be the last.  */
static bool
is_last (struct job *job, const struct pending *pending,
         const struct config_rule *terms)
{
  const struct config_user *users[PENDING_APPROVERS];
  size_t n = pending_approvers (job->decide, pending, terms, true, users);

  users[n++] = job->verdict.user;
  return config_approval_enough (&terms->approval, users, n,
                                 decide_now_s (job->decide));
}


enum way
step_recheck_signatures (struct job *job)
{
  const struct config_rule *terms;
  struct pending *pending = pending_find (job, &terms);

  if (!pending)
    return job_end (job, REFUSAL_NOT_WAITING, NULL);
  return is_last (job, pending, terms) ? recheck_next (job, pending)
    : WAY_GO_ON;
}
