/* t-act-backend.c - The commands of rules, run by the real act.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They fail while there is a file, which they look for first, and add a
 * line with their arguments to another.  */

#include "told-kit.h"

#include <sqlite3.h>
#include <sys/stat.h>

#define PEOPLE                                                          \
  "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"             \
  "user bob { key = '" FPR_BOB "' groups = {'ops'} }\n"
#define RULE(ports)                                                     \
  "rule ssh { groups = {'ops'} ports = {" ports "} open-command = 'o'"  \
  " close-command = 'c' }\n"
#define RUN(name, facts)                                                \
  "command " name " { run-as = 'root' argv = {'/bin/sh', '-c',"         \
  " 'test ! -e #/broken; r=$?; echo $* >> #/act/told; exit $r', 'sh', " \
  facts "} }\n"
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


static unsigned int n_owed, n_opened;

static gpg_error_t
count_owed (void *hook, struct owed *owed)
{
  (void)hook;
  n_owed++;
  n_opened += owed->opened;
  owed_clear (owed);
  return 0;
}


/* What act has on the disk of it, which act keeps locked: as a copy.  */
static void
copy_owed (const char *from, const char *to)
{
  static char data[1 << 20];
  FILE *fp = fopen (in_dir (from), "r");

  if (!fp)
    return;
  put_bytes (to, data, fread (data, 1, sizeof data, fp));
  fclose (fp);
}


/* Until act has written down that N things are owed, and OPENED of them are
   open: what its commands tell it hears of later.  */
static void
wait_for_owed (unsigned int n, unsigned int opened)
{
  const struct timespec pause = { 0, 5000000 };
  owed_store_t store;
  unsigned int i;

  n_owed = n + 1;
  for (i = 0; i < WAIT / 5 && (n_owed != n || n_opened != opened); i++)
    {
      nanosleep (&pause, NULL);
      n_owed = n_opened = 0;
      ck_assert (!mkdir (in_dir ("copy"), 0700));
      copy_owed ("state/act/owed.db", "copy/owed.db");
      copy_owed ("state/act/owed.db-wal", "copy/owed.db-wal");
      if (owed_store_open (in_dir ("copy"), true, count_owed, NULL, &store)
          || !store)
        n_owed = n + 1;
      owed_store_close (store);
      nftw (in_dir ("copy"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
  ck_assert_uint_eq (n_owed, n);
  ck_assert_uint_eq (n_opened, opened);
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
  wait_for_owed (0, 0);
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


/* What lives on is not opened again.  */
START_TEST (lives_on)
{
  launch_with (PEOPLE SHARED);
  open_port ();
  told (1);
  wait_for_owed (1, 1);
  stop (SIGKILL);
  launch_with (PEOPLE SHARED);
  close_all ();
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
  open_port ();
  told (1);
  put ("broken", "");
  close_all ();
  told (2);
  told (3);
  ck_assert (!unlink (in_dir ("broken")));
  told (4);
  open_port ();
  ck_assert_ptr_nonnull (strstr (told (5), "close 198.51.100.7 tcp/22\n"
                                 "open 198.51.100.7 tcp/22\n"));
}
END_TEST


/* What act says at the end of a list.  */
static unsigned int
owed (void)
{
  struct packet_list list = { 0 };
  bool end = false;

  ck_assert_uint_eq (packet_send_list (decide, 6, &list), 0);
  while (!end)
    hear (decide, &end);
  return list_end.owed;
}


static gpg_error_t
keep_row (void *hook, struct owed *row)
{
  memcpy (hook, row, sizeof *row);
  return 0;
}


/* Since when is kept over the next start.  */
START_TEST (owed_is_told)
{
  uint64_t before = (uint64_t)time (NULL);
  const struct timespec ms = { 0, 1000000 };
  owed_store_t store;
  struct owed row;

  launch_with (PEOPLE SHARED);
  open_port ();
  told (1);
  ck_assert_uint_eq (owed (), 0);
  put ("broken", "");
  close_all ();
  ck_assert_uint_eq (owed (), 1);
  ck_assert_uint_ge (list_end.since, before);
  ck_assert_uint_le (list_end.since, (uint64_t)time (NULL));
  told (2);
  stop (SIGKILL);
  ck_assert (!owed_store_open (in_dir ("state/act"), false, keep_row, &row,
                               &store));
  ck_assert_uint_eq (row.since, list_end.since);
  row.since = 1000;
  ck_assert (!owed_store_put (store, &row));
  owed_clear (&row);
  owed_store_close (store);
  launch_with (PEOPLE SHARED);
  ck_assert_uint_eq (owed (), 1);
  ck_assert_uint_eq (list_end.since, 1000);
  ck_assert (!unlink (in_dir ("broken")));
  while (owed ())
    nanosleep (&ms, NULL);
}
END_TEST


START_TEST (an_older_store)
{
  owed_store_t store;
  struct owed row;
  sqlite3 *db;

  ck_assert_int_eq (mkdir (in_dir ("state/act"), 0700), 0);
  ck_assert (!sqlite3_open (in_dir ("state/act/owed.db"), &db));
  ck_assert (!sqlite3_exec (db, "CREATE TABLE owed ("
                            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
                            " open TEXT NOT NULL, close TEXT NOT NULL,"
                            " addr TEXT NOT NULL, label TEXT NOT NULL,"
                            " opened INTEGER NOT NULL,"
                            " UNIQUE (open, close)) STRICT;"
                            "INSERT INTO owed VALUES (7,'a','b','c','d',1)",
                            NULL, NULL, NULL));
  sqlite3_close (db);
  ck_assert_uint_eq (gpg_err_code (owed_store_open (in_dir ("state/act"),
                                                    false, keep_row, &row,
                                                    &store)),
                     GPG_ERR_UNKNOWN_VERSION);
  ck_assert_ptr_null (store);
  ck_assert (!unlink (in_dir ("state/act/owed.db")));
  ck_assert (!owed_store_open (in_dir ("state/act"), false, keep_row, &row,
                               &store));
  owed_store_close (store);
  ck_assert (!owed_store_open (in_dir ("state/act"), false, keep_row, &row,
                               &store));
  owed_store_close (store);
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
      { PEOPLE RULE ("'tcp/22'"), "names the command 'o', which does not exist" },
      { PEOPLE SHARED RUN ("x", "'y'"), "is for nobody" },
      { PEOPLE RULE ("'tcp/22'") RUN ("o", "'{request}'")
        RUN ("c", "'x'"), "'{request}' is not allowed there" },
      { PEOPLE RULE ("'tcp/22'") RUN ("o", "'{unit}'")
        RUN ("c", "'x'"), "'{unit}' is not allowed there" },
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
  tcase_add_test (tc, owed_is_told);
  tcase_add_test (tc, an_older_store);
  tcase_add_test (tc, one_of_many);
  tcase_add_test (tc, refused_at_load);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
