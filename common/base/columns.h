/* columns.h - Tables, as people read them.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COLUMNS_H
#define POSTERN_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#define COLUMNS_MAX 16

/* Print ROWS lines of COLS cells (at most COLUMNS_MAX), which stand one after
   the other at CELL, in columns.  On a terminal that is too narrow column
   BELOW, which is not the last, comes on a line of its own under each row;
   BELOW may be COLS: none does.  */
void columns_print (FILE *fp, const char *const *cell, size_t rows,
                    size_t cols, size_t below);

#endif /*POSTERN_COLUMNS_H*/
