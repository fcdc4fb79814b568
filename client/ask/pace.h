/* pace.h - Not faster than a server allows one person to ask.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A request that is over a server's "rate" is not answered, so that one that
 * comes in many pieces must not run into it.  */

#ifndef POSTERN_CLIENT_PACE_H
#define POSTERN_CLIENT_PACE_H

#include <stdint.h>

/* All zero before the first.  */
struct pace
{
  unsigned int n;               /* Requests so far.  */
  int64_t next_us;              /* When the next may be made
                                   (CLOCK_BOOTTIME).  */
};

/* Wait until the next request may be made: some at once, and then as the
   default of "rate" allows.  */
void pace_wait (struct pace *pace);

#endif /*POSTERN_CLIENT_PACE_H*/
