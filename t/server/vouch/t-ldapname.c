/* t-ldapname.c - Tests of server/ldapname.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is escaped is read back by libldap's own parser, and must be the
 * one value that was put in.  */

#include "../../../server/vouch/ldapname.h"

#include <check.h>
#include <ldap.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATE "uid={user},ou=people,dc=example,dc=org"
#define COUNT(array) (sizeof array / sizeof *array)

static const char *const names[] =
  {
    "alice", "alice.b", "Alice B", " alice", "alice ", "  ", " ", "#alice",
    "a,dc=example", "alice,ou=admins", "alice,dc=org", "alice+cn=bob",
    "alice\\,ou=x", "\\", "\\2C", "a;b", "a\"b", "a<b>c", "a=b", "=",
    "*)(uid=*", "*", "(", ")", "a)(|(uid=*", "\\2a", "&", "|", "!", "a/b",
    "{user}", "x{user}y", "{us", "\xc3\xa9l\xc3\xa8ve", "\xe2\x98\xba",
    "uid=root,dc=example,dc=org", "0123456789012345678901234567890123456789"
    "012345678901234567890123"
  };


START_TEST (a_dn_keeps_its_form)
{
  const char *name = names[_i];
  LDAPDN dn;
  char *text;
  int i;

  ck_assert_uint_eq (ldapname_dn (TEMPLATE, name, &text), 0);
  ck_assert_int_eq (ldap_str2dn (text, &dn, LDAP_DN_FORMAT_LDAPV3), 0);
  for (i = 0; dn[i]; i++)
    ck_assert_ptr_null (dn[i][1]);
  ck_assert_int_eq (i, 4);
  ck_assert_uint_eq (dn[0][0]->la_attr.bv_len, 3);
  ck_assert_mem_eq (dn[0][0]->la_attr.bv_val, "uid", 3);
  ck_assert_uint_eq (dn[0][0]->la_value.bv_len, strlen (name));
  ck_assert_mem_eq (dn[0][0]->la_value.bv_val, name, strlen (name));
  ck_assert_mem_eq (dn[1][0]->la_value.bv_val, "people", 6);
  ldap_dnfree (dn);
  free (text);
}
END_TEST

static const struct { const char *name, *dn; } dns[] =
  {
    { "alice", "uid=alice,ou=people,dc=example,dc=org" },
    { "a,dc=b", "uid=a\\2Cdc\\3Db,ou=people,dc=example,dc=org" },
    { " a ", "uid=\\20a\\20,ou=people,dc=example,dc=org" },
    { "#a", "uid=\\23a,ou=people,dc=example,dc=org" },
    { "a\\b", "uid=a\\5Cb,ou=people,dc=example,dc=org" },
    { "*)(uid=*", "uid=*)(uid\\3D*,ou=people,dc=example,dc=org" }
  };

START_TEST (a_dn_is_escaped)
{
  char *text;

  ck_assert_uint_eq (ldapname_dn (TEMPLATE, dns[_i].name, &text), 0);
  ck_assert_str_eq (text, dns[_i].dn);
  free (text);
}
END_TEST

START_TEST (within_a_value)
{
  char *text;

  ck_assert_uint_eq (ldapname_dn ("mail={user}@example.org,cn={user}+x=y",
                                  "a,b", &text), 0);
  ck_assert_str_eq (text, "mail=a\\2Cb@example.org,cn=a\\2Cb+x=y");
  free (text);
}
END_TEST

START_TEST (no_template)
{
  static const char *const wrong[] =
    { "uid=alice", "{user}=x", "{user}", "uid={user},", "uid={user},x",
      "", "uid={user},=x" };
  char *text = NULL;

  ck_assert_int_eq (gpg_err_code (ldapname_dn (wrong[_i], "alice", &text)),
                    GPG_ERR_INV_NAME);
  ck_assert_ptr_null (text);
}
END_TEST

/* Undo RFC 4515's escaping in TEXT of LEN bytes.  */
static void
unescape (const char *text, size_t len, char *out)
{
  char hex[3] = "";

  while (len)
    if (*text == '\\')
      {
        ck_assert_uint_ge (len, 3);
        memcpy (hex, text + 1, 2);
        *out++ = (char)strtoul (hex, NULL, 16);
        text += 3;
        len -= 3;
      }
    else
      {
        ck_assert_ptr_null (memchr ("()*", *text, 3));
        *out++ = *text++;
        len--;
      }
  *out = 0;
}

START_TEST (a_filter_keeps_its_form)
{
  static const char before[] = "(&(uid=", after[] = ")(ou=x))";
  char *text, back[200];
  size_t len;

  ck_assert_uint_eq (ldapname_filter ("(&(uid={user})(ou=x))", names[_i],
                                      &text), 0);
  len = strlen (text);
  ck_assert (!strncmp (text, before, strlen (before)));
  ck_assert_str_eq (text + len - strlen (after), after);
  unescape (text + strlen (before), len - strlen (before) - strlen (after),
            back);
  ck_assert_str_eq (back, names[_i]);
  free (text);
}
END_TEST

static const struct { const char *name, *filter; } filters[] =
  {
    { "alice", "(|(uid=alice)(mail=alice@x))" },
    { "*)(uid=*",
      "(|(uid=\\2A\\29\\28uid=\\2A)(mail=\\2A\\29\\28uid=\\2A@x))" },
    { "a\\b", "(|(uid=a\\5Cb)(mail=a\\5Cb@x))" }
  };

START_TEST (a_filter_is_escaped)
{
  char *text;

  ck_assert_uint_eq (ldapname_filter ("(|(uid={user})(mail={user}@x))",
                                      filters[_i].name, &text), 0);
  ck_assert_str_eq (text, filters[_i].filter);
  free (text);
}
END_TEST

START_TEST (a_group)
{
  char *text;

  ck_assert_uint_eq (ldapname_group ("uid=a\\2Cb,dc=org", "a,b)", &text), 0);
  ck_assert_str_eq (text, "(|(member=uid=a\\5C2Cb,dc=org)"
                    "(uniqueMember=uid=a\\5C2Cb,dc=org)"
                    "(memberUid=a,b\\29))");
  free (text);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("ldapname");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  setenv ("LDAPNOINIT", "1", 1);
  tcase_add_loop_test (tc, a_dn_keeps_its_form, 0, COUNT (names));
  tcase_add_loop_test (tc, a_dn_is_escaped, 0, COUNT (dns));
  tcase_add_test (tc, within_a_value);
  tcase_add_loop_test (tc, no_template, 0, 7);
  tcase_add_loop_test (tc, a_filter_keeps_its_form, 0, COUNT (names));
  tcase_add_loop_test (tc, a_filter_is_escaped, 0, COUNT (filters));
  tcase_add_test (tc, a_group);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
