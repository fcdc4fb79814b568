/* snapshot.h - The roster's public keys, as gpg judged them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * muster writes a snapshot into a memfd, posternd seals that, and verify (and
 * whoever else believes only what it has checked) reads it.  It certifies
 * itself: the reader computes the fingerprints, takes a primary key only for
 * the person of its own configuration who has it, and checks a subkey's
 * binding and back signature before it uses it.  So whoever takes over muster
 * can hide a revocation, but cannot invent a key.
 *
 * Format: snapshot-format.h.  */

#ifndef POSTERN_SNAPSHOT_H
#define POSTERN_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/pgp/openpgp/openpgp-key.h"
#include "../config/config.h"

/* Why a key does not count.  A key that is not good is in the snapshot, so
   that the audit can say why it is refused.  */
enum snapshot_state
  {
    SNAPSHOT_GOOD,
    SNAPSHOT_REVOKED,
    SNAPSHOT_EXPIRED,
    SNAPSHOT_DISABLED,
    SNAPSHOT_WEAK,              /* No good digest binds it.  */
    SNAPSHOT_USAGE,             /* It may not sign.  */
    SNAPSHOT_STATES
  };

/* ---- Writing: muster. ---- */

typedef struct snapshot_writer_s *snapshot_writer_t;

/* A part of a person's key.  */
struct snapshot_part
{
  const unsigned char *body;    /* Its packet.  */
  size_t body_len;
  const unsigned char *binding; /* A subkey: the signature that binds it.  */
  size_t binding_len;
  enum snapshot_state state;
  uint64_t expires;             /* As gpg says, Unix seconds; 0: never.  */
};

/* Write to FD, a memfd or a file.  CHANGED is when the keyring last changed,
   Unix time in microseconds.  */
gpg_error_t snapshot_writer_open (int fd, uint64_t changed,
                                  snapshot_writer_t *r_writer);

/* Add a person's key: PART[0] is the primary key, and the N - 1 others are
   its subkeys that sign, or would if their state were good.  GPG_ERR_TOO_LARGE
   for more than SNAPSHOT_MAX_PARTS, or parts that are too large.  */
#define SNAPSHOT_MAX_PARTS 33
gpg_error_t snapshot_add (snapshot_writer_t writer,
                          const struct snapshot_part *part, size_t n);

#define SNAPSHOT_DIGESTLEN 32

/* The same, with the DIGEST of what gpg judged.  */
gpg_error_t snapshot_add_judged (snapshot_writer_t writer,
                                 const struct snapshot_part *part, size_t n,
                                 const unsigned char
                                 digest[SNAPSHOT_DIGESTLEN]);

/* What the judgement rests on besides a person's packets.  */
struct snapshot_basis
{
  uint64_t judged;              /* When: Unix seconds; 0: it must not be used
                                   again.  */
  uint64_t next;                /* When it will no longer hold; 0: never.  */
  unsigned char trust[SNAPSHOT_DIGESTLEN];      /* A digest of the rest.  */
};
void snapshot_writer_rest (snapshot_writer_t writer,
                           const struct snapshot_basis *basis);

/* Write what is left, and release WRITER in any case.  */
gpg_error_t snapshot_writer_close (snapshot_writer_t writer);

/* ---- Reading what the muster before has judged: muster. ---- */

typedef struct snapshot_before_s *snapshot_before_t;

/* Map the memfd FD, which stays the caller's.  Errors as of snapshot_open.  */
gpg_error_t snapshot_before_open (int fd, snapshot_before_t *r_before,
                                  struct snapshot_basis *r_basis);
void snapshot_before_close (snapshot_before_t before);

/* The next person: N parts in PART, and the digest.  *R_AT is 0 at first.
   What it points to lasts as long as BEFORE.  False at the end.  */
bool snapshot_before_next (snapshot_before_t before, size_t *r_at,
                           struct snapshot_part part[SNAPSHOT_MAX_PARTS],
                           size_t *r_n, const unsigned char **r_digest);

/* ---- Reading. ---- */

typedef struct snapshot_s *snapshot_t;

#define SNAPSHOT_MAX_LEN (256u << 20)

/* Map the memfd FD, which is closed in any case, and read it.  GPG_ERR_EPERM
   if it is not sealed against writing, growing and shrinking, and against
   losing these seals; GPG_ERR_BAD_DATA if it is not a snapshot.  A key that
   cannot be read, or that no person of CONFIG has, is left out.  CONFIG is
   not needed afterwards.  */
gpg_error_t snapshot_open (int fd, config_t config, snapshot_t *r_snapshot);
void snapshot_close (snapshot_t snapshot);

/* How many people of the configuration have a key in it.  */
size_t snapshot_count (snapshot_t snapshot);

struct snapshot_signer
{
  char primary[NETSPEC_FPRLEN + 1];     /* Fingerprint of the primary key.  */
  char signing[NETSPEC_FPRLEN + 1];     /* Of the key that signed.  */
  uint64_t expires;             /* The earliest end; 0: never.  */
  uint64_t state;               /* Changes whenever the person's key does;
                                   never 0.  */
  uint64_t changed;             /* When the keyring last changed: Unix time in
                                   microseconds.  */
};

/* The key with the fingerprint FPR, to check a signature with: *R_KEY lasts
   as long as SNAPSHOT.  R_SIGNER is filled in as far as is known, also after
   an error.  Whether it counts, snapshot_judge says: first check the
   signature, so that nobody is blamed for what others claim.
     GPG_ERR_NO_PUBKEY       nobody has it
     GPG_ERR_AMBIGUOUS_NAME  a subkey that two people have
   and those of openpgp_binding_check, which is called at the first use.  */
gpg_error_t snapshot_find (snapshot_t snapshot,
                           const unsigned char fpr[OPENPGP_FPRLEN],
                           const struct openpgp_key **r_key,
                           struct snapshot_signer *r_signer);

/* Whether the key that snapshot_find gave for FPR counts at NOW (Unix
   seconds): 0, an error of snapshot_find, or
     GPG_ERR_CERT_REVOKED, GPG_ERR_KEY_EXPIRED, GPG_ERR_KEY_DISABLED,
     GPG_ERR_DIGEST_ALGO (SNAPSHOT_WEAK), GPG_ERR_WRONG_KEY_USAGE
     GPG_ERR_TIME_CONFLICT   it was made after NOW  */
gpg_error_t snapshot_judge (snapshot_t snapshot,
                            const unsigned char fpr[OPENPGP_FPRLEN],
                            uint64_t now);

#endif /*POSTERN_SNAPSHOT_H*/
