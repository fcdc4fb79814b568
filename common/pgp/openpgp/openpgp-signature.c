/* openpgp-signature.c - Read the signature of an OpenPGP message.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The packet is read where its form is judged (common/wire); here it gets the
 * meaning that it has together with keys.  */

#include "openpgp-local.h"

#include <string.h>


static gpg_error_t
error_of_flaw (enum framing_flaw flaw)
{
  switch (flaw)
    {
    case FRAMING_GOOD: return 0;
    case FRAMING_DIGEST: return gpg_error (GPG_ERR_DIGEST_ALGO);
    case FRAMING_ALGORITHM: return gpg_error (GPG_ERR_PUBKEY_ALGO);
    case FRAMING_SIGNATURE_VERSION:
      return gpg_error (GPG_ERR_UNKNOWN_VERSION);
    default: return gpg_error (GPG_ERR_BAD_DATA);
    }
}


static void
take_issuer (const struct framing_signature *read,
             struct openpgp_signature *sig)
{
  const unsigned char *keyid = read->keyid;

  if (read->fpr)
    {
      sig->has_issuer = true;
      memcpy (sig->issuer, read->fpr, OPENPGP_FPRLEN);
      keyid = read->fpr + OPENPGP_FPRLEN - OPENPGP_KEYIDLEN;
    }
  memcpy (sig->keyid, keyid, OPENPGP_KEYIDLEN);
}


static void
take_signature (const struct framing_signature *read,
                struct openpgp_signature *sig)
{
  unsigned int i;

  sig->class = read->class;
  sig->algo = (enum openpgp_algo)read->algo;
  sig->hash = read->hash;
  sig->hashed = read->hashed;
  sig->hashed_len = read->hashed_len;
  take_issuer (read, sig);
  sig->created = read->created;
  sig->lifetime = read->lifetime;
  sig->key_lifetime = read->key_lifetime;
  sig->key_flags = read->key_flags;
  sig->has_key_flags = read->has_key_flags;
  sig->back = read->embedded;
  sig->back_len = read->embedded_len;
  memcpy (sig->check, read->check, sizeof sig->check);
  sig->n_mpis = read->n_integers;
  for (i = 0; i < sig->n_mpis; i++)
    {
      sig->mpi[i].data = read->integer[i].data;
      sig->mpi[i].len = read->integer[i].len;
      sig->mpi[i].bits = read->integer[i].bits;
    }
}


gpg_error_t
openpgp_signature_read (const void *body, size_t len,
                        enum openpgp_class class,
                        struct openpgp_signature *r_sig)
{
  struct framing_signature read;
  enum framing_flaw flaw;

  memset (r_sig, 0, sizeof *r_sig);
  flaw = framing_read_signature (body, len, class, &read);
  if (!flaw)
    take_signature (&read, r_sig);
  return error_of_flaw (flaw);
}


/* The signature packet of an inside with one signer.  */
static gpg_error_t
find_signature (const void *blob, size_t len, struct packet *r_pkt)
{
  struct walk w;

  if (!framing_begin (&w, blob, len))
    return gpg_error (GPG_ERR_BAD_DATA);
  do
    if (!framing_next (&w, r_pkt))
      return gpg_error (GPG_ERR_BAD_DATA);
  while (r_pkt->tag != TAG_SIGNATURE);
  return 0;
}


gpg_error_t
openpgp_signed_read (const void *blob, size_t len,
                     unsigned char text[OPENPGP_MAX_LITERAL],
                     size_t *r_text_len, struct openpgp_signature *r_sig)
{
  gpg_error_t err;
  struct packet pkt;

  memset (r_sig, 0, sizeof *r_sig);
  *r_text_len = 0;
  if (len > OPENPGP_MAX_SIGNED)
    return gpg_error (GPG_ERR_TOO_LARGE);
  err = find_signature (blob, len, &pkt);
  if (!err)
    err = openpgp_signature_read (pkt.first, pkt.len, OPENPGP_CLASS_BINARY,
                                  r_sig);
  if (!err)
    err = framing_literal (blob, len, text, OPENPGP_MAX_LITERAL, r_text_len);
  return err;
}


gpg_error_t
openpgp_signature_check (const struct openpgp_signature *sig,
                         const struct openpgp_key *key,
                         const void *text, size_t len)
{
  const struct openpgp_part part = { text, len };

  if (sig->class != OPENPGP_CLASS_BINARY || !sig->has_issuer
      || memcmp (sig->issuer, key->fpr, OPENPGP_FPRLEN))
    return gpg_error (GPG_ERR_BAD_SIGNATURE);
  return openpgp_parts_check (sig, key, &part, 1);
}
