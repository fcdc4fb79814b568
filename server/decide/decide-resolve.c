/* decide-resolve.c - Step: what would a command's arguments make it run?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For the receipt and for who must approve it.  act resolves it again by
 * itself, and believes nothing of this.  */

#include "steps.h"

#include <stdlib.h>

#include "../config/command.h"
#include "../config/config-parts.h"
#include "decide-parts.h"


enum refusal
resolve_command (struct job *job)
{
  struct strlist argv = { 0, NULL };
  char *why = NULL;

  if (command_resolve (job->verdict.command, job->req->arg,
                       job->req->n_args, &argv, &why))
    {
      free (job->reason);
      job->reason = why;
      return REFUSAL_ARGUMENT;
    }
  free (job->argv);
  job->argv = command_print (&argv);
  strlist_release (&argv);
  return job->argv ? REFUSAL_NONE : REFUSAL_RECEIPT;
}


enum way
step_resolve (struct job *job)
{
  enum refusal refusal = resolve_command (job);

  return refusal ? job_end (job, refusal, NULL) : WAY_GO_ON;
}
