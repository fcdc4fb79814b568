/* keys-complete.h - postern-keys --complete: what may be typed next.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_COMPLETE_H
#define POSTERN_KEYS_COMPLETE_H

#include "../common/base/options-kit.h"

/* Print what may replace the last of the N words after the name of PROGRAM.  No
   error is reported.  Returns the exit code.  */
int complete_keys (const struct kit_program *program, char **word, size_t n);

#endif /*POSTERN_KEYS_COMPLETE_H*/
