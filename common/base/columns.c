/* columns.c - Tables, as people read them.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "columns.h"

#include <string.h>
#include "wrap.h"


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


void
columns_print (FILE *fp, const char *const *cell, size_t rows, size_t cols,
               size_t below)
{
  size_t width[COLUMNS_MAX] = { 0 }, sum = 0, i, k;

  for (k = 0; k < cols; k++)
    {
      width[k] = find_width (cell, rows, cols, k);
      sum += width[k] + (k + 1 < cols ? 2 : 0);
    }
  if (!wrap_is_terminal (fp) || sum <= wrap_columns (fp))
    below = cols;
  for (i = 0; i < rows; i++, cell += cols)
    {
      for (k = 0; k < cols; k++)
        if (k + 1 == cols)
          fprintf (fp, "%s\n", cell[k]);
        else if (k != below)
          fprintf (fp, "%-*s", (int) width[k] + 2, cell[k]);
      if (below < cols)
        fprintf (fp, "  %s\n", cell[below]);
    }
}
