/* preload-timex.c - A kernel clock that is synchronised or not, for a test.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Preloaded into one program.  TEST_UNSYNCHRONISED is 1 or 0.  */

#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>


int
adjtimex (struct timex *timex)
{
  const char *free_clock = getenv ("TEST_UNSYNCHRONISED");

  memset (timex, 0, sizeof *timex);
  if (!free_clock || *free_clock != '1')
    return TIME_OK;
  timex->status = STA_UNSYNC;
  return TIME_ERROR;
}
