/* t-invite.c - Tests of common/invite.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/wire/invite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/base/secret.h"
#include "text-cases.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define FPR "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR2 "0123456789ABCDEF0123456789ABCDEF01234567"
#define LEAST "postern-invite: 1\nfor: " FPR "\nserial: 7\n" \
  "time: 1700000000\nuser: alice\nhost: web1\n" \
  "address: web1.example.org,203.0.113.7\nport: 62201\n" \
  "server: " FPR2 "\nserver-key: a2V5\ndoor: main=" KEY "\n"
#define BY "by: " FPR "\nby-key: YnkK\n"
#define ALL LEAST "door-ends: 1800000000\n" \
  "ports: tcp/22,udp/60000-60010\ncredential: ldap\n"


static const char *
judge (const void *text, size_t len)
{
  invite_t invite;
  const char *why;
  gpg_error_t err = invite_parse (text, len, &invite, &why);

  if (err)
    {
      ck_assert_ptr_null (invite);
      ck_assert_ptr_nonnull (why);
      return why;
    }
  ck_assert_ptr_null (why);
  invite_release (invite);
  return NULL;
}


START_TEST (all_members)
{
  invite_t invite;
  char *text;
  size_t len;

  ck_assert (!invite_parse (ALL, strlen (ALL), &invite, NULL));
  ck_assert_str_eq (invite->person, FPR);
  ck_assert_uint_eq (invite->serial, 7);
  ck_assert_uint_eq (invite->time, 1700000000);
  ck_assert_str_eq (invite->user, "alice");
  ck_assert_str_eq (invite->host, "web1");
  ck_assert_uint_eq (invite->n_addresses, 2);
  ck_assert_str_eq (invite->address[1], "203.0.113.7");
  ck_assert_uint_eq (invite->port, 62201);
  ck_assert_str_eq (invite->server, FPR2);
  ck_assert_uint_eq (invite->server_key_len, 3);
  ck_assert_mem_eq (invite->server_key, "key", 3);
  ck_assert_str_eq (invite->door, "main");
  ck_assert_uint_eq (invite->door_key[31], 31);
  ck_assert_uint_eq (invite->door_ends, 1800000000);
  ck_assert_uint_eq (invite->ports.n, 2);
  ck_assert_str_eq (invite->credential, "ldap");
  ck_assert (!invite_write (invite, &text, &len));
  ck_assert_uint_eq (len, strlen (ALL));
  ck_assert_str_eq (text, ALL);
  free (text);
  invite_release (invite);
}
END_TEST


START_TEST (common_refusals)
{
  text_check_common (judge, LEAST);
  text_check_flipped (judge, ALL);
  text_check_truncated (judge, LEAST, strlen (LEAST));
  text_check_truncated (judge, ALL, strlen (LEAST));
}
END_TEST


START_TEST (lines)
{
  static const char *const required[] = {
    "postern-invite", "for", "serial", "time", "user", "host", "address",
    "port", "server", "server-key", "door"
  };
  static const struct text_case cases[] = {
    { "door-ends: 1800000000\n", "", NULL },
    { "ports: tcp/22,udp/60000-60010\n", "", NULL },
    { "credential: ldap\n", "", NULL },
    { "serial: 7\n", "serial: 7\nserial: 7\n", "serial: repeated" },
    { "serial: 7\ntime: 1700000000\n", "time: 1700000000\nserial: 7\n",
      "serial: missing" },
    { "credential: ldap\n", "credential: ldap\nserial: 7\n",
      "serial: repeated or out of order" }
  };
  char name[40], why[40], *line, *text;
  size_t i;

  text_check_cases (judge, ALL, cases, sizeof cases / sizeof cases[0]);
  for (i = 0; i < sizeof required / sizeof required[0]; i++)
    {
      snprintf (name, sizeof name, "%s%s: ", i ? "\n" : "", required[i]);
      snprintf (why, sizeof why, "%s: missing", required[i]);
      line = strdup (strstr (ALL, name) + (i ? 1 : 0));
      strchr (line, '\n')[1] = 0;
      text = text_replace (ALL, line, "");
      text_check (judge, text, strlen (text), why, line);
      free (line);
      free (text);
    }
}
END_TEST


START_TEST (values)
{
  static const struct text_case cases[] = {
    { "for: 2D", "for: 2d", "for: " }, { "for: 2D", "for: 2", "for: " },
    { "serial: 7", "serial: 0", "serial: " },
    { "serial: 7", "serial: 07", "serial: " },
    { "serial: 7", "serial: 9007199254740991", NULL },
    { "serial: 7", "serial: 9007199254740992", "serial: " },
    { "time: 1", "time: 0", "time: " },
    { "time: 1700000000", "time: 253402300800", "time: " },
    { "alice", "Alice", "user: " }, { "alice", "", "user: " },
    { "host: web1", "host: web/1", "host: " },
    { "203.0.113.7", "203.0.113.07", "address: " },
    { "203.0.113.7", "web1.example.org", "address: " },
    { "203.0.113.7", "web2.example.org", NULL },
    { "203.0.113.7", "2001:db8::1", NULL },
    { "203.0.113.7", "2001:DB8::1", "address: " },
    { "203.0.113.7", "::ffff:203.0.113.7", "address: " },
    { "203.0.113.7", "0.0.0.0", "address: " },
    { "203.0.113.7", "", "address: " },
    { "203.0.113.7", "a,b,c,d,e,f,g", NULL },
    { "203.0.113.7", "a,b,c,d,e,f,g,h", "address: " },
    { "port: 62201", "port: 0", "port: " },
    { "port: 62201", "port: 65535", NULL },
    { "port: 62201", "port: 65536", "port: " },
    { "server: 0", "server: x", "server: " },
    { "a2V5", "", "server-key: " }, { "a2V5", "a2V", "server-key: " },
    { "a2V5", "a2U=", NULL }, { "a2V5", "a2V=", "server-key: " },
    { "main=", "Main=", "door: " }, { "main=", "=", "door: " },
    { "main=AAEC", "main=", "door: " }, { "main=AAEC", "mainAAEC", "door: " },
    { "Hh8=", "Hh9=", "door: " },
    { "1800000000", "0", "door-ends: " }, { "1800000000", "1", NULL },
    { "1800000000", "253402300799", NULL },
    { "1800000000", "253402300800", "door-ends: " },
    { "1800000000", "1000000000000", "door-ends: " },
    { "tcp/22", "tcp/0", "ports: " }, { "tcp/22", "udp/60000", "ports: " },
    { "ldap", "crypt", NULL }, { "ldap", "shadow", NULL },
    { "ldap", "none", "credential: " }, { "ldap", "", "credential: " }
  };

  text_check_cases (judge, ALL, cases, sizeof cases / sizeof cases[0]);
}
END_TEST


START_TEST (addresses)
{
  static const char label[] =
    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc";
  static const char *const good[] = {
    "web1", "web1.example.org", "Web1.Example.ORG", "a-b.c", "1a", "3com.org",
    "203.0.113.7", "10.0.0.1", "127.0.0.1", "2001:db8::1", "::1", label
  };
  static const char *const bad[] = {
    "", ".", "web1.", ".web1", "a..b", "-a", "a-", "a_b", "a b", "a/b",
    "a,b", "a=b", "1", "1.2.3", "1.2.3.256", "web1.1", "0.0.0.0", "::",
    "224.0.0.1", "ff02::1", "::ffff:127.0.0.1", "[::1]", "\xc3\xa9.org",
    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd"
  };
  char name[300];
  size_t i;

  for (i = 0; i < sizeof good / sizeof good[0]; i++)
    ck_assert_msg (invite_address_valid (good[i], strlen (good[i])), "%s",
                   good[i]);
  for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
    ck_assert_msg (!invite_address_valid (bad[i], strlen (bad[i])), "%s",
                   bad[i]);
  ck_assert (!invite_address_valid ("a\0b", 3));
  for (i = 0; i < sizeof name; i++)
    name[i] = i % 2 ? '.' : 'a';
  ck_assert (invite_address_valid (name, INVITE_ADDRLEN));
  ck_assert (!invite_address_valid (name, INVITE_ADDRLEN + 2));
}
END_TEST


/* The administrator who signs too: both lines, or none.  */
START_TEST (by_whom)
{
  static const struct text_case cases[] = {
    { BY, BY "by: " FPR "\n", "by: repeated" },
    { BY, "by-key: YnkK\nby: " FPR "\n", "by: repeated or out of order" },
    { BY, "by: " FPR "\n", "by and by-key" },
    { BY, "by-key: YnkK\n", "by and by-key" },
    { BY, "by: " FPR2 "\nby-key: YnkK\n", "by: the server itself" },
    { BY, "by: 2d\nby-key: YnkK\n", "by: not" },
    { BY, "by: " FPR "\nby-key: \n", "by-key: not" },
    { BY, "by: " FPR "\nby-key: YnkL=\n", "by-key: not" },
    { BY, "", NULL },
    { "server-key: a2V5\n" BY, BY "server-key: a2V5\n",
      "server-key: missing" }
  };
  invite_t invite;
  char *text = text_replace (ALL, "door: ", BY "door: "), *again;
  size_t len;

  ck_assert (!invite_parse (text, strlen (text), &invite, NULL));
  ck_assert_str_eq (invite->by, FPR);
  ck_assert_uint_eq (invite->by_key_len, 3);
  ck_assert_mem_eq (invite->by_key, "by\n", 3);
  ck_assert (!invite_write (invite, &again, &len));
  ck_assert_str_eq (text, again);
  free (again);
  *invite->by = 0;
  ck_assert_int_eq (gpg_err_code (invite_write (invite, &again, &len)),
                    GPG_ERR_INV_VALUE);
  invite_release (invite);
  text_check_cases (judge, text, cases, sizeof cases / sizeof cases[0]);
  free (text);
}
END_TEST


START_TEST (write_refuses)
{
  invite_t invite;
  char *text;
  size_t len;

  ck_assert (!invite_parse (ALL, strlen (ALL), &invite, NULL));
  invite->n_addresses = INVITE_MAX_ADDRESSES + 1;
  ck_assert_int_eq (gpg_err_code (invite_write (invite, &text, &len)),
                    GPG_ERR_INV_VALUE);
  ck_assert_ptr_null (text);
  invite->n_addresses = 0;
  ck_assert_int_eq (gpg_err_code (invite_write (invite, &text, &len)),
                    GPG_ERR_INV_VALUE);
  invite->n_addresses = 1;
  ck_assert (!invite_write (invite, &text, &len));
  free (text);
  invite->user[0] = 'A';
  ck_assert (invite_write (invite, &text, &len));
  invite->user[0] = 'a';
  free (invite->server_key);
  invite->server_key = calloc (1, INVITE_MAXLEN);
  ck_assert_ptr_nonnull (invite->server_key);
  invite->server_key_len = INVITE_MAXLEN;
  ck_assert_int_eq (gpg_err_code (invite_write (invite, &text, &len)),
                    GPG_ERR_INV_VALUE);
  invite->server_key_len = 20000;
  ck_assert (!invite_write (invite, &text, &len));
  text_check (judge, text, len, NULL, "a large key");
  free (text);
  invite_release (invite);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("invite");
  TCase *tc = tcase_create ("invite");
  SRunner *sr = srunner_create (suite);
  int failed;

  if (secret_init (32768))
    return EXIT_FAILURE;
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, all_members);
  tcase_add_test (tc, common_refusals);
  tcase_add_test (tc, lines);
  tcase_add_test (tc, values);
  tcase_add_test (tc, addresses);
  tcase_add_test (tc, by_whom);
  tcase_add_test (tc, write_refuses);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
