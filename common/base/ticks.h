/* ticks.h - Clocks that nobody can set.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For durations and deadlines.  What is shown to people or compared with a
 * signed time uses the wall clock: time(2), or server/store/clock.h.  */

#ifndef POSTERN_TICKS_H
#define POSTERN_TICKS_H

#include <stdint.h>

/* CLOCK_MONOTONIC, which stops while the machine sleeps; in milliseconds or
   microseconds.  */
uint64_t ticks_ms (void);
uint64_t ticks_us (void);

/* CLOCK_BOOTTIME, which does not stop.  */
uint64_t ticks_boot_ms (void);
uint64_t ticks_boot_us (void);

/* How long the machine has slept since it was booted, in milliseconds.  */
uint64_t ticks_asleep_ms (void);

#endif /*POSTERN_TICKS_H*/
