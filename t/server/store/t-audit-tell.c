/* t-audit-tell.c - Tests of server/audit-tell.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <check.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../server/store/audit-tell.h"

#define FPR "2D430E81279996EFE251BDD0A5CF07D97F6457C0"

static char folder[64], path[96], line[AUDIT_TELL_LEN], got[8192];
static audit_tell_t tell;
static int listener = -1;
static size_t got_len;

static struct audit_row
a_row (void)
{
  struct audit_row row = { .result = "refused", .stage = "policy",
                           .reason = "no rule allows these ports",
                           .user = "alice", .fpr = FPR, .sport = 40000,
                           .action = "open" };

  ck_assert (!netspec_addr_parse ("203.0.113.7", &row.source));
  ck_assert (!netspec_ports_parse ("udp/9,tcp/22", &row.ports));
  snprintf (row.detail, sizeof row.detail, "nearest is rule ssh");
  return row;
}

static void
setup (void)
{
  snprintf (folder, sizeof folder, "/tmp/t-audit-tell-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (folder));
  snprintf (path, sizeof path, "%s/log", folder);
}

static void
teardown (void)
{
  audit_tell_close (tell);
  tell = NULL;
  if (listener >= 0)
    close (listener);
  listener = -1;
  unlink (path);
  rmdir (folder);
}

static void
serve (void)
{
  struct sockaddr_un sa = { .sun_family = AF_UNIX };

  unlink (path);
  if (listener >= 0)
    close (listener);
  snprintf (sa.sun_path, sizeof sa.sun_path, "%s", path);
  listener = socket (AF_UNIX, SOCK_DGRAM, 0);
  ck_assert_int_eq (bind (listener, (struct sockaddr *)&sa, sizeof sa), 0);
}

static bool
hear (void)
{
  struct pollfd fd = { listener, POLLIN, 0 };
  ssize_t n;

  if (poll (&fd, 1, 0) != 1)
    return false;
  n = recv (listener, got, sizeof got - 1, 0);
  ck_assert_int_gt (n, 0);
  got_len = (size_t)n;
  got[n] = 0;
  return true;
}

static void
say (const struct audit_row *row)
{
  audit_tell (tell, "web1", row, 1);
}

/* The form is fixed: others read it.  */
START_TEST (the_line)
{
  struct audit_row row = a_row (), empty = { .result = "event" };

  audit_tell_line ("web1", &row, 3, line);
  ck_assert_str_eq (line, "result=refused stage=policy source=203.0.113.7"
                    " sport=40000 user=alice fpr=" FPR " action=open"
                    " ports=udp/9,tcp/22 count=3 host=web1"
                    " reason=\"no rule allows these ports\""
                    " detail=\"nearest is rule ssh\""
                    );
  audit_tell_line ("web1", &empty, 0, line);
  ck_assert_str_eq (line, "result=event source=- count=1 host=web1");
}
END_TEST

/* What a person wrote makes no field and no line of its own.  */
START_TEST (forged)
{
  struct audit_row row = a_row ();

  snprintf (row.detail, sizeof row.detail,
            "x\" source=192.0.2.1\n<1>\\postern: \x1b[2J\xff");
  audit_tell_line ("web1", &row, 1, line);
  ck_assert_ptr_null (strchr (line, '\n'));
  ck_assert_ptr_nonnull (strstr (line, " detail=\"x\\\" source=192.0.2.1?<1>"
                                 "\\\\postern: ?[2J?\""));
}
END_TEST

START_TEST (longest)
{
  struct audit_row row = a_row ();

  memset (row.detail, '"', sizeof row.detail - 1);
  row.detail[sizeof row.detail - 1] = 0;
  audit_tell_line ("web1", &row, 1, line);
  ck_assert_uint_lt (strlen (line), sizeof line - 1);
  ck_assert_str_eq (line + strlen (line) - 3, "\\\"\"");
}
END_TEST

START_TEST (to_the_journal)
{
  static const char value[] = "two\nlines";
  struct audit_row row = a_row ();
  uint64_t size;
  char *at;

  serve ();
  ck_assert (!audit_tell_open (CONFIG_LOG_JOURNAL, path, &tell));
  say (&row);
  ck_assert (hear ());
  audit_tell_line ("web1", &row, 1, line);
  ck_assert_int_eq (strncmp (got, "MESSAGE=", 8), 0);
  ck_assert_int_eq (strncmp (got + 8, line, strlen (line)), 0);
  ck_assert_ptr_nonnull (strstr (got, "\nPRIORITY=5\nSYSLOG_FACILITY=10\n"
                                 "SYSLOG_IDENTIFIER=postern\n"));
  ck_assert_ptr_nonnull (strstr (got, "\nPOSTERN_RESULT=refused\n"));
  ck_assert_ptr_nonnull (strstr (got, "\nPOSTERN_SOURCE=203.0.113.7\n"));
  ck_assert_ptr_nonnull (strstr (got, "\nPOSTERN_REASON=no rule allows these"
                                 " ports\n"));
  ck_assert_ptr_null (strstr (got, "POSTERN_RULE"));
  row.result = "done";
  row.source.family = AF_UNSPEC;
  snprintf (row.detail, sizeof row.detail, "%s", value);
  say (&row);
  ck_assert (hear ());
  ck_assert_ptr_nonnull (strstr (got, "\nPRIORITY=6\n"));
  ck_assert_ptr_null (strstr (got, "POSTERN_SOURCE"));
  /* With its length, 64 bits little-endian, before it.  */
  at = strstr (got, "\nPOSTERN_DETAIL\n");
  ck_assert_ptr_nonnull (at);
  memcpy (&size, at + 16, sizeof size);
  ck_assert_uint_eq (le64toh (size), strlen (value));
  ck_assert_mem_eq (at + 16 + sizeof size, "two\nlines\n", 10);
  ck_assert_uint_eq ((size_t)(at + 16 + sizeof size + 10 - got), got_len);
}
END_TEST

START_TEST (to_syslog)
{
  struct audit_row row = a_row ();
  char want[64];

  serve ();
  ck_assert (!audit_tell_open (CONFIG_LOG_SYSLOG, path, &tell));
  say (&row);
  ck_assert (hear ());
  /* authpriv.notice, and the time as RFC 3164 has it.  */
  ck_assert_int_eq (strncmp (got, "<85>", 4), 0);
  snprintf (want, sizeof want, " postern[%d]: result=refused stage=policy",
            (int)getpid ());
  ck_assert_ptr_eq (strstr (got, want), got + 4 + 15);
}
END_TEST

/* Whether anybody listens, or reads, is nobody's trouble but the log's.  */
START_TEST (nobody_listens)
{
  struct audit_row row = a_row ();
  int i, n = 0;

  ck_assert (!audit_tell_open (CONFIG_LOG_SYSLOG, path, &tell));
  say (&row);
  serve ();
  say (&row);
  ck_assert (hear ());
  serve ();                     /* Another one, at the same place.  */
  say (&row);
  ck_assert (hear ());
  for (i = 0; i < 2000; i++)
    say (&row);
  while (hear ())
    n++;
  ck_assert_int_gt (n, 0);
  ck_assert_int_lt (n, 2000);
  say (&row);
  ck_assert (hear ());
}
END_TEST

START_TEST (none)
{
  struct audit_row row = a_row ();

  ck_assert (!audit_tell_open (CONFIG_LOG_NONE, path, &tell));
  ck_assert_ptr_null (tell);
  say (&row);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("audit-tell");
  TCase *tc = tcase_create ("audit-tell");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, the_line);
  tcase_add_test (tc, forged);
  tcase_add_test (tc, longest);
  tcase_add_test (tc, to_the_journal);
  tcase_add_test (tc, to_syslog);
  tcase_add_test (tc, nobody_listens);
  tcase_add_test (tc, none);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
