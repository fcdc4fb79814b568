/* enroll-batch.h - postern-keys enroll --batch: many people at once.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_BATCH_H
#define POSTERN_KEYS_BATCH_H

#include <stdbool.h>

/* True if the arguments of "enroll" ask for this.  */
bool batch_is_asked (int argc, char **argv);

/* Takes the arguments of "enroll", logs its own errors, and returns an exit
   code: EX_DATAERR where it failed for some.  */
int batch_enroll (int argc, char **argv);

#endif /*POSTERN_KEYS_BATCH_H*/
