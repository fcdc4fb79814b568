/* client-complete.h - What may be typed next, for the shells.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_COMPLETE_H
#define POSTERN_CLIENT_COMPLETE_H

#include <stddef.h>

/* Print what may stand in place of the last of the N words behind
   "postern", which may be empty: one candidate a line, with a tab and a few
   words on it behind; or the one line ":files" or ":folders".  Nothing is
   said of errors, for a line is being typed.  Runs no gpg.  Returns the
   exit code.  */
int complete_words (char **word, size_t n);

#endif /*POSTERN_CLIENT_COMPLETE_H*/
