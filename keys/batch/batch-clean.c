/* batch-clean.c - Many keys, brought into the one form that we accept.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It does what scratch_clean does for one key, in a few runs of gpg.  One
 * hostile key may spoil a run for all: whatever a run does not give back is
 * cleaned again on its own.  */

#include "batch-keys.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/wire/framing.h"
#include "../roster/scratch.h"

#define MAX_EXPORT (64u << 20)  /* Of one run.  */


static void
replace_key_data (struct batch_key *key, unsigned char *data, size_t len)
{
  free (key->data);
  key->data = data;
  key->len = len;
}


/* Which of the N people has this key; NULL: none of them.  */
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
take_clean_key (struct batch_person *person, size_t n, const void *data,
                size_t len)
{
  struct batch_person *owner;
  unsigned char *copy;

  if (framing_check_public (data, len)
      || !(owner = find_owner (person, n, data, len)))
    return 0;                   /* clean_alone will see to it.  */
  copy = malloc (len);
  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, data, len);
  replace_key_data (&owner->key, copy, len);
  owner->clean = true;
  return 0;
}


static gpg_error_t
take_clean_keys (struct batch_person *person, size_t n,
                 const unsigned char *data, size_t len)
{
  gpg_error_t err = 0;
  size_t keylen;

  for (; !err && len; data += keylen, len -= keylen)
    {
      if (framing_next_key (data, len, &keylen))
        return 0;
      err = take_clean_key (person, n, data, keylen);
    }
  return err;
}


/* Clean a key on its own that did not come through with the others.  */
static gpg_error_t
clean_alone (struct scratch *scratch, struct batch_person *person,
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
                  ? "the key has packets of a kind that is not accepted here"
                  : "gpg does not recognize this as a key");
      return 0;
    }
  pgp_key_release (person->key.key);
  person->key.key = key;
  replace_key_data (&person->key, data, len);
  person->clean = true;
  return 0;
}


static gpg_error_t
clean_together (struct scratch *scratch, struct batch_person *person, size_t n)
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
    err = take_clean_keys (person, n, data, len);
  free (data);
  return gpg_err_code (err) == GPG_ERR_ENOMEM
         || gpg_err_code (err) == GPG_ERR_TIMEOUT ? err : 0;
}


static gpg_error_t
clean_run (struct batch_person *person, size_t n, progress_t progress)
{
  gpg_error_t err;
  struct scratch scratch;
  size_t i;

  err = scratch_open (&scratch);
  if (!err)
    err = clean_together (&scratch, person, n);
  for (i = 0; !err && i < n; i++)
    if (!person[i].out && !person[i].clean)
      err = clean_alone (&scratch, person + i, progress);
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
      err = clean_run (person + i, some, progress);
    }
  return err;
}
