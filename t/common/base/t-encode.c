/* t-encode.c - Tests of common/encode.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/base/encode.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof array / sizeof array[0])


START_TEST (base64_good)
{
  /* RFC 4648, section 10.  */
  static const char *const cases[][2] = {
    { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" }, { "\xff\xef\xbe", "/+++" }
  };
  char buf[16], *text;
  size_t i, len;

  for (i = 0; i < COUNT (cases); i++)
    {
      ck_assert (!encode_base64 (cases[i][0], strlen (cases[i][0]), &text));
      ck_assert_str_eq (text, cases[i][1]);
      ck_assert (!decode_base64 (text, strlen (text), buf, sizeof buf,
                                 &len));
      ck_assert_uint_eq (len, strlen (cases[i][0]));
      ck_assert_mem_eq (buf, cases[i][0], len);
      free (text);
    }
}
END_TEST


START_TEST (base64_bad)
{
  static const char *const cases[] = {
    "Z", "Zg", "Zg=", "Zm8", "Zh==", "Zm9=", "====", "Z===", "=g==",
    "Zg==Zg==", "Zm9v\n", "Zm9 ", "Zm9-", "Zm9_", "Zm9\x80", "Zg=v",
    "Zm9vYg=", "Zm 9v==="
  };
  char buf[16];
  size_t i, len;

  for (i = 0; i < COUNT (cases); i++)
    ck_assert_msg (gpg_err_code (decode_base64 (cases[i], strlen (cases[i]),
                                                buf, sizeof buf, &len))
                   == GPG_ERR_BAD_DATA && !len, "%s", cases[i]);
  ck_assert_int_eq (gpg_err_code (decode_base64 ("Zm9v", 4, buf, 2, &len)),
                    GPG_ERR_BUFFER_TOO_SHORT);
  ck_assert (!decode_base64 ("Zm9v", 4, buf, 3, &len));
}
END_TEST


START_TEST (hex)
{
  static const unsigned char bytes[] = { 0x00, 0x9a, 0xff };
  unsigned char buf[3];
  char text[7];

  encode_hex (bytes, sizeof bytes, text);
  ck_assert_str_eq (text, "009aff");
  ck_assert (!decode_hex ("009aff", 6, buf, 3));
  ck_assert_mem_eq (buf, bytes, 3);
  ck_assert (decode_hex ("009aFf", 6, buf, 3));
  ck_assert (decode_hex ("009afg", 6, buf, 3));
  ck_assert (decode_hex ("009af", 5, buf, 3));
  ck_assert (decode_hex ("009aff0", 7, buf, 3));
  ck_assert (decode_hex ("009aff00", 8, buf, 3));
  ck_assert (decode_hex ("0x9aff", 6, buf, 3));
}
END_TEST


static void
check_percent (const char *data, size_t len, const char *encoded)
{
  char *text, *back;
  size_t n;

  ck_assert (!encode_percent (data, len, &text));
  ck_assert_str_eq (text, encoded);
  ck_assert (!decode_percent (text, strlen (text), &back, &n));
  ck_assert_uint_eq (n, len);
  ck_assert_mem_eq (back, data, len);
  ck_assert_int_eq (back[n], 0);
  free (text);
  free (back);
}


START_TEST (percent_good)
{
  static const struct
  {
    const char *data;
    const char *text;
  } cases[] = {
    { "", "" }, { "plain~!$&'()*+-./:;?@[]_", "plain~!$&'()*+-./:;?@[]_" },
    { "a b", "a%20b" }, { "50%", "50%25" }, { "a,b=c", "a%2Cb%3Dc" },
    { "\n\t\x1f", "%0A%09%1F" }, { "\x7f", "%7F" },
    { "\xc3\xa9", "\xc3\xa9" }, { "\xc2\x85", "%C2%85" },
    { "\xe2\x80\xae", "%E2%80%AE" }, { "\xd8\x9c", "%D8%9C" },
    { "\xe2\x82\xac", "\xe2\x82\xac" }, { "\xe2\x82", "%E2%82" },
    { "\xff", "%FF" }, { "\xc0\x80", "%C0%80" },
    { "\xed\xa0\x80", "%ED%A0%80" },
    { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
    { "\xf4\x90\x80\x80", "%F4%90%80%80" },
    { "\xe2\xc3\xa9", "%E2\xc3\xa9" }
  };
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    check_percent (cases[i].data, strlen (cases[i].data), cases[i].text);
  check_percent ("a\0b", 3, "a%00b");
}
END_TEST


START_TEST (percent_bad)
{
  static const char *const cases[] = {
    "a b", "a,b", "a=b", "%", "%2", "%2g", "%2c", "%41", "%7E", "%c2%85",
    "\n", "\x7f", "\xff", "\xc2\x85", "\xe2\x80\xae", "%C3%A9", "\xc3%A9",
    "%C3\xa9", "%E2%82%AC"
  };
  char *data;
  size_t i, len;

  for (i = 0; i < COUNT (cases); i++)
    ck_assert_msg (gpg_err_code (decode_percent (cases[i],
                                                 strlen (cases[i]), &data,
                                                 &len))
                   == GPG_ERR_BAD_DATA && !data && !len, "%s", cases[i]);
  ck_assert (decode_percent ("a\0b", 3, &data, &len));
}
END_TEST


/* Each pair of bytes, and what comes of it.  */
START_TEST (percent_pairs)
{
  unsigned int i;
  unsigned char data[2];
  char *text, *back;
  size_t len;

  for (i = 0; i < 0x10000; i++)
    {
      data[0] = (unsigned char)(i >> 8);
      data[1] = (unsigned char)i;
      ck_assert (!encode_percent (data, 2, &text));
      ck_assert (encode_is_clean (text, strlen (text)));
      ck_assert_ptr_null (strchr (text, '\n'));
      ck_assert (!decode_percent (text, strlen (text), &back, &len));
      ck_assert_uint_eq (len, 2);
      ck_assert_mem_eq (back, data, 2);
      free (text);
      free (back);
    }
}
END_TEST


START_TEST (halves)
{
  static const struct { const char *text, *whole; } known[] =
    {
      { "", "" }, { "a", "a" }, { "a\xc3\xa4", "a\xc3\xa4" },
      { "a\xc3", "a" }, { "\xe2\x82", "" },
      { "\xe2\x82\xac", "\xe2\x82\xac" },
      { "x\xf0\x9f\x92", "x" }
    };
  char text[8];
  size_t i;

  for (i = 0; i < sizeof known / sizeof *known; i++)
    {
      snprintf (text, sizeof text, "%s", known[i].text);
      encode_drop_half (text);
      ck_assert_str_eq (text, known[i].whole);
    }
}
END_TEST

START_TEST (clean)
{
  static const char *const good[] = {
    "", "a\nb", "\xc2\xa0", "\xc3\xa9", "\xdf\xbf", "\xe0\xa0\x80",
    "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
    "\xf4\x8f\xbf\xbf", "\xc2\xac", "\xc2\xae", "\xe2\xa0\x81",
    "\xe2\x80\x8a", "\xe2\x80\xa7", "\xef\xb8\x90", "\xef\xbf\xbc",
    "\xf3\x9f\xbf\xbf", "\xf3\xa1\x80\x80", "\xe3\x85\xa3",
    "\xe2\x80\x90", "\xe2\x80\xaf",
    "\xe2\x81\x9f", "\xe2\x81\xb0", "\xd8\x9b"
  };
  static const char *const bad[] = {
    "\t", "\r", "\x1b[0m", "\x7f", "\xc2\x80", "\xc2\x9f", "\x80", "\xbf",
    "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xe2\x82",
    "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80", "\xfe", "\xff", "\xc3\x28", "\xd8\x9c",
    "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xae",
    "\xe2\x81\xa6", "\xe2\x81\xa9",
    /* Not shown: soft hyphen, joiners, fillers, variation selectors, a byte
       order mark, tags.  */
    "\xc2\xad", "\xcd\x8f", "\xe1\x85\x9f", "\xe1\x9e\xb5", "\xe1\xa0\x8e",
    "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x81\xa0", "\xe2\x81\xa5", "\xe2\x81\xaf",
    "\xe2\xa0\x80", "\xe3\x85\xa4", "\xef\xb8\x8f", "\xef\xbb\xbf",
    "\xef\xbe\xa0", "\xef\xbf\xb9", "\xf0\x9b\xb2\xa0",
    "\xf0\x9d\x85\xb3", "\xf3\xa0\x80\x81", "\xf3\xa0\xbf\xbf"
  };
  size_t i;

  for (i = 0; i < COUNT (good); i++)
    ck_assert_msg (encode_is_clean (good[i], strlen (good[i])), "good %zu",
                   i);
  for (i = 0; i < COUNT (bad); i++)
    ck_assert_msg (!encode_is_clean (bad[i], strlen (bad[i])), "bad %zu",
                   i);
  ck_assert (!encode_is_clean ("a\0b", 3));
}
END_TEST


START_TEST (decimal)
{
  static const struct
  {
    const char *text;
    unsigned long long max;
    bool good;
    unsigned long long value;
  } cases[] = {
    { "0", 0, true, 0 }, { "0", 9, true, 0 }, { "1", 0, false, 0 },
    { "10", 9, false, 0 }, { "10", 10, true, 10 }, { "11", 10, false, 0 },
    { "65535", 65535, true, 65535 }, { "65536", 65535, false, 0 },
    { "18446744073709551615", ~0ULL, true, ~0ULL },
    { "18446744073709551616", ~0ULL, false, 0 },
    { "99999999999999999999", ~0ULL, false, 0 },
    { "100000000000000000000", ~0ULL, false, 0 },
    { "", 9, false, 0 }, { "01", 9, false, 0 }, { "00", 9, false, 0 },
    { "+1", 9, false, 0 }, { "-1", 9, false, 0 }, { " 1", 9, false, 0 },
    { "1 ", 9, false, 0 }, { "0x1", 9, false, 0 }, { "1e1", 99, false, 0 }
  };
  unsigned long long value;
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      ck_assert_msg (!decode_decimal (cases[i].text, strlen (cases[i].text),
                                      cases[i].max, &value)
                     == cases[i].good, "'%s'", cases[i].text);
      ck_assert_uint_eq (value, cases[i].value);
    }
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("encode");
  TCase *tc = tcase_create ("encode");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, base64_good);
  tcase_add_test (tc, base64_bad);
  tcase_add_test (tc, hex);
  tcase_add_test (tc, percent_good);
  tcase_add_test (tc, percent_bad);
  tcase_add_test (tc, percent_pairs);
  tcase_add_test (tc, halves);
  tcase_add_test (tc, clean);
  tcase_add_test (tc, decimal);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
