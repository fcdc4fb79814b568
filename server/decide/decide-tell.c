/* decide-tell.c - Steps: what a person may do, and what is pending.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "steps.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "decide-parts.h"

#define REASONLEN 160
#define JSON_STYLE (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER)


enum way
step_whoami (struct job *job)
{
  struct policy_case pcase = policy_case_of (job, false);

  job->reply->output = policy_describe (job->decide->config, &pcase,
                                        job->verdict.user);
  if (job->reply->output)
    job->reply->output_len = strlen (job->reply->output);
  return WAY_DONE;
}


/* How many have approved PENDING; *R_NEEDS gets how many must.  */
static size_t
count_so_far (struct decide *decide, const struct pending *pending,
              unsigned int *r_needs)
{
  const struct config_rule *terms = pending_terms (decide, pending);
  const struct config_user *users[PENDING_APPROVERS];

  *r_needs = terms ? terms->approval.n : 0;
  return terms ? pending_approvers (decide, pending, terms, false, users) : 0;
}


/* PENDING as JSON; with its whole text if TEXT.  */
static json_t *
pack_pending (struct decide *decide, const struct pending *pending, bool text)
{
  char id[2 * REQUEST_HASHLEN + 1];
  unsigned int needs;
  size_t n = count_so_far (decide, pending, &needs);
  json_t *object;

  encode_hex (pending->request, REQUEST_HASHLEN, id);
  object = json_pack ("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "request", id,
                      "user", pending->user, "rule", pending->name,
                      "what", pending->what,
                      "until", (json_int_t)pending->until,
                      "approvals", (json_int_t)n,
                      "needs", (json_int_t)needs);
  if (object && text)
    json_object_set_new (object, "text", json_stringn (pending->text,
                                                       pending->text_len));
  return object;
}


char *
tell_pending_json (struct decide *decide, const struct pending *pending)
{
  json_t *object = pack_pending (decide, pending, false);
  char *line = object ? json_dumps (object, JSON_STYLE) : NULL;

  json_decref (object);
  return line;
}


/* Whose business PENDING is: its asker's, and its approvers'.  */
static bool
may_see (struct job *job, const struct pending *pending)
{
  struct decide *decide = job->decide;
  const struct config_rule *terms = pending_terms (decide, pending);

  return terms && (!strcmp (pending->user, job->verdict.user->name)
                   || config_approval_has_user (&terms->approval,
                                                job->verdict.user,
                                                decide_now_s (decide)));
}


enum way
tell_asker (struct job *job, const struct pending *pending)
{
  char reason[REASONLEN];
  unsigned int needs;
  size_t n = count_so_far (job->decide, pending, &needs);

  snprintf (reason, sizeof reason, "approved by %zu of %u so far", n, needs);
  job->reply->result = REPLY_PENDING;
  job->reply->until = pending->until;
  return job_end (job, REFUSAL_NONE, reason);
}


static void
put_pending (struct job *job, const struct pending *pending, bool text,
             FILE *fp)
{
  json_t *object = pack_pending (job->decide, pending, text);

  if (!object)
    return;
  json_dumpf (object, fp, JSON_STYLE);
  putc ('\n', fp);
  json_decref (object);
}


/* All that JOB's person may see, or the one that they name.  */
static enum refusal
list_pending (struct job *job, FILE *fp)
{
  approvals_t approvals = job->decide->approvals;
  const char *id = request_arg_value (job->req, "id");
  struct pending *pending;
  gpg_error_t err;
  size_t i;

  if (id)
    {
      err = approvals_find_prefix (approvals, id, &pending);
      if (gpg_err_code (err) == GPG_ERR_AMBIGUOUS_NAME)
        return REFUSAL_AMBIGUOUS_ID;
      if (err || !may_see (job, pending))
        return REFUSAL_NOT_WAITING;
      put_pending (job, pending, true, fp);
      return REFUSAL_NONE;
    }
  for (i = 0; i < approvals_count (approvals); i++)
    if (may_see (job, approvals_get (approvals, i)))
      put_pending (job, approvals_get (approvals, i), false, fp);
  return REFUSAL_NONE;
}


enum way
step_list (struct job *job)
{
  char *text = NULL;
  size_t len, from = request_from (job->req);
  FILE *fp = open_memstream (&text, &len);
  enum refusal refusal = REFUSAL_STORE;

  if (fp)
    {
      refusal = list_pending (job, fp);
      if (fclose (fp))
        refusal = REFUSAL_STORE;
    }
  if (!refusal)
    {
      job->reply->total = len;
      job->reply->output = strdup (text + (from < len ? from : len));
      job->reply->output_len = job->reply->output
        ? strlen (job->reply->output) : 0;
    }
  free (text);
  return job_end (job, refusal, NULL);
}
