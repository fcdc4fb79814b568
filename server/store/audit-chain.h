/* audit-chain.h - The chain in the store.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A row enters the chain when nothing in it will change any more; one
 * that a crash kept out enters at the next start.  What is pruned is its
 * oldest part, and the hash of the last row that went stays as the base
 * from which the rest can be proven.  */

#ifndef POSTERN_AUDIT_CHAIN_H
#define POSTERN_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "chain.h"
#include "store.h"

/* The columns of audit between row and blob, in the order of
   chain_columns.  */
#define AUDIT_COLUMNS "time, host, result, stage, reason, user, fpr, source," \
  " sport, address, action, ports, rule, request, until, count, detail"

/* A place in the chain: the SEQ-th row ever, and its hash.  */
struct chain_link
{
  uint64_t seq;                 /* 0: before the first.  */
  unsigned char hash[CHAIN_HASHLEN];
};

typedef struct audit_chain_s *audit_chain_t;

/* STORE stays the caller's.  Adds what is final and not in the chain.  */
gpg_error_t audit_chain_open (store_t store, audit_chain_t *r_chain);
/* Of a copy, which is only read.  */
gpg_error_t audit_chain_open_copy (store_t store, audit_chain_t *r_chain);
void audit_chain_close (audit_chain_t chain);

/* The same later, in transactions of its own.  */
gpg_error_t audit_chain_catch_up (audit_chain_t chain);

/* Within a transaction: ROW is new, and has to enter the chain.  */
gpg_error_t audit_chain_note (audit_chain_t chain, int64_t row);

/* Within a transaction: add ROW, unless it is not final or is there.  Once
   it is committed call audit_chain_settle, else audit_chain_forget.  */
gpg_error_t audit_chain_add (audit_chain_t chain, int64_t row);
void audit_chain_settle (audit_chain_t chain);
void audit_chain_forget (audit_chain_t chain);

/* Whether ROW is in the chain, and so must stay as it is.  */
gpg_error_t audit_chain_has (audit_chain_t chain, int64_t row, bool *r_has);

struct chain_age
{
  uint64_t now;                 /* Unix seconds.  */
  uint64_t oldest;              /* What is from before it may go.  */
};

/* Within a transaction: drop the oldest rows, at most MOST, as long as they
   are old; *R_N is how many.  A row from the future is as old as the first that
   came after it and is not.  */
gpg_error_t audit_chain_prune (audit_chain_t chain,
                               const struct chain_age *age,
                               unsigned int most, unsigned int *r_n);

/* Where the chain begins and ends.  */
gpg_error_t audit_chain_base (audit_chain_t chain,
                              struct chain_link *r_base);
void audit_chain_head (audit_chain_t chain, struct chain_link *r_head);

/* Rows that are not in the chain yet.  */
gpg_error_t audit_chain_count_open (audit_chain_t chain, uint64_t *r_n);

/* Hand at most MOST rows after the AFTER-th, up to the LAST-th, to ROW, until
   it gives an error: seq, hash and the columns of chain_columns.  */
gpg_error_t audit_chain_read (audit_chain_t chain, uint64_t after,
                              uint64_t last, unsigned int most,
                              database_row_t row, void *hook);

#endif /*POSTERN_AUDIT_CHAIN_H*/
