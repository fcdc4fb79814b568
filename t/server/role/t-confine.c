/* t-confine.c - Tests of server/confine*.c.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each test runs in a process of its own, which it spoils.  Needs root.  */

#include "../../../server/role/confine.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static char dir[] = "/tmp/t-confine-XXXXXX";

static void
make_dir (void)
{
  ck_assert_ptr_nonnull (mkdtemp (dir));
  ck_assert_int_eq (chmod (dir, 0755), 0);
}

static void
remove_dir (void)
{
  rmdir (dir);
}

static int
can_open (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC, 0600);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

START_TEST (test_user)
{
  gid_t group;

  ck_assert_int_eq (prctl (PR_SET_PDEATHSIG, SIGTERM), 0);
  ck_assert_uint_eq (confine_user ("nobody", 0), 0);
  ck_assert_uint_eq (getuid (), NOBODY);
  ck_assert_int_le (getgroups (1, &group), 1);
  ck_assert_int_ne (setuid (0), 0);
  ck_assert_int_ne (setgid (0), 0);
  ck_assert_int_eq (prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  ck_assert_int_eq (prctl (PR_CAPBSET_READ, CAP_NET_ADMIN, 0, 0, 0), 0);
  int sig = 0;
  ck_assert_int_eq (prctl (PR_GET_PDEATHSIG, &sig, 0, 0, 0), 0);
  ck_assert_int_eq (sig, SIGTERM);
}
END_TEST

START_TEST (test_no_user)
{
  ck_assert_uint_eq (gpg_err_code (confine_user ("no-such-user-here", 0)),
                     GPG_ERR_UNKNOWN_NAME);
  ck_assert_uint_eq (getuid (), 0);
}
END_TEST

START_TEST (test_user_keeps)
{
  ck_assert_uint_eq (confine_user ("nobody", 1ull << CAP_KILL), 0);
  ck_assert_uint_eq (getuid (), NOBODY);
  /* Root's process may still be signalled, its files not be read.  */
  ck_assert_int_eq (kill (getppid (), 0), 0);
  ck_assert (!can_open ("/etc/shadow", O_RDONLY));
}
END_TEST

/* As act: the uid stays, all capabilities but one go.  */
START_TEST (test_root_without)
{
  struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  ck_assert_uint_eq (confine_user (NULL, 1ull << CAP_NET_ADMIN), 0);
  ck_assert_uint_eq (getuid (), 0);
  ck_assert_int_eq ((int)syscall (SYS_capget, &head, data), 0);
  ck_assert_uint_eq (data[0].permitted, 1u << CAP_NET_ADMIN);
  ck_assert_uint_eq (data[0].effective, 1u << CAP_NET_ADMIN);
  ck_assert_uint_eq (data[1].permitted, 0);
  ck_assert_int_ne (chown (dir, 1, 1), 0);
  ck_assert_int_ne (chroot ("/"), 0);
}
END_TEST

/* As act with commands: the same four, and yet what it starts as root gets
   all by its exec.  */
START_TEST (test_starter)
{
  struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  const uint64_t four = 1ull << CAP_NET_ADMIN | 1ull << CAP_SETUID
    | 1ull << CAP_SETGID | 1ull << CAP_KILL;
  static const char *const owner[] = { "1:1", "0:0" };
  int i, status;
  pid_t pid;

  ck_assert_uint_eq (confine_starter (four), 0);
  ck_assert_uint_eq (getuid (), 0);
  ck_assert_int_eq ((int)syscall (SYS_capget, &head, data), 0);
  ck_assert_uint_eq (data[0].permitted, (uint32_t)four);
  ck_assert_uint_eq (data[0].effective, (uint32_t)four);
  ck_assert_uint_eq (data[1].permitted, 0);
  ck_assert_int_ne (chown (dir, 1, 1), 0);
  ck_assert_int_ne (chroot ("/"), 0);
  ck_assert_int_eq (prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
  ck_assert_int_eq (prctl (PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 1);
  for (i = 0; i < 2; i++)
    {
      pid = fork ();
      if (!pid)
        {
          execl ("/bin/chown", "chown", owner[i], dir, NULL);
          _exit (99);
        }
      ck_assert_int_eq (waitpid (pid, &status, 0), pid);
      ck_assert (WIFEXITED (status) && !WEXITSTATUS (status));
    }
}
END_TEST

/* The proof finds that a drop did not happen: as in a user namespace or
   with a broken libcap-ng, root is not given away here.  */
START_TEST (test_prove)
{
  struct confine_id id = { 0, 0 };

  ck_assert_uint_eq (confine_become (&id, 0), 0);
  ck_assert_int_eq (prctl (PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0), 0);
  ck_assert_int_ne (setresuid (1, 1, 1), 0);
}
END_TEST

START_TEST (test_paths)
{
  const char *const paths[] = { dir };
  char path[64];
  gpg_error_t err;

  snprintf (path, sizeof path, "%s/file", dir);
  ck_assert (can_open ("/etc/passwd", O_RDONLY));
  err = confine_paths (paths, 1);
  if (gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED)
    return;
  ck_assert_uint_eq (err, 0);
  ck_assert (!can_open ("/etc/passwd", O_RDONLY));
  ck_assert (can_open (path, O_RDWR | O_CREAT));
  ck_assert_int_eq (unlink (path), 0);
  /* And then nothing at all.  */
  ck_assert_uint_eq (confine_paths (NULL, 0), 0);
  ck_assert (!can_open (path, O_RDWR | O_CREAT));
}
END_TEST

START_TEST (test_folders)
{
  const char *const write[] = { "/dev/null" };
  const char *const read[] = { "/etc", dir, "/no-such-folder" };
  char path[64];
  gpg_error_t err;

  snprintf (path, sizeof path, "%s/file", dir);
  err = confine_folders (write, 1, read, 3);
  if (gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED)
    return;
  ck_assert_uint_eq (err, 0);
  ck_assert (can_open ("/etc/passwd", O_RDONLY));
  ck_assert (!can_open (path, O_RDWR | O_CREAT));
  ck_assert (can_open ("/dev/null", O_RDWR));
  ck_assert (!can_open ("/usr", O_RDONLY | O_DIRECTORY));
}
END_TEST

START_TEST (test_unread)
{
  static const char hidden[] = "/etc/ld.so.conf.d/libc.conf";
  char path[64];
  gpg_error_t err;

  snprintf (path, sizeof path, "%s/file", dir);
  ck_assert (can_open (hidden, O_RDONLY));
  ck_assert_uint_eq (confine_unread ("/etc", "no-such-folder"), 0);
  ck_assert (can_open (hidden, O_RDONLY));
  err = confine_unread ("/etc", "ld.so.conf.d");
  if (gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED)
    return;
  ck_assert_uint_eq (err, 0);
  ck_assert (!can_open (hidden, O_RDONLY));
  ck_assert (can_open ("/etc/passwd", O_RDONLY));
  ck_assert (can_open ("/proc/self/status", O_RDONLY));
  ck_assert (can_open ("/etc", O_RDONLY | O_DIRECTORY));
  ck_assert (can_open (path, O_RDWR | O_CREAT));
  ck_assert_int_eq (unlink (path), 0);
}
END_TEST

/* Run FN in a child; its wait status.  */
static int
in_child (void (*fn) (void))
{
  int status;
  pid_t pid = fork ();

  ck_assert_int_ge (pid, 0);
  if (!pid)
    {
      fn ();
      _exit (0);
    }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  return status;
}

static const char *const few[] = { "write", "getpid", "no_such_call" };

static void
allowed (void)
{
  if (confine_syscalls (few, 3))
    _exit (1);
  if (syscall (SYS_getpid) < 0)
    _exit (2);
}

static void
forbidden (void)
{
  if (confine_syscalls (few, 3))
    _exit (1);
  syscall (SYS_getuid);
}

START_TEST (test_syscalls)
{
  int status;

  ck_assert_int_eq (in_child (allowed), 0);
  status = in_child (forbidden);
#ifndef POSTERN_SANITIZE
  ck_assert (WIFSIGNALED (status));
  ck_assert_int_eq (WTERMSIG (status), SIGSYS);
#else
  ck_assert_int_eq (status, 0);
#endif
}
END_TEST

/* One more process, and a socket: a bit for each that could be had.  */
static int
had (void)
{
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  pid_t pid = fork ();

  if (!pid)
    _exit (0);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  return (pid > 0) | (fd >= 0) << 1;
}

static void *
note_thread (void *arg)
{
  *(int *)arg = 4;
  return NULL;
}

static int
had_thread (void)
{
  pthread_t thread;
  int made = 0;

  if (!pthread_create (&thread, NULL, note_thread, &made))
    pthread_join (thread, NULL);
  return made;
}

static void
forbids_all (void)
{
  _exit (confine_forbid (false) ? 99 : had () | had_thread ());
}

static void
forbids_some (void)
{
  _exit (confine_forbid (true) ? 99 : had () | had_thread ());
}

START_TEST (test_forbid)
{
  ck_assert_int_eq (had () | had_thread (), 7);
#ifndef POSTERN_SANITIZE
  ck_assert_int_eq (WEXITSTATUS (in_child (forbids_all)), 4);
  ck_assert_int_eq (WEXITSTATUS (in_child (forbids_some)), 5);
#else
  ck_assert_int_eq (WEXITSTATUS (in_child (forbids_all)), 7);
  ck_assert_int_eq (WEXITSTATUS (in_child (forbids_some)), 7);
#endif
}
END_TEST

START_TEST (test_limits)
{
  struct confine_limits limits = { .files = 40, .file_size = 4096 };
  struct rlimit rl;
  rlim_t before;

  ck_assert_int_eq (getrlimit (RLIMIT_NPROC, &rl), 0);
  before = rl.rlim_max;
  ck_assert_uint_eq (confine_limits (&limits), 0);
  ck_assert_int_eq (getrlimit (RLIMIT_CORE, &rl), 0);
  ck_assert (rl.rlim_cur == 0 && rl.rlim_max == 0);
  ck_assert_int_eq (getrlimit (RLIMIT_NOFILE, &rl), 0);
  ck_assert (rl.rlim_cur == 40 && rl.rlim_max == 40);
  ck_assert_int_eq (getrlimit (RLIMIT_FSIZE, &rl), 0);
  ck_assert (rl.rlim_max == 4096);
  ck_assert_int_eq (getrlimit (RLIMIT_NPROC, &rl), 0);
  ck_assert (rl.rlim_max == before);
}
END_TEST

/* A TCP connection to PORT of this host.  */
static int
can_connect (in_port_t port)
{
  struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = port };
  int fd = socket (AF_INET, SOCK_STREAM, 0), rc;

  sin.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  rc = connect (fd, (struct sockaddr *)&sin, sizeof sin);
  close (fd);
  return !rc;
}

START_TEST (test_network)
{
  struct sockaddr_in sin = { .sin_family = AF_INET };
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  socklen_t len = sizeof sin;
  int tcp = socket (AF_INET, SOCK_STREAM, 0);
  int local = socket (AF_UNIX, SOCK_STREAM, 0);
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  sin.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  ck_assert_int_eq (bind (tcp, (struct sockaddr *)&sin, sizeof sin), 0);
  ck_assert_int_eq (listen (tcp, 4), 0);
  ck_assert_int_eq (getsockname (tcp, (struct sockaddr *)&sin, &len), 0);
  snprintf (sun.sun_path, sizeof sun.sun_path, "%s/s", dir);
  ck_assert_int_eq (bind (local, (struct sockaddr *)&sun, sizeof sun), 0);
  ck_assert_int_eq (listen (local, 4), 0);
  ck_assert (can_connect (sin.sin_port));
  ck_assert_uint_eq (confine_network (), 0);
  ck_assert (!can_connect (sin.sin_port));
  /* As to gpg's agent.  */
  ck_assert_int_eq (connect (fd, (struct sockaddr *)&sun, sizeof sun), 0);
  unlink (sun.sun_path);
}
END_TEST

START_TEST (test_close_from)
{
  int low = open ("/dev/null", O_RDONLY);
  int high = fcntl (low, F_DUPFD, 200);

  ck_assert_int_ge (high, 200);
  confine_close_from (200);
  ck_assert_int_eq (fcntl (high, F_GETFD), -1);
  ck_assert_int_ge (fcntl (low, F_GETFD), 0);
}
END_TEST

int
main (void)
{
  Suite *s = suite_create ("confine");
  TCase *tc = tcase_create ("all");
  SRunner *sr;
  int failed;

  if (geteuid ())
    {
      puts ("t-confine: skipped, it needs root");
      return 77;
    }
  tcase_add_unchecked_fixture (tc, make_dir, remove_dir);
  tcase_add_test (tc, test_user);
  tcase_add_test (tc, test_no_user);
  tcase_add_test (tc, test_user_keeps);
  tcase_add_test (tc, test_root_without);
  tcase_add_test (tc, test_starter);
  tcase_add_test (tc, test_prove);
  tcase_add_test (tc, test_paths);
  tcase_add_test (tc, test_folders);
  tcase_add_test (tc, test_unread);
  tcase_add_test (tc, test_syscalls);
  tcase_add_test (tc, test_forbid);
  tcase_add_test (tc, test_limits);
  tcase_add_test (tc, test_network);
  tcase_add_test (tc, test_close_from);
  suite_add_tcase (s, tc);
  sr = srunner_create (s);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed? EXIT_FAILURE : EXIT_SUCCESS;
}
