/* t-pgp-verify.c - Tests of pgp_verify with real keys and signatures.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/pgp/pgp.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../../../common/base/file.h"
#include "../../../common/wire/framing.h"
#include "../../../common/pgp/pgp-local.h"
#include "pgp-homes.h"
#include "run-user.h"

static time_t ahead;


/* In the C library's place: our own clock can be set ahead, gpg's not.  */
time_t
time (time_t *r_now)
{
  struct timespec ts;

  clock_gettime (CLOCK_REALTIME, &ts);
  if (r_now)
    *r_now = ts.tv_sec + ahead;
  return ts.tv_sec + ahead;
}


START_TEST (verify_good_and_bad)
{
  forget (bob);
  SIGN (alice, "-q");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  msg[msglen - 5] ^= 1;         /* In the signature.  */
  ck_assert_uint_eq (verify (msg, msglen, 1, (struct pgp_signer[1]) { 0 }),
                     GPG_ERR_BAD_SIGNATURE);
  msg[msglen - 5] ^= 1;
  msg[30] ^= 1;                 /* In the text.  */
  ck_assert_uint_eq (verify (msg, msglen, 1, (struct pgp_signer[1]) { 0 }),
                     GPG_ERR_BAD_SIGNATURE);
  SIGN (bob, "-q");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_NO_PUBKEY);
  enroll (bob);
  ck_assert_uint_eq (verify_file ("m", 1), 0);
}
END_TEST


START_TEST (verify_counts)
{
  struct pgp_signer who[2];

  forget (bob);
  SIGN (alice, "-u", bob);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_NO_PUBKEY);
  enroll (bob);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_GENERAL);
  ck_assert_uint_eq (verify (msg, msglen, 2, who), 0);
  ck_assert_str_ne (who[0].primary, who[1].primary);
  SIGN (alice, "-q");
  ck_assert_uint_eq (verify_file ("m", 2), GPG_ERR_GENERAL);
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  ck_assert_uint_eq (verify_file ("text", 1), GPG_ERR_GENERAL);
}
END_TEST


/* Two who sign by themselves, in homes that know nothing of each other,
   and one who wraps it.  */
START_TEST (verify_joined)
{
  static unsigned char blob[16384];
  char path[64];
  const char *const files[] = { path, NULL };
  struct pgp_signer who[2];
  pgp_t people = open_home (PGP_PERSON, "a", 0);
  unsigned char *one, *two, *wrapped;
  size_t onelen, twolen, len, i;

  snprintf (path, sizeof path, "%s/server.pgp", base);
  enroll (bob);
  ck_assert_uint_eq (pgp_sign (people, alice, TEXT, strlen (TEXT), &one,
                               &onelen), 0);
  ck_assert_uint_eq (pgp_sign (people, bob, TEXT, strlen (TEXT), &two,
                               &twolen), 0);
  ck_assert_uint_eq (framing_join (one, onelen, two, twolen, blob, &len), 0);
  ck_assert_uint_eq (framing_count_signers (one, onelen), 1);
  ck_assert_uint_eq (framing_count_signers (blob, len), 2);
  ck_assert_uint_eq (verify (blob, len, 2, who), 0);
  ck_assert_str_ne (who[0].primary, who[1].primary);
  ck_assert_uint_eq (verify (blob, len, 1, who), GPG_ERR_GENERAL);
  for (i = 0; i < onelen; i++)
    ck_assert_uint_ne (framing_join (one, i, two, twolen, msg, &msglen), 0);
  ck_assert_uint_ne (framing_join (blob, len, two, twolen, msg, &msglen), 0);

  ck_assert_uint_eq (pgp_wrap (people, files, false, blob, len, &wrapped,
                               &msglen), 0);
  ck_assert_uint_eq (framing_check_outer (wrapped, msglen, NULL), 0);
  free (wrapped);
  free (two);
  ck_assert_uint_eq (pgp_sign (people, bob, "other", 5, &two, &twolen), 0);
  ck_assert_uint_eq (framing_join (one, onelen, two, twolen, blob, &len), 0);
  ck_assert_uint_eq (verify (blob, len, 2, who), GPG_ERR_BAD_SIGNATURE);
  free (one);
  free (two);
  pgp_release (people);
}
END_TEST


START_TEST (verify_states)
{
  SIGN (alice, "--digest-algo", "SHA1");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_DIGEST_ALGO);
  SIGN (alice, "--digest-algo", "RIPEMD160");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_DIGEST_ALGO);
  SIGN (alice, "--digest-algo", "SHA224");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_DIGEST_ALGO);
  SIGN (alice, "--digest-algo", "SHA256");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  SIGN (alice, "--textmode");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_GENERAL);
  SIGN (alice, "--default-sig-expire", "seconds=1", "--ignore-time-conflict",
        "--faked-system-time", "20260101T000000");
  /* Signed before the key was made, and ended long ago.  */
  ck_assert_uint_ne (verify_file ("m", 1), 0);
}
END_TEST


START_TEST (verify_expired)
{
  make_key ("carol <old@example.org>", "ed25519", "sign,cert", "seconds=9999",
            "--faked-system-time", "20200101T000000");
  enroll ("old@example.org");
  SIGN ("old@example.org", "--faked-system-time", "20200101T000010");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_KEY_EXPIRED);
  make_key ("carol <lives@example.org>", "ed25519", "sign,cert", "never",
            "--faked-system-time", "20200101T000000");
  enroll ("lives@example.org");
  SIGN ("lives@example.org", "--faked-system-time", "20200101T000010");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  SIGN ("lives@example.org", "--faked-system-time", "20200101T000010",
        "--default-sig-expire", "seconds=100");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_SIG_EXPIRED);
}
END_TEST


/* A certify-only primary key whose subkey signs; then that is revoked.  */
START_TEST (verify_subkey)
{
  char fpr[NETSPEC_FPRLEN + 1];
  struct pgp_signer who;

  make_key ("carol <sub@example.org>", "ed25519", "cert", "never", NULL,
            NULL);
  find_fpr ("a", "sub@example.org", fpr);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "ed25519", "sign",
                         "1y", NULL), 0);
  enroll (fpr);
  SIGN (fpr, "-q");
  read_file ("m");
  ck_assert_uint_eq (verify (msg, msglen, 1, &who), 0);
  ck_assert_str_eq (who.primary, fpr);
  ck_assert_str_ne (who.signing, fpr);
  edit_key ("a", fpr, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
  enroll (fpr);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_CERT_REVOKED);
}
END_TEST


/* What a key signed that may only certify since.  */
START_TEST (verify_usage)
{
  char fpr[NETSPEC_FPRLEN + 1];

  make_key ("carol <usage@example.org>", "ed25519", "sign,cert", "never",
            NULL, NULL);
  find_fpr ("a", "usage@example.org", fpr);
  enroll (fpr);
  SIGN (fpr, "-q");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  edit_key ("a", fpr, "change-usage\nS\nQ\nsave\n");
  enroll (fpr);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_WRONG_KEY_USAGE);
}
END_TEST


/* gpg left a colon before the armour of the certificate it made.  */
static void
revoke_key (const char *fpr)
{
  char name[128], *p;
  unsigned char *data;
  size_t len;

  snprintf (name, sizeof name, "a/openpgp-revocs.d/%.40s.rev", fpr);
  ck_assert_uint_eq (file_read (at (name), 9999, &data, &len), 0);
  p = strstr ((char *)data, ":-----BEGIN");
  ck_assert_ptr_nonnull (p);
  ck_assert_uint_eq (file_write (at ("rev"), p + 1, strlen (p + 1), 0600, 0),
                     0);
  free (data);
  ck_assert_int_eq (gpg ("v", "--import", at ("rev"), NULL), 0);
}


/* One context for all: what it remembers of a key ends when the home
   changes.  */
START_TEST (verify_notices_changes)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  struct pgp_signer who;
  const char *why;
  char fpr[NETSPEC_FPRLEN + 1];
  size_t len;

#define VERIFY() \
  gpg_err_code (pgp_verify (pgp, msg, msglen, 1, &who, buf, sizeof buf, \
                            &len, &why))

  make_key ("carol <change@example.org>", "ed25519", "sign,cert", "never",
            NULL, NULL);
  find_fpr ("a", "change@example.org", fpr);
  enroll (fpr);
  SIGN (fpr, "-q");
  read_file ("m");
  ck_assert_uint_eq (VERIFY (), 0);
  ck_assert_uint_eq (VERIFY (), 0);
  edit_key ("v", fpr, "disable\nquit\n");
  ck_assert_uint_eq (VERIFY (), GPG_ERR_KEY_DISABLED);
  ck_assert_str_eq (why, "signed by a disabled key");
  edit_key ("v", fpr, "enable\nquit\n");
  ck_assert_uint_eq (VERIFY (), 0);
  revoke_key (fpr);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_CERT_REVOKED);
  ck_assert_uint_eq (pgp_key_delete (pgp, fpr), 0);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (gpg_err_code (pgp_key_delete (pgp, fpr)),
                     GPG_ERR_NOT_FOUND);
  pgp_release (pgp);
}
END_TEST


/* A signature by a subkey has all keys looked up, and only once: as the keys
   of the last listing show.  A change is noticed all the same.  */
START_TEST (verify_remembers_all)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  struct pgp_signer who;
  const char *why;
  char fpr[NETSPEC_FPRLEN + 1];
  size_t len;

  make_key ("carol <all@example.org>", "ed25519", "cert", "never", NULL,
            NULL);
  find_fpr ("a", "all@example.org", fpr);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "ed25519", "sign",
                         "1y", NULL), 0);
  enroll (fpr);
  SIGN (fpr, "-q");
  read_file ("m");
  ck_assert_uint_eq (VERIFY (), 0);
  ck_assert_uint_gt (pgp->n_found, 1);
  ck_assert_uint_eq (VERIFY (), 0);
  ck_assert_uint_eq (pgp->n_found, 0);

  edit_key ("v", fpr, "disable\nquit\n");
  ck_assert_uint_eq (VERIFY (), GPG_ERR_KEY_DISABLED);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_KEY_DISABLED);
  edit_key ("v", fpr, "enable\nquit\n");
  ck_assert_uint_eq (VERIFY (), 0);
  pgp_release (pgp);
}
END_TEST


/* One by a primary key has only that looked up.  */
START_TEST (verify_remembers_one)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  struct pgp_signer who;
  const char *why;
  size_t len;

  make_key ("carol <one@example.org>", "ed25519", "sign,cert", "never",
            NULL, NULL);
  enroll ("one@example.org");
  SIGN ("one@example.org", "-q");
  read_file ("m");
  ck_assert_uint_eq (VERIFY (), 0);
  ck_assert_uint_eq (pgp->n_found, 1);
  ck_assert_uint_eq (VERIFY (), 0);
  ck_assert_uint_eq (pgp->n_found, 0);
  pgp_release (pgp);
}
END_TEST


/* Before anybody is enrolled.  */
START_TEST (verify_nobody)
{
  struct pgp_signer who;
  const char *why;
  size_t len;
  pgp_t pgp;

  make_home ("nobody");
  ck_assert_uint_eq (pgp_home_write (at ("nobody")), 0);
  SIGN (alice, "-q");
  read_file ("m");
  pgp = open_home (PGP_SERVER, "nobody", DEADLINE);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_NO_PUBKEY);
  pgp_release (pgp);
}
END_TEST


/* A key that is remembered ends in time nevertheless.  */
START_TEST (verify_remembered_key_ends)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  struct pgp_signer who;
  const char *why;
  size_t len;

  make_key ("carol <year@example.org>", "ed25519", "sign,cert", "1y", NULL,
            NULL);
  enroll ("year@example.org");
  SIGN ("year@example.org", "-q");
  read_file ("m");
  ck_assert_uint_eq (VERIFY (), 0);
  ahead = 300 * 86400;
  ck_assert_uint_eq (VERIFY (), 0);
  ahead = 400 * 86400;
  ck_assert_uint_eq (VERIFY (), GPG_ERR_KEY_EXPIRED);
  ahead = 0;
  ck_assert_uint_eq (VERIFY (), 0);
  pgp_release (pgp);
}
END_TEST


/* A key whose own signatures are SHA-1 proves nothing.  */
START_TEST (verify_weak_key)
{
  pgp_t pgp;
  pgp_key_t key;

  make_key ("carol <weak@example.org>", "ed25519", "sign,cert", "never",
            "--cert-digest-algo", "SHA1");
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", "weak@example.org",
                         NULL), 0);
  read_file ("k");
  pgp = open_home (PGP_SERVER, "v", DEADLINE);
  if (!pgp_key_peek (pgp, msg, msglen, &key))
    {
      ck_assert (key->invalid || !key->can_sign);
      pgp_key_release (key);
    }
  ck_assert_uint_ne (pgp_key_import (pgp, msg, msglen), 0);
  pgp_release (pgp);
  SIGN ("weak@example.org", "-q");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_NO_PUBKEY);
}
END_TEST


/* What gpg alone took into the home, and its owner renews then.  */
START_TEST (verify_weak_key_at_home)
{
  pgp_t pgp;
  pgp_key_t key;
  char fpr[NETSPEC_FPRLEN + 1];

  make_key ("carol <home@example.org>", "ed25519", "sign,cert", "never",
            "--cert-digest-algo", "SHA1");
  find_fpr ("a", "home@example.org", fpr);
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", fpr, NULL), 0);
  ck_assert_int_eq (gpg ("v", "--no-options", "--import", at ("k"), NULL), 0);
  SIGN (fpr, "-q");
  ck_assert_uint_ne (verify_file ("m", 1), 0);
  pgp = open_home (PGP_SERVER, "v", DEADLINE);
  ck_assert_uint_eq (pgp_key_find (pgp, fpr, false, &key), 0);
  ck_assert (!key->can_sign && !key->can_encrypt);
  pgp_key_release (key);
  pgp_release (pgp);
  edit_key ("a", fpr, "expire\n0\nsave\n");
  enroll (fpr);
  ck_assert_uint_eq (verify_file ("m", 1), 0);
}
END_TEST


/* The verify home belongs to root, and its user can write nothing.  */
START_TEST (verify_read_only)
{
  static const char *const files[] =
    { "v/pubring.kbx", "v/trustdb.gpg", "v/gpg.conf" };
  size_t i;

  if (geteuid ())
    return;
  SIGN (alice, "-q");
  ck_assert_int_eq (chmod (base, 0711), 0);
  for (i = 0; i < sizeof files / sizeof *files; i++)
    if (!access (at (files[i]), F_OK))
      ck_assert_int_eq (chown (at (files[i]), 0, 65534)
                        || chmod (at (files[i]), 0640), 0);
  ck_assert_int_eq (chown (at ("v"), 0, 65534) || chmod (at ("v"), 0750), 0);
  read_file ("m");
  ck_assert_int_eq (setgid (65534) || setuid (65534), 0);
  ck_assert_int_ne (access (at ("v"), W_OK), 0);
  ck_assert_uint_eq (verify (msg, msglen, 1, (struct pgp_signer[1]) { 0 }),
                     0);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("pgp-verify");
  TCase *tc = tcase_create ("pgp-verify");
  SRunner *sr;
  int failed;

  if (!run_user_hide ())
    return 77;
  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, verify_good_and_bad);
  tcase_add_test (tc, verify_counts);
  tcase_add_test (tc, verify_joined);
  tcase_add_test (tc, verify_states);
  tcase_add_test (tc, verify_expired);
  tcase_add_test (tc, verify_subkey);
  tcase_add_test (tc, verify_usage);
  tcase_add_test (tc, verify_notices_changes);
  tcase_add_test (tc, verify_remembers_all);
  tcase_add_test (tc, verify_remembers_one);
  tcase_add_test (tc, verify_nobody);
  tcase_add_test (tc, verify_remembered_key_ends);
  tcase_add_test (tc, verify_weak_key);
  tcase_add_test (tc, verify_weak_key_at_home);
  tcase_add_test (tc, verify_read_only);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
