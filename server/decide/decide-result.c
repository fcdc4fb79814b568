/* decide-result.c - Step: what came of an earlier request.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "steps.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"
#include "decide-parts.h"

#define REPLY_OUTPUT 2048       /* More does not fit a reply.  */


void
result_fill_reply (const struct receipt *receipt, const char *argv,
                   size_t from, reply_t reply)
{
  size_t len = receipt->output_len > from ? receipt->output_len - from : 0;

  reply->result = REPLY_DONE;
  reply->has_exit = receipt->state == RECEIPT_ENDED && !receipt->signal;
  reply->exit_code = receipt->exit_code;
  reply->signal = receipt->signal;
  reply->msecs = receipt->msecs;
  reply->total = receipt->output_len;
  reply->argv = from || !argv ? NULL : strdup (argv);
  reply->reason = strdup (receipt->reason ? receipt->reason : "");
  if (len > REPLY_OUTPUT)
    len = REPLY_OUTPUT;
  reply->output = len ? malloc (len) : NULL;
  if (!reply->output)
    return;
  memcpy (reply->output, receipt->output + from, len);
  reply->output_len = len;
}


static enum way
tell_receipt (struct job *job, const struct receipt *receipt)
{
  reply_t reply = job->reply;

  job_note (job, "of row %lld", (long long)receipt->row);
  result_fill_reply (receipt, receipt->argv, request_from (job->req), reply);
  if (receipt->state == RECEIPT_RUNNING)
    reply->result = REPLY_RUNNING;
  else if (receipt->state == RECEIPT_FAILED)
    reply->result = REPLY_REFUSED;
  reply->until = receipt->until;
  return WAY_DONE;
}


/* The receipt of another is refused as one that is not there.  */
enum way
step_result (struct job *job)
{
  const unsigned char *request = job->req->request;
  const struct pending *pending;
  struct receipt receipt;
  gpg_error_t err = receipts_get (job->decide->store, request,
                                  &receipt);
  enum way way;

  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    {
      pending = approvals_find (job->decide->approvals, request);
      return pending && !strcmp (pending->fpr, job->primary)
        ? tell_asker (job, pending) : job_end (job, REFUSAL_RESULT, NULL);
    }
  if (err)
    {
      log_error ("a receipt cannot be read: %s", gpg_strerror (err));
      return job_end (job, REFUSAL_RECEIPT, NULL);
    }
  if (!strcmp (receipt.fpr, job->primary))
    way = tell_receipt (job, &receipt);
  else
    {
      job_note (job, "it is somebody else's");
      way = job_end (job, REFUSAL_RESULT, NULL);
    }
  receipt_release (&receipt);
  return way;
}
