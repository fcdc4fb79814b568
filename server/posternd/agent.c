/* agent.c - Starting the gpg-agent of the server's subkey.
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
agent_spawn (const char *home, int fd, const struct confine_id *id, bool card,
             int log_fd, pid_t *r_pid)
{
  const char *argv[] =
    { "gpg-agent", "--homedir", home, "--options", "/dev/null",
      "--supervised", "--quiet", "--batch", "--no-allow-mark-trusted",
      "--no-allow-external-cache", "--no-allow-loopback-pinentry",
      "--pinentry-program", "/bin/false", "--auto-expand-secmem",
      card ? NULL : "--disable-scdaemon", NULL };
  const struct spawn spawn =
    { .path = POSTERN_GPG_AGENT, .argv = argv, .fd = { fd }, .n_fds = 1,
      .id = id, .agent = true, .log_fd = log_fd };

  return spawn_start (&spawn, r_pid);
}
