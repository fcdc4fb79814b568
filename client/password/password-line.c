/* password-line.c - One line, from a descriptor or from a program.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is read goes from the kernel straight into secret memory.  */

#include "password-line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/secret.h"

#define CHUNK 512
#define MAX_OUTPUT 65536        /* Of the program, with all its lines.  */

extern char **environ;

/* A program that was started, and what it said so far.  */
struct run
{
  pid_t pid;
  int fd;                       /* Its stdout; -1: ended.  */
  struct timespec end;          /* CLOCK_MONOTONIC.  */
  char *buf;
  size_t size;
  size_t len;
  bool complete;                /* The first line has ended.  */
  size_t total;
};


gpg_error_t
password_line_read (int fd, char *buf, size_t size, size_t *r_len)
{
  char *c;
  ssize_t n;
  size_t len = 0;
  gpg_error_t err = 0;
  bool any = false;

  *r_len = 0;
  c = secret_alloc (1);
  if (!c)
    return gpg_error_from_syserror ();
  for (;;)
    {
      n = read (fd, c, 1);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        err = gpg_error_from_syserror ();
      else if (!n && !any)
        err = gpg_error (GPG_ERR_NO_DATA);
      else if (n && *c != '\n' && len == size)
        err = gpg_error (GPG_ERR_TOO_LARGE);
      if (err || !n || *c == '\n')
        break;
      any = true;
      buf[len++] = *c;
    }
  secret_release (c);
  if (!err)
    *r_len = len;
  return err;
}


static gpg_error_t
start (struct run *run, char *const argv[])
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  sigset_t pipe_signal;
  int fds[2], rc;

  if (pipe2 (fds, O_CLOEXEC))
    return gpg_error_from_syserror ();
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attr);
  sigemptyset (&pipe_signal);
  sigaddset (&pipe_signal, SIGPIPE);    /* Which we ignore.  */
  rc = posix_spawnattr_setsigdefault (&attr, &pipe_signal);
  if (!rc)
    rc = posix_spawnattr_setflags (&attr, POSIX_SPAWN_SETSIGDEF);
  if (!rc)
    rc = posix_spawn_file_actions_addopen (&actions, STDIN_FILENO,
                                           "/dev/null", O_RDONLY, 0);
  if (!rc)
    rc = posix_spawn_file_actions_adddup2 (&actions, fds[1], STDOUT_FILENO);
  if (!rc)
    rc = posix_spawnp (&run->pid, argv[0], &actions, &attr, argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attr);
  close (fds[1]);
  run->fd = fds[0];
  if (!rc)
    return 0;
  close (fds[0]);
  run->fd = -1;
  return gpg_error_from_errno (rc);
}


/* Wait until FD can be read; GPG_ERR_TIMEOUT at the deadline.  */
static gpg_error_t
wait_for (struct run *run, int fd)
{
  struct pollfd pfd = { fd, POLLIN, 0 };
  struct timespec now, left;
  int n;

  do
    {
      clock_gettime (CLOCK_MONOTONIC, &now);
      left.tv_sec = run->end.tv_sec - now.tv_sec;
      left.tv_nsec = run->end.tv_nsec - now.tv_nsec;
      if (left.tv_nsec < 0)
        {
          left.tv_sec--;
          left.tv_nsec += 1000000000;
        }
      if (left.tv_sec < 0)
        return gpg_error (GPG_ERR_TIMEOUT);
      n = ppoll (&pfd, 1, &left, NULL);
    }
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return gpg_error_from_syserror ();
  return n ? 0 : gpg_error (GPG_ERR_TIMEOUT);
}


static gpg_error_t
take_chunk (struct run *run, const char *chunk, size_t n)
{
  size_t i;

  run->total += n;
  if (run->total > MAX_OUTPUT)
    return gpg_error (GPG_ERR_TOO_LARGE);
  for (i = 0; i < n && !run->complete; i++)
    if (chunk[i] == '\n')
      run->complete = true;
    else if (run->len == run->size)
      return gpg_error (GPG_ERR_TOO_LARGE);
    else
      run->buf[run->len++] = chunk[i];
  return 0;
}


/* Read all, so that the program comes to its own end.  */
static gpg_error_t
read_all (struct run *run)
{
  gpg_error_t err = 0;
  char *chunk = secret_alloc (CHUNK);
  ssize_t n = 1;

  if (!chunk)
    return gpg_error_from_syserror ();
  while (!err && n)
    {
      err = wait_for (run, run->fd);
      if (err)
        break;
      n = read (run->fd, chunk, CHUNK);
      if (n > 0)
        err = take_chunk (run, chunk, (size_t) n);
      else if (n < 0 && errno != EINTR)
        err = gpg_error_from_syserror ();
    }
  secret_release (chunk);
  if (!err && !run->total)
    err = gpg_error (GPG_ERR_NO_DATA);
  return err;
}


/* Wait for the program's end, or bring it about after the error ERR.  */
static gpg_error_t
finish (struct run *run, gpg_error_t err, int *r_status)
{
  int fd = pidfd_open (run->pid, 0);

  *r_status = 0;
  close (run->fd);
  if (fd < 0 && !err)
    err = gpg_error_from_syserror ();
  if (!err || gpg_err_code (err) == GPG_ERR_NO_DATA)
    {
      gpg_error_t late = wait_for (run, fd);

      err = late ? late : err;
    }
  if (err && gpg_err_code (err) != GPG_ERR_NO_DATA)
    kill (run->pid, SIGKILL);
  while (waitpid (run->pid, r_status, 0) < 0 && errno == EINTR)
    ;
  if (fd >= 0)
    close (fd);
  return err;
}


static char *
explain (gpg_error_t err, const char *program, int status,
         unsigned int seconds, size_t size)
{
  gpg_err_code_t code = gpg_err_code (err);

  if (code == GPG_ERR_TIMEOUT)
    return gpgrt_bsprintf ("password-command '%s' took longer than %u s",
                           program, seconds);
  if (code == GPG_ERR_TOO_LARGE)
    return gpgrt_bsprintf ("password-command '%s' prints too much; the"
                           " password is its first line, at most %zu bytes",
                           program, size);
  if (code && code != GPG_ERR_NO_DATA)
    return gpgrt_bsprintf ("password-command '%s': %s", program,
                           gpg_strerror (err));
  if (WIFSIGNALED (status))
    return gpgrt_bsprintf ("password-command '%s' was killed by signal %d",
                           program, WTERMSIG (status));
  if (WEXITSTATUS (status))
    return gpgrt_bsprintf ("password-command '%s' failed with exit status"
                           " %d", program, WEXITSTATUS (status));
  return gpgrt_bsprintf ("password-command '%s' printed nothing", program);
}


gpg_error_t
password_line_run (char *const argv[], unsigned int seconds, char *buf,
                   size_t size, size_t *r_len, char **r_message)
{
  struct run run = { .fd = -1, .buf = buf, .size = size };
  gpg_error_t err;
  int status = 0;

  *r_len = 0;
  *r_message = NULL;
  clock_gettime (CLOCK_MONOTONIC, &run.end);
  run.end.tv_sec += (time_t) seconds;
  err = start (&run, argv);
  if (!err)
    err = finish (&run, read_all (&run), &status);
  if (!err && !status)
    {
      *r_len = run.len;
      return 0;
    }
  secret_wipe (buf, run.len);
  *r_message = explain (err, argv[0], status, seconds, size);
  return gpg_err_code (err) == GPG_ERR_TOO_LARGE
         || (gpg_err_code (err) == GPG_ERR_NO_DATA && !status)
         ? err : gpg_error (GPG_ERR_NO_PASSPHRASE);
}
