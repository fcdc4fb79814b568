/* openpgp-ecdh.c - Derive and unwrap a session key (RFC 6637).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 6637.  */

#include "openpgp-local.h"

#include <string.h>
#include <gcrypt.h>
#include "../../base/secret.h"

#define MAX_PARAM 64
#define KEK_BLOCK 8             /* Of the key wrap, and of the padding.  */
#define MIN_FRAME (1 + 16 + 2)  /* Cipher, key, checksum.  */
#define MAX_FRAME 64            /* Padding may hide the key's length.  */


/* The x coordinate in the LEN bytes at POINT: a point as in a packet, or x
   alone, which some cards give.  NULL if it is neither.  */
static const unsigned char *
find_x (const struct openpgp_curve *curve, const unsigned char *point,
        size_t len)
{
  size_t n = (curve->bits + 7) / 8;

  if (len == n)
    return point;
  if (curve->montgomery)
    return len == 1 + n && *point == 0x40 ? point + 1 : NULL;
  return len == 1 + 2 * n && *point == 0x04 ? point + 1 : NULL;
}


/* What is hashed with x: curve, algorithm, how the key is wrapped, and whose
   it is (section 8).  */
static size_t
make_param (const struct openpgp_key *key, unsigned char param[MAX_PARAM])
{
  static const char sender[] = "Anonymous Sender    ";
  unsigned char *p = param;

  *p++ = (unsigned char)key->curve->oid_len;
  memcpy (p, key->curve->oid, key->curve->oid_len);
  p += key->curve->oid_len;
  *p++ = OPENPGP_ECDH;
  *p++ = 3;
  *p++ = 1;
  *p++ = key->kdf_hash;
  *p++ = key->kdf_cipher;
  memcpy (p, sender, sizeof sender - 1);
  p += sizeof sender - 1;
  memcpy (p, key->fpr, OPENPGP_FPRLEN);
  return (size_t)(p + OPENPGP_FPRLEN - param);
}


/* The key that the session key is wrapped with (section 7): the first bytes
   of one digest, which has enough.  */
static gpg_error_t
derive_kek (const struct openpgp_key *key, const unsigned char *x,
            unsigned char *kek, size_t kek_len)
{
  static const unsigned char counter[4] = { 0, 0, 0, 1 };
  unsigned char param[MAX_PARAM];
  size_t n = make_param (key, param);
  gcry_md_hd_t md;
  gpg_error_t err;

  err = gcry_md_open (&md, key->kdf_hash, GCRY_MD_FLAG_SECURE);
  if (err)
    return err;
  gcry_md_write (md, counter, sizeof counter);
  gcry_md_write (md, x, (key->curve->bits + 7) / 8);
  gcry_md_write (md, param, n);
  memcpy (kek, gcry_md_read (md, 0), kek_len);
  gcry_md_close (md);
  return 0;
}


bool
openpgp_wrapped_good (size_t len)
{
  return len % KEK_BLOCK == 0 && len >= MIN_FRAME + KEK_BLOCK
         && len <= MAX_FRAME + KEK_BLOCK;
}


/* Undo RFC 3394.  */
static gpg_error_t
unwrap_frame (int cipher, const unsigned char *kek, size_t kek_len,
              const struct openpgp_pkesk *pkesk,
              unsigned char frame[MAX_FRAME])
{
  gcry_cipher_hd_t hd;
  gpg_error_t err;

  err = gcry_cipher_open (&hd, cipher, GCRY_CIPHER_MODE_AESWRAP,
                          GCRY_CIPHER_SECURE);
  if (err)
    return err;
  err = gcry_cipher_setkey (hd, kek, kek_len);
  if (!err)
    err = gcry_cipher_decrypt (hd, frame, pkesk->wrapped_len - KEK_BLOCK,
                               pkesk->wrapped, pkesk->wrapped_len);
  gcry_cipher_close (hd);
  if (err && gpg_err_code (err) != GPG_ERR_ENOMEM)
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  return err;
}


/* Remove the padding from the LEN bytes at FRAME (section 8): N bytes of the
   value N.  */
static gpg_error_t
read_frame (const unsigned char *frame, size_t len,
            struct openpgp_session *r_session)
{
  size_t n = frame[len - 1], i;

  if (!n || n > len - MIN_FRAME)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  for (i = len - n; i < len; i++)
    if (frame[i] != n)
      return gpg_error (GPG_ERR_DECRYPT_FAILED);
  return openpgp_session_read (frame, len - n, r_session);
}


gpg_error_t
openpgp_session_unwrap (const struct openpgp_key *key,
                        const struct openpgp_pkesk *pkesk,
                        const unsigned char *point, size_t len,
                        struct openpgp_session *r_session)
{
  unsigned char kek[32], frame[MAX_FRAME];
  const unsigned char *x = find_x (key->curve, point, len);
  size_t kek_len = 16 + 8 * (size_t)(key->kdf_cipher - 7);
  gpg_error_t err;

  memset (r_session, 0, sizeof *r_session);
  if (!x || !openpgp_wrapped_good (pkesk->wrapped_len))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  err = derive_kek (key, x, kek, kek_len);
  if (!err)
    err = unwrap_frame (key->kdf_cipher, kek, kek_len, pkesk, frame);
  if (!err && read_frame (frame, pkesk->wrapped_len - KEK_BLOCK, r_session))
    err = gpg_error (GPG_ERR_CIPHER_ALGO);      /* Made for this key.  */
  secret_wipe (kek, sizeof kek);
  secret_wipe (frame, sizeof frame);
  return err;
}
