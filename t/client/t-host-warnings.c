/* t-host-warnings.c - Tests of client/profile/host-warnings: what, and when.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/profile/host-warnings.h"
#include "../../client/date.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000          /* 2027-01-15 08:00:00 UTC.  */
#define DAY 86400
#define FPR "AAAA0E81279996EFE251BDD0A5CF07D97F6457C0"

static struct profile_host host;
static struct host_keys keys;

static void
setup (void)
{
  setenv ("TZ", "UTC", 1);
  memset (&host, 0, sizeof host);
  snprintf (host.name, sizeof host.name, "%s", "web1");
  snprintf (host.signer, sizeof host.signer, "%s", FPR);
  keys.server.state = keys.own.state = "good";
  keys.server.expires = keys.own.expires = 0;
}

/* There is no warning (PIECE NULL), or one that says PIECE.  */
static void
warns (const char *piece)
{
  char *text[HOST_WARNINGS_MAX];
  size_t n = host_warnings_list (&host, &keys, NOW, text);

  ck_assert_uint_eq (n, piece ? 1 : 0);
  if (!piece)
    return;
  ck_assert_msg (strstr (text[0], piece) && !strncmp (text[0], "web1: ", 6),
                 "%s", text[0]);
  gpgrt_free (text[0]);
}

START_TEST (door)
{
  warns (NULL);
  host.door_ends = NOW + 30 * DAY + 1;
  warns (NULL);
  host.door_ends = NOW + 30 * DAY;
  warns ("its door key ends on 2027-02-14 (in 30 days)");
  host.door_ends = NOW + 2 * DAY - 1;
  warns ("(in 1 day)");
  host.door_ends = NOW + DAY - 1;
  warns ("(within a day)");
  host.door_ends = NOW + 1;
  warns ("ends on 2027-01-15");
  host.door_ends = NOW;
  warns ("ended on 2027-01-15");
  host.door_ends = 1;
  warns ("ended on 1970-01-01");
}
END_TEST

START_TEST (both_keys)
{
  static const char *const states[] =
    { "expired", "revoked", "unusable", "unreadable" };
  size_t i;

  for (i = 0; i < 4; i++)
    {
      keys.server.state = states[i];
      warns (states[i]);
    }
  keys.server.state = "good";
  for (i = 0; i < 3; i++)
    {
      keys.own.state = states[i];
      warns ("your key " FPR);
    }
  keys.own.state = "missing";
  warns ("is not here");
  keys.own.state = "unknown";
  warns ("gpg-agent does not run");
  keys.own.state = "good";
  keys.own.expires = NOW + 30 * DAY + 1;
  warns (NULL);
  keys.own.expires = NOW + 3 * DAY;
  warns ("your key " FPR " expires on 2027-01-18 (in 3 days)");
  keys.own.expires = 0;
  keys.server.expires = NOW + 3 * DAY;
  warns ("the server's key expires on 2027-01-18");
}
END_TEST

START_TEST (several)
{
  char *text[HOST_WARNINGS_MAX];
  size_t i, n;

  host.door_ends = NOW;
  keys.server.state = "revoked";
  keys.own.state = "expired";
  n = host_warnings_list (&host, &keys, NOW, text);
  ck_assert_uint_eq (n, HOST_WARNINGS_MAX);
  for (i = 0; i < n; i++)
    gpgrt_free (text[i]);
}
END_TEST

START_TEST (texts)
{
  struct host_key key = { "good", NOW };
  char date[DATE_LEN];

  ck_assert_str_eq (host_warnings_key (&key, date), "2027-01-15");
  key.expires = 0;
  ck_assert_str_eq (host_warnings_key (&key, date), "never");
  key.state = "revoked";
  ck_assert_str_eq (host_warnings_key (&key, date), "revoked");
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("keys");
  TCase *tc = tcase_create ("keys");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, door);
  tcase_add_test (tc, both_keys);
  tcase_add_test (tc, several);
  tcase_add_test (tc, texts);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
