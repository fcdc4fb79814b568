/* confine.h - Giving up power, and proving that it is gone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md tells what each role gives up and why.  */

#ifndef POSTERN_CONFINE_H
#define POSTERN_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <gpg-error.h>

/* Become USER with its own group alone, for good; with all capabilities
   but those in KEEP (bits 1 << CAP_x; 0: none) gone from every set, and no
   new privileges.  Then prove it: regaining uid 0 and each capability must
   fail.  GPG_ERR_UNKNOWN_NAME if there is no such user.  With USER NULL
   the uid stays (act): only capabilities and no-new-privileges.  */
gpg_error_t confine_user (const char *user, uint64_t keep);

/* For a role that starts programs as others: only the capabilities in KEEP
   stay its own, but what it starts can get by an exec what root or a setuid
   program gets: neither the bounding set nor no-new-privileges is touched.
   Then prove that the others cannot be had again.  */
gpg_error_t confine_starter (uint64_t keep);

/* For a program that a role of confine_user starts: prove that nothing is
   left of what the role kept.  GPG_ERR_EPERM if there is a capability, uid
   0, or a way to new privileges.  */
gpg_error_t confine_prove_bare (void);

/* confine_user in two steps, for who looks the user up before a fork.  */
struct confine_id
{
  uid_t uid;
  gid_t gid;
};
gpg_error_t confine_lookup (const char *user, struct confine_id *r_id);
gpg_error_t confine_become (const struct confine_id *id, uint64_t keep);

/* Landlock (kernel's landlock(7)): from now on only the N folders at PATHS
   can be reached, to read and write; none for N == 0.  Where the kernel
   has no Landlock: GPG_ERR_NOT_SUPPORTED, for the caller to warn.  */
gpg_error_t confine_paths (const char *const *paths, size_t n);

/* The same, and the N_READ files and folders at READ to read and run
   besides.  Paths that are not there are left out.  */
gpg_error_t confine_folders (const char *const *write, size_t n_write,
                             const char *const *read, size_t n_read);

/* Landlock as well: no file below PARENT/NAME can be read any more, for this
   process and its children; nothing else changes.  Where there is no
   such folder nothing is done.  PARENT is a folder of the root's; what is
   made in the root or in PARENT later cannot be read either.  */
gpg_error_t confine_unread (const char *parent, const char *name);

/* Whether the kernel has it.  */
bool confine_knows_paths (void);

/* Leave the network: a namespace of its own, with no link that is up.
   Sockets in the file system stay in reach.  Needs root.  Where it is not
   allowed (in some containers): GPG_ERR_EPERM, for the caller to warn.  */
gpg_error_t confine_network (void);

/* Put an empty folder in the place of FOLDER, for this process and its
   children.  Needs root.  Where there is no FOLDER nothing is done; where it
   is not allowed: GPG_ERR_EPERM, or what mount says.  */
gpg_error_t confine_hide (const char *folder);

/* seccomp: allow the N named system calls, end the process for any
   other.  NAMES as libseccomp knows them; one that this machine does not
   know is skipped.  exit_group, rt_sigreturn and restart_syscall are
   always allowed.  Built with the sanitizers it does nothing.  */
gpg_error_t confine_syscalls (const char *const *names, size_t n);

/* RLIMIT_NOFILE, _NPROC, _FSIZE, _AS, _CPU (seconds), _CORE; 0 leaves one
   as it is, except CORE, which is always 0.  */
struct confine_limits
{
  uint64_t files, processes, file_size, memory, cpu;
};
gpg_error_t confine_limits (const struct confine_limits *limits);

/* Close every descriptor from FIRST on.  */
void confine_close_from (int first);

#endif /*POSTERN_CONFINE_H*/
