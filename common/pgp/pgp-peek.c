/* pgp-peek.c - Examine keys that come in, and import them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What comes in was made by a stranger.  It never reaches gpg with its weak
 * signatures: see pgp-strict.c.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include "../base/armour.h"
#include "../wire/framing.h"
#include "pgp-local.h"

#define KEY_VERSION 4

/* A key as it came in: how its signatures were made, and its packets without
   the weak ones.  */
struct brought
{
  unsigned char *data;          /* NULL if they cannot be read.  */
  size_t len;
  bool dropped;
  struct framing_key look;
  gpg_error_t err;              /* Why it is not a public key.  */
};


/* The packets in DATA, which may be armoured.  *R_COPY is to be freed.  */
static gpg_error_t
remove_armour (const void *data, size_t len, unsigned char **r_copy,
               size_t *r_len)
{
  gpg_error_t err;

  *r_copy = malloc (len ? len : 1);
  if (!*r_copy)
    return gpg_error_from_syserror ();
  memcpy (*r_copy, data, len);
  err = armour_strip ("PGP PUBLIC KEY BLOCK", *r_copy, len, r_len);
  if (err)
    {
      free (*r_copy);
      *r_copy = NULL;
    }
  return err;
}


/* The fingerprint of part N of KEY, of which 0 is the primary key; empty if
   there is no such part.  */
static const char *
part_fpr (pgp_key_t key, unsigned int n)
{
  if (!n)
    return key->fpr;
  return n <= key->n_subkeys ? key->subkey[n - 1].fpr : "";
}


gpg_error_t
pgp_key_compare (pgp_key_t key, const void *data, size_t len)
{
  gpg_error_t err = 0;
  char fpr[NETSPEC_FPRLEN + 1];
  const unsigned char *body;
  unsigned int n = 0;
  size_t at = 0, bodylen;

  while (!err && framing_next_part (data, len, &at, &body, &bodylen))
    {
      err = pgp_packet_fpr (body, bodylen, fpr);
      if (err)
        return err;
      if (strcmp (fpr, part_fpr (key, n++)))
        err = gpg_error (GPG_ERR_BAD_PUBKEY);
    }
  if (!err && n != key->n_subkeys + 1)
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  return err;
}


static void
examine_data (const void *data, size_t len, struct brought *b)
{
  size_t before;

  memset (b, 0, sizeof *b);
  b->err = remove_armour (data, len, &b->data, &b->len);
  if (b->err)
    return;
  if (framing_key_version (b->data, b->len) > KEY_VERSION)
    b->err = gpg_error (GPG_ERR_UNKNOWN_VERSION);
  else
    b->err = framing_look_key (b->data, b->len, &b->look);
  before = b->len;
  if (pgp_drop_weak (b->data, b->len, &b->len))
    {
      free (b->data);
      b->data = NULL;
    }
  b->dropped = b->len != before;
}


unsigned int
pgp_data_version (const void *data, size_t len)
{
  unsigned char *copy;
  unsigned int version = 0;

  if (!remove_armour (data, len, &copy, &len))
    {
      version = framing_key_version (copy, len);
      free (copy);
    }
  return version;
}


/* List the key in B.  If gpg sees no key once the weak signatures are gone,
   list it with them, as invalid.  */
static gpg_error_t
list_brought (pgp_t pgp, const struct brought *b, const void *data,
              size_t len)
{
  gpg_error_t err;
  size_t i;

  if (!b->data)
    return pgp_list_data (pgp, data, len);
  err = pgp_list_data (pgp, b->data, b->len);
  if (pgp->n_found || !b->dropped || gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return err;
  err = pgp_list_data (pgp, data, len);
  for (i = 0; i < pgp->n_found; i++)
    pgp->found[i]->invalid = 1;
  return err;
}


/* Add to KEY what gpg does not see.  */
static void
note_look (pgp_key_t key, const struct framing_key *look)
{
  key->old_revocation = look->old_revocation;
  key->old_digest = look->old_binding && !key->revoked && !key->expired
                    && (key->invalid || !key->can_sign || !key->can_encrypt);
}


static gpg_error_t
peek_brought (pgp_t pgp, const void *data, size_t len, const struct brought *b,
              pgp_key_t *r_key)
{
  gpg_error_t err;

  *r_key = NULL;
  if (gpg_err_code (b->err) == GPG_ERR_UNKNOWN_VERSION)
    return b->err;
  err = list_brought (pgp, b, data, len);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return err;
  if (!pgp->n_found)
    return gpg_error (GPG_ERR_NO_PUBKEY);
  if (pgp->n_found > 1)
    return gpg_error (GPG_ERR_AMBIGUOUS_NAME);
  if (!err)
    err = pgp_copy_key (pgp->found[0], r_key);
  if (!err && !(*r_key)->secret)
    {
      err = b->err;
      note_look (*r_key, &b->look);
    }
  if (err)
    {
      pgp_key_release (*r_key);
      *r_key = NULL;
    }
  return err;
}


gpg_error_t
pgp_key_peek (pgp_t pgp, const void *data, size_t len, pgp_key_t *r_key)
{
  gpg_error_t err;
  struct brought b;

  examine_data (data, len, &b);
  err = peek_brought (pgp, data, len, &b, r_key);
  free (b.data);
  return err;
}


/* Do that for each key of LIST, which are those in DATA in the same
   order.  */
static gpg_error_t
examine_list (pgp_key_t *list, const unsigned char *data, size_t len)
{
  gpg_error_t err = 0;
  struct framing_key look;
  size_t keylen;

  for (; !err && *list && len; data += keylen, len -= keylen, list++)
    {
      err = framing_next_key (data, len, &keylen);
      if (!err)
        err = framing_look_key (data, keylen, &look);
      if (!err)
        note_look (*list, &look);
    }
  return err || (!*list && !len) ? err : gpg_error (GPG_ERR_AMBIGUOUS_NAME);
}


gpg_error_t
pgp_keys_peek (pgp_t pgp, const void *data, size_t len, pgp_key_t **r_list)
{
  gpg_error_t err;
  struct brought b;

  *r_list = NULL;
  examine_data (data, len, &b);
  if (gpg_err_code (b.err) == GPG_ERR_UNKNOWN_VERSION || !b.data)
    err = b.err;
  else
    err = pgp_list_data (pgp, b.data, b.len);
  if (b.data && gpg_err_code (err) != GPG_ERR_TIMEOUT
      && gpg_err_code (err) != GPG_ERR_UNKNOWN_VERSION)
    err = pgp_copy_found (pgp, r_list);
  if (!err)
    err = examine_list (*r_list, data, len);
  if (err)
    {
      pgp_list_release (*r_list);
      *r_list = NULL;
    }
  free (b.data);
  return err;
}


gpg_error_t
pgp_key_import (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err;
  pgp_key_t key;
  struct brought b;

  examine_data (data, len, &b);
  err = peek_brought (pgp, data, len, &b, &key);
  if (!err && key->secret)
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  pgp_key_release (key);
  if (!err)
    err = pgp_import_one (pgp, b.data, b.len);
  free (b.data);
  return err;
}


gpg_error_t
pgp_keys_import (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len ? len : 1);
  size_t kept;

  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, data, len);
  /* Armoured blocks cannot be read here and go to gpg as they are;
     pgp_list_strict judges what they become in the home.  */
  if (pgp_drop_weak (copy, len, &kept))
    memcpy (copy, data, kept = len);
  err = pgp_import_all (pgp, copy, kept);
  free (copy);
  return err;
}
