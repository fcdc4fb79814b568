/* t-join.c - Tests of client/envelope: invites with real gpg.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/join/envelope.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/file.h"
#include "../../common/wire/framing.h"
#include "../../common/base/secret.h"
#include "../common/pgp/pgp-homes.h"

static invite_t invite;
static char *by;                /* What envelope_open said.  */

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

  gpgrt_free (by);
  ck_assert_msg (!envelope_open (msg, msglen, &got, &by, &message), "%s",
                 message);
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

  gpgrt_free (by);
  ck_assert_int_ne (envelope_open (msg, msglen, &got, &by, &message), 0);
  ck_assert_ptr_null (got);
  ck_assert_ptr_null (by);
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
  refused ("another person");
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
  refused ("two signatures");
}
END_TEST

/* Let the invite name the key FPR of the people's.  */
static void
name_by (const char *fpr)
{
  memcpy (invite->by, fpr, sizeof invite->by);
  ck_assert_int_eq (gpg ("a", "-o", at ("by.pgp"), "--export", fpr, NULL), 0);
  free (invite->by_key);
  ck_assert_uint_eq (file_read (at ("by.pgp"), 65536, &invite->by_key,
                                &invite->by_key_len), 0);
}


/* Sign TEXT1 by the server and TEXT2 by FPR of the people's, and put both
   together as one message to alice.  */
static void
make_both (const char *fpr, const char *text1, const char *text2)
{
  unsigned char *one, *two, *both;
  size_t onelen, twolen, len;

  ck_assert_int_eq (gpg ("a", "-o", to_path, "--export", alice, NULL), 0);
  ck_assert_int_eq (gpg ("s", "-o", at ("one"), "--compress-algo", "none",
                         "-s", text1, NULL), 0);
  ck_assert_int_eq (gpg ("a", "-o", at ("two"), "--compress-algo", "none",
                         "-u", fpr, "-s", text2, NULL), 0);
  ck_assert_uint_eq (file_read (at ("one"), 65536, &one, &onelen), 0);
  ck_assert_uint_eq (file_read (at ("two"), 65536, &two, &twolen), 0);
  both = malloc (onelen + twolen);
  ck_assert_uint_eq (framing_join (two, twolen, one, onelen, both, &len), 0);
  ck_assert_uint_eq (file_write (at ("both"), both, len, 0600, 0), 0);
  free (one);
  free (two);
  free (both);
  ck_assert_int_eq (gpg ("s", "-o", message_path, "--no-literal",
                         "--compress-algo", "none", "--recipient-file",
                         to_path, "-e", at ("both"), NULL), 0);
  read_file ("m");
}

START_TEST (signed_by_an_administrator)
{
  name_by (bob);
  write_invite ();
  make_both (bob, text_path, text_path);
  passes ();
  ck_assert_str_eq (by, "bob@example.org");
}
END_TEST

/* The homes are all tests' own: carol comes and goes.  */
static void
make_by_carol (char fpr[NETSPEC_FPRLEN + 1])
{
  make_key ("carol@example.org", "ed25519", "sign,cert", "never", NULL, NULL);
  find_fpr ("a", "carol@example.org", fpr);
  name_by (fpr);
  write_invite ();
  make_both (fpr, text_path, text_path);
}


static void
delete_carol (const char *fpr)
{
  ck_assert_int_eq (gpg ("a", "--delete-secret-and-public-key", fpr, NULL),
                    0);
}

START_TEST (administrator_not_known)
{
  char carol[NETSPEC_FPRLEN + 1];

  make_by_carol (carol);
  delete_carol (carol);
  passes ();
  ck_assert_str_eq (by, "");
}
END_TEST

START_TEST (administrator_revoked)
{
  char carol[NETSPEC_FPRLEN + 1];

  make_by_carol (carol);
  passes ();
  edit_key ("a", carol, "revkey\ny\n0\n\ny\nsave\n");
  refused ("revoked");
  delete_carol (carol);
}
END_TEST

START_TEST (signed_by_another_administrator)
{
  name_by (bob);
  write_invite ();
  make_both (alice, text_path, text_path);
  refused ("signature");
}
END_TEST

/* Its key is not the one that is named.  */
START_TEST (another_key_of_the_administrator)
{
  name_by (bob);
  memcpy (invite->by, alice, sizeof alice);
  write_invite ();
  make_both (bob, text_path, text_path);
  refused ("not the one that it names");
}
END_TEST

START_TEST (administrator_signs_another_text)
{
  name_by (bob);
  write_invite ();
  ck_assert_uint_eq (file_write (at ("other-text"), TEXT, strlen (TEXT), 0600,
                                 0), 0);
  make_both (bob, text_path, at ("other-text"));
  refused ("signature");
  make_both (bob, at ("other-text"), text_path);
  refused ("not an invite");
}
END_TEST

START_TEST (named_but_not_signed)
{
  name_by (bob);
  write_invite ();
  make ("s", alice, NULL, NULL);
  refused ("not signed by the person");
}
END_TEST

START_TEST (not_signed)
{
  write_invite ();
  ck_assert_int_eq (gpg ("a", "-o", message_path, "--compress-algo", "none",
                         "-r", alice, "-e", text_path, NULL), 0);
  read_file ("m");
  refused ("not an invite");
}
END_TEST

START_TEST (compressed)
{
  write_invite ();
  make ("s", alice, "--compress-algo", "zlib");
  refused ("not an invite");
}
END_TEST

START_TEST (not_an_invite)
{
  ck_assert_uint_eq (file_write (text_path, TEXT, strlen (TEXT),
                                 0600, 0), 0);
  make ("s", alice, NULL, NULL);
  refused ("not an invite");
  msglen = 0;
  refused ("not an invite");
  memset (msg, 'x', 100);
  msglen = 100;
  refused ("not an invite");
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
  tcase_add_test (tc, signed_by_an_administrator);
  tcase_add_test (tc, administrator_not_known);
  tcase_add_test (tc, administrator_revoked);
  tcase_add_test (tc, signed_by_another_administrator);
  tcase_add_test (tc, another_key_of_the_administrator);
  tcase_add_test (tc, administrator_signs_another_text);
  tcase_add_test (tc, named_but_not_signed);
  tcase_add_test (tc, not_signed);
  tcase_add_test (tc, compressed);
  tcase_add_test (tc, not_an_invite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
