/* hangup.h - A connection that ends when its time is over.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libldap has time limits of its own, but with GnuTLS they turn the TLS
 * handshake with a silent server into a loop without a pause and without
 * an end.  So nothing has a limit there, and when the time is over the
 * connection is shut from here: whatever waits for it then has its end.
 * One connection at a time, by SIGALRM.  */

#ifndef POSTERN_HANGUP_H
#define POSTERN_HANGUP_H

#include <stdbool.h>

/* From now on there are MS milliseconds; 0: no limit any more.  */
void hangup_arm (unsigned int ms);

/* FD is the connection; -1: there is none, or none any more.  */
void hangup_watch (int fd);

/* The time was over since hangup_arm.  */
bool hangup_late (void);

#endif /*POSTERN_HANGUP_H*/
