/* t-log.c - Tests of common/log.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/base/log.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* A log whose reader stands still: the ends of a pipe, or of a pair of
   sockets, and what stderr was.  */
struct reader
{
  int in, out, saved;
};

static void
begin_pipe (struct reader *reader, int socket)
{
  int fd[2];

  ck_assert_int_eq (socket ? socketpair (AF_UNIX, SOCK_STREAM, 0, fd)
                    : pipe (fd), 0);
  unsetenv ("JOURNAL_STREAM");
  reader->in = fd[0];
  reader->out = fd[1];
  fflush (stderr);
  reader->saved = dup (2);
  ck_assert_int_eq (dup2 (reader->out, 2), 2);
  log_init ("posternd", 0);
}

/* All that is there, in OUTPUT.  */
static void
read_on (struct reader *reader)
{
  struct pollfd fd = { reader->in, POLLIN, 0 };
  size_t len = 0;
  ssize_t n;

  while (poll (&fd, 1, 0) == 1
         && (n = read (reader->in, output + len, sizeof output - 1 - len)) > 0)
    {
      len += (size_t) n;
      if (len > sizeof output / 2)
        {                       /* The end alone counts.  */
          memmove (output, output + len - 1000, 1000);
          len = 1000;
        }
    }
  output[len] = 0;
}

static void
end_pipe (struct reader *reader)
{
  dup2 (reader->saved, 2);
  close (reader->saved);
  close (reader->in);
  close (reader->out);
}

/* More lines than any pipe or socket takes: with a line that waited for its
   reader this would not end.  */
static void
flood (void)
{
  int i;

  for (i = 0; i < 100000; i++)
    log_info ("line %d", i);
}

START_TEST (nobody_reads)
{
  struct reader reader;
  unsigned int kept, lost = 0;
  const char *note;

  begin_pipe (&reader, _i);
  log_never_wait ();
  flood ();
  read_on (&reader);
  ck_assert_ptr_null (strstr (output, "lost"));
  ck_assert_int_eq (sscanf (strrchr (output, ' '), "%u", &kept), 1);
  log_tell_lost ();
  log_tell_lost ();             /* Once.  */
  log_info ("read again");
  read_on (&reader);
  end_pipe (&reader);
  note = "posternd: warning: ";
  ck_assert_int_eq (strncmp (output, note, strlen (note)), 0);
  sscanf (output + strlen (note), "%u", &lost);
  ck_assert_uint_eq (kept + 1 + lost, 100000);
  ck_assert_str_eq (strchr (output + strlen (note), ' '),
                    " lines were lost: nobody read this log\n"
                    "posternd: read again\n");
}
END_TEST

/* It is told before the next line, too, where nobody asks.  */
START_TEST (told_before_the_next_line)
{
  struct reader reader;
  char *note, *next;

  begin_pipe (&reader, _i);
  log_never_wait ();
  flood ();
  read_on (&reader);
  log_info ("read again");
  read_on (&reader);
  end_pipe (&reader);
  note = strstr (output, "lost: nobody read this log");
  next = strstr (output, "posternd: read again");
  ck_assert_ptr_nonnull (note);
  ck_assert_ptr_nonnull (next);
  ck_assert (note < next);
}
END_TEST

START_TEST (nothing_lost_with_a_reader)
{
  static char last[64];
  struct reader reader;
  int i;

  begin_pipe (&reader, _i);
  log_never_wait ();
  for (i = 0; i < 20000; i++)
    {
      log_info ("line %d", i);
      if (i % 100 == 99)
        {
          read_on (&reader);
          ck_assert_ptr_null (strstr (output, "lost"));
          snprintf (last, sizeof last, "line %d\n", i);
          ck_assert_ptr_nonnull (strstr (output, last));
        }
    }
  log_tell_lost ();
  read_on (&reader);
  end_pipe (&reader);
  ck_assert_str_eq (output, "");
}
END_TEST

/* Who else has the pipe goes on to wait for room in it.  */
START_TEST (others_still_wait)
{
  struct reader reader;
  int flags;

  begin_pipe (&reader, _i);
  log_never_wait ();
  flags = fcntl (reader.out, F_GETFL);
  end_pipe (&reader);
  ck_assert_int_eq (flags & O_NONBLOCK, 0);
}
END_TEST

/* A pipe that cannot be opened once more: nobody reads it just then.  */
START_TEST (opened_before_its_reader)
{
  char dir[] = "/tmp/t-log.XXXXXX", path[64];
  struct reader reader;
  int own;

  ck_assert_ptr_nonnull (mkdtemp (dir));
  snprintf (path, sizeof path, "%s/log", dir);
  ck_assert_int_eq (mkfifo (path, 0600), 0);
  begin_pipe (&reader, 0);
  own = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  close (reader.out);
  reader.out = open (path, O_WRONLY | O_CLOEXEC);
  ck_assert_int_eq (dup2 (reader.out, 2), 2);
  close (own);
  log_never_wait ();
  close (reader.in);
  reader.in = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  unlink (path);
  rmdir (dir);
  ck_assert_int_eq (fcntl (2, F_GETFL) & O_NONBLOCK, 0);
  flood ();
  read_on (&reader);
  log_tell_lost ();
  read_on (&reader);
  end_pipe (&reader);
  ck_assert_ptr_nonnull (strstr (output, "lines were lost"));
}
END_TEST

/* A tool's line waits for its reader, as a person's pager.  */
START_TEST (a_tool_waits)
{
  struct reader reader;
  pid_t pid;
  bool ended, whole = false, lost = false;
  int status;

  begin_pipe (&reader, _i);
  pid = fork ();
  if (!pid)
    {
      flood ();
      _exit (0);
    }
  dup2 (reader.saved, 2);
  close (reader.out);
  do
    {
      ended = waitpid (pid, &status, WNOHANG) == pid;
      read_on (&reader);
      whole |= strstr (output, "posternd: line 99999\n") != NULL;
      lost |= strstr (output, "lost") != NULL;
    }
  while (!ended);
  ck_assert_int_eq (status, 0);
  ck_assert (whole && !lost);
  reader.out = -1;
  end_pipe (&reader);
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
  /* A pipe, and a socket.  */
  tcase_add_loop_test (tc, nobody_reads, 0, 2);
  tcase_add_loop_test (tc, told_before_the_next_line, 0, 2);
  tcase_add_loop_test (tc, nothing_lost_with_a_reader, 0, 2);
  tcase_add_loop_test (tc, others_still_wait, 0, 2);
  tcase_add_test (tc, opened_before_its_reader);
  tcase_add_loop_test (tc, a_tool_waits, 0, 2);
  tcase_add_test (tc, exit_codes);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
