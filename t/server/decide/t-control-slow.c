/* t-control-slow.c - The control socket: those that read slowly, ask in
 * pieces, leave early, or are many.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control-kit.h"

#include <malloc.h>
#include <sys/wait.h>

START_TEST (half_a_line_holds_nobody_up)
{
  int fd = dial_and_greet (), other = dial_and_greet ();

  ask (fd, "NO");
  ck_assert_uint_eq (got_len, 0);
  ask (other, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  ask (fd, "P\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (several_lines_at_once)
{
  int fd = dial_and_greet ();

  ask (fd, "NOP\nNOP\nSTATUS\nNOP\n");
  ck_assert_str_eq (got, "OK\nOK\n");
  ck_assert_uint_eq (asked (), PACKET_LIST);
  list_one (0);
  serve ();
  serve ();
  ck_assert (hear (fd));
  GOT ("\"grants\":0");
  ck_assert_str_eq (got + got_len - 6, "OK\nOK\n");
}
END_TEST

START_TEST (a_line_too_long)
{
  char line[5000];
  int fd = dial_and_greet (), other;

  memset (line, 'x', sizeof line);
  ck_assert_int_eq (write (fd, line, sizeof line), sizeof line);
  serve ();
  serve ();
  ck_assert (!hear (fd));
  other = dial_and_greet ();
  ask (other, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (gone_while_it_waits)
{
  int fd = dial_and_greet ();

  ask (fd, "GRANTS\n");
  ck_assert_uint_eq (asked (), PACKET_LIST);
  close (fd);
  serve ();
  ck_assert_uint_eq (calls_count (decide.calls), 0);
  list_one (0);
  serve ();
  fd = dial_and_greet ();
  ask (fd, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

static void
fill_audit (int n)
{
  char what[2048];
  int i, wait;

  memset (what, 'x', sizeof what);
  what[200] = 0;
  for (i = 0; i < n; i++)
    {
      audit_event (decide.audit, &moment, "act", what);
      if (i % 200 == 199)
        audit_flush (decide.audit, &moment, true, &wait);
    }
  audit_flush (decide.audit, &moment, true, &wait);
}

/* Take what is there, and what comes of that; returns how many rows of the
   chain came.  */
static int
drain (int fd)
{
  int n = 0;
  const char *p;
  bool more;

  do
    {
      ck_assert (hear (fd));
      more = got_len;
      for (p = got; (p = strstr (p, "\"stage\":")); p++)
        n++;
      serve_all ();
    }
  while (more && strcmp (got + got_len - 3, "OK\n"));
  return n;
}

/* A reader that takes its time gets all of its answer, and holds nobody up:
   another gets a long answer meanwhile, whole.  */
START_TEST (a_slow_reader)
{
  int fd = dial_and_greet (), other = dial_and_greet (), n;

  fill_audit (3000);            /* More than a socket and our queue take. */
  say (fd, "CHAIN\n");
  serve ();
  serve_all ();
  pass (30);
  ask (other, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  say (other, "CHAIN\n");
  serve ();
  serve_all ();
  n = drain (other);
  ck_assert_int_ge (n, 3000);
  GOT ("D {\"postern-audit-end\":1,");
  pass (59 - 30);
  ck_assert_int_eq (drain (fd), n);
  GOT ("D {\"postern-audit-end\":1,");
  ENDS_OK ();
  ask (fd, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

/* What waits for readers that do not read is bounded.  */
START_TEST (many_slow_readers)
{
  int fd[CONTROL_MAX_UID], i;
  size_t before;

  fill_audit (3000);
  for (i = 0; i < CONTROL_MAX_UID; i++)
    fd[i] = dial_and_greet ();
  before = mallinfo2 ().uordblks;
  for (i = 0; i < CONTROL_MAX_UID; i++)
    say (fd[i], "CHAIN\nCHAIN\nCHAIN\n");
  serve ();
  serve_all ();
  ck_assert_uint_le (mallinfo2 ().uordblks,
                     before + CONTROL_MAX_UID * 3 * CONTROL_QUEUE);
  ck_assert_int_ge (drain (fd[3]), 9000);
}
END_TEST

/* Who asks and never reads is let go; who reads a little stays.  */
START_TEST (nobody_reads)
{
  int fd = dial_and_greet (), other = dial_and_greet (), i;

  fill_audit (3000);
  say (fd, "CHAIN\n");
  say (other, "CHAIN\n");
  serve ();
  serve_all ();
  for (i = 0; i < 10; i++)
    {
      pass (10);
      ck_assert_int_gt (read (other, got, 16384), 0);
      serve ();
      serve_all ();
    }
  /* What it did not take ends in the midst.  */
  ck_assert (!hear (fd));
  ck_assert_ptr_null (strstr (got, "postern-audit-end"));
  ck_assert_int_ge (drain (other), 2500);
  GOT ("D {\"postern-audit-end\":1,");
  fd = dial_and_greet ();
  ask (fd, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

/* It has said all that it wanted to know, and reads.  */
START_TEST (half_closed)
{
  int fd = dial_and_greet ();
  size_t len = 0;
  ssize_t n;

  fill_audit (3000);
  say (fd, "CHAIN\nNOP\n");
  ck_assert_int_eq (shutdown (fd, SHUT_WR), 0);
  serve ();
  do
    {
      serve_all ();
      while ((n = read (fd, got, sizeof got - 1)) > 0)
        len = (size_t)n;
    }
  while (n < 0);
  got[len] = 0;
  ck_assert_str_eq (got + len - 6, "OK\nOK\n");
}
END_TEST

/* act is asked for as many grants as there is room for.  */
START_TEST (many_grants)
{
  int fd = dial_and_greet (), i, j;
  uint64_t number = 0;

  say (fd, "GRANTS\n");
  serve ();
  for (i = 0; i < 1000 && asked () == PACKET_LIST; i++)
    {
      for (j = 0; j < 64; j++)
        list_one (++number);
      list_one (0);
      serve ();
      serve ();
    }
  ck_assert_int_lt (i, 100);
  pass (30);                    /* Nobody waits for act in vain.  */
  serve ();
  ck_assert (hear (fd));
  ck_assert_ptr_null (strstr (got, "ERR"));
  serve ();
  serve ();
  ck_assert_uint_eq (asked (), PACKET_LIST);
  list_one (0);
  serve ();
  ck_assert (hear (fd));
  ENDS_OK ();
}
END_TEST

/* A new connection waits for its place a moment, and gets that of the one
   that asked nothing for longest; never of one that waits for act.  */
START_TEST (so_many_connections)
{
  int fd[CONTROL_MAX_UID], i, more, another;

  for (i = 0; i < CONTROL_MAX_UID; i++)
    fd[i] = dial_and_greet ();
  say (fd[0], "STATUS\n");
  serve ();
  more = dial ();
  ck_assert (hear (more));
  ck_assert_uint_eq (got_len, 0);
  another = dial ();
  close (fd[3]);
  serve ();
  ck_assert (hear (more));
  GOT ("OK Postern");
  ask (more, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  ck_assert (hear (another));
  ck_assert_uint_eq (got_len, 0);
  pass (2);
  ask (fd[1], "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  serve ();
  ck_assert (hear (another));
  GOT ("OK Postern");
  ck_assert (!hear (fd[2]));
  ck_assert (hear (fd[1]) && hear (fd[4]));
  list_one (0);
  serve ();
}
END_TEST

START_TEST (another_user_may_not)
{
  pid_t pid;
  int left;

  if (getuid ())
    return;                     /* Only root can become another.  */
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  ck_assert_int_eq (chmod (in_dir ("control"), 0666), 0);
  pid = fork ();
  if (!pid)
    {
      if (setuid (65534))
        _exit (1);
      struct sockaddr_un sun = { .sun_family = AF_UNIX };
      int fd = socket (AF_UNIX, SOCK_STREAM, 0);
      char c;

      snprintf (sun.sun_path, sizeof sun.sun_path, "%s/control", config_dir);
      if (connect (fd, (struct sockaddr *)&sun, sizeof sun))
        _exit (2);
      _exit (read (fd, &c, 1) == 0 ? 0 : 3);
    }
  while (!waitpid (pid, &left, WNOHANG))
    serve ();
  ck_assert_int_eq (left, 0);
  ask (dial_and_greet (), "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("control-slow");
  TCase *tc = tcase_create ("control");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, half_a_line_holds_nobody_up);
  tcase_add_test (tc, several_lines_at_once);
  tcase_add_test (tc, a_line_too_long);
  tcase_add_test (tc, gone_while_it_waits);
  tcase_add_test (tc, a_slow_reader);
  tcase_add_test (tc, many_slow_readers);
  tcase_add_test (tc, nobody_reads);
  tcase_add_test (tc, half_closed);
  tcase_add_test (tc, many_grants);
  tcase_add_test (tc, so_many_connections);
  tcase_add_test (tc, another_user_may_not);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
