/* audit-parts.h - What the files of the audit share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_AUDIT_PARTS_H
#define POSTERN_AUDIT_PARTS_H

#include "../ipc/refusal.h"
#include "audit-chain.h"
#include "audit-row.h"
#include "clock.h"

/* Slots by reason, signer and address; behind them those for a reason from
   anywhere.  */
#define AUDIT_EXACT 64
#define AUDIT_ALIKE (AUDIT_EXACT + 48)

struct audit_alike
{
  enum refusal refusal;         /* REFUSAL_NONE: the slot is free.  */
  int64_t first;                /* Boottime.  */
  struct audit_row row;
  int64_t inserted;             /* Row that this transaction gave it.  */
  bool waits;                   /* To be written.  */
  bool ends;                    /* Its row is final then.  */
  uint32_t told;                /* Of its count.  */
};

struct audit_s
{
  store_t store;
  const char *host;
  struct audit_tell_s *tell;    /* NULL: nobody else is told.  */
  unsigned int keep;
  sqlite3_stmt *insert, *update;
  sqlite3_stmt *last, *blob;    /* NULL: not prepared yet.  */
  sqlite3_stmt *size, *told;    /* The same.  */
  audit_chain_t chain;
  struct audit_row *queue;
  size_t queue_len, queue_size;
  uint64_t dropped;             /* Rows lost while nothing can be written. */
  struct audit_alike alike[AUDIT_ALIKE];
  bool alike_waits;
  struct
  {
    uint64_t n;
    bool seen;
    int64_t written;            /* Boottime.  */
  } counts[REFUSAL_COUNTED];
  int64_t flushed;              /* Boottime.  */
  int64_t pruned;               /* Boottime; 0: never.  */
  uint64_t credit;              /* Rows that may go, times KEEP in
                                   microseconds.  */
  gpg_err_code_t trouble;       /* Of the last flush.  */
};

/* Within a transaction.  */
gpg_error_t audit_insert (struct audit_s *audit, const struct audit_row *row,
                          const void *blob, size_t len, int64_t *r_row);
gpg_error_t audit_update (struct audit_s *audit, const struct audit_row *row);

/* In audit-counted.c: end what has been counted for long enough (NOW is NULL:
   all), write what changed within a transaction, and when that is done.  */
void audit_counted_end (struct audit_s *audit, const struct clock_reading *now);
gpg_error_t audit_counted_write (struct audit_s *audit);
void audit_counted_settle (struct audit_s *audit);

#endif /*POSTERN_AUDIT_PARTS_H*/
