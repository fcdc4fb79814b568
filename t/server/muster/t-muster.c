/* t-muster.c - Tests of muster with real keys.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "muster-kit.h"

#include "../../../common/base/file.h"
#include "../../common/pgp/run-user.h"

#define DAY 86400

static struct packet_mustered result;
static int before = -1;         /* What the muster before wrote.  */


/* Muster "v" and read the snapshot.  What the muster before has judged is used
   again, so that all tests see that it does no harm.  */
static void
muster (void)
{
  int fd = new_memfd ();

  ck_assert_uint_eq (muster_home (at ("v"), before, fd, &result), 0);
  close (before);
  before = fd;
  read_snapshot (fcntl (fd, F_DUPFD_CLOEXEC, 0));
  ck_assert_uint_eq (snapshot_count (snapshot), result.keys);
}


/* gpg left a colon before the armour of the certificate it made.  */
static void
revoke_in (const char *home, const char *fpr)
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
  ck_assert_int_eq (gpg (home, "--import", at ("rev"), NULL), 0);
}


START_TEST (muster_good)
{
  muster ();
  ck_assert_uint_eq (result.keys, 1);
  ck_assert_uint_eq (result.left_out, 0);
  ck_assert_uint_eq (result.next, 0);
  ck_assert_uint_eq (result.changed, pgp_home_changed (at ("v")));
  ck_assert_uint_eq (judge (alice), 0);
  ck_assert_str_eq (who.primary, alice);
  ck_assert_uint_eq (who.changed, result.changed);
  ck_assert_uint_eq (judge (bob), GPG_ERR_NO_PUBKEY);
  /* Her encryption subkey is not in it.  */
  ck_assert_uint_eq (judge (subkey_of (alice, 1)), GPG_ERR_NO_PUBKEY);
  put_in (bob);
  muster ();
  ck_assert_uint_eq (result.keys, 2);
  ck_assert_uint_eq (judge (bob), 0);
  ck_assert_uint_ge (who.changed, result.changed);
}
END_TEST


START_TEST (muster_nobody)
{
  int fd = new_memfd ();

  make_home ("nobody");
  ck_assert_uint_eq (pgp_home_write (at ("nobody")), 0);
  ck_assert_uint_eq (muster_home (at ("nobody"), -1, fd, &result), 0);
  ck_assert_uint_eq (result.keys, 0);
  ck_assert_uint_eq (result.changed, 0);
  ck_assert_uint_eq (gpg_err_code (muster_home (at ("a"), -1, fd, &result)),
                     GPG_ERR_CONFLICT);         /* Not a server's home.  */
  close (fd);
}
END_TEST


START_TEST (muster_expired)
{
  const char *old = make_person ("old@example.org", "sign,cert",
                                 "seconds=9999", "--faked-system-time",
                                 "20200101T000000");
  const char *lives = make_person ("lives@example.org", "sign,cert", "2d",
                                   NULL, NULL);
  uint64_t now = (uint64_t)time (NULL);

  muster ();
  ck_assert_uint_eq (judge (old), GPG_ERR_KEY_EXPIRED);
  ck_assert_uint_eq (judge (lives), 0);
  ck_assert_uint_gt (who.expires, now + DAY);
  ck_assert_uint_le (who.expires, now + 3 * DAY);
  ck_assert_uint_eq (result.next, who.expires);
  ck_assert_uint_eq (judge_at (lives, who.expires - 1), 0);
  ck_assert_uint_eq (judge_at (lives, who.expires), GPG_ERR_KEY_EXPIRED);
  /* Extended, both count again.  */
  edit_key ("a", old, "expire\n0\nsave\n");
  edit_key ("a", lives, "expire\n0\nsave\n");
  put_in (old);
  put_in (lives);
  muster ();
  ck_assert_uint_eq (judge (old), 0);
  ck_assert_uint_eq (judge (lives), 0);
  ck_assert_uint_eq (result.next, 0);
}
END_TEST


START_TEST (muster_revoked)
{
  const char *fpr = make_person ("revoked@example.org", "sign,cert", "never",
                                 NULL, NULL);
  uint64_t state;

  muster ();
  ck_assert_uint_eq (judge (fpr), 0);
  state = who.state;
  revoke_in ("v", fpr);
  muster ();
  ck_assert_uint_eq (judge (fpr), GPG_ERR_CERT_REVOKED);
  ck_assert_uint_ne (who.state, state);
  ck_assert_uint_eq (judge (alice), 0);
}
END_TEST


START_TEST (muster_disabled)
{
  const char *fpr = make_person ("away@example.org", "sign,cert", "never",
                                 NULL, NULL);

  edit_key ("v", fpr, "disable\nquit\n");
  muster ();
  ck_assert_uint_eq (judge (fpr), GPG_ERR_KEY_DISABLED);
  edit_key ("v", fpr, "enable\nquit\n");
  muster ();
  ck_assert_uint_eq (judge (fpr), 0);
}
END_TEST


/* A certify-only primary key whose subkey signs, and then ends.  */
START_TEST (muster_subkey)
{
  const char *fpr, *sub;
  uint64_t now = (uint64_t)time (NULL);

  fpr = make_person ("sub@example.org", "cert", "never", NULL, NULL);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "ed25519", "sign", "2d",
                         NULL), 0);
  put_in (fpr);
  sub = subkey_of (fpr, 1);
  muster ();
  ck_assert_uint_eq (judge (fpr), GPG_ERR_WRONG_KEY_USAGE);
  ck_assert_uint_eq (judge (sub), 0);
  ck_assert_str_eq (who.primary, fpr);
  ck_assert_uint_gt (who.expires, now);
  ck_assert_uint_eq (result.next, who.expires);
  ck_assert_uint_eq (judge_at (sub, who.expires), GPG_ERR_KEY_EXPIRED);
  /* Bound anew: the newest binding counts.  */
  edit_key ("a", fpr, "key 1\nexpire\n0\nsave\n");
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (judge_at (sub, now + 9 * DAY), 0);
  ck_assert_uint_eq (who.expires, 0);
  edit_key ("a", fpr, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (judge (sub), GPG_ERR_CERT_REVOKED);
}
END_TEST


/* A subkey that ended before it was read, and its RSA likeness.  */
START_TEST (muster_subkey_expired)
{
  const char *fpr, *sub;

  fpr = make_person ("ended@example.org", "sign,cert", "never",
                     "--faked-system-time", "20200101T000000");
  ck_assert_int_eq (gpg ("a", "--faked-system-time", "20200101T000100",
                         "--quick-add-key", fpr, "rsa2048", "sign",
                         "seconds=9999", NULL), 0);
  put_in (fpr);
  sub = subkey_of (fpr, 1);
  muster ();
  ck_assert_uint_eq (judge (fpr), 0);
  ck_assert_uint_eq (judge (sub), GPG_ERR_KEY_EXPIRED);
  edit_key ("a", fpr, "key 1\nexpire\n0\nsave\n");
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (judge (sub), 0);
}
END_TEST


/* RSA that only encrypts can sign, but may not.  */
START_TEST (muster_usage)
{
  const char *fpr = make_person ("rsa@example.org", "sign,cert", "never",
                                 NULL, NULL);

  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "rsa2048", "encrypt",
                         "never", NULL), 0);
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (judge (subkey_of (fpr, 1)), GPG_ERR_WRONG_KEY_USAGE);
  ck_assert_str_eq (who.primary, fpr);
  ck_assert_uint_eq (judge (fpr), 0);
  edit_key ("a", fpr, "change-usage\nS\nQ\nsave\n");
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (judge (fpr), GPG_ERR_WRONG_KEY_USAGE);
}
END_TEST


/* What SHA-1 alone holds together, and the same made anew with SHA-256.  */
START_TEST (muster_weak)
{
  const char *weak = make_person ("weak@example.org", "sign,cert", "never",
                                  "--cert-digest-algo", "SHA1");
  const char *part = make_person ("part@example.org", "sign,cert", "never",
                                  NULL, NULL);
  const char *sub;

  ck_assert_int_eq (gpg ("a", "--quick-add-key", part, "ed25519", "sign",
                         "never", NULL), 0);
  edit_key_with ("a", "SHA1", part, "key 1\nexpire\n0\nsave\n");
  put_in (part);
  sub = subkey_of (part, 1);
  muster ();
  ck_assert_uint_eq (result.left_out, 0);
  ck_assert_uint_eq (judge (weak), GPG_ERR_DIGEST_ALGO);
  ck_assert_uint_eq (judge (part), 0);
  ck_assert_uint_eq (judge (sub), GPG_ERR_DIGEST_ALGO);
  ck_assert_uint_eq (judge (alice), 0);
  edit_key ("a", weak, "expire\n0\nsave\n");
  edit_key ("a", part, "key 1\nexpire\n0\nsave\n");
  put_in (weak);
  put_in (part);
  muster ();
  ck_assert_uint_eq (judge (weak), 0);
  ck_assert_uint_eq (judge (part), 0);
  ck_assert_uint_eq (judge (sub), 0);
}
END_TEST


/* A key, and then a subkey, that begin later.  */
START_TEST (muster_begins)
{
  uint64_t now = (uint64_t)time (NULL);
  const char *fpr, *later;
  char stamp[32], text[32];

  snprintf (stamp, sizeof stamp, "%llu!", (unsigned long long)now + 5 * DAY);
  later = make_person ("later@example.org", "sign,cert", "never",
                       "--faked-system-time", stamp);
  muster ();
  ck_assert_uint_eq (judge (later), GPG_ERR_TIME_CONFLICT);
  ck_assert_uint_ge (result.next, now + 5 * DAY);
  ck_assert_uint_lt (result.next, now + 6 * DAY);
  ck_assert_uint_eq (gpg_err_code (judge_at (later, result.next - 1)),
                     GPG_ERR_TIME_CONFLICT);
  ck_assert_uint_ne (judge_at (later, result.next), GPG_ERR_TIME_CONFLICT);
  ck_assert_uint_eq (judge (alice), 0);

  fpr = make_person ("adds@example.org", "sign,cert", "never", NULL, NULL);
  snprintf (text, sizeof text, "%llu!", (unsigned long long)now + 3 * DAY);
  ck_assert_int_eq (gpg ("a", "--faked-system-time", text, "--quick-add-key",
                         fpr, "ed25519", "sign", "never", NULL), 0);
  put_in (fpr);
  muster ();
  ck_assert_uint_ge (result.next, now + 3 * DAY);
  ck_assert_uint_lt (result.next, now + 4 * DAY);
  ck_assert_uint_eq (judge (fpr), 0);
}
END_TEST


/* The snapshot says the same as gpg does of each kind of key.  */
START_TEST (muster_kinds)
{
  static const char *const kinds[] =
    { "rsa2048", "rsa3072", "nistp256/ecdsa", "nistp384/ecdsa",
      "nistp521/ecdsa", "brainpoolP256r1/ecdsa", "ed25519/eddsa" };
  char uid[64], fpr[NETSPEC_FPRLEN + 1];
  size_t i;

  for (i = 0; i < COUNT (kinds); i++)
    {
      snprintf (uid, sizeof uid, "kind%zu@example.org", i);
      make_key (uid, kinds[i], "sign,cert", "never", NULL, NULL);
      find_fpr ("a", uid, fpr);
      ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, kinds[i], "sign",
                             "never", NULL), 0);
      put_in (fpr);
      muster ();
      ck_assert_uint_eq (judge (fpr), 0);
      ck_assert_uint_eq (judge (subkey_of (fpr, 1)), 0);
      ck_assert_str_eq (who.primary, fpr);
    }
}
END_TEST


/* What the engine does not know: left out, and said so.  */
START_TEST (muster_foreign_algorithm)
{
  const char *fpr = make_person ("mixed@example.org", "sign,cert", "never",
                                 NULL, NULL);

  make_key ("dsa@example.org", "dsa2048", "sign,cert", "never", NULL, NULL);
  put_in ("dsa@example.org");
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "dsa2048", "sign",
                         "never", NULL), 0);
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (result.left_out, 1);
  ck_assert_uint_eq (result.next, 0);
  ck_assert_uint_eq (judge (fpr), 0);
  ck_assert_uint_eq (judge (subkey_of (fpr, 1)), GPG_ERR_NO_PUBKEY);
}
END_TEST


/* More subkeys than a person may have leave out that person.  */
START_TEST (muster_many_subkeys)
{
  const char *fpr = make_person ("many@example.org", "sign,cert", "never",
                                 NULL, NULL);
  size_t i;

  for (i = 1; i < SNAPSHOT_MAX_PARTS; i++)
    ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "ed25519", "sign",
                           "never", NULL), 0);
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (result.left_out, 0);
  ck_assert_uint_eq (judge (fpr), 0);
  ck_assert_uint_eq (judge (subkey_of (fpr, SNAPSHOT_MAX_PARTS - 1)), 0);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "ed25519", "sign",
                         "never", NULL), 0);
  put_in (fpr);
  muster ();
  ck_assert_uint_eq (result.left_out, 1);
  ck_assert_uint_eq (judge (fpr), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (judge (alice), 0);
}
END_TEST


/* A keybox, and nothing but packets.  */
START_TEST (muster_keyring_forms)
{
  struct keyring keyring;
  unsigned char *data;
  size_t len;

  make_home ("forms");
  put_in (bob);
  ck_assert_uint_eq (keyring_read (at ("v"), &keyring), 0);
  ck_assert_uint_eq (keyring.n, keyring.n_sorted);
  ck_assert_ptr_nonnull (keyring_find (&keyring, alice));
  ck_assert_ptr_nonnull (keyring_find (&keyring, bob));
  ck_assert_ptr_null (keyring_find (&keyring, server_fpr));
  keyring_release (&keyring);

  /* Packets, one key twice.  */
  ck_assert_int_eq (gpg ("a", "-o", at ("forms/pubring.gpg"), "--export",
                         alice, bob, NULL), 0);
  ck_assert_uint_eq (file_read (at ("forms/pubring.gpg"), 99999, &data, &len),
                     0);
  data = realloc (data, 2 * len);
  ck_assert_ptr_nonnull (data);
  memcpy (data + len, data, len);
  ck_assert_uint_eq (file_write (at ("forms/pubring.gpg"), data, 2 * len,
                                 0600, 0), 0);
  ck_assert_uint_eq (keyring_read (at ("forms"), &keyring), 0);
  ck_assert_uint_eq (keyring.n, 4);
  ck_assert_uint_eq (keyring.n_sorted, 2);
  ck_assert_ptr_eq (keyring_find (&keyring, alice), keyring.key);
  ck_assert (keyring.key[0].pending && !keyring.key[2].pending);
  keyring_release (&keyring);
  ck_assert_uint_eq (file_write (at ("forms/pubring.gpg"), data, len - 1,
                                 0600, 0), 0);
  ck_assert_uint_eq (gpg_err_code (keyring_read (at ("forms"), &keyring)),
                     GPG_ERR_BAD_DATA);
  free (data);
}
END_TEST


/* A keybox that is cut off anywhere but between two keys, and one whose
   blobs say that they are longer than they are.  */
START_TEST (muster_keybox_broken)
{
  struct keyring keyring;
  unsigned char *data;
  size_t len, i, good = 0;

  make_home ("cut");
  ck_assert_uint_eq (file_read (at ("v/pubring.kbx"), 99999, &data, &len), 0);
  ck_assert_ptr_nonnull (freopen ("/dev/null", "w", stderr));
  for (i = 0; i <= len; i++)
    {
      ck_assert_uint_eq (file_write (at ("cut/pubring.kbx"), data, i, 0600,
                                     0), 0);
      if (keyring_read (at ("cut"), &keyring))
        continue;
      good++;
      if (i == len)
        ck_assert_ptr_nonnull (keyring_find (&keyring, alice));
      keyring_release (&keyring);
    }
  ck_assert_uint_eq (good, 3);  /* Empty, with its first blob, and whole.  */
  for (i = 32 + 8; i < 32 + 14; i++)    /* Where the packets are.  */
    {
      data[i] ^= 0x80;
      ck_assert_uint_eq (file_write (at ("cut/pubring.kbx"), data, len, 0600,
                                     0), 0);
      if (!keyring_read (at ("cut"), &keyring))
        {
          ck_assert_ptr_null (keyring_find (&keyring, alice));
          keyring_release (&keyring);
        }
      data[i] ^= 0x80;
    }
  free (data);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("muster");
  TCase *tc = tcase_create ("muster");
  SRunner *sr;
  int failed;

  if (!run_user_hide ())
    return 77;
  tcase_add_checked_fixture (tc, setup_muster, teardown_muster);
  tcase_add_test (tc, muster_good);
  tcase_add_test (tc, muster_nobody);
  tcase_add_test (tc, muster_expired);
  tcase_add_test (tc, muster_revoked);
  tcase_add_test (tc, muster_disabled);
  tcase_add_test (tc, muster_subkey);
  tcase_add_test (tc, muster_subkey_expired);
  tcase_add_test (tc, muster_usage);
  tcase_add_test (tc, muster_weak);
  tcase_add_test (tc, muster_begins);
  tcase_add_test (tc, muster_kinds);
  tcase_add_test (tc, muster_foreign_algorithm);
  tcase_add_test (tc, muster_many_subkeys);
  tcase_add_test (tc, muster_keyring_forms);
  tcase_add_test (tc, muster_keybox_broken);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
