/* t-framing-inner.c - The inside of a message.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "framing-kit.h"

static void
inside (unsigned int hash, char mode, size_t n)
{
  begin ();
  onepass (hash, 1, "KEYIDxyz");
  literal (mode, n);
  signature (hash, "KEYIDxyz");
}


START_TEST (inner_plain)
{
  unsigned int hash;

  inside (10, 'b', 10);
  ck_assert (inner (1));
  put_byte (0);
  REFUSED (inner (1), "something after the last packet");
  for (hash = 0; hash < 256; hash++)
    {
      inside (hash, 'b', 10);
      if (hash == 8 || hash == 9 || hash == 10)
        ck_assert (inner (1));
      else
        REFUSED (inner (1),
                 "signed with a digest other than SHA-256, 384 and 512");
    }
  inside (10, 'b', LITERAL_MAX);
  ck_assert (inner (1));
  inside (10, 'b', LITERAL_MAX + 1);
  REFUSED (inner (1), "text too long");
  inside (10, 't', 10);
  REFUSED (inner (1), "literal data not in binary mode");
  inside (10, 'u', 10);
  REFUSED (inner (1), "literal data not in binary mode");
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (m, len, SIZE_MAX, 1,
                                                        0, NULL)),
                     GPG_ERR_INV_ARG);
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (m, len, SIZE_MAX, 1,
                                                        3, NULL)),
                     GPG_ERR_INV_ARG);
}
END_TEST


START_TEST (inner_long)
{
  enum framing_flaw what;

  inside (10, 'b', 10);
  ck_assert_uint_eq (framing_check_inner (m, len, len, 10, 1, &what), 0);
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (m, len, len - 1, 10,
                                                        1, &what)),
                     GPG_ERR_BAD_DATA);
  ck_assert_str_eq (framing_text (what), "signed message too long");
}
END_TEST


START_TEST (inner_two)
{
  begin ();
  onepass (10, 0, "KEYIDxyz");
  onepass (8, 1, "KEYIDabc");
  literal ('b', 10);
  signature (8, "KEYIDabc");
  signature (10, "KEYIDxyz");
  ck_assert (inner (2));
  REFUSED (inner (1), "more signatures than expected");
  begin ();                     /* Signatures in the wrong order.  */
  onepass (10, 0, "KEYIDxyz");
  onepass (10, 1, "KEYIDabc");
  literal ('b', 10);
  signature (10, "KEYIDxyz");
  signature (10, "KEYIDabc");
  REFUSED (inner (2), "signature by a key other than announced");
  begin ();                     /* Nested, not side by side.  */
  onepass (10, 1, "KEYIDxyz");
  onepass (10, 1, "KEYIDabc");
  literal ('b', 10);
  signature (10, "KEYIDabc");
  signature (10, "KEYIDxyz");
  REFUSED (inner (2), "fewer signatures than expected");
  REFUSED (inner (1), "nested: signed once more inside");
}
END_TEST


START_TEST (inner_packets)
{
  begin ();
  literal ('b', 10);
  REFUSED (inner (1), "not signed");
  begin ();
  signature (10, "KEYIDxyz");
  literal ('b', 10);
  REFUSED (inner (1), "signature before the text");
  begin ();
  header (8, 10);
  fill (10);
  REFUSED (inner (1), "compressed");
  begin ();
  put ("\xa3\x01", 2);          /* As GnuPG writes it.  */
  fill (10);
  REFUSED (inner (1), "compressed");
  begin ();
  pkesk ();
  mdc_data (100);
  REFUSED (inner (1), "nested: encrypted once more inside");
  begin ();
  header (10, 3);
  put ("PGP", 3);
  REFUSED (inner (1), "a marker packet");
  begin ();
  onepass (10, 1, "KEYIDxyz");
  header (8, 10);
  fill (10);
  signature (10, "KEYIDxyz");
  REFUSED (inner (1), "compressed");
  begin ();
  onepass (10, 1, "KEYIDxyz");
  literal ('b', 10);
  literal ('b', 10);
  signature (10, "KEYIDxyz");
  REFUSED (inner (1), "a second text");
  begin ();
  onepass (10, 1, "KEYIDxyz");
  literal ('b', 10);
  REFUSED (inner (1), "ends where another packet must follow");
  header (17, 10);
  fill (10);
  REFUSED (inner (1), "a packet that is not allowed there");
}
END_TEST


/* One byte changed at offset OFF of a good inside.  */
static bool
changed (size_t off, unsigned int byte)
{
  inside (10, 'b', 10);
  m[off] = (unsigned char)byte;
  return inner (1);
}


START_TEST (inner_fields)
{
  size_t sig = 15 + 20 + 2;     /* Where the signature's body begins.  */

  inside (10, 'b', 10);
  ck_assert (inner (1));
  REFUSED (changed (2, 6), "malformed one-pass signature packet");
  REFUSED (changed (3, 1),
           "signed in text mode (class 0x01)");
  REFUSED (changed (5, 1), "signature by algorithms other than announced");
  REFUSED (changed (6, 'x'), "signature by a key other than announced");
  REFUSED (changed (14, 0), "more signatures than expected");
  REFUSED (changed (14, 2), "malformed one-pass signature packet");
  REFUSED (changed (3, 0x10), "signature of a class other than 0x00");
  REFUSED (changed (sig, 3), "signature of a version other than 4");
  REFUSED (changed (sig, 5), "signature of a version other than 4");
  REFUSED (changed (sig + 1, 1),
           "signed in text mode (class 0x01)");
  REFUSED (changed (sig + 1, 2), "signature of a class other than 0x00");
  REFUSED (changed (sig + 2, 1),
           "signature by algorithms other than announced");
  REFUSED (changed (sig + 3, 8),
           "signature by algorithms other than announced");
  REFUSED (changed (sig + 4, 1), "signature packet that is too short");
  REFUSED (changed (sig + 5, 22), "signature packet with broken subpackets");
  REFUSED (changed (sig + 6, 0), "signature packet with broken subpackets");
  REFUSED (changed (sig + 6, 0x17),
           "signature by a key other than announced");
  REFUSED (changed (sig + 6, 0x7f),
           "signature packet with broken subpackets");
  REFUSED (changed (sig + 8, 5), "signature by a key other than announced");
  REFUSED (changed (sig + 28, 'x'),
           "signature by a key other than announced");
  REFUSED (changed (sig + 39, 'x'),
           "signature by a key other than announced");
  REFUSED (changed (sig + SIGNATURE_LEN - 3, 1),
           "signature packet with a broken number");
  ck_assert (changed (sig + 38, 0x21 | 0x80) == false);
  ck_assert (changed (sig + 7, 0x21 | 0x80));   /* Critical.  */
}
END_TEST


START_TEST (inner_issuer)
{
  begin ();
  onepass (10, 1, "KEYIDxyz");
  literal ('b', 10);
  header (2, 4 + 4 + 5);
  put ("\x04\x00\x16\x0a\x00\x00\x00\x00" "\x58\x8e" "\x00\x01\x01", 13);
  REFUSED (inner (1), "signature that names no issuer");
  begin ();                     /* Good, but for its key ID alone.  */
  onepass (10, 1, "KEYIDabc");
  literal ('b', 10);
  signature (10, "KEYIDxyz");
  REFUSED (inner (1), "signature by a key other than announced");
  inside (10, 'b', 10);
  ck_assert (inner (1));
}
END_TEST


/* A file name as long as there can be, and a packet too short for it.  */
START_TEST (inner_file_name)
{
  begin ();
  onepass (10, 1, "KEYIDxyz");
  header (11, 2 + 255 + 4 + 1);
  put ("b\xff", 2);
  fill (255 + 4 + 1);
  signature (10, "KEYIDxyz");
  ck_assert (inner (1));
  begin ();
  onepass (10, 1, "KEYIDxyz");
  header (11, 2 + 255 + 3);
  put ("b\xff", 2);
  fill (255 + 3);
  signature (10, "KEYIDxyz");
  REFUSED (inner (1), "literal packet that is too short");
  begin ();
  onepass (10, 1, "KEYIDxyz");
  header (11, 5);
  put ("b", 1);
  fill (4);
  REFUSED (inner (1), "literal packet that is too short");
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("framing-inner");

  tcase_add_test (tc, inner_plain);
  tcase_add_test (tc, inner_long);
  tcase_add_test (tc, inner_two);
  tcase_add_test (tc, inner_packets);
  tcase_add_test (tc, inner_fields);
  tcase_add_test (tc, inner_issuer);
  tcase_add_test (tc, inner_file_name);
  return run_cases (tc);
}
