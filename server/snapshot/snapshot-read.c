/* snapshot-read.c - Read a snapshot that muster wrote.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * muster runs gpg on whatever keys there are, so what it wrote is not
 * believed.  Only the keys of people in the configuration are kept, each
 * person's once: what is allocated depends on how many people there are, not
 * on the snapshot.  */

#include "snapshot-parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../common/base/array.h"
#include "snapshot-format.h"


static gpg_error_t
add_entry (snapshot_t s, const struct snapshot_part *raw,
           const struct openpgp_key *key)
{
  struct snapshot_person *person = s->person + s->n_people;
  struct snapshot_entry *entry;
  gpg_error_t err = array_grow (&s->entry, s->n_entries, sizeof *s->entry);

  if (err)
    return err;
  entry = s->entry + s->n_entries++;
  entry->key = *key;
  entry->person = s->n_people;
  entry->state = raw->state;
  entry->expires = raw->expires;
  if (person->n++)
    {
      entry->binding = raw->binding;
      entry->binding_len = raw->binding_len;
    }
  return 0;
}


/* The place of the person in CONFIG's list whose primary key is KEY.  False
   if there is none, or SEEN says that it had one before.  */
static bool
is_new_person (config_t config, const struct openpgp_key *key, bool *seen)
{
  const struct config_user *user;
  char fpr[2 * OPENPGP_FPRLEN + 1];
  size_t place;

  openpgp_fpr_print (key->fpr, fpr);
  user = config_user_by_fpr (config, fpr);
  if (!user)
    return false;
  place = (size_t)(user - config->user);
  if (seen[place])
    return false;
  seen[place] = true;
  return true;
}


/* Read a person's N parts, and keep those that can be read, if the primary
   key is somebody's.  */
static gpg_error_t
read_person (snapshot_t s, struct snapshot_rest *parts, unsigned int n,
             config_t config, bool *seen)
{
  struct snapshot_person *person;
  struct openpgp_key key;
  struct snapshot_part raw;
  gpg_error_t err;
  bool kept = false;
  unsigned int i;

  err = array_grow (&s->person, s->n_people, sizeof *s->person);
  if (err)
    return err;
  person = s->person + s->n_people;
  person->first = s->n_entries;
  for (i = 0; i < n; i++)
    {
      if (!snapshot_take_part (parts, !i, &raw))
        return gpg_error (GPG_ERR_BAD_DATA);
      if ((i && !kept) || openpgp_key_read (raw.body, raw.body_len, &key))
        continue;
      if (!i)
        kept = is_new_person (config, &key, seen);
      if (kept && (err = add_entry (s, &raw, &key)))
        return err;
    }
  if (parts->left)
    return gpg_error (GPG_ERR_BAD_DATA);
  person->state = kept ? snapshot_hash (s->entry + person->first, person->n)
                  : 0;
  s->n_people += kept;
  return 0;
}


static gpg_error_t
read_people (snapshot_t s, struct snapshot_rest *rest, uint32_t people,
             config_t config)
{
  bool *seen = calloc (config->n_users + 1, sizeof *seen);
  gpg_error_t err = seen ? 0 : gpg_error_from_syserror ();
  struct snapshot_rest parts;
  unsigned int n;

  for (; !err && people; people--)
    err = snapshot_take_person (rest, &parts, &n, NULL)
          ? read_person (s, &parts, n, config, seen)
          : gpg_error (GPG_ERR_BAD_DATA);
  if (!err && rest->left)
    err = gpg_error (GPG_ERR_BAD_DATA);
  free (seen);
  return err;
}


gpg_error_t
snapshot_read (const void *data, size_t len, config_t config,
               snapshot_t *r_snapshot)
{
  struct snapshot_rest rest = { data, len };
  const unsigned char *head = snapshot_take (&rest, SNAPSHOT_HEADERLEN);
  gpg_error_t err;
  snapshot_t s;

  *r_snapshot = NULL;
  if (!head || memcmp (head, SNAPSHOT_MAGIC, SNAPSHOT_MAGICLEN)
      || snapshot_get (head + 8, 4) != SNAPSHOT_VERSION)
    return gpg_error (GPG_ERR_BAD_DATA);
  s = calloc (1, sizeof *s);
  if (!s)
    return gpg_error_from_syserror ();
  s->changed = snapshot_get (head + 12, 8);
  err = read_people (s, &rest, (uint32_t)snapshot_get (head + 20, 4), config);
  if (!err)
    err = snapshot_index (s);
  if (err)
    snapshot_close (s);
  else
    *r_snapshot = s;
  return err;
}


gpg_error_t
snapshot_open (int fd, config_t config, snapshot_t *r_snapshot)
{
  gpg_error_t err;
  size_t len = 0;
  void *map;

  *r_snapshot = NULL;
  err = snapshot_map (fd, &map, &len);
  if (!err)
    err = snapshot_read (map, len, config, r_snapshot);
  if (!err)
    {
      (*r_snapshot)->map = map;
      (*r_snapshot)->map_len = len;
    }
  else if (map)
    munmap (map, len);
  close (fd);
  return err;
}


void
snapshot_close (snapshot_t snapshot)
{
  if (!snapshot)
    return;
  if (snapshot->map)
    munmap (snapshot->map, snapshot->map_len);
  free (snapshot->slot);
  free (snapshot->entry);
  free (snapshot->person);
  free (snapshot);
}


size_t
snapshot_count (snapshot_t snapshot)
{
  return snapshot->n_people;
}
