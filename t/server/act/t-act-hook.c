/* t-act-hook.c - The hooks of the real act, told by a decide that may be
 *                taken over.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A hook adds a line with its arguments to a file; slow ones wait for a
 * fifo.  */

#include "told-kit.h"

#include <sys/stat.h>

#define PEOPLE                                                          \
  "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"             \
  "user bob { key = '" FPR_BOB "' groups = {'none'} }\n"                \
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} }\n"                  \
  "rule night { groups = {'ops'} ports = {'tcp/99'} approvals = 1"      \
  " approvers = {'ops'} emergency = true }\n"                           \
  "rule day { groups = {'ops'} ports = {'tcp/98'} approvals = 1"        \
  " approvers = {'ops'} }\n"
#define EVENTS(hook)                                                    \
  "on-open = '" hook "'\non-close = '" hook "'\n"                       \
  "on-refused = '" hook "'\non-pending = '" hook "'\n"                  \
  "notify = '" hook "'\n"
#define TELL(pause)                                                     \
  "hook tell { run-as = 'root' pause = '" pause "' argv = {'/bin/sh',"  \
  " '-c', 'printf \"%s|\" \"$@\" $POSTERN_USER $POSTERN_MISSED"        \
  " >> #/act/told; echo >> #/act/told', 'sh', '{event}',"         \
  " '{host}', '{user}', '{source}', '{address}', '{ports}', '{rule}',"  \
  " 'why={reason}'} }\n"
/* Ends when somebody opens the fifo.  */
#define SLOW(timeout)                                                   \
  "on-refused = 'slow'\non-open = 'tell'\n"                             \
  "hook slow { run-as = 'root' pause = '0s' timeout = '" timeout "'"    \
  " argv = {'/bin/sh', '-c', 'echo began >> #/act/told;"             \
  " read x < #/act/fifo'} }\n"

static struct packet_hook hook;         /* A good one.  */


static void
setup (void)
{
  setup_dir ();
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  ck_assert_int_eq (mkdir (in_dir ("act"), 0700), 0);
  ck_assert (!mkfifo (in_dir ("act/fifo"), 0600));
  ck_assert (!unshare (CLONE_NEWNET));
}


static void
teardown (void)
{
  if (act > 0)
    stop (SIGKILL);
  nftw (in_dir ("act"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
  teardown_dir ();
}


/* act under ACCESS, where "#" is the folder; and a good hook.  */
static void
launch_with (const char *access)
{
  launch_here (POSTERND "runtime = '#'\n", access);
  memset (&hook, 0, sizeof hook);
  memcpy (hook.hash, config->hash, sizeof hook.hash);
  hook.event = CONFIG_ON_EMERGENCY;
  SET (hook.user, "alice");
  SET (hook.rule, "night");
  SET (hook.reason, "all is down");
  hook.source = hook.addr = address ("198.51.100.7");
  ck_assert (!netspec_ports_parse ("tcp/99", &hook.ports));
}


static void
tell (struct packet_hook p)
{
  ck_assert_uint_eq (packet_send_hook (decide, 0, &p), 0);
}


START_TEST (all_events)
{
  launch_with (EVENTS ("tell") PEOPLE TELL ("0s"));
  open_port ();
  ck_assert_str_eq (told (1), "open|web1|alice|198.51.100.7|198.51.100.7|"
                    "tcp/22|ssh|why=|alice|0|\n");
  close_all ();
  ck_assert_ptr_nonnull (strstr (told (2), "\nclose|web1|alice|198.51.100.7|"
                                 "198.51.100.7|tcp/22|ssh|why=closed|"));
  tell (hook);
  ck_assert_ptr_nonnull (strstr (told (3), "\nemergency|web1|alice|"
                                 "198.51.100.7|198.51.100.7|tcp/99|night|"
                                 "why=all is down|"));
  hook.event = CONFIG_ON_PENDING;
  SET (hook.reason, "-x '$(id)' \"; --y\\");
  tell (hook);
  ck_assert_ptr_nonnull (strstr (told (4), "\npending|"));
  ck_assert_ptr_nonnull (strstr (told (4), "|why=-x '$(id)' \"; --y\\|"));
  hook.event = CONFIG_ON_REFUSED;
  *hook.user = *hook.rule = *hook.reason = 0;
  memset (&hook.addr, 0, sizeof hook.addr);
  hook.ports.n = 0;
  tell (hook);
  ck_assert_ptr_nonnull (strstr (told (5), "\nrefused|web1||198.51.100.7||"
                                 "||why=|0|\n"));
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
}
END_TEST


START_TEST (by_time)
{
  launch_with ("on-close = 'tell'\n" PEOPLE TELL ("0s"));
  grant.seconds = 1;
  open_port ();
  ck_assert_ptr_nonnull (strstr (told (1), "close|web1|alice|"));
  ck_assert_ptr_nonnull (strstr (told (1), "|why=time|"));
}
END_TEST


/* What cannot have happened is not told; a good one behind it is.  */
START_TEST (trusts_nobody)
{
  struct packet_hook bad;

  launch_with (EVENTS ("tell") PEOPLE TELL ("0s"));
#define NOT_TOLD(change)                                                \
  do {                                                                  \
    bad = hook;                                                         \
    change;                                                             \
    tell (bad);                                                         \
  } while (0)
  NOT_TOLD (bad.hash[3] ^= 1);
  NOT_TOLD (SET (bad.user, "nobody"));
  NOT_TOLD (SET (bad.user, "bob"));
  NOT_TOLD (*bad.user = 0);
  NOT_TOLD (SET (bad.rule, "none"));
  NOT_TOLD (SET (bad.rule, "ssh"));
  NOT_TOLD (SET (bad.rule, "day"));
  NOT_TOLD (*bad.reason = 0);
  NOT_TOLD (bad.event = CONFIG_ON_PENDING; SET (bad.rule, "ssh"));
  NOT_TOLD (bad.event = CONFIG_ON_REFUSED; SET (bad.user, "nobody"));
  NOT_TOLD (bad.event = CONFIG_ON_REFUSED; SET (bad.rule, "none"));
  tell (hook);
  told (1);
  hook.event = CONFIG_ON_OPEN;
  tell (hook);
  ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
  act = 0;
  ck_assert_int_eq (WEXITSTATUS (exit_status), ROLE_EXIT_BREACH);
}
END_TEST


/* Only what the configuration names for the event.  */
START_TEST (not_named)
{
  launch_with ("on-close = 'tell'\n" PEOPLE TELL ("0s"));
  tell (hook);
  open_port ();
  close_all ();
  ck_assert_str_eq (strtok ((char *)told (1), "|"), "close");
}
END_TEST


/* Of four openings in its pause the last is told, and how many were not. */
START_TEST (rests)
{
  launch_with (EVENTS ("tell") PEOPLE TELL ("6s"));
  open_port ();
  told (1);
  open_port ();
  open_port ();
  open_port ();
  ck_assert_ptr_nonnull (strstr (told (2), "|why=|alice|2|\n"));
}
END_TEST


/* A slow one holds up neither a grant nor another hook; when it has ended
   the next begins.  */
START_TEST (slow)
{
  int fd;

  launch_with (SLOW ("60s") PEOPLE TELL ("0s"));
  hook.event = CONFIG_ON_REFUSED;
  tell (hook);
  told (1);
  tell (hook);
  open_port ();
  ck_assert_ptr_nonnull (strstr (told (2), "\nopen|"));
  fd = open (in_dir ("act/fifo"), O_WRONLY);
  ck_assert_int_ge (fd, 0);
  close (fd);
  ck_assert_ptr_nonnull (strstr (told (3), "|\nbegan\n"));
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
}
END_TEST


/* A slow one is ended at its time; then the next begins.  */
START_TEST (too_slow)
{
  launch_with (SLOW ("2s") PEOPLE TELL ("0s"));
  hook.event = CONFIG_ON_REFUSED;
  tell (hook);
  told (1);
  tell (hook);
  ck_assert_str_eq (told (2), "began\nbegan\n");
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("act-hook");
  TCase *tc = tcase_create ("act-hook");
  SRunner *sr;
  int failed;

  if (getuid ())
    {
      puts ("skipped: needs root, for network namespaces");
      return 77;
    }
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, all_events);
  tcase_add_test (tc, by_time);
  tcase_add_test (tc, trusts_nobody);
  tcase_add_test (tc, not_named);
  tcase_add_test (tc, rests);
  tcase_add_test (tc, slow);
  tcase_add_test (tc, too_slow);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
