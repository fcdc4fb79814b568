/* decide-approve.c - Steps: a person approves or denies what is pending.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * With the last approval what was pending goes on as a job of its own; the
 * approval's waits until it is known what came of it.  */

#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "decide-parts.h"

#define REASONLEN 160
#define WHATLEN 112             /* Of what is pending, in a longer text.  */
#define NOT_STORED "your decision could not be stored; the request is still" \
  " pending"
#define NOT_ENDED "approved, but the server failed: nothing was done; the" \
  " request is still pending"


static bool
has_approved (const struct pending *pending, const char *user)
{
  unsigned int i;

  for (i = 0; i < pending->n_approvals; i++)
    if (!strcmp (pending->approval[i].user, user))
      return true;
  return false;
}


/* Whether JOB's person may approve or deny PENDING, under TERMS.  */
static enum refusal
judge_approver (struct job *job, const struct pending *pending,
                const struct config_rule *terms)
{
  const struct config_user *user = job->verdict.user;
  bool own = !strcmp (user->name, pending->user);
  bool approver = config_approval_has_user (&terms->approval, user,
                                            decide_now_s (job->decide));

  if (job->req->action == REQUEST_DENY)
    return own || approver ? REFUSAL_NONE : REFUSAL_NOT_APPROVER;
  if (own)
    return REFUSAL_OWN_REQUEST;
  if (!approver)
    return REFUSAL_NOT_APPROVER;
  return has_approved (pending, user->name)
    ? REFUSAL_APPROVED_BEFORE : REFUSAL_NONE;
}


/* The credential: asked of approvers where the terms say so, and then of
   their own.  */
static enum refusal
judge_credential (struct job *job, const struct config_rule *terms)
{
  bool due = job->req->action == REQUEST_APPROVE && terms->approval.require
    && terms->require.kind;

  if (due == (job->attachment != NULL))
    return REFUSAL_NONE;
  return due ? REFUSAL_CREDENTIAL_ASKED : REFUSAL_ATTACHMENT;
}


/* Whether they may, and under which terms.  */
enum way
step_approver (struct job *job)
{
  const struct config_rule *terms;
  struct pending *pending = pending_find (job, &terms);
  enum refusal refusal;

  if (!pending)
    return job_end (job, REFUSAL_NOT_WAITING, NULL);
  job->verdict.rule = terms;
  refusal = judge_approver (job, pending, terms);
  if (!refusal)
    refusal = judge_credential (job, terms);
  return refusal ? job_end (job, refusal, NULL) : WAY_GO_ON;
}


/* What JOB names may have ended while its credential was checked.  */
enum way
step_deny (struct job *job)
{
  const struct config_rule *terms;
  struct pending *pending = pending_find (job, &terms);
  char what[REASONLEN];

  if (!pending)
    return job_end (job, REFUSAL_NOT_WAITING, NULL);
  snprintf (what, sizeof what, "denied: %.120s", pending->what);
  encode_drop_half (what);
  return pending_end (job->decide, pending, REFUSAL_DENIED,
                      job->verdict.user->name)
    ? job_end (job, REFUSAL_STORE, NOT_STORED)
    : job_end (job, REFUSAL_NONE, what);
}


/* What others approved was begun, or was not, for REFUSAL.  */
static const char *
name_outcome (const struct job *job, enum refusal refusal)
{
  if (refusal)
    return "not carried out";
  if (job->req->action != REQUEST_RUN)
    return "carried out";
  return job->state == JOB_BEGUN ? "started" : "passed on";
}


/* Their word was taken before act was asked: only now is it known what came
   of it.  REASON is in words for who asked, and told as such.  */
void
approve_tell_outcome (struct job *job, const char *reason)
{
  struct job *approval = job->approval;
  enum refusal refusal = job->refusal;
  const char *user = job->row.user ? job->row.user : "who asked";
  char what[WHATLEN], text[3 * WHATLEN];

  job->approval = NULL;
  snprintf (what, sizeof what, "%s", approval->argv);
  encode_drop_half (what);
  snprintf (text, sizeof text, "approved, %s %s: %s%s%s%s%s",
            refusal ? "but" : "and", name_outcome (job, refusal), what,
            reason ? "; " : "", refusal ? user : "",
            refusal ? " is told: " : "", reason ? reason : "");
  encode_drop_half (text);
  job_end (approval, refusal ? REFUSAL_NOT_DONE : REFUSAL_NONE, text);
  way_resume (approval, NULL);
}


/* Whether JOB, the job of PENDING, would still do under TERMS what was
   approved.  */
static enum refusal
judge_again (struct job *job, const struct pending *pending,
             const struct config_rule *terms)
{
  enum refusal refusal;
  char *what;
  bool same;

  policy_judge_job (job, terms->require.kind != 0);
  refusal = job->verdict.refusal;
  if (!refusal && job->verdict.command)
    refusal = resolve_command (job);
  if (refusal)
    return refusal;
  what = pending_describe (job);
  same = what && job->verdict.rule == terms && !strcmp (what, pending->what);
  free (what);
  return same ? REFUSAL_NONE : REFUSAL_TERMS_CHANGED;
}


/* PENDING is approved by enough: it goes on, or is refused.  First it ends on
   the disk, so that a crash never lets it be done twice.  Where that fails
   it is pending still, and another approval tries again.  */
static enum way
carry_out (struct job *approval, struct pending *pending,
           const struct config_rule *terms)
{
  struct decide *decide = approval->decide;
  struct job *job;
  gpg_error_t err = pending_revive (decide, pending, &job);

  if (!err && !(approval->argv = strdup (pending->what)))
    err = gpg_error_from_syserror ();
  if (!err)
    {
      job_end (job, judge_again (job, pending, terms), NULL);
      err = approvals_remove (decide->approvals, pending);
    }
  if (err)
    {
      if (job)
        job_release (job);
      log_error ("what was approved cannot be carried out: %s",
                 gpg_strerror (err));
      return job_end (approval, REFUSAL_STORE, NOT_ENDED);
    }
  job->approval = approval;
  pending_go_on (job);          /* APPROVAL may be gone by now.  */
  return WAY_WAIT;
}


/* Carry PENDING out if it is approved by enough.  */
static enum way
count_approvals (struct job *job, struct pending *pending,
                 const struct config_rule *terms)
{
  const struct config_user *users[PENDING_APPROVERS];
  char reason[REASONLEN];
  struct decide *decide = job->decide;
  size_t n = pending_approvers (decide, pending, terms, false, users);

  if (config_approval_enough (&terms->approval, users, n,
                              decide_now_s (decide)))
    return carry_out (job, pending, terms);
  snprintf (reason, sizeof reason, "approved: %zu of %u so far", n,
            terms->approval.n);
  return job_end (job, REFUSAL_NONE, reason);
}


enum way
step_approve (struct job *job)
{
  const struct config_rule *terms;
  struct pending *pending = pending_find (job, &terms);
  struct approval approval = { .lapsed = false };
  gpg_error_t err;

  if (!pending)
    return job_end (job, REFUSAL_NOT_WAITING, NULL);
  snprintf (approval.user, sizeof approval.user, "%s",
            job->verdict.user->name);
  snprintf (approval.fpr, sizeof approval.fpr, "%s", job->primary);
  memcpy (approval.request, job->row.request, REQUEST_HASHLEN);
  err = approvals_approve (job->decide->approvals, pending, &approval);
  if (!err)
    return count_approvals (job, pending, terms);
  if (gpg_err_code (err) == GPG_ERR_EEXIST)
    return job_end (job, REFUSAL_APPROVED_BEFORE, NULL);
  log_error ("an approval cannot be stored: %s", gpg_strerror (err));
  return job_end (job, REFUSAL_STORE, NOT_STORED);
}
