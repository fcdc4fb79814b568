/* pgp-keys.c - List, export, delete and make the keys of a home.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * No private key material leaves this file but from one home to another,
 * through secret memory.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include "../wire/framing.h"
#include "../base/secret.h"
#include "pgp-local.h"

#define EXPORT_SIZE 262144
#define SECRET_SIZE 12288       /* A 4096-bit RSA subkey takes under 5000.  */


/* Only a person wants to know of public keys which have a secret, which
   costs a question to the agent.  */
static gpg_error_t
list_keys (pgp_t pgp, const char *pattern, bool secret)
{
  if (pgp->side == PGP_SERVER && !secret)
    return pgp_list_strict (pgp, pattern);
  return pgp_list (pgp, pattern, secret,
                   pgp->side == PGP_PERSON && !secret
                   ? GPGME_KEYLIST_MODE_WITH_SECRET : 0);
}


gpg_error_t
pgp_key_find (pgp_t pgp, const char *pattern, bool secret, pgp_key_t *r_key)
{
  gpg_error_t err;

  *r_key = NULL;
  err = list_keys (pgp, pattern, secret);
  if (err)
    return err;
  if (!pgp->n_found)
    return gpg_error (GPG_ERR_NOT_FOUND);
  if (pgp->n_found > 1)
    return gpg_error (GPG_ERR_AMBIGUOUS_NAME);
  return pgp_copy_key (pgp->found[0], r_key);
}


gpg_error_t
pgp_key_list (pgp_t pgp, bool secret, pgp_key_t **r_list)
{
  gpg_error_t err;

  *r_list = NULL;
  err = list_keys (pgp, NULL, secret);
  return err ? err : pgp_copy_found (pgp, r_list);
}


gpg_error_t
pgp_run_export (pgp_t pgp, const char *pattern, gpgme_export_mode_t mode,
                struct pgp_sink *sink)
{
  gpg_error_t err;

  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_op_export_start (pgp->ctx, pattern, mode, sink->data);
  err = pgp_finish (pgp, err);
  if (sink->over)
    err = gpg_error (GPG_ERR_TOO_LARGE);
  if (!err && !sink->len)
    err = gpg_error (GPG_ERR_NOT_FOUND);
  return err;
}


/* Keep only the key in BUF whose primary key is FPR: gpg also exports every
   key that has FPR as a subkey.  A person may name a key by a subkey, if only
   one key has it.  */
static gpg_error_t
pick_key (pgp_t pgp, const char *fpr, unsigned char *buf, size_t *r_len)
{
  gpg_error_t err = 0;
  char primary[NETSPEC_FPRLEN + 1];
  size_t at, len, n = 0;

  for (at = 0; !err && at < *r_len; at += len, n++)
    {
      err = framing_next_key (buf + at, *r_len - at, &len);
      if (!err)
        err = pgp_primary_fpr (buf + at, len, primary);
      if (!err && !strcmp (primary, fpr))
        {
          memmove (buf, buf + at, len);
          *r_len = len;
          return 0;
        }
    }
  if (!err && (n > 1 || pgp->side == PGP_SERVER))
    err = gpg_error (n > 1 ? GPG_ERR_AMBIGUOUS_NAME : GPG_ERR_NOT_FOUND);
  return err;
}


/* Export PATTERN (NULL: all) minimally, at most MAX bytes.  */
static gpg_error_t
export_public (pgp_t pgp, const char *pattern, size_t max,
               unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err;
  struct pgp_sink sink;

  *r_len = 0;
  *r_data = malloc (max);
  if (!*r_data)
    return gpg_error_from_syserror ();
  err = pgp_sink_open (&sink, *r_data, max);
  if (!err)
    err = pgp_run_export (pgp, pattern, GPGME_EXPORT_MODE_MINIMAL, &sink);
  pgp_sink_close (&sink);
  if (!err)
    *r_len = sink.len;
  return err;
}


/* If ERR is an error, there is no data.  */
static gpg_error_t
drop_data (gpg_error_t err, unsigned char **r_data, size_t *r_len)
{
  if (err)
    {
      free (*r_data);
      *r_data = NULL;
      *r_len = 0;
    }
  return err;
}


gpg_error_t
pgp_key_export (pgp_t pgp, const char *fpr, unsigned char **r_data,
                size_t *r_len)
{
  gpg_error_t err = export_public (pgp, fpr, EXPORT_SIZE, r_data, r_len);

  if (!err)
    err = pick_key (pgp, fpr, *r_data, r_len);
  if (!err && pgp->side == PGP_SERVER)
    err = framing_drop_weak (*r_data, *r_len, r_len);
  return drop_data (err, r_data, r_len);
}


gpg_error_t
pgp_subkey_packet (pgp_t pgp, const char *fpr, const char *subfpr,
                   unsigned char **r_body, size_t *r_len)
{
  char found[NETSPEC_FPRLEN + 1] = "";
  const unsigned char *body = NULL;
  unsigned char *data;
  size_t len, n = 0, at = 0;
  gpg_error_t err = pgp_key_export (pgp, fpr, &data, &len);

  *r_body = NULL;
  *r_len = 0;
  while (!err && strcmp (found, subfpr))
    err = framing_next_part (data, len, &at, &body, &n)
      ? pgp_packet_fpr (body, n, found) : gpg_error (GPG_ERR_NOT_FOUND);
  if (!err && !(*r_body = malloc (n)))
    err = gpg_error_from_syserror ();
  if (!err)
    {
      memcpy (*r_body, body, n);
      *r_len = n;
    }
  free (data);
  return err;
}


gpg_error_t
pgp_keys_export (pgp_t pgp, size_t max, unsigned char **r_data,
                 size_t *r_len)
{
  return drop_data (export_public (pgp, NULL, max, r_data, r_len), r_data,
                    r_len);
}


gpg_error_t
pgp_key_export_text (pgp_t pgp, const char *const *fprs, int fd)
{
  gpg_error_t err;
  gpgme_data_t out;

  err = gpgme_data_new_from_fd (&out, fd);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    {
      gpgme_set_armor (pgp->ctx, 1);
      err = gpgme_op_export_ext_start (pgp->ctx, (const char **)fprs,
                                       GPGME_EXPORT_MODE_MINIMAL, out);
      err = pgp_finish (pgp, err);
      gpgme_set_armor (pgp->ctx, 0);
    }
  gpgme_data_release (out);
  return err;
}


/* Look up the key FPR and return it with a reference.  gpg also finds other
   keys that have it as a subkey, and an operation on FPR applies to the first
   of them, so that must be the right one.  */
static gpg_error_t
get_key (pgp_t pgp, const char *fpr, gpgme_key_t *r_key)
{
  gpg_error_t err;
  size_t i;

  *r_key = NULL;
  err = pgp_list (pgp, fpr, false, 0);
  if (err)
    return err;
  for (i = 0; i < pgp->n_found; i++)
    if (pgp->found[i]->fpr && !strcmp (pgp->found[i]->fpr, fpr))
      break;
  if (i || !pgp->n_found)
    return gpg_error (i < pgp->n_found ? GPG_ERR_AMBIGUOUS_NAME
                      : GPG_ERR_NOT_FOUND);
  gpgme_key_ref (pgp->found[0]);
  *r_key = pgp->found[0];
  return 0;
}


gpg_error_t
pgp_key_delete (pgp_t pgp, const char *fpr)
{
  gpg_error_t err;
  gpgme_key_t key;

  err = get_key (pgp, fpr, &key);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_op_delete_ext_start (pgp->ctx, key, 0);
  err = pgp_finish (pgp, err);
  gpgme_key_unref (key);
  return err;
}


static gpg_error_t
add_subkey (pgp_t pgp, const char *fpr)
{
  gpg_error_t err;
  gpgme_key_t key;

  err = get_key (pgp, fpr, &key);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_op_createsubkey_start (pgp->ctx, key, "cv25519", 0, 0,
                                       GPGME_CREATE_ENCR
                                       | GPGME_CREATE_NOPASSWD
                                       | GPGME_CREATE_NOEXPIRE);
  err = pgp_finish (pgp, err);
  gpgme_key_unref (key);
  return err;
}


gpg_error_t
pgp_key_generate (pgp_t pgp, const char *uid, char r_fpr[NETSPEC_FPRLEN + 1])
{
  gpg_error_t err;
  gpgme_genkey_result_t result;

  *r_fpr = 0;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_op_createkey_start (pgp->ctx, uid, "ed25519", 0, 0, NULL,
                                    GPGME_CREATE_SIGN | GPGME_CREATE_CERT
                                    | GPGME_CREATE_NOPASSWD
                                    | GPGME_CREATE_NOEXPIRE
                                    | GPGME_CREATE_FORCE);
  err = pgp_finish (pgp, err);
  if (err)
    return err;
  result = gpgme_op_genkey_result (pgp->ctx);
  if (!result || !pgp_is_fpr (result->fpr))
    return gpg_error (GPG_ERR_GENERAL);
  pgp_copy_fpr (r_fpr, result->fpr);
  err = add_subkey (pgp, r_fpr);
  if (err)
    *r_fpr = 0;
  return err;
}


/* Check that PGP's home holds the secret of SUBFPR and no other.  */
static gpg_error_t
prove_secrets (pgp_t pgp, const char *subfpr)
{
  gpg_error_t err;
  gpgme_subkey_t sub;
  unsigned int n = 0;
  size_t i;

  err = pgp_list (pgp, NULL, true, 0);
  if (err)
    return err;
  for (i = 0; i < pgp->n_found; i++)
    for (sub = pgp->found[i]->subkeys; sub; sub = sub->next)
      if (sub->secret)
        {
          if (strcmp (sub->fpr, subfpr) || sub->can_sign || sub->can_certify)
            return gpg_error (GPG_ERR_UNUSABLE_SECKEY);
          n++;
        }
  return n == 1 ? 0 : gpg_error (GPG_ERR_UNUSABLE_SECKEY);
}


gpg_error_t
pgp_copy_secret (pgp_t from, const char *pattern, gpgme_export_mode_t mode,
                 size_t size, pgp_t to)
{
  gpg_error_t err;
  struct pgp_sink sink;
  void *buf = secret_alloc (size);

  if (!buf)
    return gpg_error_from_syserror ();
  err = pgp_sink_open (&sink, buf, size);
  if (!err)
    err = pgp_run_export (from, pattern, mode, &sink);
  if (!err)
    err = pgp_import_one (to, sink.buf, sink.len);
  pgp_sink_close (&sink);
  secret_release (buf);
  return err;
}


gpg_error_t
pgp_subkey_copy (pgp_t from, const char *subfpr, pgp_t to)
{
  gpg_error_t err;
  char pattern[NETSPEC_FPRLEN + 2];

  if (from->side != PGP_SERVER || to->side != PGP_SERVER
      || !pgp_is_fpr (subfpr))
    return gpg_error (GPG_ERR_INV_ARG);
  /* "!": exactly this subkey, whatever gpg would choose.  */
  gpgrt_snprintf (pattern, sizeof pattern, "%s!", subfpr);
  err = pgp_home_write (to->home);      /* gpg may start an agent for now.  */
  if (!err)
    err = pgp_copy_secret (from, pattern, GPGME_EXPORT_MODE_SECRET_SUBKEY,
                           SECRET_SIZE, to);
  if (!err)
    err = prove_secrets (to, subfpr);
  if (!err)
    err = pgp_home_close (to->home);
  pgp_children_end (to);
  return err;
}
