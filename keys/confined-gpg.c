/* confined-gpg.c - Runs gpg with power over its home only.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What postern-keys lets gpg read was made by strangers, and gpg is large.
 * gpgme runs this program instead, as root: it becomes the user who may read
 * the roster's keys, gives up the network, all of the file system except the
 * home and the system's programs, and the system calls that reach other
 * processes; then it becomes gpg.  If any step fails, gpg must not run.
 * doc/PRIVILEGES.md has the list.  */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>
#include <seccomp.h>
#include "../common/pgp/gpg-argv.h"
#include "../server/role/confine.h"
#include "../server/role/role.h"

#define DEADLINE_S 120          /* In case our parent is gone.  */
#define MAX_KEYRING (256ull << 20)

/* No operation on public keys needs any of these.  */
static const char *const refused[] =
  {
    "socket", "connect", "ptrace", "process_vm_readv", "process_vm_writev",
    "tkill", "tgkill", "pidfd_open", "pidfd_send_signal", "bpf",
    "perf_event_open", "keyctl", "add_key", "request_key", "mount",
    "umount2", "unshare", "setns", "userfaultfd", "io_uring_setup",
    "shmget", "shmat", "msgget", "semget", "mq_open"
  };
#define N_REFUSED (sizeof refused / sizeof *refused)


static gpg_error_t
refuse_call (scmp_filter_ctx ctx, const char *name)
{
  int nr = seccomp_syscall_resolve_name (name);
  int rc = nr == __NR_SCMP_ERROR ? 0
    : seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), nr, 0);

  return rc ? gpg_error_from_errno (-rc) : 0;
}


/* The signal 0 stays allowed: by it gpg asks whether the holder of a lock is
   alive.  */
static gpg_error_t
refuse_calls (void)
{
  scmp_filter_ctx ctx = seccomp_init (SCMP_ACT_ALLOW);
  gpg_error_t err = 0;
  size_t i;
  int rc;

  if (!ctx)
    return gpg_error (GPG_ERR_ENOMEM);
  for (i = 0; !err && i < N_REFUSED; i++)
    err = refuse_call (ctx, refused[i]);
  rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (kill), 1,
                         SCMP_A1 (SCMP_CMP_NE, 0));
  if (!err && rc)
    err = gpg_error_from_errno (-rc);
  if (!err && (rc = seccomp_load (ctx)))
    err = gpg_error_from_errno (-rc);
  seccomp_release (ctx);
  return err;
}


/* Leave nothing but the home and what gpg needs to run: not /etc/gnupg, which
   may ask for keyboxd.  A kernel without Landlock is no error here, since
   postern-keys has warned of it.  */
static gpg_error_t
allow_home_alone (const char *home)
{
  static const char *const system[] =
    { "/usr", "/bin", "/lib", "/lib32", "/lib64", "/proc/self",
      "/dev/urandom", "/dev/random", "/etc/ld.so.cache",
      "/etc/ld.so.preload", "/etc/gcrypt", "/etc/nsswitch.conf",
      "/etc/passwd", "/etc/group", "/etc/localtime" };
  const char *write[] = { "/dev/null", home };
  gpg_error_t err;

  err = confine_folders (write, home ? 2 : 1, system,
                         sizeof system / sizeof *system);
  return gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED ? 0 : err;
}


static gpg_error_t
become_muster_user (void)
{
  gpg_error_t err = confine_network ();

  if (gpg_err_code (err) == GPG_ERR_EPERM)
    err = 0;                    /* As in some containers; the filter
                                   refuses sockets too.  */
  if (!err)
    confine_hide ("/run/user");
  return err ? err : confine_user (ROLE_USER_MUSTER, 0);
}


static gpg_error_t
confine_self (const char *home)
{
  static const struct confine_limits limits =
    { .files = 64, .processes = 512, .file_size = MAX_KEYRING,
      .memory = 1 << 30 };
  gpg_error_t err;

  alarm (DEADLINE_S);
  err = confine_limits (&limits);
  if (!err && !geteuid ())
    err = become_muster_user ();
  if (!err)
    err = allow_home_alone (home);
  if (!err && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    err = gpg_error_from_syserror ();
  return err ? err : refuse_calls ();
}


int
main (int argc, char **argv)
{
  gpg_error_t err = confine_self (gpg_argv_home (argc, argv));

  if (err)
    {
      fprintf (stderr, "confined-gpg: %s\n", gpg_strerror (err));
      return EX_OSERR;
    }
  argv[0] = (char *)"gpg";
  execv (POSTERN_GPG, argv);
  fprintf (stderr, "confined-gpg: " POSTERN_GPG ": %s\n", strerror (errno));
  return EX_OSERR;
}
