/* t-openpgp-unwrap.c - Encrypted messages, and of every wrong kind.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "seal-kit.h"

#define SIZE 1400

enum { RSA, CV, P256, P521, OTHER_RSA, OTHER_CV, KEYS };

static struct crafted crafted[KEYS];
static struct openpgp_key keys[KEYS];
static struct made m;
static unsigned char text[4096], out[SIZE];
static size_t out_len;

/* What the agent does.  */
static unsigned int asked;
static gpg_err_code_t answers;
static bool unpadded, bare_x;
static size_t has = KEYS;       /* It has the secrets of so many keys.  */


static void
make_keys (void)
{
  static const struct { unsigned int algo; const char *curve; } kinds[] =
    { { OPENPGP_RSA, NULL }, { OPENPGP_ECDH, "Curve25519" },
      { OPENPGP_ECDH, "NIST P-256" }, { OPENPGP_ECDH, "NIST P-521" },
      { OPENPGP_RSA, NULL }, { OPENPGP_ECDH, "Curve25519" } };
  size_t i;

  ck_assert_uint_eq (secret_init (65536), 0);
  for (i = 0; i < KEYS; i++)
    {
      craft_key (crafted + i, kinds[i].algo, kinds[i].curve, CRAFT_TIME);
      if (i == P521)            /* The strongest of what there is.  */
        memcpy (crafted[i].body + crafted[i].len - 2, "\x0a\x09", 2);
      ck_assert_uint_eq (openpgp_key_read (crafted[i].body, crafted[i].len,
                                           &crafted[i].key), 0);
      keys[i] = crafted[i].key;
    }
  for (i = 0; i < sizeof text; i++)
    text[i] = (unsigned char)(i * 7 + i / 256);
}


static void
drop_keys (void)
{
  size_t i;

  for (i = 0; i < KEYS; i++)
    craft_key_release (crafted + i);
}


/* Remove the padding, as a card does.  */
static void
remove_padding (struct openpgp_answer *answer)
{
  size_t i;

  for (i = 0; answer->value[i]; i++)
    ck_assert_uint_lt (i, answer->len);
  i++;
  answer->len -= i;
  memmove (answer->value, answer->value + i, answer->len);
}


/* What an agent does that has the secret keys.  */
static gpg_error_t
as_agent (void *hook, const unsigned char grip[OPENPGP_GRIPLEN],
          const void *cipher, size_t len, struct openpgp_answer *r_answer)
{
  unsigned char own[OPENPGP_GRIPLEN];
  gcry_sexp_t in, plain;
  size_t i, n;
  char *value;

  ck_assert_ptr_eq (hook, &m);
  asked++;
  if (answers)
    return gpg_error (answers);
  for (i = 0; i < has; i++)
    if (gcry_pk_get_keygrip (crafted[i].secret, own)
        && !memcmp (own, grip, sizeof own))
      break;
  if (i == has)
    return gpg_error (GPG_ERR_NO_SECKEY);
  ck_assert (!gcry_sexp_new (&in, cipher, len, 0));
  ck_assert_uint_eq (gcry_sexp_canon_len (cipher, len, NULL, NULL), len);
  if (gcry_pk_decrypt (&plain, in, crafted[i].secret))
    {
      gcry_sexp_release (in);
      return gpg_error (GPG_ERR_DECRYPT_FAILED);
    }
  value = gcry_sexp_nth_buffer (plain, gcry_sexp_length (plain) - 1, &n);
  if (!value)
    value = gcry_sexp_nth_buffer (plain, 0, &n);
  ck_assert_ptr_nonnull (value);
  ck_assert_uint_le (n, sizeof r_answer->value);
  memcpy (r_answer->value, value, n);
  r_answer->len = n;
  r_answer->unpadded = unpadded;
  if (unpadded)
    remove_padding (r_answer);
  if (bare_x)
    {
      r_answer->len = (crafted[i].key.curve->bits + 7) / 8;
      memmove (r_answer->value, r_answer->value + 1, r_answer->len);
    }
  gcry_free (value);
  gcry_sexp_release (in);
  gcry_sexp_release (plain);
  return 0;
}


/* Unwrap M with N keys from FIRST on.  It is copied, exactly as long, for the
   sanitizer; what fails leaves nothing behind.  */
static gpg_err_code_t
unwrap_by (size_t first, size_t n, size_t size)
{
  static const unsigned char none[SIZE];
  unsigned char *copy = malloc (m.len);
  gpg_error_t err;

  memcpy (copy, m.data, m.len);
  memset (out, 0, sizeof out);
  asked = 0;
  err = openpgp_unwrap (keys + first, n, as_agent, &m, copy, m.len, out, size,
                        &out_len);
  free (copy);
  if (err)
    {
      ck_assert_uint_eq (out_len, 0);
      ck_assert_mem_eq (out, none, sizeof out);
    }
  return gpg_err_code (err);
}


/* A session key of CIPHER.  */
static struct seal
session (unsigned int cipher)
{
  struct seal s = { .cipher = (unsigned char)cipher };

  gcry_randomize (s.key, sizeof s.key, GCRY_STRONG_RANDOM);
  return s;
}


/* Make M: N bytes in packet TAG for key K.  */
static void
seal_for (const struct seal *s, size_t k, unsigned int tag, size_t n)
{
  m.len = 0;
  seal_session (&m, s, crafted + k);
  if (tag == 18)
    seal_mdc (&m, s, text, n, NULL);
  else
    seal_aead (&m, s, text, n);
}


static void
opens (size_t k, size_t n)
{
  ck_assert_uint_eq (unwrap_by (k, 1, SIZE), 0);
  ck_assert_uint_eq (out_len, n);
  ck_assert_mem_eq (out, text, n);
  ck_assert_uint_eq (asked, 1);
}


START_TEST (kinds)
{
  unsigned int cipher, tag;
  struct seal s;
  size_t k;

  for (k = RSA; k <= P521; k++)
    for (cipher = 7; cipher <= 9; cipher++)
      for (tag = 18; tag <= 20; tag += 2)
        {
          s = session (cipher);
          seal_for (&s, k, tag, 300);
          opens (k, 300);
        }
}
END_TEST


/* In chunks of 64 bytes and more, and in partial lengths.  */
START_TEST (lengths)
{
  static const size_t lens[] =
    { 1, 15, 16, 17, 63, 64, 65, 128, 500, 511, 512, 513, 1023, 1024, 1025,
      1399, 1400 };
  struct seal s = session (9);
  size_t i;

  seal_for (&s, CV, 18, 0);
  opens (CV, 0);
  for (i = 0; i < sizeof lens / sizeof *lens; i++)
    for (s.partial = 0; s.partial < 11; s.partial = s.partial
         ? s.partial + 1 : 9)
      {
        if (s.partial && lens[i] < 600)
          continue;
        seal_for (&s, CV, 18, lens[i]);
        opens (CV, lens[i]);
        for (s.chunk = 0; s.chunk <= 16; s.chunk += 4)
          {
            seal_for (&s, CV, 20, lens[i]);
            opens (CV, lens[i]);
          }
        s.chunk = 0;
      }
}
END_TEST


/* The agent is not asked for what has no room.  */
START_TEST (room)
{
  struct seal s = session (9);
  unsigned int tag;

  for (tag = 18; tag <= 20; tag += 2)
    {
      seal_for (&s, CV, tag, 1000);
      ck_assert_uint_eq (unwrap_by (CV, 1, 1000), 0);
      ck_assert_uint_eq (unwrap_by (CV, 1, 999), GPG_ERR_TOO_LARGE);
      ck_assert_uint_eq (asked, 0);
      ck_assert_uint_eq (unwrap_by (OTHER_CV, 1, 999), GPG_ERR_NO_SECKEY);
      ck_assert_uint_eq (asked, 0);
    }
}
END_TEST


/* No byte of the data can be changed, and none left out.  */
START_TEST (changed_data)
{
  struct seal s = session (8);
  unsigned int tag;
  size_t i, head;

  for (tag = 18; tag <= 20; tag += 2)
    {
      m.len = 0;
      seal_session (&m, &s, crafted + CV);
      head = m.len + 6;
      seal_for (&s, CV, tag, 100);
      /* The first bytes are those that the framing judges.  */
      for (i = head; i < m.len; i++)
        {
          m.data[i] ^= 0x10;
          ck_assert_uint_ne (unwrap_by (CV, 1, SIZE), 0);
          if (i >= head + 4)
            ck_assert_uint_eq (unwrap_by (CV, 1, SIZE),
                               GPG_ERR_DECRYPT_FAILED);
          m.data[i] ^= 0x10;
        }
      opens (CV, 100);
      for (i = 1; i < 30; i++)
        {
          m.len--;
          m.data[head - 1]--;
          ck_assert_uint_ne (unwrap_by (CV, 1, SIZE), 0);
        }
    }
}
END_TEST


START_TEST (mdc)
{
  struct seal s = session (9);

  m.len = 0;
  seal_session (&m, &s, crafted + CV);
  seal_mdc (&m, &s, text, 100, "\xd3\x15");
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  m.len = 0;
  seal_session (&m, &s, crafted + CV);
  seal_mdc (&m, &s, text, 100, "\xd2\x14");
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  m.len = 0;
  seal_session (&m, &s, crafted + CV);
  seal_mdc (&m, &s, text, 100, "\xd3\x14");
  opens (CV, 100);
}
END_TEST


/* Packet 20 in the body BODY.  */
static gpg_err_code_t
unwrap_chunks (const struct seal *s, const struct made *body)
{
  m.len = 0;
  seal_session (&m, s, crafted + CV);
  made_packet (&m, 20, body->data, body->len);
  return unwrap_by (CV, 1, SIZE);
}


START_TEST (chunks)
{
  struct seal s = session (9);
  static struct made body, other;
  unsigned char tmp[80];

  seal_aead_body (&body, &s, text, 192, 192);
  ck_assert_uint_eq (unwrap_chunks (&s, &body), 0);
  ck_assert_uint_eq (out_len, 192);
  other = body;                 /* Two in the wrong order.  */
  memcpy (tmp, body.data + 19, 80);
  memcpy (body.data + 19, body.data + 99, 80);
  memcpy (body.data + 99, tmp, 80);
  ck_assert_uint_eq (unwrap_chunks (&s, &body), GPG_ERR_DECRYPT_FAILED);
  body = other;                 /* One left out at the end.  */
  memmove (body.data + 19 + 160, body.data + 19 + 240, 16);
  body.len -= 80;
  ck_assert_uint_eq (unwrap_chunks (&s, &body), GPG_ERR_DECRYPT_FAILED);
  body = other;                 /* Without the last tag.  */
  body.len -= 16;
  ck_assert_uint_ne (unwrap_chunks (&s, &body), 0);
  seal_aead_body (&body, &s, text, 192, 191);
  ck_assert_uint_eq (unwrap_chunks (&s, &body), GPG_ERR_DECRYPT_FAILED);
  body = other;                 /* Another size of chunks.  */
  body.data[3] = 1;
  ck_assert_uint_ne (unwrap_chunks (&s, &body), 0);
  ck_assert_uint_eq (unwrap_chunks (&s, &other), 0);
}
END_TEST


/* The session key's cipher and the packet's.  */
START_TEST (ciphers)
{
  struct seal s = session (9), shorter;
  unsigned int cipher;

  m.len = 0;                    /* A key of AES-128 for AES-256.  */
  shorter = s;
  shorter.cipher = 7;
  seal_session (&m, &shorter, crafted + CV);
  seal_aead (&m, &s, text, 100);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  for (cipher = 1; cipher < 14; cipher++)
    {
      s.named_cipher = (unsigned char)cipher;
      seal_for (&s, CV, 18, 100);
      ck_assert_uint_eq (unwrap_by (CV, 1, SIZE),
                         cipher == 9 ? 0 : GPG_ERR_DECRYPT_FAILED);
      seal_for (&s, RSA, 18, 100);
      ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE),
                         cipher == 9 ? 0 : GPG_ERR_DECRYPT_FAILED);
    }
  s.named_cipher = 0;
  s.off_sum = 1;
  seal_for (&s, CV, 18, 100);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  seal_for (&s, RSA, 18, 100);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  s.off_sum = 0x10000;          /* Only 16 bits count.  */
  seal_for (&s, CV, 18, 100);
  opens (CV, 100);
}
END_TEST


START_TEST (rsa_padding)
{
  struct seal s = session (9);

  s.rsa_padding = 256 - 3 - 35;
  seal_for (&s, RSA, 18, 100);
  opens (RSA, 100);
  s.rsa_padding--;              /* A frame that is too short.  */
  seal_for (&s, RSA, 18, 100);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  s.rsa_padding = 0;
  s.rsa_type = 1;
  seal_for (&s, RSA, 18, 100);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  s.rsa_type = 3;
  seal_for (&s, RSA, 18, 100);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  s.rsa_type = 2;
  seal_for (&s, RSA, 18, 100);
  opens (RSA, 100);
}
END_TEST


/* The LEN bytes at FRAME, without padding.  */
static gpg_err_code_t
read_frame (const unsigned char *frame, size_t len)
{
  struct openpgp_session got;

  return gpg_err_code (openpgp_session_read (frame, len, &got));
}


START_TEST (frames)
{
  struct seal s = session (9);
  unsigned char frame[64] = "";
  size_t n = seal_frame (&s, frame), i;

  ck_assert_uint_eq (read_frame (frame, n), 0);
  frame[0] = 8;                 /* A key of another length, and ...  */
  ck_assert_uint_eq (read_frame (frame, n), GPG_ERR_CIPHER_ALGO);
  frame[0] = 10;                /* ... of another cipher.  */
  ck_assert_uint_eq (read_frame (frame, n), GPG_ERR_CIPHER_ALGO);
  frame[0] = 9;
  for (i = 0; i < 64; i++)
    if (i != n)
      ck_assert_uint_ne (read_frame (frame, i), 0);
  frame[5] ^= 1;
  ck_assert_uint_eq (read_frame (frame, n), GPG_ERR_DECRYPT_FAILED);
}
END_TEST


/* A card removes the padding, and says so.  */
START_TEST (cards)
{
  struct seal s = session (9);

  seal_for (&s, RSA, 18, 100);
  unpadded = true;
  opens (RSA, 100);
  unpadded = false;
  opens (RSA, 100);
  seal_for (&s, P256, 18, 100);
  bare_x = true;
  opens (P256, 100);
  seal_for (&s, CV, 18, 100);
  opens (CV, 100);
  bare_x = false;
  opens (CV, 100);
}
END_TEST


START_TEST (ecdh_padding)
{
  struct seal s = session (9);

  s.ecdh_padding = 5;           /* As it must be.  */
  seal_for (&s, CV, 18, 100);
  opens (CV, 100);
  s.ecdh_spoil = 1;
  seal_for (&s, CV, 18, 100);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  s.ecdh_spoil = 0;
  s.ecdh_padding = 13;          /* More, to hide how long the key is.  */
  seal_for (&s, CV, 18, 100);
  opens (CV, 100);
  s.ecdh_padding = 29;
  seal_for (&s, CV, 18, 100);
  opens (CV, 100);
  s.ecdh_padding = 37;          /* More than anybody needs.  */
  seal_for (&s, CV, 18, 100);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
}
END_TEST


/* M with the byte at OFF of the first packet's body changed.  */
static gpg_err_code_t
changed (size_t k, size_t off, unsigned int change)
{
  gpg_err_code_t code;

  m.data[6 + off] ^= (unsigned char)change;
  code = unwrap_by (k, 1, SIZE);
  m.data[6 + off] ^= (unsigned char)change;
  return code;
}


/* Neither what cannot be for the key nor what is broken is asked for.  */
START_TEST (session_packets)
{
  struct seal s = session (9);
  size_t off;

  seal_for (&s, CV, 18, 100);
  /* Version, key ID, algorithm, bits, the point, how long the wrapped key
     is.  */
  ck_assert_uint_eq (changed (CV, 0, 1), GPG_ERR_BAD_DATA);
  ck_assert_uint_eq (changed (CV, 1, 1), GPG_ERR_NO_SECKEY);
  for (off = 9; off < 13; off++)
    {
      ck_assert_uint_eq (changed (CV, off, 1), GPG_ERR_DECRYPT_FAILED);
      ck_assert_uint_eq (asked, 0);
    }
  ck_assert_uint_eq (m.data[6 + 12], 0x40);
  ck_assert_uint_eq (m.data[6 + 45], 48);
  ck_assert_uint_eq (changed (CV, 45, 1), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 0);
  for (off = 46; off < 46 + 48; off++)
    ck_assert_uint_eq (changed (CV, off, 1), GPG_ERR_DECRYPT_FAILED);
  opens (CV, 100);
  seal_for (&s, RSA, 18, 100);
  ck_assert_uint_eq (changed (RSA, 9, 0x13), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 0);
  opens (RSA, 100);
}
END_TEST


/* A packet for somebody else, by ALGO, with the LEN bytes at DATA after that;
   beside it, one for CV.  */
static gpg_err_code_t
beside_foreign (unsigned int algo, const void *data, size_t len)
{
  struct crafted key = crafted[OTHER_CV];
  struct seal s = session (9);
  static struct made body;

  key.key.algo = (enum openpgp_algo)algo;
  seal_head (&body, &s, &key);
  made_bytes (&body, data, len);
  m.len = 0;
  made_packet (&m, 1, body.data, body.len);
  seal_session (&m, &s, crafted + CV);
  seal_mdc (&m, &s, text, 100, NULL);
  return unwrap_by (CV, 1, SIZE);
}

/* Good with all of DATA, and not well-formed without its last byte.  */
static void
good_if_whole (unsigned int algo, const void *data, size_t len)
{
  ck_assert_uint_eq (beside_foreign (algo, data, len), 0);
  ck_assert_uint_eq (beside_foreign (algo, data, len - 1),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 0);
}


START_TEST (malformed_beside_good)
{
  unsigned char ecdh[2 + 33 + 1 + 256] = "\x01\x07\x40";
  static const unsigned char wrapped[] =
    { 0, 1, 16, 24, 31, 33, 40, 41, 48, 72, 80, 254, 255 };
  size_t i, n;

  good_if_whole (1, "\0\x09\x01\xff", 4);
  good_if_whole (2, "\0\x09\x01\xff", 4);
  good_if_whole (3, "\0\x09\x01\xff", 4);
  good_if_whole (16, "\0\x09\x01\xff\0\x08\xff", 7);
  good_if_whole (20, "\0\x09\x01\xff\0\x08\xff", 7);
  ck_assert_uint_eq (beside_foreign (1, "\0\0", 2), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (beside_foreign (2, "\0\0", 2), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (beside_foreign (25, "\0\0", 2), 0);    /* Unknown.  */
  ck_assert_uint_eq (beside_foreign (18, "\0\0", 2), GPG_ERR_DECRYPT_FAILED);
  for (i = 0; i < sizeof wrapped; i++)
    {
      n = wrapped[i];
      ecdh[2 + 33] = (unsigned char)n;
      if (n % 8 == 0 && n >= 32 && n <= 72)
        good_if_whole (18, ecdh, 2 + 33 + 1 + n);
      else
        ck_assert_uint_eq (beside_foreign (18, ecdh, 2 + 33 + 1 + n),
                           GPG_ERR_DECRYPT_FAILED);
    }
}
END_TEST


/* A number that is not below the modulus.  */
START_TEST (rsa_range)
{
  struct seal s = session (9);
  static struct made body;

  seal_head (&body, &s, crafted + RSA);
  seal_integer (&body, keys[RSA].n.data, keys[RSA].n.len);
  m.len = 0;
  made_packet (&m, 1, body.data, body.len);
  seal_mdc (&m, &s, text, 100, NULL);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 0);
  m.data[6 + body.len - 1]--;   /* One less is asked for.  */
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 1);
}
END_TEST


/* Make M: session keys A for K and B for L, and data for B.  */
static void
seal_two (const struct seal *a, size_t k, const struct seal *b, size_t l)
{
  m.len = 0;
  seal_session (&m, a, crafted + k);
  seal_session (&m, b, crafted + l);
  seal_mdc (&m, b, text, 100, NULL);
}


/* The packets are tried in their order, hidden ones with every key.  */
START_TEST (recipients)
{
  struct seal s = session (9), hidden = s;

  hidden.hidden = true;
  m.len = 0;
  seal_session (&m, &hidden, crafted + OTHER_CV);
  seal_session (&m, &hidden, crafted + CV);
  seal_session (&m, &s, crafted + RSA);
  seal_mdc (&m, &s, text, 100, NULL);
  ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), 0);
  ck_assert_uint_eq (asked, 2);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), 0);
  ck_assert_uint_eq (asked, 1);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), 0);
  ck_assert_uint_eq (asked, 2);
  ck_assert_uint_eq (unwrap_by (OTHER_RSA, 1, SIZE), GPG_ERR_WRONG_SECKEY);
  ck_assert_uint_eq (asked, 0);
  ck_assert_uint_eq (unwrap_by (P256, 1, SIZE), GPG_ERR_WRONG_SECKEY);
  ck_assert_uint_eq (asked, 0); /* The points are on another curve.  */
  seal_two (&s, RSA, &hidden, CV);
  ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), 0);
  ck_assert_uint_eq (asked, 1); /* The second is not needed.  */
  seal_for (&s, CV, 18, 100);
  ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), GPG_ERR_NO_SECKEY);
  ck_assert_uint_eq (unwrap_by (RSA, 0, SIZE), GPG_ERR_NO_SECKEY);
}
END_TEST


/* All of the hidden recipients that a message can have, of which the last is
   ours.  */
START_TEST (many_hidden)
{
  struct seal s = session (9);
  size_t i;

  s.hidden = true;
  m.len = 0;
  for (i = 0; i < FRAMING_MAX_KEYS; i++)
    seal_session (&m, &s, crafted + (i < FRAMING_MAX_KEYS - 1 ? OTHER_CV
                                                              : CV));
  seal_mdc (&m, &s, text, 100, NULL);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), 0);
  ck_assert_uint_eq (asked, FRAMING_MAX_KEYS);
  m.len = 0;
  for (i = 0; i < FRAMING_MAX_KEYS + 1; i++)
    seal_session (&m, &s, crafted + CV);
  seal_mdc (&m, &s, text, 100, NULL);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_BAD_DATA);
  ck_assert_uint_eq (asked, 0);
}
END_TEST


/* Two for our keys with different session keys, hidden or not: the first
   counts, though the second would open the data.  */
START_TEST (first_counts)
{
  struct seal s = session (9), wrong = session (9);
  unsigned int i;

  for (i = 0; i < 4; i++)
    {
      wrong.hidden = i & 1;
      s.hidden = i & 2;
      seal_two (&wrong, CV, &s, RSA);
      ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), GPG_ERR_DECRYPT_FAILED);
      ck_assert_uint_eq (asked, 1);
      seal_two (&wrong, RSA, &s, RSA);
      ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), GPG_ERR_DECRYPT_FAILED);
      ck_assert_uint_eq (asked, 1);
      seal_two (&wrong, OTHER_CV, &s, RSA);     /* Not ours.  */
      ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), 0);
      m.len = 0;                /* The right one first.  */
      seal_session (&m, &s, crafted + RSA);
      seal_session (&m, &wrong, crafted + CV);
      seal_mdc (&m, &s, text, 100, NULL);
      ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), 0);
      ck_assert_uint_eq (asked, 1);
    }
}
END_TEST


/* One that names our key and does not open ends all; a hidden one does not,
   for it may be for somebody else.  */
START_TEST (spoilt_first)
{
  struct seal s = session (9);
  unsigned int hidden, named;

  for (hidden = 0; hidden < 2; hidden++)
    for (named = 0; named < 2; named++)
      {
        s.hidden = hidden;
        m.len = 0;
        seal_session (&m, &s, crafted + CV);
        m.data[6 + 50] ^= 1;    /* In the wrapped key.  */
        s.hidden = named;
        seal_session (&m, &s, crafted + RSA);
        seal_mdc (&m, &s, text, 100, NULL);
        ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE),
                           hidden ? 0 : GPG_ERR_DECRYPT_FAILED);
        ck_assert_uint_eq (asked, 1 + hidden);
        ck_assert_uint_eq (unwrap_by (RSA, 1, SIZE), 0);
      }
}
END_TEST


/* What FIRST, a hidden session key for K that was made for it, does to a good
   one after it.  */
static gpg_err_code_t
after_odd (struct seal first, size_t k)
{
  struct seal s = session (9);

  first.hidden = true;
  seal_two (&first, k, &s, k);
  return unwrap_by (k, 1, SIZE);
}


/* Made for our key, and not as it must be: other readers take some of these,
   and so the one after it does not count.  */
START_TEST (odd_first)
{
  static const size_t by[] = { CV, RSA };
  struct seal odd = session (9);
  unsigned int cipher;
  size_t i;

  for (i = 0; i < 2; i++)
    for (cipher = 1; cipher < 14; cipher++)
      {
        odd.named_cipher = (unsigned char)cipher;
        ck_assert_uint_eq (after_odd (odd, by[i]), GPG_ERR_DECRYPT_FAILED);
        ck_assert_uint_eq (asked, 1);
      }
  odd.named_cipher = 0;
  odd.ecdh_spoil = 1;
  ck_assert_uint_eq (after_odd (odd, CV), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 1);
  odd.rsa_padding = 7;
  ck_assert_uint_eq (after_odd (odd, RSA), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 1);
  odd.rsa_padding = 100;        /* It is too short in all.  */
  ck_assert_uint_eq (after_odd (odd, RSA), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (asked, 1);
  odd.rsa_padding = 0;
  odd.rsa_type = 1;             /* Nobody takes it for one.  */
  ck_assert_uint_eq (after_odd (odd, RSA), 0);
  ck_assert_uint_eq (asked, 2);
  odd.rsa_type = 0;
  odd.off_sum = 1;
  ck_assert_uint_eq (after_odd (odd, RSA), 0);
  ck_assert_uint_eq (asked, 2);
}
END_TEST


START_TEST (what_the_agent_says)
{
  struct seal s = session (9), hidden = s;

  hidden.hidden = true;
  seal_for (&s, CV, 18, 100);
  answers = GPG_ERR_TIMEOUT;
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_TIMEOUT);
  answers = GPG_ERR_NO_AGENT;
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_NO_AGENT);
  answers = GPG_ERR_DECRYPT_FAILED;
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_DECRYPT_FAILED);
  answers = 0;
  has = CV;
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_NO_SECKEY);
  has = KEYS;
  opens (CV, 100);
  m.len = 0;
  seal_session (&m, &hidden, crafted + CV);
  seal_session (&m, &s, crafted + RSA);
  seal_mdc (&m, &s, text, 100, NULL);
  answers = GPG_ERR_DECRYPT_FAILED;
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_WRONG_SECKEY);
  answers = GPG_ERR_TIMEOUT;    /* Nobody else is tried.  */
  ck_assert_uint_eq (unwrap_by (RSA, 2, SIZE), GPG_ERR_TIMEOUT);
  ck_assert_uint_eq (asked, 1);
  answers = 0;
}
END_TEST


START_TEST (outsides)
{
  struct seal s = session (9);

  seal_for (&s, CV, 18, 100);
  made_byte (&m, 0);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_BAD_DATA);
  m.len--;
  opens (CV, 100);
  m.len = 0;
  seal_mdc (&m, &s, text, 100, NULL);
  ck_assert_uint_eq (unwrap_by (CV, 1, SIZE), GPG_ERR_BAD_DATA);
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("openpgp-unwrap");

  tcase_add_unchecked_fixture (tc, make_keys, drop_keys);
  tcase_add_test (tc, kinds);
  tcase_add_test (tc, lengths);
  tcase_add_test (tc, room);
  tcase_add_test (tc, changed_data);
  tcase_add_test (tc, mdc);
  tcase_add_test (tc, chunks);
  tcase_add_test (tc, ciphers);
  tcase_add_test (tc, rsa_padding);
  tcase_add_test (tc, frames);
  tcase_add_test (tc, cards);
  tcase_add_test (tc, ecdh_padding);
  tcase_add_test (tc, session_packets);
  tcase_add_test (tc, malformed_beside_good);
  tcase_add_test (tc, rsa_range);
  tcase_add_test (tc, recipients);
  tcase_add_test (tc, many_hidden);
  tcase_add_test (tc, first_counts);
  tcase_add_test (tc, spoilt_first);
  tcase_add_test (tc, odd_first);
  tcase_add_test (tc, what_the_agent_says);
  tcase_add_test (tc, outsides);
  return run_crafted (tc);
}
