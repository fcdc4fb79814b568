/* batch-progress.c - What is done for many people: how far it is, who failed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Failures are logged at the end, so that the line of progress does not hide
 * them and they stand together.  */

#include "batch-progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../common/base/log.h"

struct progress_s
{
  const char *verb;
  size_t total;
  size_t done;
  bool terminal;
  size_t n_failed;
  size_t n_kept;
  char **failed;                /* "NAME: why", N_KEPT of these.  */
};


gpg_error_t
progress_new (const char *verb, size_t total, progress_t *r_progress)
{
  progress_t progress = calloc (1, sizeof *progress);

  *r_progress = progress;
  if (!progress)
    return gpg_error_from_syserror ();
  progress->verb = verb;
  progress->total = total;
  progress->terminal = isatty (STDERR_FILENO);
  return 0;
}


void
progress_release (progress_t progress)
{
  if (!progress)
    return;
  while (progress->n_kept)
    gpgrt_free (progress->failed[--progress->n_kept]);
  free (progress->failed);
  free (progress);
}


void
progress_step (progress_t progress, const char *name)
{
  progress->done++;
  if (progress->terminal)
    fprintf (stderr, "\r%s: %zu of %zu: %s\033[K", progress->verb,
             progress->done, progress->total, name);
}


/* Without the memory to keep it, log it at once.  */
void
progress_fail (progress_t progress, const char *name, const char *why)
{
  char **more = reallocarray (progress->failed, progress->n_kept + 1,
                              sizeof *more);
  char *text = gpgrt_bsprintf ("%s: %s", name, why);

  progress->n_failed++;
  if (more)
    progress->failed = more;
  if (more && text)
    more[progress->n_kept++] = text;
  else
    {
      log_error ("%s %s: %s", progress->verb, name, why);
      gpgrt_free (text);
    }
}


size_t
progress_finish (progress_t progress)
{
  size_t i;

  if (progress->terminal && progress->done)
    fputs ("\r\033[K", stderr);
  for (i = 0; i < progress->n_kept; i++)
    log_error ("%s %s", progress->verb, progress->failed[i]);
  return progress->n_failed;
}
