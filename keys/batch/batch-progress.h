/* batch-progress.h - What is done for many people: how far it is, who failed.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_PROGRESS_H
#define POSTERN_KEYS_PROGRESS_H

#include <stddef.h>
#include <gpg-error.h>

typedef struct progress_s *progress_t;

/* Begin.  VERB begins the lines about failures, and must last; TOTAL people are
   expected.  The progress is shown on stderr if that is a terminal.  */
gpg_error_t progress_new (const char *verb, size_t total,
                          progress_t *r_progress);
void progress_release (progress_t progress);

/* NAME is next.  */
void progress_step (progress_t progress, const char *name);

/* It failed for NAME, because of WHY; this is logged in the end.  */
void progress_fail (progress_t progress, const char *name, const char *why);

/* Clear the line of progress, log all failures, and return how many there
   were.  */
size_t progress_finish (progress_t progress);

#endif /*POSTERN_KEYS_PROGRESS_H*/
