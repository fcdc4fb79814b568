/* program.c - Start a program, give it input and collect its output.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Input is written in full before the start, so that a program which never
 * reads can neither block the caller nor raise SIGPIPE in it.  Output is
 * read straight into the caller's buffer: a secret is never copied to
 * memory that could be swapped out.  */

#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "await.h"
#include "secret.h"
#include "ticks.h"

extern char **environ;

struct child
{
  pid_t pid;
  int in, out;                  /* Its stdin and stdout; -1: closed.  */
  int output;                   /* Our end of OUT; -1: none.  */
  uint64_t end_ms;
};


static void
close_end (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}


/* A pipe that holds the LEN bytes at INPUT and then ends.  */
static gpg_error_t
open_input (const void *input, size_t len, int *r_fd)
{
  gpg_error_t err = 0;
  int fd[2];

  if (len > PROGRAM_MAX_INPUT)
    return gpg_error (GPG_ERR_TOO_LARGE);
  if (pipe2 (fd, O_CLOEXEC))
    return gpg_error_from_syserror ();
  if (len && write (fd[1], input, len) != (ssize_t)len)
    err = gpg_error_from_syserror ();
  close (fd[1]);
  *r_fd = fd[0];
  return err;
}


static gpg_error_t
open_pipes (const struct program *program, struct child *child)
{
  int fd[2];

  if (program->input)
    {
      gpg_error_t err = open_input (program->input, program->inputlen,
                                    &child->in);

      if (err)
        return err;
    }
  else
    child->in = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (!program->buf)
    child->out = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  else if (!pipe2 (fd, O_CLOEXEC))
    {
      child->output = fd[0];
      child->out = fd[1];
    }
  return child->in < 0 || child->out < 0 ? gpg_error_from_syserror () : 0;
}


static int
set_program_descriptors (const struct program *program,
                         const struct child *child,
                         posix_spawn_file_actions_t *actions)
{
  int rc = posix_spawn_file_actions_adddup2 (actions, child->in,
                                             STDIN_FILENO);

  if (!rc)
    rc = posix_spawn_file_actions_adddup2 (actions, child->out,
                                           STDOUT_FILENO);
  if (!rc && !program->personal)
    rc = posix_spawn_file_actions_addclosefrom_np (actions,
                                                   STDERR_FILENO + 1);
  return rc;
}


/* The callers ignore SIGPIPE, which must end a program whose output nobody
   reads any more.  */
static int
set_program_signals (posix_spawnattr_t *attr)
{
  sigset_t set;
  int rc;

  sigemptyset (&set);
  rc = posix_spawnattr_setsigmask (attr, &set);
  sigaddset (&set, SIGPIPE);
  if (!rc)
    rc = posix_spawnattr_setsigdefault (attr, &set);
  if (!rc)
    rc = posix_spawnattr_setflags (attr, POSIX_SPAWN_SETSIGMASK
                                         | POSIX_SPAWN_SETSIGDEF);
  return rc;
}


static gpg_error_t
spawn_program (const struct program *program, struct child *child)
{
  static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  static char *const clean[] = { path, NULL };
  char *const *argv = program->argv;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  int rc;

  if (!program->personal && *argv[0] != '/')
    return gpg_error (GPG_ERR_INV_ARG);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attr);
  rc = set_program_descriptors (program, child, &actions);
  if (!rc)
    rc = set_program_signals (&attr);
  if (!rc)
    rc = program->personal
      ? posix_spawnp (&child->pid, argv[0], &actions, &attr, argv, environ)
      : posix_spawn (&child->pid, argv[0], &actions, &attr, argv, clean);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attr);
  return rc ? gpg_error_from_errno (rc) : 0;
}


static gpg_error_t
fork_call (const struct program *program, struct child *child)
{
  child->pid = fork ();
  if (child->pid < 0)
    return gpg_error_from_syserror ();
  if (!child->pid)
    _exit (dup2 (child->in, STDIN_FILENO) < 0
           || dup2 (child->out, STDOUT_FILENO) < 0
           ? EXIT_FAILURE : program->call (program->arg));
  return 0;
}


/* N more bytes came after the *R_LEN before.  */
static gpg_error_t
take_program_output (const struct program *program, size_t n, size_t *r_len)
{
  gpg_error_t err;

  *r_len += n;
  if (!program->take)
    return *r_len < program->size ? 0 : gpg_error (GPG_ERR_TOO_LARGE);
  err = *r_len > program->max_output ? gpg_error (GPG_ERR_TOO_LARGE)
    : program->take (program->hook, program->buf, n);
  secret_wipe (program->buf, n);
  return err;
}


/* Read to the end of the output, so that the program comes to its own.  */
static gpg_error_t
collect_output (const struct program *program, const struct child *child,
                size_t *r_len)
{
  gpg_error_t err = 0;
  ssize_t n = 1;

  while (!err && n)
    {
      size_t used = program->take ? 0 : *r_len;

      err = await_fd (child->output, POLLIN, child->end_ms);
      if (err)
        break;
      n = read (child->output, program->buf + used, program->size - used);
      if (n > 0)
        err = take_program_output (program, (size_t)n, r_len);
      else if (n < 0 && errno != EINTR)
        err = gpg_error_from_syserror ();
    }
  return err;
}


/* Wait for the child's end, or bring it about after the error ERR.  Only a
   pidfd can be waited for with a deadline.  */
static gpg_error_t
finish_child (struct child *child, gpg_error_t err, int *r_status)
{
  int fd = pidfd_open (child->pid, 0);

  if (!err && fd < 0)
    err = gpg_error_from_syserror ();
  if (!err)
    err = await_fd (fd, POLLIN, child->end_ms);
  if (err)
    kill (child->pid, SIGKILL);
  while (waitpid (child->pid, r_status, 0) < 0 && errno == EINTR)
    ;
  close_end (&fd);
  return err;
}


gpg_error_t
program_run (const struct program *program, size_t *r_len, int *r_status)
{
  gpg_error_t err;
  struct child child = { .in = -1, .out = -1, .output = -1,
                         .end_ms = AWAIT_FOREVER };

  *r_len = 0;
  *r_status = 0;
  if (program->timeout_ms >= 0)
    child.end_ms = ticks_ms () + (uint64_t)program->timeout_ms;
  err = open_pipes (program, &child);
  if (!err)
    err = program->argv ? spawn_program (program, &child)
      : fork_call (program, &child);
  close_end (&child.in);
  close_end (&child.out);       /* Else the output would never end.  */
  if (!err)
    {
      if (program->buf)
        err = collect_output (program, &child, r_len);
      close_end (&child.output);
      err = finish_child (&child, err, r_status);
    }
  close_end (&child.output);
  if (err && program->buf)
    secret_wipe (program->buf, program->size);
  return err;
}
