/* t-join.c - Tests of client/envelope: invites with real gpg.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../client/envelope.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/file.h"
#include "../common/framing.h"
#include "../common/secret.h"
#include "pgp-homes.h"

static invite_t invite;

/* Paths that last longer than at's.  */
static char message_path[64], text_path[64], to_path[64];


static void
begin (void)
{
  unsigned char *key;

  ck_assert_uint_eq (secret_init (131072), 0);
  setup ();
  setenv ("GNUPGHOME", at ("a"), 1);
  setenv ("TMPDIR", base, 1);
  snprintf (message_path, sizeof message_path, "%s/m", base);
  snprintf (text_path, sizeof text_path, "%s/invite-text", base);
  snprintf (to_path, sizeof to_path, "%s/to.pgp", base);
  ck_assert_uint_eq (invite_new (&invite), 0);
  memcpy (invite->person, alice, sizeof alice);
  invite->serial = 7;
  invite->time = 1800000000;
  snprintf (invite->user, sizeof invite->user, "alice");
  snprintf (invite->host, sizeof invite->host, "web1");
  invite->n_addresses = 1;
  snprintf (invite->address[0], sizeof invite->address[0], "192.0.2.1");
  invite->port = 62201;
  memcpy (invite->server, server_fpr, sizeof server_fpr);
  ck_assert_uint_eq (file_read (at ("server.pgp"), 65536, &key,
                                &invite->server_key_len), 0);
  invite->server_key = key;
  snprintf (invite->door, sizeof invite->door, "main");
  invite->door_key[0] = 1;
}


/* Write the invite's text to the file "invite-text".  */
static void
write_invite (void)
{
  char *text;
  size_t len;

  ck_assert_uint_eq (invite_write (invite, &text, &len), 0);
  ck_assert_uint_eq (file_write (text_path, text, len, 0600, 0), 0);
  free (text);
}


/* Sign with the server home HOME and encrypt to FPR of the people's; MORE
   and MORE2 go to gpg besides.  The message is then in MSG.  */
static void
make (const char *home, const char *fpr, const char *more, const char *more2)
{
  ck_assert_int_eq (gpg ("a", "-o", to_path, "--export", fpr, NULL), 0);
  ck_assert_int_eq (gpg (home, "-o", message_path, "--compress-algo", "none",
                         more ? more : "--no-armor",
                         more2 ? more2 : "--no-textmode",
                         "--recipient-file", to_path, "-se",
                         text_path, NULL), 0);
  read_file ("m");
}


static void
passes (void)
{
  invite_t got;
  char *message;
  glob_t left;

  ck_assert_msg (!envelope_open (msg, msglen, &got, &message), "%s", message);
  ck_assert_str_eq (got->host, "web1");
  ck_assert_str_eq (got->server, server_fpr);
  ck_assert_uint_eq (got->serial, 7);
  ck_assert_mem_eq (got->door_key, invite->door_key, INVITE_DOORLEN);
  invite_release (got);
  ck_assert_int_eq (glob (at ("postern-*"), 0, NULL, &left), GLOB_NOMATCH);
}


static void
refused (const char *piece)
{
  invite_t got;
  char *message;
  glob_t left;

  ck_assert_int_ne (envelope_open (msg, msglen, &got, &message), 0);
  ck_assert_ptr_null (got);
  ck_assert_msg (message && strstr (message, piece), "'%s' does not say '%s'",
                 message, piece);
  gpgrt_free (message);
  ck_assert_int_eq (glob (at ("postern-*"), 0, NULL, &left), GLOB_NOMATCH);
}

START_TEST (good)
{
  write_invite ();
  make ("s", alice, NULL, NULL);
  passes ();
  make ("s", alice, "--armor", NULL);
  passes ();
}
END_TEST

/* Text in partial chunks: longer than gpg writes in one.  */
START_TEST (long_one)
{
  unsigned char *more = calloc (1, invite->server_key_len + 12000);

  ck_assert_ptr_nonnull (more);
  memcpy (more, invite->server_key, invite->server_key_len);
  memset (more + invite->server_key_len, 'x', 12000);
  free (invite->server_key);
  invite->server_key = more;
  invite->server_key_len += 12000;
  write_invite ();
  make ("s", alice, NULL, NULL);
  refused ("server's key");     /* It came through to the key.  */
}
END_TEST

START_TEST (for_somebody_else)
{
  write_invite ();
  make ("s", alice, NULL, NULL);
  setenv ("GNUPGHOME", at ("s2"), 1);
  refused ("somebody else");
  setenv ("GNUPGHOME", at ("a"), 1);
  passes ();
}
END_TEST

START_TEST (for_a_key_not_held)
{
  memset (invite->person, 'A', 40);
  write_invite ();
  make ("s", alice, NULL, NULL);
  refused ("do not hold");
}
END_TEST

START_TEST (signed_by_another)
{
  write_invite ();
  make ("s2", alice, NULL, NULL);
  refused ("signature");
}
END_TEST

START_TEST (names_another_server)
{
  memcpy (invite->server, other_fpr, sizeof other_fpr);
  write_invite ();
  make ("s", alice, NULL, NULL);
  refused ("but brings");
}
END_TEST

START_TEST (two_signatures)
{
  ck_assert_int_eq (gpg ("s2", "-o", at ("s2.sec"), "--export-secret-keys",
                         other_fpr, NULL), 0);
  ck_assert_int_eq (gpg ("s", "--import", at ("s2.sec"), NULL), 0);
  write_invite ();
  ck_assert_int_eq (gpg ("a", "-o", to_path, "--export", alice, NULL),
                    0);
  ck_assert_int_eq (gpg ("s", "-o", message_path, "--compress-algo", "none",
                         "--recipient-file", to_path, "-u", server_fpr,
                         "-u", other_fpr, "-se", text_path, NULL),
                    0);
  read_file ("m");
  refused ("no invite");
}
END_TEST

START_TEST (not_signed)
{
  write_invite ();
  ck_assert_int_eq (gpg ("a", "-o", message_path, "--compress-algo", "none",
                         "-r", alice, "-e", text_path, NULL), 0);
  read_file ("m");
  refused ("no invite");
}
END_TEST

START_TEST (compressed)
{
  write_invite ();
  make ("s", alice, "--compress-algo", "zlib");
  refused ("no invite");
}
END_TEST

START_TEST (not_an_invite)
{
  ck_assert_uint_eq (file_write (text_path, TEXT, strlen (TEXT),
                                 0600, 0), 0);
  make ("s", alice, NULL, NULL);
  refused ("no invite");
  msglen = 0;
  refused ("no invite");
  memset (msg, 'x', 100);
  msglen = 100;
  refused ("no invite");
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("join");
  TCase *tc = tcase_create ("join");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_unchecked_fixture (tc, begin, teardown);
  tcase_add_test (tc, good);
  tcase_add_test (tc, long_one);
  tcase_add_test (tc, for_somebody_else);
  tcase_add_test (tc, for_a_key_not_held);
  tcase_add_test (tc, signed_by_another);
  tcase_add_test (tc, names_another_server);
  tcase_add_test (tc, two_signatures);
  tcase_add_test (tc, not_signed);
  tcase_add_test (tc, compressed);
  tcase_add_test (tc, not_an_invite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
