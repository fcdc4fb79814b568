/* t-jsonout.c - Tests of common/jsonout: what it writes is JSON in ASCII.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/base/jsonout.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof array / sizeof array[0])


START_TEST (texts)
{
  static const struct { const char *text, *written; } cases[] =
    {
      { "plain", "\"plain\"" }, { "", "\"\"" }, { NULL, "null" },
      { "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
      { "\n\x1b\x7f", "\"\\u000a\\u001b\\u007f\"" },
      { "f\xc3\xbcr", "\"f\\u00fcr\"" },
      { "\xe2\x82\xac", "\"\\u20ac\"" },
      { "\xf0\x9f\x94\x91", "\"\\ud83d\\udd11\"" },
      { "\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\"" },
      /* Cut off, too long, a surrogate, too great, alone.  */
      { "\xe2\x82", "\"\\ufffd\\ufffd\"" },
      { "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
      { "\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"" },
      { "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
      { "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
      { "\xff-", "\"\\ufffd-\"" }
    };
  char text[256];
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      struct jsonout out = { fmemopen (text, sizeof text, "w"), false };

      jsonout_text (&out, NULL, cases[i].text);
      ck_assert (!fclose (out.fp));
      ck_assert_str_eq (text, cases[i].written);
    }
}
END_TEST


START_TEST (nested)
{
  char text[256];
  struct jsonout out = { fmemopen (text, sizeof text, "w"), false };
  json_t *object;

  jsonout_begin (&out, NULL, '{');
  jsonout_begin (&out, "empty", '[');
  jsonout_end (&out, ']');
  jsonout_begin (&out, "list", '[');
  jsonout_begin (&out, NULL, '{');
  jsonout_bool (&out, "yes", true);
  jsonout_end (&out, '}');
  jsonout_number (&out, NULL, -1);
  jsonout_end (&out, ']');
  jsonout_some (&out, "never", 0);
  jsonout_some (&out, "ends", 1800000000);
  jsonout_end (&out, '}');
  ck_assert (!fclose (out.fp));
  ck_assert_str_eq (text, "{\"empty\":[],\"list\":[{\"yes\":true},-1],"
                    "\"never\":null,\"ends\":1800000000}");
  object = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
  ck_assert_ptr_nonnull (object);
  json_decref (object);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("jsonout");
  TCase *tc = tcase_create ("jsonout");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, texts);
  tcase_add_test (tc, nested);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
