/* agent-spawn.c - Starting the agent, for posternd and explain.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../../common/base/log.h"
#include "../role/spawn.h"


bool
agent_wants_card (const char *home)
{
  struct stat st;
  char *path;
  bool wants;

  if (asprintf (&path, "%s/scdaemon.conf", home) < 0)
    return false;
  wants = !lstat (path, &st);
  if (wants && (!S_ISREG (st.st_mode) || st.st_uid || (st.st_mode & 022)))
    {
      log_warn ("%s is not used: it must be a file that only root can"
                " write", path);
      wants = false;
    }
  free (path);
  return wants;
}


gpg_error_t
agent_spawn (const char *libexec, const char *home,
             const int fds[AGENT_SOCKETS], bool card, int log_fd,
             pid_t *r_pid)
{
  const char *argv[] = { "agent", home, card ? "--card" : NULL, NULL };
  struct spawn spawn =
    { .argv = argv, .fd = { fds[AGENT_FULL], fds[AGENT_RESTRICTED] },
      .n_fds = AGENT_SOCKETS, .log_fd = log_fd };

  return spawn_program (libexec, &spawn, r_pid);
}
