/* confine.c - Give up privileges, and prove that they are gone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Dropping privileges without effect is worse than not dropping them.  So
 * after each drop this file tries to get them back, and it is an error if
 * that succeeds.  */

#include "confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
kept (uint64_t keep, unsigned int cap)
{
  return (keep >> cap) & 1;
}

/* Become ID (NULL: stay the same), with the capabilities in KEEP and no
   others.  */
static gpg_error_t
drop_capabilities (const struct confine_id *id, uint64_t keep)
{
  unsigned int cap;
  int rc;

  capng_clear (CAPNG_SELECT_ALL);
  for (cap = 0; cap <= (unsigned int)CAP_LAST_CAP; cap++)
    if (kept (keep, cap)
        && capng_update (CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE
                                                   | CAPNG_PERMITTED
                                                   | CAPNG_BOUNDING_SET), cap))
      return gpg_error (GPG_ERR_EPERM);
  if (id)
    rc = capng_change_id ((int)id->uid, (int)id->gid,
                          (capng_flags_t)(CAPNG_DROP_SUPP_GRP
                                          | CAPNG_CLEAR_BOUNDING
                                          | CAPNG_CLEAR_AMBIENT));
  else
    rc = capng_apply ((capng_select_t)(CAPNG_SELECT_BOTH
                                       | CAPNG_SELECT_AMBIENT));
  return rc? gpg_error (GPG_ERR_EPERM) : 0;
}

/* Ask the kernel for the capability CAP, which must fail.  */
static gpg_error_t
prove_denied (unsigned int cap)
{
  struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  if (syscall (SYS_capget, &head, data))
    return gpg_error_from_syserror ();
  data[cap / 32].permitted |= 1u << (cap % 32);
  data[cap / 32].effective |= 1u << (cap % 32);
  return syscall (SYS_capset, &head, data)? 0 : gpg_error (GPG_ERR_EPERM);
}

static gpg_error_t
prove_capability (unsigned int cap)
{
  gpg_error_t err = prove_denied (cap);

  if (err)
    return err;
  if (prctl (PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
    return gpg_error (GPG_ERR_EPERM);
  return 0;
}

/* Prove that the process is ID alone, and cannot become root again.  */
static gpg_error_t
prove_identity (const struct confine_id *id, uint64_t keep)
{
  uid_t ruid, euid, suid;
  gid_t rgid, egid, sgid, groups[2];
  int n;

  if (getresuid (&ruid, &euid, &suid) || getresgid (&rgid, &egid, &sgid))
    return gpg_error_from_syserror ();
  if (ruid != id->uid || euid != id->uid || suid != id->uid
      || rgid != id->gid || egid != id->gid || sgid != id->gid)
    return gpg_error (GPG_ERR_EPERM);
  n = getgroups (2, groups);
  if (n < 0 || n > 1 || (n == 1 && groups[0] != id->gid))
    return gpg_error (GPG_ERR_EPERM);
  if (!kept (keep, CAP_SETUID) && (!setresuid (0, 0, 0) || !seteuid (0)))
    return gpg_error (GPG_ERR_EPERM);
  if (!kept (keep, CAP_SETGID) && (!setresgid (0, 0, 0) || !setegid (0)))
    return gpg_error (GPG_ERR_EPERM);
  return 0;
}

static gpg_error_t
prove (const struct confine_id *id, uint64_t keep)
{
  gpg_error_t err = 0;
  unsigned int cap;

  if (id && id->uid)
    err = prove_identity (id, keep);
  for (cap = 0; !err && cap <= 63; cap++)
    if (!kept (keep, cap) && prctl (PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
      err = prove_capability (cap);
  if (!err && prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
    err = gpg_error (GPG_ERR_EPERM);
  return err;
}

gpg_error_t
confine_starter (uint64_t keep)
{
  gpg_error_t err = 0;
  unsigned int cap;

  capng_clear (CAPNG_SELECT_ALL);
  for (cap = 0; cap <= (unsigned int)CAP_LAST_CAP; cap++)
    if (kept (keep, cap)
        && capng_update (CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE
                                                   | CAPNG_PERMITTED), cap))
      return gpg_error (GPG_ERR_EPERM);
  if (capng_apply ((capng_select_t)(CAPNG_SELECT_CAPS
                                    | CAPNG_SELECT_AMBIENT)))
    return gpg_error (GPG_ERR_EPERM);
  for (cap = 0; !err && cap <= 63; cap++)
    if (!kept (keep, cap) && prctl (PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
      err = prove_denied (cap);
  return err;
}

/* Capabilities that are only in the bounding set cannot be had without new
   privileges.  */
gpg_error_t
confine_prove_bare (void)
{
  const struct confine_id id = { getuid (), getgid () };
  gpg_error_t err = 0;
  unsigned int cap;

  if (!id.uid || prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
    return gpg_error (GPG_ERR_EPERM);
  err = prove_identity (&id, 0);
  for (cap = 0; !err && cap <= 63; cap++)
    if (prctl (PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
      err = prove_denied (cap);
  return err;
}

gpg_error_t
confine_lookup (const char *user, struct confine_id *r_id)
{
  struct passwd *pw;

  memset (r_id, 0, sizeof *r_id);
  errno = 0;
  pw = getpwnam (user);
  if (!pw)
    return errno? gpg_error_from_syserror () : gpg_error (GPG_ERR_UNKNOWN_NAME);
  r_id->uid = pw->pw_uid;
  r_id->gid = pw->pw_gid;
  return 0;
}

gpg_error_t
confine_become (const struct confine_id *id, uint64_t keep)
{
  gpg_error_t err;
  int deathsig = 0;

  /* The kernel clears it when the user changes.  */
  prctl (PR_GET_PDEATHSIG, &deathsig, 0, 0, 0);
  err = drop_capabilities (id, keep);
  if (err)
    return err;
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
      || (deathsig && prctl (PR_SET_PDEATHSIG, deathsig, 0, 0, 0)))
    return gpg_error_from_syserror ();
  return prove (id, keep);
}

gpg_error_t
confine_user (const char *user, uint64_t keep)
{
  struct confine_id id;
  gpg_error_t err;

  if (!user)
    return confine_become (NULL, keep);
  err = confine_lookup (user, &id);
  return err? err : confine_become (&id, keep);
}


gpg_error_t
confine_network (void)
{
  return unshare (CLONE_NEWNET)? gpg_error_from_syserror () : 0;
}


gpg_error_t
confine_hide (const char *folder)
{
  if (access (folder, F_OK))
    return 0;
  /* As a slave, so that what the host unmounts does not stay busy here.  */
  if (unshare (CLONE_NEWNS)
      || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL)
      || mount ("tmpfs", folder, "tmpfs",
                MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "mode=755"))
    return gpg_error_from_syserror ();
  return 0;
}


gpg_error_t
confine_read_only (void)
{
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

  if (unshare (CLONE_NEWNS)
      || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL)
      || mount_setattr (AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof attr))
    return gpg_error_from_syserror ();
  return 0;
}


static gpg_error_t
set_limit (__rlimit_resource_t what, uint64_t most)
{
  struct rlimit rl;

  rl.rlim_cur = rl.rlim_max = most;
  return setrlimit (what, &rl)? gpg_error_from_syserror () : 0;
}

gpg_error_t
confine_limits (const struct confine_limits *limits)
{
  gpg_error_t err;

  err = set_limit (RLIMIT_CORE, 0);
  if (!err && limits->files)
    err = set_limit (RLIMIT_NOFILE, limits->files);
  if (!err && limits->processes)
    err = set_limit (RLIMIT_NPROC, limits->processes);
  if (!err && limits->file_size)
    err = set_limit (RLIMIT_FSIZE, limits->file_size);
  if (!err && limits->cpu)
    err = set_limit (RLIMIT_CPU, limits->cpu);
#ifndef POSTERN_SANITIZE        /* The sanitizers map terabytes.  */
  if (!err && limits->memory)
    err = set_limit (RLIMIT_AS, limits->memory);
#endif
  return err;
}

void
confine_close_from (int first)
{
  syscall (SYS_close_range, (unsigned int)first, ~0u, 0u);
}
