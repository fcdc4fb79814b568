/* fuzz-openpgp-session.c - Any bytes as an encrypted message.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The input is what the agent answers, with the length of that before it (two
 * bytes, the first bit: the padding is removed), and the message.  The keys
 * are only public: nothing here depends on who has their secrets.  */

#include "../../common/pgp/openpgp/openpgp-unwrap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/secret.h"
#include "../../common/wire/framing.h"

#define SIZE 1400
#define RSA_LEN 256
#define N_KEYS 3
#define HEAD "\x04\x60\x00\x00\x00"     /* Version 4, made in 2021.  */

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* RFC 7748, section 6.1, and the base point of P-256.  */
static const unsigned char cv_body[] = HEAD
  "\x12\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01\x01\x07\x40\x85\x20\xf0"
  "\x09\x89\x30\xa7\x54\x74\x8b\x7d\xdc\xb4\x3e\xf7\x5a\x0d\xbf\x3a\x0d\x26"
  "\x38\x1a\xf4\xeb\xa4\xa9\x8e\xaa\x9b\x4e\x6a\x03\x01\x08\x07";
static const unsigned char p256_body[] = HEAD
  "\x12\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x02\x03\x04"
  "\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2"
  "\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
  "\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16"
  "\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
  "\x03\x01\x0a\x09";
static unsigned char rsa_body[6 + 2 + RSA_LEN + 2 + 3];
static struct openpgp_key keys[N_KEYS];

struct answering
{
  const uint8_t *data;
  size_t len;
  bool unpadded;
  unsigned int asked;
};


int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  unsigned char *p = rsa_body + 8;

  (void)argc;
  (void)argv;
  memcpy (rsa_body, HEAD "\x01\x08\x00", 8);
  memset (p, 0xa5, RSA_LEN);
  memcpy (p + RSA_LEN, "\x00\x11\x01\x00\x01", 5);
  if (secret_init (32768)
      || openpgp_key_read (cv_body, sizeof cv_body - 1, keys)
      || openpgp_key_read (rsa_body, sizeof rsa_body, keys + 1)
      || openpgp_key_read (p256_body, sizeof p256_body - 1, keys + 2))
    abort ();
  return 0;
}


/* What is asked is one S-expression in canonical form.  */
static gpg_error_t
answer_fuzz (void *hook, const unsigned char grip[OPENPGP_GRIPLEN],
             const void *cipher, size_t len, struct openpgp_answer *r_answer)
{
  struct answering *answering = hook;

  (void)grip;
  if (len > OPENPGP_MAX_ASKED
      || gcry_sexp_canon_len (cipher, len, NULL, NULL) != len)
    abort ();
  /* Sixteen session keys, each tried with each key.  */
  if (++answering->asked > FRAMING_MAX_KEYS * N_KEYS)
    abort ();
  if (!answering->len)
    return gpg_error (GPG_ERR_NO_SECKEY);
  memcpy (r_answer->value, answering->data, answering->len);
  r_answer->len = answering->len;
  r_answer->unpadded = answering->unpadded;
  return 0;
}


/* Take the answer off the SIZE bytes at DATA; how many bytes it had.  */
static size_t
take_answer (const uint8_t *data, size_t size, struct answering *answering)
{
  size_t n;

  if (size < 2)
    return 0;
  n = (size_t)(data[0] & 0x7f) << 8 | data[1];
  if (n > OPENPGP_MAX_PLAIN || n > size - 2)
    return 0;
  answering->data = data + 2;
  answering->len = n;
  answering->unpadded = data[0] & 0x80;
  return n + 2;
}


/* Whatever was not opened leaves nothing behind.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const unsigned char none[SIZE];
  struct answering answering = { NULL, 0, false, 0 };
  unsigned char buf[SIZE];
  size_t n = take_answer (data, size, &answering), len;
  gpg_error_t err;

  memset (buf, 0, sizeof buf);
  err = openpgp_unwrap (keys, N_KEYS, answer_fuzz, &answering, data + n,
                        size - n, buf, sizeof buf, &len);
  if (len > sizeof buf || (err && len))
    abort ();
  if (err && memcmp (buf, none, sizeof buf))
    abort ();
  if (!err && framing_check_outer (data + n, size - n, NULL))
    abort ();
  return 0;
}
