/* t-run.c - Programs started by checklist, and ended.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/run/run.h"
#include "../../../server/run/run-parts.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../server/config/command.h"
#include "../../../server/config/config-parts.h"

#define SCRIPT_MAX 4096

static char dir[64];
static struct run_set set;
static struct config_program program;
static struct strlist argv;
static struct run_end end;
static char *output;


static const char *
in_dir (const char *name)
{
  static char path[256];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  return path;
}


static void
setup (void)
{
  char name[32];

  snprintf (dir, sizeof dir, "/var/lib/t-run-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  chmod (dir, 0755);
  memset (&program, 0, sizeof program);
  program.run_as = (char *)"root";
  program.dir = (char *)"/";
  program.umask = 022;
  program.timeout = 20;
  program.max_output = 4096;
  /* What is left in one of that name ends.  */
  snprintf (name, sizeof name, "postern-test-%ld", (long)getpid ());
  set.cgroup = run_cgroup (name, true);
}


static int
remove_one (const char *path, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  return remove (path);
}


static void
teardown (void)
{
  strlist_release (&argv);
  memset (&argv, 0, sizeof argv);
  strlist_release (&program.env);
  strlist_release (&program.run_groups);
  free (output);
  output = NULL;
  if (set.cgroup)
    rmdir (set.cgroup);
  free (set.cgroup);
  nftw (dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}


static void
give (const char *item)
{
  ck_assert (!strlist_append (&argv, item));
}


/* A script in the folder, as the program.  */
static void
script (const char *text)
{
  FILE *fp = fopen (in_dir ("script"), "w");

  ck_assert_ptr_nonnull (fp);
  fputs (text, fp);
  fclose (fp);
  chmod (in_dir ("script"), 0755);
  strlist_release (&argv);
  memset (&argv, 0, sizeof argv);
  give (in_dir ("script"));
}


static run_t
start (const char *input)
{
  static const struct run_facts facts =
    { "alice", "2D43", "198.51.100.7", "00ff", NULL };
  enum refusal why = REFUSAL_NONE;
  run_t run;
  gpg_error_t err;

  err = run_start (&program, &argv, input, input ? strlen (input) : 0,
                   &facts, &set, "r1", &run, &why);
  ck_assert_msg (!err, "%s", refusal_text (why));
  return run;
}


/* Until it has ended.  */
static void
wait_for (run_t run)
{
  struct pollfd fds[RUN_FDS];
  unsigned int n;
  const char *text;
  size_t len;

  do
    {
      n = run_prepare (&set, fds);
      ck_assert_int_ge (poll (fds, n, run_wait (&set)), 0);
      run_turn (&set);
    }
  while (!run_ended (run));
  run_get_end (run, &end);
  text = run_output (run, &len);
  free (output);
  output = strndup (text, len);
  run_release (run);
}


static void
gives (const char *input, const char *text)
{
  wait_for (start (input));
  ck_assert_msg (end.started, "%s", refusal_text (end.why));
  ck_assert_str_eq (output, text);
}


START_TEST (runs)
{
  script ("#!/bin/sh\necho \"$#:$1:$2\"\necho err >&2\nexit 7\n");
  give ("a b");
  give ("$(id); 'x'");
  gives (NULL, "2:a b:$(id); 'x'\nerr\n");
  ck_assert_uint_eq (end.exit_code, 7);
  ck_assert_uint_eq (end.signal, 0);
  ck_assert (!end.timed_out);
  ck_assert_uint_eq (end.total, strlen (output));
}
END_TEST


START_TEST (environment)
{
  setenv ("LEAK", "x", 1);
  setenv ("LD_LIBRARY_PATH", "/tmp", 1);
  ck_assert (!strlist_append (&program.env, "MINE=a b"));
  program.dir = dir;
  program.umask = 027;
  script ("#!/bin/sh\nenv -u PWD -u _ -u SHLVL -u OLDPWD | sort\npwd\numask\n");
  wait_for (start (NULL));
  ck_assert (end.started);
  ck_assert_ptr_null (strstr (output, "LEAK"));
  ck_assert_ptr_null (strstr (output, "LD_LIBRARY"));
  ck_assert_ptr_nonnull (strstr (output, "MINE=a b\n"));
  ck_assert_ptr_nonnull (strstr (output, "POSTERN_USER=alice\n"));
  ck_assert_ptr_nonnull (strstr (output, "POSTERN_KEY=2D43\n"));
  ck_assert_ptr_nonnull (strstr (output, "POSTERN_SOURCE=198.51.100.7\n"));
  ck_assert_ptr_nonnull (strstr (output, "POSTERN_REQUEST=00ff\n"));
  ck_assert_ptr_nonnull (strstr (output, "HOME=/root\n"));
  ck_assert_ptr_nonnull (strstr (output, dir));
  ck_assert_ptr_nonnull (strstr (output, "0027\n"));
  /* What the configuration sets is what a script sees.  */
  ck_assert (!strlist_append (&program.env, "HOME=/nowhere"));
  ck_assert (!strlist_append (&program.env, "PATH=/bin:/mine"));
  script ("#!/bin/sh\necho $HOME $PATH $USER\n");
  gives (NULL, "/nowhere /bin:/mine root\n");
}
END_TEST


/* Who it runs as, with which groups, descriptors and signals.  */
START_TEST (identity)
{
  program.run_as = (char *)"nobody";
  ck_assert (!strlist_append (&program.run_groups, "daemon"));
  script ("#!/bin/sh\nid -un\nid -gn\nid -Gn\nls /proc/self/fd | wc -l\n"
          "grep SigIgn /proc/self/status | grep -q '0000$' && echo heard\n"
          "test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ && echo leader\n");
  signal (SIGHUP, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
  gives (NULL, "nobody\nnogroup\nnogroup daemon\n4\nheard\nleader\n");
  /* In any order.  */
  ck_assert (!strlist_append (&program.run_groups, "adm"));
  ck_assert (!strlist_append (&program.run_groups, "sys"));
  script ("#!/bin/sh\nid -Gn\n");
  gives (NULL, "nogroup daemon sys adm\n");
}
END_TEST


START_TEST (input)
{
  script ("#!/bin/sh\ncat\n");
  gives ("x=1\ny=2\n", "x=1\ny=2\n");
  gives (NULL, "");
}
END_TEST


/* A flood is read to its end, but not kept.  */
START_TEST (floods)
{
  program.max_output = 100;
  script ("#!/bin/sh\nhead -c 1000000 /dev/zero | tr '\\0' x\n");
  wait_for (start (NULL));
  ck_assert_uint_eq (strlen (output), 100);
  ck_assert_uint_eq (end.total, 1000000);
  ck_assert_uint_eq (end.exit_code, 0);
}
END_TEST


static pid_t
read_pid (const char *name)
{
  FILE *fp = fopen (in_dir (name), "r");
  long pid = 0;

  ck_assert_ptr_nonnull (fp);
  ck_assert_int_eq (fscanf (fp, "%ld", &pid), 1);
  fclose (fp);
  return (pid_t)pid;
}


/* Dead, or a zombie that somebody else forgets to bury.  */
static void
check_gone (pid_t pid)
{
  char path[64], state = 0;
  FILE *fp;
  int i;

  for (i = 0; i < 1000; i++)
    {
      snprintf (path, sizeof path, "/proc/%ld/stat", (long)pid);
      fp = fopen (path, "r");
      if (!fp)
        return;
      if (fscanf (fp, "%*d %*s %c", &state) == 1 && state == 'Z')
        i = 1000;
      fclose (fp);
      usleep (5000);
    }
  ck_assert_int_eq (state, 'Z');
}


/* A machine that has much to do may need more than a second to start it.  */
START_TEST (ends_at_its_time)
{
  char text[SCRIPT_MAX];

  snprintf (text, sizeof text, "#!/bin/bash\ntrap '' TERM HUP\n"
            "echo $$ > %s/main\n(trap '' TERM; echo $BASHPID > %s/kid;"
            " while :; do sleep 1; done) &\nwhile :; do sleep 1; done\n",
            dir, dir);
  script (text);
  for (program.timeout = 1; program.timeout < 20; program.timeout *= 2)
    {
      wait_for (start (NULL));
      ck_assert (end.timed_out);
      if (!access (in_dir ("kid"), F_OK))
        break;
    }
  ck_assert_uint_eq (end.signal, SIGKILL);
  check_gone (read_pid ("main"));
  check_gone (read_pid ("kid"));
}
END_TEST


/* What it leaves in the background ends with it, and its pipe with that;
   what went into a session of its own as well, where there is a cgroup. */
START_TEST (leaves_nothing)
{
  char text[SCRIPT_MAX];

  snprintf (text, sizeof text, "#!/bin/bash\n"
            "sleep 1000 & echo $! > %s/one\n%s"
            "until [ -s %s/two ]; do sleep 0.01; done\necho done\n",
            dir, set.cgroup ? "setsid bash -c 'echo $$ > $0/two; exec sleep 1000'"
            " ${0%/*} & disown\n" : "cp $0 ${0%/*}/two\n", dir);
  script (text);
  gives (NULL, "done\n");
  check_gone (read_pid ("one"));
  if (set.cgroup)
    check_gone (read_pid ("two"));
}
END_TEST


/* A container's runtime may make cgroups below its own.  */
START_TEST (leaves_no_cgroup)
{
  char text[SCRIPT_MAX];

  if (!set.cgroup)
    return;
  snprintf (text, sizeof text, "#!/bin/bash\nmkdir -p %s/r1/a/b %s/r1/c\n"
            "setsid sleep 1000 & echo $! > %s/two\n"
            "cat %s/two > %s/r1/a/b/cgroup.procs\necho done\n",
            set.cgroup, set.cgroup, dir, dir, set.cgroup);
  script (text);
  gives (NULL, "done\n");
  check_gone (read_pid ("two"));
  ck_assert_int_eq (rmdir (set.cgroup), 0);
}
END_TEST


/* Of the name of one that an act before us began, and that is ended now.  */
START_TEST (the_same_name)
{
  run_t before;
  char *again;

  if (!set.cgroup)
    return;
  script ("#!/bin/bash\nfor i in {1..50}; do sleep 1000 & done\n"
          "echo done > ${0%/*}/two\nwait\n");
  before = start (NULL);
  set.first = NULL;             /* It is another process's.  */
  while (access (in_dir ("two"), F_OK))
    usleep (1000);
  again = run_cgroup (strrchr (set.cgroup, '/') + 1, true);
  free (again);
  script ("#!/bin/sh\necho done\n");
  gives (NULL, "done\n");
  run_release (before);
}
END_TEST


START_TEST (stopped)
{
  run_t run;

  script ("#!/bin/sh\nexec sleep 1000\n");
  run = start (NULL);
  run_stop (run);
  wait_for (run);
  ck_assert (end.signal == SIGTERM || end.signal == SIGKILL);
}
END_TEST


START_TEST (limits)
{
  program.max_processes = 0;
  program.max_memory = 64 << 20;
  program.max_cpu = 3;
  script ("#!/bin/bash\nulimit -v\nulimit -t\nulimit -c\n");
  gives (NULL, "65536\n3\n0\n");
}
END_TEST


/* Act's own descriptor 3 is to posternd: a start that fails early says
   nothing there.  */
START_TEST (fails_early)
{
  struct run_facts facts = { "alice", "2D43", "198.51.100.7", "00ff", NULL };
  struct run_pipes pipes = { -1, -1, -1, getpid () };
  char *list[] = { (char *)"/bin/true", NULL };
  int status[2], parent[2], locked = open ("/dev/null", O_RDONLY);
  unsigned char code = 0;
  pid_t pid;

  ck_assert_int_eq (pipe (status), 0);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                                parent), 0);
  pipes.status = status[1];
  pid = fork ();
  if (!pid)
    {
      pipes.status = fcntl (status[1], F_DUPFD, 20);
      locked = fcntl (locked, F_DUPFD, 20);
      dup2 (parent[1], 3);
      run_child (&program, *list, list, &facts, &pipes, locked);
    }
  ck_assert_int_eq (waitpid (pid, NULL, 0), pid);
  ck_assert_int_lt (recv (parent[0], &code, 1, 0), 0);
  close (status[1]);
  ck_assert_int_eq (read (status[0], &code, 1), 1);
  ck_assert_uint_eq (code, REFUSAL_RUN_SYSTEM);
  close (status[0]);
  close (parent[0]);
  close (parent[1]);
  close (locked);
}
END_TEST



static void
not_started (const char *reason)
{
  const struct run_facts facts = { NULL, NULL, NULL, NULL, NULL };
  enum refusal why = REFUSAL_NONE;
  run_t run;

  if (run_start (&program, &argv, NULL, 0, &facts, &set, "r1", &run, &why))
    {
      ck_assert_ptr_null (run);
      ck_assert_msg (strstr (refusal_text (why), reason) != NULL, "'%s'",
                     refusal_text (why));
      return;
    }
  wait_for (run);
  ck_assert (!end.started);
  ck_assert_msg (strstr (refusal_text (end.why), reason) != NULL, "'%s'",
                 refusal_text (end.why));
}


START_TEST (refuses)
{
  script ("#!/bin/sh\ntrue\n");
  chmod (in_dir ("script"), 0775);
  not_started ("other than root");
  chmod (in_dir ("script"), 0644);
  not_started ("not a program");
  chmod (in_dir ("script"), 0755);
  ck_assert (!chown (in_dir ("script"), 1, 0));
  not_started ("other than root");
  ck_assert (!chown (in_dir ("script"), 0, 0));
  chmod (dir, 0777);
  not_started ("other than root");
  chmod (dir, 0755);
  program.run_as = (char *)"no-such-user";
  not_started ("user of run-as does not");
  program.run_as = (char *)"root";
  ck_assert (!strlist_append (&program.run_groups, "no-such-group"));
  not_started ("group of run-groups does not");
  strlist_release (&program.run_groups);
  memset (&program.run_groups, 0, sizeof program.run_groups);
  program.dir = (char *)"/no/such/dir";
  not_started ("dir");
  program.dir = (char *)"/";
  gives (NULL, "");
  script ("#!/no/such/shell\n");
  not_started ("cannot be executed");
  unlink (in_dir ("script"));
  not_started ("does not exist");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("run");
  TCase *tc = tcase_create ("run");
  SRunner *sr;
  int failed;

  if (getuid ())
    {
      puts ("skipped: needs root, to become others");
      return 77;
    }
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, runs);
  tcase_add_test (tc, environment);
  tcase_add_test (tc, identity);
  tcase_add_test (tc, input);
  tcase_add_test (tc, floods);
  tcase_add_test (tc, ends_at_its_time);
  tcase_add_test (tc, leaves_nothing);
  tcase_add_test (tc, leaves_no_cgroup);
  tcase_add_test (tc, the_same_name);
  tcase_add_test (tc, stopped);
  tcase_add_test (tc, limits);
  tcase_add_test (tc, fails_early);
  tcase_add_test (tc, refuses);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
