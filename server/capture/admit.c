/* admit.c - Decide which datagrams are passed on.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A door key's seal is opened here, in find_key (doc/PROTOCOL.md, "The
 * datagram").  After admit_new, nothing here may allocate or block.  */

#include "admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../../common/wire/framing.h"
#include "../../common/base/secret.h"

#define MAX_QUEUES (CONFIG_MAX_DOORS + 1)

/* The table of datagrams that were seen is set-associative: one set is
   searched, and its oldest entry is replaced.  2048 * 4 * 32 bytes are 256
   KiB.  */
#define SEEN_BITS 11
#define SEEN_SETS (1u << SEEN_BITS)
#define SEEN_WAYS 4

/* Nonce and tag identify a sealed datagram: no other one with the same nonce
   and tag passes the seal.  For the open door it is a hash.  */
#define MARK_LEN SEAL_OVERHEAD

struct mark
{
  unsigned char name[MARK_LEN];
  uint32_t until;               /* In seconds of ORIGIN->seen; 0: empty.  */
};

struct waiting
{
  struct packet_origin origin;
  size_t message_len;
  size_t attachment_len;
  unsigned char data[SEAL_MAX]; /* Message, attachment.  */
};

struct queue                    /* A ring.  */
{
  unsigned int first;
  unsigned int n;
  struct waiting slot[ADMIT_QUEUE];
};

struct admit_s
{
  size_t n_keys;
  struct admit_key key[ADMIT_MAX_KEYS];
  uint64_t now;                 /* Unix seconds.  */
  bool open_door;
  size_t n_queues;              /* One for each door; the open door's is
                                   the last.  */
  size_t turn;
  uint64_t hash_key;
  struct queue *queue[MAX_QUEUES];
  struct mark (*seen)[SEEN_WAYS];
  unsigned char text[SEAL_MAX];
};


/* All memory is allocated here, so that a lack of it can only keep capture
   from starting.  */
static gpg_error_t
make_tables (admit_t admit)
{
  size_t i;

  for (i = 0; i < admit->n_queues; i++)
    {
      admit->queue[i] = calloc (1, sizeof *admit->queue[i]);
      if (!admit->queue[i])
        return gpg_error_from_syserror ();
    }
  admit->seen = calloc (SEEN_SETS, sizeof *admit->seen);
  if (!admit->seen)
    return gpg_error_from_syserror ();
  /* Write to it, so that the process has its full size from the start.  */
  for (i = 0; i < SEEN_SETS; i++)
    secret_wipe (admit->seen[i], sizeof admit->seen[i]);
  return 0;
}


gpg_error_t
admit_new (const struct admit_key *keys, size_t n, bool open_door,
           admit_t *r_admit)
{
  gpg_error_t err;
  admit_t admit;
  size_t i, n_doors = 0;

  *r_admit = NULL;
  if (n > ADMIT_MAX_KEYS)
    return gpg_error (GPG_ERR_INV_VALUE);
  for (i = 0; i < n; i++)
    if (keys[i].door >= CONFIG_MAX_DOORS)
      return gpg_error (GPG_ERR_INV_VALUE);
    else if (keys[i].door >= n_doors)
      n_doors = keys[i].door + 1u;
  admit = calloc (1, sizeof *admit);
  if (!admit)
    return gpg_error_from_syserror ();
  admit->n_queues = n_doors + open_door;
  admit->open_door = open_door;
  err = make_tables (admit);
  if (err)
    {
      admit_release (admit);
      return err;
    }
  secret_random (&admit->hash_key, sizeof admit->hash_key);
  admit->hash_key |= 1;
  admit->n_keys = n;
  memcpy (admit->key, keys, n * sizeof *keys);
  *r_admit = admit;
  return 0;
}


void
admit_release (admit_t admit)
{
  size_t i;

  if (!admit)
    return;
  for (i = 0; i < admit->n_keys; i++)
    seal_release (admit->key[i].seal);
  for (i = 0; i < MAX_QUEUES; i++)
    free (admit->queue[i]);
  free (admit->seen);
  free (admit);
}


void
admit_set_time (admit_t admit, uint64_t now)
{
  admit->now = now;
}


static struct mark *
seen_set (admit_t admit, const unsigned char *name)
{
  uint64_t v;

  memcpy (&v, name + MARK_LEN - sizeof v, sizeof v);
  return admit->seen[(v * admit->hash_key) >> (64 - SEEN_BITS)];
}


static bool
seen_has (admit_t admit, const unsigned char *name, uint32_t now)
{
  const struct mark *set = seen_set (admit, name);
  int i;

  for (i = 0; i < SEEN_WAYS; i++)
    if (set[i].until > now && !memcmp (set[i].name, name, MARK_LEN))
      return true;
  return false;
}


static void
seen_add (admit_t admit, const unsigned char *name, uint32_t now)
{
  struct mark *set = seen_set (admit, name);
  struct mark *oldest = set;
  int i;

  for (i = 1; i < SEEN_WAYS; i++)
    if (set[i].until < oldest->until)
      oldest = &set[i];
  memcpy (oldest->name, name, MARK_LEN);
  oldest->until = now + ADMIT_SEEN_SECS + 1;
}


/* Append CONTENT to queue QUEUENO.  */
static enum refusal
enqueue_datagram (admit_t admit, size_t queueno,
                  const struct packet_origin *origin,
                  const struct seal_content *content)
{
  struct queue *queue = admit->queue[queueno];
  struct waiting *slot;

  if (queue->n == ADMIT_QUEUE)
    return REFUSAL_BUSY;
  slot = &queue->slot[(queue->first + queue->n++) % ADMIT_QUEUE];
  slot->origin = *origin;
  slot->message_len = content->message_len;
  slot->attachment_len = content->attachment_len;
  memcpy (slot->data, content->message, content->message_len);
  if (content->attachment_len)
    memcpy (slot->data + content->message_len, content->attachment,
            content->attachment_len);
  return REFUSAL_NONE;
}


/* Handle what no door key opens: a bare OpenPGP message, or junk.  */
static enum refusal
take_open (admit_t admit, struct packet_origin *origin,
           const unsigned char *dgram, size_t len, uint32_t now)
{
  struct seal_content content = { dgram, len, NULL, 0 };
  unsigned char name[32];
  enum refusal refusal;

  if (!admit->open_door || !(dgram[0] & 0x80)
      || framing_check_outer (dgram, len, NULL))
    return REFUSAL_SEAL;
  gcry_md_hash_buffer (GCRY_MD_SHA256, name, dgram, len);
  if (seen_has (admit, name, now))
    return REFUSAL_SEEN;
  *origin->door = 0;
  origin->previous = false;
  refusal = enqueue_datagram (admit, admit->n_queues - 1, origin, &content);
  if (!refusal)
    seen_add (admit, name, now);
  return refusal;
}


static bool
has_ended (admit_t admit, const struct admit_key *key)
{
  return key->ends && key->ends <= admit->now;
}


/* Find the key that opens the datagram, and what is under the seal.  *R_KEY is
   NULL if there is none.  Keys that have ended are tried last, only to tell
   that reason from others.  */
static gpg_error_t
find_key (admit_t admit, const unsigned char *dgram, size_t len,
          struct seal_content *content, const struct admit_key **r_key)
{
  gpg_error_t err;
  int ended;
  size_t i;

  *r_key = NULL;
  for (ended = 0; ended < 2; ended++)
    for (i = 0; i < admit->n_keys; i++)
      {
        if (has_ended (admit, admit->key + i) != ended)
          continue;
        err = seal_unwrap (admit->key[i].seal, dgram, len, admit->text,
                           content);
        if (gpg_err_code (err) == GPG_ERR_CHECKSUM)
          continue;
        *r_key = admit->key + i;
        return err;
      }
  return 0;
}


/* What is wrong with the content of a datagram that a door key opens.  */
static enum refusal
refuse_content (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_TOO_SHORT:  return REFUSAL_CONTENT;
    case GPG_ERR_NO_DATA:    return REFUSAL_NO_MESSAGE;
    case GPG_ERR_UNEXPECTED: return REFUSAL_PADDED_SIZE;
    default:                 return REFUSAL_PADDING;
    }
}


enum refusal
admit_take (admit_t admit, struct packet_origin *origin,
            const unsigned char *dgram, size_t len)
{
  uint32_t now = (uint32_t)(origin->seen / 1000000);
  struct seal_content content;
  unsigned char name[MARK_LEN];
  const struct admit_key *key;
  enum refusal refusal;
  gpg_error_t err;

  if (len < SEAL_MIN
      || len > (origin->src.family == AF_INET6 ? SEAL_MAX6 : SEAL_MAX4))
    return REFUSAL_LENGTH;
  memcpy (name, dgram, SEAL_NONCELEN);
  memcpy (name + SEAL_NONCELEN, dgram + len - SEAL_TAGLEN, SEAL_TAGLEN);
  if (seen_has (admit, name, now))
    return REFUSAL_SEEN;
  origin->size = (uint16_t)len;
  err = find_key (admit, dgram, len, &content, &key);
  if (!key)
    return take_open (admit, origin, dgram, len, now);
  snprintf (origin->door, sizeof origin->door, "%s", key->name);
  origin->previous = key->previous;
  if (has_ended (admit, key))
    return REFUSAL_DOOR_ENDED;
  if (err)
    return refuse_content (err);
  refusal = enqueue_datagram (admit, key->door, origin, &content);
  /* One that found no place may come again.  */
  if (!refusal)
    seen_add (admit, name, now);
  return refusal;
}


bool
admit_next (admit_t admit, struct packet_sealed *r_sealed)
{
  const struct waiting *slot;
  struct queue *queue;
  size_t i;

  for (i = 0; i < admit->n_queues; i++)
    {
      queue = admit->queue[(admit->turn + i) % admit->n_queues];
      if (!queue->n)
        continue;
      admit->turn = (admit->turn + i) % admit->n_queues;
      slot = &queue->slot[queue->first];
      r_sealed->origin = slot->origin;
      r_sealed->message = slot->data;
      r_sealed->message_len = slot->message_len;
      r_sealed->attachment = slot->data + slot->message_len;
      r_sealed->attachment_len = slot->attachment_len;
      return true;
    }
  return false;
}


void
admit_done (admit_t admit)
{
  struct queue *queue = admit->queue[admit->turn];

  queue->first = (queue->first + 1) % ADMIT_QUEUE;
  queue->n--;
  admit->turn = (admit->turn + 1) % admit->n_queues;
}
