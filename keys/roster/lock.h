/* lock.h - Locks that are waited for so long and no longer.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_LOCK_H
#define POSTERN_KEYS_LOCK_H

#include <gpg-error.h>

#define LOCK_FOR_EVER -1

/* Take the lock of the file PATH, which is made where it is missing; it is
   held until *R_FD is closed.  GPG_ERR_EBUSY where somebody else still has
   it after WAIT milliseconds; then *R_FD is -1.  */
gpg_error_t lock_take (const char *path, int wait, int *r_fd);

#endif /*POSTERN_KEYS_LOCK_H*/
