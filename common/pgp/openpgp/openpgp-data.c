/* openpgp-data.c - Open a packet of encrypted data.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Packet 18 version 1: RFC 4880, section 5.13.  Packet 20 version 1 with OCB:
 * draft-koch-librepgp, section 5.16.  framing_check_outer has passed both.  */

#include "openpgp-local.h"

#include <string.h>
#include <gcrypt.h>
#include "../../base/secret.h"

#define BLOCK 16
#define PREFIX_LEN (BLOCK + 2)  /* Random bytes, the last two again.  */
#define SHA1_LEN 20
#define MDC_LEN (2 + SHA1_LEN)
#define AEAD_HEAD 4             /* Version, cipher, mode, chunk size.  */
#define NONCE_LEN 15
#define TAG_LEN 16


/* The body of a packet that may have partial lengths.  */
struct source
{
  const unsigned char *p;       /* Of one chunk ...  */
  size_t left;
  struct walk after;            /* ... and what follows it.  */
};


static void
open_source (const struct openpgp_data *data, struct source *src)
{
  src->p = data->pkt.first;
  src->left = data->pkt.firstlen;
  src->after.p = src->p + src->left;
  src->after.left = (size_t)(data->end - src->after.p);
  src->after.flaw = FRAMING_GOOD;
}


/* Move the next N bytes to OUT.  */
static bool
take_bytes (struct source *src, unsigned char *out, size_t n)
{
  bool partial;
  size_t part;

  while (n)
    {
      if (!src->left
          && (!framing_new_length (&src->after, &src->left, &partial)
              || !framing_body (&src->after, src->left, &src->p)))
        return false;
      part = n < src->left ? n : src->left;
      memcpy (out, src->p, part);
      src->p += part;
      src->left -= part;
      out += part;
      n -= part;
    }
  return true;
}


/* How many bytes a chunk of packet 20 takes at most, with its tag.  */
static size_t
chunk_size (const struct packet *pkt)
{
  return ((size_t)1 << (pkt->first[3] + 6)) + TAG_LEN;
}


size_t
openpgp_data_len (const struct openpgp_data *data)
{
  const struct packet *pkt = &data->pkt;
  size_t n, chunks;

  if (pkt->tag == TAG_MDC_DATA)
    return pkt->len - 1 - PREFIX_LEN - MDC_LEN;
  n = pkt->len - AEAD_HEAD - NONCE_LEN - TAG_LEN;
  chunks = (n + chunk_size (pkt) - 1) / chunk_size (pkt);
  return n - chunks * TAG_LEN;
}


static gpg_error_t
open_cipher (const struct openpgp_session *session, int mode,
             gcry_cipher_hd_t *r_hd)
{
  gpg_error_t err;

  err = gcry_cipher_open (r_hd, session->cipher, mode, GCRY_CIPHER_SECURE);
  if (err)
    return err;
  err = gcry_cipher_setkey (*r_hd, session->key, session->len);
  if (err)
    gcry_cipher_close (*r_hd);
  return err;
}


/* Check the packet MDC against what it covers.  */
static gpg_error_t
check_mdc (const unsigned char prefix[PREFIX_LEN], const unsigned char *buf,
           size_t len, const unsigned char mdc[MDC_LEN])
{
  static const unsigned char head[2] = { 0xd3, SHA1_LEN };
  unsigned char digest[SHA1_LEN];
  gcry_buffer_t parts[3];
  gpg_error_t err;

  memset (parts, 0, sizeof parts);
  parts[0].data = (void *)prefix;
  parts[0].len = PREFIX_LEN;
  parts[1].data = (void *)buf;
  parts[1].len = len;
  parts[2].data = (void *)head;
  parts[2].len = sizeof head;
  err = gcry_md_hash_buffers (GCRY_MD_SHA1, 0, digest, parts, 3);
  if (!err && (!secret_equal (mdc, head, sizeof head)
               | !secret_equal (mdc + sizeof head, digest, SHA1_LEN)))
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  return err;
}


/* CFB with a zero IV over the prefix, the text and the packet MDC.  */
static gpg_error_t
open_mdc_data (gcry_cipher_hd_t hd, struct source *src, unsigned char *buf,
               size_t len)
{
  unsigned char prefix[PREFIX_LEN], mdc[MDC_LEN], version;
  gpg_error_t err;

  if (!take_bytes (src, &version, 1)
      || !take_bytes (src, prefix, sizeof prefix)
      || !take_bytes (src, buf, len) || !take_bytes (src, mdc, sizeof mdc))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  err = gcry_cipher_setiv (hd, NULL, 0);
  if (!err)
    err = gcry_cipher_decrypt (hd, prefix, sizeof prefix, NULL, 0);
  if (!err && len)
    err = gcry_cipher_decrypt (hd, buf, len, NULL, 0);
  if (!err)
    err = gcry_cipher_decrypt (hd, mdc, sizeof mdc, NULL, 0);
  return err ? err : check_mdc (prefix, buf, len, mdc);
}


/* Packet 20 while its chunks are opened.  */
struct chunks
{
  unsigned char head[1 + AEAD_HEAD];    /* The packet's tag comes first.  */
  unsigned char nonce[NONCE_LEN];
  uint64_t index;
};

static void
put_number (uint64_t value, unsigned char out[8])
{
  size_t i;

  for (i = 0; i < 8; i++)
    out[i] = (unsigned char)(value >> (56 - 8 * i));
}


/* Begin the next chunk: the nonce and the additional data have its index.  */
static gpg_error_t
begin_chunk (gcry_cipher_hd_t hd, struct chunks *chunks)
{
  unsigned char nonce[NONCE_LEN], index[8];
  gpg_error_t err;
  size_t i;

  put_number (chunks->index++, index);
  memcpy (nonce, chunks->nonce, sizeof nonce);
  for (i = 0; i < 8; i++)
    nonce[NONCE_LEN - 8 + i] ^= index[i];
  err = gcry_cipher_setiv (hd, nonce, sizeof nonce);
  if (!err)
    err = gcry_cipher_authenticate (hd, chunks->head, sizeof chunks->head);
  if (!err)
    err = gcry_cipher_authenticate (hd, index, sizeof index);
  return err;
}


/* Decrypt LEN bytes at BUF in place, and check the tag that SRC has next.  */
static gpg_error_t
finish_chunk (gcry_cipher_hd_t hd, struct source *src, unsigned char *buf,
              size_t len)
{
  unsigned char tag[TAG_LEN];
  gpg_error_t err;

  if (!take_bytes (src, buf, len) || !take_bytes (src, tag, sizeof tag))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  err = gcry_cipher_final (hd);
  if (!err)
    err = gcry_cipher_decrypt (hd, buf, len, NULL, 0);
  return err ? err : gcry_cipher_checktag (hd, tag, sizeof tag);
}


/* The last tag covers no text but how long it is in all.  */
static gpg_error_t
finish_chunks (gcry_cipher_hd_t hd, struct chunks *chunks, struct source *src,
               size_t len)
{
  unsigned char total[8], none = 0;
  gpg_error_t err;

  put_number (len, total);
  err = begin_chunk (hd, chunks);
  if (!err)
    err = gcry_cipher_authenticate (hd, total, sizeof total);
  return err ? err : finish_chunk (hd, src, &none, 0);
}


static gpg_error_t
open_aead_data (gcry_cipher_hd_t hd, const struct packet *pkt,
                struct source *src, unsigned char *buf, size_t len)
{
  size_t done, n, most = chunk_size (pkt) - TAG_LEN;
  struct chunks chunks;
  gpg_error_t err = 0;

  chunks.head[0] = 0xc0 | TAG_AEAD;
  chunks.index = 0;
  if (!take_bytes (src, chunks.head + 1, AEAD_HEAD)
      || !take_bytes (src, chunks.nonce, NONCE_LEN))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  for (done = 0; !err && done < len; done += n)
    {
      n = len - done < most ? len - done : most;
      err = begin_chunk (hd, &chunks);
      if (!err)
        err = finish_chunk (hd, src, buf + done, n);
    }
  return err ? err : finish_chunks (hd, &chunks, src, len);
}


gpg_error_t
openpgp_data_open (const struct openpgp_data *data,
                   const struct openpgp_session *session,
                   unsigned char *buf)
{
  const struct packet *pkt = &data->pkt;
  bool aead = pkt->tag == TAG_AEAD;
  size_t len = openpgp_data_len (data);
  struct source src;
  gcry_cipher_hd_t hd;
  gpg_error_t err;

  if (aead && pkt->first[1] != session->cipher)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  err = open_cipher (session, aead ? GCRY_CIPHER_MODE_OCB
                                   : GCRY_CIPHER_MODE_CFB, &hd);
  if (err)
    return err;
  open_source (data, &src);
  err = aead ? open_aead_data (hd, pkt, &src, buf, len)
             : open_mdc_data (hd, &src, buf, len);
  gcry_cipher_close (hd);
  if (err)
    secret_wipe (buf, len);
  if (err && gpg_err_code (err) != GPG_ERR_ENOMEM)
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  return err;
}
