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


/* act may still find our question and answer it when nobody waits: what
   it would open then, it shuts again.  */
static void
withdraw_grant (struct job *job)
{
  struct packet_close close;

  memset (&close, 0, sizeof close);
  snprintf (close.user, sizeof close.user, "%s", job->verdict.user->name);
  encode_hex (job->row.request, REQUEST_HASHLEN, close.prefix);
  close.all = true;
  packet_send_close (job->decide->fd_out, decide_new_id (job->decide),
                     &close);
}


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


static gpg_error_t
send_close (struct job *job, uint64_t id)
{
  struct packet_close close;

  memset (&close, 0, sizeof close);
  snprintf (close.user, sizeof close.user, "%s", job->verdict.user->name);
  close.all = true;
  return packet_send_close (job->decide->fd_out, id, &close);
}


static enum way
ask_act (struct job *job, gpg_error_t (*send) (struct job *job, uint64_t id))
{
  struct decide *decide = job->decide;
  uint64_t id = decide_new_id (decide);
  gpg_error_t err = way_await (job, id, decide->now.boot + CALLS_TIME_US);

  if (err)
    return job_end (job, REFUSAL_ACT_GONE, "too many wait for act");
  err = send (job, id);
  if (!err)
    return WAY_WAIT;
  log_error ("act cannot be asked: %s", gpg_strerror (err));
  calls_forget (decide->calls, job);
  return job_end (job, REFUSAL_ACT_GONE, NULL);
}


enum way
step_open (struct job *job)
{
  return ask_act (job, send_grant);
}


enum way
open_answered (struct job *job, const struct calls_answer *answer)
{
  const struct packet_granted *granted = &answer->u.granted;
  char reason[REASONLEN];

  if (answer->type == PACKET_DENIED)
    return job_end (job, (enum refusal)answer->u.denied.refusal, NULL);
  if (answer->type != PACKET_GRANTED)
    {
      withdraw_grant (job);
      return job_end (job, REFUSAL_ACT_GONE, NULL);
    }
  job->row.until = granted->until;
  snprintf (reason, sizeof reason, "cut to %u s by rule %s",
            granted->seconds, job->verdict.rule->name);
  return job_end (job, REFUSAL_NONE,
                  granted->seconds < job->req->seconds ? reason : NULL);
}


enum way
step_close (struct job *job)
{
  return ask_act (job, send_close);
}


enum way
close_answered (struct job *job, const struct calls_answer *answer)
{
  char reason[REASONLEN];

  if (answer->type != PACKET_CLOSED)
    return job_end (job, REFUSAL_ACT_GONE, NULL);
  snprintf (reason, sizeof reason, "%u closed", answer->u.closed.n);
  return job_end (job, (enum refusal)answer->u.closed.refusal,
                  answer->u.closed.refusal ? NULL : reason);
}
