/* candidate.c - A key that is said to be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is imported here: the key comes no nearer than a scratch home with
 * a gpg that has no power (scratch.h).  */

#include "candidate.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"
#include "ask.h"
#include "fetch.h"
#include "scratch.h"
#include "../text.h"


static const char *
explain_source (gpg_error_t err, unsigned int version)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_AMBIGUOUS_NAME: return "more than one key; export only one";
    case GPG_ERR_NO_PUBKEY: return "no OpenPGP public key in there";
    case GPG_ERR_NOT_FOUND: return "this key is not in your keyring";
    case GPG_ERR_UNKNOWN_VERSION: return text_key_version (version);
    case GPG_ERR_BAD_PUBKEY:
    case GPG_ERR_BAD_DATA: return "not just a public key; write it with"
        " 'gpg --export'";
    case GPG_ERR_INV_PACKET: return "a key with packets of a kind that is not"
        " accepted here; see 'gpg --list-packets'";
    default: return gpg_strerror (err);
    }
}


/* log_exit_code takes these for errors about a host, a person and ourselves:
   return what gives the exit code for bad data from outside.  */
static gpg_error_t
error_for_exit (gpg_error_t err)
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


/* Replace what was fetched by the clean form of the key.  *R_VERSION is that of
   the key, and may be a newer one than we take (GPG_ERR_UNKNOWN_VERSION).  */
static gpg_error_t
clean_candidate (struct candidate *cand, unsigned int *r_version)
{
  gpg_error_t err;
  struct scratch scratch;
  unsigned char *data = cand->data;
  size_t len = cand->len;

  *r_version = pgp_data_version (data, len);
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
  unsigned int version = 0;
  char *message;

  memset (cand, 0, sizeof *cand);
  err = fetch_key (spec, &cand->data, &cand->len, &message);
  if (!err)
    err = clean_candidate (cand, &version);
  if (message)
    log_error ("%s %s: %s", verb, user, message);
  else if (err)
    log_error ("%s %s: %s: %s", verb, user, spec,
               explain_source (err, version));
  gpgrt_free (message);
  return error_for_exit (err);
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
               " use the key until you know why", verb, user);
  else if (gpg_err_code (err) == GPG_ERR_ENOTTY)
    log_error ("%s %s: there is no terminal to ask on; give the fingerprint"
               " that %s told you with --fpr", verb, user, user);
  else if (err)
    log_error ("%s %s: the fingerprint was not confirmed; nothing was"
               " changed", verb, user);
  return err;
}


void
candidate_release (struct candidate *cand)
{
  pgp_key_release (cand->key);
  free (cand->data);
  memset (cand, 0, sizeof *cand);
}
