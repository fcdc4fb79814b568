/* enroll-batch.h - postern-keys enroll --batch: many people at once.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_BATCH_H
#define POSTERN_KEYS_BATCH_H

#include "../keys-options.h"

/* Enroll many people, with OPT, which has --batch.  Logs its own errors and
   returns an exit code: EX_DATAERR if somebody could not be enrolled.  */
int batch_enroll (const struct options *opt);

#endif /*POSTERN_KEYS_BATCH_H*/
