/* doors.h - The doors' files: made, rotated, taken away.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A door NAME is, in the folder "doors" of the configuration,
 *   NAME.conf      its section (unless that stands in posternd.conf)
 *   NAME.key       its key
 *   NAME.previous  the key before, and when that one ends
 * Each step leaves a configuration that is good, so that whatever
 * interrupts one of these leaves the door as it was or as it shall be.  */

#ifndef POSTERN_KEYS_DOORS_H
#define POSTERN_KEYS_DOORS_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../server/config/config.h"

#define DOORS_GRACE (7 * 86400u)        /* Seconds, unless said.  */
#define DOORS_MAX_GRACE (365 * 86400u)

/* Write the door NAME of DIR, which no configuration has yet: a fresh key,
   then the section, which ENDS as the configuration has it (NULL: never).
   Keys that a door of this name left behind are replaced: nobody can come
   by them.  */
gpg_error_t doors_make (const char *dir, const char *name,
                        const char *ends);

/* Give the door number I a fresh key, at NOW; the one that it had works on
   for GRACE seconds.  *R_UNTIL is until when; 0: no longer.  With no GRACE
   the previous key is cut off with it.
   GPG_ERR_EBUSY: the last rotation's grace is not over (*R_UNTIL says when
   it is); GPG_ERR_KEY_EXPIRED: the door has ended.  */
gpg_error_t doors_rotate (config_t config, size_t i, unsigned int grace,
                          uint64_t now, uint64_t *r_until);

/* Take the files of the door NAME of DIR away, the section first.
   GPG_ERR_NOT_FOUND if there is none.  */
gpg_error_t doors_delete (const char *dir, const char *name);

/* Take away what a write that was interrupted has left: a temporary file
   may hold a key.  To be called under the roster's lock.  */
gpg_error_t doors_sweep (const char *dir);

/* True if the last rotation of the door number I was interrupted: its key
   and the one before are the same.  */
bool doors_interrupted (config_t config, size_t i);

#endif /*POSTERN_KEYS_DOORS_H*/
