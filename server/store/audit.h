/* audit.h - Every decision is one row.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The row of a request is written within the transaction that claims it,
 * with the result "claimed", and completed when it is known what came of
 * it; that write waits for no disk.  A row that a crash left "claimed"
 * becomes "unknown" at the next start.  One that says "running" is that of
 * a command (receipts.h), which may outlive decide: it is completed when
 * act has told how the command ended, or that nobody knows.  A row that is
 * complete never changes again, for its hash is in the chain.  What fails
 * before the claim is counted: refusals of ten seconds that have reason,
 * signer and address in common are one row, as are what a person
 * makes too many of in a minute.  */

#ifndef POSTERN_AUDIT_H
#define POSTERN_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "audit-chain.h"
#include "audit-row.h"
#include "clock.h"
#include "../ipc/packets.h"
#include "../ipc/refusal.h"
#include "store.h"

#define AUDIT_MAX_ROWS 500      /* Of one answer.  */

typedef struct audit_s *audit_t;

/* STORE and HOST stay the caller's.  KEEP is in seconds; 0: for ever.  */
gpg_error_t audit_open (store_t store, const char *host, unsigned int keep,
                        audit_t *r_audit);
void audit_close (audit_t audit);       /* Flushes.  */

/* Tell TELL (audit-tell.h), which stays the caller's, of each row from now
   on: as it is put, and of what is counted the first at once and the others
   when their time is over.  */
struct audit_tell_s;
void audit_set_tell (audit_t audit, struct audit_tell_s *tell);

/* At the start, when the table of approvals.h is there: the rows of requests
   that were pending and no longer wait become "unknown".  */
gpg_error_t audit_end_pending (audit_t audit);

/* Insert the row of a request that is being claimed, within the
   transaction of the claim, with the signed blob; sets ROW->row.  */
gpg_error_t audit_claim (audit_t audit, struct audit_row *row,
                         const void *blob, size_t len);

/* Write ROW with the next flush: completes the one that it names, or
   inserts it.  One that is in the chain stays as it is, and what is known
   later of it is a row of its own.  */
void audit_put (audit_t audit, const struct audit_row *row);

/* A row of the result "event".  */
void audit_event (audit_t audit, const struct clock_reading *now,
                  const char *stage, const char *what);

/* What was done to the roster.  */
struct audit_note
{
  const char *action;           /* enroll, update, replace, revoke or
                                   group.  */
  const char *user;
  const char *fpr;              /* NULL: not told.  */
  const char *by;               /* Who did it; NULL: not told.  */
  const char *why;              /* NULL: not told.  */
  const char *outcome;          /* What came of it besides; NULL.  */
};

/* The row of NOTE, whose strings are clean (encode_is_clean); USER must
   last as in a row.  GPG_ERR_INV_VALUE for another action.  */
gpg_error_t audit_note (audit_t audit, const struct clock_reading *now,
                        const struct audit_note *note);

/* Count a refusal from before the claim; ROW tells what is known of it.  */
void audit_refused (audit_t audit, const struct clock_reading *now,
                    enum refusal refusal, const struct audit_row *row);
/* What capture let fall.  */
void audit_counts (audit_t audit, const struct packet_counts *counts);

/* Write what waits, if it is time to; *R_WAIT is when to come again, in
   milliseconds (-1: nothing waits).  FORCE: now.  */
void audit_flush (audit_t audit, const struct clock_reading *now, bool force,
                  int *r_wait);

/* Let go rows that are older than KEEP, about once a second, but only while
   the clock has not been stepped lately.  However it stands, at most a
   quarter of all rows goes in a hundredth of KEEP by CLOCK_BOOTTIME, so that
   a clock that stays ahead does not take them away before somebody
   notices.  */
void audit_prune (audit_t audit, const struct clock_reading *now);

/* Let go the oldest rows while all take more than MAX bytes (0: no limit),
   about once a second and however the clock stands.  It is told once that
   they go, and again when half of MAX was free meanwhile.  */
void audit_limit (audit_t audit, const struct clock_reading *now,
                  uint64_t max);

/* Which rows to read.  NULL and 0: no condition; TIMES are Unix seconds. */
struct audit_filter
{
  int64_t after;
  unsigned int limit;           /* At most AUDIT_MAX_ROWS; 0: that many. */
  unsigned int last;            /* The newest so many; 0: from AFTER on.  */
  uint64_t since, until;
  bool has_until;
  const char *user, *source, *result, *host;
};

/* One JSON object without an LF.  An error ends the reading; with
   GPG_ERR_EAGAIN the line was taken, and no more are wanted for now.  */
typedef gpg_error_t (*audit_line_t) (void *hook, const char *json);

/* How far a reading of the audit has come.  All zero before its first
   slice.  */
struct audit_cursor
{
  bool begun;
  bool back;                    /* The newest rows are being looked for... */
  unsigned int found;           /* ... and so many of them are found...  */
  int64_t low;                  /* ... among the rows after this one.  */
  int64_t first;                /* The first row to look at.  */
  int64_t row;                  /* The last that was looked at.  */
  int64_t end;                  /* The last to look at.  */
  unsigned int left;            /* Rows that are still wanted.  */
};

/* Hand the next slice of the rows of FILTER to LINE: a bounded number of
   rows is looked at, and no transaction is left open, so the caller decides
   when the next one is due.  *R_DONE: it was the last.  */
gpg_error_t audit_read (audit_t audit, const struct audit_filter *filter,
                        struct audit_cursor *cursor, audit_line_t line,
                        void *hook, bool *r_done);

/* The same for the rows in the order of the chain (see audit-chain.h), whole
   and with their hashes.  All zero before its first slice, but for AFTER:
   the rows after the AFTER-th are wanted.  */
struct audit_chain_cursor
{
  bool begun;
  uint64_t after;               /* The last row that was handed on.  */
  struct chain_link head;       /* The last one to hand on.  */
};

/* The next slice, up to what was the head of the chain at the first one.
   The first line tells where the chain begins and ends, the last that all
   of it was handed on.  GPG_ERR_EBUSY: rows after CURSOR->after were pruned
   before they could be handed on.  */
gpg_error_t audit_read_chain (audit_t audit,
                              struct audit_chain_cursor *cursor,
                              audit_line_t line, void *hook, bool *r_done);

/* The signed blob of USER's request with the hash REQUEST, which was
   claimed, goes to BUF.  GPG_ERR_NOT_FOUND where there is none (left).  */
gpg_error_t audit_blob (audit_t audit, const char *user,
                        const unsigned char request[REQUEST_HASHLEN],
                        unsigned char buf[PACKET_BLOBLEN], size_t *r_len);

/* The whole chain of a copy of the store (store_open_copy), for who has
   nothing else of the server.  */
gpg_error_t audit_read_copy (store_t store, audit_line_t line, void *hook);

/* The last request that USER made and that was claimed; no line where
   there is none.  */
gpg_error_t audit_last (audit_t audit, const char *user, audit_line_t line,
                        void *hook);

#endif /*POSTERN_AUDIT_H*/
