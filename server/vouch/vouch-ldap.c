/* vouch-ldap.c - One check against a directory.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The only process of the server that opens connections.  A large library
 * parses what others send there, so the process owns nothing, can read only
 * certificates and what is needed to resolve names, and ends after one
 * check.  */

#include "../role/mains.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "ldapask.h"
#include "vouch-child.h"

#define SERVICE_MAX 1024        /* Bytes of the service's password.  */

struct task
{
  struct packet_ldap ldap;
  bool have_ldap;
  char *service;
  enum refusal refusal;
  bool done;
};

/* What libldap, GnuTLS and the resolver, with any modules that nsswitch.conf
   names, need.  No exec, no further process, no access to the memory of
   others.  */
static const char *const syscalls[] =
  {
    "read", "write", "readv", "writev", "pread64", "lseek", "close", "open",
    "openat", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs",
    "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "fcntl", "dup", "pipe2", "eventfd2", "ioctl",
    "socket", "socketpair", "connect", "bind", "sendto", "sendmsg",
    "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "shutdown",
    "getsockname", "getpeername", "getsockopt", "setsockopt", "poll",
    "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "timerfd_create", "timerfd_settime",
    "setitimer", "brk", "mmap", "munmap", "mremap", "madvise", "mprotect",
    "mlock", "mlock2", "munlock", "futex", "clock_gettime", "clock_getres",
    "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times",
    "getrandom", "uname", "sysinfo", "getrusage", "getrlimit", "prlimit64",
    "sched_getaffinity", "sched_yield", "getpid", "getppid", "gettid",
    "getuid", "geteuid", "getgid", "getegid", "rt_sigprocmask",
    "rt_sigaction", "sigaltstack", "tgkill", "exit"
  };


static gpg_error_t
confine_ldap_check (const struct packet_ldap *ldap)
{
  const char *paths[] =
    { "/usr/lib", "/lib", "/lib64", "/usr/share/p11-kit", "/etc/ld.so.cache",
      "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf",
      "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
      "/etc/localtime", "/etc/gnutls", "/etc/crypto-policies",
      "/run/systemd/resolve", "/run/nscd", "/dev/urandom", ldap->ca_file };
  size_t n = sizeof paths / sizeof *paths;

  return child_confine (paths, *ldap->ca_file ? n : n - 1, syscalls,
                        sizeof syscalls / sizeof *syscalls);
}


/* Read the service's password, which is the first line of the file that vouch
   opened.  */
static gpg_error_t
read_service (struct task *task)
{
  size_t len = 0;
  ssize_t n = 1;

  task->service = secret_alloc (SERVICE_MAX + 1);
  if (!task->service)
    return gpg_error_from_syserror ();
  while (n && len < SERVICE_MAX)
    {
      n = read (CHILD_FD_FILE, task->service + len, SERVICE_MAX - len);
      if (n < 0 && errno != EINTR)
        return gpg_error_from_syserror ();
      len += n > 0 ? (size_t)n : 0;
    }
  task->service[strcspn (task->service, "\n")] = 0;
  if (*task->service)
    return 0;
  log_error ("ldap %s: the first line of password-file is empty",
             task->ldap.name);
  return gpg_error (GPG_ERR_NO_DATA);
}


/* Everything of our own is read before anything that others sent.  */
static gpg_error_t
take_ldap (void *hook, const struct message *msg)
{
  struct task *task = hook;
  gpg_error_t err = packet_read_ldap (msg, &task->ldap);

  if (err || task->have_ldap)
    return err ? err : gpg_error (GPG_ERR_INV_VALUE);
  task->have_ldap = true;
  task->refusal = REFUSAL_VOUCH_FAILED;
  if ((!*task->ldap.service_dn || !read_service (task))
      && !confine_ldap_check (&task->ldap))
    task->refusal = REFUSAL_NONE;
  close (CHILD_FD_FILE);
  return 0;
}


static enum refusal
ask_directory (struct task *task, const struct packet_check *check)
{
  struct ldapask ask = { &task->ldap, check->account, NULL, task->service,
                         child_trying };
  credential_t credential = NULL;
  enum refusal refusal;

  refusal = child_open (check, &credential, &ask.password);
  if (!refusal)
    refusal = ldapask (&ask);
  credential_release (credential);
  return refusal;
}


static gpg_error_t
take_ldap_check (void *hook, const struct message *msg)
{
  struct task *task = hook;
  struct packet_check check;
  gpg_error_t err = packet_read_check (msg, &check);

  if (err || !task->have_ldap || check.kind != CONFIG_REQUIRE_LDAP)
    return err ? err : gpg_error (GPG_ERR_INV_VALUE);
  if (!task->refusal)
    task->refusal = ask_directory (task, &check);
  secret_wipe (&check, sizeof check);
  task->done = true;
  return child_verdict (task->refusal);
}


int
vouch_ldap_main (int argc, char **argv)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (LDAP, FROM_VOUCH, take_ldap),
      PACKET_RULE (CHECK, FROM_VOUCH, take_ldap_check)
    };
  static struct task task;
  int code;

  (void)argc;
  (void)argv;
  child_start ("vouch-ldap");
  setenv ("LDAPNOINIT", "1", 1);        /* No ldap.conf, no .ldaprc.  */
  code = child_serve (table, 2, &task, &task.done);
  secret_release (task.service);
  return code;
}
