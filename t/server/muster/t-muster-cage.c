/* t-muster-cage.c - Tests of muster as a program, and of what it gave up.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each power is tried in the cage, where it fails, and before, where it does
 * not.  Needs root and the user of muster.  */

#include "muster-kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "../../../server/ipc/message.h"
#include "../../../server/role/mains.h"
#include "../../../server/role/role.h"
#include "../../../common/base/file.h"
#include "../../common/pgp/run-user.h"

static char roster[128], abstract[32];
static int listener;            /* On loopback.  */
static struct sockaddr_in where;


static void
own_roster (void)
{
  static const char *const files[] =
    { "v/pubring.kbx", "v/trustdb.gpg", "v/gpg.conf" };
  struct passwd *pw = getpwnam (ROLE_USER_MUSTER);
  size_t i;

  ck_assert_ptr_nonnull (pw);
  ck_assert_int_eq (chmod (base, 0711), 0);
  ck_assert_int_eq (chown (at ("v"), 0, pw->pw_gid), 0);
  ck_assert_int_eq (chmod (at ("v"), 0750), 0);
  for (i = 0; i < COUNT (files); i++)
    if (!access (at (files[i]), F_OK))
      ck_assert_int_eq (chown (at (files[i]), 0, pw->pw_gid)
                        || chmod (at (files[i]), 0640), 0);
  snprintf (roster, sizeof roster, "%s", at ("v"));
}


static void
listen_here (void)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  socklen_t len = sizeof where;
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  snprintf (abstract, sizeof abstract, "t-muster-%ld", (long)getpid ());
  memcpy (addr.sun_path + 1, abstract, strlen (abstract));
  ck_assert_int_eq (bind (fd, (struct sockaddr *)&addr, sizeof addr), 0);
  ck_assert_int_eq (listen (fd, 4), 0);
  listener = socket (AF_INET, SOCK_STREAM, 0);
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  ck_assert_int_eq (bind (listener, (struct sockaddr *)&where, sizeof where),
                    0);
  ck_assert_int_eq (listen (listener, 4), 0);
  ck_assert_int_eq (getsockname (listener, (struct sockaddr *)&where, &len),
                    0);
}


static void
setup_cage (void)
{
  setup_muster ();
  own_roster ();
  listen_here ();
  ck_assert_uint_eq (file_write (at ("plain"), "x", 1, 0644, 0), 0);
  ck_assert_int_eq (mkdir (at ("open"), 0777), 0);
  ck_assert_int_eq (chmod (at ("open"), 0777), 0);
  ck_assert_uint_eq (file_write (at ("open/run"), "#!/bin/sh\n", 10, 0755,
                                 0), 0);
}


/* ---- Powers: each gives an errno, or 0. ---- */

static int
try_open (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC, 0666);

  if (fd < 0)
    return errno;
  close (fd);
  return 0;
}

static int
reads_other_files (void)
{
  return try_open (at ("plain"), O_RDONLY);
}

static int
writes_where_all_may (void)
{
  return try_open (at ("open/new"), O_WRONLY | O_CREAT);
}

static int
writes_keyring (void)
{
  return try_open (at ("v/pubring.kbx"), O_WRONLY);
}

static int
makes_lock (void)
{
  return try_open (at ("v/pubring.kbx.lock"), O_WRONLY | O_CREAT);
}

static int
try_connect (int domain, const void *addr, socklen_t len)
{
  int fd = socket (domain, SOCK_STREAM, 0), rc;

  if (fd < 0)
    return errno;
  rc = connect (fd, addr, len) ? errno : 0;
  close (fd);
  return rc;
}

static int
uses_network (void)
{
  return try_connect (AF_INET, &where, sizeof where);
}

static int
finds_abstract_sockets (void)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };

  memcpy (addr.sun_path + 1, abstract, strlen (abstract));
  return try_connect (AF_UNIX, &addr, sizeof addr);
}

static int
signals_others (void)
{
  return kill (getppid (), 0) ? errno : 0;
}

static int
becomes_root (void)
{
  return setuid (0) ? errno : 0;
}

static int
executes_other_files (void)
{
  int status;
  pid_t pid = fork ();

  ck_assert_int_ge (pid, 0);
  if (!pid)
    {
      execl (at ("open/run"), "run", (char *)NULL);
      _exit (errno);
    }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  return WEXITSTATUS (status);
}

static const struct
{
  const char *name;
  int (*power) (void);
} powers[] =
  {
    { "read other files", reads_other_files },
    { "write where all may", writes_where_all_may },
    { "write the keyring", writes_keyring },
    { "make a lock", makes_lock },
    { "use the network", uses_network },
    { "find abstract sockets", finds_abstract_sockets },
    { "signal others", signals_others },
    { "become root", becomes_root },
    { "execute other files", executes_other_files }
  };


/* In the cage: 0, or 1 + the number of the power that is there.  */
static int
try_in_cage (int memory)
{
  struct packet_mustered result;
  size_t i;

  if (muster_confine (roster))
    return 100;
  for (i = 0; i < COUNT (powers); i++)
    if (!powers[i].power ())
      return (int)i + 1;
  /* What it is for, it still does.  */
  return muster_home (roster, -1, memory, &result) || result.keys != 1
         ? 101 : 0;
}


START_TEST (cage_holds)
{
  int fd = new_memfd (), status;
  size_t i;
  pid_t pid;

  for (i = 0; i < COUNT (powers); i++)
    ck_assert_msg (!powers[i].power (), "cannot %s outside", powers[i].name);
  unlink (at ("v/pubring.kbx.lock"));
  pid = fork ();
  ck_assert_int_ge (pid, 0);
  if (!pid)
    _exit (try_in_cage (fd));
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert (WIFEXITED (status));
  i = (size_t)WEXITSTATUS (status);
  ck_assert_msg (!i, "%s", i <= COUNT (powers) ? powers[i - 1].name
                 : "the cage cannot be made, or gpg does not work in it");
  read_snapshot (fd);
  ck_assert_uint_eq (judge (alice), 0);
}
END_TEST


/* ---- The program. ---- */

static int channel;

/* Run the program on HOME with OPTION (NULL: none), the channel and MEMORY;
   its exit code.  */
static int
run_muster (char *home, char *option, int memory)
{
  static char name[] = "muster";
  char *argv[] = { name, home, option, NULL };
  int pair[2], status;
  pid_t pid;

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
                                pair), 0);
  pid = fork ();
  ck_assert_int_ge (pid, 0);
  if (!pid)
    {
      pair[1] = fcntl (pair[1], F_DUPFD, 100);
      memory = fcntl (memory, F_DUPFD, 100);
      dup2 (pair[1], ROLE_FD_PARENT);
      dup2 (memory, ROLE_FD_SNAPSHOT);
      _exit (muster_main (option ? 3 : 2, argv));
    }
  close (pair[1]);
  channel = pair[0];
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert (WIFEXITED (status));
  return WEXITSTATUS (status);
}


START_TEST (program_musters)
{
  static unsigned char buf2[MESSAGE_MAXLEN + 1];
  struct packet_mustered result;
  struct message m;
  size_t used;
  int fd = new_memfd ();

  ck_assert_int_eq (run_muster (roster, NULL, fd), 0);
  ck_assert_uint_eq (message_receive (channel, buf2, &m, &used), 0);
  ck_assert_uint_eq (m.type, PACKET_MUSTERED);
  ck_assert_uint_eq (packet_read_mustered (&m, &result), 0);
  ck_assert_uint_eq (result.keys, 1);
  ck_assert_uint_eq (result.left_out, 0);
  ck_assert_uint_eq (result.next, 0);
  ck_assert_uint_eq (result.changed, pgp_home_changed (roster));
  read_snapshot (fd);
  ck_assert_uint_eq (judge (alice), 0);
  close (channel);
}
END_TEST


/* A home that is not one, and descriptors that are not posternd's.  */
START_TEST (program_fails)
{
  static unsigned char buf2[MESSAGE_MAXLEN + 1];
  static char relative[] = "v", option[] = "-v", wrong[] = "-w";
  struct message m;
  size_t used;
  int fd = new_memfd ();

  ck_assert_int_eq (run_muster (roster, option, fd), 0);
  close (channel);
  ck_assert_int_eq (run_muster (roster, wrong, fd), 64);
  close (channel);
  ck_assert_int_eq (unlink (at ("v/gpg.conf")), 0);
  ck_assert_int_eq (run_muster (roster, NULL, fd), ROLE_EXIT_AGAIN);
  ck_assert_uint_eq (gpg_err_code (message_receive (channel, buf2, &m,
                                                    &used)), GPG_ERR_EOF);
  close (channel);
  ck_assert_int_eq (run_muster (relative, NULL, fd), 64);
  close (channel);
  ck_assert_int_eq (run_muster (roster, NULL, listener), 64);
  close (channel);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("muster-cage");
  TCase *tc = tcase_create ("muster-cage");
  SRunner *sr;
  int failed;

  if (geteuid () || !getpwnam (ROLE_USER_MUSTER))
    {
      puts ("t-muster-cage: skipped, it needs root and the service's users");
      return 77;
    }
  if (!run_user_hide ())
    return 77;
  tcase_add_checked_fixture (tc, setup_cage, teardown_muster);
  tcase_add_test (tc, cage_holds);
  tcase_add_test (tc, program_musters);
  tcase_add_test (tc, program_fails);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
