/* t-profile-edit.c - Tests of client/profile: what is written keeps what a
 * person wrote.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/profile/profile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/secret.h"

#define FPR_A "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_B "AAAA0E81279996EFE251BDD0A5CF07D97F6457C0"

static char dir[64];
static const unsigned char door[32] = { 1, 2, 3, 0xff };

/* A file as people keep theirs.  */
#define HAND \
  "# my hosts\n" \
  "default {            # for all of them\n" \
  "  for = '60s'\n" \
  "  family = 'ipv4'    /* the office has no v6 */\n" \
  "}\n" \
  "\n" \
  "# the old one\n" \
  "host web1 {\n" \
  "\taddress = { 'a.example.org', 'b.example.org' } # two\n" \
  "  port=62201\n" \
  "  server = " FPR_A "\n" \
  "  signer = \"" FPR_B "\"\n" \
  "  serial = 3 joined = '2026-01-01'\n" \
  "  # longer, for backups\n" \
  "  for = '10m'\n" \
  "}\n" \
  "\n" \
  "host 'db1' { address = 'db1.example.org' server = '" FPR_A "' signer = '" \
  FPR_B "' }  # one line\n" \
  "# the end"


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
  snprintf (dir, sizeof dir, "%s", "/tmp/t-profile.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
}

static void
teardown (void)
{
  static const char *const names[] =
    { "doors/web1.key", "doors/web2.key", "doors/db1.key", "doors/www.key",
      "keys/web1.pgp", "keys/web2.pgp", "keys/db1.pgp", "keys/www.pgp",
      "doors/mine", "doors", "keys", "hosts.conf", "elsewhere", ".lock", "" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (unlink (at (names[i])))
      rmdir (at (names[i]));
}

static void
put (const char *text)
{
  ck_assert_int_eq (file_write (at ("hosts.conf"), text, strlen (text), 0600,
                                0), 0);
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

/* hosts.conf must be exactly EXPECTED.  */
static void
stands (const char *expected)
{
  unsigned char *text;
  size_t len;

  ck_assert_int_eq (file_read (at ("hosts.conf"), 65536, &text, &len), 0);
  ck_assert_str_eq ((char *) text, expected);
  free (text);
  profile_close (open_profile (0));
}

static void
store (profile_t profile, const struct profile_host *host)
{
  char *message;

  ck_assert_msg (!profile_put (profile, host, door, "key", 3, &message), "%s",
                 message);
}

/* HAND with NEW in place of OLD.  */
static const char *
hand_with (const char *old, const char *new)
{
  static char text[2048];
  const char *found = strstr (HAND, old);

  ck_assert_ptr_nonnull (found);
  snprintf (text, sizeof text, "%.*s%s%s", (int) (found - HAND), HAND, new,
            found + strlen (old));
  return text;
}

START_TEST (nothing_changes)
{
  struct profile_host host;
  profile_t profile;

  put (HAND);
  profile = open_profile (1);
  ck_assert_uint_eq (profile_count (profile), 2);
  host = *profile_find (profile, "web1");
  store (profile, &host);
  stands (HAND);
  host = *profile_find (profile, "db1");
  store (profile, &host);
  stands (HAND);
  profile_close (profile);
}
END_TEST

START_TEST (values_change_in_place)
{
  struct profile_host host;
  profile_t profile;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  host.serial = 4;
  store (profile, &host);
  stands (hand_with ("serial = 3", "serial = 4"));
  put (HAND);
  profile_close (profile);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  host.n_addresses = 1;
  store (profile, &host);
  stands (hand_with ("{ 'a.example.org', 'b.example.org' }",
                     "{'a.example.org'}"));
  /* The settings are the person's, whatever is asked.  */
  host.settings.seconds = 1;
  host.settings.set = 0;
  store (profile, &host);
  ck_assert_uint_eq (profile_find (profile, "web1")->settings.seconds, 600);
  profile_close (profile);
}
END_TEST

START_TEST (values_come_and_go)
{
  struct profile_host host;
  profile_t profile;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  snprintf (host.user, sizeof host.user, "%s", "alice");
  netspec_ports_parse ("tcp/22,tcp/80", &host.ports);
  store (profile, &host);
  stands (hand_with ("  for = '10m'\n",
                     "  for = '10m'\n"
                     "  user      = 'alice'\n"
                     "  ports     = 'tcp/22,tcp/80'\n"));
  *host.user = 0;
  host.ports.n = 0;
  store (profile, &host);
  stands (HAND);
  /* On the line of others.  */
  host.joined = 0;
  store (profile, &host);
  stands (hand_with ("joined = '2026-01-01'", ""));
  host = *profile_find (profile, "db1");
  snprintf (host.door, sizeof host.door, "%s", "main");
  store (profile, &host);
  ck_assert_str_eq (profile_find (profile, "db1")->door, "main");
  profile_close (profile);
  put (HAND);
  profile = open_profile (1);
  store (profile, &host);
  stands (hand_with (FPR_B "' }  # one", FPR_B "'  door = 'main' }  # one"));
  profile_close (profile);
}
END_TEST

/* What "default" says already is not said again.  */
START_TEST (defaults_stay_defaults)
{
  struct profile_host host;
  profile_t profile;

  put ("default { port = 7 signer = '" FPR_B "' ports = 'tcp/1' }\n"
       "host web1 {\n  address = 'a'\n  server = '" FPR_A "'\n}\n");
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  ck_assert_uint_eq (host.port, 7);
  ck_assert_str_eq (host.signer, FPR_B);
  ck_assert_uint_eq (host.ports.range[0].first, 1);
  host.serial = 1;
  store (profile, &host);
  stands ("default { port = 7 signer = '" FPR_B "' ports = 'tcp/1' }\n"
          "host web1 {\n  address = 'a'\n  server = '" FPR_A "'\n"
          "  serial    = 1\n}\n");
  host.port = 8;
  store (profile, &host);
  stands ("default { port = 7 signer = '" FPR_B "' ports = 'tcp/1' }\n"
          "host web1 {\n  address = 'a'\n  server = '" FPR_A "'\n"
          "  serial    = 1\n  port      = 8\n}\n");
  profile_close (profile);
}
END_TEST

START_TEST (new_host_comes_last)
{
  struct profile_host host;
  char expected[4096];
  profile_t profile;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  snprintf (host.name, sizeof host.name, "%s", "web2");
  store (profile, &host);
  snprintf (expected, sizeof expected, "%s\n\nhost web2 {\n"
            "  host      = 'web1'\n"
            "  address   = {'a.example.org', 'b.example.org'}\n"
            "  port      = 62201\n"
            "  server    = '" FPR_A "'\n"
            "  signer    = '" FPR_B "'\n"
            "  serial    = 3\n"
            "  joined    = 1767225600\n}\n", HAND);
  stands (expected);
  profile_close (profile);
}
END_TEST

START_TEST (first_host)
{
  struct profile_host host;
  unsigned char *text;
  profile_t profile;
  size_t len;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  profile_close (profile);
  unlink (at ("hosts.conf"));
  profile = open_profile (1);
  store (profile, &host);
  ck_assert_int_eq (file_read (at ("hosts.conf"), 65536, &text, &len), 0);
  ck_assert_int_eq (*text, '#');
  free (text);
  profile_close (profile);
  profile = open_profile (0);
  ck_assert_uint_eq (profile_count (profile), 1);
  profile_close (profile);
}
END_TEST

static bool
is_there (const char *name)
{
  struct stat st;

  return !lstat (at (name), &st);
}

START_TEST (renamed)
{
  struct profile_host host;
  unsigned char key[32];
  profile_t profile;
  char *message;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  store (profile, &host);
  ck_assert_int_eq (gpg_err_code (profile_rename (profile, "web9", "www",
                                                  &message)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_int_eq (gpg_err_code (profile_rename (profile, "web1", "db1",
                                                  &message)),
                    GPG_ERR_EEXIST);
  ck_assert_int_ne (profile_rename (profile, "web1", "../x", &message), 0);
  gpgrt_free (message);
  stands (HAND);
  ck_assert_int_eq (profile_rename (profile, "web1", "www", &message), 0);
  ck_assert_ptr_null (profile_find (profile, "web1"));
  ck_assert_str_eq (profile_find (profile, "www")->host, "web1");
  ck_assert (is_there ("doors/www.key") && is_there ("keys/www.pgp"));
  ck_assert (!is_there ("doors/web1.key") && !is_there ("keys/web1.pgp"));
  ck_assert_int_eq (profile_door_key (profile, profile_find (profile, "www"),
                                      key, &message), 0);
  ck_assert_mem_eq (key, door, 32);
  profile_close (profile);
}
END_TEST

START_TEST (renamed_text)
{
  struct profile_host host;
  char expected[2048];
  profile_t profile;
  char *message;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  store (profile, &host);
  ck_assert_int_eq (profile_rename (profile, "web1", "web2", &message), 0);
  snprintf (expected, sizeof expected, "%s",
            hand_with ("  for = '10m'\n",
                       "  for = '10m'\n  host      = 'web1'\n"));
  memcpy (strstr (expected, "host web1"), "host web2", 9);
  stands (expected);
  ck_assert_int_eq (profile_rename (profile, "web2", "web1", &message), 0);
  stands (HAND);
  profile_close (profile);
  /* Quotes stay.  */
  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "db1");
  store (profile, &host);
  ck_assert_int_eq (profile_rename (profile, "db1", "www", &message), 0);
  stands (hand_with ("host 'db1' { address = 'db1.example.org' server = '"
                     FPR_A "' signer = '" FPR_B "' }",
                     "host 'www' { address = 'db1.example.org' server = '"
                     FPR_A "' signer = '" FPR_B "'  host = 'db1' }"));
  ck_assert_int_eq (profile_rename (profile, "www", "db1", &message), 0);
  ck_assert_str_eq (profile_find (profile, "db1")->host, "db1");
  profile_close (profile);
}
END_TEST

START_TEST (removed)
{
  struct profile_host host;
  profile_t profile;
  char *message;

  put (HAND);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  store (profile, &host);
  ck_assert_int_eq (gpg_err_code (profile_remove (profile, "web9",
                                                  &message)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_int_eq (profile_remove (profile, "web1", &message), 0);
  ck_assert (!is_there ("doors/web1.key") && !is_there ("keys/web1.pgp"));
  ck_assert_uint_eq (profile_count (profile), 1);
  ck_assert_int_eq (profile_remove (profile, "db1", &message), 0);
  stands ("# my hosts\n"
          "default {            # for all of them\n"
          "  for = '60s'\n"
          "  family = 'ipv4'    /* the office has no v6 */\n"
          "}\n"
          "\n"
          "# the old one\n"
          "  # one line\n"
          "# the end");
  profile_close (profile);
}
END_TEST

/* A link stays one; what it names is written.  */
START_TEST (link_stays)
{
  struct profile_host host;
  profile_t profile;
  struct stat st;

  ck_assert_int_eq (file_write (at ("elsewhere"), HAND, strlen (HAND), 0600,
                                0), 0);
  ck_assert_int_eq (symlink ("elsewhere", at ("hosts.conf")), 0);
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  host.serial = 9;
  store (profile, &host);
  profile_close (profile);
  stands (hand_with ("serial = 3", "serial = 9"));
  ck_assert_int_eq (lstat (at ("hosts.conf"), &st), 0);
  ck_assert (S_ISLNK (st.st_mode));
}
END_TEST

/* What a crash left behind goes, and nothing that is not ours.  */
START_TEST (leftovers)
{
  static const char *const ours[] =
    { "hosts.conf.aB3xYz", "doors/web1.key.aB3xYz", "keys/web1.pgp.000000" };
  static const char *const others[] =
    { "doors/mine", "doors/web1.key", "keys/web1.pgp" };
  size_t i;

  profile_close (open_profile (1));
  for (i = 0; i < 3; i++)
    {
      ck_assert_int_eq (file_write (at (ours[i]), "x", 1, 0600, 0), 0);
      ck_assert_int_eq (file_write (at (others[i]), "x", 1, 0600, 0), 0);
    }
  profile_close (open_profile (0));
  for (i = 0; i < 3; i++)
    ck_assert (is_there (ours[i]));
  profile_close (open_profile (1));
  for (i = 0; i < 3; i++)
    {
      ck_assert (!is_there (ours[i]));
      ck_assert (is_there (others[i]));
    }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("profile-edit");
  TCase *tc = tcase_create ("profile-edit");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, nothing_changes);
  tcase_add_test (tc, values_change_in_place);
  tcase_add_test (tc, values_come_and_go);
  tcase_add_test (tc, defaults_stay_defaults);
  tcase_add_test (tc, new_host_comes_last);
  tcase_add_test (tc, first_host);
  tcase_add_test (tc, renamed);
  tcase_add_test (tc, renamed_text);
  tcase_add_test (tc, removed);
  tcase_add_test (tc, link_stays);
  tcase_add_test (tc, leftovers);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
