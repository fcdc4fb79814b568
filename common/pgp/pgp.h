/* pgp.h - GnuPG through gpgme: sign and encrypt, unwrap, verify.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenPGP is RFC 4880.  GnuPG does all of its cryptography; this module never
 * touches a secret key, except that it copies one from a home of GnuPG's to
 * another through secret memory.
 *
 * Unless a comment says otherwise, results are to be released with free, and
 * besides the errors named here each function may return those of gpgme, gpg
 * and the system, GPG_ERR_TIMEOUT at the deadline, and GPG_ERR_ENOMEM.  */

#ifndef POSTERN_PGP_H
#define POSTERN_PGP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../base/netspec.h"

enum pgp_side
  {
    PGP_PERSON,     /* The person's own home, agent and pinentry.  gpg is
                       run through postern-gpg, so that their gpg.conf
                       does not change what is made.  No deadline.  */
    PGP_SERVER      /* No pinentry, no network, no key retrieval, capped
                       output, a deadline.  The home's gpg.conf must be
                       the one that pgp_home_write wrote.  The process
                       becomes a child subreaper: gpg, and an agent that it
                       starts, are children that pgp_release ends.  */
  };

typedef struct pgp_s *pgp_t;

/* Initialise gpgme, once in each process.  GPG_ERR_UNKNOWN_VERSION if it is
   too old.  */
gpg_error_t pgp_init (void);

/* A context for the folder HOME; NULL is the person's default home.  An
   operation that lasts longer than DEADLINE_MS milliseconds (0: no limit)
   fails with GPG_ERR_TIMEOUT, and all processes that it started are killed.
   GPG_ERR_CONFLICT if pgp_home_check refuses HOME.  */
gpg_error_t pgp_new (enum pgp_side side, const char *home,
                     unsigned int deadline_ms, pgp_t *r_pgp);
void pgp_release (pgp_t pgp);

/* 0 if gpg can be run, else an error of access(2).  *R_PATH is its path, a
   constant.  */
gpg_error_t pgp_engine_check (const char **r_path);

/* The folder of the context's home, which lasts as long as PGP; NULL if it
   is not known.  */
const char *pgp_home (pgp_t pgp);

/* Call WATCH once a second during each operation of a context that has no
   deadline, with the seconds so far and the folder of its home.  */
typedef void (*pgp_watch_t) (const char *home, unsigned int seconds);
void pgp_watch (pgp_t pgp, pgp_watch_t watch);

/* Run gpg with no power but over its home from now on (PGP_SERVER; see
   keys/confined-gpg.c).  Only root, or a process that has nothing to give up,
   can do this.  */
gpg_error_t pgp_confine (pgp_t pgp);

/* Write the gpg.conf of a server-side home to the folder HOME, which exists;
   and check that HOME has it, else GPG_ERR_CONFLICT.  Further lines are
   allowed (the tests add ignore-time-conflict).  */
gpg_error_t pgp_home_write (const char *home);
gpg_error_t pgp_home_check (const char *home);

/* Why the folder HOME, which exists, is not such a home, and what to do, to
   be freed with gpgrt_free.  NULL if it is one, or cannot be read.  */
char *pgp_home_objection (const char *home);

/* When the keys in the folder HOME, or what it says about them, last changed:
   Unix time in microseconds; 0 if it has none.  */
uint64_t pgp_home_changed (const char *home);

/* Sign the text with the key SIGNER (a fingerprint) and encrypt it to the
   keys in the files KEYFILES (binary exports, one primary key each;
   ended by NULL), as hidden recipients if HIDDEN.  Binary mode, no
   compression, no armour.  */
gpg_error_t pgp_sign_encrypt (pgp_t pgp, const char *signer,
                              const char *const *keyfiles, bool hidden,
                              const void *text, size_t textlen,
                              unsigned char **r_msg, size_t *r_len);

/* The same in two steps, for a text that is signed with keys of more than
   one home: make the inside, signed by one key, and encrypt an inside as it
   is.  */
gpg_error_t pgp_sign (pgp_t pgp, const char *signer,
                      const void *text, size_t textlen,
                      unsigned char **r_blob, size_t *r_len);
gpg_error_t pgp_wrap (pgp_t pgp, const char *const *keyfiles, bool hidden,
                      const void *blob, size_t bloblen,
                      unsigned char **r_msg, size_t *r_len);

/* Decrypt the LEN bytes at MSG, which framing_check_outer has passed, into
   BUF, *R_LEN of SIZE bytes, and leave the OpenPGP message inside as it is.
   Nothing of the inside is verified.
     GPG_ERR_NO_SECKEY       it is for none of the home's keys
     GPG_ERR_WRONG_SECKEY    there are hidden recipients, and none of them is
                             one of the home's keys
     GPG_ERR_TOO_LARGE       more than SIZE bytes
     GPG_ERR_DECRYPT_FAILED  it, or its integrity check, failed
     GPG_ERR_NO_AGENT        the agent does not answer
     GPG_ERR_GENERAL         gpg itself does not work
   and for a person what their agent, pinentry or card said.  */
gpg_error_t pgp_unwrap (pgp_t pgp, const void *msg, size_t len,
                        void *buf, size_t size, size_t *r_len);

/* True if the agent of the home (PGP_PERSON: the one that gpg would use) can
   be reached and greets within PGP's deadline or ten seconds.  It is not
   started.  */
bool pgp_agent_answers (pgp_t pgp);

struct pgp_signer
{
  char primary[NETSPEC_FPRLEN + 1];     /* Primary fingerprint.  */
  char signing[NETSPEC_FPRLEN + 1];     /* Of the key that signed.  */
};

/* Verify the LEN bytes at BLOB, which framing_check_inner has passed: exactly
   SIGNERS valid signatures, class 0x00, digest SHA-256 or better, by keys
   that may sign and are neither expired, revoked, disabled nor unknown; no
   other status.  The text goes to BUF, *R_LEN of SIZE bytes.  R_SIGNER takes
   SIGNERS elements; after a failure each tells as much as is known (for an
   unknown key only SIGNING), and is empty if gpg found no signature that
   fits.  On failure *R_WHY is a constant text for the audit, and the error is
   one of
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
   and GPG_ERR_NOT_OPERATIONAL, or one of memory or the system, if gpg did not
   come to a verdict.  What GnuPG does not report with the signature (that a
   key is disabled) is looked up in another run of gpg, and kept until the
   home's files change.  */
gpg_error_t pgp_verify (pgp_t pgp, const void *blob, size_t len,
                        unsigned int signers, struct pgp_signer *r_signer,
                        void *buf, size_t size, size_t *r_len,
                        const char **r_why);

struct pgp_subkey
{
  char fpr[NETSPEC_FPRLEN + 1];
  char algorithm[32];
  uint64_t created;
  uint64_t expires;                     /* 0: never.  */
  bool revoked, expired;
  bool can_sign, can_encrypt;           /* What it was made for.  */
  bool also_signs;                      /* It was made to certify, sign or
                                           authenticate.  */
  bool known;                           /* A server can read it: see below. */
};

/* What a person may want to know about a public key.  A server reads by
   itself (openpgp/openpgp-key.h) RSA of 2048 to 8192 bits, ECDSA and ECDH on
   the curves of NIST, Brainpool and secp256k1, Ed25519 and Curve25519: these
   algorithms are "known".  */
struct pgp_key
{
  char fpr[NETSPEC_FPRLEN + 1];
  char algorithm[32];                   /* "ed25519", "rsa4096".  */
  unsigned int bits;
  uint64_t created;
  uint64_t expires;                     /* 0: never.  */
  bool revoked, expired, disabled, invalid;
  bool can_sign, can_encrypt;           /* Some usable (sub)key can.  */
  bool weak;                            /* It or a usable subkey is DSA, or
                                           RSA or Elgamal under 2048 ...  */
  char weak_algorithm[32];              /* ... as this one is.  */
  bool known;                           /* The primary key's algorithm is.  */
  bool known_sign;                      /* Some usable (sub)key that is known
                                           can sign.  */
  struct pgp_odd
  {
    char fpr[NETSPEC_FPRLEN + 1];
    char algorithm[32];
  } odd;                                /* A usable (sub)key that can sign and
                                           is not known; empty: none.  */
  bool old_digest;                      /* Only set by pgp_key_peek: it cannot
                                           be used because signatures with
                                           SHA-1 or older do not count.  */
  bool old_revocation;                  /* Likewise: such a signature revokes
                                           it, or a subkey in use.  */
  bool secret;                          /* The home has a secret part.  */
  char encrypt_fpr[NETSPEC_FPRLEN + 1]; /* Newest usable subkey.  */
  unsigned int session_size;            /* Most bytes that encrypting to it
                                           adds to a message.  */
  unsigned int sign_size;               /* Most bytes of a signature.  */
  uint64_t sign_expires;                /* When the last usable (sub)key that
                                           signs expires; 0: never.  */
  uint64_t encrypt_expires;             /* Likewise, that encrypts.  */
  unsigned int n_uids;
  char **uid;                           /* Printable.  */
  unsigned int n_subkeys;               /* Besides the primary key.  */
  struct pgp_subkey *subkey;
};
typedef struct pgp_key *pgp_key_t;
void pgp_key_release (pgp_key_t key);

/* Look up PATTERN in the home, with SECRET among the secret keys only.  (In
   a server's home only this sets the field secret: otherwise the agent is
   not asked.)  *R_KEY is to be released with pgp_key_release.
   GPG_ERR_NOT_FOUND, or GPG_ERR_AMBIGUOUS_NAME if several match.  */
gpg_error_t pgp_key_find (pgp_t pgp, const char *pattern, bool secret,
                          pgp_key_t *r_key);

/* All keys of the home, ended by NULL, to be released with
   pgp_list_release.  */
gpg_error_t pgp_key_list (pgp_t pgp, bool secret, pgp_key_t **r_list);

/* Release such a list; NULL is ignored.  */
void pgp_list_release (pgp_key_t *list);

/* Examine DATA, which may be armoured, without importing it: exactly one
   primary key, else GPG_ERR_AMBIGUOUS_NAME or GPG_ERR_NO_PUBKEY.  The
   signatures on it are examined as well: GnuPG ignores those with SHA-1, and
   so a revocation that was made with it.  GPG_ERR_UNKNOWN_VERSION for a key
   newer than version 4.  */
gpg_error_t pgp_key_peek (pgp_t pgp, const void *data, size_t len,
                          pgp_key_t *r_key);

/* The highest version of a key or subkey in DATA, which may be armoured; 0 if
   there is none.  */
unsigned int pgp_data_version (const void *data, size_t len);

/* The fingerprint of the version 4 key that the packets in DATA begin with,
   and of the version 4 key whose packet has this BODY (RFC 4880, section
   12.2).  GPG_ERR_BAD_DATA.  */
gpg_error_t pgp_primary_fpr (const void *data, size_t len,
                             char fpr[NETSPEC_FPRLEN + 1]);
gpg_error_t pgp_packet_fpr (const unsigned char *body, size_t len,
                            char fpr[NETSPEC_FPRLEN + 1]);

/* Check by our own reading that DATA, one key of version 4, has exactly the
   parts that KEY has, in the same order; else GPG_ERR_BAD_PUBKEY.  */
gpg_error_t pgp_key_compare (pgp_key_t key, const void *data, size_t len);

/* pgp_key_peek for many keys at once, which follow one another in DATA
   without armour.  *R_LIST has them in that order, ended by NULL.
   GPG_ERR_AMBIGUOUS_NAME if gpg does not take each of them for a key.  */
gpg_error_t pgp_keys_peek (pgp_t pgp, const void *data, size_t len,
                           pgp_key_t **r_list);

/* Import DATA, any number of public keys, minimally.  Only the home shows
   which of them gpg accepted.  */
gpg_error_t pgp_keys_import (pgp_t pgp, const void *data, size_t len);

/* Import DATA, exactly one public key, minimally (no third-party
   signatures).  GPG_ERR_BAD_PUBKEY if it holds secret parts, and the errors
   of pgp_key_peek.  */
gpg_error_t pgp_key_import (pgp_t pgp, const void *data, size_t len);

/* Export the key whose primary key is FPR minimally.  GPG_ERR_NOT_FOUND, or
   GPG_ERR_AMBIGUOUS_NAME if FPR is a subkey of several.  */
gpg_error_t pgp_key_export (pgp_t pgp, const char *fpr,
                            unsigned char **r_data, size_t *r_len);

/* The body of the packet of the subkey SUBFPR of the key FPR, both of version
   4 (RFC 4880, section 5.5.2).  GPG_ERR_NOT_FOUND.  */
gpg_error_t pgp_subkey_packet (pgp_t pgp, const char *fpr, const char *subfpr,
                               unsigned char **r_body, size_t *r_len);

/* Export all keys of the home minimally, at most MAX bytes
   (GPG_ERR_TOO_LARGE).  GPG_ERR_NOT_FOUND if there is none.  */
gpg_error_t pgp_keys_export (pgp_t pgp, size_t max, unsigned char **r_data,
                             size_t *r_len);

/* Write the keys with the fingerprints FPRS (at least one, ended by NULL),
   armoured and minimal, to FD.  GPG_ERR_NOT_FOUND if the home has none of
   them.  */
gpg_error_t pgp_key_export_text (pgp_t pgp, const char *const *fprs, int fd);

/* Delete the public key FPR, which must not have a secret part.  */
gpg_error_t pgp_key_delete (pgp_t pgp, const char *fpr);

/* Make an Ed25519 primary key (certify, sign) with a Cv25519 subkey, without
   a passphrase, never expiring; the fingerprint goes to R_FPR.  */
gpg_error_t pgp_key_generate (pgp_t pgp, const char *uid,
                              char r_fpr[NETSPEC_FPRLEN + 1]);

/* What gpg says about a part of a public key.  */
struct pgp_judged_part
{
  char fpr[NETSPEC_FPRLEN + 1];
  uint64_t expires;                     /* Unix seconds; 0: never.  */
  bool revoked, expired, disabled;
  bool invalid;                         /* No good signature binds it.  */
  bool can_sign;
};

struct pgp_judged
{
  size_t n;
  struct pgp_judged_part *part;         /* The primary key first.  */
};

/* Have gpg judge the public keys with the fingerprints FPRS (ended by NULL),
   or if that is NULL all of the home, in one run.  PGP's deadline is for each
   key.  *R_LIST, *R_N keys in the order of the keyring, is to be released
   with pgp_judged_release.  After an error it holds those that gpg had judged
   before; it is NULL if gpg could not be started.  */
gpg_error_t pgp_judge (pgp_t pgp, const char *const *fprs,
                       struct pgp_judged **r_list, size_t *r_n);

/* The same for the keys in DATA, at least one byte of packets, which the home
   need not have.  That a key is disabled, only the home can say.  */
gpg_error_t pgp_judge_data (pgp_t pgp, const void *data, size_t len,
                            struct pgp_judged **r_list, size_t *r_n);

void pgp_judged_release (struct pgp_judged *list, size_t n);

/* Limit KEY to what STRICT says, which is the same key without some of its
   signatures, or NULL if nothing was left of it.  */
void pgp_judged_limit (struct pgp_judged *key,
                       const struct pgp_judged *strict);

/* Remove the weak signatures from the public keys in DATA, in place, and
   then each key that has no other self-signature: gpg lists a key whose user
   IDs nothing binds as if it could do all that its algorithm can.  *R_LEN is
   how many of the LEN bytes are left.  */
gpg_error_t pgp_drop_weak (unsigned char *data, size_t len, size_t *r_len);

/* The fingerprint of the version 4 key that the packets in DATA begin
   with.  */
gpg_error_t pgp_primary_fpr (const void *data, size_t len,
                             char fpr[NETSPEC_FPRLEN + 1]);

/* Where the secret of a part of a key (primary key or subkey) is.  */
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
  char algorithm[32];
  char grip[PGP_GRIPLEN + 1];           /* The agent's name for it.  */
  uint64_t created;
  bool signs, encrypts;                 /* It can do so now.  */
  bool also_signs;                      /* As in pgp_subkey.  */
  bool weak, known;
  enum pgp_where where;
};

/* The parts of the caller's key FPR, the primary key first.  PGP must be
   PGP_PERSON with the default home.  GPG_ERR_NOT_FOUND if none of them has a
   secret, GPG_ERR_UNKNOWN_VERSION if one is not of version 4.  */
gpg_error_t pgp_secret_parts (pgp_t pgp, const char *fpr,
                              struct pgp_part **r_parts, size_t *r_n);

/* Copy the key FPR, whose N parts are PARTS, from there to TO, a PGP_SERVER
   home: parts on the disk with their secret, parts on a card as the entry
   that names the card.  The person's agent asks for the passphrase of a part
   that has one, and the copy keeps it.  GPG_ERR_CANCELED if the person does
   not enter it.  */
gpg_error_t pgp_secret_copy (pgp_t from, const char *fpr,
                             const struct pgp_part *parts, size_t n,
                             pgp_t to);

/* Copy the secret encryption subkey SUBFPR of FROM, and no other secret, to
   TO; both are PGP_SERVER homes.  Then prove that TO holds no other secret
   (GPG_ERR_UNUSABLE_SECKEY), and forbid its gpg to start an agent by itself:
   posternd starts the agent of that home.  */
gpg_error_t pgp_subkey_copy (pgp_t from, const char *subfpr, pgp_t to);

#endif /*POSTERN_PGP_H*/
