/* relay.h - Bytes both ways between a socket and a pair of files.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_RELAY_H
#define POSTERN_CLIENT_RELAY_H

#include <gpg-error.h>

/* Copy from IN to SOCK and from SOCK to OUT until both have ended.  The
   end of one way is passed on (shutdown, close of OUT); the other goes
   on.  OUT and SOCK may be closed when it returns.  */
gpg_error_t relay_run (int in, int out, int sock);

#endif /*POSTERN_CLIENT_RELAY_H*/
