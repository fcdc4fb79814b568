/* wrap.h - Lines that hold the words of others.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where such a line is long we break it and not the terminal: what comes
 * after many spaces must not look like a line of ours.  */

#ifndef POSTERN_WRAP_H
#define POSTERN_WRAP_H

#include <stddef.h>
#include <stdio.h>

/* Write TEXT, a line that is clean (encode_is_line), and an LF to FP where
   INDENT columns are taken.  Where it is too long for a terminal it goes on
   below itself.  */
void wrap_print (FILE *fp, const char *text, size_t indent);

#endif /*POSTERN_WRAP_H*/
