/* lock.h - Lock files, with a limit to how long we wait.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_LOCK_H
#define POSTERN_KEYS_LOCK_H

#include <gpg-error.h>

#define LOCK_FOR_EVER -1

/* Lock the file PATH, which is created if it is missing; the lock is held
   until *R_FD is closed.  GPG_ERR_EBUSY if another process still holds it
   after WAIT_MS.  On failure *R_FD is -1.  */
gpg_error_t lock_take (const char *path, int wait_ms, int *r_fd);

#endif /*POSTERN_KEYS_LOCK_H*/
