/* run-parts.h - What the files of the module run share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_RUN_PARTS_H
#define POSTERN_RUN_PARTS_H

#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>

struct config_program;
struct run_facts;

#define RUN_MAX_GROUPS 16

/* The child's ends; IN -1: nothing to read.  */
struct run_pipes
{
  int in, out, status;
  pid_t parent;                 /* Whose death ends it.  */
};

/* In the child: never returns.  PATH is the program, ARGV ends with NULL,
   CGROUP is its file of processes, or -1.  */
void run_child (const struct config_program *program, const char *path,
                char *const *argv, const struct run_facts *facts,
                const struct run_pipes *pipes, int cgroup)
  __attribute__ ((noreturn));

/* In run-cgroup.c.  *R_FD is the file of processes of a new cgroup NAME
   below CGROUP.  */
gpg_error_t run_cgroup_new (const char *cgroup, const char *name, int *r_fd);
/* Kill all that is in it, and remove it.  True when it is gone.  */
bool run_cgroup_end (const char *cgroup, const char *name);

#endif /*POSTERN_RUN_PARTS_H*/
