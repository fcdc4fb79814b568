/* seal.c - The seal around each datagram, under a door key.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each box gets a fresh random nonce from here: no caller may choose one.  */

#include "seal.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../base/secret.h"

/* The additional authenticated data of each datagram.  */
#define DATAGRAM_AAD "postern 1"
#define DATAGRAM_AADLEN 9

#define HASHLEN 32              /* Of SHA-256.  */
#define INFO_MAX 64

/* The cipher's handle keeps the expanded key.  It is set once for each door,
   so that a packet costs no more than the cipher itself.  */
struct seal_s
{
  gcry_cipher_hd_t cipher;
};


gpg_error_t
seal_new (const unsigned char key[SEAL_KEYLEN], seal_t *r_seal)
{
  gpg_error_t err;
  seal_t seal;

  *r_seal = NULL;
  seal = calloc (1, sizeof *seal);
  if (!seal)
    return gpg_error_from_syserror ();
  err = gcry_cipher_open (&seal->cipher, GCRY_CIPHER_CHACHA20,
                          GCRY_CIPHER_MODE_POLY1305, GCRY_CIPHER_SECURE);
  if (!err)
    err = gcry_cipher_setkey (seal->cipher, key, SEAL_KEYLEN);
  if (err)
    seal_release (seal);
  else
    *r_seal = seal;
  return err;
}


void
seal_release (seal_t seal)
{
  if (!seal)
    return;
  gcry_cipher_close (seal->cipher);
  free (seal);
}


static gpg_error_t
start_cipher (gcry_cipher_hd_t cipher, const unsigned char *nonce,
              const void *aad, size_t aadlen)
{
  gpg_error_t err;

  err = gcry_cipher_setiv (cipher, nonce, SEAL_NONCELEN);
  if (!err && aadlen)
    err = gcry_cipher_authenticate (cipher, aad, aadlen);
  return err;
}


/* Encrypt the LEN bytes in BOX that follow the place of the nonce, in place,
   and put nonce and tag around them.  */
static gpg_error_t
close_box (gcry_cipher_hd_t cipher, const void *aad, size_t aadlen,
           unsigned char *box, size_t len)
{
  gpg_error_t err;
  unsigned char *text = box + SEAL_NONCELEN;

  gcry_randomize (box, SEAL_NONCELEN, GCRY_STRONG_RANDOM);
  err = start_cipher (cipher, box, aad, aadlen);
  if (!err)
    err = gcry_cipher_final (cipher);
  if (!err)
    err = gcry_cipher_encrypt (cipher, text, len, NULL, 0);
  if (!err)
    err = gcry_cipher_gettag (cipher, text + len, SEAL_TAGLEN);
  return err;
}


/* Decrypt BOX (of LEN bytes of text and SEAL_OVERHEAD) into TEXT.  */
static gpg_error_t
open_box (gcry_cipher_hd_t cipher, const void *aad, size_t aadlen,
          const unsigned char *box, size_t len, void *text)
{
  gpg_error_t err;
  const unsigned char *sealed = box + SEAL_NONCELEN;

  err = start_cipher (cipher, box, aad, aadlen);
  if (!err)
    err = gcry_cipher_final (cipher);
  if (!err)
    err = gcry_cipher_decrypt (cipher, text, len, sealed, len);
  if (!err)
    err = gcry_cipher_checktag (cipher, sealed + len, SEAL_TAGLEN);
  if (gpg_err_code (err) == GPG_ERR_CHECKSUM)
    err = gpg_error (GPG_ERR_CHECKSUM);
  return err;
}


static bool
is_whole_carrier (size_t size)
{
  return size == SEAL_MAX4 || size == SEAL_MAX6;
}


static size_t
round_up (size_t n)
{
  return (n + SEAL_BLOCK - 1) / SEAL_BLOCK * SEAL_BLOCK;
}


/* The size of the padded message for USED bytes of content, which the caller
   has checked to fit into LIMIT.  */
static size_t
padded_size (size_t used, size_t atleast, size_t limit)
{
  size_t room = limit - SEAL_OVERHEAD;
  size_t want = used;

  if (atleast > SEAL_OVERHEAD && atleast - SEAL_OVERHEAD > want)
    want = atleast - SEAL_OVERHEAD;
  if (round_up (want) <= room)
    return round_up (want);
  if (is_whole_carrier (limit) || round_up (used) > room)
    return room;
  return room / SEAL_BLOCK * SEAL_BLOCK;
}


size_t
seal_room (size_t message_len, size_t attachment_len, size_t atleast,
           size_t limit)
{
  size_t around = 2 + message_len + 2;

  if (limit < SEAL_MIN || limit > SEAL_MAX || message_len > SEAL_MAX
      || attachment_len > SEAL_MAX
      || around + attachment_len > limit - SEAL_OVERHEAD)
    return 0;
  return padded_size (around + attachment_len, atleast, limit) - around;
}


static unsigned char *
put_part (unsigned char *p, const unsigned char *data, size_t len)
{
  *p++ = (unsigned char)(len >> 8);
  *p++ = (unsigned char)len;
  if (len)
    memcpy (p, data, len);
  return p + len;
}


gpg_error_t
seal_wrap (seal_t seal, const struct seal_content *content, size_t atleast,
           size_t limit, unsigned char *dgram, size_t *r_len)
{
  gpg_error_t err;
  unsigned char *p = dgram + SEAL_NONCELEN;
  size_t used, padded;

  *r_len = 0;
  if (limit < SEAL_MIN || limit > SEAL_MAX || !content->message_len)
    return gpg_error (GPG_ERR_INV_ARG);
  if (content->message_len > UINT16_MAX
      || content->attachment_len > UINT16_MAX)
    return gpg_error (GPG_ERR_TOO_LARGE);
  used = 2 + content->message_len + 2 + content->attachment_len;
  if (used > limit - SEAL_OVERHEAD)
    {
      *r_len = used + SEAL_OVERHEAD;
      return gpg_error (GPG_ERR_TOO_LARGE);
    }
  padded = padded_size (used, atleast, limit);
  p = put_part (p, content->message, content->message_len);
  p = put_part (p, content->attachment, content->attachment_len);
  memset (p, 0, padded - used);
  err = close_box (seal->cipher, DATAGRAM_AAD, DATAGRAM_AADLEN,
                   dgram, padded);
  if (!err)
    *r_len = padded + SEAL_OVERHEAD;
  return err;
}


static bool
get_part (const unsigned char *buf, size_t len, size_t *off,
          const unsigned char **r_part, size_t *r_len)
{
  size_t n;

  if (len - *off < 2)
    return false;
  n = (size_t)buf[*off] << 8 | buf[*off + 1];
  *off += 2;
  if (len - *off < n)
    return false;
  *r_part = buf + *off;
  *r_len = n;
  *off += n;
  return true;
}


/* True if padding may have brought a message of USED bytes of content to
   SIZE: a multiple of the block, or a carrier's limit.  */
static bool
is_size_of_padding (size_t used, size_t size)
{
  return !(size % SEAL_BLOCK)
         || is_whole_carrier (size + SEAL_OVERHEAD)
         || used > size / SEAL_BLOCK * SEAL_BLOCK;
}


static gpg_error_t
split_content (const unsigned char *buf, size_t len,
               struct seal_content *content)
{
  size_t off = 0, i;
  unsigned char rest = 0;

  if (!get_part (buf, len, &off, &content->message, &content->message_len)
      || !get_part (buf, len, &off, &content->attachment,
                    &content->attachment_len))
    return gpg_error (GPG_ERR_TOO_SHORT);
  if (!content->message_len)
    return gpg_error (GPG_ERR_NO_DATA);
  if (!is_size_of_padding (off, len))
    return gpg_error (GPG_ERR_UNEXPECTED);
  for (i = off; i < len; i++)
    rest |= buf[i];
  return rest ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


gpg_error_t
seal_unwrap (seal_t seal, const void *dgram, size_t len,
             unsigned char *buf, struct seal_content *r_content)
{
  gpg_error_t err;
  struct seal_content content;

  memset (r_content, 0, sizeof *r_content);
  if (len < SEAL_MIN || len > SEAL_MAX)
    return gpg_error (GPG_ERR_INV_LENGTH);
  err = open_box (seal->cipher, DATAGRAM_AAD, DATAGRAM_AADLEN,
                  dgram, len - SEAL_OVERHEAD, buf);
  if (!err)
    err = split_content (buf, len - SEAL_OVERHEAD, &content);
  if (!err)
    *r_content = content;
  return err;
}


/* HMAC-SHA256 of LEN bytes at DATA.  */
static gpg_error_t
hmac_sha256 (const unsigned char key[HASHLEN], const void *data, size_t len,
             unsigned char out[HASHLEN])
{
  gpg_error_t err;
  gcry_md_hd_t md;

  err = gcry_md_open (&md, GCRY_MD_SHA256,
                      GCRY_MD_FLAG_HMAC | GCRY_MD_FLAG_SECURE);
  if (err)
    return err;
  err = gcry_md_setkey (md, key, HASHLEN);
  if (!err)
    {
      gcry_md_write (md, data, len);
      memcpy (out, gcry_md_read (md, GCRY_MD_SHA256), HASHLEN);
    }
  gcry_md_close (md);
  return err;
}


/* Libgcrypt 1.10 has no HKDF: extract with a salt of zeros, then expand by
   one block, which is enough for 32 bytes (RFC 5869, section 2).  */
gpg_error_t
seal_derive (const unsigned char key[32], const char *info,
             unsigned char out[SEAL_KEYLEN])
{
  static const unsigned char salt[HASHLEN];
  gpg_error_t err;
  unsigned char block[INFO_MAX + 1];
  unsigned char *prk;
  size_t n = strlen (info);

  if (n > INFO_MAX)
    return gpg_error (GPG_ERR_INV_ARG);
  prk = secret_alloc (HASHLEN);
  if (!prk)
    return gpg_error_from_syserror ();
  memcpy (block, info, n);
  block[n] = 1;
  err = hmac_sha256 (salt, key, 32, prk);
  if (!err)
    err = hmac_sha256 (prk, block, n + 1, out);
  secret_release (prk);
  return err;
}


gpg_error_t
seal_box (const unsigned char key[SEAL_KEYLEN], const void *text,
          size_t textlen, unsigned char *box)
{
  gpg_error_t err;
  seal_t seal;

  err = seal_new (key, &seal);
  if (err)
    return err;
  if (textlen)
    memmove (box + SEAL_NONCELEN, text, textlen);
  err = close_box (seal->cipher, NULL, 0, box, textlen);
  seal_release (seal);
  return err;
}


gpg_error_t
seal_unbox (const unsigned char key[SEAL_KEYLEN], const void *box,
            size_t boxlen, void *text)
{
  gpg_error_t err;
  seal_t seal;

  if (boxlen < SEAL_OVERHEAD)
    return gpg_error (GPG_ERR_INV_LENGTH);
  err = seal_new (key, &seal);
  if (err)
    return err;
  err = open_box (seal->cipher, NULL, 0, box, boxlen - SEAL_OVERHEAD, text);
  if (err)
    secret_wipe (text, boxlen - SEAL_OVERHEAD);
  seal_release (seal);
  return err;
}


gpg_error_t
seal_unpad (const void *text, size_t len, size_t *r_textlen)
{
  const unsigned char *p = text, *end = memchr (text, 0, len);
  size_t i, n = end ? (size_t)(end - p) : len;

  *r_textlen = n;
  for (i = n; i < len; i++)
    if (p[i])
      return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}
