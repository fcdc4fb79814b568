/* store.h - The database of decide: claims, their horizon, the audit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SQLite with WAL.  One process at a time has it, which the file's lock
 * enforces.  A transaction is durable when store_commit returns, where
 * store_begin was asked for that.  */

#ifndef POSTERN_STORE_H
#define POSTERN_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "continuity.h"
#include "query.h"
#include "spans.h"
#include "../role/store-file.h"

typedef struct store_s *store_t;

struct store_claim
{
  unsigned char hash[REQUEST_HASHLEN];
  uint64_t time;                /* As signed.  */
  uint64_t seq;                 /* In the order in which they were made.  */
  int64_t made;                 /* Boottime.  */
  bool timely;                  /* In its window when it was made.  */
};

/* The one row of the table meta.  */
struct store_meta
{
  struct claim_mark newest;
  uint64_t claims;              /* Rows of the table.  */
  bool lost;                    /* Waits for a reset: see replay.h.  */
  unsigned char boot_id[CLOCK_BOOTLEN]; /* Of the last start, */
  uint64_t boot_seq;            /* and the newest claim of before it.  */
};

/* Open DIR/store.db, or make it (*R_FRESH).  GPG_ERR_UNKNOWN_VERSION for
   another program's or a newer one, GPG_ERR_EBUSY if another process has
   it, GPG_ERR_BAD_DATA if it is damaged.  */
gpg_error_t store_open (const char *dir, store_t *r_store, bool *r_fresh);
/* Open the copy of a store at PATH, only to read what chain and audit hold:
   its schema may be a stranger's.  GPG_ERR_BAD_DATA for another program's or
   version's, GPG_ERR_EBUSY if a posternd has it, GPG_ERR_EACCES where SQLite
   cannot write beside it, which it needs to read a WAL.  */
gpg_error_t store_open_copy (const char *path, store_t *r_store);
void store_close (store_t store);

gpg_error_t store_read_meta (store_t store, struct store_meta *meta);

/* Within a transaction.  */
gpg_error_t store_write_meta (store_t store, const struct store_meta *meta);

/* DURABLE: store_commit syncs.  store_rollback is for any state.  */
gpg_error_t store_begin (store_t store, bool durable);
gpg_error_t store_commit (store_t store);
void store_rollback (store_t store);
/* Commit, or where ERR has spoilt it, or store_begin did not begin it, roll
   back.  Returns ERR, or the error of the commit.  */
gpg_error_t store_end (store_t store, gpg_error_t err);

/* Claim it; *R_NEW is false if its hash was claimed before.  */
gpg_error_t store_claim (store_t store, const struct store_claim *claim,
                         bool *r_new);

/* True in *R_FOUND if HASH is claimed.  */
gpg_error_t store_find (store_t store,
                        const unsigned char hash[REQUEST_HASHLEN],
                        bool *r_found);

/* Up to MOST claims from number FIRST to LAST, in that order, to CLAIMS,
   which has room for them.  */
gpg_error_t store_list_claims (store_t store, uint64_t first, uint64_t last,
                               unsigned int most,
                               struct store_claim *claims,
                               unsigned int *r_n);

/* Let go of the claim of HASH.  */
gpg_error_t store_drop_claim (store_t store,
                              const unsigned char hash[REQUEST_HASHLEN]);

/* The times that are refused for ever.  To write them is within a
   transaction.  */
gpg_error_t store_read_spans (store_t store, struct spans *spans);
gpg_error_t store_write_spans (store_t store, const struct spans *spans);

/* Move what is in the WAL to the database if that is much.  Not on a
   packet's way, for it syncs.  */
void store_checkpoint (store_t store);

/* For those who have tables of their own in it (query.h).  */
sqlite3 *store_db (store_t store);

/* Run SQL, which gives no row, with its values (query.h) in a transaction of
   its own.  */
gpg_error_t store_run (store_t store, bool durable, const char *sql,
                       const char *format, ...);

#endif /*POSTERN_STORE_H*/
