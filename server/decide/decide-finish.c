/* decide-finish.c - The last steps: the reply, and the row of the audit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing else answers a request or writes its row; finish_meanwhile is for
 * the one that takes long.  What was not claimed is never answered.  */

#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../common/base/log.h"
#include "answer.h"
#include "decide-parts.h"

#define REASONLEN 128
#define TOLDLEN (REASONLEN + 256)
#define LONGLEN (TOLDLEN + 128)
#define ACCESS_SOON_S (30 * 86400)


/* Who comes by a door's previous key has not joined by the invite that
   came after it.  0: they did not.  */
static uint64_t
end_of_key (const struct job *job)
{
  config_t config = job->decide->config;
  size_t i = config_door_by_name (config, job->origin.door);

  return job->origin.previous && i < CONFIG_MAX_DOORS
    ? config->door[i].previous_ends : 0;
}


/* Whose access ends soon is told so while they can still ask for more.  0:
   it does not.  */
static uint64_t
end_of_access (const struct job *job)
{
  const struct config_user *user = job->verdict.user;

  return user && user->expires
         <= clock_seconds (&job->decide->now) + ACCESS_SOON_S
    ? user->expires : 0;
}


/* REASON and that WHAT ends at ENDS, to TEXT of SIZE bytes.  */
static const char *
add_end (const char *reason, uint64_t ends, const char *what,
         const char *advice, char *text, size_t size)
{
  char date[32];
  time_t when = (time_t)ends;
  struct tm tm;

  if (!ends || !gmtime_r (&when, &tm)
      || !strftime (date, sizeof date, "%Y-%m-%d %H:%M UTC", &tm))
    return reason;
  snprintf (text, size, "%s%syour %s ends on %s%s", reason ? reason : "",
            reason ? "; " : "", what, date, advice);
  return text;
}


/* What JOB's person is told; NULL: nothing but the result.  */
static const char *
told_reason (const struct job *job)
{
  const char *reason = job->reply->reason ? job->reply->reason : job->reason;

  if (reason && !*reason)
    reason = NULL;
  return job->refusal && !reason ? refusal_told (job->refusal) : reason;
}


static gpg_error_t
fill_reply (struct job *job, const char *reason)
{
  reply_t reply = job->reply;
  char text[TOLDLEN], more[LONGLEN], *copy;

  if (job->refusal || !reply->result)
    reply->result = job->refusal ? REPLY_REFUSED : REPLY_DONE;
  if (!job->refusal)
    {
      reason = add_end (reason, end_of_key (job), "door key",
                        ": join a fresh invite", text, sizeof text);
      reason = add_end (reason, end_of_access (job), "access", "", more,
                        sizeof more);
    }
  reply->address = job->origin.src;
  reply->port = job->origin.sport;
  if (!reply->until)
    reply->until = job->row.until;
  copy = reason ? strdup (reason) : NULL;
  if (reason && !copy)
    return gpg_error_from_syserror ();
  free (reply->reason);
  reply->reason = copy;
  return 0;
}


/* Whoever waits for what came of JOB is told.  */
static void
send_reply (struct job *job)
{
  struct decide *decide = job->decide;
  const char *reason = told_reason (job);
  gpg_error_t err;

  if (job->approval)
    approve_tell_outcome (job, reason);
  if (job->req->no_reply || !decide->config->replies)
    return;
  err = fill_reply (job, reason);
  if (!err)
    answer_send (decide->answer, &job->origin, job->req->key, job->reply);
  else
    log_error ("no reply can be made: %s", gpg_strerror (err));
}


enum way
step_reply (struct job *job)
{
  if (job->state == JOB_APPROVED)
    receipt_keep (job, told_reason (job));
  if (job->state != JOB_NEW && job->state != JOB_ANSWERED)
    send_reply (job);
  return WAY_GO_ON;
}


/* The row must not wait for the end, either: until then it says this.  */
void
finish_meanwhile (struct job *job, const char *reason)
{
  struct audit_row row = job->row;

  row.result = "running";
  row.stage = "act";
  row.rule = job->verdict.rule->name;
  audit_put (job->decide->audit, &row);
  job->reply->result = REPLY_RUNNING;
  job->reply->argv = strdup (job->argv);
  job->reply->reason = reason ? strdup (reason) : NULL;
  send_reply (job);
  job->state = JOB_ANSWERED;
}


static void
describe_outcome (struct job *job)
{
  struct audit_row *row = &job->row;

  row->result = job->refusal ? "refused" : "done";
  row->stage = job->refusal ? refusal_stage_name (job->refusal) : "act";
  row->reason = job->refusal ? refusal_text (job->refusal) : NULL;
  if (*job->verdict.detail)
    job_note (job, "%s", job->verdict.detail);
  if (job->origin.previous)
    job_note (job, "by the previous key of the door");
}


enum way
step_row (struct job *job)
{
  struct decide *decide = job->decide;
  bool is_outcome = !job->row.result;

  if (job->refusal)
    decide->counts[job->refusal]++;
  if (job->state == JOB_NEW)
    {
      audit_refused (decide->audit, &decide->now, job->refusal, &job->row);
      return WAY_DONE;
    }
  if (is_outcome)
    describe_outcome (job);
  if (job->reason)
    job_note (job, "%s", job->reason);
  job->row.rule = job->verdict.rule ? job->verdict.rule->name : NULL;
  audit_put (decide->audit, &job->row);
  if (job->refusal)
    hook_tell (job, CONFIG_ON_REFUSED, refusal_text (job->refusal));
  else if (is_outcome)
    decide->done++;
  return WAY_DONE;
}
