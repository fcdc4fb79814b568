/* t-program.c - Tests of common/base/program.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "../../../common/base/program.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../common/base/ticks.h"

#define SIZE 64
#define LONG_MS 60000           /* Not reached.  */

static char buf[SIZE];
static size_t len;
static int status;


/* Run SH as a script of the shell, with what PROGRAM says besides.  */
static gpg_err_code_t
run_sh (struct program program, const char *sh)
{
  char *argv[] = { (char[]) { "/bin/sh" }, (char[]) { "-c" }, strdup (sh),
                   NULL };
  gpg_error_t err;

  program.argv = argv;
  if (!program.timeout_ms)
    program.timeout_ms = LONG_MS;
  err = program_run (&program, &len, &status);
  free (argv[2]);
  return gpg_err_code (err);
}

static gpg_err_code_t
output_of (const char *sh)
{
  return run_sh ((struct program) { .buf = buf, .size = SIZE }, sh);
}

/* Neither a process nor a descriptor of a test is left.  */
static void
teardown (void)
{
  int fd = open ("/dev/null", O_RDONLY);

  ck_assert_int_eq (waitpid (-1, NULL, WNOHANG), -1);
  ck_assert_int_eq (errno, ECHILD);
  ck_assert_int_lt (fd, 20);
  close (fd);
}

static void
assert_wiped (void)
{
  static const char zeros[SIZE];

  ck_assert_mem_eq (buf, zeros, SIZE);
}


START_TEST (program_output)
{
  char full[SIZE + 8];

  ck_assert_int_eq (output_of ("echo one; sleep 0.1; echo two"), 0);
  ck_assert_uint_eq (len, 8);
  ck_assert_mem_eq (buf, "one\ntwo\n", 8);
  ck_assert_int_eq (status, 0);
  ck_assert_int_eq (output_of (":"), 0);
  ck_assert_uint_eq (len, 0);
  snprintf (full, sizeof full, "printf %%0%dd 0", SIZE - 1);
  ck_assert_int_eq (output_of (full), 0);
  ck_assert_uint_eq (len, SIZE - 1);
  snprintf (full, sizeof full, "printf %%0%dd 0", SIZE);
  ck_assert_int_eq (output_of (full), GPG_ERR_TOO_LARGE);
  assert_wiped ();
  ck_assert_int_eq (output_of ("echo one; exec yes"), GPG_ERR_TOO_LARGE);
  ck_assert (WIFSIGNALED (status));
  assert_wiped ();
  ck_assert_int_eq (run_sh ((struct program) { 0 }, "echo nowhere"), 0);
  ck_assert_uint_eq (len, 0);
}
END_TEST


static gpg_error_t
take_bytes (void *hook, const char *data, size_t n)
{
  size_t *taken = hook;

  *taken += n;
  return memchr (data, '!', n) ? gpg_error (GPG_ERR_CANCELED) : 0;
}


START_TEST (program_taken)
{
  size_t taken = 0;
  const struct program program =
    { .buf = buf, .size = SIZE, .take = take_bytes, .hook = &taken,
      .max_output = 20000 };

  ck_assert_int_eq (run_sh (program, "seq 1000"), 0);
  ck_assert_uint_eq (len, 3893);
  ck_assert_uint_eq (taken, len);
  assert_wiped ();
  ck_assert_int_eq (run_sh (program, "exec yes"), GPG_ERR_TOO_LARGE);
  ck_assert_int_eq (run_sh (program, "echo '!'; exec sleep 600"),
                    GPG_ERR_CANCELED);
  assert_wiped ();
}
END_TEST


START_TEST (program_deadline)
{
  uint64_t start_ms = ticks_ms ();

  ck_assert_int_eq (run_sh ((struct program) { .buf = buf, .size = SIZE,
                                               .timeout_ms = 100 },
                            "echo secret; exec sleep 600"),
                    GPG_ERR_TIMEOUT);
  ck_assert (WIFSIGNALED (status));
  assert_wiped ();
  /* Also where it closes its output, or has none.  */
  ck_assert_int_eq (run_sh ((struct program) { .buf = buf, .size = SIZE,
                                               .timeout_ms = 100 },
                            "exec sleep 600 >&-"), GPG_ERR_TIMEOUT);
  ck_assert_int_eq (run_sh ((struct program) { .timeout_ms = 100 },
                            "exec sleep 600"), GPG_ERR_TIMEOUT);
  ck_assert_uint_ge (ticks_ms () - start_ms, 300);
  ck_assert_uint_lt (ticks_ms () - start_ms, LONG_MS);
  ck_assert_int_eq (run_sh ((struct program) { .timeout_ms = -1 },
                            "sleep 0.1; exit 7"), 0);
  ck_assert_int_eq (WEXITSTATUS (status), 7);
}
END_TEST


START_TEST (program_status)
{
  ck_assert_int_eq (output_of ("echo one; exit 3"), 0);
  ck_assert_int_eq (WEXITSTATUS (status), 3);
  ck_assert_uint_eq (len, 4);
  ck_assert_int_eq (output_of ("kill -9 $$"), 0);
  ck_assert_int_eq (WTERMSIG (status), SIGKILL);
  /* SIGPIPE, which we ignore, ends it.  */
  ck_assert_int_eq (output_of ("kill -PIPE $$"), 0);
  ck_assert_int_eq (WTERMSIG (status), SIGPIPE);
}
END_TEST


START_TEST (program_input)
{
  static char large[PROGRAM_MAX_INPUT + 1];
  struct program program = { .buf = buf, .size = SIZE,
                             .input = "a line\n", .inputlen = 7 };

  ck_assert_int_eq (run_sh (program, "cat"), 0);
  ck_assert_uint_eq (len, 7);
  ck_assert_mem_eq (buf, "a line\n", 7);
  program.inputlen = 0;
  ck_assert_int_eq (run_sh (program, "cat"), 0);
  ck_assert_uint_eq (len, 0);
  program.input = large;
  program.inputlen = PROGRAM_MAX_INPUT;
  ck_assert_int_eq (run_sh (program, "wc -c"), 0);
  ck_assert_int_eq (atoi (buf), PROGRAM_MAX_INPUT);
  /* Not read at all, or not to its end.  */
  ck_assert_int_eq (run_sh (program, "exec <&-; echo x"), 0);
  ck_assert_uint_eq (len, 2);
  ck_assert_int_eq (run_sh (program, "head -c 1 >/dev/null"), 0);
  ck_assert_int_eq (status, 0);
  program.inputlen++;
  ck_assert_int_eq (run_sh (program, "cat"), GPG_ERR_TOO_LARGE);
  ck_assert_int_eq (output_of ("readlink /proc/self/fd/0"), 0);
  ck_assert_mem_eq (buf, "/dev/null\n", len);
}
END_TEST


/* What is passed on: nothing, but to a program of the person's own.  */
START_TEST (program_surroundings)
{
  struct program own = { .personal = true, .buf = buf, .size = SIZE };
  int fd = open ("/dev/null", O_RDONLY), high = fcntl (fd, F_DUPFD, 50);
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  ck_assert_int_eq (sigprocmask (SIG_BLOCK, &set, NULL), 0);
  ck_assert_int_eq (setenv ("LD_LIBRARY_PATH", "/tmp", 1), 0);
  ck_assert_int_eq (output_of ("test -e /proc/self/fd/50 && echo open"), 0);
  ck_assert_uint_eq (len, 0);
  ck_assert_int_eq (output_of ("echo $LD_LIBRARY_PATH$HOME"), 0);
  ck_assert_uint_eq (len, 1);
  ck_assert_int_eq (output_of ("grep SigBlk /proc/self/status"), 0);
  ck_assert_mem_eq (buf, "SigBlk:\t0000000000000000\n", len);
  ck_assert_int_eq (run_sh (own, "test -e /proc/self/fd/50 && echo open"),
                    0);
  ck_assert_uint_eq (len, 5);
  ck_assert_int_eq (run_sh (own, "echo $LD_LIBRARY_PATH"), 0);
  ck_assert_mem_eq (buf, "/tmp\n", len);
  close (high);
  close (fd);
}
END_TEST


START_TEST (program_missing)
{
  char *argv[] = { (char[]) { "/nonexistent/program" }, NULL };
  char *name[] = { (char[]) { "true" }, NULL };
  struct program program = { .argv = argv, .timeout_ms = LONG_MS,
                             .buf = buf, .size = SIZE };

  ck_assert_int_eq (gpg_err_code (program_run (&program, &len, &status)),
                    GPG_ERR_ENOENT);
  argv[0] = (char[]) { "/dev/null" };
  ck_assert_int_eq (gpg_err_code (program_run (&program, &len, &status)),
                    GPG_ERR_EACCES);
  /* PATH is only for what the person chose.  */
  program.argv = name;
  ck_assert_int_eq (gpg_err_code (program_run (&program, &len, &status)),
                    GPG_ERR_INV_ARG);
  program.personal = true;
  ck_assert_int_eq (program_run (&program, &len, &status), 0);
  ck_assert_int_eq (status, 0);
}
END_TEST


static int
call_back (void *arg)
{
  return write (STDOUT_FILENO, arg, strlen (arg)) > 0 ? 5 : 1;
}


START_TEST (program_call)
{
  const struct program program =
    { .call = call_back, .arg = (char[]) { "called" },
      .timeout_ms = LONG_MS, .buf = buf, .size = SIZE };

  ck_assert_int_eq (program_run (&program, &len, &status), 0);
  ck_assert_uint_eq (len, 6);
  ck_assert_mem_eq (buf, "called", 6);
  ck_assert_int_eq (WEXITSTATUS (status), 5);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("program");
  TCase *tc = tcase_create ("program");
  SRunner *runner;
  int failed;

  signal (SIGPIPE, SIG_IGN);
  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc, program_output);
  tcase_add_test (tc, program_taken);
  tcase_add_test (tc, program_deadline);
  tcase_add_test (tc, program_status);
  tcase_add_test (tc, program_input);
  tcase_add_test (tc, program_surroundings);
  tcase_add_test (tc, program_missing);
  tcase_add_test (tc, program_call);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
