/* t-act-run.c - The commands of the real act, asked by a decide that may be
 *               taken over.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "act-kit.h"

#include "../../../common/wire/request.h"
#include "../../../server/act/act.h"

#define RUN " run-as = 'nobody' groups = {'ops'} }\n"

static const char access_conf[] =
  "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"
  "user bob { key = '" FPR_BOB "' groups = {'none'} }\n"
  "user carol { key = 'BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB'"
  " groups = {'ops'} expires = '2020-01-01' }\n"
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} }\n"
  "command say { argv = {'/bin/echo', '{v}'} arg v { match = '[a-z]+' }"
  " from = {'198.51.100.0/24'}" RUN
  "command sleep { argv = {'/bin/sleep', '{n}'} arg n { range = '0-60' }" RUN
  "command twice { argv = {'/bin/sleep', '60'} max-parallel = 2" RUN
  "command many { argv = {'/bin/sleep', '{n}'} arg n { range = '0-60' }"
  " users = {'bob'} max-parallel = 64" RUN
  "command rest { argv = {'/bin/true'} cooldown = '1h'" RUN
  "command much { argv = {'/usr/bin/head', '-c', '{n}', '/dev/zero'}"
  " arg n { range = '0-2000000' } max-output = '1M'" RUN
  "command read { argv = {'/bin/cat', '{f}'} arg f { file = '%s/files' }" RUN
  "command gone { argv = {'/no/such'}" RUN
  "command caps { argv = {'/bin/grep', 'Cap', '/proc/self/status'}"
  " run-as = 'root' groups = {'ops'} }\n";

static struct packet_run ask;   /* A good one, which tests spoil.  */
static uint64_t last_id;


static void
setup (void)
{
  char text[4096];

  umask (022);                  /* A command's user reads the files.  */
  setup_dir ();
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  snprintf (text, sizeof text, "%sruntime = '%s'\n", POSTERND, config_dir);
  put ("posternd.conf", text);
  snprintf (text, sizeof text, access_conf, config_dir);
  put ("access.conf", text);
  ck_assert_int_eq (mkdir (in_dir ("act"), 0700), 0);
  ck_assert_int_eq (mkdir (in_dir ("files"), 0755), 0);
  ck_assert_msg (!load (), "%s", message);
  ck_assert (!unshare (CLONE_NEWNET));
  memset (&ask, 0, sizeof ask);
  memcpy (ask.hash, config->hash, sizeof ask.hash);
  snprintf (ask.command, sizeof ask.command, "say");
  snprintf (ask.user, sizeof ask.user, "alice");
  snprintf (ask.fpr, sizeof ask.fpr, FPR_ALICE);
  ask.addr = ask.observed = address ("198.51.100.7");
}


/* The kernel may still be ending what was in it.  */
static bool
remove_cgroup (void)
{
  char *cgroup = act_runs_cgroup (config, true);
  bool gone = !cgroup || !rmdir (cgroup);

  free (cgroup);
  return gone;
}


static void
teardown (void)
{
  int tries;

  if (act > 0)
    stop (SIGKILL);
  for (tries = 0; !remove_cgroup (); tries++)
    {
      ck_assert_int_lt (tries, MSECS);
      usleep (1000);
    }
  nftw (in_dir ("act"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
  nftw (in_dir ("files"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
  teardown_dir ();
}


static uint64_t
boottime (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_BOOTTIME, &ts);
  return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}


/* Ask for RUN under a new hash; what act answers, 0 for running.  */
static unsigned int
try (struct packet_run run)
{
  run.request[0] = (unsigned char)++last_id;
  if (!run.asked)
    run.asked = boottime ();
  ck_assert_uint_eq (packet_send_run (decide, last_id, &run), 0);
  denied = UINT32_MAX;
  hear (decide, NULL);
  return denied;
}


static struct packet_run
with (const char *command, const char *name, const char *value)
{
  struct packet_run run = ask;

  snprintf (run.command, sizeof run.command, "%s", command);
  if (name)
    {
      run.n_args = 1;
      snprintf (run.arg[0].name, sizeof run.arg[0].name, "%s", name);
      run.arg[0].value = (char *)value;
    }
  return run;
}


static void
hear_end (void)
{
  has_ran = false;
  output_len = 0;
  while (!has_ran)
    hear (decide, NULL);
}


static unsigned int
try_with (const char *command, const char *name, const char *value)
{
  return try (with (command, name, value));
}


START_TEST (runs)
{
  launch (NULL);
  ck_assert_uint_eq (try_with ("say", "v", "hello"), 0);
  hear_end ();
  ck_assert_uint_eq (ran.request[0], last_id);
  ck_assert_uint_eq (ran.refusal, 0);
  ck_assert_uint_eq (ran.exit_code, 0);
  ck_assert_uint_eq (ran.ended_by, PACKET_ENDED_ITSELF);
  ck_assert_uint_eq (ran.produced, 6);
  ck_assert_uint_eq (ran.kept, 6);
  ck_assert_mem_eq (output, "hello\n", 6);
}
END_TEST


/* What the configuration allows nobody, a taken-over decide cannot do.  */
START_TEST (trusts_nobody)
{
  struct packet_run good, bad;

  launch (NULL);
  good = with ("say", "v", "hello");
#define DENIED(change, refusal)                                         \
  do {                                                                  \
    bad = good;                                                         \
    change;                                                             \
    ck_assert_uint_eq (try (bad), refusal);                             \
  } while (0)
  DENIED (bad.hash[3] ^= 1, REFUSAL_OTHER_CONFIG);
  DENIED (SET (bad.command, "none"), REFUSAL_ACT_COMMAND);
  DENIED (SET (bad.command, "ssh"), REFUSAL_ACT_COMMAND);
  DENIED (SET (bad.user, "nobody"), REFUSAL_ACT_COMMAND);
  DENIED (SET (bad.user, "bob"), REFUSAL_ACT_COMMAND);
  DENIED (SET (bad.user, "bob"); SET (bad.fpr, FPR_BOB),
          REFUSAL_ACT_COMMAND);
  DENIED (SET (bad.user, "carol"); memset (bad.fpr, 'B', 40),
          REFUSAL_ACT_COMMAND);
  DENIED (bad.addr = address ("203.0.113.7"), REFUSAL_ACT_COMMAND);
  DENIED (bad.observed = address ("203.0.113.7"), REFUSAL_ACT_COMMAND);
  DENIED (bad.n_args = 0, REFUSAL_ACT_COMMAND);
  DENIED (bad.arg[0].value = (char *)"a b", REFUSAL_ACT_COMMAND);
  DENIED (SET (bad.arg[0].name, "w"), REFUSAL_ACT_COMMAND);
  DENIED (bad.n_args = 2; bad.arg[1] = bad.arg[0]; SET (bad.arg[1].name,
          "w"), REFUSAL_ACT_COMMAND);
  DENIED (bad = with ("gone", NULL, NULL), REFUSAL_RUN_MISSING);
  ck_assert_uint_eq (try (good), 0);    /* The near twin.  */
  hear_end ();
}
END_TEST


START_TEST (too_late)
{
  struct packet_run run;

  launch (NULL);
  run = with ("say", "v", "hello");
  run.asked = boottime () - 4000000;
  ck_assert_uint_eq (try (run), REFUSAL_LATE);
  run.asked = boottime () + 60000000;
  ck_assert_uint_eq (try (run), REFUSAL_LATE);
  run.asked = boottime () - 1000;
  ck_assert_uint_eq (try (run), 0);
  hear_end ();
}
END_TEST


START_TEST (not_too_many)
{
  struct packet_run again;

  launch (NULL);
  ck_assert_uint_eq (try_with ("sleep", "n", "60"), 0);
  ck_assert_uint_eq (try_with ("sleep", "n", "60"), REFUSAL_COMMAND_BUSY);
  ck_assert_uint_eq (try_with ("twice", NULL, NULL), 0);
  /* The same request cannot run beside itself.  */
  again = with ("twice", NULL, NULL);
  last_id--;
  ck_assert_uint_eq (try (again), REFUSAL_ACT_COMMAND);
  ck_assert_uint_eq (try_with ("twice", NULL, NULL), 0);
  ck_assert_uint_eq (try_with ("twice", NULL, NULL), REFUSAL_COMMAND_BUSY);
  ck_assert_uint_eq (try_with ("rest", NULL, NULL), 0);
  hear_end ();
  ck_assert_uint_eq (try_with ("rest", NULL, NULL), REFUSAL_COOLDOWN);
  /* Others go on beside it.  */
  ck_assert_uint_eq (try_with ("say", "v", "hello"), 0);
  hear_end ();
}
END_TEST


/* What has ended does not count, and others have room.  */
START_TEST (not_too_many_of_a_person)
{
  struct packet_run run;
  unsigned int i;

  launch (NULL);
  ck_assert_uint_eq (try_with ("many", "n", "0"), 0);
  hear_end ();
  for (i = 0; i < ACT_RUNS_PERSON - 1; i++)
    ck_assert_uint_eq (try_with ("many", "n", "60"), 0);
  ck_assert_uint_eq (try_with ("sleep", "n", "60"), 0);
  ck_assert_uint_eq (try_with ("many", "n", "60"), REFUSAL_PERSON_BUSY);
  ck_assert_uint_eq (try_with ("say", "v", "hello"), REFUSAL_PERSON_BUSY);
  run = with ("many", "n", "0");
  SET (run.user, "bob");
  SET (run.fpr, FPR_BOB);
  ck_assert_uint_eq (try (run), 0);
  hear_end ();
}
END_TEST


START_TEST (files)
{
  launch (NULL);
  put ("files/a", "inside");
  put ("secret", "outside");
  ck_assert_int_eq (symlink ("../secret", in_dir ("files/link")), 0);
  ck_assert_int_eq (chmod (in_dir ("files/a"), 0644), 0);
  ck_assert_uint_eq (try_with ("read", "f", "a"), 0);
  hear_end ();
  ck_assert_mem_eq (output, "inside", 6);
  ck_assert_uint_eq (try_with ("read", "f", "b"), REFUSAL_FILE);
  ck_assert_uint_eq (try_with ("read", "f", "link"), REFUSAL_FILE);
  ck_assert_uint_eq (try_with ("read", "f", "../secret"),
                     REFUSAL_ACT_COMMAND);
  unlink (in_dir ("secret"));
}
END_TEST


/* More than the channel holds: it goes as decide takes it, and act goes on
   beside it.  */
START_TEST (much_output)
{
  struct packet_list list = { 0 };
  bool end = false;
  size_t i;

  launch (NULL);
  ck_assert_uint_eq (try_with ("much", "n", "1500000"), 0);
  hear_end ();
  ck_assert_uint_eq (ran.produced, 1500000);
  ck_assert_uint_eq (ran.kept, CONFIG_MAX_OUTPUT);
  ck_assert_uint_eq (output_len, CONFIG_MAX_OUTPUT);
  for (i = 0; i < output_len; i++)
    ck_assert (!output[i]);
  ck_assert_uint_eq (try_with ("much", "n", "1000000"), 0);
  ck_assert_uint_eq (packet_send_list (decide, 6, &list), 0);
  has_ran = false;
  while (!end || !has_ran)
    hear (decide, &end);
  ck_assert_uint_eq (output_len, 1000000);
}
END_TEST


/* What runs ends with act, which says so.  */
START_TEST (stopping)
{
  launch (NULL);
  ck_assert_uint_eq (try_with ("sleep", "n", "60"), 0);
  kill (act, SIGTERM);
  hear_end ();
  ck_assert_uint_eq (ran.ended_by, PACKET_ENDED_STOP);
  ck_assert_uint_eq (ran.signal, SIGTERM);
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
}
END_TEST


/* An act that runs nothing goes when another one is to come.  */
START_TEST (leaves_at_once)
{
  struct packet_leave leave = { .n = 0 };

  launch (NULL);
  ck_assert (!others);
  ck_assert_uint_eq (packet_send_leave (parent, 0, &leave), 0);
  ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
  ck_assert_int_eq (exit_status, ROLE_EXIT_STOP);
  act = 0;
  launch (NULL);
  ck_assert (!others);
}
END_TEST


static unsigned long long
capability_set (const char *text, const char *name)
{
  const char *p = strstr (text, name);

  ck_assert_ptr_nonnull (p);
  return strtoull (p + strlen (name), NULL, 16);
}


static void
read_status (pid_t pid, char text[4096])
{
  char path[64];
  FILE *fp;
  size_t n;

  snprintf (path, sizeof path, "/proc/%d/status", (int)pid);
  fp = fopen (path, "r");
  n = fread (text, 1, 4095, fp);
  fclose (fp);
  text[n] = 0;
}


/* One that runs something stays, and another takes over: what runs counts
   for both, and is told of and ended, where its person goes, by the first,
   which has no more power than that.  */
START_TEST (lingers)
{
  struct packet_leave leave = { .n = 0 };
  char text[4096];
  int old_parent, old_decide, new_decide;
  pid_t old;

  launch (NULL);
  ck_assert_uint_eq (try_with ("sleep", "n", "60"), 0);
  ck_assert_uint_eq (try_with ("rest", NULL, NULL), 0);
  hear_end ();
  ck_assert_uint_eq (packet_send_leave (parent, 0, &leave), 0);
  left = false;
  hear (parent, NULL);
  ck_assert (left);
  read_status (act, text);
  ck_assert (capability_set (text, "CapEff:") == 1ull << 5);
  ck_assert (capability_set (text, "CapPrm:") == 1ull << 5);
  old = act;
  old_parent = parent;
  old_decide = decide;
  launch (NULL);
  ck_assert (others);
  ck_assert_uint_eq (try_with ("sleep", "n", "0"), REFUSAL_COMMAND_BUSY);
  ck_assert_uint_eq (try_with ("rest", NULL, NULL), REFUSAL_COOLDOWN);
  ck_assert_uint_eq (try_with ("say", "v", "hello"), 0);
  hear_end ();
  leave.n = 1;
  SET (leave.gone[0], "bob");
  ck_assert_uint_eq (packet_send_leave (old_parent, 0, &leave), 0);
  SET (leave.gone[0], "alice");
  ck_assert_uint_eq (packet_send_leave (old_parent, 0, &leave), 0);
  new_decide = decide;
  decide = old_decide;
  hear_end ();
  ck_assert_uint_eq (ran.ended_by, PACKET_ENDED_REVOKED);
  ck_assert_uint_eq (ran.signal, SIGTERM);
  ck_assert_int_eq (waitpid (old, &exit_status, 0), old);
  ck_assert_int_eq (exit_status, ROLE_EXIT_STOP);
  decide = new_decide;
  ck_assert_uint_eq (try_with ("sleep", "n", "0"), 0);
  hear_end ();
}
END_TEST


/* posternd ends, or says so: so does one that stayed, with what it runs.  */
START_TEST (lingers_no_longer)
{
  struct packet_leave leave = { .n = 0 };
  int i;

  for (i = 0; i < 2; i++)
    {
      launch (NULL);
      ck_assert_uint_eq (try_with ("sleep", "n", "60"), 0);
      ck_assert_uint_eq (packet_send_leave (parent, 0, &leave), 0);
      hear (parent, NULL);
      if (i)
        kill (act, SIGTERM);
      else
        close (parent);
      hear_end ();
      ck_assert_uint_eq (ran.ended_by, PACKET_ENDED_STOP);
      ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
      ck_assert_int_eq (exit_status, ROLE_EXIT_STOP);
      act = 0;
    }
}
END_TEST


/* act itself has four; what it starts as root has what root has.  */
START_TEST (capabilities)
{
  const unsigned long long four = 1ull << 12 | 1ull << 7 | 1ull << 6
    | 1ull << 5;
  char text[4096];

  launch (NULL);
  read_status (act, text);
  ck_assert (capability_set (text, "CapEff:") == four);
  ck_assert (capability_set (text, "CapPrm:") == four);
  ck_assert (!capability_set (text, "CapAmb:"));
  ck_assert (!capability_set (text, "NoNewPrivs:"));
  ck_assert_uint_eq (try_with ("caps", NULL, NULL), 0);
  hear_end ();
  output[output_len] = 0;
  ck_assert (capability_set (output, "CapEff:")
             == capability_set (text, "CapBnd:"));
  ck_assert (capability_set (output, "CapEff:") & ~four);
}
END_TEST


/* No word of decide's makes it go on with what must not be.  */
START_TEST (breach)
{
  launch (NULL);
  ck_assert_uint_eq (message_send (decide, PACKET_RAN, 0, "x", 1), 0);
  ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
  act = 0;
  ck_assert_int_eq (WEXITSTATUS (exit_status), ROLE_EXIT_BREACH);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("act-run");
  TCase *tc = tcase_create ("act-run");
  SRunner *sr;
  int failed;

  if (getuid ())
    {
      puts ("skipped: needs root, for network namespaces");
      return 77;
    }
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, runs);
  tcase_add_test (tc, trusts_nobody);
  tcase_add_test (tc, too_late);
  tcase_add_test (tc, not_too_many);
  tcase_add_test (tc, not_too_many_of_a_person);
  tcase_add_test (tc, files);
  tcase_add_test (tc, much_output);
  tcase_add_test (tc, stopping);
  tcase_add_test (tc, leaves_at_once);
  tcase_add_test (tc, lingers);
  tcase_add_test (tc, lingers_no_longer);
  tcase_add_test (tc, capabilities);
  tcase_add_test (tc, breach);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
