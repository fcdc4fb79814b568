/* batch-progress.h - Something done for many people: how far, and what failed.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_PROGRESS_H
#define POSTERN_KEYS_PROGRESS_H

#include <stddef.h>
#include <gpg-error.h>

typedef struct progress_s *progress_t;

/* VERB begins the lines about failures; TOTAL people are expected.  How far
   it is is shown on stderr where that is a terminal.  */
gpg_error_t progress_new (const char *verb, size_t total,
                          progress_t *r_progress);
void progress_release (progress_t progress);

/* NAME is next.  */
void progress_step (progress_t progress, const char *name);

/* It failed for NAME, since WHY; kept until the end.  */
void progress_fail (progress_t progress, const char *name, const char *why);

/* Take the line of progress away, log each failure, and return how many
   there were.  */
size_t progress_finish (progress_t progress);

#endif /*POSTERN_KEYS_PROGRESS_H*/
