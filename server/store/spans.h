/* spans.h - Times that are refused for ever, as a few closed spans.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_SPANS_H
#define POSTERN_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPANS_MAX 64

/* From FIRST to LAST, both included, in Unix seconds.  */
struct span
{
  uint64_t first;
  uint64_t last;
};

/* In ascending order, and no two touch.  All zero: none.  */
struct spans
{
  size_t n;
  struct span span[SPANS_MAX];
};

/* Add TIME.  Where there would be more than SPANS_MAX, the two with the
   least between them become one: the set only grows.  */
void spans_add (struct spans *spans, uint64_t time);

bool spans_has (const struct spans *spans, uint64_t time);

/* The newest time in SPANS that is before NOW; 0 for none.  */
uint64_t spans_newest_before (const struct spans *spans, uint64_t now);

/* The newest time of all; 0 for none.  */
uint64_t spans_newest (const struct spans *spans);

#endif /*POSTERN_SPANS_H*/
