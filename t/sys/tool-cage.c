/* tool-cage.c - Enter the cage of a role, and try one power there.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * tool-cage CAGE [sealed | kept | open | at SOCKET] POWER [ARGUMENT...]
 *
 * CAGE is unseal, verify, muster:HOME, gpg:HOME, agent:HOME, or none, which is
 * whoever calls.  It is entered by the role's own code, as if the process had
 * been taken over later.  Before, as posternd would: "sealed" makes a
 * snapshot, sealed as for its readers, and "open" one as muster writes it;
 * "kept" is what muster wrote through, after the snapshot was sealed.  "at"
 * makes a connection to the agent's socket.
 *
 * Exit code 0 if the power is there, 1 if an errno says that it is not, 2 if
 * the kernel killed the process for trying (SIGSYS), 3 for anything else.  */

#include "../../server/posternd/posternd.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../server/agent/agent.h"
#include "../../server/muster/muster.h"
#include "../../server/role/role.h"
#include "../../server/worker/worker.h"

#define COUNT(x) (sizeof (x) / sizeof *(x))

static int given = -1;          /* The snapshot, or the connection.  */


/* ---- Powers: each returns an errno, or 0. ---- */

static int
errno_of (long rc)
{
  return rc < 0 ? errno : 0;
}

/* Open PATH, and read a byte if it can be read.  */
static int
try_path (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC | O_NONBLOCK, 0600), rc;
  char byte;

  if (fd < 0)
    return errno;
  rc = flags & (O_WRONLY | O_DIRECTORY) ? 0
    : errno_of (read (fd, &byte, 1));
  close (fd);
  return rc;
}

static int
reads_file (char **arg)
{
  return try_path (arg[0], O_RDONLY);
}

static int
writes_file (char **arg)
{
  return try_path (arg[0], O_WRONLY);
}

static int
creates_file (char **arg)
{
  return try_path (arg[0], O_WRONLY | O_CREAT);
}

static int
lists_folder (char **arg)
{
  return try_path (arg[0], O_RDONLY | O_DIRECTORY);
}

/* The memory of the process PID.  */
static int
opens_memory (char **arg)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/%s/mem", arg[0]);
  return errno_of (open (path, O_RDWR | O_CLOEXEC));
}

static int
makes_socket (char **arg)
{
  static const struct { const char *name; int family, type; } kinds[] =
    {
      { "unix", AF_UNIX, SOCK_STREAM }, { "inet", AF_INET, SOCK_STREAM },
      { "inet6", AF_INET6, SOCK_DGRAM }, { "netlink", AF_NETLINK, SOCK_RAW },
      { "packet", AF_PACKET, SOCK_RAW }, { "raw", AF_INET, SOCK_RAW }
    };
  size_t i;

  for (i = 0; i < COUNT (kinds); i++)
    if (!strcmp (kinds[i].name, arg[0]))
      return errno_of (socket (kinds[i].family, kinds[i].type,
                               kinds[i].type == SOCK_RAW
                               && kinds[i].family == AF_INET ? 255 : 0));
  return EDOM;
}

/* Connect to the socket in the file system, or with "@" in the first place to
   the one of that name.  */
static int
connects_here (char **arg)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  socklen_t len = sizeof sun;
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  snprintf (sun.sun_path, sizeof sun.sun_path, "%s", arg[0]);
  if (*arg[0] == '@')
    {
      *sun.sun_path = 0;
      len = (socklen_t)(offsetof (struct sockaddr_un, sun_path)
                        + strlen (arg[0]));
    }
  return fd < 0 ? errno : errno_of (connect (fd, (void *)&sun, len));
}

static int
reach_address (char **arg, int type)
{
  struct sockaddr_in sin = { .sin_family = AF_INET };
  int fd = socket (AF_INET, type, 0);

  sin.sin_port = htons ((in_port_t)atoi (arg[1]));
  if (inet_pton (AF_INET, arg[0], &sin.sin_addr) != 1)
    return EDOM;
  if (fd < 0)
    return errno;
  return errno_of (type == SOCK_STREAM
                   ? connect (fd, (void *)&sin, sizeof sin)
                   : (int)sendto (fd, "x", 1, 0, (void *)&sin, sizeof sin));
}

static int
reaches_tcp (char **arg)
{
  return reach_address (arg, SOCK_STREAM);
}

static int
reaches_udp (char **arg)
{
  return reach_address (arg, SOCK_DGRAM);
}

static int
signals_process (char **arg)
{
  return errno_of (kill ((pid_t)atoi (arg[0]), 0));
}

/* By the call that a worker keeps, for abort(3).  */
static int
signals_thread (char **arg)
{
  return errno_of (syscall (SYS_tgkill, atoi (arg[0]), atoi (arg[0]), 0));
}

static int
traces_process (char **arg)
{
  pid_t pid = (pid_t)atoi (arg[0]);

  return errno_of (ptrace (PTRACE_SEIZE, pid, NULL, NULL));
}

static int
executes_file (char **arg)
{
  execl (arg[0], arg[0], (char *)NULL);
  return errno;
}

static int
starts_process (char **arg)
{
  pid_t pid = fork ();

  (void)arg;
  if (!pid)
    _exit (0);
  return pid < 0 ? errno : errno_of (waitpid (pid, NULL, 0));
}

static int
becomes_root (char **arg)
{
  (void)arg;
  return errno_of (setresuid (0, 0, 0));
}

/* Leave the process group by which posternd ends what it started.  */
static int
leaves_group (char **arg)
{
  (void)arg;
  return errno_of (setsid ());
}

static int
mounts_here (char **arg)
{
  unshare (CLONE_NEWNS);        /* Where that succeeds nobody is disturbed.  */
  return errno_of (mount ("tmpfs", arg[0], "tmpfs", 0, NULL));
}

static int
unshares (char **arg)
{
  return errno_of (unshare (!strcmp (arg[0], "user") ? CLONE_NEWUSER
                            : !strcmp (arg[0], "net") ? CLONE_NEWNET
                            : CLONE_NEWNS));
}

/* The same by clone(2).  */
static int
clones_user (char **arg)
{
  long pid = syscall (SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL,
                      NULL);

  (void)arg;
  if (!pid)
    _exit (0);
  return pid < 0 ? errno : errno_of (waitpid ((pid_t)pid, NULL, 0));
}

static int
makes_memory_file (char **arg)
{
  (void)arg;
  return errno_of (memfd_create ("x", 0));
}

/* Bad arguments show that the kernel would listen.  */
static int
calls_kernel (char **arg)
{
  long rc = !strcmp (arg[0], "bpf") ? syscall (SYS_bpf, -1, NULL, 0)
    : !strcmp (arg[0], "perf") ? syscall (SYS_perf_event_open, NULL, 0, 0, 0, 0)
    : !strcmp (arg[0], "io_uring") ? syscall (SYS_io_uring_setup, 0, NULL)
    : syscall (SYS_keyctl, -1, 0, 0, 0, 0);

  return rc < 0 && errno != EINVAL && errno != EFAULT
         && errno != EOPNOTSUPP ? errno : 0;
}


/* ---- Of the snapshot. ---- */

static int
writes_snapshot (char **arg)
{
  (void)arg;
  return errno_of (write (given, "x", 1));
}

static int
cuts_snapshot (char **arg)
{
  (void)arg;
  return errno_of (ftruncate (given, 1));
}

static int
maps_snapshot (char **arg)
{
  (void)arg;
  return mmap (NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, given, 0)
         == MAP_FAILED ? errno : 0;
}

/* A mapping that can only be read, and then no longer.  */
static int
protects_snapshot (char **arg)
{
  void *map = mmap (NULL, 1, PROT_READ, MAP_SHARED, given, 0);

  (void)arg;
  return map == MAP_FAILED ? errno
    : errno_of (mprotect (map, 1, PROT_READ | PROT_WRITE));
}

static int
reopens_snapshot (char **arg)
{
  char path[40];
  int fd;

  (void)arg;
  snprintf (path, sizeof path, "/proc/self/fd/%d", given);
  fd = open (path, O_RDWR | O_CLOEXEC);
  return fd < 0 ? errno : errno_of (write (fd, "x", 1));
}


/* ---- Of the agent: a line is sent, and what it says is shown. ---- */

/* The next line, without its end, in LINE; false if there is none.  */
static bool
hear_line (char line[1024])
{
  size_t n = 0;

  while (n < 1023 && recv (given, line + n, 1, 0) == 1 && line[n] != '\n')
    n++;
  line[n] = 0;
  return n;
}

static int
commands_agent (char **arg)
{
  char line[1024] = "";
  int n = snprintf (line, sizeof line, "%s\n", arg[0]);
  bool done;

  if (send (given, line, (size_t)n, MSG_NOSIGNAL) != n)
    return errno;
  do
    done = !hear_line (line) || !strncmp (line, "OK", 2)
           || !strncmp (line, "ERR", 3) || !strncmp (line, "INQUIRE", 7);
  while (!done);
  if (!*line)
    return ECONNRESET;
  if (strncmp (line, "ERR", 3))
    return 0;
  return gpg_err_code ((gpg_error_t)strtoul (line + 4, NULL, 10))
         == GPG_ERR_FORBIDDEN ? EACCES : 0;
}


static const struct
{
  const char *name;
  int n_args;
  int (*power) (char **arg);
} powers[] =
  {
    { "read", 1, reads_file }, { "write", 1, writes_file },
    { "create", 1, creates_file }, { "list", 1, lists_folder },
    { "memory", 1, opens_memory }, { "socket", 1, makes_socket },
    { "connect", 1, connects_here }, { "tcp", 2, reaches_tcp },
    { "udp", 2, reaches_udp }, { "signal", 1, signals_process },
    { "tgkill", 1, signals_thread }, { "trace", 1, traces_process },
    { "exec", 1, executes_file }, { "fork", 0, starts_process },
    { "root", 0, becomes_root }, { "session", 0, leaves_group },
    { "mount", 1, mounts_here }, { "unshare", 1, unshares },
    { "clone-user", 0, clones_user }, { "memfd", 0, makes_memory_file },
    { "kernel", 1, calls_kernel },
    { "overwrite", 0, writes_snapshot }, { "truncate", 0, cuts_snapshot },
    { "map", 0, maps_snapshot }, { "protect", 0, protects_snapshot },
    { "reopen", 0, reopens_snapshot }, { "command", 1, commands_agent }
  };


/* ---- The cages. ---- */

static gpg_error_t
enter_worker (const char *name, const char *user)
{
  struct worker worker = { .name = name, .user = user };

  return worker_confine (&worker);
}

/* gpg is what muster starts: it has what muster has, but an exec made it
   dumpable again.  */
static gpg_error_t
enter_gpg (const char *home)
{
  gpg_error_t err = muster_confine (home);

  if (!err && prctl (PR_SET_DUMPABLE, 1))
    err = gpg_error_from_syserror ();
  return err;
}

static gpg_error_t
enter_cage (const char *cage)
{
  const char *home = strchr (cage, ':');
  size_t len = home ? (size_t)(home++ - cage) : strlen (cage);

  if (len == 4 && !strncmp (cage, "none", len))
    return 0;
  if (len == 6 && !strncmp (cage, "unseal", len))
    return enter_worker ("unseal", ROLE_USER_UNSEAL);
  if (len == 6 && !strncmp (cage, "verify", len))
    return enter_worker ("verify", ROLE_USER_VERIFY);
  if (home && len == 6 && !strncmp (cage, "muster", len))
    return muster_confine (home);
  if (home && len == 3 && !strncmp (cage, "gpg", len))
    return enter_gpg (home);
  if (home && len == 5 && !strncmp (cage, "agent", len))
    return agent_confine (home, false);
  return gpg_error (GPG_ERR_INV_ARG);
}


/* ---- What posternd would have given. ---- */

static gpg_error_t
give_snapshot (const char *kind)
{
  struct muster_run run = { .fd = -1 };
  gpg_error_t err;
  int reader, kept;

  run.memfd = memfd_create ("postern-roster", MFD_ALLOW_SEALING
                                              | MFD_CLOEXEC);
  kept = dup (run.memfd);
  if (kept < 0 || write (kept, "roster", 6) != 6)
    return gpg_error_from_syserror ();
  given = kept;
  if (!strcmp (kind, "open"))
    return 0;
  err = muster_seal (&run, &reader);
  if (!strcmp (kind, "sealed"))
    given = reader;
  return err;
}

/* A connection to the agent, and its greeting.  */
static gpg_error_t
give_connection (char *path)
{
  struct posternd posternd = { .agent_path = path };
  gpg_error_t err = agent_connect (&posternd, &given);
  char line[1024];

  if (!err && (!hear_line (line) || strncmp (line, "OK", 2)))
    err = gpg_error (GPG_ERR_NO_AGENT);
  return err;
}

/* Take the words in *R_ARG that say what to give.  */
static gpg_error_t
give_first (char ***r_arg)
{
  char **arg = *r_arg;

  if (!strcmp (*arg, "at") && arg[1])
    {
      *r_arg += 2;
      return give_connection (arg[1]);
    }
  if (strcmp (*arg, "sealed") && strcmp (*arg, "kept")
      && strcmp (*arg, "open"))
    return 0;
  *r_arg += 1;
  return give_snapshot (*arg);
}


/* In the child: enter CAGE, use POWER, and tell by FD what came of it.  */
static void
try_power (const char *cage, size_t power, char **arg, int fd)
{
  gpg_error_t err = enter_cage (cage);
  int rc = err ? -1 : powers[power].power (arg);

  if (err)
    log_error ("cannot enter the cage %s: %s", cage, gpg_strerror (err));
  if (write (fd, &rc, sizeof rc) != sizeof rc)
    _exit (3);
  _exit (0);
}

/* What came of it.  A program that was executed tells nothing, and ends.  */
static int
report_power (pid_t pid, int fd)
{
  int status = 0, rc = 0;
  bool told = read (fd, &rc, sizeof rc) == sizeof rc;

  waitpid (pid, &status, 0);
  if (told && rc > 0)
    printf ("errno: %s\n", strerror (rc));
  else if (WIFSIGNALED (status))
    printf ("signal: %s\n", strsignal (WTERMSIG (status)));
  else
    puts (told && rc ? "no cage" : "done");
  if (told)
    return rc < 0 || rc == EDOM ? 3 : !!rc;
  if (WIFSIGNALED (status))
    return WTERMSIG (status) == SIGSYS ? 2 : 3;
  return WEXITSTATUS (status) ? 3 : 0;
}

int
main (int argc, char **argv)
{
  char **arg = argv + 2;
  size_t i = 0;
  int fd[2];
  pid_t pid;

  log_init ("tool-cage", 0);
  if (argc < 3 || give_first (&arg) || !*arg)
    return 3;
  while (i < COUNT (powers) && strcmp (powers[i].name, *arg))
    i++;
  arg++;
  if (i == COUNT (powers) || argv + argc - arg != powers[i].n_args
      || pipe2 (fd, O_CLOEXEC))
    return 3;
  pid = fork ();
  if (!pid)
    try_power (argv[1], i, arg, fd[1]);
  close (fd[1]);
  return pid < 0 ? 3 : report_power (pid, fd[0]);
}
