/* confine-syscalls.c - seccomp: which system calls are allowed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In a file of its own, so that only the roles that use it link
 * libseccomp.  */

#include "confine.h"

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

#else /*POSTERN_SANITIZE*/

gpg_error_t
confine_syscalls (const char *const *names, size_t n)
{
  (void)names;
  (void)n;
  return 0;
}

#endif /*POSTERN_SANITIZE*/
