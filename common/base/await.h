/* await.h - Wait for a descriptor, until a deadline.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_AWAIT_H
#define POSTERN_COMMON_AWAIT_H

#include <stdint.h>
#include <gpg-error.h>

#define AWAIT_FOREVER UINT64_MAX

/* Wait until FD is ready for EVENTS, as in poll(2), or has failed; what it
   is the next call on it tells.  GPG_ERR_TIMEOUT once ticks_ms has reached
   END_MS.  Signals do not end it.  */
gpg_error_t await_fd (int fd, short events, uint64_t end_ms);

#endif /*POSTERN_COMMON_AWAIT_H*/
