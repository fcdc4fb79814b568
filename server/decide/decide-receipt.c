/* decide-receipt.c - The receipts of what was asked.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A command's is on the disk before act is asked: whatever happens from then
 * on, the request never runs a second time, and its receipt tells what is
 * known.  It outlives this process, and so an end can come for what another
 * decide began: such are left over.  */

#include "decide-parts.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/log.h"

#define STOPPED "the server stopped while it ran"


/* What is known of JOB; it lasts as long.  */
static struct receipt
fill_receipt (const struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;
  struct receipt receipt = { .argv = job->argv ? job->argv : (char *)"",
                             .row = job->row.row, .until = job->row.until,
                             .started = clock_seconds (&job->decide->now) };

  memcpy (receipt.request, job->row.request, REQUEST_HASHLEN);
  snprintf (receipt.user, sizeof receipt.user, "%s",
            job->row.user ? job->row.user : "");
  snprintf (receipt.fpr, sizeof receipt.fpr, "%s", job->primary);
  snprintf (receipt.command, sizeof receipt.command, "%s",
            rule ? rule->name : "");
  return receipt;
}


gpg_error_t
receipt_begin (const struct job *job)
{
  struct receipt receipt = fill_receipt (job);

  return receipts_begin (job->decide->store, &receipt);
}


void
receipt_end (struct decide *decide, const struct receipt *receipt)
{
  gpg_error_t err = receipts_end (decide->store, receipt);

  if (err)
    log_error ("what came of a command cannot be stored: %s",
               gpg_strerror (err));
}


void
receipt_fail (struct job *job, enum receipt_state state, const char *reason)
{
  struct receipt receipt = { .state = state, .reason = (char *)reason };

  memcpy (receipt.request, job->row.request, REQUEST_HASHLEN);
  receipt_end (job->decide, &receipt);
}


void
receipt_keep (const struct job *job, const char *reason)
{
  struct receipt receipt = fill_receipt (job);
  gpg_error_t err;

  receipt.state = job->refusal ? RECEIPT_FAILED : RECEIPT_OPENED;
  receipt.reason = (char *)reason;
  err = receipts_keep (job->decide->store, &receipt);
  if (err)
    log_error ("what came of a request cannot be kept: %s",
               gpg_strerror (err));
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


void
receipt_lose_left_over (struct decide *decide, uint64_t before)
{
  store_t store = decide->store;
  struct receipt receipt, end;
  struct audit_row row;
  int64_t after = 0;

  while (!receipts_next_running (store, after, &receipt))
    {
      after = receipt.row;
      if (receipt.started < before
          && !job_find_running (decide, receipt.request))
        {
          end = (struct receipt){ .state = RECEIPT_UNKNOWN,
                                  .reason = (char *)STOPPED };
          memcpy (end.request, receipt.request, REQUEST_HASHLEN);
          receipt_end (decide, &end);
          row = (struct audit_row){ .result = "unknown", .reason = STOPPED };
          complete_row (decide, &receipt, &row);
        }
      receipt_release (&receipt);
    }
}


void
receipt_describe_end (const struct receipt *receipt, char *text, size_t size)
{
  snprintf (text, size, "%s %u, %llu ms, %llu bytes%s%s",
            receipt->signal ? "signal" : "exit",
            receipt->signal ? receipt->signal : receipt->exit_code,
            (unsigned long long)receipt->msecs,
            (unsigned long long)receipt->produced,
            receipt->reason ? "; " : "",
            receipt->reason ? receipt->reason : "");
}


void
receipt_end_left_over (struct decide *decide, const struct packet_ran *ran,
                       const struct receipt *end)
{
  struct receipt begin;
  struct audit_row row;

  if (receipts_get (decide->store, ran->request, &begin))
    return;
  if (begin.state == RECEIPT_RUNNING)
    {
      receipt_end (decide, end);
      row = (struct audit_row){ .result = ran->refusal ? "refused" : "done" };
      row.reason = ran->refusal ? refusal_text (ran->refusal) : NULL;
      if (!ran->refusal)
        receipt_describe_end (end, row.detail, sizeof row.detail);
      complete_row (decide, &begin, &row);
    }
  receipt_release (&begin);
}
