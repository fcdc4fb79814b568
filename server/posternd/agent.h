/* agent.h - Starting the gpg-agent of the server's subkey.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_AGENT_H
#define POSTERN_AGENT_H

#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>
#include "../role/confine.h"

/* Whether the server's key is on a card: the administrator says so with an
   scdaemon.conf in HOME.  It can name a library to load, and the folder belongs
   to the agent's user: so only a file of root counts, or a worker that was
   taken over could leave its confinement through the agent.  */
bool agent_wants_card (const char *home);

/* Start gpg-agent as ID, with the keys in HOME, to listen on FD, which stays
   the caller's.  Without CARD it starts no scdaemon.  It logs to
   LOG_FD; -1: nowhere.  */
gpg_error_t agent_spawn (const char *home, int fd,
                         const struct confine_id *id, bool card, int log_fd,
                         pid_t *r_pid);

#endif /*POSTERN_AGENT_H*/
