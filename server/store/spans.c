/* spans.c - Times that are refused for ever, as a few closed spans.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "spans.h"

#include <string.h>


/* The first span that does not end before TIME; n if there is none.  */
static size_t
find_span (const struct spans *spans, uint64_t time)
{
  size_t i = 0;

  while (i < spans->n && spans->span[i].last < time)
    i++;
  return i;
}


static void
remove_span (struct spans *spans, size_t at)
{
  memmove (spans->span + at, spans->span + at + 1,
           (spans->n - at - 1) * sizeof *spans->span);
  spans->n--;
}


/* Make one of the span AT and the next.  */
static void
join_next (struct spans *spans, size_t at)
{
  spans->span[at].last = spans->span[at + 1].last;
  remove_span (spans, at + 1);
}


static void
join_closest (struct spans *spans)
{
  size_t i, best = 0;
  uint64_t gap, least = UINT64_MAX;

  for (i = 0; i + 1 < spans->n; i++)
    {
      gap = spans->span[i + 1].first - spans->span[i].last;
      if (gap < least)
        {
          least = gap;
          best = i;
        }
    }
  join_next (spans, best);
}


/* Where TIME is next to the span AT or to the one before it: true.  */
static bool
extend_span (struct spans *spans, size_t at, uint64_t time)
{
  bool before = at && spans->span[at - 1].last + 1 == time;
  bool after = at < spans->n && spans->span[at].first - 1 == time;

  if (before)
    spans->span[at - 1].last = time;
  else if (after)
    spans->span[at].first = time;
  if (before && after)
    join_next (spans, at - 1);
  return before || after;
}


void
spans_add (struct spans *spans, uint64_t time)
{
  size_t at = find_span (spans, time);

  if (spans_has (spans, time) || extend_span (spans, at, time))
    return;
  if (spans->n == SPANS_MAX)
    {
      join_closest (spans);
      /* Which may have covered it, or come next to it.  */
      spans_add (spans, time);
      return;
    }
  memmove (spans->span + at + 1, spans->span + at,
           (spans->n - at) * sizeof *spans->span);
  spans->span[at].first = spans->span[at].last = time;
  spans->n++;
}


bool
spans_has (const struct spans *spans, uint64_t time)
{
  size_t at = find_span (spans, time);

  return at < spans->n && spans->span[at].first <= time;
}


uint64_t
spans_newest_before (const struct spans *spans, uint64_t now)
{
  size_t at = find_span (spans, now);

  if (at < spans->n && spans->span[at].first < now)
    return now - 1;
  return at ? spans->span[at - 1].last : 0;
}


uint64_t
spans_newest (const struct spans *spans)
{
  return spans->n ? spans->span[spans->n - 1].last : 0;
}
