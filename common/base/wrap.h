/* wrap.h - Break lines that are too long for a terminal.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A long line with text from elsewhere is broken here and not by the
 * terminal: text after many spaces must not look like a line of our own.
 * Lines of our own are only broken on a terminal; a file or a pipe gets each
 * as one line.  */

#ifndef POSTERN_WRAP_H
#define POSTERN_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Write TEXT, a clean line (encode_is_line), and an LF to FP, on which INDENT
   columns of the line are taken.  If TEXT is too long for a terminal, it
   continues on the next line after INDENT spaces.  */
void wrap_print (FILE *fp, const char *text, size_t indent);

/* The same for text of our own, which is only broken on a terminal.  */
void wrap_own (FILE *fp, const char *text, size_t indent);

/* Do that for each line of TEXT; continuations are indented to what follows
   the first word of the line.  */
void wrap_lines (FILE *fp, const char *text);

/* True if FP is a terminal.  */
bool wrap_is_terminal (FILE *fp);

/* How long a line of FP may be, in columns: what its terminal shows, at most
   79.  */
size_t wrap_columns (FILE *fp);

#endif /*POSTERN_WRAP_H*/
