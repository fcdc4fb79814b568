/* openpgp-unwrap.c - Open what is encrypted to the server's key.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "openpgp-local.h"

#include <string.h>
#include "../../base/secret.h"


/* A message while a session key is looked for.  */
struct unwrapping
{
  const struct openpgp_key *keys;
  size_t n_keys;
  openpgp_asks_t asks;
  void *hook;
  struct openpgp_pkesk pkesk[FRAMING_MAX_KEYS];
  size_t n_pkesks;
  struct openpgp_data data;
  size_t size;                  /* Of the caller's buffer.  */
  bool lacked;                  /* The secret of a known key.  */
  bool hidden;                  /* There are hidden recipients.  */
};


/* A session key packet for an algorithm that no key here has is for somebody
   else.  One that is not well-formed spoils the message, whoever it is for,
   as it does for GnuPG.  */
static gpg_error_t
note_pkesk (struct unwrapping *u, const struct packet *pkt)
{
  struct openpgp_pkesk *pkesk = u->pkesk + u->n_pkesks;
  gpg_error_t err = openpgp_pkesk_read (pkt->first, pkt->len, pkesk);

  if (gpg_err_code (err) == GPG_ERR_BAD_DATA)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (err)
    pkesk->algo = 0;
  u->n_pkesks++;
  return 0;
}


static gpg_error_t
divide_message (struct unwrapping *u, const void *msg, size_t len)
{
  struct walk w;
  struct packet pkt;
  gpg_error_t err = 0;

  if (framing_check_outer (msg, len, NULL) || !framing_begin (&w, msg, len))
    return gpg_error (GPG_ERR_BAD_DATA);
  while (!err && framing_next (&w, &pkt) && pkt.tag == TAG_PKESK)
    err = note_pkesk (u, &pkt);
  u->data.pkt = pkt;
  u->data.end = w.p + w.left;
  return err;
}


/* True if PKESK names KEY.  */
static bool
is_for (const struct openpgp_pkesk *pkesk, const struct openpgp_key *key)
{
  return !memcmp (pkesk->keyid, key->fpr + OPENPGP_FPRLEN - OPENPGP_KEYIDLEN,
                  OPENPGP_KEYIDLEN);
}


static bool
is_hidden (const struct openpgp_pkesk *pkesk)
{
  static const unsigned char none[OPENPGP_KEYIDLEN];

  return !memcmp (pkesk->keyid, none, sizeof none);
}


/* Try PKESK with KEY.  *R_FOUND if there is a session key.  An error ends
   all: what is for KEY counts, and if it cannot be used, another reader may
   use it.  The agent is not asked for what would not fit into the buffer.  */
static gpg_error_t
try_pkesk (struct unwrapping *u, const struct openpgp_pkesk *pkesk,
           const struct openpgp_key *key, struct openpgp_session *session,
           bool *r_found)
{
  gpg_error_t err;

  if (openpgp_data_len (&u->data) > u->size)
    return gpg_error (GPG_ERR_TOO_LARGE);
  err = openpgp_session_open (key, pkesk, u->asks, u->hook, session);
  switch (gpg_err_code (err))
    {
    case 0:
      *r_found = true;
      return 0;
    case GPG_ERR_DECRYPT_FAILED:
      return is_hidden (pkesk) ? 0 : err;
    case GPG_ERR_CIPHER_ALGO:
      return gpg_error (GPG_ERR_DECRYPT_FAILED);
    case GPG_ERR_NO_SECKEY:
      u->lacked = true;
      return 0;
    default:
      return err;
    }
}


/* Try PKESK with each key that it may be for.  */
static gpg_error_t
try_keys (struct unwrapping *u, const struct openpgp_pkesk *pkesk,
          bool hidden, struct openpgp_session *session, bool *r_found)
{
  const struct openpgp_key *key;
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && !*r_found && i < u->n_keys; i++)
    {
      key = u->keys + i;
      if (hidden ? pkesk->algo == key->algo : is_for (pkesk, key))
        err = try_pkesk (u, pkesk, key, session, r_found);
    }
  return err;
}


/* The first that opens counts, whatever may follow.  GnuPG commits to one as
   well, up to 2.2 in this order, from 2.4 on in the order of its keys.  */
static gpg_error_t
find_session (struct unwrapping *u, struct openpgp_session *session)
{
  bool found = false, hidden;
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && !found && i < u->n_pkesks; i++)
    {
      hidden = is_hidden (u->pkesk + i);
      u->hidden |= hidden;
      err = try_keys (u, u->pkesk + i, hidden, session, &found);
    }
  if (err || found)
    return err;
  return gpg_error (u->hidden && !u->lacked ? GPG_ERR_WRONG_SECKEY
                                            : GPG_ERR_NO_SECKEY);
}


gpg_error_t
openpgp_unwrap (const struct openpgp_key *keys, size_t n,
                openpgp_asks_t asks, void *hook, const void *msg, size_t len,
                void *buf, size_t size, size_t *r_len)
{
  struct unwrapping u = { .keys = keys, .n_keys = n, .asks = asks,
                          .hook = hook, .size = size };
  struct openpgp_session session;
  gpg_error_t err;

  *r_len = 0;
  err = divide_message (&u, msg, len);
  if (err)
    return err;
  err = find_session (&u, &session);
  if (!err)
    {
      err = openpgp_data_open (&u.data, &session, buf);
      secret_wipe (&session, sizeof session);
    }
  if (!err)
    *r_len = openpgp_data_len (&u.data);
  return err;
}
