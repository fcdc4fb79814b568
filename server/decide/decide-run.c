/* decide-run.c - Commands, their receipts, and who may fetch them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The receipt is on the disk before act is asked: whatever happens from
 * then on, the request never runs a second time, and its receipt tells what
 * is known.  A reply goes out when the command has ended, or after
 * DECIDE_RUN_TIME; the job stays until act has told how it ended.  */

#include "decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/command.h"
#include "../config/config-parts.h"
#include "../../common/base/log.h"

#define REASONLEN 160
#define SLACK 600u              /* Seconds.  */
#define REPLY_OUTPUT 2048       /* More does not fit a reply.  */
#define LOST "the server failed: it is unknown whether it ran"
#define STOPPED "the server stopped while it ran"
#define NOT_KNOWN "it is not known yet whether it was started"

static void on_begun (void *hook, const struct calls_answer *answer);
static void on_time (void *hook, const struct calls_answer *answer);


gpg_error_t
decide_runs_open (struct decide *decide)
{
  return receipts_open (decide->store, &decide->runs.receipts);
}


static void
forget (struct job *job)
{
  struct decide_runs *runs = &job->decide->runs;
  unsigned int i;

  calls_forget (job->decide->calls, job);
  for (i = 0; i < runs->n; i++)
    if (runs->job[i] == job)
      runs->job[i] = runs->job[--runs->n];
}


bool
decide_resolve (struct job *job)
{
  struct strlist argv = { 0, NULL };
  char *why = NULL;

  if (command_resolve (job->verdict.command, job->req->arg,
                       job->req->n_args, &argv, &why))
    {
      decide_finish (job, REFUSAL_ARGUMENT, why);
      free (why);
      return false;
    }
  free (job->argv);
  job->argv = command_print (&argv);
  strlist_release (&argv);
  if (job->argv)
    return true;
  decide_finish (job, REFUSAL_RECEIPT, NULL);
  return false;
}


static gpg_error_t
begin_receipt (struct job *job)
{
  struct receipt receipt;

  memset (&receipt, 0, sizeof receipt);
  memcpy (receipt.request, job->row.request, REQUEST_HASHLEN);
  snprintf (receipt.user, sizeof receipt.user, "%s",
            job->verdict.user->name);
  snprintf (receipt.fpr, sizeof receipt.fpr, "%s", job->primary);
  snprintf (receipt.command, sizeof receipt.command, "%s",
            job->verdict.rule->name);
  receipt.argv = job->argv;
  receipt.row = job->row.row;
  receipt.started = clock_seconds (&job->decide->now);
  return receipts_begin (job->decide->runs.receipts, &receipt);
}


static void
end_receipt (struct decide *decide, const struct receipt *receipt)
{
  gpg_error_t err = receipts_end (decide->runs.receipts, receipt);

  if (err)
    log_error ("what came of a command cannot be stored: %s",
               gpg_strerror (err));
}


static void
fail_receipt (struct job *job, enum receipt_state state, const char *reason)
{
  struct receipt receipt;

  memset (&receipt, 0, sizeof receipt);
  memcpy (receipt.request, job->row.request, REQUEST_HASHLEN);
  receipt.state = state;
  receipt.reason = (char *)reason;
  end_receipt (job->decide, &receipt);
}


/* It is certain that nothing was started.  */
static void
deny (struct job *job, enum refusal refusal)
{
  forget (job);
  fail_receipt (job, RECEIPT_FAILED, refusal_told (refusal));
  if (!job->answered)
    decide_answer (job, NULL, refusal, NULL);
  decide_settle (job, refusal, NULL);
}


/* Nobody will ever know more of it.  */
static void
lose (struct job *job)
{
  forget (job);
  fail_receipt (job, RECEIPT_UNKNOWN, LOST);
  if (!job->answered)
    decide_answer (job, NULL, REFUSAL_NONE, LOST);
  job->row.result = "unknown";
  job->row.stage = "act";
  job->row.reason = "act ended while it ran";
  job->row.rule = job->verdict.rule->name;
  audit_put (job->decide->audit, &job->row);
  job_release (job);
}


static gpg_error_t
send_run (struct job *job)
{
  struct packet_run run;

  memset (&run, 0, sizeof run);
  memcpy (run.hash, job->decide->config->hash, sizeof run.hash);
  memcpy (run.request, job->row.request, sizeof run.request);
  snprintf (run.command, sizeof run.command, "%s", job->verdict.rule->name);
  snprintf (run.user, sizeof run.user, "%s", job->verdict.user->name);
  snprintf (run.fpr, sizeof run.fpr, "%s", job->primary);
  run.addr = job->verdict.addr;
  run.observed = job->origin.src;
  run.asked = (uint64_t)job->decide->now.boot;
  run.n_args = (uint8_t)job->req->n_args;
  memcpy (run.arg, job->req->arg, sizeof run.arg);
  return packet_send_run (job->decide->fd_out, job->asked_id, &run);
}


void
decide_run (struct job *job)
{
  struct decide *decide = job->decide;
  struct decide_runs *runs = &decide->runs;
  gpg_error_t err;

  job->asked_id = decide_new_id (decide);
  if (runs->n == DECIDE_RUNS)
    {
      decide_finish (job, REFUSAL_COMMAND_BUSY, NULL);
      return;
    }
  err = begin_receipt (job);
  if (err)
    {
      log_error ("a receipt cannot be stored: %s", gpg_strerror (err));
      decide_finish (job, REFUSAL_RECEIPT, NULL);
      return;
    }
  runs->job[runs->n++] = job;
  err = calls_add (decide->calls, job->asked_id,
                   decide->now.boot + CALLS_TIME_US, on_begun, job);
  if (!err)
    err = send_run (job);
  if (err)
    {
      log_error ("act cannot be asked: %s", gpg_strerror (err));
      deny (job, REFUSAL_ACT_GONE);
    }
}


/* The audit must not wait for the end: until then its row says this.  */
static void
note_running (struct job *job)
{
  struct audit_row row = job->row;

  row.result = "running";
  row.stage = "act";
  row.rule = job->verdict.rule->name;
  audit_put (job->decide->audit, &row);
}


static void
answer_running (struct job *job, const char *reason)
{
  reply_t reply;

  job->answered = true;
  note_running (job);
  if (reply_new (&reply))
    return;
  reply->result = REPLY_RUNNING;
  reply->argv = strdup (job->argv);
  decide_answer (job, reply, REFUSAL_NONE, reason);
  reply_release (reply);
}


/* act's answer to RUN, or none: then it may be at it all the same.  */
static void
on_begun (void *hook, const struct calls_answer *answer)
{
  struct job *job = hook;
  struct decide *decide = job->decide;

  if (answer->type == PACKET_DENIED)
    deny (job, (enum refusal)answer->u.denied.refusal);
  else if (answer->type == PACKET_RUNNING)
    {
      job->begun = true;
      if (calls_add (decide->calls, job->asked_id, job->due,
                             on_time, job))
        answer_running (job, NULL);
    }
  else if (job->lost)
    lose (job);
  else
    answer_running (job, NOT_KNOWN);
}


static void
on_time (void *hook, const struct calls_answer *answer)
{
  (void)answer;
  answer_running (hook, NULL);
}


void
decide_on_denied (struct decide *decide, uint64_t id, enum refusal refusal)
{
  struct decide_runs *runs = &decide->runs;
  unsigned int i;

  for (i = 0; i < runs->n; i++)
    if (runs->job[i]->asked_id == id)
      {
        deny (runs->job[i], refusal);
        return;
      }
}


static struct job *
find_job (struct decide *decide, const unsigned char *request)
{
  struct decide_runs *runs = &decide->runs;
  unsigned int i;

  for (i = 0; i < runs->n; i++)
    if (!memcmp (runs->job[i]->row.request, request, REQUEST_HASHLEN))
      return runs->job[i];
  return NULL;
}


/* Complete the row of what BEGIN tells, which a decide before us asked for
   and whose job is gone.  */
static void
complete_row (struct decide *decide, const struct receipt *begin,
              struct audit_row *row)
{
  const struct config_command *command
    = config_command_by_name (decide->config, begin->command);
  const struct config_user *user = config_user_by_name (decide->config,
                                                        begin->user);

  row->row = begin->row;
  row->time = clock_seconds (&decide->now);
  row->stage = "act";
  row->action = request_action_name (REQUEST_RUN);
  row->has_request = true;
  memcpy (row->request, begin->request, REQUEST_HASHLEN);
  row->user = user ? user->name : NULL;
  row->rule = command ? command->terms.name : NULL;
  if (row->row)
    audit_put (decide->audit, row);
}


/* What decides before us asked for before BEFORE (Unix seconds), and no act
   runs any more.  */
static void
lose_left_over (struct decide *decide, uint64_t before)
{
  receipts_t receipts = decide->runs.receipts;
  struct receipt receipt, end;
  struct audit_row row;
  int64_t after = 0;

  while (!receipts_next_running (receipts, after, &receipt))
    {
      after = receipt.row;
      if (receipt.started < before && !find_job (decide, receipt.request))
        {
          memset (&end, 0, sizeof end);
          memcpy (end.request, receipt.request, REQUEST_HASHLEN);
          end.state = RECEIPT_UNKNOWN;
          end.reason = (char *)STOPPED;
          end_receipt (decide, &end);
          memset (&row, 0, sizeof row);
          row.result = "unknown";
          row.reason = STOPPED;
          complete_row (decide, &receipt, &row);
        }
      receipt_release (&receipt);
    }
}


/* Nothing runs longer: an act that was killed behind a reload tells nobody
   of its end.  */
void
decide_runs_expire (struct decide *decide)
{
  uint64_t now = clock_seconds (&decide->now);

  if (now > CONFIG_MAX_TIMEOUT + SLACK)
    lose_left_over (decide, now - CONFIG_MAX_TIMEOUT - SLACK);
}


/* act is another one: of what the one before ran it knows nothing.  What it
   has not begun may still be in the channel.  */
void
decide_on_begun (struct decide *decide, const struct packet_begun *p)
{
  struct decide_runs *runs = &decide->runs;
  unsigned int i = 0;

  if (!p->others)
    lose_left_over (decide, UINT64_MAX);
  while (i < runs->n)
    if (runs->job[i]->begun || runs->job[i]->answered)
      lose (runs->job[i]);
    else
      runs->job[i++]->lost = true;
}


static struct decide_output *
find_output (struct decide_runs *runs, const unsigned char *request)
{
  unsigned int i;

  for (i = 0; i < ROLE_ACTS; i++)
    if (runs->output[i].data
        && !memcmp (runs->output[i].request, request, REQUEST_HASHLEN))
      return runs->output + i;
  return NULL;
}


static void
drop_output (struct decide_output *output)
{
  free (output->data);
  memset (output, 0, sizeof *output);
}


/* A place for what REQUEST's command has written: there is one for each
   act, and one whose end never came may be in the way.  NULL: no memory. */
static struct decide_output *
new_output (struct decide_runs *runs, const unsigned char *request)
{
  struct decide_output *output = find_output (runs, request);
  unsigned int i;

  for (i = 0; !output && i < ROLE_ACTS; i++)
    if (!runs->output[i].data)
      output = runs->output + i;
  if (!output)
    output = runs->output;
  drop_output (output);
  output->data = malloc (CONFIG_MAX_OUTPUT);
  memcpy (output->request, request, REQUEST_HASHLEN);
  return output->data ? output : NULL;
}


void
decide_on_output (struct decide *decide, const struct packet_output *p)
{
  struct decide_runs *runs = &decide->runs;
  struct decide_output *output = p->from ? find_output (runs, p->request)
    : new_output (runs, p->request);

  if (!output)
    return;                     /* A part went to a decide before us.  */
  if (p->from != output->len || p->len > CONFIG_MAX_OUTPUT - output->len)
    output->broken = true;
  else
    {
      memcpy (output->data + output->len, p->data, p->len);
      output->len += p->len;
    }
}


/* What people are told of such an end and of what is left of the output, of
   which RAN tells; "": nothing.  */
static void
describe (const struct packet_ran *ran, const struct receipt *receipt,
          char reason[REASONLEN])
{
  static const char *const ends[] =
    { [PACKET_ENDED_ITSELF] = "", [PACKET_ENDED_TIMEOUT]
      = "ended after its time", [PACKET_ENDED_STOP]
      = "ended because the server stopped", [PACKET_ENDED_REVOKED]
      = "ended because its person may not any more" };
  const char *output = "";

  if (ran->refusal)
    {
      snprintf (reason, REASONLEN, "%s", refusal_told (ran->refusal));
      return;
    }
  if (receipt->output_len < ran->produced)
    output = receipt->output_len < ran->kept ? "its output was lost"
      : "not all of its output was kept";
  snprintf (reason, REASONLEN, "%s%s%s", ends[ran->ended_by],
            ran->ended_by && *output ? "; " : "", output);
}


/* What RAN tells, with OUTPUT, that came before it (NULL: none did).  */
static void
fill_receipt (const struct packet_ran *ran,
              const struct decide_output *output, struct receipt *receipt,
              char reason[REASONLEN])
{
  memset (receipt, 0, sizeof *receipt);
  memcpy (receipt->request, ran->request, REQUEST_HASHLEN);
  receipt->state = ran->refusal ? RECEIPT_FAILED : RECEIPT_ENDED;
  receipt->exit_code = ran->exit_code;
  receipt->signal = ran->signal;
  receipt->msecs = ran->msecs;
  receipt->produced = ran->produced;
  receipt->timed_out = ran->ended_by == PACKET_ENDED_TIMEOUT;
  if (output && !output->broken && output->len == ran->kept)
    {
      receipt->output = output->data;
      receipt->output_len = ran->kept;
    }
  describe (ran, receipt, reason);
  receipt->reason = *reason ? reason : NULL;
}


/* The same for the audit.  */
static void
describe_end (const struct receipt *receipt, char *text, size_t size)
{
  snprintf (text, size, "%s %u, %llu ms, %llu bytes%s%s",
            receipt->signal ? "signal" : "exit",
            receipt->signal ? receipt->signal : receipt->exit_code,
            (unsigned long long)receipt->msecs,
            (unsigned long long)receipt->produced,
            receipt->reason ? "; " : "",
            receipt->reason ? receipt->reason : "");
}


/* Its receipt as a reply, from byte FROM of the output on.  */
static gpg_error_t
make_reply (const struct receipt *receipt, const char *argv, size_t from,
            reply_t *r_reply)
{
  gpg_error_t err = reply_new (r_reply);
  size_t len = receipt->output_len > from ? receipt->output_len - from : 0;
  reply_t reply = *r_reply;

  if (err)
    return err;
  reply->result = REPLY_DONE;
  reply->has_exit = receipt->state == RECEIPT_ENDED && !receipt->signal;
  reply->exit_code = receipt->exit_code;
  reply->signal = receipt->signal;
  reply->msecs = receipt->msecs;
  reply->total = receipt->output_len;
  reply->argv = from || !argv ? NULL : strdup (argv);
  if (len > REPLY_OUTPUT)
    len = REPLY_OUTPUT;
  reply->output = len ? malloc (len) : NULL;
  if (!reply->output)
    return 0;
  memcpy (reply->output, receipt->output + from, len);
  reply->output_len = len;
  return 0;
}


static void
complete (struct job *job, const struct packet_ran *ran,
          const struct receipt *receipt)
{
  reply_t reply = NULL;
  char text[REASONLEN + 100];

  forget (job);
  end_receipt (job->decide, receipt);
  if (!job->answered && !ran->refusal
      && !make_reply (receipt, job->argv, 0, &reply))
    decide_answer (job, reply, REFUSAL_NONE, receipt->reason);
  else if (!job->answered)
    decide_answer (job, NULL, (enum refusal)ran->refusal, NULL);
  reply_release (reply);
  describe_end (receipt, text, sizeof text);
  decide_settle (job, (enum refusal)ran->refusal,
                 ran->refusal ? NULL : text);
}


/* The same where a decide before us asked for it.  */
static void
complete_left_over (struct decide *decide, const struct packet_ran *ran,
                    const struct receipt *end)
{
  struct receipt begin;
  struct audit_row row;

  if (receipts_get (decide->runs.receipts, ran->request, &begin))
    return;
  if (begin.state == RECEIPT_RUNNING)
    {
      end_receipt (decide, end);
      memset (&row, 0, sizeof row);
      row.result = ran->refusal ? "refused" : "done";
      row.reason = ran->refusal ? refusal_text (ran->refusal) : NULL;
      if (!ran->refusal)
        describe_end (end, row.detail, sizeof row.detail);
      complete_row (decide, &begin, &row);
    }
  receipt_release (&begin);
}


void
decide_on_ran (struct decide *decide, const struct packet_ran *ran)
{
  struct decide_output *output = find_output (&decide->runs, ran->request);
  struct job *job = find_job (decide, ran->request);
  struct receipt receipt;
  char reason[REASONLEN];

  fill_receipt (ran, output, &receipt, reason);
  if (job)
    complete (job, ran, &receipt);
  else
    complete_left_over (decide, ran, &receipt);
  if (output)
    drop_output (output);
}


void
decide_keep (struct job *job, enum refusal refusal, const char *reason)
{
  const struct config_rule *rule = job->verdict.rule;
  struct receipt receipt;
  gpg_error_t err;

  memset (&receipt, 0, sizeof receipt);
  memcpy (receipt.request, job->row.request, REQUEST_HASHLEN);
  receipt.state = refusal ? RECEIPT_FAILED : RECEIPT_OPENED;
  snprintf (receipt.user, sizeof receipt.user, "%s",
            job->row.user ? job->row.user : "");
  snprintf (receipt.fpr, sizeof receipt.fpr, "%s", job->primary);
  snprintf (receipt.command, sizeof receipt.command, "%s",
            rule ? rule->name : "");
  receipt.argv = job->argv ? job->argv : (char *)"";
  receipt.row = job->row.row;
  receipt.started = clock_seconds (&job->decide->now);
  receipt.until = job->row.until;
  receipt.reason = (char *)(reason || !refusal ? reason
                            : refusal_told (refusal));
  err = receipts_keep (job->decide->runs.receipts, &receipt);
  if (err)
    log_error ("what came of a request cannot be kept: %s",
               gpg_strerror (err));
}


static void
tell_result (struct job *job, struct receipt *receipt)
{
  reply_t reply;

  if (make_reply (receipt, receipt->argv, request_from (job->req), &reply))
    return;
  if (receipt->state == RECEIPT_RUNNING)
    reply->result = REPLY_RUNNING;
  else if (receipt->state == RECEIPT_FAILED)
    reply->result = REPLY_REFUSED;
  reply->until = receipt->until;
  decide_answer (job, reply, REFUSAL_NONE, receipt->reason);
  reply_release (reply);
}


void
decide_result (struct job *job)
{
  const struct pending *pending;
  struct receipt receipt;
  gpg_error_t err = receipts_get (job->decide->runs.receipts,
                                  job->req->request, &receipt);

  if (err && gpg_err_code (err) != GPG_ERR_NOT_FOUND)
    {
      log_error ("a receipt cannot be read: %s", gpg_strerror (err));
      decide_finish (job, REFUSAL_RECEIPT, NULL);
      return;
    }
  pending = err ? approvals_find (job->decide->approvals, job->req->request)
    : NULL;
  if (pending && !strcmp (pending->fpr, job->primary))
    decide_tell_asker (job, pending);
  else if (!err && !strcmp (receipt.fpr, job->primary))
    {
      job_note (job, "of row %lld", (long long)receipt.row);
      tell_result (job, &receipt);
      decide_settle (job, REFUSAL_NONE, NULL);
    }
  else
    {
      if (!err)
        job_note (job, "it is somebody else's");
      decide_finish (job, REFUSAL_RESULT, NULL);
    }
  if (!err)
    receipt_release (&receipt);
}


/* Who still waits hears that it runs; what comes of it the next decide will
   be told.  */
void
decide_runs_close (struct decide *decide)
{
  struct decide_runs *runs = &decide->runs;
  struct job *job;
  unsigned int i;

  while (runs->n)
    {
      job = runs->job[0];
      forget (job);
      if (!job->answered)
        answer_running (job, NULL);
      job_release (job);
    }
  receipts_close (runs->receipts);
  for (i = 0; i < ROLE_ACTS; i++)
    drop_output (runs->output + i);
  memset (runs, 0, sizeof *runs);
}
