/* t-profile-takeover.c - Tests of client/profile: the hosts.conf of an older
 * Postern.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/profile/profile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/secret.h"

#define FPR_A "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_B "AAAA0E81279996EFE251BDD0A5CF07D97F6457C0"

static char dir[64];

/* A file as people kept theirs.  */
#define HAND \
  "# my hosts\n" \
  "default {            # for all of them\n" \
  "  for = '60s'\n" \
  "  port = 7\n" \
  "  password-command = {'pass', 'it\\'s a\\\\b', ''}\n" \
  "}\n" \
  "host web1 {\n" \
  "\taddress = { 'a.example.org', 'b.example.org' } # two\n" \
  "  port=62201\n" \
  "  server = " FPR_A "\n" \
  "  signer = \"" FPR_B "\"\n" \
  "  serial = 3 joined = '2026-01-01'\n" \
  "  # longer, for backups\n" \
  "  for = '90s' source = 'observed' family = 'any' no-bind = false\n" \
  "}\n" \
  "host 'db1' { address = 'db1.example.org' server = '" FPR_A "' signer = '" \
  FPR_B "' host = 'db' }  # one line\n"

#define OWN \
  "# Your settings for the hosts that you have joined.  This file is yours;" \
  "\n# see postern-hosts.conf(5).  The hosts themselves are in hosts.d," \
  " and\n# hosts.conf.old is what this file was before, with its" \
  " comments.\n" \
  "default {\n" \
  "  port = 7\n" \
  "  for = '60s'\n" \
  "  password-command = {'pass', 'it\\'s a\\\\b', ''}\n" \
  "}\n" \
  "host web1 {\n" \
  "  for = '90s'\n" \
  "  source = 'observed'\n" \
  "  family = 'any'\n" \
  "  no-bind = false\n" \
  "}\n"


static const char *
at (const char *name)
{
  static char paths[4][128];
  static unsigned int turn;
  char *path = paths[turn++ % 4];

  snprintf (path, sizeof paths[0], "%s/%s", dir, name);
  return path;
}

static void
setup (void)
{
  umask (077);
  ck_assert_int_eq (secret_init (16384), 0);
  snprintf (dir, sizeof dir, "%s", "/tmp/t-takeover.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
}

static void
teardown (void)
{
  file_remove_tree (dir);
}

static void
put (const char *name, const char *text)
{
  ck_assert_int_eq (file_write (at (name), text, strlen (text), 0600, 0), 0);
}

static profile_t
open_profile (int writing)
{
  profile_t profile;
  char *message;

  ck_assert_msg (!profile_open (dir, writing, &profile, &message), "%s",
                 message);
  return profile;
}

static void
stands (const char *name, const char *expected)
{
  unsigned char *text;
  size_t len;

  ck_assert_int_eq (file_read (at (name), 65536, &text, &len), 0);
  ck_assert_str_eq ((char *) text, expected);
  free (text);
}

static bool
is_there (const char *name)
{
  return !access (at (name), F_OK);
}

/* All hosts of PROFILE, which is closed, sorted by name.  */
static void
copy_hosts (profile_t profile, struct profile_host host[2])
{
  ck_assert_uint_eq (profile_count (profile), 2);
  host[0] = *profile_find (profile, "db1");
  host[1] = *profile_find (profile, "web1");
  profile_close (profile);
}

/* All says what it said.  */
static void
same_as (profile_t profile, const struct profile_host host[2])
{
  struct profile_host now[2];

  copy_hosts (profile, now);
  ck_assert_mem_eq (now, host, sizeof now);
}

START_TEST (taken_over)
{
  struct profile_host host[2];
  profile_t profile;

  put ("hosts.conf", HAND);
  profile = open_profile (0);
  ck_assert (profile_is_old (profile));
  copy_hosts (profile, host);
  ck_assert_str_eq (host[0].host, "db");
  ck_assert_uint_eq (host[0].port, 7);
  ck_assert_uint_eq (host[1].settings.seconds, 90);
  stands ("hosts.conf", HAND);
  same_as (open_profile (1), host);
  stands ("hosts.conf", OWN);
  stands ("hosts.conf.old", HAND);
  ck_assert (is_there ("hosts.d/web1.conf") && is_there ("hosts.d/db1.conf"));
  profile = open_profile (0);
  ck_assert (!profile_is_old (profile));
  same_as (profile, host);
  same_as (open_profile (1), host);
  stands ("hosts.conf", OWN);
  ck_assert (!is_there ("hosts.conf.old.1"));
}
END_TEST

/* A run that reads does it too, where it can.  */
START_TEST (when_reading)
{
  struct profile_host host[2];
  profile_t profile;

  put ("hosts.conf", HAND);
  copy_hosts (open_profile (0), host);
  /* The lock is in the way.  */
  ck_assert_int_eq (mkdir (at (".lock"), 0700), 0);
  ck_assert_int_eq (profile_open_for ("open", dir, false, &profile), -1);
  ck_assert (profile_is_old (profile));
  same_as (profile, host);
  stands ("hosts.conf", HAND);
  ck_assert_int_eq (rmdir (at (".lock")), 0);
  ck_assert_int_eq (profile_open_for ("open", dir, false, &profile), -1);
  ck_assert (!profile_is_old (profile));
  /* And others may write now.  */
  profile_close (open_profile (1));
  same_as (profile, host);
  stands ("hosts.conf", OWN);
}
END_TEST

/* Interrupted after each of its steps, it is done again.  */
START_TEST (interrupted)
{
  struct profile_host host[2];
  unsigned char *web1, *db1;
  unsigned int steps;
  size_t len;

  put ("hosts.conf", HAND);
  copy_hosts (open_profile (1), host);
  ck_assert_int_eq (file_read (at ("hosts.d/web1.conf"), 9999, &web1, &len),
                    0);
  ck_assert_int_eq (file_read (at ("hosts.d/db1.conf"), 9999, &db1, &len), 0);
  for (steps = 0; steps < 4; steps++)
    {
      put ("hosts.conf", HAND);
      if (steps < 3)
        unlink (at ("hosts.conf.old"));
      if (steps < 2)
        unlink (at ("hosts.d/db1.conf"));
      if (steps < 1)
        unlink (at ("hosts.d/web1.conf"));
      same_as (open_profile (0), host);
      same_as (open_profile (1), host);
      stands ("hosts.conf", OWN);
      stands ("hosts.conf.old", HAND);
      stands ("hosts.d/web1.conf", (char *) web1);
      stands ("hosts.d/db1.conf", (char *) db1);
      ck_assert (!is_there ("hosts.conf.old.1"));
    }
  free (web1);
  free (db1);
}
END_TEST

/* A whole host that comes later goes the same way, and the older copy
   stays.  */
START_TEST (again)
{
  static const char more[] = "host web1 { server = '" FPR_A "' signer = '"
    FPR_B "' address = '192.0.2.9' }\n";
  profile_t profile;

  put ("hosts.conf", HAND);
  profile_close (open_profile (1));
  put ("hosts.conf", more);
  profile = open_profile (1);
  ck_assert_str_eq (profile_find (profile, "web1")->address[0], "192.0.2.9");
  ck_assert_uint_eq (profile_find (profile, "web1")->serial, 3);
  profile_close (profile);
  stands ("hosts.conf.old", HAND);
  stands ("hosts.conf.old.1", more);
}
END_TEST

/* A link stays one; what it names is written.  */
START_TEST (link_stays)
{
  struct stat st;

  put ("elsewhere", HAND);
  ck_assert_int_eq (symlink ("elsewhere", at ("hosts.conf")), 0);
  profile_close (open_profile (1));
  stands ("elsewhere", OWN);
  stands ("hosts.conf.old", HAND);
  ck_assert_int_eq (lstat (at ("hosts.conf"), &st), 0);
  ck_assert (S_ISLNK (st.st_mode));
}
END_TEST

/* Until it is taken over; the exit code is 0 if two hosts were there each
   time.  */
static void
open_again_and_again (int writing)
{
  profile_t profile;
  char *message;
  bool old;

  do
    {
      if (profile_open (dir, writing, &profile, &message)
          || profile_count (profile) != 2)
        _exit (1);
      old = profile_is_old (profile);
      profile_close (profile);
    }
  while (old);
  _exit (0);
}

/* Two that write and two that read, at once: none misses a host.  */
START_TEST (at_once)
{
  struct profile_host host[2];
  int status, bad = 0, i, k;

  put ("hosts.conf", HAND);
  copy_hosts (open_profile (0), host);
  for (k = 0; k < 100; k++)
    {
      file_remove_tree (at ("hosts.d"));
      put ("hosts.conf", HAND);
      for (i = 0; i < 4; i++)
        if (!fork ())
          open_again_and_again (i % 2);
      while (wait (&status) > 0)
        bad |= status;
      ck_assert_int_eq (bad, 0);
      same_as (open_profile (0), host);
      stands ("hosts.conf", OWN);
      stands ("hosts.conf.old", HAND);
      ck_assert (!is_there ("hosts.conf.old.1"));
    }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("profile-takeover");
  TCase *tc = tcase_create ("profile-takeover");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, taken_over);
  tcase_add_test (tc, when_reading);
  tcase_add_test (tc, interrupted);
  tcase_add_test (tc, again);
  tcase_add_test (tc, link_stays);
  tcase_add_test (tc, at_once);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
