/* doors.h - The doors' files: created, rotated, deleted.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A door NAME is, in the folder "doors" of the configuration,
 *   NAME.conf      its section (unless that is in posternd.conf)
 *   NAME.key       its key
 *   NAME.previous  the previous key, and when it ends
 * Each step leaves a valid configuration: an interruption leaves the door
 * either as it was or as it is to be.  */

#ifndef POSTERN_KEYS_DOORS_H
#define POSTERN_KEYS_DOORS_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../server/config/config.h"

#define DOORS_GRACE (7 * 86400u)        /* Seconds, by default.  */
#define DOORS_MAX_GRACE (365 * 86400u)  /* Seconds.  */

/* Create the door NAME of DIR, which is not configured yet: a fresh key, then
   the section.  ENDS is a date as the configuration has it (NULL: never).
   Keys that an earlier door of this name left are replaced.  */
gpg_error_t doors_make (const char *dir, const char *name,
                        const char *ends);

/* Give the door number I a fresh key at NOW (Unix seconds); its old key keeps
   working for GRACE seconds, until *R_UNTIL.  With a GRACE of 0 the old key
   and the previous one stop working at once, and *R_UNTIL is 0.
   GPG_ERR_EBUSY: the grace period of the last rotation is not over, and
   *R_UNTIL is when it will be; GPG_ERR_KEY_EXPIRED: the door has ended.  */
gpg_error_t doors_rotate (config_t config, size_t i, unsigned int grace,
                          uint64_t now, uint64_t *r_until);

/* Delete the files of the door NAME of DIR, the section first.
   GPG_ERR_NOT_FOUND if there are none.  */
gpg_error_t doors_delete (const char *dir, const char *name);

/* Delete the temporary files that an interrupted write left: they may hold a
   key.  The caller holds the roster's lock.  */
gpg_error_t doors_sweep (const char *dir);

/* True if the last rotation of the door number I was interrupted: its key and
   its previous key are the same.  */
bool doors_interrupted (config_t config, size_t i);

#endif /*POSTERN_KEYS_DOORS_H*/
