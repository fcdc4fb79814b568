/* t-log.c - Tests of common/log.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../common/log.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/stat.h>
#include <unistd.h>

static char output[8192];

/* Send stderr to a file while BODY runs; its text is then in OUTPUT.  With
   JOURNAL the environment says that this file is the journal.  */
static FILE *
begin (int journal, int *r_saved)
{
  FILE *fp = tmpfile ();
  struct stat st;
  char stream[64];

  ck_assert_ptr_nonnull (fp);
  ck_assert_int_eq (fstat (fileno (fp), &st), 0);
  snprintf (stream, sizeof stream, "%llu:%llu",
            (unsigned long long) st.st_dev,
            (unsigned long long) st.st_ino + !journal);
  setenv ("JOURNAL_STREAM", stream, 1);
  fflush (stderr);
  *r_saved = dup (2);
  ck_assert_int_eq (dup2 (fileno (fp), 2), 2);
  return fp;
}

static void
end (FILE *fp, int saved)
{
  size_t n;

  dup2 (saved, 2);
  close (saved);
  rewind (fp);
  n = fread (output, 1, sizeof output - 1, fp);
  output[n] = 0;
  fclose (fp);
}

START_TEST (plain_lines)
{
  int saved;
  FILE *fp = begin (0, &saved);

  log_init ("postern", 0);
  log_error ("open %s: %s", "web1", "no such host");
  log_warn ("clock stepped");
  log_info ("ready");
  log_debug ("not shown");
  end (fp, saved);
  ck_assert_str_eq (output, "postern: open web1: no such host\n"
                    "postern: warning: clock stepped\npostern: ready\n");
}
END_TEST

START_TEST (verbose_shows_debug)
{
  int saved;
  FILE *fp = begin (0, &saved);

  log_init ("postern", 1);
  log_debug ("shown");
  end (fp, saved);
  ck_assert_str_eq (output, "postern: shown\n");
}
END_TEST

START_TEST (journal_gets_priorities)
{
  int saved;
  FILE *fp = begin (1, &saved);

  log_init ("posternd", 1);
  log_error ("a");
  log_warn ("b");
  log_info ("c");
  log_debug ("d");
  end (fp, saved);
  ck_assert_str_eq (output, "<3>posternd: a\n<4>posternd: warning: b\n"
                    "<6>posternd: c\n<7>posternd: d\n");
}
END_TEST

START_TEST (malformed_journal_stream)
{
  static const char *const bad[] = { "", "7", "7:", ":7", "x:y", "7:8x" };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      int saved;
      FILE *fp = begin (1, &saved);

      setenv ("JOURNAL_STREAM", bad[i], 1);
      log_init ("p", 0);
      log_error ("a");
      end (fp, saved);
      ck_assert_str_eq (output, "p: a\n");
    }
}
END_TEST

START_TEST (controls_are_replaced)
{
  int saved;
  FILE *fp = begin (0, &saved);

  log_init ("p", 0);
  log_error ("%s", "a\nb\033[2J\x7f\tc\xc2\x9b" "d\xc3\xa9");
  end (fp, saved);
  ck_assert_str_eq (output, "p: a?b?[2J??c??d\xc3\xa9\n");
}
END_TEST

START_TEST (long_lines_are_cut)
{
  static char text[6001];
  int saved, i;
  FILE *fp = begin (0, &saved);

  for (i = 0; i < 6000; i += 2)
    memcpy (text + i, "\xc3\xa9", 2);
  log_init ("p", 0);
  log_error ("%s", text);
  log_error ("x%s", text);
  end (fp, saved);
  for (i = 0; i < 2; i++)
    {
      char *line = i ? strchr (output, '\n') + 1 : output;
      size_t len = strcspn (line, "\n");

      ck_assert_uint_lt (len, 2048);
      ck_assert_uint_gt (len, 2000);
      ck_assert_int_eq (memcmp (line + len - 5, "\xc3\xa9...", 5), 0);
    }
}
END_TEST

START_TEST (exit_codes)
{
  ck_assert_int_eq (log_exit_code (0), EX_OK);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_INV_ARG)), EX_USAGE);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_BAD_DATA)),
                    EX_DATAERR);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_UNKNOWN_HOST)),
                    EX_NOHOST);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_TIMEOUT)),
                    EX_UNAVAILABLE);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_EACCES)), EX_NOPERM);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_CANCELED)),
                    EX_NOPERM);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_NO_PASSPHRASE)),
                    EX_NOINPUT);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_ENOTTY)), EX_NOINPUT);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_EBADF)), EX_NOINPUT);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_EEXIST)),
                    EX_CANTCREAT);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_EIO)), EX_IOERR);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_CONFIGURATION)),
                    EX_CONFIG);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_EMFILE)), EX_OSERR);
  ck_assert_int_eq (log_exit_code (gpg_error (GPG_ERR_BUG)), EX_SOFTWARE);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("log");
  TCase *tc = tcase_create ("log");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, plain_lines);
  tcase_add_test (tc, verbose_shows_debug);
  tcase_add_test (tc, journal_gets_priorities);
  tcase_add_test (tc, malformed_journal_stream);
  tcase_add_test (tc, controls_are_replaced);
  tcase_add_test (tc, long_lines_are_cut);
  tcase_add_test (tc, exit_codes);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
