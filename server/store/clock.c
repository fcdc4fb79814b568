/* clock.c - The clocks that decide goes by, replaceable in tests.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../common/base/encode.h"
#include "../../common/base/file.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LEN 36          /* A UUID with dashes.  */
#define HELD_UP 100000          /* Microseconds.  */
#define TRIES 50


static int64_t
read_clock_us (clockid_t id)
{
  struct timespec ts;

  clock_gettime (id, &ts);
  return (int64_t)ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}


/* Where the process was held up between the two clocks they would not be
   of one moment, and look like a step.  */
static void
read_system (void *hook, struct clock_reading *r_reading)
{
  int64_t before;
  int i = 0;

  (void)hook;
  do
    {
      before = read_clock_us (CLOCK_BOOTTIME);
      r_reading->wall = read_clock_us (CLOCK_REALTIME);
      r_reading->boot = read_clock_us (CLOCK_BOOTTIME);
    }
  while (r_reading->boot - before > HELD_UP && ++i < TRIES);
}


static gpg_error_t
parse_boot_id (const char *text, size_t len, unsigned char *id)
{
  char hex[2 * CLOCK_BOOTLEN];
  size_t i, n = 0;

  if (len < BOOT_ID_LEN)
    return gpg_error (GPG_ERR_BAD_DATA);
  for (i = 0; i < BOOT_ID_LEN; i++)
    {
      if (text[i] == '-')
        continue;
      if (n == sizeof hex)
        return gpg_error (GPG_ERR_BAD_DATA);
      hex[n++] = text[i];
    }
  return decode_hex (hex, n, id, CLOCK_BOOTLEN);
}


gpg_error_t
clock_system (struct clock_source *r_clock)
{
  gpg_error_t err;
  unsigned char *text;
  size_t len;

  memset (r_clock, 0, sizeof *r_clock);
  r_clock->read = read_system;
  err = file_read (BOOT_ID, 128, &text, &len);
  if (err)
    return err;
  err = parse_boot_id ((char *)text, len, r_clock->boot_id);
  free (text);
  return err;
}


void
clock_read (const struct clock_source *clock, struct clock_reading *r_reading)
{
  clock->read (clock->hook, r_reading);
}


uint64_t
clock_seconds (const struct clock_reading *reading)
{
  return reading->wall < 0 ? 0 : (uint64_t)(reading->wall / CLOCK_SECOND);
}
