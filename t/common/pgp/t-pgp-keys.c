/* t-pgp-keys.c - Keys that are looked at before they come in.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/pgp/pgp.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/pgp/openpgp/openpgp-key.h"
#include "../../../common/wire/framing.h"
#include "pgp-homes.h"
#include "run-user.h"


/* Make a key in the people's home that is bound with DIGEST.  */
static void
make_bound (const char *uid, const char *usage, const char *digest,
            char *fpr)
{
  make_key (uid, "rsa2048", usage, "never", "--cert-digest-algo", digest);
  find_fpr ("a", uid, fpr);
}


static void
add_subkey (const char *fpr, const char *algo, const char *usage,
            const char *digest)
{
  ck_assert_int_eq (gpg ("a", "--cert-digest-algo", digest,
                         "--quick-add-key", fpr, algo, usage, "never", NULL),
                    0);
}


/* Look at the key as it is now, exported with OPTION.  */
static pgp_key_t
peek (const char *fpr, const char *option)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  pgp_key_t key;

  ck_assert_int_eq (gpg ("a", "-o", at ("k"), option, "--export", fpr, NULL),
                    0);
  read_file ("k");
  ck_assert_uint_eq (pgp_key_peek (pgp, msg, msglen, &key), 0);
  ck_assert_str_eq (key->fpr, fpr);
  pgp_release (pgp);
  return key;
}


/* What is bound with SHA-1 alone is no user ID and no subkey.  */
START_TEST (bound_with_sha1)
{
  char fpr[NETSPEC_FPRLEN + 1];
  pgp_key_t key;

  make_bound ("carol@example.org", "sign,cert", "SHA1", fpr);
  add_subkey (fpr, "cv25519", "encrypt", "SHA256");
  key = peek (fpr, "--quiet");
  ck_assert (key->old_digest && !key->old_revocation && !key->can_sign);
  pgp_key_release (key);
  key = peek (fpr, "--armor");
  ck_assert (key->old_digest);
  pgp_key_release (key);
  /* The owner binds it anew.  */
  edit_key ("a", fpr, "expire\n0\nsave\n");
  key = peek (fpr, "--quiet");
  ck_assert (!key->old_digest && !key->invalid && key->can_sign
             && key->can_encrypt);
  pgp_key_release (key);
  key = peek (fpr, "--armor");
  ck_assert (!key->old_digest);
  pgp_key_release (key);
}
END_TEST


START_TEST (subkey_bound_with_sha1)
{
  char fpr[NETSPEC_FPRLEN + 1];
  pgp_key_t key;

  make_bound ("carol.sub@example.org", "sign,cert", "SHA256", fpr);
  add_subkey (fpr, "cv25519", "encrypt", "SHA1");
  key = peek (fpr, "--quiet");
  ck_assert (key->old_digest && key->can_sign && !key->can_encrypt);
  ck_assert_uint_eq (key->n_subkeys, 0);
  pgp_key_release (key);
  /* With another one beside it the old one is no matter.  */
  add_subkey (fpr, "cv25519", "encrypt", "SHA256");
  key = peek (fpr, "--quiet");
  ck_assert (!key->old_digest && key->can_encrypt);
  ck_assert_uint_eq (key->n_subkeys, 1);
  ck_assert_str_eq (key->subkey[0].algorithm, "cv25519");
  ck_assert (key->subkey[0].can_encrypt && !key->subkey[0].can_sign);
  ck_assert_str_eq (key->subkey[0].fpr, key->encrypt_fpr);
  pgp_key_release (key);
}
END_TEST


/* gpg does not see a revocation with SHA-1 here.  */
static void
revoke_primary (const char *digest, bool old)
{
  char uid[64], fpr[NETSPEC_FPRLEN + 1];
  pgp_key_t key;

  snprintf (uid, sizeof uid, "carol.%s@example.org", digest);
  make_bound (uid, "sign,cert", "SHA256", fpr);
  key = peek (fpr, "--quiet");
  ck_assert (!key->revoked && !key->old_revocation);
  pgp_key_release (key);
  edit_key_with ("a", digest, fpr, "revkey\ny\n0\n\ny\nsave\n");
  key = peek (fpr, "--quiet");
  ck_assert (key->old_revocation == old);
  ck_assert (key->revoked == !old);
  pgp_key_release (key);
}


START_TEST (revoked_with_sha1)
{
  revoke_primary ("SHA1", true);
  revoke_primary ("SHA256", false);
}
END_TEST


static void
revoke_subkey (const char *digest, bool old)
{
  char uid[64], fpr[NETSPEC_FPRLEN + 1];
  pgp_key_t key;

  snprintf (uid, sizeof uid, "bob.%s@example.org", digest);
  make_bound (uid, "cert", "SHA256", fpr);
  add_subkey (fpr, "ed25519", "sign", "SHA256");
  add_subkey (fpr, "cv25519", "encrypt", "SHA256");
  edit_key_with ("a", digest, fpr, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
  key = peek (fpr, "--quiet");
  ck_assert (!key->revoked && key->old_revocation == old);
  ck_assert (key->can_sign == old);
  ck_assert_uint_eq (key->n_subkeys, 2);
  ck_assert (key->subkey[0].revoked == !old);
  pgp_key_release (key);
}


START_TEST (subkey_revoked_with_sha1)
{
  revoke_subkey ("SHA1", true);
  revoke_subkey ("SHA256", false);
}
END_TEST


START_TEST (weak)
{
  char fpr[NETSPEC_FPRLEN + 1];
  pgp_key_t key;

  make_key ("carol.rsa@example.org", "rsa1024", "sign,cert", "never",
            NULL, NULL);
  find_fpr ("a", "carol.rsa@example.org", fpr);
  key = peek (fpr, "--quiet");
  ck_assert (key->weak);
  pgp_key_release (key);
  make_key ("carol.dsa@example.org", "dsa2048", "sign,cert", "never",
            NULL, NULL);
  find_fpr ("a", "carol.dsa@example.org", fpr);
  key = peek (fpr, "--quiet");
  ck_assert (key->weak);
  pgp_key_release (key);
  make_bound ("carol.new@example.org", "sign,cert", "SHA256", fpr);
  key = peek (fpr, "--quiet");
  ck_assert (!key->weak);
  pgp_key_release (key);
  add_subkey (fpr, "rsa1024", "sign", "SHA256");
  key = peek (fpr, "--quiet");
  ck_assert (key->weak);
  pgp_key_release (key);
  edit_key ("a", fpr, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
  key = peek (fpr, "--quiet");
  ck_assert (!key->weak && key->can_sign);
  pgp_key_release (key);
}
END_TEST


/* What is called known is what the server's reader takes, and nothing else.  */
START_TEST (known)
{
  static const struct { const char *algo, *usage; bool known; } part[] =
    {
      { "ed25519", "sign", true }, { "rsa2048", "sign", true },
      { "rsa1024", "sign", false }, { "dsa2048", "sign", false },
      { "nistp256/ecdsa", "sign", true }, { "nistp384/ecdsa", "sign", true },
      { "nistp521/ecdsa", "sign", true },
      { "brainpoolP256r1/ecdsa", "sign", true },
      { "brainpoolP384r1/ecdsa", "sign", true },
      { "brainpoolP512r1/ecdsa", "sign", true },
      { "secp256k1/ecdsa", "sign", true }, { "cv25519", "encr", true },
      { "nistp384", "encr", true }, { "brainpoolP512r1", "encr", true },
      { "secp256k1", "encr", true }, { "rsa3072", "encr", true },
      { "elg2048", "encr", false }, { "ed25519", "auth", true },
      { "rsa2048", "auth,encr", true }
    };
  const size_t n = sizeof part / sizeof *part;
  char fpr[NETSPEC_FPRLEN + 1];
  const unsigned char *body;
  struct openpgp_key read;
  size_t len, i, at = 0;
  pgp_key_t key;

  make_bound ("carol.all@example.org", "sign,cert", "SHA256", fpr);
  for (i = 0; i < n; i++)
    add_subkey (fpr, part[i].algo, part[i].usage, "SHA512");
  key = peek (fpr, "--quiet");
  ck_assert_uint_eq (key->n_subkeys, n);
  ck_assert (key->known && key->known_sign);
  ck_assert (framing_next_part (msg, msglen, &at, &body, &len));
  ck_assert_uint_eq (openpgp_key_read (body, len, &read), 0);
  for (i = 0; i < n; i++)
    {
      ck_assert (framing_next_part (msg, msglen, &at, &body, &len));
      ck_assert_msg (key->subkey[i].known == part[i].known
                     && !openpgp_key_read (body, len, &read) == part[i].known,
                     "%s for %s", part[i].algo, part[i].usage);
      ck_assert (key->subkey[i].also_signs == !!strcmp (part[i].usage,
                                                        "encr"));
    }
  pgp_key_release (key);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("pgp-keys");
  TCase *tc = tcase_create ("pgp-keys");
  SRunner *sr;
  int failed;

  if (!run_user_hide ())
    return 77;
  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, bound_with_sha1);
  tcase_add_test (tc, subkey_bound_with_sha1);
  tcase_add_test (tc, revoked_with_sha1);
  tcase_add_test (tc, subkey_revoked_with_sha1);
  tcase_add_test (tc, weak);
  tcase_add_test (tc, known);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
