/* t-framing.c - The outside of a message, and lengths.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "framing-kit.h"

START_TEST (outer_plain)
{
  begin ();
  pkesk ();
  mdc_data (100);
  ck_assert (outer ());
  put_byte (0);
  REFUSED (outer (), "something after the last packet");
  len--;
  mdc_data (100);
  REFUSED (outer (), "something after the last packet");
}
END_TEST


/* Version, cipher, mode, size of the chunks; nonce and N bytes.  */
static void
aead_data (unsigned int cipher, unsigned int mode, unsigned int chunk,
           size_t n)
{
  header (20, 4 + 15 + n);
  put_byte (1);
  put_byte (cipher);
  put_byte (mode);
  put_byte (chunk);
  fill (15 + n);
}


/* The outside with such a packet: NULL, or why it is refused.  */
static const char *
aead (unsigned int cipher, unsigned int mode, unsigned int chunk, size_t n)
{
  begin ();
  pkesk ();
  aead_data (cipher, mode, chunk, n);
  return outer () ? NULL : why;
}


START_TEST (outer_aead)
{
  struct framing_sum sum;
  unsigned int cipher;

  for (cipher = 7; cipher <= 9; cipher++)
    ck_assert_ptr_null (aead (cipher, 2, 16, 100));
  ck_assert_uint_eq (framing_measure (m, len, &sum), 0);
  ck_assert_uint_eq (sum.keys, 1);
  m[24] = 2;
  REFUSED (outer (), "encrypted data of a version other than 1");
  ck_assert_str_eq (aead (2, 2, 16, 100),
                    "encrypted with a cipher other than AES");
  ck_assert_str_eq (aead (10, 2, 16, 100),
                    "encrypted with a cipher other than AES");
  ck_assert_str_eq (aead (9, 1, 16, 100),
                    "encrypted with an AEAD mode other than OCB");
  ck_assert_str_eq (aead (9, 3, 16, 100),
                    "encrypted with an AEAD mode other than OCB");
  ck_assert_ptr_null (aead (9, 2, 0, 90));
  ck_assert_str_eq (aead (9, 2, 17, 100),
                    "encrypted in chunks of more than 4 MiB");
  ck_assert_str_eq (aead (9, 2, 255, 100),
                    "encrypted in chunks of more than 4 MiB");
  ck_assert (!aead (9, 2, 16, 100));
  put_byte (0);
  REFUSED (outer (), "something after the last packet");
  begin ();
  aead_data (9, 2, 16, 100);
  REFUSED (outer (), "no session key for a public key");
}
END_TEST


/* Each chunk has a tag, and there is one more in the end.  */
START_TEST (outer_aead_lengths)
{
  static const char cut[] = "encrypted data whose last chunk is cut off";
  size_t n;

  ck_assert_str_eq (aead (9, 2, 0, 32), "encrypted data that is too short");
  for (n = 33; n <= 64 + 32; n++)
    ck_assert_ptr_null (aead (9, 2, 0, n));
  for (; n <= 64 + 48; n++)
    ck_assert_str_eq (aead (9, 2, 0, n), cut);
  for (; n <= 2 * 64 + 48; n++)
    ck_assert_ptr_null (aead (9, 2, 0, n));
  ck_assert_str_eq (aead (9, 2, 0, n), cut);
}
END_TEST


/* As gpg writes what it reads from a pipe.  */
START_TEST (outer_aead_partial)
{
  size_t i;

  begin ();
  pkesk ();
  put ("\xd4\xe9\x01\x09\x02\x10", 6);        /* 512 bytes ...  */
  fill (508);
  put ("\x64", 1);              /* ... and 100.  */
  fill (100);
  ck_assert (outer ());
  for (i = len--; len; len--)
    ck_assert (!outer ());
  len = i;
  m[23] = 0xe8;
  ck_assert (!outer ());
  begin ();
  pkesk ();
  put ("\xd4\xe8\x01\x09\x02\x10", 6);
  fill (252);
  put ("\x64", 1);
  fill (100);
  REFUSED (outer (), "partial length below 512 bytes");
}
END_TEST


/* Each cut is refused, and reads nothing beyond.  */
START_TEST (cut_off)
{
  size_t whole;

  begin ();
  pkesk ();
  mdc_data (300);
  for (whole = len--; len; len--)
    ck_assert (!outer ());
  REFUSED (outer (), "an empty message");
  len = whole;
  ck_assert (outer ());
  begin ();
  onepass (8, 1, "KEYIDxyz");
  literal ('b', 200);
  signature (8, "KEYIDxyz");
  for (whole = len--; len; len--)
    ck_assert (!inner (1));
  len = whole;
  ck_assert (inner (1));
}
END_TEST


START_TEST (outer_tags)
{
  static const struct { unsigned int tag; const char *why; } cases[] = {
    { 3, "a session key encrypted with a passphrase" },
    { 9, "encrypted without integrity check (no MDC)" },
    { 10, "a marker packet" }, { 4, "signed, but not encrypted" },
    { 2, "signed, but not encrypted" }, { 8, "compressed" },
    { 11, "literal data, not encrypted" },
    { 60, "a packet that is not allowed there" },
    { 0, "a packet that is not allowed there" } };
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      begin ();
      pkesk ();
      header (cases[i].tag, 60);
      fill (60);
      mdc_data (100);
      REFUSED (outer (), cases[i].why);
      begin ();
      header (cases[i].tag, 60);
      fill (60);
      pkesk ();
      mdc_data (100);
      REFUSED (outer (), cases[i].why);
    }
}
END_TEST


START_TEST (outer_armour)
{
  static const char armour[] = "-----BEGIN PGP MESSAGE-----\n\nhF4DoGRc\n";

  begin ();
  put (armour, sizeof armour - 1);
  REFUSED (outer (), "armoured");
  REFUSED (inner (1), "armoured");
  m[0] = ' ';
  REFUSED (outer (), "not an OpenPGP message");
  begin ();
  pkesk ();
  put (armour, sizeof armour - 1);
  REFUSED (outer (), "no packet where one must begin");
}
END_TEST


START_TEST (outer_keys)
{
  struct framing_sum sum;
  unsigned int i;

  begin ();
  for (i = 0; i < 16; i++)
    pkesk ();
  mdc_data (100);
  ck_assert (outer ());
  ck_assert_uint_eq (framing_measure (m, len, &sum), 0);
  ck_assert_uint_eq (sum.keys, 16);
  ck_assert_uint_eq (sum.keybytes, 16 * 22);
  ck_assert_mem_eq (sum.keyid[15], "12345678", 8);
  begin ();
  for (i = 0; i < 17; i++)
    pkesk ();
  mdc_data (100);
  REFUSED (outer (), "more than 16 session keys");
  ck_assert_uint_ne (framing_measure (m, len, &sum), 0);
  ck_assert_uint_eq (sum.keys, 0);
  begin ();
  mdc_data (100);
  REFUSED (outer (), "no session key for a public key");
  begin ();
  pkesk ();
  REFUSED (outer (), "ends where another packet must follow");
  mdc_data (100);
  m[2] = 2;
  REFUSED (outer (), "session key packet of a version other than 3");
  m[2] = 6;
  REFUSED (outer (), "session key packet of a version other than 3");
  m[2] = 3;
  ck_assert (outer ());
  begin ();
  header (1, 10);
  put ("\x03" "12345678" "\x12", 10);
  mdc_data (100);
  REFUSED (outer (), "session key packet that is too short");
}
END_TEST


START_TEST (outer_data)
{
  begin ();
  pkesk ();
  mdc_data (41);
  ck_assert (outer ());
  m[24] = 2;
  REFUSED (outer (), "encrypted data of a version other than 1");
  begin ();
  pkesk ();
  mdc_data (40);
  REFUSED (outer (), "encrypted data that is too short");
}
END_TEST


/* Old headers of each length, and new ones of five bytes.  */
START_TEST (lengths)
{
  static const struct { const char *head; size_t n; } heads[] = {
    { "\x84\x14", 2 }, { "\x85\x00\x14", 3 }, { "\x86\x00\x00\x00\x14", 5 },
    { "\xc1\xff\x00\x00\x00\x14", 6 }, { "\xc1\x14", 2 } };
  size_t i;

  for (i = 0; i < sizeof heads / sizeof *heads; i++)
    {
      begin ();
      put (heads[i].head, heads[i].n);
      put ("\x03" "12345678" "\x12", 10);
      fill (10);
      mdc_data (500);
      ck_assert (outer ());
    }
  begin ();
  put ("\x87", 1);
  put ("\x03" "12345678" "\x12", 10);
  REFUSED (outer (), "packet of indeterminate length");
  begin ();
  put ("\xc1\xff\xff\xff\xff\xff\x03", 7);
  REFUSED (outer (), "cut off within a packet");
  begin ();
  put ("\x85\x00", 2);
  REFUSED (outer (), "cut off within a packet header");
  put ("\x14", 1);
  REFUSED (outer (), "cut off within a packet");
  begin ();
  put ("\xd2\xfe\x01", 3);
  REFUSED (outer (), "cut off within a packet");
}
END_TEST


/* TAG in chunks of 1 << FIRST, 1 and 30 bytes.  */
static void
partial (unsigned int tag, unsigned int first, const char *start, size_t n)
{
  put_byte (0xc0 | tag);
  put_byte (0xe0 | first);
  put (start, n);
  fill (((size_t)1 << first) - n);
  put_byte (0xe0);
  fill (1);
  put_byte (30);
  fill (30);
}


START_TEST (partial_lengths)
{
  begin ();
  pkesk ();
  partial (18, 9, "\x01", 1);
  ck_assert (outer ());
  put_byte (0);
  REFUSED (outer (), "something after the last packet");
  begin ();
  pkesk ();
  partial (18, 8, "\x01", 1);
  REFUSED (outer (), "partial length below 512 bytes");
  begin ();
  partial (1, 9, "\x03", 1);
  mdc_data (100);
  REFUSED (outer (), "partial lengths of a packet that is not data");
  begin ();
  onepass (10, 1, "KEYIDxyz");
  partial (11, 9, "b\x02" "ab" "\x01\x02\x03\x04", 8);
  signature (10, "KEYIDxyz");
  ck_assert (inner (1));
  ck_assert_uint_eq (framing_check_inner (m, len, SIZE_MAX, 512 + 31 - 8, 1,
                                          NULL), 0);
  ck_assert_uint_ne (framing_check_inner (m, len, SIZE_MAX, 512 + 30 - 8, 1,
                                          NULL), 0);
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("framing");

  tcase_add_test (tc, outer_plain);
  tcase_add_test (tc, cut_off);
  tcase_add_test (tc, outer_tags);
  tcase_add_test (tc, outer_armour);
  tcase_add_test (tc, outer_keys);
  tcase_add_test (tc, outer_data);
  tcase_add_test (tc, outer_aead);
  tcase_add_test (tc, outer_aead_lengths);
  tcase_add_test (tc, outer_aead_partial);
  tcase_add_test (tc, lengths);
  tcase_add_test (tc, partial_lengths);
  return run_cases (tc);
}
