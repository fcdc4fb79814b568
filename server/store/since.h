/* since.h - When a person's entry or key last changed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A request that was refused before it was claimed, because its key was
 * unknown, disabled or expired or its person had no entry, would work once the
 * roster is mended, from whoever recorded it.  So where a person's entry or key
 * changes, what was signed before that is refused.  The moment is kept by
 * CLOCK_BOOTTIME, so that no step of the clock moves it; what was signed
 * before another boot is refused anyway (replay.h).  */

#ifndef POSTERN_SINCE_H
#define POSTERN_SINCE_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "clock.h"
#include "store.h"

#define SINCE_BAD 0             /* The state of a key that is not good.  */

typedef struct since_s *since_t;

/* STORE and CONFIG, whose users these are, stay the caller's.  Whose entry
   is new, or another than before, changed NOW.  */
gpg_error_t since_open (store_t store, config_t config,
                        const unsigned char boot_id[CLOCK_BOOTLEN],
                        const struct clock_reading *now, since_t *r_since);
void since_close (since_t since);

/* True if the configuration had nobody with USER's key before: the name may
   have been somebody else's.  */
bool since_is_new (since_t since, const struct config_user *user);

/* USER's key was seen to be in STATE.  If that is another one than before it
   changed when the files of the keyring did, at CHANGED (Unix time in
   microseconds; 0: not known, so NOW).  A change to SINCE_BAD is only
   remembered, so that the next good state counts as a change.  */
void since_look (since_t since, const struct config_user *user,
                 uint64_t state, uint64_t changed,
                 const struct clock_reading *now);

/* True if what USER signed at TIME was signed before their last change, by
   more than max-ahead, which their clock may be behind.  */
bool since_is_before (since_t since, const struct config_user *user,
                      uint64_t time, const struct clock_reading *now);

/* What since_is_before would say after since_look; nothing is stored.  */
bool since_would_refuse (since_t since, const struct config_user *user,
                         uint64_t state, uint64_t changed, uint64_t time,
                         const struct clock_reading *now);

#endif /*POSTERN_SINCE_H*/
