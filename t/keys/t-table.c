/* t-table.c - Tests of keys/table: lists of people.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../keys/batch/table.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FPR_A "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_B "0123456789ABCDEF0123456789ABCDEF01234567"
#define FPR_C "1123456789ABCDEF0123456789ABCDEF01234567"

static struct table table;
static char *message;


static gpg_err_code_t
judge (const char *text)
{
  gpg_error_t err;

  table_release (&table);
  gpgrt_free (message);
  err = table_read ("list", text, strlen (text), &table, &message);
  ck_assert (!err || !table.n);
  ck_assert (!err || message);
  return gpg_err_code (err);
}


static void
refused (const char *text, const char *piece)
{
  ck_assert_int_eq (judge (text), GPG_ERR_INV_VALUE);
  ck_assert_msg (strstr (message, piece) != NULL, "'%s' lacks '%s'", message,
                 piece);
  ck_assert_ptr_null (strchr (message, '\n'));
}


START_TEST (good)
{
  ck_assert_int_eq (judge ("# People.\n\n"
                           "alice," FPR_A "\n"
                           " bob ,\t" FPR_B " , ops, web \r\n"
                           "  # carol is away\n"
                           "carol,1123 4567 89ab cdef 0123  4567 89AB CDEF"
                           " 0123 4567,ops"), 0);
  ck_assert_ptr_null (message);
  ck_assert_uint_eq (table.n, 3);
  ck_assert_str_eq (table.row[0].name, "alice");
  ck_assert_str_eq (table.row[0].fpr, FPR_A);
  ck_assert_uint_eq (table.row[0].n_groups, 0);
  ck_assert_ptr_null (table.row[0].group[0]);
  ck_assert_uint_eq (table.row[1].line, 4);
  ck_assert_str_eq (table.row[1].name, "bob");
  ck_assert_str_eq (table.row[1].fpr, FPR_B);
  ck_assert_uint_eq (table.row[1].n_groups, 2);
  ck_assert_str_eq (table.row[1].group[1], "web");
  ck_assert_str_eq (table.row[2].fpr, FPR_C);
  ck_assert_int_eq (judge (""), 0);
  ck_assert_uint_eq (table.n, 0);
}
END_TEST


START_TEST (bad)
{
  static const char nul[] = "alice," FPR_A "\0,ops\n";

  refused ("alice\n", "list:1: a line is NAME,FINGERPRINT");
  refused ("\nAlice," FPR_A "\n", "list:2: 'Alice' is not a valid name");
  refused ("../x," FPR_A "\n", "not a valid name");
  refused ("," FPR_A "\n", "not a valid name");
  refused ("alice,\n", "not a full fingerprint");
  refused ("alice,7F6457C0\n", "not a full fingerprint");
  refused ("alice," FPR_A "0\n", "not a full fingerprint");
  refused ("alice,x" FPR_A "\n", "not a full fingerprint");
  refused ("alice," FPR_A ",\n", "not a valid name");
  refused ("alice," FPR_A ",ops,Web\n", "'Web' is not a valid name");
  refused ("alice," FPR_A ",ops,ops\n", "is repeated");
  refused ("alice," FPR_A "\nalice," FPR_B "\n", "list:2: 'alice' is in"
           " line 1");
  refused ("alice," FPR_A "\nbob," FPR_A "\n", "that of 'alice' in line 1");
  ck_assert_int_eq (judge ("alice," FPR_A "\nbob," FPR_B "\n"), 0);
  gpgrt_free (message);
  ck_assert (table_read ("list", nul, sizeof nul - 1, &table, &message));
  ck_assert_ptr_nonnull (strstr (message, "not a text file"));
}
END_TEST


START_TEST (many_groups)
{
  char text[1024] = "alice," FPR_A;
  char *p = text + strlen (text);
  int i;

  for (i = 0; i < TABLE_MAX_GROUPS; i++, p += 3)
    {
      p[0] = ',';
      p[1] = 'a';
      p[2] = (char)(i < 26 ? 'a' + i : '0' + i - 26);
    }
  *p = 0;
  ck_assert_int_eq (judge (text), 0);
  ck_assert_uint_eq (table.row[0].n_groups, TABLE_MAX_GROUPS);
  ck_assert_ptr_null (table.row[0].group[TABLE_MAX_GROUPS]);
  memcpy (p, ",b", 3);
  refused (text, "more than 32 groups");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("table");
  TCase *tc = tcase_create ("table");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, good);
  tcase_add_test (tc, bad);
  tcase_add_test (tc, many_groups);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
