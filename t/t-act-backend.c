/* t-act-backend.c - The commands of rules, run by the real act.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They add a line with their arguments to a file, and fail while there is
 * another.  */

#include "told-kit.h"

#include <sys/stat.h>

#define PEOPLE                                                          \
  "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"             \
  "user bob { key = '" FPR_BOB "' groups = {'ops'} }\n"
#define RULE(ports)                                                     \
  "rule ssh { groups = {'ops'} ports = {" ports "} open-command = 'o'"  \
  " close-command = 'c' }\n"
#define RUN(name, facts)                                                \
  "command " name " { run-as = 'root' argv = {'/bin/sh', '-c',"         \
  " 'echo $* >> #/act/told; test ! -e #/broken', 'sh', " facts "} }\n"
/* Of {address} and {ports} alone: one thing for all who open it.  */
#define SHARED RULE ("'tcp/22', 'tcp/80'")                              \
  RUN ("o", "'open', '{address}', '{ports}'")                           \
  RUN ("c", "'close', '{address}', '{ports}'")


static void
setup (void)
{
  setup_dir ();
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  ck_assert_int_eq (mkdir (in_dir ("act"), 0700), 0);
  ck_assert_int_eq (mkdir (in_dir ("state"), 0755), 0);
  ck_assert (!unshare (CLONE_NEWNET));
}


static void
teardown (void)
{
  if (act > 0)
    stop (SIGKILL);
  nftw (in_dir ("act"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
  nftw (in_dir ("state"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
  teardown_dir ();
}


/* act under ACCESS, where "#" is the folder.  */
static void
launch_with (const char *access)
{
  launch_here (POSTERND "runtime = '#'\nstate = '#/state'\n", access);
}


/* The first opens, the last closes; a renewal does nothing.  */
START_TEST (shared)
{
  struct packet_close what = { .user = "alice", .all = true };

  launch_with (PEOPLE SHARED);
  open_port ();
  ck_assert_str_eq (told (1), "open 198.51.100.7 tcp/22\n");
  open_port ();
  SET (grant.user, "bob");
  SET (grant.fpr, FPR_BOB);
  open_port ();
  ck_assert_uint_eq (packet_send_close (decide, 7, &what), 0);
  hear (decide, NULL);
  close_all ();
  ck_assert_str_eq (told (2), "open 198.51.100.7 tcp/22\n"
                    "close 198.51.100.7 tcp/22\n");
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
}
END_TEST


/* Ports in another order are the same grant.  */
START_TEST (order)
{
  launch_with (PEOPLE SHARED);
  ck_assert (!netspec_ports_parse ("tcp/22,tcp/80", &grant.ports));
  open_port ();
  told (1);
  ck_assert (!netspec_ports_parse ("tcp/80,tcp/22", &grant.ports));
  open_port ();
  close_all ();
  ck_assert_str_eq (told (2), "open 198.51.100.7 tcp/22,tcp/80\n"
                    "close 198.51.100.7 tcp/22,tcp/80\n");
}
END_TEST


START_TEST (once_refused)
{
  launch_with (PEOPLE SHARED);
  grant.once = true;
  ck_assert_uint_eq (packet_send_grant (decide, 5, &grant), 0);
  hear (decide, NULL);
  ck_assert_uint_eq (denied, REFUSAL_ELSEWHERE);
  grant.once = false;
  grant.bind = 4000;
  ck_assert_uint_eq (packet_send_grant (decide, 5, &grant), 0);
  hear (decide, NULL);
  ck_assert_uint_eq (denied, REFUSAL_ELSEWHERE);
  grant.bind = 0;
  open_port ();
  told (1);
}
END_TEST


/* One act is killed; the next has no rule and no command, and closes.  */
START_TEST (outlives)
{
  launch_with (PEOPLE SHARED);
  open_port ();
  told (1);
  stop (SIGKILL);
  launch_with (PEOPLE);
  ck_assert_str_eq (told (2), "open 198.51.100.7 tcp/22\n"
                    "close 198.51.100.7 tcp/22\n");
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
  launch_with (PEOPLE SHARED);
  open_port ();
  told (3);
}
END_TEST


/* The next has other commands: what lives on is closed with the old ones
   first.  */
START_TEST (changed)
{
  launch_with (PEOPLE SHARED);
  open_port ();
  told (1);
  stop (SIGKILL);
  launch_with (PEOPLE RULE ("'tcp/22'") RUN ("o", "'begin', '{user}'")
               RUN ("c", "'end', '{user}'"));
  ck_assert_str_eq (told (3), "open 198.51.100.7 tcp/22\n"
                    "close 198.51.100.7 tcp/22\nbegin alice\n");
  close_all ();
  ck_assert_ptr_nonnull (strstr (told (4), "begin alice\nend alice\n"));
}
END_TEST


/* act has no child any more, and so has written down how the last one
   ended when it answers again.  */
static void
settle (void)
{
  const struct timespec ms = { 0, 1000000 };
  char path[64];
  unsigned int i;
  int c = 0;
  FILE *fp;

  snprintf (path, sizeof path, "/proc/%d/task/%d/children", (int)act,
            (int)act);
  for (i = 0; i < WAIT && c != EOF; i++)
    {
      fp = fopen (path, "r");
      ck_assert_ptr_nonnull (fp);
      c = getc (fp);
      fclose (fp);
      nanosleep (&ms, NULL);
    }
  ck_assert_int_eq (c, EOF);
  open_port ();
}


/* What lives on is not opened again.  */
START_TEST (lives_on)
{
  launch_with (PEOPLE SHARED);
  grant.seconds = 3;
  open_port ();
  told (1);
  settle ();
  stop (SIGKILL);
  launch_with (PEOPLE SHARED);
  ck_assert_str_eq (told (2), "open 198.51.100.7 tcp/22\n"
                    "close 198.51.100.7 tcp/22\n");
}
END_TEST


/* What it would run is not taken from a folder that others may change.  */
START_TEST (folder_of_others)
{
  owed_store_t store;

  ck_assert_int_eq (mkdir (in_dir ("state/act"), 0700), 0);
  ck_assert_int_eq (chmod (in_dir ("state/act"), 0770), 0);
  ck_assert_int_eq (gpg_err_code (owed_store_open (in_dir ("state/act"), true,
                                                   NULL, NULL, &store)),
                    GPG_ERR_EPERM);
  ck_assert_ptr_null (store);
  ck_assert_int_ne (access (in_dir ("state/act/owed.db"), F_OK), 0);
  ck_assert_int_eq (chmod (in_dir ("state/act"), 0700), 0);
  ck_assert (!owed_store_open (in_dir ("state/act"), true, NULL, NULL,
                               &store));
  ck_assert_ptr_nonnull (store);
  owed_store_close (store);
  /* Nor is one that cannot be read begun anew: it may owe something.  */
  put ("state/act/owed.db", "This is no database, whatever it may be.");
  ck_assert (owed_store_open (in_dir ("state/act"), true, NULL, NULL,
                              &store));
  ck_assert_ptr_null (store);
}
END_TEST


START_TEST (tried_again)
{
  launch_with (PEOPLE SHARED);
  grant.seconds = 1;
  open_port ();
  told (1);
  put ("broken", "");
  told (2);
  told (3);
  ck_assert (!unlink (in_dir ("broken")));
  told (4);
  open_port ();
  ck_assert_ptr_nonnull (strstr (told (5), "close 198.51.100.7 tcp/22\n"
                                 "open 198.51.100.7 tcp/22\n"));
}
END_TEST


/* Who opens and closes again and again, faster than it can be closed, keeps
   nobody else out.  */
START_TEST (one_of_many)
{
  unsigned int i;

  launch_with (PEOPLE SHARED);
  put ("broken", "");
  for (i = 0; i < GRANTS_MAX_USER; i++)
    {
      grant.addr.bytes[3] = (unsigned char)i;
      open_port ();
      if (i % 64 == 63)
        close_all ();
    }
  grant.addr.bytes[2]++;
  ck_assert_uint_eq (packet_send_grant (decide, 5, &grant), 0);
  hear (decide, NULL);
  ck_assert_uint_eq (denied, REFUSAL_TOO_MANY);
  SET (grant.user, "bob");
  SET (grant.fpr, FPR_BOB);
  open_port ();
}
END_TEST


START_TEST (refused_at_load)
{
  static const char *const bad[][2] =
    {
      { PEOPLE RULE ("'tcp/22'"), "there is no command 'o'" },
      { PEOPLE SHARED RUN ("x", "'y'"), "is for nobody" },
      { PEOPLE RULE ("'tcp/22'") RUN ("o", "'{request}'")
        RUN ("c", "'x'"), "'{request}' cannot stand there" },
      { PEOPLE RULE ("'tcp/22'") RUN ("o", "'{unit}'")
        RUN ("c", "'x'"), "'{unit}' cannot stand there" },
      { PEOPLE RULE ("'tcp/22'") RUN ("c", "'x'")
        "command o { groups = {'ops'} argv = {'/bin/true'}"
        " run-as = 'root' }\n", "is for people" },
      { PEOPLE RULE ("'tcp/22'") RUN ("c", "'x'")
        "command o { argv = {'/bin/true', '{x}'} run-as = 'root'"
        " arg x { enum = {'a'} } }\n", "is for nobody" },
      { PEOPLE RULE ("'tcp/22'") RUN ("c", "'x'")
        "command o { argv = {'/bin/true'} }\n", "runs as nobody" },
      { PEOPLE "rule a { groups = {'ops'} ports = {'tcp/1'}"
        " close-command = 'c' }\n" RUN ("c", "'x'"), "it needs both" },
    };
  size_t i;

  put ("posternd.conf", POSTERND);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      put ("access.conf", bad[i][0]);
      ck_assert_msg (load (), "%zu is taken", i);
      ck_assert_msg (strstr (message, bad[i][1]), "%zu: %s", i, message);
    }
  put ("access.conf", PEOPLE SHARED);
  ck_assert_msg (!load (), "%s", message);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("act-backend");
  TCase *tc = tcase_create ("act-backend");
  SRunner *sr;
  int failed;

  if (getuid ())
    {
      puts ("skipped: needs root, for network namespaces");
      return 77;
    }
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, shared);
  tcase_add_test (tc, order);
  tcase_add_test (tc, once_refused);
  tcase_add_test (tc, outlives);
  tcase_add_test (tc, changed);
  tcase_add_test (tc, lives_on);
  tcase_add_test (tc, folder_of_others);
  tcase_add_test (tc, tried_again);
  tcase_add_test (tc, one_of_many);
  tcase_add_test (tc, refused_at_load);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
