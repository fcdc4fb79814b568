/* t-framing-key.c - What common/framing sees in a key.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "framing-kit.h"

/* A signature of CLASS with the digest HASH, of version 4 or 3.  */
static void
key_signature (unsigned int class, unsigned int hash)
{
  header (2, 12);
  put_byte (4);
  put_byte (class);
  put_byte (0x16);
  put_byte (hash);
  put ("\x00\x00\x00\x00", 4);  /* No subpackets.  */
  fill (4);
}


/* What binds a subkey with SHA-256 and has its own signature, with HASH, in
   the area of subpackets that is hashed or in the other one.  */
static void
cross_signature (unsigned int hash, bool hashed)
{
  header (2, 24);
  put ("\x04\x18\x16\x08\x00", 5);
  if (!hashed)
    put ("\x00\x00", 2);
  put_byte (12);
  put ("\x0b\xa0\x04\x19\x16", 5);      /* 32, critical.  */
  put_byte (hash);
  fill (6);
  if (hashed)
    put ("\x00\x00", 2);
  fill (4);
}


static void
old_signature (unsigned int class, unsigned int hash)
{
  header (2, 20);
  put ("\x03\x05", 2);
  put_byte (class);
  fill (4 + 8);
  put_byte (1);
  put_byte (hash);
  fill (3);
}


static void
key_packet (unsigned int tag)
{
  header (tag, 30);
  fill (30);
}


/* A key whose user ID is bound with HASH.  */
static void
begin_key (unsigned int hash)
{
  begin ();
  key_packet (6);
  header (13, 5);
  put ("alice", 5);
  key_signature (0x13, hash);
}


static struct framing_key
look (void)
{
  struct framing_key key;

  ck_assert_uint_eq (framing_look_key (m, len, &key), 0);
  return key;
}


START_TEST (key_bindings)
{
  begin_key (8);
  ck_assert (!look ().old_binding && !look ().old_revocation);
  key_packet (14);
  key_signature (0x18, 10);
  ck_assert (!look ().old_binding && !look ().old_revocation);
  begin_key (2);
  ck_assert (look ().old_binding && !look ().old_revocation);
  begin_key (8);
  key_packet (14);
  key_signature (0x18, 2);
  ck_assert (look ().old_binding && !look ().old_revocation);
  begin_key (8);
  old_signature (0x10, 1);
  ck_assert (look ().old_binding);
  begin_key (8);
  old_signature (0x10, 8);
  ck_assert (!look ().old_binding);
}
END_TEST


/* The length of the key in M without its weak signatures.  */
static size_t
dropped (void)
{
  static unsigned char copy[sizeof m];
  size_t n;

  memcpy (copy, m, len);
  ck_assert_uint_eq (framing_drop_weak (copy, len, &n), 0);
  ck_assert (n != len || !memcmp (copy, m, len));
  return n;
}


START_TEST (key_cross_signatures)
{
  size_t before;
  int hashed;

  for (hashed = 0; hashed < 2; hashed++)
    {
      begin_key (8);
      key_packet (14);
      before = len;
      cross_signature (10, hashed);
      ck_assert (!look ().old_binding);
      ck_assert_uint_eq (dropped (), len);
      len = before;
      cross_signature (2, hashed);
      ck_assert (look ().old_binding);
      ck_assert_uint_eq (dropped (), before);
    }
  m[before + 7] = 12;           /* It goes beyond its area.  */
  m[before + 8] = 13;
  ck_assert_uint_ne (framing_drop_weak (m, len, &before), 0);
  ck_assert_uint_eq (before, 0);
}
END_TEST


/* What goes and what stays, in its order.  */
START_TEST (key_without_weak)
{
  static const unsigned int binding[] =
    { 0x10, 0x11, 0x12, 0x13, 0x1f, 0x18 };
  static const unsigned int other[] = { 0x20, 0x28, 0x30 };
  size_t before, i;

  begin_key (8);
  before = len;
  for (i = 0; i < sizeof binding / sizeof *binding; i++)
    {
      key_signature (binding[i], 2);
      ck_assert_uint_eq (dropped (), before);
      len = before;
      key_signature (binding[i], 8);
      ck_assert_uint_eq (dropped (), len);
      len = before;
      old_signature (binding[i], 1);
      ck_assert_uint_eq (dropped (), before);
      len = before;
    }
  for (i = 0; i < sizeof other / sizeof *other; i++)
    {
      key_signature (other[i], 2);
      ck_assert_uint_eq (dropped (), len);
    }
  begin_key (2);
  before = len - 14;
  key_packet (14);
  key_signature (0x18, 3);
  key_packet (14);
  key_signature (0x18, 8);
  ck_assert_uint_eq (dropped (), before + 32 + 32 + 14);
  ck_assert_uint_eq (framing_drop_weak (m, len, &len), 0);
  ck_assert (!look ().old_binding);
  len--;
  ck_assert_uint_ne (framing_drop_weak (m, len, &before), 0);
}
END_TEST


START_TEST (key_versions)
{
  begin_key (8);
  m[2] = 4;
  ck_assert_uint_eq (framing_key_version (m, len), 4);
  m[2] = 5;
  ck_assert_uint_eq (framing_key_version (m, len), 5);
  m[2] = 4;
  key_packet (14);
  m[len - 30] = 6;
  ck_assert_uint_eq (framing_key_version (m, len), 6);
  ck_assert_uint_eq (framing_key_version ("hello", 5), 0);
}
END_TEST


/* What an old digest revokes counts where a good one has bound it.  */
START_TEST (key_revocations)
{
  begin_key (8);
  key_signature (0x20, 8);
  ck_assert (!look ().old_revocation);
  begin_key (8);
  key_signature (0x20, 2);
  ck_assert (look ().old_revocation);
  begin_key (8);
  old_signature (0x20, 2);
  ck_assert (look ().old_revocation);
  begin_key (8);
  key_packet (14);
  key_signature (0x18, 8);
  key_signature (0x28, 2);
  ck_assert (look ().old_revocation);
  key_packet (14);
  key_signature (0x18, 8);
  ck_assert (look ().old_revocation);
  begin_key (8);
  key_packet (14);
  key_signature (0x28, 8);
  key_signature (0x18, 8);
  ck_assert (!look ().old_revocation);
  begin_key (8);
  key_packet (14);
  key_signature (0x28, 2);
  key_signature (0x18, 2);
  ck_assert (!look ().old_revocation);
}
END_TEST


START_TEST (key_packets)
{
  struct framing_key key;
  size_t whole;

  begin_key (8);
  whole = len;
  for (len = 0; len < whole; len++)
    if (len != 32 && len != 39) /* Between two packets.  */
      ck_assert_uint_eq (gpg_err_code (framing_look_key (m, len, &key)),
                         GPG_ERR_BAD_DATA);
  len = whole;
  key_packet (6);
  ck_assert_uint_ne (framing_look_key (m, len, &key), 0);
  len = whole;
  key_packet (7);
  ck_assert_uint_ne (framing_look_key (m, len, &key), 0);
  len = whole;
  header (2, 3);
  fill (3);
  ck_assert_uint_ne (framing_look_key (m, len, &key), 0);
  len = whole;
  header (2, 16);
  put_byte (3);
  fill (15);
  ck_assert_uint_ne (framing_look_key (m, len, &key), 0);
  begin ();
  key_packet (5);
  ck_assert_uint_ne (framing_look_key (m, len, &key), 0);
  begin_key (8);
  key_packet (12);              /* GnuPG's own notes.  */
  key_packet (17);
  ck_assert_uint_eq (framing_look_key (m, len, &key), 0);
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("framing-key");

  tcase_add_test (tc, key_bindings);
  tcase_add_test (tc, key_cross_signatures);
  tcase_add_test (tc, key_without_weak);
  tcase_add_test (tc, key_versions);
  tcase_add_test (tc, key_revocations);
  tcase_add_test (tc, key_packets);
  return run_cases (tc);
}
