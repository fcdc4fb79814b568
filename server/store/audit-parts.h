/* audit-parts.h - What the files of the audit share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_AUDIT_PARTS_H
#define POSTERN_AUDIT_PARTS_H

#include <jansson.h>
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

/* In audit-json.c: rows and what is said of them, as lines of JSON.  */
struct audit_output
{
  audit_line_t line;
  void *hook;
  bool ids;                     /* A request's short ID is a member too.  */
};

/* Hand OBJECT, which is released, to the output as a line.  */
gpg_error_t audit_put_object (const struct audit_output *output,
                              json_t *object);
/* Hand on the row of STMT: each column that is not NULL is a member.  OUTPUT
   is a struct audit_output (a database_row_t).  */
gpg_error_t audit_put_row (void *output, sqlite3_stmt *stmt);
/* NULL without memory.  */
json_t *audit_hash_json (const unsigned char hash[CHAIN_HASHLEN]);

#endif /*POSTERN_AUDIT_PARTS_H*/
