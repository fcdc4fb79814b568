/* t-framing-signature.c - The form of a signature packet, field by field.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/wire/framing-signature.h"

#include <stdlib.h>
#include "signature-kit.h"

#define BINARY 0x00
#define BINDING 0x18
#define BACK 0x19

static const unsigned char fpr[20] = "0123456789abKEYIDxyz";
static const unsigned char other[20] = "0123456789abKEYIDabc";
static const unsigned char other_head[20] = "x123456789abKEYIDxyz";
static struct craft c;
static struct framing_signature sig;


/* Start C over: EdDSA with two integers.  */
static void
start_over (unsigned int class)
{
  craft_begin (&c, class, 22, 8, fpr);
  craft_tail (&c, "\x58\x8e" "\x00\x09\x01\xff" "\x00\x08\xff", 9);
}


/* Read C, as long as it is, for the sanitizer.  */
static enum framing_flaw
read_craft (unsigned int class)
{
  static unsigned char *body;
  unsigned char data[CRAFT_MAX];
  size_t len = craft_body (&c, data);

  free (body);
  body = malloc (len);
  memcpy (body, data, len);
  return framing_read_signature (body, len, class, &sig);
}

#define GOOD(class) ck_assert_uint_eq (read_craft (class), FRAMING_GOOD)
#define FLAW(class, flaw) ck_assert_uint_eq (read_craft (class), flaw)


START_TEST (fields)
{
  unsigned char hashed[CRAFT_MAX];

  start_over (BINARY);
  craft_seconds (&c, true, 3, 600);
  GOOD (BINARY);
  ck_assert_uint_eq (sig.class, 0);
  ck_assert_uint_eq (sig.algo, 22);
  ck_assert_uint_eq (sig.hash, 8);
  ck_assert_uint_eq (sig.hashed_len, craft_hashed (&c, hashed));
  ck_assert_mem_eq (sig.hashed, hashed, sig.hashed_len);
  ck_assert (sig.fpr_hashed && sig.has_created);
  ck_assert_mem_eq (sig.fpr, fpr, 20);
  ck_assert_mem_eq (sig.keyid, fpr + 12, 8);
  ck_assert_uint_eq (sig.created, CRAFT_TIME);
  ck_assert_uint_eq (sig.lifetime, 600);
  ck_assert_mem_eq (sig.check, "\x58\x8e", 2);
  ck_assert_uint_eq (sig.n_integers, 2);
  ck_assert_uint_eq (sig.integer[0].bits, 9);
  ck_assert_mem_eq (sig.integer[0].data, "\x01\xff", 2);
  ck_assert_uint_eq (sig.integer[1].len, 1);
}
END_TEST


START_TEST (head)
{
  unsigned int i;

  for (i = 0; i < 256; i++)
    {
      start_over (BINARY);
      c.version = (unsigned char)i;
      FLAW (BINARY, i == 4 ? FRAMING_GOOD : FRAMING_SIGNATURE_VERSION);
      start_over (i);
      FLAW (BINARY, i == 0 ? FRAMING_GOOD
            : i == 1 ? FRAMING_TEXT_MODE : FRAMING_CLASS);
      FLAW (BACK, i == BACK ? FRAMING_GOOD : FRAMING_CLASS);
      start_over (BINARY);
      c.hash = (unsigned char)i;
      FLAW (BINARY, i >= 8 && i <= 10 ? FRAMING_GOOD : FRAMING_DIGEST);
      start_over (BINARY);
      c.algo = (unsigned char)i;
      FLAW (BINARY, i == 1 ? FRAMING_INTEGERS
            : i == 19 || i == 22 ? FRAMING_GOOD : FRAMING_ALGORITHM);
    }
}
END_TEST


START_TEST (issuer)
{
  craft_bare (&c, BINARY, 22, 8);
  craft_seconds (&c, true, 2, CRAFT_TIME);
  craft_tail (&c, "\x58\x8e" "\x00\x01\x01" "\x00\x01\x01", 8);
  FLAW (BINARY, FRAMING_NO_ISSUER);
  craft_keyid (&c, true, fpr);
  FLAW (BINARY, FRAMING_UNHASHED_ISSUER);
  craft_fpr (&c, false, fpr);
  FLAW (BINARY, FRAMING_UNHASHED_ISSUER);
  c.unhashed_len = 0;
  craft_fpr (&c, true, fpr);
  GOOD (BINARY);

  start_over (BINARY);          /* The key ID of another.  */
  c.unhashed_len = 0;
  craft_keyid (&c, false, other);
  FLAW (BINARY, FRAMING_ISSUER);
  c.unhashed_len = 0;
  craft_keyid (&c, false, other_head);
  GOOD (BINARY);
  c.unhashed_len = 0;
  craft_keyid (&c, true, other);
  FLAW (BINARY, FRAMING_ISSUER);
  start_over (BINARY);
  c.unhashed_len = 0;
  GOOD (BINARY);

  start_over (BINARY);          /* Of another length or version.  */
  c.unhashed_len = 0;
  craft_sub (&c, false, 16, fpr + 12, 7);
  FLAW (BINARY, FRAMING_ISSUER);
  start_over (BINARY);
  c.hashed[2] = 5;
  FLAW (BINARY, FRAMING_ISSUER);
  c.hashed[2] = 4;
  GOOD (BINARY);
  craft_bare (&c, BINARY, 22, 8);
  craft_sub (&c, true, 33, "\x04" "0123456789abKEYIDxy", 20);
  FLAW (BINARY, FRAMING_ISSUER);
}
END_TEST


START_TEST (issuer_of_binding)
{
  craft_bare (&c, BINDING, 22, 8);
  craft_seconds (&c, true, 2, CRAFT_TIME);
  craft_tail (&c, "\x58\x8e" "\x00\x01\x01" "\x00\x01\x01", 8);
  FLAW (BINDING, FRAMING_NO_ISSUER);
  craft_keyid (&c, false, fpr);
  GOOD (BINDING);
  ck_assert_ptr_null (sig.fpr);
  craft_fpr (&c, false, other);
  FLAW (BINDING, FRAMING_ISSUER);
  c.unhashed_len = 0;
  craft_fpr (&c, false, fpr);
  GOOD (BINDING);
}
END_TEST


START_TEST (made)
{
  craft_bare (&c, BINARY, 22, 8);
  craft_fpr (&c, true, fpr);
  craft_tail (&c, "\x58\x8e" "\x00\x01\x01" "\x00\x01\x01", 8);
  FLAW (BINARY, FRAMING_NO_TIME);
  craft_seconds (&c, false, 2, CRAFT_TIME);
  FLAW (BINARY, FRAMING_NO_TIME);
  c.unhashed_len = 0;
  craft_seconds (&c, true, 2, CRAFT_TIME);
  GOOD (BINARY);
  craft_sub (&c, true, 3, "\0\0\1", 3);
  FLAW (BINARY, FRAMING_SUBPACKETS);
  craft_bare (&c, BINARY, 22, 8);
  craft_sub (&c, true, 2, "\0\0\0\0\1", 5);
  FLAW (BINARY, FRAMING_SUBPACKETS);
}
END_TEST


/* The last second that 32 bits can hold, and one more.  */
START_TEST (lifetimes)
{
  static const unsigned int classes[] = { BINARY, BINDING, BACK };
  size_t i;

  for (i = 0; i < 3; i++)
    {
      start_over (classes[i]);
      craft_seconds (&c, true, 3, UINT32_MAX - CRAFT_TIME);
      GOOD (classes[i]);
      ck_assert_uint_eq (sig.lifetime, UINT32_MAX - CRAFT_TIME);
      start_over (classes[i]);
      craft_seconds (&c, true, 3, UINT32_MAX - CRAFT_TIME + 1);
      FLAW (classes[i], FRAMING_LIFETIME);
      start_over (classes[i]);
      craft_seconds (&c, true, 3, UINT32_MAX);
      FLAW (classes[i], FRAMING_LIFETIME);
      start_over (classes[i]);  /* There it does not count.  */
      craft_seconds (&c, false, 3, UINT32_MAX);
      GOOD (classes[i]);
    }
}
END_TEST


/* Once each; a second is refused wherever it stands.  */
START_TEST (repeated)
{
  static const unsigned char once[] = { 2, 3, 16, 33 };
  size_t i, n;
  bool first, second;

  for (i = 0; i < sizeof once * 4; i++)
    {
      first = i & 1;
      second = i & 2;
      craft_bare (&c, BINARY, 22, 8);
      if (once[i / 4] != 33)
        craft_fpr (&c, true, fpr);
      if (once[i / 4] != 2)
        craft_seconds (&c, true, 2, CRAFT_TIME);
      craft_tail (&c, "\x58\x8e" "\x00\x01\x01" "\x00\x01\x01", 8);
      for (n = 0; n < 2; n++)
        {
          if (once[i / 4] < 4)
            craft_seconds (&c, n ? second : first, once[i / 4], CRAFT_TIME);
          else if (once[i / 4] == 16)
            craft_keyid (&c, n ? second : first, fpr);
          else
            craft_fpr (&c, n ? second : first, fpr);
          if (!n && (first || once[i / 4] % 13 == 3))
            GOOD (BINARY);
        }
      FLAW (BINARY, FRAMING_REPEATED);
    }
}
END_TEST


/* Others may stand twice: none of them is used.  */
START_TEST (repeated_others)
{
  start_over (BINARY);
  craft_sub (&c, true, 27, "\x02", 1);
  craft_sub (&c, true, 27, "\x00", 1);
  craft_sub (&c, false, 100, "x", 1);
  craft_sub (&c, false, 100, "y", 1);
  GOOD (BINARY);
  start_over (BINDING);
  craft_sub (&c, true, 27, "\x02", 1);
  GOOD (BINDING);
  craft_sub (&c, true, 27, "\x02", 1);
  FLAW (BINDING, FRAMING_REPEATED);
  start_over (BINDING);
  craft_sub (&c, false, 32, "x", 1);
  GOOD (BINDING);
  ck_assert_uint_eq (sig.embedded_len, 1);
  craft_sub (&c, true, 32, "x", 1);
  FLAW (BINDING, FRAMING_REPEATED);
  start_over (BINDING);
  craft_seconds (&c, true, 9, 1);
  GOOD (BINDING);
  ck_assert_uint_eq (sig.key_lifetime, 1);
  craft_seconds (&c, false, 9, 1);
  FLAW (BINDING, FRAMING_REPEATED);
}
END_TEST


/* What the unhashed area says does not count.  */
START_TEST (unhashed)
{
  start_over (BINDING);
  craft_seconds (&c, false, 3, 1);
  craft_seconds (&c, false, 9, 1);
  craft_sub (&c, false, 27, "\x02", 1);
  GOOD (BINDING);
  ck_assert_uint_eq (sig.lifetime, 0);
  ck_assert_uint_eq (sig.key_lifetime, 0);
  ck_assert (!sig.has_key_flags);
  start_over (BINDING);
  craft_sub (&c, true, 27, "\x02\x01", 2);
  GOOD (BINDING);
  ck_assert (sig.has_key_flags);
  ck_assert_uint_eq (sig.key_flags, 2);
  craft_bare (&c, BINDING, 22, 8);
  craft_sub (&c, true, 27, "", 0);
  FLAW (BINDING, FRAMING_SUBPACKETS);
}
END_TEST


/* The shortest bodies that some types may have, one byte fewer than which is
   too few; EXACT: one more is too many.  */
static const struct body
{
  unsigned int type;
  const char *data;
  size_t len;
  bool exact;
} bodies[] =
  {
    { 4, "\1", 1, false }, { 5, "\1\x78", 2, true }, { 7, "\1", 1, false },
    { 12, "\x80\x16" "0123456789abcdefghij", 22, false },
    { 20, "\x80\0\0\0\0\0\0\0", 8, true },
    { 20, "\x80\0\0\0\0\1\0\2nvv", 11, true },
    { 25, "\1", 1, true }, { 29, "\0", 1, false },
    { 32, "\4", 1, false },
    { 38, "\0" "1234567890123456789012345678901234567890123456789", 50,
      false }
  };
#define N_BODIES (sizeof bodies / sizeof *bodies)


/* Too short or too long, and a twin that is neither.  In the unhashed area
   GnuPG looks at two types alone.  */
START_TEST (shapes)
{
  unsigned char data[64] = "";
  const struct body *b;

  for (b = bodies; b < bodies + N_BODIES; b++)
    {
      memcpy (data, b->data, b->len);
      data[b->len] = 0;
      start_over (BINARY);
      craft_sub (&c, true, b->type, data, b->len);
      craft_sub (&c, false, b->type, data, b->len);
      GOOD (BINARY);
      craft_sub (&c, false, b->type, data, b->len - 1);
      FLAW (BINARY, b->type == 4 || b->type == 32 ? FRAMING_SUBPACKETS
                                                  : FRAMING_GOOD);
      start_over (BINARY);
      craft_sub (&c, true, b->type, data, b->len - 1);
      FLAW (BINARY, FRAMING_SUBPACKETS);
      start_over (BINDING);
      craft_sub (&c, true, b->type, data, b->len - 1);
      FLAW (BINDING, FRAMING_SUBPACKETS);
      start_over (BINARY);
      craft_sub (&c, true, b->type, data, b->len + 1);
      FLAW (BINARY, b->exact ? FRAMING_SUBPACKETS : FRAMING_GOOD);
    }
}
END_TEST


/* The lengths in a notation do not overflow, and a key block of another
   version is ignored, however short.  */
START_TEST (odd_shapes)
{
  start_over (BINARY);
  craft_sub (&c, true, 20, "\x80\0\0\0\xff\xff\xff\xff", 8);
  FLAW (BINARY, FRAMING_SUBPACKETS);
  start_over (BINARY);
  craft_sub (&c, true, 20, "\x80\0\0\0\0\1\xff\xffn", 9);
  FLAW (BINARY, FRAMING_SUBPACKETS);
  start_over (BINARY);
  craft_sub (&c, true, 20, "\x80\0\0\0\0\1\0\0n", 9);
  GOOD (BINARY);
  craft_sub (&c, true, 20, "", 0);      /* A second is looked at, too.  */
  FLAW (BINARY, FRAMING_SUBPACKETS);
  start_over (BINARY);
  craft_sub (&c, true, 38, "\1", 1);
  GOOD (BINARY);
  craft_sub (&c, true, 38, "\0", 1);
  FLAW (BINARY, FRAMING_SUBPACKETS);
  start_over (BINARY);
  craft_sub (&c, true, 38, "", 0);
  FLAW (BINARY, FRAMING_SUBPACKETS);
}
END_TEST


/* A body that TYPE may have.  */
static struct body
find_body (unsigned int type)
{
  struct body any = { type, "\x02\0\0\1", 4, false };
  const struct body *b;

  for (b = bodies; b < bodies + N_BODIES; b++)
    if (b->type == type)
      any = *b;
  return any;
}


/* Each type, critical and not, in both areas.  Those that GnuPG obeys are
   taken; 20, a notation, is not, whatever its name.  */
START_TEST (critical)
{
  static const char obeyed[] =
    "\x04\x05\x06\x07\x09\x0b\x0c\x15\x16\x18\x19\x1a\x1b\x1d\x1e\x20";
  enum framing_flaw flaw;
  unsigned int type;
  struct body b;
  int hashed;
  bool good;

  for (type = 0; type < 128; type++)
    for (hashed = 0; hashed < 2; hashed++)
      {
        if (type == 2 || type == 3 || type == 16 || type == 33)
          continue;
        b = find_body (type);
        flaw = hashed && type == 24 ? FRAMING_KEY_SERVER : FRAMING_GOOD;
        start_over (BINARY);
        craft_sub (&c, hashed, type, b.data, b.len);
        FLAW (BINARY, flaw);
        start_over (BINARY);
        craft_sub (&c, hashed, type | 0x80, b.data, b.len);
        good = type && strchr (obeyed, (char)type);
        FLAW (BINARY, good ? flaw : FRAMING_CRITICAL);
      }
  craft_bare (&c, BINARY, 22, 8);
  craft_seconds (&c, true, 2 | 0x80, CRAFT_TIME);
  craft_seconds (&c, true, 3 | 0x80, 60);
  craft_sub (&c, false, 16 | 0x80, fpr + 12, 8);
  craft_fpr (&c, true, fpr);
  c.hashed[13] |= 0x80;
  craft_tail (&c, "\x58\x8e" "\x00\x01\x01" "\x00\x01\x01", 8);
  GOOD (BINARY);
  ck_assert_uint_eq (sig.lifetime, 60);
}
END_TEST


/* A key server that the signer prefers: on a message GnuPG has a verdict of
   its own on it.  Keys may name one.  */
START_TEST (key_server)
{
  static const unsigned int classes[] = { BINDING, BACK };
  const char *url = "hkps://keys.example.org";
  size_t i;

  for (i = 0; i < 2; i++)
    {
      start_over (classes[i]);
      craft_sub (&c, true, 24, url, strlen (url));
      craft_sub (&c, true, 24 | 0x80, url, strlen (url));
      GOOD (classes[i]);
    }
  start_over (BINARY);
  craft_sub (&c, true, 26, url, strlen (url));  /* A policy.  */
  GOOD (BINARY);
  craft_sub (&c, true, 24, url, strlen (url));
  FLAW (BINARY, FRAMING_KEY_SERVER);
}
END_TEST


/* The tail of a signature by ALGO.  */
static enum framing_flaw
tail (unsigned int algo, const char *data, size_t len)
{
  craft_begin (&c, BINARY, algo, 8, fpr);
  craft_tail (&c, data, len);
  return read_craft (BINARY);
}

#define TAIL(algo, text) tail (algo, text, sizeof text - 1)

START_TEST (integers)
{
  ck_assert_uint_eq (TAIL (1, "xx\0\x01\x01"), FRAMING_GOOD);
  ck_assert_uint_eq (TAIL (1, "xx\0\x01\x01\0\x01\x01"), FRAMING_INTEGERS);
  ck_assert_uint_eq (TAIL (1, "xx\0\x01\x01!"), FRAMING_INTEGERS);
  ck_assert_uint_eq (TAIL (22, "xx\0\x01\x01"), FRAMING_INTEGERS);
  ck_assert_uint_eq (TAIL (22, "xx\0\x01\x01\0\x01\x01"), FRAMING_GOOD);
  ck_assert_uint_eq (TAIL (19, "xx\0\x01\x01\0\x01\x01"), FRAMING_GOOD);
  ck_assert_uint_eq (TAIL (22, "xx\0\x01\x01\0\x01\x01\0\x01\x01"),
                     FRAMING_INTEGERS);
  ck_assert_uint_eq (TAIL (1, ""), FRAMING_SIGNATURE_SHORT);
  ck_assert_uint_eq (TAIL (1, "x"), FRAMING_SIGNATURE_SHORT);
  ck_assert_uint_eq (TAIL (1, "xx"), FRAMING_SIGNATURE_SHORT);
  ck_assert_uint_eq (TAIL (1, "xx\0"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\x01"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\x09\x01"), FRAMING_NUMBER);
  /* More or fewer bits than it says, and zero.  */
  ck_assert_uint_eq (TAIL (1, "xx\0\x02\x01"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\x01\x02"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\x01\x03"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\x02\x03"), FRAMING_GOOD);
  ck_assert_uint_eq (TAIL (1, "xx\0\x08\x7f"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\x08\x80"), FRAMING_GOOD);
  ck_assert_uint_eq (TAIL (1, "xx\0\x10\0\x80"), FRAMING_NUMBER);
  ck_assert_uint_eq (TAIL (1, "xx\0\0"), FRAMING_NUMBER);
}
END_TEST


/* A subpacket of more than 191 bytes, and a signature cut anywhere.  */
START_TEST (cut)
{
  unsigned char data[CRAFT_MAX], *copy;
  char big[300] = "";
  size_t len, n;

  start_over (BINARY);
  craft_sub (&c, true, 26, big, sizeof big);
  GOOD (BINARY);
  len = craft_body (&c, data);
  for (n = 0; n < len; n++)
    {
      copy = malloc (n ? n : 1);
      memcpy (copy, data, n);
      ck_assert_uint_ne (framing_read_signature (copy, n, BINARY, &sig),
                         FRAMING_GOOD);
      free (copy);
    }
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("framing-signature");
  Suite *suite = suite_create ("framing");
  SRunner *sr;
  int failed;

  tcase_add_test (tc, fields);
  tcase_add_test (tc, head);
  tcase_add_test (tc, issuer);
  tcase_add_test (tc, issuer_of_binding);
  tcase_add_test (tc, made);
  tcase_add_test (tc, lifetimes);
  tcase_add_test (tc, repeated);
  tcase_add_test (tc, repeated_others);
  tcase_add_test (tc, unhashed);
  tcase_add_test (tc, shapes);
  tcase_add_test (tc, odd_shapes);
  tcase_add_test (tc, critical);
  tcase_add_test (tc, key_server);
  tcase_add_test (tc, integers);
  tcase_add_test (tc, cut);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
