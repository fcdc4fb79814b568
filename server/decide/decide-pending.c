/* decide-pending.c - Steps: a request that others must approve is pending.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It was claimed and its credential checked before.  What is carried out in
 * the end is the text that its person signed, judged again and resolved
 * again: where that gives anything else than what was approved, nothing is
 * done (decide-approve.c).  */

#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "decide-parts.h"

#define REASONLEN 160


const struct config_rule *
pending_terms (struct decide *decide, const struct pending *pending)
{
  config_t config = decide->config;
  const struct config_command *command = pending->command
    ? config_command_by_name (config, pending->name) : NULL;
  const struct config_rule *rule = pending->command
    ? (command ? &command->terms : NULL)
    : config_rule_by_name (config, pending->name);
  unsigned char hash[CONFIG_HASHLEN];

  if (!rule || config_terms_hash (rule, command, hash)
      || memcmp (hash, pending->terms, sizeof hash))
    return NULL;
  return rule;
}


static const struct config_user *
find_user (struct decide *decide, const char *name, const char *fpr)
{
  const struct config_user *user = config_user_by_name (decide->config, name);
  uint64_t now = clock_seconds (&decide->now);

  return user && !strcmp (user->fpr, fpr)
         && (!user->expires || now < user->expires) ? user : NULL;
}


char *
pending_describe (const struct job *job)
{
  char address[NETSPEC_ADDRSTRLEN], ports[NETSPEC_PORTSTRLEN], *text;

  if (job->req->action == REQUEST_RUN)
    {
      if (asprintf (&text, "run %s: %s", job->req->command, job->argv) < 0)
        text = NULL;
    }
  else if (asprintf (&text, "open %s for %s, %u s%s",
                     netspec_ports_print (&job->req->ports, ports),
                     netspec_addr_print (&job->verdict.addr, address),
                     job->verdict.seconds, job->req->once ? ", once" : "")
           < 0)
    text = NULL;
  return text;
}


static gpg_error_t
fill_pending (struct job *job, struct pending *pending)
{
  const struct config_rule *rule = job->verdict.rule;
  struct decide *decide = job->decide;
  gpg_error_t err;

  memcpy (pending->request, job->row.request, REQUEST_HASHLEN);
  snprintf (pending->user, sizeof pending->user, "%s",
            job->verdict.user->name);
  snprintf (pending->fpr, sizeof pending->fpr, "%s", job->primary);
  pending->origin = job->origin;
  pending->command = job->req->action == REQUEST_RUN;
  snprintf (pending->name, sizeof pending->name, "%s", rule->name);
  pending->row = job->row.row;
  pending->since = clock_seconds (&decide->now);
  pending->until = pending->since + rule->approval.time;
  pending->ends = decide->now.boot
    + (int64_t)rule->approval.time * CLOCK_SECOND;
  err = config_terms_hash (rule, pending->command ? config_command_by_name
                           (decide->config, pending->name) : NULL,
                           pending->terms);
  if (!err)
    err = request_write (job->req, &pending->text, &pending->text_len, NULL);
  if (!err && !(pending->what = pending_describe (job)))
    err = gpg_error (GPG_ERR_ENOMEM);
  return err;
}


enum way
step_emergency (struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;

  return job->req->emergency && rule && rule->approval.n
         && !rule->approval.emergency
    ? job_end (job, REFUSAL_EMERGENCY, NULL) : WAY_GO_ON;
}


/* On the disk from here on; its person is told so.  */
static enum way
become_pending (struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;
  struct pending *pending = calloc (1, sizeof *pending);
  char reason[REASONLEN], id[2 * REQUEST_HASHLEN + 1];
  gpg_error_t err = pending ? fill_pending (job, pending)
    : gpg_error (GPG_ERR_ENOMEM);

  if (err)
    approvals_release (pending);
  else
    err = approvals_add (job->decide->approvals, pending);
  if (gpg_err_code (err) == GPG_ERR_LIMIT_REACHED)
    return job_end (job, REFUSAL_WAITING_FULL, NULL);
  if (err)
    {
      log_error ("a request cannot wait: %s", gpg_strerror (err));
      return job_end (job, REFUSAL_STORE, NULL);
    }
  hook_tell (job, CONFIG_ON_PENDING, job->req->reason);
  job->reply->result = REPLY_PENDING;
  job->reply->until = pending->until;
  job->row.result = "pending";
  job->row.stage = "approval";
  encode_hex (job->row.request, REQUEST_HASHLEN, id);
  snprintf (reason, sizeof reason, "waits for %u approval%s as %.*s",
            rule->approval.n, rule->approval.n == 1 ? "" : "s",
            REQUEST_SHORTLEN, id);
  return job_end (job, REFUSAL_NONE, reason);
}


enum way
step_approvals (struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;

  if (!rule || !rule->approval.n)
    return WAY_GO_ON;
  if (!job->req->emergency)
    return become_pending (job);
  job_note (job, "EMERGENCY: without approvals");
  hook_tell (job, CONFIG_ON_EMERGENCY, job->req->reason);
  return WAY_GO_ON;
}


gpg_error_t
pending_revive (struct decide *decide, const struct pending *pending,
                struct job **r_job)
{
  const struct config_user *user = config_user_by_name (decide->config,
                                                        pending->user);
  struct job *job;
  unsigned int i;
  gpg_error_t err = job_create (decide, &pending->origin, pending->fpr, &job);

  *r_job = NULL;
  if (!err)
    err = request_parse (pending->text, pending->text_len, &job->req, NULL);
  if (!err && !(job->argv = strdup (pending->what)))
    err = gpg_error_from_syserror ();
  if (err)
    {
      if (job)
        job_release (job);
      return err;
    }
  job->state = JOB_APPROVED;
  job->req->no_reply = true;
  job->row.row = pending->row;
  job->row.user = user ? user->name : NULL;
  job->row.time = pending->since;
  memcpy (job->row.request, pending->request, REQUEST_HASHLEN);
  job_describe (job);
  for (i = 0; i < pending->n_approvals; i++)
    job_note (job, "approved by %s", pending->approval[i].user);
  *r_job = job;
  return 0;
}


void
pending_go_on (struct job *job)
{
  way_rejoin (job, step_approvals);
}


gpg_error_t
pending_end (struct decide *decide, struct pending *pending,
             enum refusal refusal, const char *by)
{
  char reason[REASONLEN];
  struct job *job;
  gpg_error_t err = pending_revive (decide, pending, &job);

  if (!err && (err = approvals_remove (decide->approvals, pending)))
    job_release (job);
  if (err)
    {
      log_error ("what waits cannot be ended: %s", gpg_strerror (err));
      return err;
    }
  snprintf (reason, sizeof reason, "%s by %s", refusal_told (refusal),
            by ? by : "");
  job_end (job, refusal, by ? reason : NULL);
  pending_go_on (job);
  return 0;
}


void
pending_expire (struct decide *decide)
{
  struct pending *pending;
  size_t i;

  for (i = approvals_count (decide->approvals); i-- > 0; )
    {
      pending = approvals_get (decide->approvals, i);
      if (pending->ends <= decide->now.boot)
        pending_end (decide, pending, REFUSAL_APPROVAL_TIME, NULL);
    }
}


/* Another configuration may have begun with us.  */
void
pending_drop_outdated (struct decide *decide)
{
  struct pending *pending;
  size_t i;

  for (i = approvals_count (decide->approvals); i-- > 0; )
    {
      pending = approvals_get (decide->approvals, i);
      if (!find_user (decide, pending->user, pending->fpr))
        pending_end (decide, pending, REFUSAL_NO_USER, NULL);
      else if (!pending_terms (decide, pending))
        pending_end (decide, pending, REFUSAL_TERMS_CHANGED, NULL);
    }
}


/* Nothing may have looked after its time, for we may have slept.  */
struct pending *
pending_find (struct job *job, const struct config_rule **r_terms)
{
  struct decide *decide = job->decide;
  struct pending *pending = approvals_find (decide->approvals,
                                           job->req->request);

  *r_terms = pending && pending->ends > decide->now.boot
    ? pending_terms (decide, pending) : NULL;
  return *r_terms ? pending : NULL;
}


size_t
pending_approvers (struct decide *decide, const struct pending *pending,
                   const struct config_rule *terms, bool lapsed,
                   const struct config_user *users[PENDING_APPROVERS])
{
  const struct approval *approval = pending->approval;
  time_t now = decide_now_s (decide);
  size_t n = 0;
  unsigned int i;

  for (i = 0; i < pending->n_approvals; i++)
    {
      if (approval[i].lapsed && !lapsed)
        continue;
      users[n] = find_user (decide, approval[i].user, approval[i].fpr);
      if (users[n] && config_approval_has_user (&terms->approval, users[n],
                                                now))
        n++;
    }
  return n;
}
