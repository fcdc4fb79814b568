/* spawn.h - Starting a child: its descriptors, environment and identity.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

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
  const struct confine_id *id;  /* NULL: stays who we are.  */
  bool agent;                   /* Set LISTEN_FDS and LISTEN_PID.  */
  bool talks;                   /* stdout is ours, not stderr.  */
  int log_fd;                   /* Its stderr, and stdout unless it talks;
                                   0: ours; -1: /dev/null.  */
};

/* Fork and exec.  The child gets what is listed here and nothing else, and
   a SIGTERM when its parent dies.  */
gpg_error_t spawn_start (const struct spawn *spawn, pid_t *r_pid);

/* The folder of the programs: that of the installation, or what
   POSTERN_LIBEXEC says.  */
const char *spawn_libexec (void);

#endif /*POSTERN_SPAWN_H*/
