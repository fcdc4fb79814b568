/* text.c - Times and tables, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "text.h"

#include <string.h>
#include <time.h>

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


void
text_table (FILE *fp, const char *const *cell, size_t rows, size_t cols)
{
  size_t width[MAX_COLS] = { 0 };
  size_t i, k, len;

  for (i = 0; i < rows; i++)
    for (k = 0; k < cols && k < MAX_COLS; k++)
      {
        len = strlen (cell[i * cols + k]);
        if (len > width[k])
          width[k] = len;
      }
  for (i = 0; i < rows; i++)
    for (k = 0; k < cols && k < MAX_COLS; k++)
      {
        fputs (cell[i * cols + k], fp);
        if (k + 1 == cols)
          putc ('\n', fp);
        else
          fprintf (fp, "%*s", (int)(width[k] + 2
                                    - strlen (cell[i * cols + k])), "");
      }
}
