/* pieces.c - A long answer in pieces: whether to ask for the next one.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pieces.h"


enum pieces_next
pieces_next (unsigned int n, unsigned int most, size_t len, uint64_t have,
             uint64_t total)
{
  if (have >= total)
    return PIECES_DONE;
  if (len < PIECES_LEAST)
    return PIECES_SMALL;
  return n < most ? PIECES_MORE : PIECES_MANY;
}
