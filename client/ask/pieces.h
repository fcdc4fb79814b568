/* pieces.h - A long answer in pieces: whether to ask for the next one.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each piece needs a signature, and perhaps a touch of a token, and the server
 * says how much there is.  To prevent it from getting as many signatures as it
 * likes, pieces have a least length and a greatest number.  */

#ifndef POSTERN_CLIENT_PIECES_H
#define POSTERN_CLIENT_PIECES_H

#include <stddef.h>
#include <stdint.h>
#include "exchange.h"
#include "pace.h"

/* A reply holds more than this of any answer, over any path.  */
#define PIECES_LEAST 64

/* The most pieces for one call of postern.  For output that is usually
   everything that a command may leave.  */
#define PIECES_OF_LIST 128
#define PIECES_OF_OUTPUT 1024

enum pieces_next
  {
    PIECES_DONE,
    PIECES_MORE,
    PIECES_SMALL,               /* The last one was, and there is more.  */
    PIECES_MANY                 /* There were as many as allowed.  */
  };

/* What to do after N pieces of at most MOST, the last one of which had LEN
   bytes, and with which there are HAVE of TOTAL.  */
enum pieces_next pieces_next (unsigned int n, unsigned int most, size_t len,
                              uint64_t have, uint64_t total);

/* What is fetched in pieces.  */
struct pieces
{
  const struct options *options;
  profile_t profile;
  struct compose_ask ask;       /* Without arguments.  */
  const char *id;               /* Its argument of that name, or NULL.  */
  struct pace pace;             /* Zero at first.  */
  char from[16];
};

/* Ask for what follows the first FROM bytes, not faster than the server
   allows.  Returns -1 to go on, or an exit code; exchange_end is to be called
   for X in any case.  */
int pieces_ask (struct pieces *pieces, size_t from, struct exchange *x);

#endif /*POSTERN_CLIENT_PIECES_H*/
