/* decide-act.c - What a claimed request leads to: grant, reply, audit row.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "answer.h"

#define REASONLEN 128
#define TOLDLEN (REASONLEN + 256)
#define LONGLEN (TOLDLEN + 128)
#define ACCESS_SOON (30 * 86400)        /* Seconds.  */


/* Who comes by a door's previous key has not joined by the invite that
   came after it.  TEXT takes TOLDLEN bytes.  */
static const char *
add_end_of_key (struct job *job, const char *reason, char *text)
{
  config_t config = job->decide->config;
  size_t i = config_door_by_name (config, job->origin.door);
  char date[32];
  time_t ends;
  struct tm tm;

  if (!job->origin.previous || i == CONFIG_MAX_DOORS)
    return reason;
  ends = (time_t)config->door[i].previous_ends;
  if (!ends || !gmtime_r (&ends, &tm)
      || !strftime (date, sizeof date, "%Y-%m-%d %H:%M UTC", &tm))
    return reason;
  snprintf (text, TOLDLEN, "%s%syour door key ends on %s: join a fresh"
            " invite", reason ? reason : "", reason ? "; " : "", date);
  return text;
}


/* Whose access ends soon is told so while they can still ask for more.  TEXT
   takes LONGLEN bytes.  */
static const char *
add_end_of_access (struct job *job, const char *reason, char *text)
{
  const struct config_user *user = job->verdict.user;
  uint64_t now = clock_seconds (&job->decide->now);
  char date[32];
  time_t ends;
  struct tm tm;

  if (!user || !user->expires || user->expires > now + ACCESS_SOON)
    return reason;
  ends = (time_t)user->expires;
  if (!gmtime_r (&ends, &tm)
      || !strftime (date, sizeof date, "%Y-%m-%d %H:%M UTC", &tm))
    return reason;
  snprintf (text, LONGLEN, "%s%syour access ends on %s", reason ? reason : "",
            reason ? "; " : "", date);
  return text;
}


/* What each reply tells.  */
static gpg_error_t
fill_reply (struct job *job, reply_t reply, enum refusal refusal,
            const char *reason)
{
  char text[TOLDLEN], more[LONGLEN];

  if (refusal || !reply->result)
    reply->result = refusal ? REPLY_REFUSED : REPLY_DONE;
  if (refusal && !reason)
    reason = refusal_told (refusal);
  if (!refusal)
    reason = add_end_of_access (job, add_end_of_key (job, reason, text),
                                more);
  reply->address = job->origin.src;
  reply->port = job->origin.sport;
  if (!reply->until)
    reply->until = job->row.until;
  free (reply->reason);
  reply->reason = reason ? strdup (reason) : NULL;
  return reason && !reply->reason ? gpg_error_from_syserror () : 0;
}


void
decide_answer (struct job *job, reply_t reply, enum refusal refusal,
               const char *reason)
{
  reply_t own = NULL;
  gpg_error_t err = 0;

  if (job->late && !reply)
    decide_keep (job, refusal, reason);
  if (job->approval)
    decide_tell_approver (job, refusal, reason);
  if (job->req->no_reply || job->late || !job->decide->config->replies)
    return;
  if (!reply)
    err = reply_new (&own);
  if (!err)
    err = fill_reply (job, reply ? reply : own, refusal, reason);
  if (!err)
    answer_send (job->decide->answer, &job->origin, job->req->key,
                 reply ? reply : own);
  else
    log_error ("no reply can be made: %s", gpg_strerror (err));
  reply_release (own);
}


/* The row of the request, with what came of it.  */
static void
write_row (struct job *job, enum refusal refusal, const char *reason)
{
  struct audit_row *row = &job->row;

  row->result = refusal ? "refused" : "done";
  row->stage = refusal ? audit_stage (refusal) : "act";
  row->reason = refusal ? refusal_text (refusal) : NULL;
  row->rule = job->verdict.rule ? job->verdict.rule->name : NULL;
  if (*job->verdict.detail)
    job_note (job, "%s", job->verdict.detail);
  if (job->origin.previous)
    job_note (job, "by the previous key of the door");
  if (reason)
    job_note (job, "%s", reason);
  audit_put (job->decide->audit, row);
}


void
decide_settle (struct job *job, enum refusal refusal, const char *reason)
{
  struct decide *decide = job->decide;

  write_row (job, refusal, reason);
  if (refusal)
    {
      decide->counts[refusal]++;
      decide_tell (job, CONFIG_ON_REFUSED, refusal_text (refusal));
    }
  else
    decide->done++;
  job_release (job);
}


void
decide_finish (struct job *job, enum refusal refusal, const char *reason)
{
  decide_answer (job, NULL, refusal, reason);
  decide_settle (job, refusal, reason);
}


void
decide_finish_text (struct job *job, char *text, uint64_t total)
{
  reply_t reply;

  if (!reply_new (&reply))
    {
      reply->output = text;
      reply->output_len = strlen (text);
      reply->total = total;
      decide_answer (job, reply, REFUSAL_NONE, NULL);
      reply->output = NULL;     /* The caller's.  */
      reply_release (reply);
    }
  decide_settle (job, REFUSAL_NONE, NULL);
}


void
decide_defer (struct job *job, const char *reason, uint64_t until)
{
  reply_t reply;

  if (!reply_new (&reply))
    {
      reply->result = REPLY_PENDING;
      reply->until = until;
      decide_answer (job, reply, REFUSAL_NONE, reason);
      reply_release (reply);
    }
  job->row.result = "pending";
  job->row.stage = "approval";
  job->row.rule = job->verdict.rule ? job->verdict.rule->name : NULL;
  job_note (job, "%s", reason);
  audit_put (job->decide->audit, &job->row);
  job_release (job);
}


/* act may still find our question and answer it when nobody waits: what
   it would open then, it shuts again.  */
static void
withdraw (struct job *job)
{
  struct packet_close close;

  memset (&close, 0, sizeof close);
  snprintf (close.user, sizeof close.user, "%s", job->verdict.user->name);
  encode_hex (job->row.request, REQUEST_HASHLEN, close.prefix);
  close.all = true;
  packet_send_close (job->decide->fd_out, decide_new_id (job->decide),
                     &close);
}


static void
on_granted (void *hook, const struct calls_answer *answer_)
{
  struct job *job = hook;
  const struct policy_verdict *verdict = &job->verdict;
  char reason[REASONLEN] = "";

  if (answer_->type == PACKET_DENIED)
    decide_finish (job, answer_->u.denied.refusal, NULL);
  else if (answer_->type == PACKET_GRANTED)
    {
      job->row.until = answer_->u.granted.until;
      if (answer_->u.granted.seconds < job->req->seconds)
        snprintf (reason, sizeof reason, "cut to %u s by rule %s",
                  answer_->u.granted.seconds, verdict->rule->name);
      decide_finish (job, REFUSAL_NONE, *reason ? reason : NULL);
    }
  else
    {
      withdraw (job);
      decide_finish (job, REFUSAL_ACT_GONE, NULL);
    }
}


static void
on_closed (void *hook, const struct calls_answer *answer_)
{
  struct job *job = hook;
  char reason[REASONLEN];

  if (answer_->type != PACKET_CLOSED)
    decide_finish (job, REFUSAL_ACT_GONE, NULL);
  else if (answer_->u.closed.refusal)
    decide_finish (job, answer_->u.closed.refusal, NULL);
  else
    {
      snprintf (reason, sizeof reason, "%u closed", answer_->u.closed.n);
      decide_finish (job, REFUSAL_NONE, reason);
    }
}


static gpg_error_t
ask_grant (struct job *job, uint64_t id)
{
  const struct policy_verdict *verdict = &job->verdict;
  struct packet_grant grant;

  memset (&grant, 0, sizeof grant);
  memcpy (grant.hash, job->decide->config->hash, sizeof grant.hash);
  memcpy (grant.request, job->row.request, sizeof grant.request);
  snprintf (grant.rule, sizeof grant.rule, "%s", verdict->rule->name);
  snprintf (grant.user, sizeof grant.user, "%s", verdict->user->name);
  snprintf (grant.fpr, sizeof grant.fpr, "%s", job->primary);
  grant.addr = verdict->addr;
  grant.observed = job->origin.src;
  grant.ports = job->req->ports;
  grant.bind = job->req->bind;
  grant.once = job->req->once;
  grant.seconds = verdict->seconds;
  grant.answer_by = (uint64_t)((job->decide->now.boot + CALLS_TIME_US)
                               / (CLOCK_SECOND / 1000));
  return packet_send_grant (job->decide->fd_out, id, &grant);
}


static gpg_error_t
ask_close (struct job *job, uint64_t id)
{
  struct packet_close close;

  memset (&close, 0, sizeof close);
  snprintf (close.user, sizeof close.user, "%s", job->verdict.user->name);
  close.all = true;
  return packet_send_close (job->decide->fd_out, id, &close);
}


static void
ask_act (struct job *job)
{
  struct decide *decide = job->decide;
  uint64_t id = decide_new_id (decide);
  bool open = job->req->action == REQUEST_OPEN;
  gpg_error_t err;

  err = calls_add (decide->calls, id, decide->now.boot + CALLS_TIME_US,
                   open ? on_granted : on_closed, job);
  if (err)
    {
      decide_finish (job, REFUSAL_ACT_GONE, "too many wait for act");
      return;
    }
  err = open ? ask_grant (job, id) : ask_close (job, id);
  if (err)
    {
      log_error ("act cannot be asked: %s", gpg_strerror (err));
      calls_forget (decide->calls, job);
      decide_finish (job, REFUSAL_ACT_GONE, NULL);
    }
}


static void
tell_whoami (struct job *job)
{
  struct decide *decide = job->decide;
  struct policy_case pcase = { job->req, &job->origin, job->primary, false,
                               (time_t)clock_seconds (&decide->now) };
  reply_t reply;

  if (!reply_new (&reply))
    {
      reply->output = policy_describe (decide->config, &pcase,
                                       job->verdict.user);
      reply->output_len = reply->output ? strlen (reply->output) : 0;
      decide_answer (job, reply, REFUSAL_NONE, NULL);
      reply_release (reply);
    }
  decide_settle (job, REFUSAL_NONE, NULL);
}


static void
carry_out (struct job *job)
{
  switch (job->req->action)
    {
    case REQUEST_WHOAMI:
      tell_whoami (job);
      break;
    case REQUEST_RUN:
      decide_run (job);
      break;
    case REQUEST_RESULT:
      decide_result (job);
      break;
    case REQUEST_PENDING:
      decide_tell_waiting (job);
      break;
    case REQUEST_APPROVE:
    case REQUEST_DENY:
      decide_approve (job);
      break;
    default:
      ask_act (job);
    }
}


/* It is claimed and allowed, and its credential was right.  What takes the
   approval of others waits for that.  */
void
decide_carry_out (struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;

  if (decide_must_wait (job))
    decide_wait (job);
  else
    {
      if (job->req->emergency && rule && rule->approval.n)
        {
          job_note (job, "EMERGENCY: without approvals");
          decide_tell (job, CONFIG_ON_EMERGENCY, job->req->reason);
        }
      carry_out (job);
    }
}
