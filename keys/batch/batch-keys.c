/* batch-keys.c - The keys of many people, from a folder or a file.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg inspects hundreds in one run: a run for each would take longer than all
 * the rest.  A key counts only if its fingerprint is the one in the list.  */

#include "batch-keys.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/armour.h"
#include "../../common/base/file.h"
#include "../../common/wire/framing.h"
#include "../text.h"

#define MAX_KEYFILE 1048576
#define MAX_KEYRING (256 * 1048576)
#define TITLE "PGP PUBLIC KEY BLOCK"

static const char *const suffixes[] = { ".pgp", ".gpg", ".asc" };
#define N_SUFFIXES (sizeof suffixes / sizeof *suffixes)


void
batch_fail (progress_t progress, struct batch_person *person,
            const char *why)
{
  person->out = true;
  progress_fail (progress, person->row->name, why);
}


/* Read FILE without its armour.  */
static gpg_error_t
read_dearmoured (const char *file, size_t max, unsigned char **r_data,
                 size_t *r_len)
{
  gpg_error_t err;

  err = file_read (file, max, r_data, r_len);
  if (!err)
    err = armour_strip (TITLE, *r_data, *r_len, r_len);
  if (!err && !*r_len)
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (err)
    {
      free (*r_data);
      *r_data = NULL;
    }
  return err;
}


/* The file of NAME in the folder DIR, to be freed with gpgrt_free.  NULL and
   *R_WHY if there is none, or more than one.  */
static char *
find_key_file (const char *dir, const char *name, const char **r_why)
{
  char *path, *found = NULL;
  size_t i;

  *r_why = "there is no key for this name: NAME.pgp, NAME.gpg or NAME.asc";
  for (i = 0; i < N_SUFFIXES; i++)
    {
      path = gpgrt_bsprintf ("%s/%s%s", dir, name, suffixes[i]);
      if (path && access (path, F_OK))
        {
          gpgrt_free (path);
          path = NULL;
        }
      if (path && found)
        {
          *r_why = "there is more than one file for this name";
          gpgrt_free (path);
          gpgrt_free (found);
          return NULL;
        }
      if (path)
        found = path;
    }
  return found;
}


static const char *
explain_key_file (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_BAD_PUBKEY:
      return "the file has a secret key in it; write it with 'gpg --export'";
    case GPG_ERR_AMBIGUOUS_NAME:
      return "the file has more than one key in it; export only one";
    case GPG_ERR_BAD_DATA:
    case GPG_ERR_INV_ARMOR:
    case GPG_ERR_TRUNCATED:
      return "the file has no OpenPGP public key in it";
    default:
      return file_why (err);
    }
}


static gpg_error_t
read_person_key (const char *file, struct batch_person *person)
{
  gpg_error_t err;
  struct batch_key *key = &person->key;
  size_t len;

  err = read_dearmoured (file, MAX_KEYFILE, &key->data, &key->len);
  if (!err)
    err = framing_next_key (key->data, key->len, &len);
  if (!err && len != key->len)
    err = gpg_error (GPG_ERR_AMBIGUOUS_NAME);
  return err;
}


static void
read_key_folder (const char *dir, struct batch_person *person, size_t n,
                 progress_t progress)
{
  gpg_error_t err;
  const char *why;
  char *file;
  size_t i;

  for (i = 0; i < n; i++)
    {
      if (person[i].out)
        continue;
      file = find_key_file (dir, person[i].row->name, &why);
      err = file ? read_person_key (file, person + i) : 0;
      if (!file || err)
        batch_fail (progress, person + i, file ? explain_key_file (err) : why);
      gpgrt_free (file);
    }
}


/* Concatenate the N keys; *R_DATA is to be freed.  */
static gpg_error_t
join_keys (struct batch_key *const *key, size_t n, unsigned char **r_data,
           size_t *r_len)
{
  size_t i, len = 0;

  for (i = 0; i < n; i++)
    len += key[i]->len;
  *r_data = malloc (len ? len : 1);
  if (!*r_data)
    return gpg_error_from_syserror ();
  for (*r_len = i = 0; i < n; *r_len += key[i++]->len)
    memcpy (*r_data + *r_len, key[i]->data, key[i]->len);
  return 0;
}


/* One of the keys made gpg fail, and nothing shows which: inspect each.  */
static void
peek_each (pgp_t pgp, struct batch_key **key, size_t n)
{
  size_t i;

  for (i = 0; i < n; i++)
    key[i]->err = pgp_key_peek (pgp, key[i]->data, key[i]->len,
                                &key[i]->key);
}


static gpg_error_t
peek_some (pgp_t pgp, struct batch_key **key, size_t n)
{
  gpg_error_t err;
  unsigned char *data;
  pgp_key_t *list = NULL;
  size_t i, len = 0;

  err = join_keys (key, n, &data, &len);
  if (err)
    return err;
  err = pgp_keys_peek (pgp, data, len, &list);
  free (data);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return err;
  if (err)
    peek_each (pgp, key, n);
  for (i = 0; !err && i < n; i++)
    key[i]->key = list[i];
  free (list);
  return 0;
}


/* Let gpg inspect the N keys.  */
static gpg_error_t
peek_keys (pgp_t pgp, struct batch_key **key, size_t n)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < n; i += BATCH_RUN)
    err = peek_some (pgp, key + i, n - i < BATCH_RUN ? n - i : BATCH_RUN);
  return err;
}


/* Refuse a key whose fingerprint is not the one that the administrator vouches
   for.  */
static void
compare_with_row (struct batch_person *person, progress_t progress)
{
  char *why;

  if (!person->key.key)
    batch_fail (progress, person,
                gpg_err_code (person->key.err) == GPG_ERR_UNKNOWN_VERSION
                ? text_key_version (pgp_data_version (person->key.data,
                                                      person->key.len))
                : "gpg does not recognize this as a key");
  else if (strcmp (person->key.key->fpr, person->row->fpr))
    {
      why = gpgrt_bsprintf ("the key is %s, not the one in line %u; do not"
                            " use it until you know why",
                            person->key.key->fpr, person->row->line);
      batch_fail (progress, person, why ? why : "another key");
      gpgrt_free (why);
    }
}


/* The keys of those of the N people who are not OUT: *R_N of them, in an array
   to be freed; NULL without memory.  */
static struct batch_key **
list_batch_keys (struct batch_person *person, size_t n, size_t *r_n)
{
  struct batch_key **key = calloc (n ? n : 1, sizeof *key);
  size_t i;

  *r_n = 0;
  for (i = 0; key && i < n; i++)
    if (!person[i].out)
      key[(*r_n)++] = &person[i].key;
  return key;
}


static gpg_error_t
find_in_folder (pgp_t pgp, const char *dir, struct batch_person *person,
                size_t n, progress_t progress)
{
  gpg_error_t err;
  struct batch_key **key;
  size_t i, found;

  read_key_folder (dir, person, n, progress);
  key = list_batch_keys (person, n, &found);
  if (!key)
    return gpg_error_from_syserror ();
  err = peek_keys (pgp, key, found);
  for (i = 0; !err && i < n; i++)
    if (!person[i].out)
      compare_with_row (person + i, progress);
  free (key);
  return err;
}


/* Split DATA into its keys, which point into it.  *R_KEYS is to be freed, on
   failure too.  */
static gpg_error_t
split_keys (unsigned char *data, size_t len, struct batch_key **r_keys,
            size_t *r_n)
{
  gpg_error_t err = 0;
  struct batch_key *more;
  size_t keylen;

  for (*r_n = 0; !err && len; data += keylen, len -= keylen)
    {
      err = framing_next_key (data, len, &keylen);
      if (err)
        break;
      more = reallocarray (*r_keys, *r_n + 1, sizeof *more);
      if (!more)
        return gpg_error_from_syserror ();
      *r_keys = more;
      memset (more + *r_n, 0, sizeof *more);
      more[*r_n].data = data;
      more[(*r_n)++].len = keylen;
    }
  return err;
}


static gpg_error_t
take_key_copy (struct batch_person *person, struct batch_key *key)
{
  person->key.data = malloc (key->len);
  if (!person->key.data)
    return gpg_error_from_syserror ();
  memcpy (person->key.data, key->data, key->len);
  person->key.len = key->len;
  person->key.key = key->key;
  key->key = NULL;
  return 0;
}


/* Why none of the N_KEYS keys has the fingerprint FPR, as far as gpg sees
   them.  */
static const char *
explain_no_match (const struct batch_key *key, size_t n_keys, const char *fpr)
{
  char primary[NETSPEC_FPRLEN + 1];
  size_t i;

  if (text_is_late_fpr (fpr))
    return text_key_version (0);
  for (i = 0; i < n_keys; i++)
    if (gpg_err_code (key[i].err) == GPG_ERR_UNKNOWN_VERSION
        && !pgp_primary_fpr (key[i].data, key[i].len, primary)
        && !strcmp (primary, fpr))
      return text_key_version (pgp_data_version (key[i].data, key[i].len));
  return "the file has no key with this fingerprint";
}


/* Give each person the key with their fingerprint.  Keys that are in no row
   are ignored.  */
static gpg_error_t
match_rows (struct batch_key *key, size_t n_keys, struct batch_person *person,
            size_t n, progress_t progress)
{
  gpg_error_t err = 0;
  size_t i, k;

  for (i = 0; !err && i < n; i++)
    {
      for (k = 0; !person[i].out && k < n_keys; k++)
        if (key[k].key && !strcmp (key[k].key->fpr, person[i].row->fpr))
          break;
      if (person[i].out)
        continue;
      if (k < n_keys)
        err = take_key_copy (person + i, key + k);
      else
        batch_fail (progress, person + i,
                    explain_no_match (key, n_keys, person[i].row->fpr));
    }
  return err;
}


static gpg_error_t
find_in_file (pgp_t pgp, const char *file, struct batch_person *person,
              size_t n, progress_t progress)
{
  gpg_error_t err;
  unsigned char *data;
  struct batch_key *key = NULL, **list = NULL;
  size_t i, len, n_keys = 0;

  err = read_dearmoured (file, MAX_KEYRING, &data, &len);
  if (!err)
    err = split_keys (data, len, &key, &n_keys);
  if (!err && !(list = calloc (n_keys ? n_keys : 1, sizeof *list)))
    err = gpg_error_from_syserror ();
  for (i = 0; !err && i < n_keys; i++)
    list[i] = key + i;
  if (!err)
    err = peek_keys (pgp, list, n_keys);
  if (!err)
    err = match_rows (key, n_keys, person, n, progress);
  for (i = 0; i < n_keys; i++)
    pgp_key_release (key[i].key);
  free (list);
  free (key);
  free (data);
  return err;
}


static bool
is_folder (const char *path)
{
  struct stat st;

  return !stat (path, &st) && S_ISDIR (st.st_mode);
}


gpg_error_t
batch_find_keys (pgp_t pgp, const char *path, struct batch_person *person,
                 size_t n, progress_t progress)
{
  return is_folder (path)
    ? find_in_folder (pgp, path, person, n, progress)
    : find_in_file (pgp, path, person, n, progress);
}


/* The length of the name in FILE, NAME.pgp say; 0 if that is not the name of a
   key.  */
static size_t
name_length (const char *file)
{
  size_t i, n, len = strlen (file);

  for (i = 0; i < N_SUFFIXES; i++)
    {
      n = strlen (suffixes[i]);
      if (*file != '.' && len > n && !strcmp (file + len - n, suffixes[i]))
        return len - n;
    }
  return 0;
}


static bool
is_name_in_table (const struct table *table, const char *name, size_t len)
{
  size_t i;

  for (i = 0; i < table->n; i++)
    if (strlen (table->row[i].name) == len
        && !memcmp (table->row[i].name, name, len))
      return true;
  return false;
}


gpg_error_t
batch_check_rest (const char *path, const struct table *table,
                  progress_t progress)
{
  struct dirent *entry;
  size_t len;
  DIR *dir;

  if (!is_folder (path))
    return 0;
  dir = opendir (path);
  if (!dir)
    return gpg_error_from_syserror ();
  while ((entry = readdir (dir)))
    {
      len = name_length (entry->d_name);
      if (len && !is_name_in_table (table, entry->d_name, len))
        progress_fail (progress, entry->d_name,
                       "the list has no fingerprint for this name");
    }
  closedir (dir);
  return 0;
}


gpg_error_t
batch_join (struct batch_person *person, size_t n, unsigned char **r_data,
            size_t *r_len)
{
  gpg_error_t err;
  size_t found;
  struct batch_key **key = list_batch_keys (person, n, &found);

  *r_data = NULL;
  *r_len = 0;
  err = key ? join_keys (key, found, r_data, r_len)
    : gpg_error_from_syserror ();
  free (key);
  return err;
}
