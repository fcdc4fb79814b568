/* decide-parse.c - Steps: is it a request, and one for this server?
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "steps.h"

#include <stdio.h>

#include "decide.h"


enum way
step_parse (struct job *job)
{
  const char *why;
  gpg_error_t err = request_parse (job->text, job->text_len, &job->req, &why);

  job->text = NULL;
  if (!err)
    {
      job_describe (job);
      return WAY_GO_ON;
    }
  snprintf (job->row.detail, sizeof job->row.detail, "%s", why ? why : "");
  return job_end (job, REFUSAL_GRAMMAR, NULL);
}


enum way
step_to (struct job *job)
{
  config_t config = job->decide->config;

  return request_is_for (job->req, config->host, config->server_fpr)
    ? WAY_GO_ON : job_end (job, REFUSAL_NOT_ADDRESSED, NULL);
}
