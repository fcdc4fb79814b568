/* text.c - Times and tables, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "text.h"

#include <string.h>
#include <time.h>
#include "../common/base/wrap.h"

#define MAX_COLS 16


char *
text_date (uint64_t when, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when)
    return memcpy (buf, "never", sizeof "never");
  if (!gmtime_r (&t, &tm) || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d", &tm))
    return memcpy (buf, "?", sizeof "?");
  return buf;
}


char *
text_time (uint64_t when, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when)
    return memcpy (buf, "-", sizeof "-");
  if (!localtime_r (&t, &tm)
      || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d %H:%M", &tm))
    return memcpy (buf, "?", sizeof "?");
  return buf;
}


char *
text_fingerprint (const char *fpr, char *buf)
{
  size_t i, n = 0;

  for (i = 0; fpr[i] && i < NETSPEC_FPRLEN; i++)
    {
      if (i && !(i % 4))
        buf[n++] = ' ';
      if (i == 20)
        buf[n++] = ' ';
      buf[n++] = fpr[i];
    }
  buf[n] = 0;
  return buf;
}


/* The widest cell of column K.  */
static size_t
find_width (const char *const *cell, size_t rows, size_t cols, size_t k)
{
  size_t i, len, width = 0;

  for (i = 0; i < rows; i++)
    {
      len = strlen (cell[i * cols + k]);
      if (len > width)
        width = len;
    }
  return width;
}


/* Column BELOW comes on a line of its own; COLS: none does.  */
static void
print_table (FILE *fp, const char *const *cell, size_t rows, size_t cols,
             size_t below)
{
  size_t width[MAX_COLS] = { 0 }, i, k;

  for (k = 0; k < cols && k < MAX_COLS; k++)
    width[k] = find_width (cell, rows, cols, k);
  for (i = 0; i < rows; i++, cell += cols)
    {
      for (k = 0; k < cols && k < MAX_COLS; k++)
        if (k + 1 == cols)
          fprintf (fp, "%s\n", cell[k]);
        else if (k != below)
          fprintf (fp, "%-*s", (int)width[k] + 2, cell[k]);
      if (below < cols)
        fprintf (fp, "  %s\n", cell[below]);
    }
}


void
text_table (FILE *fp, const char *const *cell, size_t rows, size_t cols)
{
  print_table (fp, cell, rows, cols, cols);
}


void
text_table_below (FILE *fp, const char *const *cell, size_t rows,
                  size_t cols, size_t below)
{
  size_t sum = 0, k;

  for (k = 0; k < cols; k++)
    sum += find_width (cell, rows, cols, k) + (k + 1 < cols ? 2 : 0);
  print_table (fp, cell, rows, cols, wrap_is_terminal (fp)
               && sum > wrap_columns (fp) ? below : cols);
}
