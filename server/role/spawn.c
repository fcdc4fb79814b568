/* spawn.c - Start a child: its descriptors, environment and identity.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A child gets what is listed here and nothing else: descriptors 0 to 2,
 * those of its role, a clean environment, no signal blocked, and none ignored
 * but SIGPIPE.  Nothing that posternd starts may die because somebody stopped
 * reading, be it a client that left early or the reader of the log; gpg-agent
 * does not take care of that itself.  run-child.c resets SIGPIPE for what act
 * runs.  The callers have one thread, so any
 * function may be called after the fork.  */

#include "spawn.h"

#include <fcntl.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "role.h"

#define MAX_ENV 12

/* Build the environment in ENV from the few variables that may pass.  */
static void
make_environment (char *env[MAX_ENV])
{
  static const char *const pass[] =
    { "TZ", "JOURNAL_STREAM", "ASAN_OPTIONS", "UBSAN_OPTIONS",
      "LSAN_OPTIONS" };
  size_t i, n = 0;
  char *value;

  env[n++] = (char *)(uintptr_t)"PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  env[n++] = (char *)(uintptr_t)"LC_ALL=C";
  for (i = 0; i < sizeof pass / sizeof *pass; i++)
    if ((value = getenv (pass[i])))
      if (asprintf (env + n, "%s=%s", pass[i], value) > 0)
        n++;
  env[n] = NULL;
}

/* Put the descriptors in their places.  First all are moved out of the way,
   so that none is overwritten.  The program's follows those of the child.  */
static bool
place_descriptors (const struct spawn *spawn)
{
  int first = ROLE_FD_PARENT + (int)spawn->n_fds;
  int high[SPAWN_FDS], null, log, program = -1;
  unsigned int i;

  null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  null = fcntl (null, F_DUPFD_CLOEXEC, 64);
  log = spawn->log_fd > 0? spawn->log_fd : spawn->log_fd? null : STDERR_FILENO;
  log = fcntl (log, F_DUPFD_CLOEXEC, 64);
  if (null < 0 || log < 0)
    return false;
  for (i = 0; i < spawn->n_fds; i++)
    if ((high[i] = spawn->fd[i] < 0? null
                   : fcntl (spawn->fd[i], F_DUPFD_CLOEXEC, 64)) < 0)
      return false;
  if (spawn->program_fd
      && (program = fcntl (spawn->program_fd, F_DUPFD_CLOEXEC, 64)) < 0)
    return false;
  for (i = 0; i < spawn->n_fds; i++)
    if (dup2 (high[i], ROLE_FD_PARENT + (int)i) < 0)
      return false;
  if (dup2 (null, STDIN_FILENO) < 0
      || (!spawn->talks && dup2 (log, STDOUT_FILENO) < 0))
    return false;
  if (program >= 0 && dup3 (program, first++, O_CLOEXEC) < 0)
    return false;
  confine_close_from (first);
  return true;
}

static void
reset_signals (void)
{
  struct sigaction sa;
  sigset_t set;
  int signo;

  memset (&sa, 0, sizeof sa);
  sa.sa_handler = SIG_DFL;
  sigemptyset (&sa.sa_mask);
  for (signo = 1; signo < NSIG; signo++)
    sigaction (signo, &sa, NULL);
  sa.sa_handler = SIG_IGN;
  sigaction (SIGPIPE, &sa, NULL);
  sigemptyset (&set);
  sigprocmask (SIG_SETMASK, &set, NULL);
}

/* Start the program.  Only its own output goes to its log; an error here goes
   to ours.  */
static void
execute_program (const struct spawn *spawn, char *const *env)
{
  int ours = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 64);
  gpg_error_t err;

  if (spawn->log_fd)
    dup2 (STDOUT_FILENO, STDERR_FILENO);
  if (spawn->program_fd)
    execveat (ROLE_FD_PARENT + (int)spawn->n_fds, "",
              (char *const *)(uintptr_t)spawn->argv, env, AT_EMPTY_PATH);
  else
    execve (spawn->path, (char *const *)(uintptr_t)spawn->argv, env);
  err = gpg_error_from_syserror ();
  dup2 (ours, STDERR_FILENO);
  log_error ("cannot run %s: %s", spawn->path, gpg_strerror (err));
}

static void
become_child (const struct spawn *spawn, pid_t parent)
{
  char *env[MAX_ENV];
  gpg_error_t err;

  reset_signals ();
  setsid ();                    /* The terminal's signals are posternd's. */
  umask (077);
  if (chdir ("/") || !place_descriptors (spawn))
    _exit (EX_OSERR);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != parent)
    _exit (EX_OK);
  if (spawn->id && (err = confine_become (spawn->id, 0)))
    {
      log_error ("cannot drop root for %s: %s", spawn->path,
                 gpg_strerror (err));
      _exit (EX_OSERR);
    }
  make_environment (env);
  execute_program (spawn, env);
  _exit (EX_OSFILE);
}

gpg_error_t
spawn_start (const struct spawn *spawn, pid_t *r_pid)
{
  pid_t parent = getpid ();
  pid_t pid;

  *r_pid = 0;
  pid = fork ();
  if (pid < 0)
    return gpg_error_from_syserror ();
  if (!pid)
    become_child (spawn, parent);
  *r_pid = pid;
  return 0;
}


gpg_error_t
spawn_program (const char *libexec, struct spawn *spawn, pid_t *r_pid)
{
  char path[PATH_MAX];

  *r_pid = 0;
  if (snprintf (path, sizeof path, "%s/%s", libexec, spawn->argv[0])
      >= (int)sizeof path)
    return gpg_error (GPG_ERR_ENAMETOOLONG);
  spawn->path = path;
  return spawn_start (spawn, r_pid);
}


int
spawn_wait (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return EX_OSERR;
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}


const char *
spawn_libexec (void)
{
  const char *dir = secure_getenv ("POSTERN_LIBEXEC");

  return dir && *dir == '/'? dir : POSTERN_LIBEXECDIR;
}
