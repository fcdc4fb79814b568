/* t-framing.c - Tests of common/framing, with packets made by hand.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What GnuPG itself makes is walked in t-pgp.c.  */

#include "../common/framing.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL_MAX 4096

static unsigned char m[20000];
static size_t len;
static enum framing_flaw flaw;
static const char *why;

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

/* A header of the new format with a one or two byte length.  */
static void
header (unsigned int tag, size_t n)
{
  put_byte (0xc0 | tag);
  if (n < 192)
    put_byte ((unsigned int)n);
  else
    {
      put_byte (192 + (unsigned int)(n - 192) / 256);
      put_byte ((unsigned int)(n - 192) % 256);
    }
}

static void
pkesk (void)
{
  header (1, 20);
  put ("\x03" "12345678" "\x12", 10);
  fill (10);
}


static void
mdc_data (size_t n)
{
  header (18, n);
  put_byte (1);
  fill (n - 1);
}


static void
onepass (unsigned int hash, unsigned int last, const char *keyid)
{
  header (4, 13);
  put_byte (3);
  put_byte (0);
  put_byte (hash);
  put_byte (22);
  put (keyid, 8);
  put_byte (last);
}


static void
literal (char mode, size_t n)
{
  header (11, n + 8);
  put_byte ((unsigned char)mode);
  put ("\x02" "ab" "\x01\x02\x03\x04", 7);
  fill (n);
}


/* Behind the four bytes of version, class and algorithms.  */
static void
signature_rest (const char *keyid)
{
  put_byte (0);
  put_byte (23);
  put ("\x16\x21\x04" "xxxxxxxxxxxx", 15);
  put (keyid, 8);
  put_byte (0);
  put_byte (10);
  put ("\x09\x10", 2);
  put (keyid, 8);
  put ("\x58\x8e" "\x00\x09\x01\xff" "\x00\x08\xff", 9);
}

#define SIGNATURE_LEN (4 + 2 + 23 + 2 + 10 + 9)

static void
signature (unsigned int hash, const char *keyid)
{
  header (2, SIGNATURE_LEN);
  put ("\x04\x00\x16", 3);
  put_byte (hash);
  signature_rest (keyid);
}


static void
begin (void)
{
  len = 0;
}


static bool
outer (void)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len ? len : 1);

  /* Exactly as long, for the sanitizer.  */
  memcpy (copy, m, len);
  err = framing_check_outer (copy, len, &flaw);
  free (copy);
  why = framing_text (flaw);
  ck_assert (!err == !flaw);
  ck_assert (!err || gpg_err_code (err) == GPG_ERR_BAD_DATA);
  return !err;
}


static bool
inner (unsigned int signers)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len ? len : 1);

  memcpy (copy, m, len);
  err = framing_check_inner (copy, len, LITERAL_MAX, signers, &flaw);
  free (copy);
  why = framing_text (flaw);
  ck_assert (!err == !flaw);
  ck_assert (!err || gpg_err_code (err) == GPG_ERR_BAD_DATA);
  return !err;
}

#define REFUSED(call, text) \
  do { ck_assert (!(call)); ck_assert_str_eq (why, text); } while (0)


START_TEST (outer_plain)
{
  begin ();
  pkesk ();
  mdc_data (100);
  ck_assert (outer ());
  put_byte (0);
  REFUSED (outer (), "something behind the last packet");
  len--;
  mdc_data (100);
  REFUSED (outer (), "something behind the last packet");
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
  REFUSED (outer (), "encrypted data of another version than 1");
  ck_assert_str_eq (aead (2, 2, 16, 100),
                    "encrypted with another cipher than AES");
  ck_assert_str_eq (aead (10, 2, 16, 100),
                    "encrypted with another cipher than AES");
  ck_assert_str_eq (aead (9, 1, 16, 100),
                    "encrypted with another AEAD mode than OCB");
  ck_assert_str_eq (aead (9, 3, 16, 100),
                    "encrypted with another AEAD mode than OCB");
  ck_assert_ptr_null (aead (9, 2, 0, 90));
  ck_assert_str_eq (aead (9, 2, 17, 100),
                    "encrypted in chunks of more than 4 MiB");
  ck_assert_str_eq (aead (9, 2, 255, 100),
                    "encrypted in chunks of more than 4 MiB");
  ck_assert (!aead (9, 2, 16, 100));
  put_byte (0);
  REFUSED (outer (), "something behind the last packet");
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
    { 60, "a packet that has no place there" },
    { 0, "a packet that has no place there" } };
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
  REFUSED (outer (), "no OpenPGP message");
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
  REFUSED (outer (), "ends where another packet is due");
  mdc_data (100);
  m[2] = 2;
  REFUSED (outer (), "session key packet of another version than 3");
  m[2] = 6;
  REFUSED (outer (), "session key packet of another version than 3");
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
  REFUSED (outer (), "encrypted data of another version than 1");
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
  REFUSED (outer (), "something behind the last packet");
  begin ();
  pkesk ();
  partial (18, 8, "\x01", 1);
  REFUSED (outer (), "partial length below 512 bytes");
  begin ();
  partial (1, 9, "\x03", 1);
  mdc_data (100);
  REFUSED (outer (), "partial lengths of a packet that is no data");
  begin ();
  onepass (10, 1, "KEYIDxyz");
  partial (11, 9, "b\x02" "ab" "\x01\x02\x03\x04", 8);
  signature (10, "KEYIDxyz");
  ck_assert (inner (1));
  ck_assert_uint_eq (framing_check_inner (m, len, 512 + 31 - 8, 1, NULL), 0);
  ck_assert_uint_ne (framing_check_inner (m, len, 512 + 30 - 8, 1, NULL), 0);
}
END_TEST


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
  REFUSED (inner (1), "something behind the last packet");
  for (hash = 0; hash < 256; hash++)
    {
      inside (hash, 'b', 10);
      if (hash == 8 || hash == 9 || hash == 10 || hash == 12 || hash == 14)
        ck_assert (inner (1));
      else
        REFUSED (inner (1), "signed with a digest weaker than SHA-256");
    }
  inside (10, 'b', LITERAL_MAX);
  ck_assert (inner (1));
  inside (10, 'b', LITERAL_MAX + 1);
  REFUSED (inner (1), "text too long");
  inside (10, 't', 10);
  REFUSED (inner (1), "literal data not in binary mode");
  inside (10, 'u', 10);
  REFUSED (inner (1), "literal data not in binary mode");
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (m, len, 1, 0, NULL)),
                     GPG_ERR_INV_ARG);
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (m, len, 1, 3, NULL)),
                     GPG_ERR_INV_ARG);
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
  REFUSED (inner (1), "more signatures than due");
  begin ();                     /* Signatures in the wrong order.  */
  onepass (10, 0, "KEYIDxyz");
  onepass (10, 1, "KEYIDabc");
  literal ('b', 10);
  signature (10, "KEYIDxyz");
  signature (10, "KEYIDabc");
  REFUSED (inner (2), "signature by another key than announced");
  begin ();                     /* Nested, not side by side.  */
  onepass (10, 1, "KEYIDxyz");
  onepass (10, 1, "KEYIDabc");
  literal ('b', 10);
  signature (10, "KEYIDabc");
  signature (10, "KEYIDxyz");
  REFUSED (inner (2), "fewer signatures than due");
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
  REFUSED (inner (1), "ends where another packet is due");
  header (17, 10);
  fill (10);
  REFUSED (inner (1), "a packet that has no place there");
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
  REFUSED (changed (2, 6), "one-pass signature packet of another version");
  REFUSED (changed (3, 1),
           "signed in text mode (class 0x01)");
  REFUSED (changed (5, 1), "signature by other algorithms than announced");
  REFUSED (changed (6, 'x'), "signature by another key than announced");
  REFUSED (changed (14, 0), "more signatures than due");
  REFUSED (changed (14, 2), "one-pass signature packet of another version");
  REFUSED (changed (3, 0x10), "signature of another class than 0x00");
  REFUSED (changed (sig, 3), "signature of another version than 4");
  REFUSED (changed (sig, 5), "signature of another version than 4");
  REFUSED (changed (sig + 1, 1),
           "signed in text mode (class 0x01)");
  REFUSED (changed (sig + 1, 2), "signature of another class than 0x00");
  REFUSED (changed (sig + 2, 1),
           "signature by other algorithms than announced");
  REFUSED (changed (sig + 3, 8),
           "signature by other algorithms than announced");
  REFUSED (changed (sig + 4, 1), "signature packet that is too short");
  REFUSED (changed (sig + 5, 22), "signature packet with broken subpackets");
  REFUSED (changed (sig + 6, 0), "signature packet with broken subpackets");
  REFUSED (changed (sig + 6, 0x17),
           "signature packet with broken subpackets");
  REFUSED (changed (sig + 8, 5), "signature by another key than announced");
  REFUSED (changed (sig + 28, 'x'),
           "signature by another key than announced");
  REFUSED (changed (sig + 33, 'x'),
           "signature by another key than announced");
  REFUSED (changed (sig + SIGNATURE_LEN - 3, 1),
           "signature packet with a broken number");
  ck_assert (changed (sig + 32, 0x21 | 0x80) == false);
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
  begin ();
  onepass (10, 1, "KEYIDxyz");
  literal ('b', 10);
  header (2, 4 + 4 + 10 + 5);
  put ("\x04\x00\x16\x0a\x00\x00\x00\x0a\x09\x10" "KEYIDxyz"
       "\x58\x8e" "\x00\x01\x01", 23);
  ck_assert (inner (1));
  m[len - 24] = 20;             /* No number behind.  */
  len -= 3;
  REFUSED (inner (1), "signature packet that is too short");
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
  Suite *suite = suite_create ("framing");
  TCase *tc = tcase_create ("framing");
  SRunner *sr;
  int failed;

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
  tcase_add_test (tc, inner_plain);
  tcase_add_test (tc, inner_two);
  tcase_add_test (tc, inner_packets);
  tcase_add_test (tc, inner_fields);
  tcase_add_test (tc, inner_issuer);
  tcase_add_test (tc, inner_file_name);
  tcase_add_test (tc, key_bindings);
  tcase_add_test (tc, key_cross_signatures);
  tcase_add_test (tc, key_without_weak);
  tcase_add_test (tc, key_versions);
  tcase_add_test (tc, key_revocations);
  tcase_add_test (tc, key_packets);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
