/* pgp.h - GnuPG through gpgme: sign and encrypt, unwrap, verify.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenPGP is RFC 4880; all of its cryptography is GnuPG's.  */

#ifndef POSTERN_PGP_H
#define POSTERN_PGP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../base/netspec.h"

enum pgp_side
  {
    PGP_PERSON,     /* The person's own home, agent and pinentry; run
                       through postern-gpg, so that their gpg.conf changes
                       nothing about what is made.  No deadline.  */
    PGP_SERVER      /* No pinentry, no network, no key retrieval, capped
                       output, a deadline.  The home's gpg.conf must be
                       the one that pgp_home_write wrote.  The process
                       becomes a child subreaper: gpg, and an agent that it
                       starts, are children that pgp_release ends.  */
  };

typedef struct pgp_s *pgp_t;

/* Initialise gpgme; once for each process.  */
gpg_error_t pgp_init (void);

/* HOME NULL: the person's default home.  DEADLINE in milliseconds, 0 for
   none: an operation that lasts longer fails with GPG_ERR_TIMEOUT and all
   processes that it started are killed.  */
gpg_error_t pgp_new (enum pgp_side side, const char *home,
                     unsigned int deadline, pgp_t *r_pgp);
void pgp_release (pgp_t pgp);

/* Whether gpg is there and can be run; *R_PATH is where it is looked for, and
   is not to be freed.  */
gpg_error_t pgp_engine_check (const char **r_path);

/* The folder of the context's home; NULL: it is not known.  */
const char *pgp_home (pgp_t pgp);

/* Call WATCH once a second while an operation of a context without a
   deadline lasts, with the seconds so far and the folder of its home.  */
typedef void (*pgp_watch_t) (const char *home, unsigned int seconds);
void pgp_watch (pgp_t pgp, pgp_watch_t watch);

/* Run gpg without any power but over its home (PGP_SERVER; see
   keys/confined-gpg.c).  Only for who is root, or has nothing to give up. */
gpg_error_t pgp_confine (pgp_t pgp);

/* Write the gpg.conf of a server-side home at the folder HOME (which
   exists), and check that one has it: GPG_ERR_CONFLICT else.  A home with
   further lines passes (tests add ignore-time-conflict).  */
gpg_error_t pgp_home_write (const char *home);
gpg_error_t pgp_home_check (const char *home);

/* Why the folder HOME, which exists, is not such a home, and what to do;
   NULL where it is, or cannot be read.  To be freed with gpgrt_free.  */
char *pgp_home_objection (const char *home);

/* Sign the text with the key SIGNER (a fingerprint) and encrypt it to the
   keys in the files KEYFILES (binary exports, one primary key each;
   NULL-ended), hidden if HIDDEN.  Binary mode, no compression, no armour.
   *R_MSG is to be freed.  */
gpg_error_t pgp_sign_encrypt (pgp_t pgp, const char *signer,
                              const char *const *keyfiles, bool hidden,
                              const void *text, size_t textlen,
                              unsigned char **r_msg, size_t *r_len);

/* The same in two steps, for what more than one home signs: the inside,
   signed by one, and the wrapping of an inside as it is.  */
gpg_error_t pgp_sign (pgp_t pgp, const char *signer,
                      const void *text, size_t textlen,
                      unsigned char **r_blob, size_t *r_len);
gpg_error_t pgp_wrap (pgp_t pgp, const char *const *keyfiles, bool hidden,
                      const void *blob, size_t bloblen,
                      unsigned char **r_msg, size_t *r_len);

/* Decrypt MSG (framing_check_outer has passed it) into BUF and leave the
   OpenPGP message inside as it is.  Nothing of the inside is verified.
   GPG_ERR_NO_SECKEY if it is for none of the home's keys,
   GPG_ERR_WRONG_SECKEY if there are hidden recipients and none of them is
   one, GPG_ERR_TOO_LARGE if more than SIZE bytes come out, GPG_ERR_TIMEOUT,
   GPG_ERR_DECRYPT_FAILED (also where the integrity check fails),
   GPG_ERR_NO_AGENT, or GPG_ERR_GENERAL where gpg itself does not work; for
   a person what their agent, pinentry or card said besides.  */
gpg_error_t pgp_unwrap (pgp_t pgp, const void *msg, size_t len,
                        void *buf, size_t size, size_t *r_len);

/* True if the agent of the home (PGP_PERSON: whichever gpg would use) can
   be reached and greets, within PGP's deadline or ten seconds.  None is
   started.  */
bool pgp_agent_answers (pgp_t pgp);

struct pgp_signer
{
  char primary[NETSPEC_FPRLEN + 1];     /* Primary fingerprint.  */
  char signing[NETSPEC_FPRLEN + 1];     /* Of the key that signed.  */
  uint64_t time;
  uint64_t key_expires;                 /* Earliest; 0: never.  */
  uint64_t state;                       /* Another one: the key is not what
                                           it was; never 0.  */
  uint64_t changed;                     /* Unix time in microseconds at
                                           which the home's files changed
                                           last; 0: not known.  */
};

/* Verify the signed BLOB (framing_check_inner has passed it): exactly
   SIGNERS valid signatures, class 0x00, digest SHA-256 or better, by keys
   that may sign and are neither expired, revoked, disabled nor unknown; no
   other status.  The text goes to BUF.  R_SIGNER takes SIGNERS elements;
   of a bad one it says as much as is known: of an unknown key SIGNING alone.
   On failure *R_WHY is a constant text for the audit, and the error one of
     GPG_ERR_NO_PUBKEY      unknown key
     GPG_ERR_BAD_SIGNATURE  it does not fit the text
     GPG_ERR_KEY_EXPIRED    key or subkey
     GPG_ERR_CERT_REVOKED   key or subkey
     GPG_ERR_KEY_DISABLED
     GPG_ERR_WRONG_KEY_USAGE  it may not sign
     GPG_ERR_DIGEST_ALGO    weaker than SHA-256
     GPG_ERR_SIG_EXPIRED
     GPG_ERR_AMBIGUOUS_NAME by a subkey of two keys of a server's home
     GPG_ERR_TIMEOUT        the deadline
     GPG_ERR_GENERAL        anything else that is not plainly good
   and GPG_ERR_NOT_OPERATIONAL, or one of memory or the system, where gpg did
   not come to a verdict.  R_SIGNER tells after a failure who it was for whom
   gpg found a signature that fits; it is empty where there is none.
   What GnuPG does not report with the signature (disabled keys) is looked
   up, in another run of gpg unless pgp_verify_prepare has done it.  */
gpg_error_t pgp_verify (pgp_t pgp, const void *blob, size_t len,
                        unsigned int signers, struct pgp_signer *r_signer,
                        void *buf, size_t size, size_t *r_len,
                        const char **r_why);

/* Look all keys up beforehand, in one run of gpg, and keep them until the
   home's files change.  Without such a change since, nothing is done.  */
gpg_error_t pgp_verify_prepare (pgp_t pgp);

struct pgp_subkey
{
  char fpr[NETSPEC_FPRLEN + 1];
  char algorithm[32];
  uint64_t created;
  uint64_t expires;                     /* 0: never.  */
  bool revoked, expired;
  bool can_sign, can_encrypt;           /* What it was made for.  */
};

/* A public key as a person may want to see it.  */
struct pgp_key
{
  char fpr[NETSPEC_FPRLEN + 1];
  char algorithm[32];                   /* "ed25519", "rsa4096".  */
  unsigned int bits;
  uint64_t created;
  uint64_t expires;                     /* 0: never.  */
  bool revoked, expired, disabled, invalid;
  bool can_sign, can_encrypt;           /* Some usable (sub)key can.  */
  bool weak;                            /* RSA under 2048, DSA, also of a
                                           usable subkey.  */
  bool old_digest;                      /* By pgp_key_peek alone: signatures
                                           with SHA-1 or older, which do not
                                           count, keep it from use.  */
  bool old_revocation;                  /* Likewise: such a signature has
                                           revoked it, or a subkey that is
                                           in use.  */
  bool secret;                          /* The home has a secret part.  */
  char encrypt_fpr[NETSPEC_FPRLEN + 1]; /* Newest usable subkey.  */
  unsigned int session_size;            /* Most bytes that writing to it
                                           adds to a message.  */
  unsigned int sign_size;               /* Most bytes of a signature.  */
  uint64_t sign_expires;                /* When the last usable (sub)key for
                                           it ends; 0: never.  */
  uint64_t encrypt_expires;             /* Likewise.  */
  unsigned int n_uids;
  char **uid;                           /* Printable.  */
  unsigned int n_subkeys;               /* Besides the primary key.  */
  struct pgp_subkey *subkey;
};
typedef struct pgp_key *pgp_key_t;
void pgp_key_release (pgp_key_t key);

/* Look PATTERN up in the home, with SECRET among the secret keys only
   (in a server's home the key's field of that name is set by this alone:
   the agent is not asked else).  GPG_ERR_NOT_FOUND, or
   GPG_ERR_AMBIGUOUS_NAME where several match.  */
gpg_error_t pgp_key_find (pgp_t pgp, const char *pattern, bool secret,
                          pgp_key_t *r_key);

/* All keys of the home, NULL-ended.  */
gpg_error_t pgp_key_list (pgp_t pgp, bool secret, pgp_key_t **r_list);

/* Release such a list; NULL is ignored.  */
void pgp_list_release (pgp_key_t *list);

/* The keys in DATA without importing them: exactly one primary key, else
   GPG_ERR_AMBIGUOUS_NAME or GPG_ERR_NO_PUBKEY.  The signatures on it are
   looked at besides: GnuPG passes over those with SHA-1, and so over a
   revocation that was made with it.  */
gpg_error_t pgp_key_peek (pgp_t pgp, const void *data, size_t len,
                          pgp_key_t *r_key);

/* Whether DATA, one key of version 4, has the parts that KEY says, in that
   order and no others, by our own reading.  GPG_ERR_BAD_PUBKEY else.  */
gpg_error_t pgp_key_compare (pgp_key_t key, const void *data, size_t len);

/* pgp_key_peek for many keys at once, one behind the other in DATA without
   armour: NULL-ended, in their order.  GPG_ERR_AMBIGUOUS_NAME where gpg
   takes not each of them for a key.  */
gpg_error_t pgp_keys_peek (pgp_t pgp, const void *data, size_t len,
                           pgp_key_t **r_list);

/* Import DATA, any number of public keys, minimally.  What came of each the
   home shows.  */
gpg_error_t pgp_keys_import (pgp_t pgp, const void *data, size_t len);

/* Import DATA, exactly one public key, minimally (no third-party
   signatures).  GPG_ERR_BAD_PUBKEY where it holds secret parts, and the
   errors of pgp_key_peek.  */
gpg_error_t pgp_key_import (pgp_t pgp, const void *data, size_t len);

/* Export the key whose primary key is FPR minimally; to be freed.
   GPG_ERR_NOT_FOUND.  */
gpg_error_t pgp_key_export (pgp_t pgp, const char *fpr,
                            unsigned char **r_data, size_t *r_len);

/* Export all keys of the home minimally, MAX bytes at most; to be freed.
   GPG_ERR_NOT_FOUND where there is none.  */
gpg_error_t pgp_keys_export (pgp_t pgp, size_t max, unsigned char **r_data,
                             size_t *r_len);

/* Write the keys with the fingerprints FPRS (NULL-ended, at least one),
   armoured and minimal, to FD.  GPG_ERR_NOT_FOUND where none is there.  */
gpg_error_t pgp_key_export_text (pgp_t pgp, const char *const *fprs, int fd);

/* Delete a public key (and not a secret one).  */
gpg_error_t pgp_key_delete (pgp_t pgp, const char *fpr);

/* Make an Ed25519 primary key (certify, sign) with a Cv25519 subkey, no
   passphrase, never expiring; the fingerprint goes to R_FPR.  */
gpg_error_t pgp_key_generate (pgp_t pgp, const char *uid,
                              char r_fpr[NETSPEC_FPRLEN + 1]);

/* A part of a key whose secret there may be: primary key or subkey.  */
enum pgp_where
  {
    PGP_NOWHERE,
    PGP_ON_DISK,                        /* Without a passphrase.  */
    PGP_WITH_PASSPHRASE,
    PGP_ON_CARD
  };

#define PGP_GRIPLEN 40

struct pgp_part
{
  char fpr[NETSPEC_FPRLEN + 1];
  char grip[PGP_GRIPLEN + 1];           /* The agent's name for it.  */
  uint64_t created;
  bool signs, encrypts;                 /* It is good for that now.  */
  bool weak;
  enum pgp_where where;                 /* Its secret is.  */
};

/* The parts of the key FPR of who calls (PGP must be of their default
   home), the primary key first; *R_PARTS is to be freed.
   GPG_ERR_NOT_FOUND where none of them has a secret.  */
gpg_error_t pgp_secret_parts (pgp_t pgp, const char *fpr,
                              struct pgp_part **r_parts, size_t *r_n);

/* Copy the key FPR, whose N parts are PARTS, from there to TO, a
   PGP_SERVER home: what is on the disk with its secret, what is on a card
   as the entry that names the card.  The person's agent asks for a
   passphrase where there is one, and TO has it too.  */
gpg_error_t pgp_secret_copy (pgp_t from, const char *fpr,
                             const struct pgp_part *parts, size_t n,
                             pgp_t to);

/* Copy the secret encryption subkey SUBFPR of FROM (and no other secret)
   into TO, which are both PGP_SERVER homes.  TO is proven to hold no other
   secret (GPG_ERR_UNUSABLE_SECKEY), and its gpg.conf then forbids gpg to
   start an agent by itself: the role's agent is started beforehand.  */
gpg_error_t pgp_subkey_copy (pgp_t from, const char *subfpr, pgp_t to);

#endif /*POSTERN_PGP_H*/
