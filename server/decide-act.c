/* decide-act.c - What a claimed request leads to: grant, reply, audit row.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/encode.h"
#include "../common/log.h"
#include "answer.h"

#define REASONLEN 128
#define TOLDLEN (REASONLEN + 128)


static void
send_reply (struct job *job, reply_t reply, enum refusal refusal,
            const char *reason)
{
  gpg_error_t err;

  reply->result = refusal ? REPLY_REFUSED : REPLY_DONE;
  if (refusal && !reason)
    reason = refusal_told (refusal);
  if (reason && !(reply->reason = strdup (reason)))
    return;
  reply->address = job->origin.src;
  reply->port = job->origin.sport;
  err = answer_send (&job->origin, job->req->key, reply);
  if (err)
    log_debug ("no reply could be sent: %s", gpg_strerror (err));
}


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


static void
answer (struct job *job, enum refusal refusal, const char *reason,
        uint64_t until, char *output)
{
  char told[TOLDLEN];
  reply_t reply;

  if (job->req->no_reply || !job->decide->config->replies)
    return;
  if (reply_new (&reply))
    return;
  if (!refusal)
    reason = add_end_of_key (job, reason, told);
  reply->until = until;
  reply->output = output;
  reply->output_len = output ? strlen (output) : 0;
  send_reply (job, reply, refusal, reason);
  reply->output = NULL;         /* The caller's.  */
  reply_release (reply);
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


static void
finish (struct job *job, enum refusal refusal, const char *reason,
        char *output)
{
  struct decide *decide = job->decide;

  answer (job, refusal, reason, job->row.until, output);
  write_row (job, refusal, reason);
  if (refusal)
    decide->counts[refusal]++;
  else
    decide->done++;
  job_release (job);
}


void
decide_finish (struct job *job, enum refusal refusal, const char *reason)
{
  finish (job, refusal, reason, NULL);
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
on_granted (void *hook, const struct pending_answer *answer_)
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
on_closed (void *hook, const struct pending_answer *answer_)
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
  grant.answer_by = (uint64_t)((job->decide->now.boot + PENDING_TIME)
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

  err = pending_add (decide->pending, id, decide->now.boot,
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
      pending_forget (decide->pending, job);
      decide_finish (job, REFUSAL_ACT_GONE, NULL);
    }
}


static void
tell_whoami (struct job *job)
{
  struct decide *decide = job->decide;
  struct policy_case pcase = { job->req, &job->origin, job->primary, false,
                               (time_t)clock_seconds (&decide->now) };
  char *text = policy_describe (decide->config, &pcase, job->verdict.user);

  finish (job, REFUSAL_NONE, NULL, text);
  free (text);
}


void
decide_carry_out (struct job *job)
{
  if (job->req->action == REQUEST_WHOAMI)
    tell_whoami (job);
  else
    ask_act (job);
}
