/* candidate.c - A key that is said to be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "candidate.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"
#include "ask.h"
#include "fetch.h"
#include "scratch.h"


static const char *
why_no_key (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_AMBIGUOUS_NAME: return "more than one key; export one alone";
    case GPG_ERR_NO_PUBKEY: return "no OpenPGP public key in it";
    case GPG_ERR_NOT_FOUND: return "this key is not in your keyring";
    case GPG_ERR_UNKNOWN_VERSION: return "a version 5 key, which other"
        " programs cannot read; make one that is not of the 448 curves:"
        " ed25519 with cv25519, or RSA";
    case GPG_ERR_BAD_PUBKEY:
    case GPG_ERR_BAD_DATA: return "not a public key alone; write it with"
        " 'gpg --export'";
    case GPG_ERR_INV_PACKET: return "a key with parts of a kind that is not"
        " taken here; see 'gpg --list-packets'";
    default: return gpg_strerror (err);
    }
}


/* For the exit code: these would be about a host, a person and ourselves.  */
static gpg_error_t
about_key (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NOT_FOUND: return gpg_error (GPG_ERR_ENOENT);
    case GPG_ERR_NO_PUBKEY:
    case GPG_ERR_BAD_PUBKEY:
    case GPG_ERR_INV_PACKET:
    case GPG_ERR_UNKNOWN_VERSION: return gpg_error (GPG_ERR_BAD_DATA);
    case GPG_ERR_GENERAL: return gpg_error (GPG_ERR_NOT_TRUSTED);
    default: return err;
    }
}


/* What was fetched gives way to what is taken of it.  */
static gpg_error_t
clean (struct candidate *cand)
{
  gpg_error_t err;
  struct scratch scratch;
  unsigned char *data = cand->data;
  size_t len = cand->len;

  err = scratch_open (&scratch);
  if (!err)
    err = scratch_clean (&scratch, data, len, &cand->key, &cand->data,
                         &cand->len);
  else
    cand->data = NULL;
  scratch_close (&scratch);
  free (data);
  return err;
}


gpg_error_t
candidate_fetch (const char *verb, const char *user, const char *spec,
                 struct candidate *cand)
{
  gpg_error_t err;
  char *message;

  memset (cand, 0, sizeof *cand);
  err = fetch_key (spec, &cand->data, &cand->len, &message);
  if (!err)
    err = clean (cand);
  if (message)
    log_error ("%s %s: %s", verb, user, message);
  else if (err)
    log_error ("%s %s: %s: %s", verb, user, spec, why_no_key (err));
  gpgrt_free (message);
  return about_key (err);
}


gpg_error_t
candidate_check (const char *verb, roster_t roster, const char *user,
                 const char *fpr, const struct candidate *cand)
{
  char *why;
  gpg_error_t err = roster_objection (roster, user, cand->key, &why);

  if (err)
    log_error ("%s %s: %s: %s", verb, user, cand->key->fpr,
               why ? why : gpg_strerror (err));
  gpgrt_free (why);
  if (err)
    return err;
  err = ask_fingerprint (user, cand->key, fpr);
  if (gpg_err_code (err) == GPG_ERR_BAD_PUBKEY)
    log_error ("%s %s: --fpr is not the fingerprint of this key; do not"
               " use the key before you know why", verb, user);
  else if (gpg_err_code (err) == GPG_ERR_ENOTTY)
    log_error ("%s %s: no terminal to ask on; give the fingerprint that"
               " %s told you with --fpr", verb, user, user);
  else if (err)
    log_error ("%s %s: not the same; nothing was changed", verb, user);
  return err;
}


void
candidate_release (struct candidate *cand)
{
  pgp_key_release (cand->key);
  free (cand->data);
  memset (cand, 0, sizeof *cand);
}
