/* openpgp-session.c - Session keys of OpenPGP, which the agent decrypts.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  */

#include "openpgp-local.h"

#include <stdio.h>
#include <string.h>
#include "../../base/secret.h"

#define MIN_PADDING 8           /* PKCS#1's, for encryption.  */
#define CHECKSUM_LEN 2


/* How many integers a session key by ALGO has, for which there is no key here
   (5.1 and 9.1); 0 for an unknown algorithm.  */
static unsigned int
count_foreign (size_t algo)
{
  switch (algo)
    {
    case 2:                     /* RSA for one purpose alone.  */
    case 3: return 1;
    case 16:                    /* Elgamal.  */
    case 20: return 2;
    default: return 0;
    }
}


/* What follows ALGO in a packet for somebody else.  */
static gpg_error_t
read_foreign (struct walk *w, size_t algo)
{
  unsigned int n = count_foreign (algo);
  struct openpgp_mpi mpi;

  for (; n; n--)
    if (!openpgp_mpi_read (w, &mpi))
      return gpg_error (GPG_ERR_BAD_DATA);
  return gpg_error (GPG_ERR_PUBKEY_ALGO);
}


gpg_error_t
openpgp_pkesk_read (const unsigned char *body, size_t len,
                    struct openpgp_pkesk *r_pkesk)
{
  struct walk w = { body, len, FRAMING_GOOD };
  const unsigned char *keyid;
  size_t version, algo;

  memset (r_pkesk, 0, sizeof *r_pkesk);
  if (!framing_number (&w, 1, &version) || version != 3
      || !framing_body (&w, OPENPGP_KEYIDLEN, &keyid)
      || !framing_number (&w, 1, &algo))
    return gpg_error (GPG_ERR_BAD_DATA);
  memcpy (r_pkesk->keyid, keyid, OPENPGP_KEYIDLEN);
  r_pkesk->algo = (unsigned char)algo;
  if (algo != OPENPGP_RSA && algo != OPENPGP_ECDH)
    return read_foreign (&w, algo);
  if (!openpgp_mpi_read (&w, &r_pkesk->mpi))
    return gpg_error (GPG_ERR_BAD_DATA);
  if (algo == OPENPGP_ECDH
      && (!framing_number (&w, 1, &r_pkesk->wrapped_len)
          || !openpgp_wrapped_good (r_pkesk->wrapped_len)
          || !framing_body (&w, r_pkesk->wrapped_len, &r_pkesk->wrapped)))
    return gpg_error (GPG_ERR_BAD_DATA);
  return w.left ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


/* An S-expression while it is written.  */
struct asked
{
  char buf[OPENPGP_MAX_ASKED];
  size_t len;
};

static bool
put_bytes (struct asked *asked, const void *data, size_t len)
{
  if (len > sizeof asked->buf - asked->len)
    return false;
  memcpy (asked->buf + asked->len, data, len);
  asked->len += len;
  return true;
}


static bool
put_text (struct asked *asked, const char *text)
{
  return put_bytes (asked, text, strlen (text));
}


/* "(NAME VALUE)", in canonical form.  */
static bool
put_value (struct asked *asked, const char *name, const void *data,
           size_t len)
{
  char count[24];

  snprintf (count, sizeof count, "%zu:", len);
  return put_text (asked, "(1:") && put_text (asked, name)
         && put_text (asked, count) && put_bytes (asked, data, len)
         && put_text (asked, ")");
}


static bool
build_asked (const struct openpgp_pkesk *pkesk, struct asked *asked)
{
  asked->len = 0;
  if (pkesk->algo == OPENPGP_RSA)
    return put_text (asked, "(7:enc-val(3:rsa")
           && put_value (asked, "a", pkesk->mpi.data, pkesk->mpi.len)
           && put_text (asked, "))");
  return put_text (asked, "(7:enc-val(4:ecdh")
         && put_value (asked, "s", pkesk->wrapped, pkesk->wrapped_len)
         && put_value (asked, "e", pkesk->mpi.data, pkesk->mpi.len)
         && put_text (asked, "))");
}


gpg_error_t
openpgp_session_read (const unsigned char *frame, size_t len,
                      struct openpgp_session *r_session)
{
  unsigned int sum = 0;
  size_t i, n;

  memset (r_session, 0, sizeof *r_session);
  if (len < 1 + CHECKSUM_LEN)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  n = len - 1 - CHECKSUM_LEN;
  for (i = 0; i < n; i++)
    sum += frame[1 + i];
  if ((sum & 0xffff) != ((unsigned int)frame[1 + n] << 8 | frame[2 + n]))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (frame[0] < 7 || frame[0] > 9 || n != 16 + 8 * (size_t)(frame[0] - 7))
    return gpg_error (GPG_ERR_CIPHER_ALGO);
  r_session->cipher = frame[0];
  r_session->len = n;
  memcpy (r_session->key, frame + 1, n);
  return 0;
}


/* The session key in the LEN bytes at P, which RSA by a key of SIZE bytes
   gave: 0, 2, padding without zeros, 0, and the rest (RFC 8017, section
   7.2.2).  A number has no zero before it; some cards give one.  With padding
   of a wrong length it is one for other readers alone.  */
static gpg_error_t
read_padded (const unsigned char *p, size_t len, size_t size,
             struct openpgp_session *r_session)
{
  gpg_error_t err;
  size_t i;

  if (!*p)
    {
      p++;
      len--;
    }
  if (!len || *p != 2)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  for (i = 1; i < len && p[i]; i++)
    ;
  if (i == len)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  err = openpgp_session_read (p + i + 1, len - i - 1, r_session);
  if (!err && (len + 1 != size || i < 1 + MIN_PADDING))
    err = gpg_error (GPG_ERR_CIPHER_ALGO);
  return err;
}


static gpg_error_t
read_answer (const struct openpgp_key *key, const struct openpgp_pkesk *pkesk,
             const struct openpgp_answer *answer,
             struct openpgp_session *r_session)
{
  if (!answer->len || answer->len > sizeof answer->value)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (key->algo == OPENPGP_ECDH)
    return openpgp_session_unwrap (key, pkesk, answer->value, answer->len,
                                   r_session);
  if (answer->unpadded)
    return openpgp_session_read (answer->value, answer->len, r_session);
  return read_padded (answer->value, answer->len, key->n.len, r_session);
}


/* Whether PKESK can be for KEY, by its form.  */
static bool
fits_key (const struct openpgp_pkesk *pkesk, const struct openpgp_key *key)
{
  if (pkesk->algo != key->algo)
    return false;
  return key->algo == OPENPGP_RSA ? openpgp_mpi_less (&pkesk->mpi, &key->n)
                                  : openpgp_point_good (key->curve,
                                                        &pkesk->mpi);
}


gpg_error_t
openpgp_session_open (const struct openpgp_key *key,
                      const struct openpgp_pkesk *pkesk,
                      openpgp_asks_t asks, void *hook,
                      struct openpgp_session *r_session)
{
  unsigned char grip[OPENPGP_GRIPLEN];
  struct openpgp_answer answer;
  struct asked asked;
  gpg_error_t err;

  memset (r_session, 0, sizeof *r_session);
  if (!fits_key (pkesk, key) || !build_asked (pkesk, &asked))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  err = openpgp_key_grip (key, grip);
  if (err)
    return err;
  answer.len = 0;
  answer.unpadded = false;
  err = asks (hook, grip, asked.buf, asked.len, &answer);
  if (!err)
    err = read_answer (key, pkesk, &answer, r_session);
  secret_wipe (&answer, sizeof answer);
  if (err)
    secret_wipe (r_session, sizeof *r_session);
  return err;
}
