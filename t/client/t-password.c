/* t-password.c - Tests of client/password, password-line and pinentry.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * With a pinentry of the test's own, which the agent's configuration in a
 * home of the test's own names.  */

#include "../../client/password/password.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <gpgme.h>
#include "../../client/password/password-line.h"
#include "../../client/password/pinentry.h"
#include "../../common/base/file.h"
#include "../../common/base/secret.h"

#define FPR "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define SIZE 64

static char dir[64];
static char *buf;               /* Secret, of SIZE bytes.  */


static char *
path_of (const char *name)
{
  static char path[128];

  ck_assert_int_lt (snprintf (path, sizeof path, "%s/%s", dir, name),
                    (int) sizeof path);
  return path;
}

static void
put (const char *name, const char *text)
{
  ck_assert (!file_write (path_of (name), text, strlen (text), 0600, 0));
}

/* Let the pinentry be PROGRAM; NULL: the test's own.  */
static void
set_program (const char *program)
{
  const char *srcdir = getenv ("srcdir");
  char own[PATH_MAX], name[PATH_MAX], text[PATH_MAX + 100];

  snprintf (name, sizeof name, "%s/t/sys/fake-pinentry.py",
            srcdir ? srcdir : ".");
  ck_assert_ptr_nonnull (realpath (name, own));
  snprintf (text, sizeof text,
            "no-grab\n# a comment\n  pinentry-program  %s\nno-such-one 1\n",
            program ? program : own);
  put ("gpg-agent.conf", text);
}

static void
setup (void)
{
  umask (077);
  ck_assert (!secret_init (65536));
  snprintf (dir, sizeof dir, "/tmp/t-password.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  set_program (NULL);
  setenv ("GNUPGHOME", dir, 1);
  setenv ("FAKE_PINENTRY", dir, 1);
  setenv ("GPG_TTY", "/dev/pts/77", 1);
  setenv ("TERM", "vt100", 1);
  setenv ("LC_ALL", "C.UTF-8", 1);
  gpgme_check_version (NULL);
  signal (SIGPIPE, SIG_IGN);
  buf = secret_alloc (SIZE);
  ck_assert_ptr_nonnull (buf);
}

static void
teardown (void)
{
  static const char *const names[] =
    { "gpg-agent.conf", "log", "answer", "plain" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    unlink (path_of (names[i]));
  ck_assert_int_eq (rmdir (dir), 0);
  secret_release (buf);
  /* No program is left behind.  */
  ck_assert_int_eq (waitpid (-1, NULL, WNOHANG), -1);
  ck_assert_int_eq (errno, ECHILD);
}

/* A descriptor from which DATA can be read.  */
static int
feed (const char *data, size_t len)
{
  int fds[2];

  ck_assert_int_eq (pipe (fds), 0);
  ck_assert (!file_write_fd (fds[1], data, len));
  close (fds[1]);
  return fds[0];
}

static gpg_err_code_t
read_of (const char *data, size_t len, size_t *r_len)
{
  int fd = feed (data, len);
  gpg_error_t err = password_line_read (fd, buf, SIZE, r_len);

  close (fd);
  return gpg_err_code (err);
}


START_TEST (line_of_descriptor)
{
  char text[SIZE + 1], rest[8];
  size_t len;
  int fd;

  ck_assert_int_eq (read_of ("secret\n", 7, &len), 0);
  ck_assert_uint_eq (len, 6);
  ck_assert_mem_eq (buf, "secret", 6);
  ck_assert_int_eq (read_of (" a b \r", 6, &len), 0);
  ck_assert_uint_eq (len, 6);
  ck_assert_mem_eq (buf, " a b \r", 6);
  ck_assert_int_eq (read_of ("\nnext\n", 6, &len), 0);
  ck_assert_uint_eq (len, 0);
  ck_assert_int_eq (read_of ("", 0, &len), GPG_ERR_NO_DATA);
  memset (text, 'x', sizeof text);
  ck_assert_int_eq (read_of (text, SIZE, &len), 0);
  ck_assert_uint_eq (len, SIZE);
  ck_assert_int_eq (read_of (text, SIZE + 1, &len), GPG_ERR_TOO_LARGE);
  ck_assert_uint_eq (len, 0);
  text[SIZE] = '\n';
  ck_assert_int_eq (read_of (text, SIZE + 1, &len), 0);
  /* What comes behind is left there.  */
  fd = feed ("one\ntwo\n", 8);
  ck_assert (!password_line_read (fd, buf, SIZE, &len));
  ck_assert_int_eq (read (fd, rest, sizeof rest), 4);
  ck_assert_mem_eq (rest, "two\n", 4);
  close (fd);
  ck_assert_int_eq (gpg_err_code (password_line_read (fd, buf, SIZE, &len)),
                    GPG_ERR_EBADF);
}
END_TEST


/* Run SH as a shell's script; the message must have PIECE, NULL: none.  */
static gpg_err_code_t
run_sh (const char *sh, unsigned int seconds, size_t *r_len,
        const char *piece)
{
  char *copy = strdup (sh), *message;
  char *argv[] = { (char[]) { "sh" }, (char[]) { "-c" }, copy, NULL };
  gpg_error_t err = password_line_run (argv, seconds, buf, SIZE, r_len,
                                       &message);

  free (copy);
  if (!piece)
    ck_assert_msg (!err && !message, "%s", message);
  else
    ck_assert_msg (message && strstr (message, piece), "%s", message);
  gpgrt_free (message);
  return gpg_err_code (err);
}


START_TEST (line_of_program)
{
  size_t len;

  ck_assert_int_eq (run_sh ("echo secret; echo login: alice", 60, &len,
                            NULL), 0);
  ck_assert_uint_eq (len, 6);
  ck_assert_mem_eq (buf, "secret", 6);
  ck_assert_int_eq (run_sh ("printf %s without", 60, &len, NULL), 0);
  ck_assert_uint_eq (len, 7);
  ck_assert_int_eq (run_sh ("echo; echo x", 60, &len, NULL), 0);
  ck_assert_uint_eq (len, 0);
  ck_assert_int_eq (run_sh ("seq 5000", 60, &len, NULL), 0);
  ck_assert_uint_eq (len, 1);
  /* It reads nothing of ours, and a pipe's end ends it.  */
  ck_assert_int_eq (run_sh ("readlink /proc/self/fd/0", 60, &len, NULL), 0);
  ck_assert_mem_eq (buf, "/dev/null", len);
  ck_assert_int_eq (run_sh ("(kill -PIPE $$); echo lives", 60, &len,
                            "signal 13"), GPG_ERR_NO_PASSPHRASE);
}
END_TEST


START_TEST (programs_that_fail)
{
  char *none[] = { (char[]) { "no-such-program" }, NULL }, *message;
  size_t len;

  ck_assert_int_eq (run_sh ("true", 60, &len, "printed nothing"),
                    GPG_ERR_NO_DATA);
  ck_assert_int_eq (run_sh ("exit 3", 60, &len, "exit status 3"),
                    GPG_ERR_NO_PASSPHRASE);
  ck_assert_int_eq (run_sh ("echo secret; exit 1", 60, &len,
                            "exit status 1"), GPG_ERR_NO_PASSPHRASE);
  ck_assert_uint_eq (len, 0);
  ck_assert_int_eq (memcmp (buf, "secret", 6) != 0, 1);
  ck_assert_int_eq (run_sh ("kill -9 $$", 60, &len, "signal 9"),
                    GPG_ERR_NO_PASSPHRASE);
  ck_assert_int_eq (run_sh ("head -c 65 /dev/zero", 60, &len,
                            "at most 64 bytes"), GPG_ERR_TOO_LARGE);
  ck_assert_int_eq (run_sh ("seq 50000", 60, &len, "prints too much"),
                    GPG_ERR_TOO_LARGE);
  ck_assert_int_eq (run_sh ("exec sleep 600", 0, &len, "longer than 0 s"),
                    GPG_ERR_NO_PASSPHRASE);
  ck_assert_int_eq (run_sh ("echo x; exec sleep 600 >&-", 1, &len,
                            "longer than 1 s"), GPG_ERR_NO_PASSPHRASE);
  ck_assert_int_eq (gpg_err_code (password_line_run (none, 60, buf, SIZE,
                                                     &len, &message)),
                    GPG_ERR_NO_PASSPHRASE);
  ck_assert_msg (strstr (message, "no-such-program") != NULL, "%s", message);
  gpgrt_free (message);
}
END_TEST


/* Ask; the message must have PIECE, NULL: none.  */
static gpg_err_code_t
ask_with (const char *answer, size_t *r_len, const char *piece)
{
  char *message;
  gpg_error_t err;

  if (answer)
    put ("answer", answer);
  err = pinentry_ask ("the title", "two\nlines, 100%", "Password:", buf,
                      SIZE, r_len, &message);
  if (!piece)
    ck_assert_msg (!err && !message, "%s", message);
  else
    ck_assert_msg (message && strstr (message, piece), "%s", message);
  gpgrt_free (message);
  return gpg_err_code (err);
}


static void
check_log (const char *line)
{
  unsigned char *text;
  size_t len;

  ck_assert (!file_read (path_of ("log"), 65536, &text, &len));
  ck_assert_msg (strstr ((char *) text, line) != NULL, "'%s' is not in: %s",
                 line, (char *) text);
  free (text);
}


START_TEST (pinentry_answers)
{
  char text[SIZE + 10];
  size_t len;

  ck_assert_int_eq (ask_with ("pin secret", &len, NULL), 0);
  ck_assert_uint_eq (len, 6);
  ck_assert_mem_eq (buf, "secret", 6);
  check_log ("OPTION ttyname=/dev/pts/77\nOPTION ttytype=vt100\n"
             "OPTION lc-ctype=C.UTF-8\nOPTION lc-messages=C.UTF-8\n"
             "SETTITLE the title\nSETDESC two%0Alines, 100%25\n"
             "SETPROMPT Password:\nGETPIN\nBYE\n");
  ck_assert_int_eq (ask_with ("pin 100%25 \xc3\xa9 + ", &len, NULL), 0);
  ck_assert_uint_eq (len, strlen ("100%25 \xc3\xa9 + "));
  ck_assert_mem_eq (buf, "100%25 \xc3\xa9 + ", len);
  ck_assert_int_eq (ask_with ("pin ", &len, NULL), 0);
  ck_assert_uint_eq (len, 0);
  memset (text, 'x', sizeof text);
  memcpy (text, "pin ", 4);
  text[4 + SIZE] = 0;
  ck_assert_int_eq (ask_with (text, &len, NULL), 0);
  ck_assert_uint_eq (len, SIZE);
  text[4 + SIZE] = 'x';
  text[5 + SIZE] = 0;
  ck_assert_int_eq (ask_with (text, &len, "too long"), GPG_ERR_TOO_LARGE);
}
END_TEST


START_TEST (pinentry_refuses)
{
  size_t len;

  ck_assert_int_eq (ask_with ("error 83886179", &len, "nothing was sent"),
                    GPG_ERR_CANCELED);
  ck_assert_int_eq (ask_with ("error 83886278", &len, "nothing was sent"),
                    GPG_ERR_CANCELED);
  ck_assert_int_eq (ask_with ("error 83918950", &len, "no terminal"),
                    GPG_ERR_ENOTTY);
  ck_assert_int_eq (ask_with ("error 83886142", &len, "Timeout"),
                    GPG_ERR_NO_PIN_ENTRY);
  ck_assert_int_eq (ask_with ("die", &len, "fake-pinentry.py"),
                    GPG_ERR_NO_PIN_ENTRY);
  set_program ("/bin/true");
  ck_assert_int_eq (ask_with (NULL, &len, "/bin/true"),
                    GPG_ERR_NO_PIN_ENTRY);
  set_program ("/nonexistent/pinentry");
  ck_assert_int_eq (ask_with (NULL, &len, "install"), GPG_ERR_NO_PIN_ENTRY);
  set_program (NULL);
  put ("plain", "");
  ck_assert_int_eq (ask_with ("pin x", &len, NULL), 0);
}
END_TEST


static struct profile_host host, other;
static const struct profile_host *asked;
static const char *user;
static bool opens;
static struct options options;

static void
set_question (void)
{
  memset (&host, 0, sizeof host);
  memset (&options, 0, sizeof options);
  snprintf (host.name, sizeof host.name, "web1");
  snprintf (host.server, sizeof host.server, FPR);
  snprintf (host.user, sizeof host.user, "alice");
  snprintf (host.credential, sizeof host.credential, "ldap");
  other = host;
  snprintf (other.name, sizeof other.name, "web2");
  *other.credential = 0;
  opens = true;
  user = NULL;
  asked = &host;
}

/* The password must be PASSWORD (NULL: there is none), or the message have
   PIECE.  */
static gpg_err_code_t
get (const char *password, const char *piece)
{
  credential_t credential;
  gpg_error_t err;
  char *message;
  size_t len;

  message = NULL;
  credential = NULL;
  err = !password_wanted (&options, asked, opens) ? 0
    : password_get (&options, asked, user, &credential, &message);
  if (piece)
    ck_assert_msg (message && strstr (message, piece), "%s", message);
  else
    ck_assert_msg (!err && !message, "%s", message);
  gpgrt_free (message);
  if (password)
    ck_assert_str_eq (credential_password (credential, &len), password);
  else
    ck_assert_ptr_null (credential);
  credential_release (credential);
  return gpg_err_code (err);
}


START_TEST (who_asks)
{
  set_question ();
  put ("answer", "pin secret");
  get ("secret", NULL);
  check_log ("SETTITLE postern: web1\n");
  check_log ("directory (LDAP) password of alice");
  check_log (FPR);
  user = "alice.b";
  get ("secret", NULL);
  check_log ("password of alice.b");
  options.password = PASSWORD_NONE;
  get (NULL, NULL);
  options.password = PASSWORD_PROFILE;
  opens = false;
  get (NULL, NULL);
  opens = true;
  asked = &other;
  get (NULL, NULL);
  options.password = PASSWORD_ASK;
  get ("secret", NULL);
  check_log ("web2 asks for the password of");
}
END_TEST


START_TEST (by_descriptor)
{
  set_question ();
  options.password = PASSWORD_FD;
  options.password_fd = feed ("from fd\n", 8);
  get ("from fd", NULL);
  ck_assert (fcntl (options.password_fd, F_GETFD) & FD_CLOEXEC);
  ck_assert_int_eq (get (NULL, "nothing to read"), GPG_ERR_NO_DATA);
  close (options.password_fd);
  ck_assert_int_eq (get (NULL, "Bad file descriptor"), GPG_ERR_EBADF);
  options.password_fd = feed ("\n", 1);
  ck_assert_int_eq (get (NULL, "is empty"), GPG_ERR_NO_DATA);
  close (options.password_fd);
  options.password_fd = feed ("a\0b\n", 4);
  ck_assert_int_eq (get (NULL, "a NUL"), GPG_ERR_INV_VALUE);
  close (options.password_fd);
  options.password_fd = posix_openpt (O_RDWR | O_NOCTTY);
  ck_assert_int_ge (options.password_fd, 0);
  ck_assert_int_eq (get (NULL, "is a terminal"), GPG_ERR_INV_ARG);
  close (options.password_fd);
}
END_TEST


START_TEST (long_by_descriptor)
{
  char text[CREDENTIAL_MAX_PASSWORD + 2];

  set_question ();
  options.password = PASSWORD_FD;
  memset (text, 'x', sizeof text);
  options.password_fd = feed (text, CREDENTIAL_MAX_PASSWORD + 1);
  ck_assert_int_eq (get (NULL, "longer than 1024 bytes"),
                    GPG_ERR_TOO_LARGE);
  close (options.password_fd);
  text[CREDENTIAL_MAX_PASSWORD] = '\n';
  options.password_fd = feed (text, CREDENTIAL_MAX_PASSWORD + 1);
  text[CREDENTIAL_MAX_PASSWORD] = 0;
  get (text, NULL);
  close (options.password_fd);
}
END_TEST


START_TEST (by_command)
{
  set_question ();
  memcpy (host.settings.command, "printf\0%s/%s\n\0""a b\0", 18);
  host.settings.command_len = 18;
  get ("a b/", NULL);
  options.password = PASSWORD_FD;
  options.password_fd = feed ("from fd\n", 8);
  get ("from fd", NULL);
  close (options.password_fd);
  options.password = PASSWORD_PROFILE;
  memcpy (host.settings.command, "false", 6);
  host.settings.command_len = 6;
  ck_assert_int_eq (get (NULL, "'false' failed"), GPG_ERR_NO_PASSPHRASE);
  /* A command alone asks for nothing.  */
  *host.credential = 0;
  get (NULL, NULL);
}
END_TEST


START_TEST (by_pinentry)
{
  set_question ();
  put ("answer", "pin from pinentry");
  memcpy (host.settings.command, "false", 6);
  host.settings.command_len = 6;
  options.password = PASSWORD_ASK;
  get ("from pinentry", NULL);
}
END_TEST


/* The pinentry of this test is a script.  */
static bool
has_python (void)
{
  int status;
  pid_t pid = fork ();

  if (!pid)
    {
      execlp ("python3", "python3", "-c", "", (char *)NULL);
      _exit (127);
    }
  return pid > 0 && waitpid (pid, &status, 0) == pid && !status;
}


int
main (void)
{
  Suite *suite = suite_create ("password");
  TCase *tc = tcase_create ("password");
  SRunner *sr = srunner_create (suite);
  bool python = has_python ();
  int failed;

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, line_of_descriptor);
  tcase_add_test (tc, line_of_program);
  tcase_add_test (tc, programs_that_fail);
  if (python)
    {
      tcase_add_test (tc, by_pinentry);
      tcase_add_test (tc, pinentry_answers);
      tcase_add_test (tc, pinentry_refuses);
      tcase_add_test (tc, who_asks);
    }
  tcase_add_test (tc, by_descriptor);
  tcase_add_test (tc, long_by_descriptor);
  tcase_add_test (tc, by_command);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  if (!failed && !python)
    {
      puts ("skipped: what asks a pinentry needs python3");
      return 77;
    }
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
