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
send_grant (struct job *job, uint64_t id)
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


/* All of JOB's person; where it is to open something, only that.  */
static gpg_error_t
send_close (struct job *job, uint64_t id)
{
  struct packet_close close = { .all = true };

  snprintf (close.user, sizeof close.user, "%s", job->verdict.user->name);
  if (job->req->action == REQUEST_OPEN)
    encode_hex (job->row.request, REQUEST_HASHLEN, close.prefix);
  return packet_send_close (job->decide->fd_out, id, &close);
}


enum way
step_act (struct job *job)
{
  struct decide *decide = job->decide;
  uint64_t id = decide_new_id (decide);
  gpg_error_t err = way_await (job, id, decide->now.boot + CALLS_TIME_US);

  if (err)
    return job_end (job, REFUSAL_ACT_GONE, "too many wait for act");
  err = job->req->action == REQUEST_OPEN ? send_grant (job, id)
    : send_close (job, id);
  if (!err)
    return WAY_WAIT;
  log_error ("act cannot be asked: %s", gpg_strerror (err));
  calls_forget (decide->calls, job);
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


/* An answer that does not fit the question is none.  act may still find the
   question and answer it when nobody waits: what it would open then, it
   shuts again.  */
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
    send_close (job, decide_new_id (job->decide));
  return job_end (job, REFUSAL_ACT_GONE, NULL);
}
