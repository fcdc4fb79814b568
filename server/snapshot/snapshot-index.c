/* snapshot-index.c - Find a key by the fingerprint of who signed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whoever makes keys can choose the first bytes of their fingerprints, and so
 * could make a plain hash table slow.  So the hash is drawn at random from a
 * family in which any two fingerprints collide with a chance of 1 in the
 * number of slots (Lemire and Kaser, "Strongly universal string hashing is
 * fast", section 3: MULTILINEAR).  */

#include "snapshot-parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "snapshot-format.h"


static size_t
slot_of (snapshot_t s, const unsigned char fpr[OPENPGP_FPRLEN])
{
  uint64_t sum = 0;
  size_t i;

  for (i = 0; i < SNAPSHOT_FPRWORDS; i++)
    sum += s->secret[i] * snapshot_get (fpr + 4 * i, 4);
  return (size_t)(sum >> 32 >> s->shift);
}


gpg_error_t
snapshot_index (snapshot_t s)
{
  unsigned int bits = 4;
  size_t mask, i, at;

  while (((size_t)1 << bits) < 2 * s->n_entries)
    bits++;
  if (bits > 31)
    return gpg_error (GPG_ERR_TOO_LARGE);
  s->shift = 32 - bits;
  mask = ((size_t)1 << bits) - 1;
  s->slot = calloc (mask + 1, sizeof *s->slot);
  if (!s->slot)
    return gpg_error_from_syserror ();
  if (getrandom (s->secret, sizeof s->secret, 0) != sizeof s->secret)
    return gpg_error_from_syserror ();
  for (i = 0; i < s->n_entries; i++)
    {
      at = slot_of (s, s->entry[i].key.fpr);
      while (s->slot[at])
        at = (at + 1) & mask;
      s->slot[at] = (uint32_t)(i + 1);
    }
  return 0;
}


struct snapshot_entry *
snapshot_next (snapshot_t s, const unsigned char fpr[OPENPGP_FPRLEN],
               size_t *r_at)
{
  size_t mask = ((size_t)1 << (32 - s->shift)) - 1;
  size_t first = slot_of (s, fpr), at;
  struct snapshot_entry *entry;

  while ((at = s->slot[(first + *r_at) & mask]))
    {
      ++*r_at;
      entry = s->entry + at - 1;
      if (!memcmp (entry->key.fpr, fpr, OPENPGP_FPRLEN))
        return entry;
    }
  return NULL;
}


/* FNV-1a.  It only serves to detect a change; it is not cryptographic.  */
static uint64_t
mix_bytes (uint64_t state, const void *data, size_t len)
{
  const unsigned char *p = data;

  for (; len; len--)
    state = (state ^ *p++) * UINT64_C (0x100000001b3);
  return state;
}


uint64_t
snapshot_hash (const struct snapshot_entry *entry, size_t n)
{
  uint64_t state = UINT64_C (0xcbf29ce484222325);
  unsigned char field[9];

  for (; n; n--, entry++)
    {
      snapshot_put (snapshot_put (field, entry->expires, 8), entry->state, 1);
      state = mix_bytes (state, entry->key.fpr, OPENPGP_FPRLEN);
      state = mix_bytes (state, field, sizeof field);
    }
  return state ? state : 1;
}
