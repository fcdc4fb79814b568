/* decide-run.c - Step: a command runs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Its receipt is on the disk before act is asked (decide-receipt.c).  A reply
 * goes out when the command has ended, or after DECIDE_RUN_TIME_US; the job
 * stays until act has told how it ended, or that nobody will ever know.  */

#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"
#include "decide-parts.h"

#define REASONLEN OUTPUT_REASONLEN
#define SLACK_S 600u
#define LOST "the server failed: it is unknown whether it ran"
#define NOT_KNOWN "it is not known yet whether it was started"


/* JOB waits for act no more.  */
static void
leave_runs (struct job *job)
{
  struct decide_runs *runs = &job->decide->runs;
  unsigned int i;

  calls_forget (job->decide->calls, job);
  for (i = 0; i < runs->n; i++)
    if (runs->job[i] == job)
      runs->job[i] = runs->job[--runs->n];
}


/* It is certain that nothing was started.  */
static enum way
deny_run (struct job *job, enum refusal refusal)
{
  leave_runs (job);
  receipt_fail (job, RECEIPT_FAILED, refusal_told (refusal));
  return job_end (job, refusal, NULL);
}


/* Nobody will ever know more of it.  */
static enum way
lose_run (struct job *job)
{
  leave_runs (job);
  receipt_fail (job, RECEIPT_UNKNOWN, LOST);
  free (job->reply->reason);
  job->reply->reason = strdup (LOST);
  job->row.result = "unknown";
  job->row.stage = "act";
  job->row.reason = "act ended while it ran";
  return WAY_DONE;
}


static gpg_error_t
ask_run (struct job *job)
{
  struct packet_run run = { .addr = job->verdict.addr,
                            .observed = job->origin.src,
                            .asked = (uint64_t)job->decide->now.boot,
                            .n_args = (uint8_t)job->req->n_args };

  memcpy (run.hash, job->decide->config->hash, sizeof run.hash);
  memcpy (run.request, job->row.request, sizeof run.request);
  snprintf (run.command, sizeof run.command, "%s", job->verdict.rule->name);
  snprintf (run.user, sizeof run.user, "%s", job->verdict.user->name);
  snprintf (run.fpr, sizeof run.fpr, "%s", job->primary);
  memcpy (run.arg, job->req->arg, sizeof run.arg);
  return way_ask (job, job->decide->fd_out, PACKET_RUN, &run, CALLS_TIME_US);
}


enum way
step_run (struct job *job)
{
  struct decide *decide = job->decide;
  struct decide_runs *runs = &decide->runs;
  gpg_error_t err;

  if (runs->n == DECIDE_RUNS)
    return job_end (job, REFUSAL_COMMAND_BUSY, NULL);
  err = receipt_begin (job);
  if (err)
    {
      log_error ("a receipt cannot be stored: %s", gpg_strerror (err));
      return job_end (job, REFUSAL_RECEIPT, NULL);
    }
  runs->job[runs->n++] = job;
  err = ask_run (job);
  job->asked_id = decide->last_id;
  if (!err)
    return WAY_WAIT;
  log_error ("act cannot be asked: %s", gpg_strerror (err));
  return deny_run (job, REFUSAL_ACT_GONE);
}


/* It runs; for long, if RAN does not come in time.  */
static enum way
note_begun (struct job *job)
{
  job->state = JOB_BEGUN;
  if (calls_add (job->decide->calls, job->asked_id, job->due, way_resume,
                 job))
    finish_meanwhile (job, NULL);
  return WAY_WAIT;
}


/* Time is up: act has begun it, or may be at it all the same.  */
static enum way
stop_waiting (struct job *job)
{
  if (job->state == JOB_LOST)
    return lose_run (job);
  finish_meanwhile (job, job->state == JOB_BEGUN ? NULL : NOT_KNOWN);
  return WAY_WAIT;
}


/* It has ended, or was not started after all.  */
static enum way
complete_run (struct job *job, const struct packet_ran *ran)
{
  struct receipt receipt;
  char reason[REASONLEN], text[REASONLEN + 100];

  leave_runs (job);
  output_fill_receipt (job->decide, ran, &receipt, reason);
  receipt_end (job->decide, &receipt);
  if (ran->refusal)
    return job_end (job, (enum refusal)ran->refusal, NULL);
  if (job->state != JOB_ANSWERED)
    result_fill_reply (&receipt, job->argv, 0, job->reply);
  receipt_describe_end (&receipt, text, sizeof text);
  return job_end (job, REFUSAL_NONE, text);
}


/* What act says of it, or (by BEGUN) that it knows nothing of it.  */
enum way
run_answered (struct job *job, const struct calls_answer *answer)
{
  switch (answer->type)
    {
    case PACKET_DENIED:
      return deny_run (job, (enum refusal)answer->u.denied.refusal);
    case PACKET_RUNNING:
      return note_begun (job);
    case PACKET_RAN:
      return complete_run (job, &answer->u.ran);
    case PACKET_BEGUN:
      return lose_run (job);
    default:
      return stop_waiting (job);
    }
}


void
run_on_denied (struct decide *decide, uint64_t id,
               const struct calls_answer *answer)
{
  struct decide_runs *runs = &decide->runs;
  unsigned int i;

  for (i = 0; i < runs->n; i++)
    if (runs->job[i]->asked_id == id)
      {
        way_resume (runs->job[i], answer);
        return;
      }
}


void
run_on_ran (struct decide *decide, const struct packet_ran *ran)
{
  struct calls_answer answer = { .type = PACKET_RAN, .u.ran = *ran };
  struct job *job = job_find_running (decide, ran->request);
  struct receipt receipt;
  char reason[REASONLEN];

  if (job)
    way_resume (job, &answer);
  else
    {
      output_fill_receipt (decide, ran, &receipt, reason);
      receipt_end_left_over (decide, ran, &receipt);
    }
  output_drop (decide, ran->request);
}


/* Nothing runs longer than that: an act that was killed after a reload tells
   nobody of its end.  */
void
run_expire (struct decide *decide)
{
  uint64_t now = clock_seconds (&decide->now);

  if (now > CONFIG_MAX_TIMEOUT + SLACK_S)
    receipt_lose_left_over (decide, now - CONFIG_MAX_TIMEOUT - SLACK_S);
}


/* act is another one: of what the one before ran it knows nothing.  What it
   has not begun may still be in the channel.  */
void
run_on_begun (struct decide *decide, const struct packet_begun *p)
{
  static const struct calls_answer gone = { .type = PACKET_BEGUN };
  struct decide_runs *runs = &decide->runs;
  unsigned int i = 0;

  if (!p->others)
    receipt_lose_left_over (decide, UINT64_MAX);
  while (i < runs->n)
    if (runs->job[i]->state >= JOB_BEGUN)
      way_resume (runs->job[i], &gone);
    else
      runs->job[i++]->state = JOB_LOST;
}


/* Who still waits hears that it runs; what comes of it the next decide will
   be told.  */
void
run_close (struct decide *decide)
{
  struct decide_runs *runs = &decide->runs;
  struct job *job;

  while (runs->n)
    {
      job = runs->job[0];
      leave_runs (job);
      if (job->state != JOB_ANSWERED)
        finish_meanwhile (job, NULL);
      job_release (job);
    }
  output_drop_all (decide);
}
