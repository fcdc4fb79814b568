/* worker.c - What unseal and verify share: a loop, and their cage.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whoever takes a worker over must find nothing to use: no file, no way to
 * make a socket, no program, no other process that it could signal.  */

#include "worker.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "../../common/base/log.h"
#include "../role/confine.h"

/* Messages, the connection to the agent, memory (a snapshot is mapped), the
   clock.  */
static const char *const syscalls[] =
  {
    "ppoll", "epoll_pwait", "poll", "recvmsg", "recvfrom", "sendmsg",
    "sendto", "read", "write", "writev", "close", "fcntl", "fstat",
    "newfstatat", "lseek", "brk", "mmap", "munmap", "mremap", "madvise",
    "mprotect", "mlock", "munlock", "futex", "getrandom", "clock_gettime",
    "gettimeofday", "time", "rt_sigprocmask", "rt_sigaction", "sigaltstack",
    "getpid", "gettid", "getuid", "geteuid", "exit", "tgkill"
  };

void
worker_note (struct worker *worker, gpg_error_t err)
{
  if (err && !worker->trouble)
    worker->trouble = err;
}

void
worker_refuse (struct worker *worker, uint64_t id,
               const struct packet_origin *origin, const char *fpr,
               enum refusal refusal)
{
  struct packet_refused refused = { .origin = *origin,
                                    .refusal = (uint16_t)refusal };

  if (fpr && strlen (fpr) < sizeof refused.fpr)
    memcpy (refused.fpr, fpr, strlen (fpr));
  worker_note (worker, packet_send_refused (ROLE_FD_DOWNSTREAM, id, &refused));
}

void
worker_failed (struct worker *worker, const char *what, gpg_error_t err)
{
  if (gpg_err_code (err) == worker->last_failure)
    return;
  worker->last_failure = gpg_err_code (err);
  log_error ("%s does not work: %s", what, gpg_strerror (err));
}

void
worker_worked (struct worker *worker, const char *what)
{
  if (worker->last_failure)
    log_info ("%s works again", what);
  worker->last_failure = 0;
}

gpg_error_t
worker_pass_refused (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct packet_refused refused;
  gpg_error_t err = packet_read_refused (msg, &refused);

  *refused.fpr = 0;             /* An earlier role cannot know who signed.  */
  if (!err)
    worker_note (worker, packet_send_refused (ROLE_FD_DOWNSTREAM, msg->id,
                                              &refused));
  return err;
}

gpg_error_t
worker_pass_counts (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct packet_counts counts;
  gpg_error_t err = packet_read_counts (msg, &counts);

  if (!err)
    worker_note (worker, packet_send_counts (ROLE_FD_DOWNSTREAM, msg->id,
                                             &counts));
  return err;
}


static gpg_error_t
leave_worker_network (void)
{
  gpg_error_t err = confine_network ();

  if (gpg_err_code (err) != GPG_ERR_EPERM)
    return err;
  log_warn ("no network namespace can be made here; system calls are"
            " restricted all the same");
  return 0;
}

static gpg_error_t
lose_files (struct worker *worker)
{
  gpg_error_t err = confine_paths (NULL, 0);

  if (gpg_err_code (err) != GPG_ERR_NOT_SUPPORTED)
    return err;
  log_warn ("this kernel has no Landlock; the system calls of %s are"
            " restricted all the same", worker->name);
  return 0;
}

/* The time zone is for the log.  No new descriptor is needed but for a
   connection and a snapshot, old and new.  */
gpg_error_t
worker_confine (struct worker *worker)
{
  static const struct confine_limits limits =
    { .files = 16, .memory = 1 << 30 };
  gpg_error_t err;

  umask (077);
  tzset ();
  err = confine_limits (&limits);
  if (!err)
    err = leave_worker_network ();
  if (!err)
    err = confine_user (worker->user, 0);
  if (!err && prctl (PR_SET_DUMPABLE, 0))
    err = gpg_error_from_syserror ();
  if (!err)
    err = lose_files (worker);
  if (!err)
    err = confine_syscalls (syscalls, sizeof syscalls / sizeof *syscalls);
  return err;
}


static gpg_error_t
hear_posternd (struct worker *worker)
{
  return packet_dispatch (ROLE_FD_PARENT, FROM_PARENT, worker->parents,
                          worker->n_parents, worker);
}

gpg_error_t
worker_hear_parent (struct worker *worker)
{
  struct pollfd fd = { ROLE_FD_PARENT, POLLIN, 0 };

  if (role_wait (&fd, 1, -1) < 0)
    return gpg_error_from_syserror ();
  return hear_posternd (worker);
}

/* Wait until an answer can be sent.  */
static gpg_error_t
wait_for_room (struct worker *worker)
{
  struct pollfd fds[2] =
    { { ROLE_FD_PARENT, POLLIN, 0 }, { ROLE_FD_DOWNSTREAM, POLLOUT, 0 } };

  if (role_wait (fds, 2, -1) < 0)
    return gpg_error_from_syserror ();
  return fds[0].revents? hear_posternd (worker) : 0;
}

static gpg_error_t
watch_channel (struct worker *worker, int fd, uint32_t events)
{
  struct epoll_event event = { .events = events, .data.fd = fd };

  return epoll_ctl (worker->epoll, EPOLL_CTL_ADD, fd, &event)
    ? gpg_error_from_syserror () : 0;
}

/* Each message wakes one worker of those that have nothing to do: if all woke
   for it, all but one would find that it is gone.  */
static gpg_error_t
watch_channels (struct worker *worker)
{
  gpg_error_t err;

  worker->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (worker->epoll < 0)
    return gpg_error_from_syserror ();
  err = watch_channel (worker, ROLE_FD_PARENT, EPOLLIN);
  if (!err)
    err = watch_channel (worker, ROLE_FD_UPSTREAM, EPOLLIN | EPOLLEXCLUSIVE);
  if (!err && worker->n_behind)
    err = watch_channel (worker, ROLE_FD_DOWNSTREAM,
                         EPOLLIN | EPOLLEXCLUSIVE);
  return err;
}

static gpg_error_t
take_message_from (struct worker *worker, int fd)
{
  switch (fd)
    {
    case ROLE_FD_PARENT:
      return hear_posternd (worker);
    case ROLE_FD_DOWNSTREAM:
      return packet_dispatch (fd, worker->asker, worker->behind,
                              worker->n_behind, worker);
    default:
      return packet_dispatch (fd, worker->from, worker->table,
                              worker->n_table, worker);
    }
}

/* Wait for one message, from either side, and handle it.  What posternd sends
   comes first (a snapshot counts from the next request on), then what decide
   asks.  What is not handled now is still there the next time.  */
static gpg_error_t
take_worker_message (struct worker *worker)
{
  struct epoll_event events[3];
  int i, n = role_wait_event (worker->epoll, events, 3);
  int fd = ROLE_FD_UPSTREAM;

  if (n < 0)
    return gpg_error_from_syserror ();
  for (i = 0; i < n; i++)
    if (events[i].data.fd == ROLE_FD_PARENT
        || (events[i].data.fd == ROLE_FD_DOWNSTREAM && fd != ROLE_FD_PARENT))
      fd = events[i].data.fd;
  return take_message_from (worker, fd);
}

/* Another worker may take what came, and a signal may come.  */
static gpg_error_t
allow_interruption (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_EAGAIN
         || gpg_err_code (err) == GPG_ERR_EINTR ? 0 : err;
}

static gpg_error_t
serve_message (struct worker *worker)
{
  gpg_error_t err;

  err = wait_for_room (worker);
  if (!err)
    err = take_worker_message (worker);
  err = allow_interruption (err);
  return err? err : worker->trouble;
}

static int
serve_messages (struct worker *worker)
{
  gpg_error_t err = worker->prepare (worker);

  if (!err && !role_stopping ())
    err = role_ready ();
  while (!err && !role_stopping ())
    err = serve_message (worker);
  return role_stopping () ? ROLE_EXIT_STOP : role_exit_code (err);
}

int
worker_main (struct worker *worker, int argc, char **argv)
{
  int code = ROLE_EXIT_AGAIN;
  gpg_error_t err;

  role_start (&worker->role, worker->name, argc, argv);
  if (worker->role.standalone)
    code = worker->look (worker);
  else if ((err = watch_channels (worker)))
    log_error ("cannot start: %s", gpg_strerror (err));
  else if ((err = worker_confine (worker)))
    log_error ("cannot become %s: %s", worker->user, gpg_strerror (err));
  else
    code = serve_messages (worker);
  config_release (worker->role.config);
  return code;
}
