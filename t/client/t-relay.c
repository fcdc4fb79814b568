/* t-relay.c - Tests of client/relay.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/ask/relay.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH 1000000

static int in[2], out[2], sock[2];
static pid_t pid;

/* A child relays between what are its stdin, stdout and socket.  */
static void
start (void)
{
  signal (SIGPIPE, SIG_IGN);
  ck_assert_int_eq (pipe (in), 0);
  ck_assert_int_eq (pipe (out), 0);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM, 0, sock), 0);
  pid = fork ();
  ck_assert_int_ge (pid, 0);
  if (!pid)
    {
      close (in[1]);
      close (out[0]);
      close (sock[1]);
      _exit (relay_run (in[0], out[1], sock[0]) ? 1 : 0);
    }
  close (in[0]);
  close (out[1]);
  close (sock[0]);
}

static void
ends (int status)
{
  int got;

  ck_assert_int_eq (waitpid (pid, &got, 0), pid);
  ck_assert (WIFEXITED (got));
  ck_assert_int_eq (WEXITSTATUS (got), status);
}

static void
must_write (int fd, const char *text)
{
  ck_assert_int_eq (write (fd, text, strlen (text)),
                    (ssize_t) strlen (text));
}

static void
must_read (int fd, const char *text)
{
  char buf[64];
  size_t n = 0;
  ssize_t got;

  while (n < strlen (text) && (got = read (fd, buf + n, 1)) == 1)
    n++;
  ck_assert_uint_eq (n, strlen (text));
  ck_assert_int_eq (memcmp (buf, text, n), 0);
}

static void
must_end (int fd)
{
  char c;

  ck_assert_int_eq (read (fd, &c, 1), 0);
}

START_TEST (both_ways_and_half_closed)
{
  start ();
  must_write (in[1], "up");
  must_read (sock[1], "up");
  must_write (sock[1], "down");
  must_read (out[0], "down");
  close (in[1]);                /* One way ends...  */
  must_end (sock[1]);
  must_write (sock[1], "still");        /* ... the other goes on.  */
  must_read (out[0], "still");
  close (sock[1]);
  must_end (out[0]);
  ends (0);
}
END_TEST

START_TEST (other_side_first)
{
  start ();
  must_write (sock[1], "bye");
  shutdown (sock[1], SHUT_WR);
  must_read (out[0], "bye");
  must_end (out[0]);
  must_write (in[1], "last");
  must_read (sock[1], "last");
  close (in[1]);
  must_end (sock[1]);
  ends (0);
}
END_TEST

START_TEST (reader_goes_away)
{
  start ();
  close (out[0]);
  close (in[1]);
  ends (0);                     /* Though the socket stays open.  */
}
END_TEST

/* Much more than fits into the pipes, both ways at once.  */
START_TEST (much)
{
  static char data[MUCH], back[MUCH];
  size_t n = 0, i;
  ssize_t got;
  pid_t echo, feeder;

  for (i = 0; i < MUCH; i++)
    data[i] = (char) (i * 7 + i / 1000);
  start ();
  echo = fork ();
  if (!echo)
    {
      char buf[5000];

      close (in[1]);
      while ((got = read (sock[1], buf, sizeof buf)) > 0)
        for (i = 0; i < (size_t) got; )
          {
            ssize_t w = write (sock[1], buf + i, (size_t) got - i);

            if (w < 0)
              _exit (1);
            i += (size_t) w;
          }
      _exit (0);
    }
  feeder = fork ();
  if (!feeder)
    {
      for (i = 0; i < MUCH; i += (size_t) got)
        if ((got = write (in[1], data + i, MUCH - i)) < 0)
          _exit (1);
      _exit (0);
    }
  close (in[1]);
  close (sock[1]);
  while (n < MUCH && (got = read (out[0], back + n, MUCH - n)) > 0)
    n += (size_t) got;
  ck_assert_uint_eq (n, MUCH);
  ck_assert_int_eq (memcmp (data, back, MUCH), 0);
  must_end (out[0]);
  waitpid (echo, NULL, 0);
  waitpid (feeder, NULL, 0);
  ends (0);
}
END_TEST

/* ssh hands over a socket pair as both stdin and stdout.  */
START_TEST (one_socket_for_both)
{
  int std[2];

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM, 0, std), 0);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM, 0, sock), 0);
  pid = fork ();
  if (!pid)
    {
      int copy = dup (std[0]);

      close (std[1]);
      close (sock[1]);
      _exit (relay_run (std[0], copy, sock[0]) ? 1 : 0);
    }
  close (std[0]);
  close (sock[0]);
  must_write (std[1], "a");
  must_read (sock[1], "a");
  must_write (sock[1], "b");
  shutdown (sock[1], SHUT_WR);
  must_read (std[1], "b");
  must_end (std[1]);
  shutdown (std[1], SHUT_WR);
  must_end (sock[1]);
  ends (0);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("relay");
  TCase *tc = tcase_create ("relay");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 20);
  tcase_add_test (tc, both_ways_and_half_closed);
  tcase_add_test (tc, other_side_first);
  tcase_add_test (tc, reader_goes_away);
  tcase_add_test (tc, much);
  tcase_add_test (tc, one_socket_for_both);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
