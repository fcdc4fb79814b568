/* pgp-secret.c - Find and copy secret keys that exist already.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpg tells which parts of a key have a secret, and gpg-agent whether that
 * is on the disk, with or without a passphrase, or on a card.  A secret only
 * passes through secret memory, and is never written by this program.  */

#include "pgp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../base/file.h"
#include "pgp-local.h"

#define SECRET_SIZE 32768       /* Of a key with all its parts.  */
#define STUB_SIZE 16384


/* S KEYINFO grip type serialno idstr cached protection ...  */
static gpgme_error_t
on_keyinfo (void *hook, const char *status, const char *args)
{
  enum pgp_where *where = hook;
  char type = 0, protection = 0;

  if (strcmp (status, "KEYINFO"))
    return 0;
  if (sscanf (args, "%*s %c %*s %*s %*s %c", &type, &protection) != 2)
    return 0;
  if (type == 'T')
    *where = PGP_ON_CARD;
  else if (type == 'D')
    *where = protection == 'C' ? PGP_ON_DISK : PGP_WITH_PASSPHRASE;
  return 0;
}


/* Ask the caller's agent where the secret with GRIP is.  */
static gpg_error_t
ask_agent (const char *grip, enum pgp_where *r_where)
{
  gpg_error_t err, agent_err = 0;
  gpgme_ctx_t ctx;
  char command[64];

  *r_where = PGP_NOWHERE;
  gpgrt_snprintf (command, sizeof command, "KEYINFO %s", grip);
  err = gpgme_new (&ctx);
  if (err)
    return err;
  err = gpgme_set_protocol (ctx, GPGME_PROTOCOL_ASSUAN);
  if (!err)
    err = gpgme_op_assuan_transact_ext (ctx, command, NULL, NULL, NULL, NULL,
                                        on_keyinfo, r_where, &agent_err);
  gpgme_release (ctx);
  return err ? err : agent_err;
}


static gpg_error_t
copy_part (gpgme_key_t key, gpgme_subkey_t sub, struct pgp_part *part)
{
  bool good = pgp_is_usable (sub) && !key->revoked && !key->expired
              && !key->disabled && !key->invalid;

  if (pgp_is_fpr (sub->fpr) && strlen (sub->fpr) != NETSPEC_FPRLEAST)
    return gpg_error (GPG_ERR_UNKNOWN_VERSION);
  if (!pgp_is_fpr (sub->fpr) || !sub->keygrip
      || strlen (sub->keygrip) != PGP_GRIPLEN)
    return gpg_error (GPG_ERR_BAD_PUBKEY);
  memcpy (part->fpr, sub->fpr, strlen (sub->fpr) + 1);
  memcpy (part->grip, sub->keygrip, PGP_GRIPLEN + 1);
  part->signs = good && sub->can_sign;
  part->encrypts = good && sub->can_encrypt;
  part->also_signs = pgp_also_signs (sub);
  part->weak = pgp_is_weak (sub);
  part->known = pgp_is_known (sub);
  pgp_copy_algorithm (part->algorithm, sub);
  part->created = sub->timestamp > 0 ? (uint64_t)sub->timestamp : 0;
  return sub->secret ? ask_agent (part->grip, &part->where) : 0;
}


gpg_error_t
pgp_secret_parts (pgp_t pgp, const char *fpr, struct pgp_part **r_parts,
                  size_t *r_n)
{
  gpg_error_t err;
  gpgme_subkey_t sub;
  struct pgp_part *parts;
  size_t n = 0;

  *r_parts = NULL;
  *r_n = 0;
  if (pgp->side != PGP_PERSON || pgp->home)
    return gpg_error (GPG_ERR_INV_ARG);
  err = pgp_list (pgp, fpr, true, GPGME_KEYLIST_MODE_WITH_SECRET);
  if (err)
    return err;
  if (pgp->n_found != 1)
    return gpg_error (pgp->n_found ? GPG_ERR_AMBIGUOUS_NAME
                      : GPG_ERR_NOT_FOUND);
  for (sub = pgp->found[0]->subkeys; sub; sub = sub->next)
    n++;
  parts = calloc (n ? n : 1, sizeof *parts);
  if (!parts)
    return gpg_error_from_syserror ();
  for (n = 0, sub = pgp->found[0]->subkeys; !err && sub; sub = sub->next)
    err = copy_part (pgp->found[0], sub, parts + n++);
  if (err)
    free (parts);
  else
    {
      *r_parts = parts;
      *r_n = n;
    }
  return err;
}


static gpg_error_t
copy_public (pgp_t from, const char *fpr, pgp_t to)
{
  gpg_error_t err;
  unsigned char *data;
  size_t len;

  err = pgp_key_export (from, fpr, &data, &len);
  if (!err)
    err = pgp_key_import (to, data, len);
  free (data);
  return err;
}


/* Copy all parts that are on the disk, by gpg; each keeps its passphrase.
   gpg silently leaves out a part whose passphrase the person did not
   enter.  */
static gpg_error_t
copy_secret (pgp_t from, const char *fpr, pgp_t to)
{
  gpg_error_t err = pgp_copy_secret (from, fpr, GPGME_EXPORT_MODE_SECRET,
                                     SECRET_SIZE, to);

  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND
      || gpg_err_code (err) == GPG_ERR_NO_PUBKEY)
    err = gpg_error (GPG_ERR_CANCELED);
  return err;
}


/* gpg does not import an entry that says which card has the secret.  So copy
   the agent's own file, which holds the card's number and no secret.  */
static gpg_error_t
copy_stub (const struct pgp_part *part, pgp_t to)
{
  gpg_error_t err;
  const char *home = gpgme_get_dirinfo ("homedir");
  char *from, *path;
  unsigned char *data = NULL;
  size_t len;

  if (!home)
    return gpg_error (GPG_ERR_GENERAL);
  from = gpgrt_bsprintf ("%s/private-keys-v1.d/%s.key", home, part->grip);
  path = gpgrt_bsprintf ("%s/private-keys-v1.d/%s.key", to->home,
                         part->grip);
  err = from && path ? file_read (from, STUB_SIZE, &data, &len)
    : gpg_error_from_syserror ();
  if (!err)
    err = file_write (path, data, len, 0600, 1);
  free (data);
  gpgrt_free (from);
  gpgrt_free (path);
  return err;
}


/* gpg makes the folder of the agent's files with the first import, and there
   was none if everything is on a card.  */
static gpg_error_t
make_stub_folder (pgp_t to)
{
  char *path = gpgrt_bsprintf ("%s/private-keys-v1.d", to->home);
  gpg_error_t err = 0;

  if (!path)
    return gpg_error_from_syserror ();
  if (mkdir (path, 0700) && errno != EEXIST)
    err = gpg_error_from_syserror ();
  gpgrt_free (path);
  return err;
}


gpg_error_t
pgp_secret_copy (pgp_t from, const char *fpr, const struct pgp_part *parts,
                 size_t n, pgp_t to)
{
  gpg_error_t err;
  size_t i, disk = 0;

  if (from->side != PGP_PERSON || to->side != PGP_SERVER
      || !pgp_is_fpr (fpr))
    return gpg_error (GPG_ERR_INV_ARG);
  for (i = 0; i < n; i++)
    disk += parts[i].where == PGP_ON_DISK
            || parts[i].where == PGP_WITH_PASSPHRASE;
  err = copy_public (from, fpr, to);
  if (!err && disk)
    err = copy_secret (from, fpr, to);
  if (!err)
    err = make_stub_folder (to);
  for (i = 0; !err && i < n; i++)
    if (parts[i].where == PGP_ON_CARD)
      err = copy_stub (parts + i, to);
  return err;
}
