/* muster.h - Have gpg judge the roster's keyring.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_MUSTER_H
#define POSTERN_MUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"
#include "../ipc/packets.h"
#include "../snapshot/snapshot.h"

/* Milliseconds until gpg must have come to the next key.  */
#define MUSTER_DEADLINE 5000

#define MUSTER_MAX_KEYRING (128u << 20) /* Bytes.  */
#define MUSTER_MAX_KEY 262144   /* Bytes of one person's packets.  */

/* A key of the keyring.  */
struct muster_key
{
  char fpr[NETSPEC_FPRLEN + 1];
  unsigned char *data;          /* Its packets, in the keyring's memory.  */
  size_t len;
  bool pending;                 /* gpg is still to be asked.  */
  const char *why;              /* Why it is left out; NULL: it is not.  */
  struct pgp_judged judged;     /* By gpg.  */
  bool reused;                  /* It was before, and strictly.  */
  unsigned char digest[SNAPSHOT_DIGESTLEN];     /* Of the packets; zeros if
                                                   more than they counts.  */
  unsigned char *strict;        /* The packets without weak signatures ...  */
  size_t strict_len;            /* ... if they are others.  */
};

struct keyring
{
  unsigned char *data[2];       /* The files.  */
  size_t n;
  struct muster_key *key;       /* In the order of the files.  */
  size_t n_sorted;
  struct muster_key **sorted;   /* By fingerprint, each once.  */
};

/* keyring.c: read the keyring of the folder HOME.  It is a keybox, or a file
   of packets.  A key that occurs again is ignored.  GPG_ERR_BAD_DATA if it is
   neither.  */
gpg_error_t keyring_read (const char *home, struct keyring *r_keyring);
void keyring_release (struct keyring *keyring);

/* In two steps, from memory: add the keys of a keybox, or of a file of
   packets, of which DATA must last; and then, once, sort them and see which
   has occurred before.  */
gpg_error_t keyring_add (struct keyring *keyring, bool keybox,
                         unsigned char *data, size_t len);
gpg_error_t keyring_sort (struct keyring *keyring);

/* The key FPR; NULL if there is none.  */
struct muster_key *keyring_find (const struct keyring *keyring,
                                 const char *fpr);

/* Leave KEY out of the snapshot; WHY lasts.  */
void keyring_leave_out (struct muster_key *key, const char *why);

/* muster-judge.c: have gpg judge all keys of KEYRING.  A key on which it
   fails is left out, and no other; *R_FAILED is how many these are.
   GPG_ERR_NOT_OPERATIONAL if it fails on all of several.  */
gpg_error_t muster_judge (pgp_t pgp, struct keyring *keyring,
                          size_t *r_failed);

/* muster-before.c: what gpg says of a key follows from its packets, from what
   *R_BASIS tells of the HOME as it is at NOW, and from the time.  So the
   judgement of the muster before, in the sealed memfd FD, is used again for
   each key of KEYRING of which these are the same.  Nothing is if FD is not
   such a memfd.  */
void muster_reuse (const char *home, int fd, uint64_t now,
                   struct keyring *keyring, struct snapshot_basis *r_basis);

/* muster-write.c: write the keys that have been judged to FD, as a snapshot of
   the keyring.  RESULT->changed and BASIS are given; the rest of RESULT is
   filled in.  NOW is in seconds.  */
gpg_error_t muster_write (int fd, struct keyring *keyring, uint64_t now,
                          struct snapshot_basis *basis,
                          struct packet_mustered *result);

/* muster-cage.c: give up all but what gpg needs to read HOME.  */
gpg_error_t muster_confine (const char *home);

/* muster.c: judge the keyring of the folder HOME, and write to FD.  BEFORE is
   what the muster before wrote; -1: nothing.  */
gpg_error_t muster_home (const char *home, int before, int fd,
                         struct packet_mustered *r_result);

#endif /*POSTERN_MUSTER_H*/
