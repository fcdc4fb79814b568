/* t-seal.c - Tests of common/seal.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/wire/seal.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../../../common/base/secret.h"

/* Made with another implementation of RFC 8439: key 00..1f, nonce 00..0b,
   AAD "postern 1"; "message", "att" and 50 zeros.  */
static const unsigned char known[] =
  "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x89\xfc\x65\x65\x5a\x64"
  "\xc4\x27\xd2\x83\x3c\x92\xec\x69\x0e\x63\xc9\x70\xb2\xe7\x51\x74\xad\xb9"
  "\xe6\x97\x2f\xc5\x75\xc0\xa6\x3c\xec\x80\x2c\xf3\xe6\x1e\xb1\x98\x37\x32"
  "\x76\xd8\x65\x94\x8f\x23\x7e\x84\xa9\x74\xfd\x28\xb8\x9b\x12\xb8\xd9\x07"
  "\x90\x4f\x9e\xd6\x3a\xc7\x41\x35\x6a\xf6\xc0\xfb\x9f\xfe\xad\xed\x4e\x1c"
  "\x59\xef";
/* The same without AAD: "text".  */
static const unsigned char known_box[] =
  "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\xfd\x9e\x70\x74\x56\xa1"
  "\xde\x20\x82\x24\xbd\x14\x33\x6f\x2f\x50\x06\x69\xba\x8c";
/* RFC 5869 by another implementation.  */
static const unsigned char known_reply[] =
  "\x9a\xf9\x8d\x3e\x66\x61\x92\xf3\xbb\x59\x5b\x6c\x43\xc8\x99\x78"
  "\x5a\xa3\x71\xd2\x72\x14\xc1\x91\x5e\x49\x61\x18\x18\xd7\xfe\x90";
static const unsigned char known_attachment[] =
  "\x53\x5e\xef\x69\x1c\x27\xa3\xe4\x98\x80\x1e\xc9\xfb\x58\x24\xdf"
  "\x47\x7b\x76\x1e\xaa\xa6\xd1\xae\x20\x07\xf2\x30\x5e\x3e\x5b\x4d";

static unsigned char key[SEAL_KEYLEN];
static unsigned char data[4096];
static seal_t seal;


static void
setup (void)
{
  size_t i;

  ck_assert_uint_eq (secret_init (32768), 0);
  for (i = 0; i < sizeof key; i++)
    key[i] = (unsigned char)i;
  for (i = 0; i < sizeof data; i++)
    data[i] = (unsigned char)(i * 7 + 1);
  ck_assert_uint_eq (seal_new (key, &seal), 0);
}


static void
teardown (void)
{
  seal_release (seal);
}


/* Seal the SIZE bytes at PADDED as they are, with the right key and AAD:
   what somebody who has the door key can send.  */
static size_t
seal_raw (const unsigned char *padded, size_t size, const char *aad,
          unsigned char *dgram)
{
  gcry_cipher_hd_t hd;

  ck_assert_uint_eq (gcry_cipher_open (&hd, GCRY_CIPHER_CHACHA20,
                                       GCRY_CIPHER_MODE_POLY1305, 0), 0);
  ck_assert_uint_eq (gcry_cipher_setkey (hd, key, sizeof key), 0);
  memset (dgram, 9, SEAL_NONCELEN);
  ck_assert_uint_eq (gcry_cipher_setiv (hd, dgram, SEAL_NONCELEN), 0);
  ck_assert_uint_eq (gcry_cipher_authenticate (hd, aad, strlen (aad)), 0);
  gcry_cipher_final (hd);
  ck_assert_uint_eq (gcry_cipher_encrypt (hd, dgram + SEAL_NONCELEN, size,
                                          padded, size), 0);
  ck_assert_uint_eq (gcry_cipher_gettag (hd, dgram + SEAL_NONCELEN + size,
                                         SEAL_TAGLEN), 0);
  gcry_cipher_close (hd);
  return size + SEAL_OVERHEAD;
}


static gpg_err_code_t
open_raw (const unsigned char *padded, size_t size)
{
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content content;
  size_t len = seal_raw (padded, size, "postern 1", dgram);

  return gpg_err_code (seal_unwrap (seal, dgram, len, buf, &content));
}


START_TEST (opens_known_datagram)
{
  unsigned char buf[SEAL_MAX];
  struct seal_content c;

  ck_assert_uint_eq (seal_unwrap (seal, known, sizeof known - 1, buf, &c), 0);
  ck_assert_uint_eq (c.message_len, 7);
  ck_assert_mem_eq (c.message, "message", 7);
  ck_assert_uint_eq (c.attachment_len, 3);
  ck_assert_mem_eq (c.attachment, "att", 3);
}
END_TEST


START_TEST (round_trip)
{
  static const size_t sizes[][3] = {    /* message, attachment, datagram */
    { 1, 0, 92 }, { 60, 0, 92 }, { 61, 0, 156 }, { 50, 10, 92 },
    { 50, 11, 156 }, { 1404, 0, 1436 }, { 1405, 0, 1472 },
    { 1440, 0, 1472 }, { 1000, 440, 1472 } };
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content in, out;
  size_t i, len;

  for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
    {
      in.message = data;
      in.message_len = sizes[i][0];
      in.attachment = data + 100;
      in.attachment_len = sizes[i][1];
      ck_assert_uint_eq (seal_wrap (seal, &in, 0, SEAL_MAX4, dgram, &len), 0);
      ck_assert_uint_eq (len, sizes[i][2]);
      ck_assert_uint_eq (seal_unwrap (seal, dgram, len, buf, &out), 0);
      ck_assert_uint_eq (out.message_len, in.message_len);
      ck_assert_mem_eq (out.message, in.message, in.message_len);
      ck_assert_uint_eq (out.attachment_len, in.attachment_len);
      ck_assert_mem_eq (out.attachment, in.attachment, in.attachment_len);
    }
}
END_TEST


START_TEST (sizes)
{
  static const struct { size_t used, atleast, limit, len; } cases[] = {
    { 100, 0, 1472, 156 }, { 100, 156, 1472, 156 }, { 100, 157, 1472, 220 },
    { 100, 1472, 1472, 1472 }, { 100, 9999, 1452, 1452 },
    { 100, 1400, 1300, 28 + 1216 }, { 1270, 0, 1300, 1300 },
    { 1217, 1300, 1300, 1300 }, { 1216, 0, 1300, 28 + 1216 },
    { 64, 0, 92, 92 } };
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content in = { data, 0, NULL, 0 }, out;
  size_t i, len;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      in.message_len = cases[i].used - 4;
      ck_assert_uint_eq (seal_wrap (seal, &in, cases[i].atleast,
                                    cases[i].limit, dgram, &len), 0);
      ck_assert_uint_eq (len, cases[i].len);
      ck_assert_uint_eq (seal_unwrap (seal, dgram, len, buf, &out), 0);
    }
}
END_TEST


/* An attachment that is padded itself makes no datagram longer, and leaves
   it nothing to pad.  */
START_TEST (room_for_attachment)
{
  static const size_t limits[] = { SEAL_MAX4, SEAL_MAX6, 1300, 1275 };
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content in = { data, 300, data, 0 }, out;
  size_t i, j, len, room, least, atleast;

  for (i = 0; i < sizeof limits / sizeof *limits; i++)
    for (j = 0, atleast = 0; j < 2; j++, atleast = 1200)
      for (least = 1; 4 + 300 + least + SEAL_OVERHEAD <= limits[i]; least++)
        {
          in.attachment_len = least;
          ck_assert (!seal_wrap (seal, &in, atleast, limits[i], dgram,
                                 &len));
          room = seal_room (300, least, atleast, limits[i]);
          ck_assert_uint_ge (room, least);
          ck_assert_uint_eq (4 + 300 + room + SEAL_OVERHEAD, len);
          in.attachment_len = room;
          ck_assert (!seal_wrap (seal, &in, atleast, limits[i], dgram,
                                 &len));
          ck_assert (!seal_unwrap (seal, dgram, len, buf, &out));
          ck_assert_uint_eq (out.attachment_len, room);
          ck_assert_uint_eq (4 + 300 + room + SEAL_OVERHEAD, len);
        }
  ck_assert_uint_eq (seal_room (1000, 440, 0, SEAL_MAX4), 440);
  ck_assert_uint_eq (seal_room (1000, 441, 0, SEAL_MAX4), 0);
  ck_assert_uint_eq (seal_room (SIZE_MAX, 440, 0, SEAL_MAX4), 0);
  ck_assert_uint_eq (seal_room (1000, SIZE_MAX, 0, SEAL_MAX4), 0);
  ck_assert_uint_eq (seal_room (1, 1, 0, SEAL_MIN - 1), 0);
  ck_assert_uint_eq (seal_room (1, 1, 0, SEAL_MAX + 1), 0);
}
END_TEST


START_TEST (too_large)
{
  unsigned char dgram[SEAL_MAX];
  struct seal_content in = { data, 1441, NULL, 0 };
  size_t len;

  ck_assert_uint_eq (gpg_err_code (seal_wrap (seal, &in, 0, SEAL_MAX4, dgram,
                                              &len)), GPG_ERR_TOO_LARGE);
  ck_assert_uint_eq (len, 1473);
  in.message_len = 1440;
  ck_assert_uint_eq (seal_wrap (seal, &in, 0, SEAL_MAX4, dgram, &len), 0);
  ck_assert_uint_eq (gpg_err_code (seal_wrap (seal, &in, 0, SEAL_MAX6, dgram,
                                              &len)), GPG_ERR_TOO_LARGE);
  ck_assert_uint_eq (len, 1472);
  in.message_len = 70000;
  ck_assert_uint_eq (gpg_err_code (seal_wrap (seal, &in, 0, SEAL_MAX4, dgram,
                                              &len)), GPG_ERR_TOO_LARGE);
  in.message_len = 1;
  ck_assert_uint_eq (gpg_err_code (seal_wrap (seal, &in, 0, SEAL_MAX + 1,
                                              dgram, &len)), GPG_ERR_INV_ARG);
  ck_assert_uint_eq (gpg_err_code (seal_wrap (seal, &in, 0, SEAL_MIN - 1,
                                              dgram, &len)), GPG_ERR_INV_ARG);
  in.message_len = 0;
  ck_assert_uint_eq (gpg_err_code (seal_wrap (seal, &in, 0, SEAL_MAX, dgram,
                                              &len)), GPG_ERR_INV_ARG);
}
END_TEST


START_TEST (every_bit_counts)
{
  unsigned char dgram[sizeof known - 1], buf[SEAL_MAX];
  struct seal_content c;
  size_t i;

  for (i = 0; i < 8 * sizeof dgram; i++)
    {
      memcpy (dgram, known, sizeof dgram);
      dgram[i / 8] ^= (unsigned char)(1 << i % 8);
      ck_assert_uint_eq (gpg_err_code (seal_unwrap (seal, dgram, sizeof dgram,
                                                    buf, &c)),
                         GPG_ERR_CHECKSUM);
      ck_assert_ptr_null (c.message);
    }
  /* The handle is as good as before.  */
  ck_assert_uint_eq (seal_unwrap (seal, known, sizeof known - 1, buf, &c), 0);
}
END_TEST


START_TEST (lengths_refused)
{
  unsigned char dgram[2048], buf[SEAL_MAX];
  struct seal_content c;
  size_t len;

  memset (dgram, 0, sizeof dgram);
  for (len = 0; len < sizeof dgram; len++)
    ck_assert_uint_eq (gpg_err_code (seal_unwrap (seal, dgram, len, buf, &c)),
                       len < SEAL_MIN || len > SEAL_MAX
                       ? GPG_ERR_INV_LENGTH : GPG_ERR_CHECKSUM);
}
END_TEST


START_TEST (other_key_and_aad)
{
  unsigned char padded[64] = { 0, 1, 'x', 0, 0 };
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  struct seal_content c;
  size_t len;

  len = seal_raw (padded, sizeof padded, "postern 2", dgram);
  ck_assert_uint_eq (gpg_err_code (seal_unwrap (seal, dgram, len, buf, &c)),
                     GPG_ERR_CHECKSUM);
  len = seal_raw (padded, sizeof padded, "postern 1", dgram);
  ck_assert_uint_eq (seal_unwrap (seal, dgram, len, buf, &c), 0);
  seal_release (seal);
  key[31] ^= 1;
  ck_assert_uint_eq (seal_new (key, &seal), 0);
  ck_assert_uint_eq (gpg_err_code (seal_unwrap (seal, dgram, len, buf, &c)),
                     GPG_ERR_CHECKSUM);
}
END_TEST


START_TEST (content_is_exact)
{
  unsigned char padded[SEAL_MAX] = { 0, 1, 'x', 0, 0 };
  size_t i;

  ck_assert_uint_eq (open_raw (padded, 64), 0);
  for (i = 5; i < 64; i++)      /* Non-zero padding.  */
    {
      padded[i] = 1;
      ck_assert_uint_eq (open_raw (padded, 64), GPG_ERR_BAD_DATA);
      padded[i] = 0;
    }
  padded[1] = 0;                /* An empty message.  */
  padded[2] = 0;
  ck_assert_uint_eq (open_raw (padded, 64), GPG_ERR_NO_DATA);
  padded[1] = 60;               /* Exactly full.  */
  ck_assert_uint_eq (open_raw (padded, 64), 0);
  for (i = 61; i < 70; i++)     /* A message too long.  */
    {
      padded[1] = (unsigned char)i;
      ck_assert_uint_eq (open_raw (padded, 64), GPG_ERR_TOO_SHORT);
    }
  padded[0] = 0xff;
  ck_assert_uint_eq (open_raw (padded, 64), GPG_ERR_TOO_SHORT);
  padded[0] = 0;
  padded[1] = 1;
  padded[4] = 59;               /* An attachment that fits, then not.  */
  ck_assert_uint_eq (open_raw (padded, 64), 0);
  padded[4] = 60;
  ck_assert_uint_eq (open_raw (padded, 64), GPG_ERR_TOO_SHORT);
}
END_TEST


/* Padding ends at a multiple of 64, at a carrier's limit, or at the limit
   of a smaller MTU, which only a full message shows.  */
START_TEST (padded_sizes)
{
  unsigned char padded[SEAL_MAX] = { 0, 100, 'x' };

  ck_assert_uint_eq (open_raw (padded, 128), 0);
  ck_assert_uint_eq (open_raw (padded, 192), 0);
  ck_assert_uint_eq (open_raw (padded, 193), GPG_ERR_UNEXPECTED);
  ck_assert_uint_eq (open_raw (padded, 127), 0);
  ck_assert_uint_eq (open_raw (padded, SEAL_MAX4 - SEAL_OVERHEAD), 0);
  ck_assert_uint_eq (open_raw (padded, SEAL_MAX6 - SEAL_OVERHEAD), 0);
  ck_assert_uint_eq (open_raw (padded, SEAL_MAX6 - SEAL_OVERHEAD - 1),
                     GPG_ERR_UNEXPECTED);
}
END_TEST


START_TEST (fresh_nonce)
{
  unsigned char a[SEAL_MAX], b[SEAL_MAX];
  struct seal_content in = { data, 50, NULL, 0 };
  size_t len;

  ck_assert_uint_eq (seal_wrap (seal, &in, 0, SEAL_MAX, a, &len), 0);
  ck_assert_uint_eq (seal_wrap (seal, &in, 0, SEAL_MAX, b, &len), 0);
  ck_assert_mem_ne (a, b, SEAL_NONCELEN);
  ck_assert_mem_ne (a + SEAL_NONCELEN, b + SEAL_NONCELEN, 50);
}
END_TEST


START_TEST (derive)
{
  unsigned char out[SEAL_KEYLEN];
  char info[66] = "";

  ck_assert_uint_eq (seal_derive (key, "postern 1 reply", out), 0);
  ck_assert_mem_eq (out, known_reply, sizeof out);
  ck_assert_uint_eq (seal_derive (key, "postern 1 attachment", out), 0);
  ck_assert_mem_eq (out, known_attachment, sizeof out);
  memset (info, 'x', 64);
  ck_assert_uint_eq (seal_derive (key, info, out), 0);
  info[64] = 'x';
  ck_assert_uint_eq (gpg_err_code (seal_derive (key, info, out)),
                     GPG_ERR_INV_ARG);
}
END_TEST


START_TEST (boxes)
{
  unsigned char box[200 + SEAL_OVERHEAD], text[200];
  size_t len;

  ck_assert_uint_eq (seal_unbox (key, known_box, sizeof known_box - 1, text),
                     0);
  ck_assert_mem_eq (text, "text", 4);
  for (len = 0; len <= 200; len += 40)
    {
      ck_assert_uint_eq (seal_box (key, data, len, box), 0);
      ck_assert_uint_eq (seal_unbox (key, box, len + SEAL_OVERHEAD, text), 0);
      ck_assert_mem_eq (text, data, len);
      box[len + SEAL_OVERHEAD - 1] ^= 1;
      ck_assert_uint_eq (gpg_err_code (seal_unbox (key, box,
                                                   len + SEAL_OVERHEAD,
                                                   text)), GPG_ERR_CHECKSUM);
    }
  ck_assert_uint_eq (gpg_err_code (seal_unbox (key, box, SEAL_OVERHEAD - 1,
                                               text)), GPG_ERR_INV_LENGTH);
  key[0] ^= 1;
  ck_assert_uint_eq (gpg_err_code (seal_unbox (key, known_box,
                                               sizeof known_box - 1, text)),
                     GPG_ERR_CHECKSUM);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("seal");
  TCase *tc = tcase_create ("seal");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, opens_known_datagram);
  tcase_add_test (tc, round_trip);
  tcase_add_test (tc, sizes);
  tcase_add_test (tc, room_for_attachment);
  tcase_add_test (tc, too_large);
  tcase_add_test (tc, every_bit_counts);
  tcase_add_test (tc, lengths_refused);
  tcase_add_test (tc, other_key_and_aad);
  tcase_add_test (tc, content_is_exact);
  tcase_add_test (tc, padded_sizes);
  tcase_add_test (tc, fresh_nonce);
  tcase_add_test (tc, derive);
  tcase_add_test (tc, boxes);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
