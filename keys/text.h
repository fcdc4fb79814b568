/* text.h - Times and tables, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_TEXT_H
#define POSTERN_KEYS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "../common/base/netspec.h"

#define TEXT_TIMELEN 32
#define TEXT_FPRLEN (NETSPEC_FPRLEN * 5 / 4 + 2)

/* The day (UTC) of WHEN, in Unix seconds; "never" for 0.  BUF takes
   TEXT_TIMELEN bytes.  Return BUF.  */
char *text_date (uint64_t when, char *buf);

/* The local time; "-" for 0.  */
char *text_time (uint64_t when, char *buf);

/* FPR in groups of four, as gpg shows it.  BUF takes TEXT_FPRLEN bytes.  */
char *text_fingerprint (const char *fpr, char *buf);

/* Print ROWS lines of COLS cells, which stand one behind the other at
   CELL, in columns.  */
void text_table (FILE *fp, const char *const *cell, size_t rows, size_t cols);

/* The same; on a terminal that is too narrow column BELOW, which is not the
   last, comes on a line of its own under each row.  */
void text_table_below (FILE *fp, const char *const *cell, size_t rows,
                       size_t cols, size_t below);

#endif /*POSTERN_KEYS_TEXT_H*/
