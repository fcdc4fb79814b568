/* decide-main.c - The process of the role that decides.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It parses what a signer wrote and answers administrators, so it can do
 * little else: a user that owns the database and nothing more, no file but
 * those of its two folders, no program to start.  */

#include "../role/mains.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../store/audit-tell.h"
#include "../role/confine.h"
#include "control.h"
#include "decide.h"
#include "../role/role.h"

#define STOP_TIME_US 2000000u   /* For what is in flight.  */

struct process
{
  struct role role;
  struct clock_source clock;
  struct decide decide;
  answer_t answer;
  audit_tell_t tell;
  char *store;
  char *continuity;
};

/* SQLite, messages, the control socket, the clocks, memory.  No socket can
   be made: those that are needed are there.  Nor may their options change:
   with IP_HDRINCL, who took decide over could send from any address.  */
static const char *const syscalls[] =
  {
    "read", "write", "pread64", "pwrite64", "readv", "writev", "lseek",
    "openat", "open", "close", "stat", "lstat", "fstat", "newfstatat",
    "statx", "fcntl", "fdatasync", "fsync", "ftruncate", "fallocate",
    "unlink", "unlinkat", "access", "faccessat", "faccessat2", "readlink",
    "readlinkat", "getcwd", "fchmod", "fchown", "umask", "geteuid",
    "getuid", "getpid", "gettid", "ppoll", "poll", "recvmsg", "recvfrom",
    "sendmsg", "sendto", "accept4",
    "getsockname", "getpeername", "getsockopt", "shutdown",
    "clock_gettime", "gettimeofday", "time", "clock_nanosleep", "nanosleep",
    "getrandom", "brk", "mmap", "munmap", "mremap", "madvise", "mprotect",
    "mlock", "munlock", "futex", "rt_sigprocmask", "rt_sigaction",
    "sigaltstack", "getrusage", "times", "getrlimit", "prlimit64",
    "sysinfo", "exit", "tgkill"
  };


static gpg_error_t
confine_folder_pair (struct process *process)
{
  const char *paths[] = { process->store, process->continuity };
  gpg_error_t err = confine_paths (paths, 2);

  if (gpg_err_code (err) != GPG_ERR_NOT_SUPPORTED)
    return err;
  log_warn ("this kernel has no Landlock: decide could read what its user"
            " may");
  return 0;
}


/* Before the power to look is gone: the time zone for a rule's hours, the
   boot's id, the sockets for replies and for the log, and SQLite's own
   seed.  */
static gpg_error_t
prepare (struct process *process)
{
  gpg_error_t err;
  unsigned char seed[1];

  umask (077);
  tzset ();
  err = clock_system (&process->clock);
  if (!err)
    err = continuity_dir (process->role.config->runtime, &process->continuity);
  if (!err)
    {
      process->store = config_state_path (process->role.config, "decide");
      if (!process->store)
        err = gpg_error_from_syserror ();
    }
  if (!err)
    err = answer_open (&process->answer);
  if (!err)
    err = audit_tell_open (process->role.config->log_audit, NULL,
                           &process->tell);
  if (!err)
    err = database_error (sqlite3_initialize ());
  if (!err)
    sqlite3_randomness (sizeof seed, seed);
  return err;
}


static gpg_error_t
give_up_power (struct process *process)
{
  static const struct confine_limits limits =
    { .files = 64, .memory = 512 << 20 };
  gpg_error_t err;

  err = confine_limits (&limits);
  if (!err)
    err = confine_user (ROLE_USER_DECIDE, 0);
  if (!err)
    err = confine_folder_pair (process);
  if (err)
    log_error ("cannot become %s: %s", ROLE_USER_DECIDE, gpg_strerror (err));
  return err;
}


/* The uid of posternd, who may use the control socket besides root.  */
static uid_t
parent_uid (void)
{
  struct ucred peer;
  socklen_t len = sizeof peer;

  return getsockopt (ROLE_FD_PARENT, SOL_SOCKET, SO_PEERCRED, &peer, &len)
    ? 0 : peer.uid;
}


/* Nobody may make decide wait, whoever it is.  */
static gpg_error_t
unblock (int fd)
{
  int flags = fcntl (fd, F_GETFL);

  return flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK)
    ? gpg_error_from_syserror () : 0;
}


static gpg_error_t
set_up_decide (struct process *process)
{
  struct decide_places places =
    { process->store, process->continuity,
      ROLE_FD_PARENT, ROLE_FD_UPSTREAM, ROLE_FD_DOWNSTREAM, ROLE_FD_VOUCH,
      process->answer, process->tell };
  /* Of the control socket another decide may accept first.  */
  static const int fds[] =
    { ROLE_FD_PARENT, ROLE_FD_UPSTREAM, ROLE_FD_DOWNSTREAM, ROLE_FD_VOUCH,
      ROLE_FD_CONTROL };
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < sizeof fds / sizeof *fds; i++)
    err = unblock (fds[i]);
  if (!err)
    err = decide_open (&process->decide, process->role.config,
                       &process->clock, &places);
  if (err)
    return err;
  if (process->role.trial)
    process->decide.trial_end = process->decide.now.boot
      + process->role.trial * (int64_t)CLOCK_SECOND;
  err = control_new (&process->decide, ROLE_FD_CONTROL, parent_uid (),
                     &process->decide.control);
  if (!err)
    err = confine_syscalls (syscalls, sizeof syscalls / sizeof *syscalls);
  if (!err)
    err = role_ready ();
  if (err)
    log_error ("cannot start: %s", gpg_strerror (err));
  return err;
}


/* One turn; with STOPPING only what is in flight is waited for.  */
static gpg_error_t
wait_turn (struct decide *decide, bool stopping, int wait)
{
  struct pollfd fds[4 + CONTROL_FDS] =
    {
      { stopping ? -1 : decide->fd_in, POLLIN, 0 },
      { decide->fd_out, POLLIN, 0 },
      { decide->fd_vouch, POLLIN, 0 },
      { decide->fd_parent, POLLIN, 0 }
    };
  unsigned int n = control_prepare (decide->control, fds + 4);

  if (control_has_work (decide->control))
    wait = 0;
  if (role_wait (fds, 4 + n, wait) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  clock_read (decide->clock, &decide->now);
  control_turn (decide->control, fds + 4, n);
  return 0;
}


static gpg_error_t
serve_decide (struct decide *decide)
{
  gpg_error_t err = 0;
  uint64_t stop_at = 0;
  bool stopping = false;
  int wait = 0;

  while (!err)
    {
      stopping = stopping || role_stopping ();
      err = decide_turn (decide, stopping, &wait);
      if (!stop_at && stopping)
        stop_at = ticks_us () + STOP_TIME_US;
      if (stopping && (!calls_count (decide->calls)
                       || ticks_us () >= stop_at))
        break;
      if (!err)
        err = wait_turn (decide, stopping, wait);
    }
  return err;
}


int
decide_main (int argc, char **argv)
{
  static struct process process;
  gpg_error_t err;
  int rc;

  role_start (&process.role, "decide", argc, argv);
  err = prepare (&process);
  if (err)
    log_error ("cannot start: %s", gpg_strerror (err));
  if (!err)
    err = give_up_power (&process);
  if (!err)
    err = set_up_decide (&process);
  if (err)
    return ROLE_EXIT_AGAIN;
  rc = role_exit_code (serve_decide (&process.decide));
  control_release (process.decide.control);
  decide_close (&process.decide);
  answer_close (process.answer);
  audit_tell_close (process.tell);
  free (process.store);
  free (process.continuity);
  config_release (process.role.config);
  return rc;
}
