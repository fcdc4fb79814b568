/* snapshot-read.c - Read a snapshot that muster wrote.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * muster runs gpg on whatever keys there are, so what it wrote is not
 * believed.  Only the keys of people in the configuration are kept, each
 * person's once: what is allocated depends on how many people there are, not
 * on the snapshot.  */

#include "snapshot-parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/base/array.h"
#include "snapshot-format.h"

/* What is still to be read.  */
struct rest
{
  const unsigned char *p;
  size_t left;
};

/* A part as it is written.  */
struct raw_part
{
  enum snapshot_state state;
  uint64_t expires;
  const unsigned char *body, *binding;
  size_t body_len, binding_len;
};


/* The next LEN bytes; NULL if fewer are left.  */
static const unsigned char *
take_bytes (struct rest *rest, size_t len)
{
  const unsigned char *p = rest->p;

  if (len > rest->left)
    return NULL;
  rest->p += len;
  rest->left -= len;
  return p;
}


/* The next part of REST; false if it is not one.  */
static bool
take_part (struct rest *rest, bool primary, struct raw_part *r_part)
{
  const unsigned char *head = take_bytes (rest, SNAPSHOT_PARTLEN);

  if (!head || head[0] >= SNAPSHOT_STATES)
    return false;
  r_part->state = head[0];
  r_part->expires = snapshot_get (head + 1, 8);
  r_part->body_len = (size_t)snapshot_get (head + 9, 2);
  r_part->binding_len = (size_t)snapshot_get (head + 11, 2);
  r_part->body = take_bytes (rest, r_part->body_len);
  r_part->binding = r_part->body ? take_bytes (rest, r_part->binding_len)
                    : NULL;
  return r_part->binding && r_part->body_len
         && r_part->body_len <= OPENPGP_MAX_KEY
         && r_part->binding_len <= (primary ? 0 : SNAPSHOT_MAX_BINDING);
}


/* The next person of REST: its N parts are in *R_PARTS.  */
static bool
take_person (struct rest *rest, struct rest *r_parts, unsigned int *r_n)
{
  const unsigned char *head = take_bytes (rest, SNAPSHOT_PERSONLEN);

  if (!head)
    return false;
  r_parts->left = (size_t)snapshot_get (head, 4);
  r_parts->p = take_bytes (rest, r_parts->left);
  *r_n = head[4];
  return r_parts->p && *r_n && *r_n <= SNAPSHOT_MAX_PARTS;
}


static gpg_error_t
add_entry (snapshot_t s, const struct raw_part *raw,
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
read_person (snapshot_t s, struct rest *parts, unsigned int n,
             config_t config, bool *seen)
{
  struct snapshot_person *person;
  struct openpgp_key key;
  struct raw_part raw;
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
      if (!take_part (parts, !i, &raw))
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
read_people (snapshot_t s, struct rest *rest, uint32_t people,
             config_t config)
{
  bool *seen = calloc (config->n_users + 1, sizeof *seen);
  gpg_error_t err = seen ? 0 : gpg_error_from_syserror ();
  struct rest parts;
  unsigned int n;

  for (; !err && people; people--)
    err = take_person (rest, &parts, &n)
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
  struct rest rest = { data, len };
  const unsigned char *head = take_bytes (&rest, SNAPSHOT_HEADERLEN);
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


/* Map FD.  Whoever has the memfd must not be able to change it any more.  */
static gpg_error_t
map_sealed (int fd, void **r_map, size_t *r_len)
{
  const int needed = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  int seals = fcntl (fd, F_GET_SEALS);
  struct stat st;

  *r_map = NULL;
  if (seals < 0 || (seals & needed) != needed)
    return gpg_error (GPG_ERR_EPERM);
  if (fstat (fd, &st))
    return gpg_error_from_syserror ();
  if (st.st_size < SNAPSHOT_HEADERLEN || st.st_size > SNAPSHOT_MAX_LEN)
    return gpg_error (GPG_ERR_BAD_DATA);
  *r_len = (size_t)st.st_size;
  *r_map = mmap (NULL, *r_len, PROT_READ, MAP_PRIVATE, fd, 0);
  if (*r_map != MAP_FAILED)
    return 0;
  *r_map = NULL;
  return gpg_error_from_syserror ();
}


gpg_error_t
snapshot_open (int fd, config_t config, snapshot_t *r_snapshot)
{
  gpg_error_t err;
  size_t len = 0;
  void *map;

  *r_snapshot = NULL;
  err = map_sealed (fd, &map, &len);
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
