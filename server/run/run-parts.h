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
  pid_t parent;                 /* If it dies, the child is killed.  */
};

/* Called in the child; never returns.  PATH is the program, ARGV ends with
   NULL, CGROUP is the cgroup.procs of its cgroup, or -1.  */
void run_child (const struct config_program *program, const char *path,
                char *const *argv, const struct run_facts *facts,
                const struct run_pipes *pipes, int cgroup)
  __attribute__ ((noreturn));

/* In run-cgroup.c: make the cgroup NAME below CGROUP.  *R_FD is its
   cgroup.procs, to be closed.  */
gpg_error_t run_cgroup_new (const char *cgroup, const char *name, int *r_fd);
/* Kill everything in it, and remove it.  True once it is gone.  */
bool run_cgroup_end (const char *cgroup, const char *name);

#endif /*POSTERN_RUN_PARTS_H*/
