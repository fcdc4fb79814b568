/* confine.h - Give up privileges, and prove that they are gone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md tells what each role gives up and why.  Nothing that was
 * given up here can be had back.  Besides what is said below, errors are those
 * of the system; GPG_ERR_EPERM also if a proof fails.  */

#ifndef POSTERN_CONFINE_H
#define POSTERN_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <gpg-error.h>

/* Become USER, with no group but its own, for good; remove all capabilities
   but those in KEEP (bits 1 << CAP_x; 0: none) from every set; and set
   no-new-privileges.  Then prove it: getting back uid 0 and each capability
   must fail.  GPG_ERR_UNKNOWN_NAME if there is no such user.  If USER is
   NULL (act), the uid stays, and the rest is done.  */
gpg_error_t confine_user (const char *user, uint64_t keep);

/* For a role that starts programs as other users: the process keeps only the
   capabilities in KEEP.  Neither the bounding set nor no-new-privileges is
   changed, so that its programs get by an exec what root or a setuid program
   gets.  Then prove that the process cannot get back the others.  */
gpg_error_t confine_starter (uint64_t keep);

/* For a program that a role started after confine_user: prove that it has
   nothing of what the role kept.  GPG_ERR_EPERM if it has uid 0 or a
   capability, or could get new privileges.  */
gpg_error_t confine_prove_bare (void);

/* confine_user in two steps, to look up the user before a fork.  */
struct confine_id
{
  uid_t uid;
  gid_t gid;
};
gpg_error_t confine_lookup (const char *user, struct confine_id *r_id);
gpg_error_t confine_become (const struct confine_id *id, uint64_t keep);

/* Landlock (landlock(7)): from now on only the N folders at PATHS can be
   reached, for reading and writing; none if N is 0.  GPG_ERR_NOT_SUPPORTED if
   the kernel has no Landlock, for the caller to warn.  */
gpg_error_t confine_paths (const char *const *paths, size_t n);

/* The same for the N_WRITE folders at WRITE, and the N_READ files and folders
   at READ for reading and executing.  Paths that do not exist are left
   out.  */
gpg_error_t confine_folders (const char *const *write, size_t n_write,
                             const char *const *read, size_t n_read);

/* The same with three lists of paths, each ended by NULL: what can be written,
   what can only be read, and what can be read and executed.  Nothing else
   can.  */
struct confine_reach
{
  const char *const *write, *const *read, *const *execute;
};
gpg_error_t confine_reach (const struct confine_reach *reach);

/* Also by Landlock: this process and its children cannot read any file below
   PARENT/NAME; nothing else changes.  Does nothing if there is no such
   folder.  PARENT is a folder in the root; files that are later made in the
   root or in PARENT cannot be read either.  */
gpg_error_t confine_unread (const char *parent, const char *name);

/* True if the kernel has Landlock.  */
bool confine_knows_paths (void);

/* Leave the network, for a namespace in which no link is up.  Sockets in the
   file system can still be reached.  Needs root.  GPG_ERR_EPERM if it is not
   allowed, as in some containers, for the caller to warn.  */
gpg_error_t confine_network (void);

/* Replace FOLDER by an empty folder, for this process and its children.
   Needs root.  Does nothing if there is no FOLDER.  GPG_ERR_EPERM, or an error
   of mount(2), if it is not allowed.  */
gpg_error_t confine_hide (const char *folder);

/* For this process and its children no file of any file system can be
   written, but descriptors that are open, and devices.  Needs root.  Errors as
   of confine_hide.  */
gpg_error_t confine_read_only (void);

/* seccomp: allow the N system calls NAMES; any other kills the process.
   Names are those of libseccomp; one that this machine does not have is
   skipped.  exit_group, rt_sigreturn and restart_syscall are always allowed.
   Does nothing if built with the sanitizers.  */
gpg_error_t confine_syscalls (const char *const *names, size_t n);

/* seccomp, for GnuPG's programs, of which nobody can list what they call:
   forbid what they do not need.  These are sockets, namespaces, mounts, to
   trace other processes, to leave the process group (by which they are ended),
   files in memory, and the parts of the kernel that are most often attacked.
   Without STARTS there can be no new process either, only a thread and, as
   far as Landlock allows it, an exec.  These fail with EPERM.  Call it after
   confine_user.  Does nothing if built with the sanitizers.  */
gpg_error_t confine_forbid (bool starts);

/* RLIMIT_NOFILE, _NPROC, _FSIZE and _AS (bytes), _CPU (seconds).  0 leaves a
   limit as it is.  RLIMIT_CORE always becomes 0.  */
struct confine_limits
{
  uint64_t files, processes, file_size, memory, cpu;
};
gpg_error_t confine_limits (const struct confine_limits *limits);

/* Close every descriptor from FIRST on.  */
void confine_close_from (int first);

#endif /*POSTERN_CONFINE_H*/
