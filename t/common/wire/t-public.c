/* t-public.c - Tests of common/framing-public, with packets made by hand.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Keys of all kinds as GnuPG exports them are enrolled in the system
 * tests.  */

#include "../../../common/wire/framing.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static unsigned char m[400000];
static size_t len;


static void
put (const void *data, size_t n)
{
  ck_assert_uint_le (n, sizeof m - len);
  memcpy (m + len, data, n);
  len += n;
}


static void
put_byte (unsigned int byte)
{
  unsigned char c = (unsigned char)byte;

  put (&c, 1);
}


static void
fill (size_t n)
{
  while (n--)
    put_byte (0xaa);
}


/* A header of the new format with a length of five bytes.  */
static void
header (unsigned int tag, size_t n)
{
  put_byte (0xc0 | tag);
  put_byte (255);
  put_byte ((unsigned int)(n >> 24));
  put_byte ((unsigned int)(n >> 16));
  put_byte ((unsigned int)(n >> 8));
  put_byte ((unsigned int)n);
}


static void
number (size_t bits)
{
  put_byte ((unsigned int)(bits >> 8));
  put_byte ((unsigned int)bits);
  fill ((bits + 7) / 8);
}

#define NUMBER_LEN(bits) (2 + ((bits) + 7) / 8)


/* A key packet of N numbers with BITS each and EXTRA bytes behind.  */
static void
numbers (unsigned int tag, unsigned int algorithm, unsigned int n,
         size_t bits, size_t extra)
{
  header (tag, 6 + n * NUMBER_LEN (bits) + extra);
  put ("\x04" "date", 5);
  put_byte (algorithm);
  while (n--)
    number (bits);
  fill (extra);
}


/* One with a curve, and for ECDH how it makes a key of KDF bytes.  */
static void
curve (unsigned int tag, unsigned int algorithm, size_t oid, size_t kdf)
{
  header (tag, 6 + 1 + oid + NUMBER_LEN (263) + (kdf ? 1 + kdf : 0));
  put ("\x04" "date", 5);
  put_byte (algorithm);
  put_byte ((unsigned int)oid);
  fill (oid);
  number (263);
  if (kdf)
    put_byte ((unsigned int)kdf);
  fill (kdf);
}


static void
user_id (unsigned int tag, size_t n)
{
  header (tag, n);
  fill (n);
}


/* Areas of subpackets of 6 and none bytes, N numbers.  */
static void
signature (unsigned int version, unsigned int algorithm, unsigned int n)
{
  header (2, 4 + 2 + 6 + 2 + 2 + n * NUMBER_LEN (256));
  put_byte (version);
  put_byte (0x13);
  put_byte (algorithm);
  put_byte (10);
  put ("\x00\x06" "\x05\x02" "date" "\x00\x00" "\x12\x34", 12);
  while (n--)
    number (256);
}


static bool
passes (void)
{
  return !framing_check_public (m, len);
}


static void
begin (void)
{
  len = 0;
  curve (6, 22, 9, 0);
  user_id (13, 20);
  signature (4, 22, 2);
}


START_TEST (whole)
{
  const unsigned char *body;
  size_t at = 0, n, i, all;

  begin ();
  curve (14, 18, 10, 3);
  signature (4, 22, 2);
  ck_assert (passes ());
  ck_assert (framing_next_part (m, len, &at, &body, &n));
  ck_assert (body == m + 6 && at == 6 + n);
  ck_assert (framing_next_part (m, len, &at, &body, &n));
  ck_assert_uint_eq (body[5], 18);
  ck_assert (!framing_next_part (m, len, &at, &body, &n));
  /* Cut off anywhere, but between two packets.  */
  all = len;
  for (i = 0; i < all; i++)
    {
      at = 0;
      len = i;
      if (passes ())
        ck_assert (m[i] >= 0xc0);
      while (framing_next_part (m, len, &at, &body, &n))
        ck_assert (body + n <= m + len);
    }
}
END_TEST


START_TEST (algorithms)
{
  static const unsigned int needs[] =
    { [1] = 2, [2] = 2, [3] = 2, [16] = 3, [17] = 4 };
  unsigned int a, n;

  for (a = 0; a < 32; a++)
    for (n = 1; n < 5; n++)
      {
        begin ();
        numbers (14, a, n, 2048, 0);
        ck_assert_int_eq (passes (), a < sizeof needs / sizeof *needs
                          && needs[a] == n);
      }
  for (a = 0; a < 32; a++)
    {
      begin ();
      curve (14, a, 8, 0);
      ck_assert_int_eq (passes (), a == 19 || a == 22);
      begin ();
      curve (14, a, 8, 3);
      ck_assert_int_eq (passes (), a == 18);
    }
}
END_TEST


START_TEST (sizes)
{
  begin ();
  numbers (14, 1, 2, 16384, 0);
  ck_assert (passes ());
  begin ();
  numbers (14, 1, 2, 16385, 0);
  ck_assert (!passes ());
  begin ();
  numbers (14, 1, 2, 2048, 1);
  ck_assert (!passes ());
  begin ();
  curve (14, 22, 16, 0);
  ck_assert (passes ());
  begin ();
  curve (14, 22, 17, 0);
  ck_assert (!passes ());
  begin ();
  curve (14, 22, 0, 0);
  ck_assert (!passes ());
  begin ();
  curve (14, 18, 8, 4);
  ck_assert (!passes ());
  begin ();
  user_id (13, 2048);
  user_id (17, 65536);
  ck_assert (passes ());
  user_id (13, 2049);
  ck_assert (!passes ());
  begin ();
  user_id (17, 65537);
  ck_assert (!passes ());
  begin ();
  while (len <= 262144)
    user_id (17, 60000);
  ck_assert (!passes ());
}
END_TEST


START_TEST (order)
{
  unsigned int tag;

  for (tag = 0; tag < 64; tag++)
    {
      begin ();
      user_id (tag, 20);
      ck_assert_int_eq (passes (), tag == 13 || tag == 17);
    }
  begin ();                     /* A second key.  */
  curve (6, 22, 9, 0);
  ck_assert (!passes ());
  len = 0;                      /* None at the beginning.  */
  curve (14, 22, 9, 0);
  ck_assert (!passes ());
  begin ();
  curve (14, 22, 9, 0);
  user_id (13, 20);
  ck_assert (!passes ());
  begin ();
  m[6] = 5;                     /* A version 5 key.  */
  ck_assert (!passes ());
  len = 0;
  ck_assert (!passes ());
}
END_TEST


START_TEST (signatures)
{
  static const unsigned int needs[] =
    { [1] = 1, [3] = 1, [17] = 2, [19] = 2, [22] = 2 };
  unsigned int a, n;
  size_t before;

  for (a = 0; a < 32; a++)
    for (n = 1; n < 4; n++)
      {
        begin ();
        signature (4, a, n);
        ck_assert_int_eq (passes (), a < sizeof needs / sizeof *needs
                          && needs[a] == n);
      }
  for (n = 0; n < 8; n++)
    {
      begin ();
      signature (n, 22, 2);
      ck_assert_int_eq (passes (), n == 4);
    }
  /* A subpacket that ends behind its area, and an area behind its packet.  */
  begin ();
  before = len;
  signature (4, 22, 2);
  m[before + 6 + 6] = 6;
  ck_assert (!passes ());
  m[before + 6 + 6] = 5;
  ck_assert (passes ());
  m[before + 6 + 4] = 255;
  ck_assert (!passes ());
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("public");
  TCase *tc = tcase_create ("public");
  SRunner *sr;
  int failed;

  tcase_add_test (tc, whole);
  tcase_add_test (tc, algorithms);
  tcase_add_test (tc, sizes);
  tcase_add_test (tc, order);
  tcase_add_test (tc, signatures);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
