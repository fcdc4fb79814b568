/* pgp-cache.c - The keys of a home, kept until its files change.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpg does not report with a signature whether its key is disabled, and
 * looking that up costs another run of gpg.  An audit log has many signatures
 * by few people, so each key is looked up once.  Whether two keys share a
 * subkey, only all of them show; listing a thousand keys costs about as much
 * as eight single ones.  No key may be taken from the cache after a file of
 * the home has changed.  */

#include "pgp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../base/array.h"
#include "pgp-local.h"

#define STAMPED_FILES 3

/* How a file of the home looked when its keys were looked up.  */
struct stamp
{
  struct timespec mtime, ctime;
  off_t size;
  ino_t ino;
};

/* The fingerprint is copied, so that a search touches little memory.  */
struct entry
{
  char fpr[NETSPEC_FPRLEN + 1];
  gpgme_key_t key;
};

struct pgp_cache
{
  struct stamp stamp[STAMPED_FILES];
  bool whole;                   /* It has all keys of the home.  */
  size_t n;
  struct entry *entry;
};


static void
take_stamps (const char *home, struct stamp stamp[STAMPED_FILES])
{
  static const char *const names[STAMPED_FILES] =
    { "pubring.kbx", "pubring.gpg", "trustdb.gpg" };
  struct stat st;
  char *path;
  size_t i;

  memset (stamp, 0, STAMPED_FILES * sizeof *stamp);
  for (i = 0; i < STAMPED_FILES; i++)
    {
      path = gpgrt_bsprintf ("%s/%s", home, names[i]);
      if (path && !stat (path, &st))
        {
          stamp[i].mtime = st.st_mtim;
          stamp[i].ctime = st.st_ctim;
          stamp[i].size = st.st_size;
          stamp[i].ino = st.st_ino;
        }
      gpgrt_free (path);
    }
}


static uint64_t
latest_change (const struct stamp stamp[STAMPED_FILES])
{
  uint64_t latest = 0, changed;
  size_t i;

  for (i = 0; i < STAMPED_FILES; i++)
    {
      changed = (uint64_t)stamp[i].ctime.tv_sec * 1000000
        + (uint64_t)stamp[i].ctime.tv_nsec / 1000;
      if (changed > latest)
        latest = changed;
    }
  return latest;
}


uint64_t
pgp_home_changed (const char *home)
{
  struct stamp stamp[STAMPED_FILES];

  take_stamps (home, stamp);
  return latest_change (stamp);
}


static bool
same_stamp (const struct stamp *a, const struct stamp *b)
{
  return a->mtime.tv_sec == b->mtime.tv_sec
         && a->mtime.tv_nsec == b->mtime.tv_nsec
         && a->ctime.tv_sec == b->ctime.tv_sec
         && a->ctime.tv_nsec == b->ctime.tv_nsec
         && a->size == b->size && a->ino == b->ino;
}


static void
empty_cache (struct pgp_cache *cache)
{
  while (cache->n)
    gpgme_key_unref (cache->entry[--cache->n].key);
  cache->whole = false;
}


static void
release_cache (struct pgp_cache *cache)
{
  empty_cache (cache);
  free (cache->entry);
  free (cache);
}


/* Empty the cache unless the home is as it was.  */
static gpg_error_t
refresh_cache (pgp_t pgp)
{
  struct stamp stamp[STAMPED_FILES];
  struct pgp_cache *cache = pgp->cache;
  bool same = !!pgp->home;
  size_t i;

  if (!cache)
    {
      cache = calloc (1, sizeof *cache);
      if (!cache)
        return gpg_error_from_syserror ();
      pgp->cache = cache;
      pgp->cache_release = release_cache;
    }
  if (pgp->home)
    take_stamps (pgp->home, stamp);
  for (i = 0; same && i < STAMPED_FILES; i++)
    same = same_stamp (stamp + i, cache->stamp + i);
  if (!same)
    empty_cache (cache);
  if (pgp->home)
    memcpy (cache->stamp, stamp, sizeof stamp);
  return 0;
}


static gpg_error_t
cache_key (struct pgp_cache *cache, gpgme_key_t key)
{
  gpg_error_t err;

  if (!pgp_is_fpr (key->fpr))
    return 0;                   /* No request can be signed with it.  */
  err = array_grow (&cache->entry, cache->n, sizeof *cache->entry);
  if (err)
    return err;
  memcpy (cache->entry[cache->n].fpr, key->fpr, strlen (key->fpr) + 1);
  gpgme_key_ref (key);
  cache->entry[cache->n++].key = key;
  return 0;
}


/* Look up all keys, in one run of gpg, unless they are in the cache.  */
static gpg_error_t
cache_all_keys (pgp_t pgp)
{
  gpg_error_t err;
  struct pgp_cache *cache;
  size_t i;

  err = refresh_cache (pgp);
  if (err || pgp->cache->whole)
    return err;
  cache = pgp->cache;
  err = pgp_list_strict (pgp, NULL);
  if (err)
    return err;
  empty_cache (cache);
  for (i = 0; !err && i < pgp->n_found; i++)
    err = cache_key (cache, pgp->found[i]);
  cache->whole = !err;
  return err;
}


static gpgme_key_t
find_cached (const struct pgp_cache *cache, const char *primary)
{
  size_t i;

  for (i = 0; i < cache->n; i++)
    if (!strcmp (cache->entry[i].fpr, primary))
      return cache->entry[i].key;
  return NULL;
}


gpg_error_t
pgp_cache_find (pgp_t pgp, const char *primary, gpgme_key_t *r_key)
{
  gpg_error_t err;

  *r_key = NULL;
  err = refresh_cache (pgp);
  if (err)
    return err;
  *r_key = find_cached (pgp->cache, primary);
  if (*r_key)
    return 0;
  err = pgp_list_strict (pgp, primary);
  if (err)
    return err;
  if (pgp->n_found != 1 || !pgp->found[0]->fpr
      || strcmp (pgp->found[0]->fpr, primary))
    return gpg_error (GPG_ERR_NO_PUBKEY);
  err = cache_key (pgp->cache, pgp->found[0]);
  if (!err)
    *r_key = pgp->found[0];
  return err;
}


static gpgme_subkey_t
find_part (gpgme_key_t key, const char *fpr)
{
  gpgme_subkey_t sub = key->subkeys;

  while (sub && (!sub->fpr || strcmp (sub->fpr, fpr)))
    sub = sub->next;
  return sub;
}


gpg_error_t
pgp_cache_find_part (pgp_t pgp, const char *fpr, gpgme_key_t *r_key,
                     gpgme_subkey_t *r_sub)
{
  gpg_error_t err;
  size_t i;

  *r_key = NULL;
  *r_sub = NULL;
  err = cache_all_keys (pgp);
  for (i = 0; !err && !*r_sub && i < pgp->cache->n; i++)
    {
      *r_key = pgp->cache->entry[i].key;
      *r_sub = find_part (*r_key, fpr);
    }
  return err || *r_sub ? err : gpg_error (GPG_ERR_NO_PUBKEY);
}


gpg_error_t
pgp_cache_is_shared (pgp_t pgp, const char *primary, const char *fpr,
                     bool *r_shared)
{
  gpg_error_t err;
  const struct entry *entry;
  size_t i;

  *r_shared = false;
  err = cache_all_keys (pgp);
  for (i = 0; !err && !*r_shared && i < pgp->cache->n; i++)
    {
      entry = pgp->cache->entry + i;
      *r_shared = strcmp (entry->fpr, primary)
                  && find_part (entry->key, fpr);
    }
  return err;
}
