/* spawn.h - Start a child: its descriptors, environment and identity.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For the roles and the agent.  common/base/program.h is for programs whose
 * end the caller waits for.  */

#ifndef POSTERN_SPAWN_H
#define POSTERN_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>
#include "confine.h"

#define SPAWN_FDS 5

struct spawn
{
  const char *path;
  int program_fd;               /* Of PATH, opened earlier; 0: by PATH.  */
  const char *const *argv;
  int fd[SPAWN_FDS];            /* For descriptors 3 on; -1: /dev/null.  */
  unsigned int n_fds;
  const struct confine_id *id;  /* NULL: the same user.  */
  bool talks;                   /* Its stdout is our stdout, not the log.  */
  int log_fd;                   /* Its stderr, and stdout unless it talks;
                                   0: ours; -1: /dev/null.  */
};

/* Fork and exec.  The child gets what is listed above and nothing else, and a
   SIGTERM when its parent dies.  What fails in the child is logged, and its
   exit code is one of sysexits.h.  */
gpg_error_t spawn_start (const struct spawn *spawn, pid_t *r_pid);

/* The same for the program ARGV[0] in the folder LIBEXEC; PATH is set here. */
gpg_error_t spawn_program (const char *libexec, struct spawn *spawn,
                           pid_t *r_pid);

/* Wait for the end of PID: its exit code, or the negative number of the
   signal that ended it.  */
int spawn_wait (pid_t pid);

/* The folder of the programs, a constant: that of the installation, or
   POSTERN_LIBEXEC.  */
const char *spawn_libexec (void);

#endif /*POSTERN_SPAWN_H*/
