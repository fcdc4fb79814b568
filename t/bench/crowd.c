/* crowd.c - Put the keys of many people into a keybox, at once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * crowd COUNT KEYBOX >FINGERPRINTS
 *
 * For the benchmarks: gpg takes minutes to import 10,000 keys.  Each is an
 * Ed25519 key with one user ID and its self-signature (RFC 4880, section 11.1),
 * and all come before the keys that the keybox has.  Nobody keeps their secret
 * parts.  The form of a keybox is that of GnuPG, kbx/keybox-blob.c.  */

#include <gcrypt.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/file.h"

#define MOST 100000u
#define CREATED 1700000000u
#define KEYBOX_HEAD 32
#define MAX_KEYBOX 100000000

/* A text of bytes that grows.  */
struct bytes
{
  size_t len;
  unsigned char data[2048];
};

struct person
{
  unsigned char secret[crypto_sign_SECRETKEYBYTES];
  unsigned char public[crypto_sign_PUBLICKEYBYTES];
  unsigned char fpr[20];
  struct bytes key;             /* The body of its packet.  */
  char id[64];
};


static void
put (struct bytes *b, const void *data, size_t len)
{
  if (len > sizeof b->data - b->len)
    abort ();
  memcpy (b->data + b->len, data, len);
  b->len += len;
}

static void
put_number (struct bytes *b, uint32_t value, unsigned int len)
{
  unsigned char byte;

  while (len--)
    {
      byte = (unsigned char)(value >> 8 * len);
      put (b, &byte, 1);
    }
}

/* An integer of the LEN bytes at DATA, without zeros in front.  */
static void
put_integer (struct bytes *b, const unsigned char *data, size_t len)
{
  unsigned int bits;

  while (len && !*data)
    data++, len--;
  bits = (unsigned int)len * 8;
  for (unsigned int mask = 0x80; len && mask && !(*data & mask); mask >>= 1)
    bits--;
  put_number (b, bits, 2);
  put (b, data, len);
}


static void
make_person (unsigned int number, struct person *person)
{
  static const unsigned char curve[] =
    { 9, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01 };
  unsigned char point[33] = { 0x40 };
  struct bytes hashed = { .len = 0 };

  memset (person, 0, sizeof *person);
  snprintf (person->id, sizeof person->id, "a%05u <a%05u@example.org>",
            number, number);
  crypto_sign_keypair (person->public, person->secret);
  memcpy (point + 1, person->public, 32);
  put_number (&person->key, 4, 1);
  put_number (&person->key, CREATED + number, 4);
  put_number (&person->key, 22, 1);     /* EdDSA.  */
  put (&person->key, curve, sizeof curve);
  put_integer (&person->key, point, sizeof point);
  put_number (&hashed, 0x99, 1);
  put_number (&hashed, (uint32_t)person->key.len, 2);
  put (&hashed, person->key.data, person->key.len);
  gcry_md_hash_buffer (GCRY_MD_SHA1, person->fpr, hashed.data, hashed.len);
}


/* What a self-signature says, from its version to the hashed subpackets.  */
static void
put_claims (struct bytes *b, unsigned int number, const struct person *person)
{
  put (b, "\x04\x13\x16\x08\0\x20" "\x16\x21\x04", 9);  /* SHA-256; issuer */
  put (b, person->fpr, 20);
  put (b, "\x05\x02", 2);                               /* made at */
  put_number (b, CREATED + number, 4);
  put (b, "\x02\x1b\x03", 3);                           /* sign, certify */
}

static void
put_signature (struct bytes *b, unsigned int number,
               const struct person *person)
{
  struct bytes text = { .len = 0 }, claims = { .len = 0 };
  unsigned char digest[32], sig[crypto_sign_BYTES];
  size_t idlen = strlen (person->id);

  put_claims (&claims, number, person);
  put_number (&text, 0x99, 1);
  put_number (&text, (uint32_t)person->key.len, 2);
  put (&text, person->key.data, person->key.len);
  put_number (&text, 0xb4, 1);
  put_number (&text, (uint32_t)idlen, 4);
  put (&text, person->id, idlen);
  put (&text, claims.data, claims.len);
  put (&text, "\x04\xff", 2);
  put_number (&text, (uint32_t)claims.len, 4);
  gcry_md_hash_buffer (GCRY_MD_SHA256, digest, text.data, text.len);
  crypto_sign_detached (sig, NULL, digest, sizeof digest, person->secret);
  put (b, claims.data, claims.len);
  put (b, "\0\x0a\x09\x10", 4);         /* Unhashed: the key ID.  */
  put (b, person->fpr + 12, 8);
  put (b, digest, 2);
  put_integer (b, sig, 32);
  put_integer (b, sig + 32, 32);
}


/* The three packets; R_ID is where the user ID begins.  */
static void
put_packets (struct bytes *b, unsigned int number,
             const struct person *person, size_t *r_id)
{
  struct bytes sig = { .len = 0 };
  size_t idlen = strlen (person->id);

  put_signature (&sig, number, person);
  put_number (b, 0x98, 1);
  put_number (b, (uint32_t)person->key.len, 1);
  put (b, person->key.data, person->key.len);
  put_number (b, 0xb4, 1);
  put_number (b, (uint32_t)idlen, 1);
  *r_id = b->len;
  put (b, person->id, idlen);
  put_number (b, 0x88, 1);
  put_number (b, (uint32_t)sig.len, 1);
  put (b, sig.data, sig.len);
}


/* The blob of one key: 20 bytes, key, no serial number, user ID, signature,
   times, the packets, a checksum.  */
static void
make_blob (unsigned int number, const struct person *person, struct bytes *b)
{
  struct bytes packets = { .len = 0 };
  const uint32_t at = 20 + 28 + 2 + 4 + 12 + 4 + 4 + 20;
  unsigned char sum[20];
  size_t id;

  put_packets (&packets, number, person, &id);
  b->len = 0;
  put_number (b, at + (uint32_t)packets.len + 20, 4);
  put (b, "\x02\x01\0\0", 4);           /* OpenPGP, version 1.  */
  put_number (b, at, 4);
  put_number (b, (uint32_t)packets.len, 4);
  put (b, "\0\x01\0\x1c", 4);           /* One key of 28 bytes.  */
  put (b, person->fpr, 20);
  put_number (b, 20 + 12, 4);           /* Where the key ID is.  */
  put_number (b, 0, 4);
  put_number (b, 0, 2);
  put (b, "\0\x01\0\x0c", 4);           /* One user ID of 12 bytes.  */
  put_number (b, at + (uint32_t)id, 4);
  put_number (b, (uint32_t)strlen (person->id), 4);
  put_number (b, 0, 4);
  put (b, "\0\x01\0\x04", 4);           /* One signature of 4 bytes.  */
  put_number (b, 0, 4);
  put_number (b, 0, 4);                 /* Trust, validity.  */
  put_number (b, 0, 4);
  put_number (b, 0, 4);
  put_number (b, CREATED, 4);
  put_number (b, 0, 4);
  put (b, packets.data, packets.len);
  gcry_md_hash_buffer (GCRY_MD_SHA1, sum, b->data, b->len);
  put (b, sum, sizeof sum);
}


static void
write_person (unsigned int number, FILE *fp)
{
  struct person person;
  struct bytes blob;
  size_t i;

  make_person (number, &person);
  make_blob (number, &person, &blob);
  fwrite (blob.data, blob.len, 1, fp);
  for (i = 0; i < sizeof person.fpr; i++)
    printf ("%02X", person.fpr[i]);
  putchar ('\n');
}


int
main (int argc, char **argv)
{
  unsigned long count = argc == 3 ? strtoul (argv[1], NULL, 10) : 0;
  unsigned char *old;
  size_t len;
  FILE *fp;

  if (!count || count > MOST || sodium_init () < 0
      || !gcry_check_version (NULL))
    {
      fputs ("Usage: crowd COUNT KEYBOX >FINGERPRINTS\n", stderr);
      return EX_USAGE;
    }
  if (file_read (argv[2], MAX_KEYBOX, &old, &len) || len < KEYBOX_HEAD
      || !(fp = fopen (argv[2], "wb")))
    {
      fprintf (stderr, "crowd: %s: not a keybox\n", argv[2]);
      return EX_NOINPUT;
    }
  fwrite (old, KEYBOX_HEAD, 1, fp);
  for (unsigned int i = 0; i < count; i++)
    write_person (i, fp);
  fwrite (old + KEYBOX_HEAD, 1, len - KEYBOX_HEAD, fp);
  free (old);
  return fclose (fp) ? EX_IOERR : EX_OK;
}
