/* batch-clean.c - Many keys, brought into the one form that is taken.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As scratch_clean does it for one, in few runs of gpg.  */

#include "batch-keys.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/wire/framing.h"
#include "../roster/scratch.h"

#define MAX_EXPORT (64u << 20)  /* Of one run.  */


static void
replace (struct batch_key *key, unsigned char *data, size_t len)
{
  free (key->data);
  key->data = data;
  key->len = len;
}


/* Whose key it is; NULL: nobody's of them.  */
static struct batch_person *
find_owner (struct batch_person *person, size_t n, const void *data,
            size_t len)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (!person[i].out && !person[i].clean
        && !pgp_key_compare (person[i].key.key, data, len))
      return person + i;
  return NULL;
}


static gpg_error_t
take_one (struct batch_person *person, size_t n, const void *data, size_t len)
{
  struct batch_person *owner;
  unsigned char *copy;

  if (framing_check_public (data, len)
      || !(owner = find_owner (person, n, data, len)))
    return 0;                   /* Looked at by itself.  */
  copy = malloc (len);
  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, data, len);
  replace (&owner->key, copy, len);
  owner->clean = true;
  return 0;
}


static gpg_error_t
take_all (struct batch_person *person, size_t n, const unsigned char *data,
          size_t len)
{
  gpg_error_t err = 0;
  size_t keylen;

  for (; !err && len; data += keylen, len -= keylen)
    {
      if (framing_next_key (data, len, &keylen))
        return 0;
      err = take_one (person, n, data, keylen);
    }
  return err;
}


/* What one of the others has spoilt for all, or has another form.  */
static gpg_error_t
clean_one (struct scratch *scratch, struct batch_person *person,
           progress_t progress)
{
  gpg_error_t err;
  unsigned char *data;
  pgp_key_t key;
  size_t len;

  err = scratch_clean (scratch, person->key.data, person->key.len, &key,
                       &data, &len);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return err;
  if (err)
    {
      batch_fail (progress, person, gpg_err_code (err) == GPG_ERR_INV_PACKET
                  ? "the key has parts of a kind that is not taken here"
                  : "gpg takes this for no key");
      return 0;
    }
  pgp_key_release (person->key.key);
  person->key.key = key;
  replace (&person->key, data, len);
  person->clean = true;
  return 0;
}


static gpg_error_t
clean_all (struct scratch *scratch, struct batch_person *person, size_t n)
{
  gpg_error_t err;
  unsigned char *data = NULL;
  size_t len;

  err = batch_join (person, n, &data, &len);
  if (!err && len)
    err = pgp_keys_import (scratch->pgp, data, len);
  free (data);
  data = NULL;
  if (!err && len)
    err = pgp_keys_export (scratch->pgp, MAX_EXPORT, &data, &len);
  if (!err && data)
    err = take_all (person, n, data, len);
  free (data);
  return gpg_err_code (err) == GPG_ERR_ENOMEM
         || gpg_err_code (err) == GPG_ERR_TIMEOUT ? err : 0;
}


static gpg_error_t
clean_some (struct batch_person *person, size_t n, progress_t progress)
{
  gpg_error_t err;
  struct scratch scratch;
  size_t i;

  err = scratch_open (&scratch);
  if (!err)
    err = clean_all (&scratch, person, n);
  for (i = 0; !err && i < n; i++)
    if (!person[i].out && !person[i].clean)
      err = clean_one (&scratch, person + i, progress);
  scratch_close (&scratch);
  return err;
}


gpg_error_t
batch_clean_keys (struct batch_person *person, size_t n, progress_t progress)
{
  gpg_error_t err = 0;
  size_t i, some;

  for (i = 0; !err && i < n; i += some)
    {
      some = n - i < BATCH_RUN ? n - i : BATCH_RUN;
      err = clean_some (person + i, some, progress);
    }
  return err;
}
