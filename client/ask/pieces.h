/* pieces.h - A long answer in pieces: whether to ask for the next one.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each takes a signature, and maybe a touch of a token, and it is the server
 * that says how much there is.  So that it cannot have as many signatures as
 * it likes, pieces have a least length and are bounded in number.  */

#ifndef POSTERN_CLIENT_PIECES_H
#define POSTERN_CLIENT_PIECES_H

#include <stddef.h>
#include <stdint.h>

/* A reply holds more than this of any answer, over any path.  */
#define PIECES_LEAST 64

/* What one call of postern takes; of output that is all which a command may
   leave, as a rule.  */
#define PIECES_OF_LIST 128
#define PIECES_OF_OUTPUT 1024

enum pieces_next
  {
    PIECES_DONE,
    PIECES_MORE,
    PIECES_SMALL,               /* The last one was, and there is more.  */
    PIECES_MANY                 /* There were as many as may be.  */
  };

/* What to do after N pieces of at most MOST, the last one of which had LEN
   bytes, and with which there are HAVE of TOTAL.  */
enum pieces_next pieces_next (unsigned int n, unsigned int most, size_t len,
                              uint64_t have, uint64_t total);

#endif /*POSTERN_CLIENT_PIECES_H*/
