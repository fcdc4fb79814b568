/* ticks.h - The clocks that nobody sets.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For how long something takes and when it is due.  What is told to people or
 * goes by a signed time has the wall clock: time(2), or on the server
 * store/clock.h.  */

#ifndef POSTERN_TICKS_H
#define POSTERN_TICKS_H

#include <stdint.h>

/* CLOCK_MONOTONIC, which stands still while the machine sleeps.  */
uint64_t ticks_ms (void);
uint64_t ticks_us (void);

/* CLOCK_BOOTTIME, which does not.  */
uint64_t ticks_boot_ms (void);
uint64_t ticks_boot_us (void);

/* How long the machine has slept since it was booted.  */
uint64_t ticks_asleep_ms (void);

#endif /*POSTERN_TICKS_H*/
