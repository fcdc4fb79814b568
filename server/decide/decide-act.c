/* decide-act.c - Steps: a grant is opened, or a person's grants are closed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * act checks all of it by its own configuration.  */

#include "steps.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "decide-parts.h"

#define REASONLEN 128


static gpg_error_t
ask_grant (struct job *job)
{
  const struct policy_verdict *verdict = &job->verdict;
  int64_t by = job->decide->now.boot + CALLS_TIME_US;
  struct packet_grant grant =
    { .addr = verdict->addr, .observed = job->origin.src,
      .ports = job->req->ports, .bind = job->req->bind,
      .once = job->req->once, .seconds = verdict->seconds,
      .answer_by = (uint64_t)(by / (CLOCK_SECOND / 1000)) };

  memcpy (grant.hash, job->decide->config->hash, sizeof grant.hash);
  memcpy (grant.request, job->row.request, sizeof grant.request);
  snprintf (grant.rule, sizeof grant.rule, "%s", verdict->rule->name);
  snprintf (grant.user, sizeof grant.user, "%s", verdict->user->name);
  snprintf (grant.fpr, sizeof grant.fpr, "%s", job->primary);
  return way_ask (job, job->decide->fd_out, PACKET_GRANT, &grant,
                  CALLS_TIME_US);
}


/* All of JOB's person; where it is to open something, only that.  */
static void
fill_close (struct job *job, struct packet_close *close)
{
  *close = (struct packet_close){ .all = true };
  snprintf (close->user, sizeof close->user, "%s", job->verdict.user->name);
  if (job->req->action == REQUEST_OPEN)
    encode_hex (job->row.request, REQUEST_HASHLEN, close->prefix);
}


static gpg_error_t
ask_close (struct job *job)
{
  struct packet_close close;

  fill_close (job, &close);
  return way_ask (job, job->decide->fd_out, PACKET_CLOSE, &close,
                  CALLS_TIME_US);
}


/* act may still find our question and answer it when nobody waits: what it
   would open then, it shuts again.  */
static void
withdraw_grant (struct job *job)
{
  struct decide *decide = job->decide;
  struct packet_close close;

  fill_close (job, &close);
  packet_send_close (decide->fd_out, decide_new_id (decide), &close);
}


enum way
step_act (struct job *job)
{
  gpg_error_t err = job->req->action == REQUEST_OPEN ? ask_grant (job)
    : ask_close (job);

  if (!err)
    return WAY_WAIT;
  if (gpg_err_code (err) == GPG_ERR_TOO_MANY)
    return job_end (job, REFUSAL_ACT_GONE, "too many wait for act");
  log_error ("act cannot be asked: %s", gpg_strerror (err));
  return job_end (job, REFUSAL_ACT_GONE, NULL);
}


static enum way
end_granted (struct job *job, const struct packet_granted *granted)
{
  char reason[REASONLEN];

  job->row.until = granted->until;
  snprintf (reason, sizeof reason, "cut to %u s by rule %s",
            granted->seconds, job->verdict.rule->name);
  return job_end (job, REFUSAL_NONE,
                  granted->seconds < job->req->seconds ? reason : NULL);
}


static enum way
end_closed (struct job *job, const struct packet_closed *closed)
{
  char reason[REASONLEN];

  snprintf (reason, sizeof reason, "%u closed", closed->n);
  return job_end (job, (enum refusal)closed->refusal,
                  closed->refusal ? NULL : reason);
}


/* An answer that does not fit the question is none.  */
enum way
act_answered (struct job *job, const struct calls_answer *answer)
{
  bool open = job->req->action == REQUEST_OPEN;

  if (open && answer->type == PACKET_DENIED)
    return job_end (job, (enum refusal)answer->u.denied.refusal, NULL);
  if (open && answer->type == PACKET_GRANTED)
    return end_granted (job, &answer->u.granted);
  if (!open && answer->type == PACKET_CLOSED)
    return end_closed (job, &answer->u.closed);
  if (open)
    withdraw_grant (job);
  return job_end (job, REFUSAL_ACT_GONE, NULL);
}
