/* confined-gpg.c - Runs gpg with no power but over its home.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What postern-keys lets gpg look at a newcomer has made, and gpg is large.
 * gpgme runs this instead, as root: it becomes the user who may read the
 * roster's keys, leaves the network, all of the file system but the home and
 * the system's programs, and the system calls that reach other processes;
 * then it is gpg.  doc/PRIVILEGES.md has the list.  */

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

#define DEADLINE 120            /* Seconds, where nobody watches any more.  */
#define MAX_KEYRING (256ull << 20)

/* No operation on public keys needs one of these.  */
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


/* gpg asks by the signal 0 whether the holder of a lock is alive.  */
static gpg_error_t
leave_others (void)
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


/* Nothing but the home and what gpg needs to run: not /etc/gnupg, which may
   ask for keyboxd.  What a kernel does not have postern-keys has warned
   of.  */
static gpg_error_t
confine_to_home (const char *home)
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
become (void)
{
  gpg_error_t err = confine_network ();

  if (gpg_err_code (err) == GPG_ERR_EPERM)
    err = 0;                    /* In some containers; sockets are refused
                                   besides.  */
  if (!err)
    confine_hide ("/run/user");
  return err ? err : confine_user (ROLE_USER_VERIFY, 0);
}


static gpg_error_t
confine (const char *home)
{
  static const struct confine_limits limits =
    { .files = 64, .processes = 512, .file_size = MAX_KEYRING,
      .memory = 1 << 30 };
  gpg_error_t err;

  alarm (DEADLINE);
  err = confine_limits (&limits);
  if (!err && !geteuid ())
    err = become ();
  if (!err)
    err = confine_to_home (home);
  if (!err && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    err = gpg_error_from_syserror ();
  return err ? err : leave_others ();
}


int
main (int argc, char **argv)
{
  gpg_error_t err = confine (gpg_argv_home (argc, argv));

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
