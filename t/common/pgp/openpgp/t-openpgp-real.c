/* t-openpgp-real.c - What gpg makes with keys of every kind.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "openpgp-kit.h"

/* What gpg names a kind of key: the part that signs, and the one that
   encrypts.  */
struct kind
{
  const char *sign, *encrypt;
};

static const struct kind kinds[] =
  {
    { "ed25519", "cv25519" }, { "rsa2048", "rsa2048" },
    { "rsa3072", "rsa3072" }, { "rsa4096", "rsa4096" },
    { "nistp256/ecdsa", "nistp256" }, { "nistp384/ecdsa", "nistp384" },
    { "nistp521/ecdsa", "nistp521" },
    { "brainpoolP256r1/ecdsa", "brainpoolP256r1" },
    { "brainpoolP384r1/ecdsa", "brainpoolP384r1" },
    { "brainpoolP512r1/ecdsa", "brainpoolP512r1" },
    { "secp256k1/ecdsa", "secp256k1" }
  };

static struct exported person;


/* Make a key of KIND for UID: the primary key certifies and signs, the first
   subkey encrypts, the second signs.  */
static void
make_kind (const struct kind *kind, const char *uid)
{
  char fpr[NETSPEC_FPRLEN + 1];

  make_key (uid, kind->sign, "sign,cert", "never", NULL, NULL);
  find_fpr ("a", uid, fpr);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, kind->encrypt,
                         "encrypt", "never", NULL), 0);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, kind->sign, "sign",
                         "1y", NULL), 0);
  export_parts ("a", uid, &person);
  ck_assert_uint_eq (person.n, 3);
}


/* Unwrap MSG by the second part of PERSON, and check that PART signed it.  */
static void
read_message (size_t part)
{
  unsigned char inside[OPENPGP_MAX_SIGNED], text[OPENPGP_MAX_LITERAL];
  struct openpgp_signature sig;
  agent_link_t link = open_link ();
  size_t len, n;

  ck_assert_uint_eq (framing_check_outer (msg, msglen, NULL), 0);
  ck_assert_uint_eq (openpgp_unwrap (person.key + 1, 1, agent_link_decrypt,
                                     link, msg, msglen, inside,
                                     sizeof inside, &len), 0);
  agent_link_close (link);
  ck_assert_uint_eq (framing_check_inner (inside, len, OPENPGP_MAX_SIGNED,
                                          OPENPGP_MAX_LITERAL, 1, NULL), 0);
  ck_assert_uint_eq (openpgp_signed_read (inside, len, text, &n, &sig), 0);
  ck_assert_uint_eq (n, strlen (TEXT));
  ck_assert_mem_eq (text, TEXT, n);
  ck_assert_mem_eq (sig.issuer, person.key[part].fpr, OPENPGP_FPRLEN);
  ck_assert_uint_eq (openpgp_signature_check (&sig, person.key + part, text,
                                              n), 0);
  ck_assert_uint_eq (gpg_err_code (openpgp_signature_check
                                   (&sig, person.key + 2 - part, text, n)),
                     GPG_ERR_BAD_SIGNATURE);
  text[0] ^= 1;
  ck_assert_uint_eq (gpg_err_code (openpgp_signature_check
                                   (&sig, person.key + part, text, n)),
                     GPG_ERR_BAD_SIGNATURE);
}


/* The second subkey, which signs, is bound for a year; the first only
   encrypts.  */
static void
check_bindings (void)
{
  const unsigned char *body;
  uint64_t expires;
  size_t len;

  body = find_binding (&person, 2, &len);
  ck_assert_uint_eq (openpgp_binding_check (body, len, person.key,
                                            person.key + 2, &expires), 0);
  ck_assert_uint_ge (expires, person.key[2].created + 364 * 86400);
  ck_assert_uint_le (expires, person.key[2].created + 366 * 86400);
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len, person.key, person.key + 1,
                                    &expires)), GPG_ERR_BAD_SIGNATURE);
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len, person.key + 2,
                                    person.key + 2, &expires)),
                     GPG_ERR_BAD_SIGNATURE);
  body = find_binding (&person, 1, &len);
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len, person.key, person.key + 1,
                                    &expires)), GPG_ERR_WRONG_KEY_USAGE);
}


START_TEST (kinds_of_keys)
{
  char uid[64], spec[64];
  pid_t agent;
  size_t part;

  snprintf (uid, sizeof uid, "carol%d@example.org", _i);
  make_kind (kinds + _i, uid);
  check_bindings ();
  agent = start_restricted ("a");
  for (part = 0; part < 3; part += 2)
    {
      openpgp_fpr_print (person.key[part].fpr, spec);
      spec[2 * OPENPGP_FPRLEN] = '!';
      spec[2 * OPENPGP_FPRLEN + 1] = 0;
      ck_assert_uint_eq (file_write (at ("person.pgp"), person.data,
                                     person.len, 0600, 0), 0);
      ck_assert_uint_eq (make_message (spec, part == 2, at ("person.pgp"),
                                       NULL), 0);
      read_message (part);
    }
  stop_agent (agent);
}
END_TEST


/* Recorded: what gpg 2.4.7 in upstream's own mode wrote to a key of its own,
   which asks for OCB.  Every gpg imports the key.  */
START_TEST (recorded_ocb)
{
  unsigned char inside[OPENPGP_MAX_SIGNED], *data;
  const char *srcdir = getenv ("srcdir");
  static struct exported server;
  agent_link_t link;
  char path[4096];
  pid_t agent;
  size_t len, n;

  make_home ("ocb");
  snprintf (path, sizeof path, "%s/t/keys/web1-ocb.key",
            srcdir ? srcdir : ".");
  ck_assert_int_eq (gpg ("ocb", "--import", path, NULL), 0);
  export_parts ("ocb", "web1", &server);
  snprintf (path, sizeof path, "%s/t/keys/web1-ocb.msg",
            srcdir ? srcdir : ".");
  ck_assert_uint_eq (file_read (path, sizeof msg, &data, &n), 0);
  agent = start_restricted ("ocb");
  link = open_link ();
  ck_assert_uint_eq (openpgp_unwrap (server.key, server.n, agent_link_decrypt,
                                     link, data, n, inside, sizeof inside,
                                     &len), 0);
  ck_assert_uint_eq (framing_check_inner (inside, len, OPENPGP_MAX_SIGNED,
                                          OPENPGP_MAX_LITERAL, 1, NULL), 0);
  data[n - 1] ^= 1;             /* The last tag.  */
  ck_assert_uint_eq (gpg_err_code (openpgp_unwrap
                                   (server.key, server.n, agent_link_decrypt,
                                    link, data, n, inside, sizeof inside,
                                    &len)), GPG_ERR_DECRYPT_FAILED);
  agent_link_close (link);
  stop_agent (agent);
  free (data);
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("openpgp-real");

  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, kinds_of_keys, 0, sizeof kinds / sizeof *kinds);
  tcase_add_test (tc, recorded_ocb);
  return run_openpgp_cases (tc);
}
