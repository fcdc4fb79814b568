/* clock.h - The clocks that decide goes by, replaceable in tests.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLOCK_H
#define POSTERN_CLOCK_H

#include <stdint.h>
#include <gpg-error.h>

#define CLOCK_SECOND 1000000    /* Readings are in microseconds.  */
#define CLOCK_BOOTLEN 16

/* Both clocks at one moment.  */
struct clock_reading
{
  int64_t wall;                 /* CLOCK_REALTIME */
  int64_t boot;                 /* CLOCK_BOOTTIME: never stepped.  */
};

struct clock_source
{
  void (*read) (void *hook, struct clock_reading *r_reading);
  void *hook;
  unsigned char boot_id[CLOCK_BOOTLEN];
};

/* The machine's own clocks and the id of this boot.  */
gpg_error_t clock_system (struct clock_source *r_clock);

void clock_read (const struct clock_source *clock,
                 struct clock_reading *r_reading);

/* Whole seconds of the wall clock.  */
uint64_t clock_seconds (const struct clock_reading *reading);

#endif /*POSTERN_CLOCK_H*/
