/* hangup.h - Shut down a connection at a deadline.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libldap has timeouts of its own, but with GnuTLS they turn the TLS
 * handshake with a silent server into a busy loop that never ends.  So no
 * timeout is set there; at the deadline a signal handler shuts down the
 * connection, and whatever waits for it returns.  One connection at a time,
 * by SIGALRM.  */

#ifndef POSTERN_HANGUP_H
#define POSTERN_HANGUP_H

#include <stdbool.h>

/* Set the deadline MS milliseconds from now; 0 removes it.  */
void hangup_arm (unsigned int ms);

/* FD is the connection to shut down; -1 for none.  */
void hangup_watch (int fd);

/* True if the deadline has passed since hangup_arm.  */
bool hangup_late (void);

#endif /*POSTERN_HANGUP_H*/
