/* confine-syscalls.c - seccomp: which system calls are allowed, or forbidden.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In a file of its own, so that only the roles that use it link
 * libseccomp.  */

#include "confine.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>

#ifndef POSTERN_SANITIZE

static gpg_error_t
allow_call (scmp_filter_ctx ctx, const char *name)
{
  int nr = seccomp_syscall_resolve_name (name);
  int rc;

  if (nr == __NR_SCMP_ERROR)
    return 0;
  rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, nr, 0);
  return rc? gpg_error_from_errno (-rc) : 0;
}

gpg_error_t
confine_syscalls (const char *const *names, size_t n)
{
  static const char *const always[] =
    { "exit_group", "rt_sigreturn", "restart_syscall" };
  scmp_filter_ctx ctx;
  gpg_error_t err = 0;
  size_t i;
  int rc;

  ctx = seccomp_init (SCMP_ACT_KILL_PROCESS);
  if (!ctx)
    return gpg_error (GPG_ERR_ENOMEM);
  for (i = 0; !err && i < sizeof always / sizeof *always; i++)
    err = allow_call (ctx, always[i]);
  for (i = 0; !err && i < n; i++)
    err = allow_call (ctx, names[i]);
  if (!err && (rc = seccomp_load (ctx)))
    err = gpg_error_from_errno (-rc);
  seccomp_release (ctx);
  return err;
}


/* Where clone(2) has its flags.  */
#ifdef __s390__
# define CLONE_FLAGS 1
#else
# define CLONE_FLAGS 0
#endif

static gpg_error_t
forbid_call (scmp_filter_ctx ctx, const char *name, int errnum)
{
  int nr = seccomp_syscall_resolve_name (name);
  int rc;

  if (nr == __NR_SCMP_ERROR)
    return 0;
  rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO ((unsigned int)errnum), nr, 0);
  return rc? gpg_error_from_errno (-rc) : 0;
}

/* Forbid clone(2) where the flag FLAG is VALUE.  */
static gpg_error_t
forbid_clone (scmp_filter_ctx ctx, scmp_datum_t flag, scmp_datum_t value)
{
  int rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                             SCMP_CMP (CLONE_FLAGS, SCMP_CMP_MASKED_EQ, flag,
                                       value));

  return rc? gpg_error_from_errno (-rc) : 0;
}

/* The flags of clone3(2) are out of sight.  The C library goes on with clone
   where there is none.  */
static gpg_error_t
forbid_processes (scmp_filter_ctx ctx, bool starts)
{
  gpg_error_t err = forbid_call (ctx, "clone3", ENOSYS);

  if (!err)
    err = forbid_clone (ctx, CLONE_NEWUSER, CLONE_NEWUSER);
  if (err || starts)
    return err;
  err = forbid_clone (ctx, CLONE_THREAD, 0);
  if (!err)
    err = forbid_call (ctx, "fork", EPERM);
  return err? err : forbid_call (ctx, "vfork", EPERM);
}

gpg_error_t
confine_forbid (bool starts)
{
  static const char *const never[] =
    {
      "socket", "socketpair", "connect", "bind", "unshare", "setns", "chroot",
      "pivot_root", "mount", "umount2", "mount_setattr", "move_mount",
      "open_tree", "fsopen", "fspick", "ptrace", "process_vm_readv",
      "process_vm_writev", "pidfd_getfd", "setsid", "setpgid",
      "memfd_create", "memfd_secret", "shmget", "io_uring_setup", "bpf",
      "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key"
    };
  scmp_filter_ctx ctx = seccomp_init (SCMP_ACT_ALLOW);
  gpg_error_t err;
  size_t i;
  int rc;

  if (!ctx)
    return gpg_error (GPG_ERR_ENOMEM);
  err = forbid_processes (ctx, starts);
  for (i = 0; !err && i < sizeof never / sizeof *never; i++)
    err = forbid_call (ctx, never[i], EPERM);
  if (!err && (rc = seccomp_load (ctx)))
    err = gpg_error_from_errno (-rc);
  seccomp_release (ctx);
  return err;
}

#else /*POSTERN_SANITIZE*/

gpg_error_t
confine_forbid (bool starts)
{
  (void)starts;
  return 0;
}

gpg_error_t
confine_syscalls (const char *const *names, size_t n)
{
  (void)names;
  (void)n;
  return 0;
}

#endif /*POSTERN_SANITIZE*/
