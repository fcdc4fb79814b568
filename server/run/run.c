/* run.c - Start a listed program, and end it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing here may block: the caller has one loop for everything.  */

#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../config/config-parts.h"
#include "../role/role.h"
#include "run-parts.h"
#include "../../common/base/ticks.h"

#define GRACE 2000              /* Milliseconds between TERM and KILL.  */
#define LAST_READS 64           /* Of what a program wrote before its end. */

struct run_s
{
  run_t next;                   /* Of SET.  */
  struct run_set *set;
  const struct pollfd *polled;  /* Until run_turn; NULL: was not.  */
  bool ended;
  pid_t pid;                    /* 0: reaped.  */
  int pidfd;
  int in, out, status;          /* Our ends; -1: closed.  */
  char *input;
  size_t input_len, input_sent;
  char *output;
  size_t output_len, output_max;
  uint64_t begin;               /* By ticks_us.  */
  uint64_t due;                 /* When to send TERM, or after it KILL.  */
  bool told;                    /* TERM was sent.  */
  const char *cgroup;           /* The set's; NULL: none.  */
  char *name;
  struct run_end end;
};

static int
pidfd_open (pid_t pid)
{
  return (int)syscall (SYS_pidfd_open, pid, 0u);
}


static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}


/* Signal its session; or only itself, before it has one.  */
static void
signal_all (run_t run, int signo)
{
  if (kill (-run->pid, signo))
    kill (run->pid, signo);
}


void
run_release (run_t run)
{
  run_t *where;

  if (!run)
    return;
  for (where = &run->set->first; *where && *where != run;
       where = &(*where)->next)
    ;
  if (*where)
    *where = run->next;
  if (run->pid)
    {
      signal_all (run, SIGKILL);
      waitpid (run->pid, NULL, 0);
    }
  if (run->cgroup && run->name)
    run_cgroup_end (run->cgroup, run->name);
  close_fd (&run->pidfd);
  close_fd (&run->in);
  close_fd (&run->out);
  close_fd (&run->status);
  free (run->input);
  free (run->output);
  free (run->name);
  free (run);
}


static gpg_error_t
new_run (const struct config_program *program, const char *input, size_t len,
         struct run_set *set, const char *name, run_t *r_run)
{
  run_t run = calloc (1, sizeof *run);

  *r_run = run;
  if (!run)
    return gpg_error_from_syserror ();
  run->pidfd = run->in = run->out = run->status = -1;
  run->output_max = program->max_output;
  run->output = malloc (run->output_max);
  run->name = strdup (name);
  run->set = set;
  run->cgroup = set->cgroup;
  if (input)
    {
      run->input = malloc (len ? len : 1);
      if (run->input)
        memcpy (run->input, input, len);
      run->input_len = len;
    }
  return run->output && run->name && (run->input || !input)
    ? 0 : gpg_error_from_syserror ();
}


/* Make a pipe whose end OURS (0 or 1) does not block.  */
static gpg_error_t
make_pipe (int ours, int *r_ours, int *r_theirs)
{
  int fd[2];

  if (pipe2 (fd, O_CLOEXEC))
    return gpg_error_from_syserror ();
  *r_ours = fd[ours];
  *r_theirs = fd[!ours];
  if (fcntl (*r_ours, F_SETFL, O_NONBLOCK) < 0)
    return gpg_error_from_syserror ();
  return 0;
}


/* What one start opens for the child.  */
struct start
{
  struct run_pipes child;
  int cgroup;
};


static gpg_error_t
open_start (run_t run, struct start *start)
{
  gpg_error_t err;

  err = make_pipe (0, &run->out, &start->child.out);
  if (!err && run->input)
    err = make_pipe (1, &run->in, &start->child.in);
  if (!err)
    err = make_pipe (0, &run->status, &start->child.status);
  if (!err && run->cgroup)
    err = run_cgroup_new (run->cgroup, run->name, &start->cgroup);
  return err;
}


static void
close_start (struct start *start)
{
  close_fd (&start->child.in);
  close_fd (&start->child.out);
  close_fd (&start->child.status);
  close_fd (&start->cgroup);
}


static gpg_error_t
fork_child (run_t run, const struct config_program *program,
            const char *path, char *const *argv,
            const struct run_facts *facts, struct start *start)
{
  sigset_t all, old;

  start->child.parent = getpid ();
  run->begin = ticks_us ();
  run->due = run->begin + UINT64_C (1000000) * program->timeout;
  /* No signal handler of ours may run in the child, which unblocks them
     after it has reset them.  */
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &old);
  run->pid = fork ();
  if (!run->pid)
    run_child (program, path, argv, facts, &start->child, start->cgroup);
  sigprocmask (SIG_SETMASK, &old, NULL);
  if (run->pid < 0)
    {
      run->pid = 0;
      return gpg_error_from_syserror ();
    }
  run->pidfd = pidfd_open (run->pid);
  return run->pidfd < 0 ? gpg_error_from_syserror () : 0;
}


gpg_error_t
run_start (const struct config_program *program,
           const struct strlist *argv, const char *input, size_t len,
           const struct run_facts *facts, struct run_set *set,
           const char *name, run_t *r_run, enum refusal *r_why)
{
  gpg_error_t err;
  run_t run = NULL;
  struct start start = { { -1, -1, -1, 0 }, -1 };
  char *path = NULL, **list = NULL;

  *r_run = NULL;
  *r_why = run_check_path (argv->item[0], &path);
  if (*r_why)
    return gpg_error (GPG_ERR_EPERM);
  *r_why = REFUSAL_RUN_SYSTEM;
  err = new_run (program, input, len, set, name, &run);
  if (!err)
    err = open_start (run, &start);
  list = calloc (argv->n + 1, sizeof *list);
  if (list)
    memcpy (list, argv->item, argv->n * sizeof *list);
  else
    err = gpg_error_from_syserror ();
  if (!err)
    err = fork_child (run, program, path, list, facts, &start);
  close_start (&start);
  free (list);
  free (path);
  if (err)
    {
      run_release (run);
      return err;
    }
  run->next = set->first;
  set->first = *r_run = run;
  return 0;
}


unsigned int
run_prepare (const struct run_set *set, struct pollfd *fds)
{
  unsigned int n = 0;
  run_t run;

  for (run = set->first; run; run = run->next)
    if (!run->ended)
      {
        run->polled = fds + n;
        fds[n++] = (struct pollfd){ run->pidfd, POLLIN, 0 };
        fds[n++] = (struct pollfd){ run->out, POLLIN, 0 };
        fds[n++] = (struct pollfd){ run->in, POLLOUT, 0 };
        fds[n++] = (struct pollfd){ run->status, POLLIN, 0 };
      }
  return n;
}


int
run_wait (const struct run_set *set)
{
  uint64_t now = ticks_us (), left;
  int wait = -1;
  run_t run;

  for (run = set->first; run; run = run->next)
    if (!run->ended)
      {
        left = run->due > now ? (run->due - now + 999) / 1000 : 0;
        wait = role_sooner (wait, left > INT_MAX ? INT_MAX : (int)left);
      }
  return wait;
}


/* True if there was any.  */
static bool
read_output (run_t run)
{
  char buf[4096];
  ssize_t n = read (run->out, buf, sizeof buf);
  size_t room = run->output_max - run->output_len;

  if (n <= 0)
    {
      if (!n || (errno != EAGAIN && errno != EINTR))
        close_fd (&run->out);
      return false;
    }
  run->end.total += (uint64_t)n;
  if ((size_t)n < room)
    room = (size_t)n;
  memcpy (run->output + run->output_len, buf, room);
  run->output_len += room;
  return true;
}


static void
write_input (run_t run)
{
  ssize_t n = write (run->in, run->input + run->input_sent,
                     run->input_len - run->input_sent);

  if (n > 0)
    run->input_sent += (size_t)n;
  if (run->input_sent == run->input_len
      || (n < 0 && errno != EAGAIN && errno != EINTR))
    close_fd (&run->in);
}


/* Either the exec has closed the pipe, or the child tells why it failed.  */
static void
read_status (run_t run)
{
  unsigned char code = REFUSAL_NONE;
  ssize_t n = read (run->status, &code, 1);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  run->end.started = n == 0;
  if (n)
    run->end.why = refusal_is_start (code) ? (enum refusal)code
      : REFUSAL_RUN_SYSTEM;
  close_fd (&run->status);
}


/* The program itself has ended, and everything that it started ends as well.
   What it wrote is read, but without waiting for others that hold its
   pipe.  */
static void
reap_program (run_t run)
{
  int status, i;

  /* Before it is reaped: until then its number cannot be reused.  */
  signal_all (run, SIGKILL);
  if (waitpid (run->pid, &status, WNOHANG) != run->pid)
    return;
  if (run->status >= 0)
    read_status (run);
  run->pid = 0;
  close_fd (&run->pidfd);
  close_fd (&run->in);
  run->end.msecs = (ticks_us () - run->begin) / 1000;
  if (WIFSIGNALED (status))
    run->end.signal = (unsigned int)WTERMSIG (status);
  else
    run->end.exit_code = (unsigned int)WEXITSTATUS (status);
  for (i = 0; i < LAST_READS && run->out >= 0 && read_output (run); i++)
    ;
  close_fd (&run->out);
}


static void
end_due (run_t run)
{
  uint64_t now = ticks_us ();

  if (!run->pid || now < run->due)
    return;
  signal_all (run, run->told ? SIGKILL : SIGTERM);
  if (run->told && run->cgroup)
    run_cgroup_end (run->cgroup, run->name);
  run->end.timed_out = true;
  run->told = true;
  run->due = now + 1000u * GRACE;
}


void
run_stop (run_t run)
{
  run->due = 0;
  end_due (run);
}


static void
turn_run (run_t run)
{
  const struct pollfd *fds = run->polled;

  run->polled = NULL;
  if (fds)
    {
      if (run->out >= 0 && fds[1].revents)
        read_output (run);
      if (run->in >= 0 && fds[2].revents)
        write_input (run);
      if (run->status >= 0 && fds[3].revents)
        read_status (run);
      if (run->pid && fds[0].revents)
        reap_program (run);
    }
  end_due (run);
  if (run->pid)
    return;
  run->ended = !run->cgroup || run_cgroup_end (run->cgroup, run->name);
  run->due = ticks_us () + 10000;       /* The kernel is still at it.  */
}


void
run_turn (const struct run_set *set)
{
  run_t run;

  for (run = set->first; run; run = run->next)
    if (!run->ended)
      turn_run (run);
}


bool
run_ended (run_t run)
{
  return run->ended;
}


void
run_get_end (run_t run, struct run_end *r_end)
{
  *r_end = run->end;
}


const char *
run_output (run_t run, size_t *r_len)
{
  *r_len = run->output_len;
  return run->output;
}
