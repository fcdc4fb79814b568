/* t-config-ldap.c - Tests of the section "ldap" and of "require".
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "config-dir.h"

#include "../../../common/base/secret.h"

#define URI "uri = 'ldaps://ldap.example.org'\n"
#define BIND "bind-dn = 'uid={user},ou=people,dc=example,dc=org'\n"
#define SEARCH "base = 'dc=example,dc=org' filter = '(uid={user})'\n"

/* posternd.conf with a section of CONTENT, whose lines begin with 5.  */
static void
put_ldap (const char *content)
{
  char text[2048];

  snprintf (text, sizeof text, POSTERND "ldap corp {\nca-file = '%s'\n%s\n}\n",
            in_dir ("ca.pem"), content);
  put ("posternd.conf", text);
}


START_TEST (by_name)
{
  const struct config_ldap *ldap;

  put_ldap (URI BIND);
  put ("access.conf", "rule a { groups = {'ops'} ports = {'tcp/22'}\n"
       " require = 'ldap:corp' }\nrule b { groups = {'ops'}\n"
       " ports = {'tcp/22'} require = crypt }\n"
       "rule c { groups = {'ops'} ports = {'tcp/22'} }\n");
  accepted ();
  ldap = config_ldap_by_name (config, "corp");
  ck_assert_ptr_nonnull (ldap);
  ck_assert_ptr_null (config_ldap_by_name (config, "cor"));
  ck_assert_uint_eq (ldap->uris.n, 1);
  ck_assert_str_eq (ldap->uris.item[0], "ldaps://ldap.example.org");
  ck_assert_str_eq (ldap->bind_dn, "uid={user},ou=people,dc=example,dc=org");
  ck_assert_str_eq (ldap->ca_file, in_dir ("ca.pem"));
  ck_assert_uint_eq (ldap->timeout, 5);
  ck_assert (!ldap->starttls);
  ck_assert_int_eq (config->rule[0].require.kind, CONFIG_REQUIRE_LDAP);
  ck_assert_str_eq (config->rule[0].require.ldap, "corp");
  ck_assert_int_eq (config->rule[1].require.kind, CONFIG_REQUIRE_CRYPT);
  ck_assert_int_eq (config->rule[2].require.kind, CONFIG_REQUIRE_NONE);
  ck_assert_str_eq (config_require_name (CONFIG_REQUIRE_LDAP), "ldap");
  ck_assert_str_eq (config_require_name (CONFIG_REQUIRE_NONE), "");
  ck_assert (config_requires_any (config));
  put ("access.conf", ACCESS);
  accepted ();
  ck_assert (!config_requires_any (config));
}
END_TEST

START_TEST (by_search)
{
  const struct config_ldap *ldap;
  char text[512];

  put ("service", "secret\n");
  snprintf (text, sizeof text, "uri = {'ldap://127.0.0.1:1389', 'ldapi://',"
            " 'ldapi://%%2Frun%%2Fslapd%%2Fldapi'}\n" SEARCH
            "service-dn = 'cn=postern,dc=example,dc=org'\n"
            "password-file = '%s'\nmember-of = 'cn=ops,dc=example,dc=org'\n"
            "timeout = '9s'\n", in_dir ("service"));
  put_ldap (text);
  accepted ();
  ldap = &config->ldap[0];
  ck_assert_uint_eq (ldap->uris.n, 3);
  ck_assert_ptr_null (ldap->bind_dn);
  ck_assert_str_eq (ldap->base, "dc=example,dc=org");
  ck_assert_str_eq (ldap->filter, "(uid={user})");
  ck_assert_str_eq (ldap->service_dn, "cn=postern,dc=example,dc=org");
  ck_assert_str_eq (ldap->password_file, in_dir ("service"));
  ck_assert_str_eq (ldap->member_of, "cn=ops,dc=example,dc=org");
  ck_assert_uint_eq (ldap->timeout, 9);
}
END_TEST

/* WRONG is refused, with TEXT, in its line LINE of the section (0: the
   section itself); its twin RIGHT passes.  */
static const struct
{
  const char *wrong;
  unsigned int line;
  const char *text;
  const char *right;
} twins[] =
  {
    { BIND, 0, "has no uri", URI BIND },
    { "uri = 'ldap.example.org'\n", 1, "not the URI", URI BIND },
    { "uri = 'ldaps://'\n", 1, "not the URI", URI BIND },
    { "uri = 'ldaps://ldap.example.org/'\n", 1, "not the URI", URI BIND },
    { "uri = 'ldaps://ldap.example.org/dc=org?uid'\n", 1, "not the URI",
      URI BIND },
    { "uri = 'ldaps://h:0'\n", 1, "not the URI", "uri = 'ldaps://h:1'\n" BIND },
    { "uri = 'ldaps://h:65536'\n", 1, "not the URI",
      "uri = 'ldaps://h:65535'\n" BIND },
    { "uri = 'ldaps://h:'\n", 1, "not the URI", "uri = 'ldaps://h'\n" BIND },
    { "uri = 'ldaps://me@h'\n", 1, "not the URI", URI BIND },
    { "uri = 'ldaps://a b'\n", 1, "not the URI", "uri = 'ldaps://a-b'\n" BIND },
    { "uri = 'ldaps://2001:db8::1'\n", 1, "not the URI",
      "uri = 'ldaps://[2001:db8::1]:636'\n" BIND },
    { "uri = 'ldaps://[h]'\n", 1, "not the URI", "uri = 'ldaps://h'\n" BIND },
    { "uri = 'ldaps://[2001:db8::1'\n", 1, "not the URI",
      "uri = 'ldaps://[2001:db8::1]'\n" BIND },
    { "uri = 'http://h'\n", 1, "not the URI", URI BIND },
    { "uri = 'LDAPS://h'\n", 1, "not the URI", "uri = 'ldaps://h'\n" BIND },
    { "uri = 'ldapi:///run/slapd/ldapi'\n", 1, "not the URI",
      "uri = 'ldapi://%2Frun%2Fslapd%2Fldapi'\n" BIND },
    { "uri = {'ldaps://h', 'ldaps://h'}\n", 1, "repeated",
      "uri = {'ldaps://h', 'ldaps://h2'}\n" BIND },
    { "uri = {'ldaps://a','ldaps://b','ldaps://c','ldaps://d','ldaps://e',"
      "'ldaps://f','ldaps://g','ldaps://h','ldaps://i'}\n", 1, "more than 8",
      URI BIND },
    /* No password in the clear.  */
    { "uri = 'ldap://ldap.example.org'\n" BIND, 0, "in the clear",
      "uri = 'ldap://ldap.example.org'\nstarttls = true\n" BIND },
    { "uri = {'ldaps://h', 'ldap://h'}\n" BIND, 0, "in the clear",
      "uri = {'ldaps://h', 'ldap://h'} starttls = true\n" BIND },
    { "uri = 'ldap://localhost'\n" BIND, 0, "in the clear",
      "uri = 'ldap://127.0.0.1'\n" BIND },
    { "uri = 'ldap://127.1'\n" BIND, 1, "not the URI",
      "uri = 'ldap://127.9.9.9:389'\n" BIND },
    { "uri = 'ldap://127.example.org'\n" BIND, 0, "in the clear",
      "uri = 'ldap://[::1]'\n" BIND },
    { "uri = 'ldap://[2001:db8::1]'\n" BIND, 0, "in the clear",
      "uri = 'ldap://[2001:db8::1]' starttls = true\n" BIND },
    { URI "starttls = true\n" BIND, 0, "is only for ldap://",
      URI "starttls = false\n" BIND },
    /* Names.  */
    { URI, 0, "needs either bind-dn, or base and filter", URI SEARCH },
    { URI BIND SEARCH, 0, "needs either", URI BIND },
    { URI "filter = '(uid={user})'\n", 0, "add the other", URI SEARCH },
    { URI BIND "base = 'dc=org'\n", 0, "add the other", URI SEARCH },
    { URI "bind-dn = 'uid=alice,dc=org'\n", 2, "lacks {user}", URI BIND },
    { URI "bind-dn = '{user}'\n", 2, "not a distinguished name",
      URI "bind-dn = 'cn={user}'\n" },
    { URI "bind-dn = '{user}@example.org,dc=org'\n", 2,
      "not a distinguished name", URI "bind-dn = 'mail={user}@example.org'\n" },
    { URI "bind-dn = 'uid={name},dc=org'\n", 2, "not a placeholder", URI BIND },
    { URI "bind-dn = 'uid={user,dc=org'\n", 2, "not a placeholder", URI BIND },
    { URI "bind-dn = ''\n", 2, "a text of 1 to 512", URI BIND },
    { URI "base = 'dc={user}'\nfilter = '(uid={user})'\n", 2,
      "is for bind-dn and filter", URI SEARCH },
    { URI "base = 'dc=org'\nfilter = 'uid={user}'\n", 3, "not a filter",
      URI "base = 'dc=org' filter = '(|(uid={user})(mail={user}))'\n" },
    { URI "base = 'dc=org'\nfilter = '(uid=*)'\n", 3, "lacks {user}",
      URI "base = 'dc=org' filter = '(&(uid={user})(x=*))'\n" },
    { URI SEARCH "service-dn = 'cn=x'\n", 0, "add the other", URI SEARCH },
    { URI SEARCH "password-file = '/etc/x'\n", 0, "add the other",
      URI SEARCH },
    { URI BIND "service-dn = 'cn=x' password-file = '/etc/x'\n", 0,
      "is for a search", URI BIND },
    { URI SEARCH "password-file = 'x'\n", 3, "not a valid path", URI SEARCH },
    { URI BIND "member-of = 'cn={user}'\n", 3, "is for bind-dn and filter",
      URI BIND "member-of = 'cn=ops'\n" },
    { URI BIND "timeout = '0s'\n", 3, "does not lie",
      URI BIND "timeout = '1s'\n" },
    { URI BIND "timeout = '61s'\n", 3, "does not lie",
      URI BIND "timeout = '60s'\n" },
    { URI BIND "tls = true\n", 3, "unknown keyword 'tls'",
      URI BIND "starttls = false\n" }
  };

START_TEST (refusals)
{
  put_ldap (twins[_i].wrong);
  refused ("posternd.conf", twins[_i].line ? 5 + twins[_i].line : 4,
           twins[_i].text);
  put_ldap (twins[_i].right);
  accepted ();
}
END_TEST

START_TEST (unknown_ldap)
{
  put_ldap (URI BIND);
  put ("access.conf", ACCESS "rule a { groups = {'ops'}\n"
       "ports = {'tcp/22'} require = 'ldap:crop' }\n");
  refused ("access.conf", 9, "posternd.conf has no section ldap crop");
  put ("access.conf", ACCESS "rule a { groups = {'ops'}\n"
       "ports = {'tcp/22'} require = 'ldap:corp' }\n");
  accepted ();
}
END_TEST

/* Its password is a secret, and no part of the hash.  */
START_TEST (password_file)
{
  unsigned char hash[CONFIG_HASHLEN];
  char text[512];

  snprintf (text, sizeof text, URI SEARCH "service-dn = 'cn=postern'"
            " password-file = '%s'", in_dir ("service"));
  put_ldap (text);
  ck_assert_int_eq (load (), GPG_ERR_ENOENT);
  ck_assert_ptr_nonnull (strstr (message, in_dir ("service")));
  put ("service", "one\n");
  accepted ();
  memcpy (hash, config->hash, sizeof hash);
  put ("service", "two\n");
  accepted ();
  ck_assert_mem_eq (hash, config->hash, sizeof hash);
  ck_assert_int_eq (chmod (in_dir ("service"), 0640), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  ck_assert_ptr_nonnull (strstr (message, "can reach this secret"));
}
END_TEST

START_TEST (ca_file)
{
  put_ldap (URI BIND);
  ck_assert_int_eq (chmod (in_dir ("ca.pem"), 0644), 0);
  accepted ();
  ck_assert_int_eq (chmod (in_dir ("ca.pem"), 0666), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  unlink (in_dir ("ca.pem"));
  ck_assert_int_eq (load (), GPG_ERR_ENOENT);
  ck_assert_ptr_nonnull (strstr (message, in_dir ("ca.pem")));
  put_ldap ("uri = 'ldapi://'\n" BIND); /* No TLS, no need of it.  */
  accepted ();
}
END_TEST

/* The section is covered by the hash.  */
START_TEST (hash)
{
  unsigned char before[CONFIG_HASHLEN];

  put_ldap (URI BIND);
  accepted ();
  memcpy (before, config->hash, sizeof before);
  put_ldap (URI BIND "timeout = '6s'");
  accepted ();
  ck_assert_mem_ne (before, config->hash, sizeof before);
}
END_TEST

static void
setup (void)
{
  setup_dir ();
  put ("ca.pem", "-----BEGIN CERTIFICATE-----\n");
}


int
main (void)
{
  Suite *suite = suite_create ("config-ldap");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  if (secret_init (16384))
    return 77;
  tcase_add_checked_fixture (tc, setup, teardown_dir);
  tcase_add_test (tc, by_name);
  tcase_add_test (tc, by_search);
  tcase_add_loop_test (tc, refusals, 0, COUNT (twins));
  tcase_add_test (tc, unknown_ldap);
  tcase_add_test (tc, password_file);
  tcase_add_test (tc, ca_file);
  tcase_add_test (tc, hash);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
