/* date.h - Dates and times for a person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_DATE_H
#define POSTERN_CLIENT_DATE_H

#include <stdint.h>
#include <time.h>

#define DATE_LEN 16
#define DATE_TIMELEN 40

/* WHEN, in Unix seconds, as a local date in TEXT of DATE_LEN bytes; "never"
   for 0.  Returns TEXT.  */
char *date_text (uint64_t when, char *text);

/* WHEN as a local date and time with its zone, in TEXT of DATE_TIMELEN bytes;
   "?" if there is no such time.  Returns TEXT.  */
char *date_time (time_t when, char *text);

#endif /*POSTERN_CLIENT_DATE_H*/
