/* pieces.c - A long answer in pieces: whether to ask for the next one.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pieces.h"

#include <string.h>


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


static void
add_argument (struct compose_ask *ask, const char *name, const char *value)
{
  struct request_arg *arg = ask->arg + ask->n_args++;

  memcpy (arg->name, name, strlen (name) + 1);
  arg->value = (char *) value;
}


int
pieces_ask (struct pieces *pieces, size_t from, struct exchange *x)
{
  pieces->ask.n_args = 0;
  gpgrt_snprintf (pieces->from, sizeof pieces->from, "%zu", from);
  if (from)
    add_argument (&pieces->ask, "from", pieces->from);
  if (pieces->id)
    add_argument (&pieces->ask, "id", pieces->id);
  pace_wait (&pieces->pace);
  exchange_begin (x, pieces->options, pieces->profile, &pieces->ask);
  return exchange_once (x);
}
