/* keyring.c - The packets of the roster's keyring.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg judges keys, but what they are is read here, without it: if gpg fails
 * on one key, it is of no help to find out which.  A keybox consists of
 * blobs (GnuPG, kbx/keybox-blob.c); a keyring of earlier times, pubring.gpg,
 * is nothing but packets.  Nothing here decides whether a key is good.  */

#include "muster.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/base/array.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/wire/framing.h"

#define BLOB_HEADER 20          /* The least bytes of a blob that is used.  */
#define BLOB_OPENPGP 2
#define BLOB_EPHEMERAL 2        /* A flag: it does not count.  */


void
keyring_leave_out (struct muster_key *key, const char *why)
{
  if (!key->why)
    log_warn ("%s is left out: %s", *key->fpr ? key->fpr : "a key", why);
  key->why = why;
  key->pending = false;
}


static size_t
read_number (const unsigned char *p)
{
  return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}


/* Add the key whose packets are the LEN bytes at DATA.  */
static gpg_error_t
add_key (struct keyring *keyring, unsigned char *data, size_t len)
{
  const unsigned char *body;
  struct muster_key *key;
  size_t n;
  gpg_error_t err = array_grow (&keyring->key, keyring->n,
                                sizeof *keyring->key);

  if (err)
    return err;
  key = keyring->key + keyring->n++;
  key->data = data;
  key->len = len;
  key->pending = true;
  if (pgp_primary_fpr (data, len, key->fpr)
      || framing_key_body (data, len, &body, &n))
    keyring_leave_out (key, "it does not begin with a public key");
  else if (!n || body[0] != 4)
    keyring_leave_out (key, "it is not of version 4");
  else if (len > MUSTER_MAX_KEY)
    keyring_leave_out (key, "it is too large");
  return 0;
}


/* The packets of a blob of LEN bytes.  */
static gpg_error_t
add_blob (struct keyring *keyring, unsigned char *blob, size_t len)
{
  size_t at, n;

  if (len < BLOB_HEADER || blob[4] != BLOB_OPENPGP
      || (blob[7] & BLOB_EPHEMERAL))
    return 0;
  at = read_number (blob + 8);
  n = read_number (blob + 12);
  if (at > len || n > len - at)
    return gpg_error (GPG_ERR_BAD_DATA);
  return add_key (keyring, blob + at, n);
}


static gpg_error_t
add_keybox (struct keyring *keyring, unsigned char *data, size_t len)
{
  gpg_error_t err = 0;
  size_t n;

  for (; !err && len; data += n, len -= n)
    {
      n = len < 5 ? 0 : read_number (data);
      if (n < 5 || n > len)
        return gpg_error (GPG_ERR_BAD_DATA);
      err = add_blob (keyring, data, n);
    }
  return err;
}


static gpg_error_t
add_packets (struct keyring *keyring, unsigned char *data, size_t len)
{
  gpg_error_t err = 0;
  size_t n;

  for (; !err && len; data += n, len -= n)
    {
      err = framing_next_key (data, len, &n);
      if (!err)
        err = add_key (keyring, data, n);
    }
  return err;
}


gpg_error_t
keyring_add (struct keyring *keyring, bool keybox, unsigned char *data,
             size_t len)
{
  return keybox ? add_keybox (keyring, data, len)
         : add_packets (keyring, data, len);
}


/* Read the file NAME of HOME, if there is one.  */
static gpg_error_t
read_keys (const char *home, const char *name, bool keybox,
           struct keyring *keyring)
{
  unsigned char **r_data = keyring->data + keybox;
  char *path = gpgrt_bsprintf ("%s/%s", home, name);
  gpg_error_t err;
  size_t len = 0;

  if (!path)
    return gpg_error_from_syserror ();
  err = file_read_plain (path, MUSTER_MAX_KEYRING, r_data, &len);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    err = 0;
  else if (!err)
    err = keyring_add (keyring, keybox, *r_data, len);
  if (err)
    log_error ("%s: %s", path, gpg_strerror (err));
  gpgrt_free (path);
  return err;
}


/* By fingerprint, then by place.  */
static int
compare_keys (const void *a, const void *b)
{
  const struct muster_key *const *x = a, *const *y = b;
  int order = strcmp ((*x)->fpr, (*y)->fpr);

  return order ? order : *x < *y ? -1 : *x > *y;
}


gpg_error_t
keyring_sort (struct keyring *keyring)
{
  struct muster_key **sorted = calloc (keyring->n + 1, sizeof *sorted);
  size_t i, n = 0;

  keyring->sorted = sorted;
  if (!sorted)
    return gpg_error_from_syserror ();
  for (i = 0; i < keyring->n; i++)
    sorted[i] = keyring->key + i;
  qsort (sorted, keyring->n, sizeof *sorted, compare_keys);
  for (i = 0; i < keyring->n; i++)
    if (n && !strcmp (sorted[n - 1]->fpr, sorted[i]->fpr))
      sorted[i]->pending = false;
    else
      sorted[n++] = sorted[i];
  keyring->n_sorted = n;
  return 0;
}


gpg_error_t
keyring_read (const char *home, struct keyring *r_keyring)
{
  gpg_error_t err;

  memset (r_keyring, 0, sizeof *r_keyring);
  err = read_keys (home, "pubring.kbx", true, r_keyring);
  if (!err && !r_keyring->n)
    err = read_keys (home, "pubring.gpg", false, r_keyring);
  if (!err)
    err = keyring_sort (r_keyring);
  if (err)
    keyring_release (r_keyring);
  return err;
}


void
keyring_release (struct keyring *keyring)
{
  size_t i;

  for (i = 0; i < keyring->n; i++)
    {
      free (keyring->key[i].judged.part);
      free (keyring->key[i].strict);
    }
  free (keyring->key);
  free (keyring->sorted);
  free (keyring->data[0]);
  free (keyring->data[1]);
  memset (keyring, 0, sizeof *keyring);
}


static int
compare_fpr (const void *fpr, const void *key)
{
  const struct muster_key *const *k = key;

  return strcmp (fpr, (*k)->fpr);
}


struct muster_key *
keyring_find (const struct keyring *keyring, const char *fpr)
{
  struct muster_key **found = bsearch (fpr, keyring->sorted,
                                       keyring->n_sorted,
                                       sizeof *keyring->sorted, compare_fpr);

  return found ? *found : NULL;
}
