/* pgp-local.h - What the files of pgp share.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_PGP_LOCAL_H
#define POSTERN_PGP_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <gpgme.h>
#include "pgp.h"

#define PGP_SLOTS 16            /* Descriptors of one operation.  */
#define PGP_CHILDREN 64

/* A descriptor that gpgme wants to be told about.  */
struct pgp_slot
{
  bool used;
  int fd;
  bool reads;
  gpgme_io_cb_t fnc;
  void *fnc_data;
};

struct pgp_pids
{
  size_t n;
  pid_t pid[PGP_CHILDREN];
};

struct pgp_cache;

struct pgp_s
{
  enum pgp_side side;
  char *home;                   /* NULL: the default one.  */
  unsigned int deadline_ms;     /* 0: none.  */
  bool patient;                 /* Each key found renews the deadline.  */
  pgp_watch_t watch;            /* NULL: none.  */
  gpgme_ctx_t ctx;

  struct pgp_slot slot[PGP_SLOTS];
  bool done;
  gpg_error_t result;

  struct pgp_pids foreign;      /* Children that are not ours.  */
  struct pgp_pids started;      /* Ours that were alive at the last look.  */

  size_t n_found;               /* Keys of a listing.  */
  gpgme_key_t *found;

  struct pgp_cache *cache;      /* Of pgp-cache.c; NULL: none.  */
  void (*cache_release) (struct pgp_cache *cache);
};

/* True for a whole fingerprint as gpg writes it.  */
bool pgp_is_fpr (const char *text);

/* Run one operation: pgp_begin, then the gpgme_op_..._start function, then
   pgp_finish with its error.  pgp_finish waits for the end, at most until the
   deadline, and returns the operation's error.  */
gpg_error_t pgp_begin (pgp_t pgp);
gpg_error_t pgp_finish (pgp_t pgp, gpg_error_t err);

/* List the keys for PATTERN (NULL: all) into pgp->found, which lasts until
   the next pgp_begin.  MODE adds to GPGME_KEYLIST_MODE_LOCAL.  */
gpg_error_t pgp_list (pgp_t pgp, const char *pattern, bool secret,
                      gpgme_keylist_mode_t mode);

/* The same for public keys, judged without their signatures by SHA-1 or an
   older digest: a part that only such a signature binds is "invalid", and
   none lasts longer or can do more than the other signatures say.  It costs
   one or two more runs of gpg.  */
gpg_error_t pgp_list_strict (pgp_t pgp, const char *pattern);

/* List the keys in DATA, without importing them, into pgp->found.  For data
   that holds no key gpg fails in one way or another.  */
gpg_error_t pgp_list_data (pgp_t pgp, const void *data, size_t len);

/* Release the keys in pgp->found.  */
void pgp_forget_keys (pgp_t pgp);

/* Copy FPR to TO if it is a whole fingerprint; else TO is left alone.  */
void pgp_copy_fpr (char to[NETSPEC_FPRLEN + 1], const char *fpr);

/* A key, or all of pgp->found, in our own form.  *R_LIST ends with NULL; the
   results are to be released.  */
gpg_error_t pgp_copy_key (gpgme_key_t from, pgp_key_t *r_key);
gpg_error_t pgp_copy_found (pgp_t pgp, pgp_key_t **r_list);

/* A data object that gpgme writes to, of at most SIZE bytes.  BUF is the
   caller's.  */
struct pgp_sink
{
  unsigned char *buf;
  size_t size;
  size_t len;
  bool over;                    /* There was more than SIZE bytes.  */
  gpgme_data_t data;
};
gpg_error_t pgp_sink_open (struct pgp_sink *sink, void *buf, size_t size);
void pgp_sink_close (struct pgp_sink *sink);

/* True for a part of a key that is neither revoked, expired, disabled nor
   invalid.  True for one that is DSA, or RSA or Elgamal under 2048 bits.  True
   for an algorithm that a server can read.  */
bool pgp_is_usable (gpgme_subkey_t sub);
bool pgp_is_weak (gpgme_subkey_t sub);
bool pgp_is_known (gpgme_subkey_t sub);

/* True if it may certify, sign or authenticate.  */
bool pgp_also_signs (gpgme_subkey_t sub);

/* Its algorithm as gpg calls it ("ed25519", "rsa4096"), and if it is RSA by a
   number of its own (RFC 4880, section 9.1), for what.  */
void pgp_copy_algorithm (char to[32], gpgme_subkey_t sub);

/* Import the LEN bytes at DATA as they are: any number of keys, what came
   of which is not looked at; or one, where GPG_ERR_NO_PUBKEY means that gpg
   took none, and gpg's own error that it refused it.  */
gpg_error_t pgp_import_all (pgp_t pgp, const void *data, size_t len);
gpg_error_t pgp_import_one (pgp_t pgp, const void *data, size_t len);

/* Export PATTERN (NULL: all) into SINK.  GPG_ERR_TOO_LARGE if it does not
   fit, GPG_ERR_NOT_FOUND if there is nothing.  */
gpg_error_t pgp_run_export (pgp_t pgp, const char *pattern,
                            gpgme_export_mode_t mode, struct pgp_sink *sink);

/* Copy the secret keys for PATTERN, exported in MODE, from one home to
   another, through SIZE bytes of secret memory.  */
gpg_error_t pgp_copy_secret (pgp_t from, const char *pattern,
                             gpgme_export_mode_t mode, size_t size,
                             pgp_t to);

/* The most bytes of a session key packet to the subkey, and of a signature
   packet by it, with their headers.  */
unsigned int pgp_size_session (gpgme_subkey_t sub);
unsigned int pgp_size_signature (gpgme_subkey_t sub);

/* The processes of an operation (PGP_SERVER only); see pgp-child.c.  */
gpg_error_t pgp_children_before (pgp_t pgp);
void pgp_children_limit (pgp_t pgp);
void pgp_children_after (pgp_t pgp);
void pgp_children_kill (pgp_t pgp);
void pgp_children_end (pgp_t pgp);

/* The key with the fingerprint PRIMARY, which belongs to the cache and
   lasts until the next call.  GPG_ERR_NO_PUBKEY.  */
gpg_error_t pgp_cache_find (pgp_t pgp, const char *primary,
                            gpgme_key_t *r_key);

/* The same for the key whose primary key or subkey is FPR.  All keys of the
   home are looked up, unless they are in the cache.  */
gpg_error_t pgp_cache_find_part (pgp_t pgp, const char *fpr,
                                 gpgme_key_t *r_key, gpgme_subkey_t *r_sub);

/* *R_SHARED tells whether the subkey FPR of the key PRIMARY is also part of
   another key.  */
gpg_error_t pgp_cache_is_shared (pgp_t pgp, const char *primary,
                                 const char *fpr, bool *r_shared);

/* Write the gpg.conf of a home whose gpg may not start an agent.  */
gpg_error_t pgp_home_close (const char *home);

#endif /*POSTERN_PGP_LOCAL_H*/
