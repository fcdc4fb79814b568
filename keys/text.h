/* text.h - Times, fingerprints and versions of keys, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_TEXT_H
#define POSTERN_KEYS_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include "../common/base/netspec.h"

#define TEXT_TIMELEN 32
#define TEXT_FPRLEN (NETSPEC_FPRLEN * 5 / 4 + 2)

/* The day of WHEN (Unix seconds) in UTC; "never" for 0.  BUF takes
   TEXT_TIMELEN bytes.  Returns BUF.  */
char *text_date (uint64_t when, char *buf);

/* The same to the minute; "-" for 0.  */
char *text_minute (uint64_t when, char *buf);

/* The local time to the minute; "-" for 0.  */
char *text_time (uint64_t when, char *buf);

/* FPR in groups of four, as gpg shows it.  BUF takes TEXT_FPRLEN bytes.  */
char *text_fingerprint (const char *fpr, char *buf);

/* What is wrong with a key of VERSION 5 or later (0: one of these), and what
   to do.  */
const char *text_key_version (unsigned int version);

/* True if TEXT is a fingerprint of such a key.  */
bool text_is_late_fpr (const char *text);

#endif /*POSTERN_KEYS_TEXT_H*/
