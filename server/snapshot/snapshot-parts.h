/* snapshot-parts.h - What the files of the reader share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_SNAPSHOT_PARTS_H
#define POSTERN_SNAPSHOT_PARTS_H

#include "snapshot.h"

#define SNAPSHOT_FPRWORDS (OPENPGP_FPRLEN / 4)

/* A part of a person's key.  All of one person follow one another, the
   primary key first.  */
struct snapshot_entry
{
  struct openpgp_key key;       /* It points into the snapshot.  */
  size_t person;
  enum snapshot_state state;
  uint64_t expires;             /* As gpg says.  */
  const unsigned char *binding; /* NULL: a primary key.  */
  size_t binding_len;
  bool checked;                 /* BINDING was, with this verdict.  */
  gpg_error_t verdict;
  uint64_t binding_expires;
};

struct snapshot_person
{
  size_t first, n;              /* Its entries.  */
  uint64_t state;               /* Of struct snapshot_signer.  */
};

struct snapshot_s
{
  void *map;                    /* NULL: the bytes are the caller's.  */
  size_t map_len;
  uint64_t changed;
  size_t n_people;
  struct snapshot_person *person;
  size_t n_entries;
  struct snapshot_entry *entry;
  /* Open addressing: 1 + the number of an entry; 0: free.  It has 1 << (32
     - SHIFT) slots, at least twice as many as there are entries.  */
  uint32_t *slot;
  unsigned int shift;
  uint64_t secret[SNAPSHOT_FPRWORDS];   /* Of the hash.  */
};

/* What is still to be read.  */
struct snapshot_rest
{
  const unsigned char *p;
  size_t left;
};

/* snapshot-walk.c: map the memfd FD.  GPG_ERR_EPERM if whoever has it could
   still change it, GPG_ERR_BAD_DATA if it is too small or too large.  */
gpg_error_t snapshot_map (int fd, void **r_map, size_t *r_len);

/* The next LEN bytes; NULL if fewer are left.  */
const unsigned char *snapshot_take (struct snapshot_rest *rest, size_t len);

/* The next person of REST, whose N parts are in *R_PARTS; false if it is not
   one.  R_DIGEST may be NULL.  */
bool snapshot_take_person (struct snapshot_rest *rest,
                           struct snapshot_rest *r_parts, unsigned int *r_n,
                           const unsigned char **r_digest);

/* The next part of REST; false if it is not one.  */
bool snapshot_take_part (struct snapshot_rest *rest, bool primary,
                         struct snapshot_part *r_part);

/* Read the LEN bytes at DATA, which stay the caller's and must live longer.
   The errors of snapshot_open.  */
gpg_error_t snapshot_read (const void *data, size_t len, config_t config,
                           snapshot_t *r_snapshot);

/* Build the table of slots.  */
gpg_error_t snapshot_index (snapshot_t snapshot);

/* The next entry with the fingerprint FPR; *R_AT is 0 at first.  NULL if
   there is no other.  */
struct snapshot_entry *snapshot_next (snapshot_t snapshot,
                                      const unsigned char fpr[OPENPGP_FPRLEN],
                                      size_t *r_at);

/* A number that changes with the N parts at ENTRY; never 0.  */
uint64_t snapshot_hash (const struct snapshot_entry *entry, size_t n);

#endif /*POSTERN_SNAPSHOT_PARTS_H*/
