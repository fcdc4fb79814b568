/* t-select.c - Tests of client/select: names, patterns, what is left out.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/ask/select.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"

#define MAX_ARGS 8

static char dir[64], path[80];
static profile_t profile;

static void
setup (void)
{
  static const char *const names[] =
    { "web1", "web2", "web10", "db1", "db-old", "mail" };
  char text[2048] = "", *message;
  size_t i;

  snprintf (dir, sizeof dir, "%s", "/tmp/t-select.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  snprintf (path, sizeof path, "%s/hosts.conf", dir);
  for (i = 0; i < sizeof names / sizeof *names; i++)
    snprintf (text + strlen (text), sizeof text - strlen (text),
              "host %s {\n address = 'h%zu.example.org'\n"
              " server = 'AAAA0E81279996EFE251BDD0A5CF07D97F6457C0'\n"
              " signer = 'BBBB0E81279996EFE251BDD0A5CF07D97F6457C0'\n}\n",
              names[i], i);
  ck_assert_int_eq (file_write (path, text, strlen (text), 0600, 0), 0);
  ck_assert_msg (!profile_open (dir, 0, &profile, &message), "%s", message);
}

static void
teardown (void)
{
  profile_close (profile);
  unlink (path);
  rmdir (dir);
}

/* The words of LINE select what EXPECTED says, or give that exit code.  */
static void
gives (const char *line, const char *expected, int status)
{
  char copy[200], got[200] = "", *arg[MAX_ARGS], *word;
  struct selection selection;
  int n = 0, rc;
  size_t i;

  snprintf (copy, sizeof copy, "%s", line);
  for (word = strtok (copy, " "); word; word = strtok (NULL, " "))
    arg[n++] = word;
  rc = select_hosts (profile, "open", arg, n, &selection);
  ck_assert_msg (rc == status, "'%s' gives %d", line, rc);
  for (i = 0; rc < 0 && i < selection.n; i++)
    snprintf (got + strlen (got), sizeof got - strlen (got), "%s%s",
              i ? " " : "", selection.host[i]->name);
  ck_assert_msg (!strcmp (got, expected), "'%s' gives '%s'", line, got);
  select_release (&selection);
}

START_TEST (names)
{
  gives ("web1", "web1", -1);
  gives ("mail web1", "mail web1", -1);
  gives ("web1 tcp/22 db1", "web1 db1", -1);
  gives ("web3", "", EX_NOHOST);
  gives ("web1 web3", "", EX_NOHOST);
  gives ("web1 web1", "", EX_USAGE);
  gives ("", "", EX_USAGE);
  gives ("tcp/22", "", EX_USAGE);
}
END_TEST

START_TEST (patterns)
{
  gives ("web*", "web1 web2 web10", -1);
  gives ("web?", "web1 web2", -1);
  gives ("*[12]", "web1 web2 db1", -1);
  gives ("db* web1", "db1 db-old web1", -1);
  gives ("web2 web*", "web2 web1 web10", -1);
  gives ("web* web1", "web1 web2 web10", -1);
  gives ("web* web*", "web1 web2 web10", -1);
  gives ("*", "web1 web2 web10 db1 db-old mail", -1);
  gives ("www*", "", EX_NOHOST);
  gives ("web1 www*", "", EX_NOHOST);
  gives ("WEB*", "", EX_NOHOST);
}
END_TEST

START_TEST (left_out)
{
  gives ("web* !web2", "web1 web10", -1);
  gives ("!web2 web*", "web1 web10", -1);
  gives ("* !web* !db*", "mail", -1);
  gives ("web1 !db1", "web1", -1);
  gives ("web1 !web1", "", EX_USAGE);
  gives ("!web1", "", EX_USAGE);
  /* A slip of the finger opens no door.  */
  gives ("web* !web3", "", EX_NOHOST);
  gives ("web* !www*", "", EX_NOHOST);
  gives ("web* !", "", EX_NOHOST);
}
END_TEST

START_TEST (nearest)
{
  ck_assert_str_eq (profile_nearest (profile, "wbe1"), "web1");
  ck_assert_str_eq (profile_by_address (profile, "h3.Example.org")->name,
                    "db1");
  ck_assert_ptr_null (profile_by_address (profile, "h9.example.org"));
  ck_assert_ptr_null (profile_nearest (profile, "production"));
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("select");
  TCase *tc = tcase_create ("select");
  SRunner *sr = srunner_create (suite);
  int failed;

  log_init ("t-select", 0);
  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, names);
  tcase_add_test (tc, patterns);
  tcase_add_test (tc, left_out);
  tcase_add_test (tc, nearest);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
