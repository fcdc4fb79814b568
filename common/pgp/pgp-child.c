/* pgp-child.c - The processes that gpgme starts for a server's operation.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpgme does not tell their process ids.  A child subreaper finds them among
 * its own children, which the kernel lists (proc(5), "children").  A child
 * that was there before the operation, and that no earlier operation
 * started, must never be touched.  */

#include "pgp.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "pgp-local.h"

#define LIST_SIZE (PGP_CHILDREN * 12)
#define CPU_LIMIT_S 10          /* For one operation of gpg ...  */
#define PATIENT_LIMIT_S 120     /* ... and for one on many keys.  */
#define STEP_NS 2000000
#define WAIT_STEPS 2500         /* Five seconds for a process to end.  */


static bool
has_pid (const struct pgp_pids *pids, pid_t pid)
{
  size_t i;

  for (i = 0; i < pids->n; i++)
    if (pids->pid[i] == pid)
      return true;
  return false;
}


static void
add_pid (struct pgp_pids *pids, pid_t pid)
{
  if (pids->n < PGP_CHILDREN)
    pids->pid[pids->n++] = pid;
}


static gpg_error_t
list_children (struct pgp_pids *pids)
{
  char buf[LIST_SIZE + 1], *p = buf, *end;
  size_t len = 0;
  ssize_t n = 0;
  int fd;

  pids->n = 0;
  fd = open ("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return gpg_error_from_syserror ();
  while (len < LIST_SIZE && (n = read (fd, buf + len, LIST_SIZE - len)) > 0)
    len += (size_t)n;
  close (fd);
  if (n < 0)
    return gpg_error_from_syserror ();
  buf[len] = 0;
  for (;; p = end)
    {
      long pid = strtol (p, &end, 10);

      if (end == p || pid <= 0)
        return 0;
      add_pid (pids, (pid_t)pid);
    }
}


/* The children that operations of PGP started and that are still alive.
   Those that have ended are reaped.  */
static gpg_error_t
list_ours (pgp_t pgp, struct pgp_pids *pids)
{
  gpg_error_t err;
  struct pgp_pids all;
  size_t i;

  pids->n = 0;
  err = list_children (&all);
  for (i = 0; !err && i < all.n; i++)
    if (!has_pid (&pgp->foreign, all.pid[i])
        && waitpid (all.pid[i], NULL, WNOHANG) != all.pid[i])
      add_pid (pids, all.pid[i]);
  return err;
}


/* Before an operation: note which children are not ours.  */
gpg_error_t
pgp_children_before (pgp_t pgp)
{
  gpg_error_t err;
  struct pgp_pids all, alive = { 0, { 0 } };
  size_t i;

  err = list_children (&all);
  if (err)
    return err;
  pgp->foreign.n = 0;
  for (i = 0; i < all.n; i++)
    if (!has_pid (&pgp->started, all.pid[i]))
      add_pid (&pgp->foreign, all.pid[i]);
    else if (waitpid (all.pid[i], NULL, WNOHANG) != all.pid[i])
      add_pid (&alive, all.pid[i]);
  pgp->started = alive;
  return 0;
}


/* If this process is killed, nobody is left to watch the deadline: then the
   kernel ends a gpg that runs wild.  */
void
pgp_children_limit (pgp_t pgp)
{
  const rlim_t most = pgp->patient ? PATIENT_LIMIT_S : CPU_LIMIT_S;
  const struct rlimit limit = { most, most };
  struct pgp_pids pids;
  size_t i;

  if (!pgp->deadline_ms || list_ours (pgp, &pids))
    return;
  for (i = 0; i < pids.n; i++)
    if (!has_pid (&pgp->started, pids.pid[i]))
      prlimit (pids.pid[i], RLIMIT_CPU, &limit, NULL);
}


void
pgp_children_after (pgp_t pgp)
{
  struct pgp_pids pids;

  if (!list_ours (pgp, &pids))
    pgp->started = pids;
}


/* Send SIGNAL to the child PID and wait for its end, for five seconds at
   most.  True if it has ended.  */
static bool
end_gpg_child (pid_t pid, int signal)
{
  const struct timespec step = { 0, STEP_NS };
  int i;

  if (waitpid (pid, NULL, WNOHANG))
    return true;                /* It has ended, or is not a child.  */
  kill (pid, signal);
  for (i = 0; i < WAIT_STEPS; i++)
    {
      if (waitpid (pid, NULL, WNOHANG))
        return true;
      nanosleep (&step, NULL);
    }
  return false;
}


/* At the deadline: kill what this operation started.  The children of a
   process that dies become ours, so look again until there are none.  */
void
pgp_children_kill (pgp_t pgp)
{
  struct pgp_pids pids;
  size_t i, fresh;
  int round;

  for (round = 0; round < 16; round++)
    {
      if (list_ours (pgp, &pids))
        return;
      for (i = fresh = 0; i < pids.n; i++)
        if (!has_pid (&pgp->started, pids.pid[i]))
          {
            fresh++;
            end_gpg_child (pids.pid[i], SIGKILL);
          }
      if (!fresh)
        return;
    }
}


/* Remove the sockets that an agent which was killed leaves in HOME.  */
static void
remove_sockets (const char *home)
{
  static const char *const names[] =
    { "S.gpg-agent", "S.gpg-agent.browser", "S.gpg-agent.extra",
      "S.gpg-agent.ssh", "S.scdaemon" };
  size_t i;
  int dirfd = open (home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (dirfd < 0)
    return;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    unlinkat (dirfd, names[i], 0);
  close (dirfd);
}


/* At release: ask an agent that gpg started to end, so that it removes its
   sockets itself, before it is killed.  */
void
pgp_children_end (pgp_t pgp)
{
  struct pgp_pids ours = pgp->started;
  bool killed = false;
  size_t i;

  for (i = 0; i < ours.n; i++)
    if (!end_gpg_child (ours.pid[i], SIGTERM))
      killed |= end_gpg_child (ours.pid[i], SIGKILL);
  if (killed && pgp->home)
    remove_sockets (pgp->home);
}
