/* client-complete.h - What may be typed next, for the shells.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_COMPLETE_H
#define POSTERN_CLIENT_COMPLETE_H

#include <stddef.h>

/* Print what may replace the last of the N words after "postern", which may
   be empty: one candidate on each line, followed by a tab and a few words
   about it; or the one line ":files" or ":folders".  Errors are not
   reported, for a line is being typed.  Runs no gpg.  Returns the
   exit code.  */
int complete_words (char **word, size_t n);

#endif /*POSTERN_CLIENT_COMPLETE_H*/
