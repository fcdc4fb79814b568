/* wrap.h - Lines that are longer than a terminal's.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a line with the words of others is long we break it and not the
 * terminal: what comes after many spaces must not look like a line of ours.
 * Our own are broken for a person alone: who reads a file or a pipe gets a
 * line each.  */

#ifndef POSTERN_WRAP_H
#define POSTERN_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Write TEXT, a line that is clean (encode_is_line), and an LF to FP where
   INDENT columns are taken.  Where it is too long for a terminal it goes on
   below itself.  */
void wrap_print (FILE *fp, const char *text, size_t indent);

/* The same for words of our own, which are broken on a terminal alone.  */
void wrap_own (FILE *fp, const char *text, size_t indent);

/* Each line of TEXT likewise; what goes on stands behind the first word of
   its line.  */
void wrap_lines (FILE *fp, const char *text);

bool wrap_is_terminal (FILE *fp);

/* How long lines of FP may be: those of its terminal, or of a usual one.  */
size_t wrap_columns (FILE *fp);

#endif /*POSTERN_WRAP_H*/
