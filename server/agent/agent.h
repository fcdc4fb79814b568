/* agent.h - The gpg-agent that holds the server's secret subkey.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg-agent is confined by the program "agent", which then becomes it: see
 * agent.c and agent-cage.c.  */

#ifndef POSTERN_AGENT_H
#define POSTERN_AGENT_H

#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>

/* The descriptors that the agent listens on.  No name leads from a role to
   either of them; on the second one gpg-agent refuses all that a client needs
   not (its "extra" socket).  */
enum agent_socket { AGENT_FULL, AGENT_RESTRICTED, AGENT_SOCKETS };

/* Whether the server's key is on a card: the administrator says so with an
   scdaemon.conf in HOME.  It can name a library to load, and the folder belongs
   to the agent's user: so only a file of root counts, or an agent that was
   taken over could leave its confinement.  */
bool agent_wants_card (const char *home);

/* Give up all but what gpg-agent needs with the keys in HOME.  Needs root.  */
gpg_error_t agent_confine (const char *home, bool card);

/* Start gpg-agent with the keys in HOME, by the program "agent" in the folder
   LIBEXEC.  It listens on FDS, which stay the caller's, and logs to LOG_FD
   (-1: nowhere).  Without CARD it can start no program.  */
gpg_error_t agent_spawn (const char *libexec, const char *home,
                         const int fds[AGENT_SOCKETS], bool card, int log_fd,
                         pid_t *r_pid);

#endif /*POSTERN_AGENT_H*/
