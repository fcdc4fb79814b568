/* audit.c - Every decision is one row: writing.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "audit-parts.h"
#include "audit-tell.h"

#define QUEUE_MAX 4096          /* Rows that wait while the disk is full. */
#define FLUSH_STEP ((int64_t)CLOCK_SECOND / 10)
#define PRUNE_STEP 500
#define PRUNE_PACE 24u          /* Times as fast as rows come, on average.  */
#define PRUNE_PAUSE (60 * (int64_t)CLOCK_SECOND)

#define ROW(kind, member) COLUMN_NULL (kind, struct audit_row, member)

/* ?1 to ?15 of both statements.  */
static const struct database_column row_columns[] =
  {
    ROW (NUMBER, time), ROW (TEXT, result), ROW (TEXT, stage),
    ROW (TEXT, reason), ROW (TEXT, user), ROW (STRING, fpr),
    ROW (ADDR, source), ROW (NUMBER, sport), ROW (ADDR, address),
    ROW (TEXT, action), ROW (PORTS, ports), ROW (TEXT, rule),
    ROW (NUMBER, until), ROW (NUMBER, count), ROW (STRING, detail),
    COLUMNS_END
  };

static const char sql_insert[] =
  "INSERT INTO audit (time, result, stage, reason, user, fpr, source, sport,"
  " address, action, ports, rule, until, count, detail, host, request, blob)"
  " VALUES (coalesce (?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
  " ?13, coalesce (?14, 1), ?15, ?16, ?17, ?18)";
static const char sql_update[] =
  "UPDATE audit SET result = ?2, stage = ?3, reason = ?4,"
  " user = coalesce (?5, user), address = coalesce (?9, address),"
  " rule = coalesce (?12, rule), until = ?13, count = coalesce (?14, 1),"
  " detail = ?15 WHERE row = ?16";
/* What a crash left; and the requests that were taken out of those that wait
   for approval (approvals.h) to be carried out.  */
#define SQL_UNKNOWN "UPDATE audit SET result = 'unknown', stage = 'act'," \
  " reason = 'the server stopped before it knew' WHERE result = "
static const char sql_left_over[] = SQL_UNKNOWN "'claimed'";
static const char sql_taken_out[] = SQL_UNKNOWN "'pending'"
  " AND row IN (SELECT row FROM chain_open)"
  " AND row NOT IN (SELECT row FROM waiting)";


gpg_error_t
audit_open (store_t store, const char *host, unsigned int keep,
            audit_t *r_audit)
{
  gpg_error_t err;
  audit_t audit;

  *r_audit = NULL;
  audit = calloc (1, sizeof *audit);
  if (!audit)
    return gpg_error (GPG_ERR_ENOMEM);
  audit->store = store;
  audit->host = host;
  audit->keep = keep;
  err = store_run (store, false, sql_left_over, "");
  if (gpg_err_code (err) == GPG_ERR_ENOSPC || gpg_err_code (err) == GPG_ERR_EIO)
    {
      /* A full disk must not keep us from saying so.  */
      log_warn ("cannot write the audit log: %s", gpg_strerror (err));
      err = 0;
    }
  if (!err)
    err = audit_chain_open (store, &audit->chain);
  if (err)
    audit_close (audit);
  else
    *r_audit = audit;
  return err;
}


void
audit_set_tell (audit_t audit, struct audit_tell_s *tell)
{
  audit->tell = tell;
}


gpg_error_t
audit_end_pending (audit_t audit)
{
  gpg_error_t err = store_run (audit->store, false, sql_taken_out, "");

  return err ? err : audit_chain_catch_up (audit->chain);
}


gpg_error_t
audit_insert (audit_t audit, const struct audit_row *row, const void *blob,
              size_t len, int64_t *r_row)
{
  sqlite3 *db = store_db (audit->store);
  gpg_error_t err;

  err = query_run (db, sql_insert, "cthb", row_columns, row, audit->host,
                   row->has_request ? row->request : NULL,
                   len ? blob : NULL, len);
  if (err)
    return err;
  *r_row = sqlite3_last_insert_rowid (db);
  return audit_chain_note (audit->chain, *r_row);
}


gpg_error_t
audit_update (audit_t audit, const struct audit_row *row)
{
  return query_run (store_db (audit->store), sql_update, "ci", row_columns,
                    row, row->row);
}


gpg_error_t
audit_claim (audit_t audit, struct audit_row *row, const void *blob,
             size_t len)
{
  row->result = "claimed";
  return audit_insert (audit, row, blob, len, &row->row);
}


static bool
grow_queue (audit_t audit)
{
  size_t size = audit->queue_size ? 2 * audit->queue_size : 16;
  struct audit_row *queue;

  if (audit->queue_len < audit->queue_size)
    return true;
  if (audit->queue_len >= QUEUE_MAX)
    return false;
  queue = reallocarray (audit->queue, size, sizeof *queue);
  if (!queue)
    return false;
  audit->queue = queue;
  audit->queue_size = size;
  return true;
}


void
audit_put (audit_t audit, const struct audit_row *row)
{
  audit_tell (audit->tell, audit->host, row, row->count);
  if (grow_queue (audit))
    audit->queue[audit->queue_len++] = *row;
  else if (!audit->dropped++)
    log_error ("the audit log cannot be written: rows are lost");
}


void
audit_event (audit_t audit, const struct clock_reading *now,
             const char *stage, const char *what)
{
  struct audit_row row;

  memset (&row, 0, sizeof row);
  row.time = clock_seconds (now);
  row.result = "event";
  row.stage = stage;
  row.reason = what;
  audit_put (audit, &row);
}


static void
add_detail (struct audit_row *row, const char *before, const char *text)
{
  size_t len = strlen (row->detail);

  if (text)
    snprintf (row->detail + len, sizeof row->detail - len, "%s%s%s",
              len ? "; " : "", before, text);
  encode_drop_half (row->detail);
}


gpg_error_t
audit_note (audit_t audit, const struct clock_reading *now,
            const struct audit_note *note)
{
  static const struct { const char *action, *reason; } known[] =
    {
      { "enroll", "the person was enrolled" },
      { "update", "the person's key was updated" },
      { "replace", "the person's key was replaced" },
      { "revoke", "the person was revoked" },
      { "group", "the person's groups were changed" }
    };
  struct audit_row row;
  size_t i;

  memset (&row, 0, sizeof row);
  for (i = 0; !row.action && i < sizeof known / sizeof *known; i++)
    if (!strcmp (note->action, known[i].action))
      {
        row.action = known[i].action;
        row.reason = known[i].reason;
      }
  if (!row.action)
    return gpg_error (GPG_ERR_INV_VALUE);
  row.time = clock_seconds (now);
  row.result = "event";
  row.stage = "roster";
  row.user = note->user;
  if (note->fpr)
    snprintf (row.fpr, sizeof row.fpr, "%s", note->fpr);
  add_detail (&row, "by ", note->by);
  add_detail (&row, "", note->why);
  add_detail (&row, "", note->outcome);
  audit_put (audit, &row);
  return 0;
}


/* What becomes known when the row is in the chain, or was pruned from it, is
   an event of its own.  */
static gpg_error_t
insert_late (audit_t audit, const struct audit_row *row, int64_t *r_row)
{
  struct audit_row late = *row;

  late.result = "event";
  snprintf (late.detail, sizeof late.detail, "of row %lld: %s",
            (long long)row->row, row->result);
  if (*row->detail)
    add_detail (&late, "", row->detail);
  return audit_insert (audit, &late, NULL, 0, r_row);
}


static gpg_error_t
complete_queued_row (audit_t audit, const struct audit_row *row, int64_t *r_row)
{
  bool final;
  gpg_error_t err = audit_chain_has (audit->chain, row->row, &final);

  *r_row = row->row;
  if (!err && !final)
    {
      err = audit_update (audit, row);
      final = !err && !sqlite3_changes (store_db (audit->store));
    }
  return !err && final ? insert_late (audit, row, r_row) : err;
}


static gpg_error_t
write_queue (audit_t audit)
{
  gpg_error_t err = 0;
  struct audit_row *row;
  int64_t written;
  size_t i;

  for (i = 0; !err && i < audit->queue_len; i++)
    {
      row = audit->queue + i;
      err = row->row ? complete_queued_row (audit, row, &written)
        : audit_insert (audit, row, NULL, 0, &written);
      if (!err)
        err = audit_chain_add (audit->chain, written);
    }
  return err;
}


/* It is written: the queue is empty, and what is alike knows its row.  */
static void
settle_written (audit_t audit)
{
  audit->queue_len = 0;
  audit_counted_settle (audit);
  audit_chain_settle (audit->chain);
}


static gpg_error_t
write_waiting_rows (audit_t audit)
{
  gpg_error_t err;

  err = store_begin (audit->store, false);
  if (!err)
    err = write_queue (audit);
  if (!err)
    err = audit_counted_write (audit);
  err = store_end (audit->store, err);
  if (err)
    audit_chain_forget (audit->chain);
  else
    settle_written (audit);
  return err;
}


static void
tell_trouble (audit_t audit, gpg_error_t err)
{
  if (gpg_err_code (err) == audit->trouble)
    return;
  if (err)
    log_error ("cannot write the audit log: %s; is the disk full?",
               gpg_strerror (err));
  else
    log_info ("the audit log is written again; %llu rows were lost",
              (unsigned long long)audit->dropped);
  audit->trouble = gpg_err_code (err);
  /* Rows whose completion was lost; those that still wait for theirs get
     it all the same.  */
  if (!err && audit->dropped
      && !store_run (audit->store, false, sql_left_over, ""))
    audit->dropped = 0;
}


void
audit_flush (audit_t audit, const struct clock_reading *now, bool force,
             int *r_wait)
{
  int64_t left = audit->flushed + FLUSH_STEP - now->boot;

  *r_wait = -1;
  audit_counted_end (audit, now);
  if (!audit->queue_len && !audit->alike_waits)
    return;
  if (!force && left > 0 && left <= FLUSH_STEP)
    {
      *r_wait = (int)(left / 1000) + 1;
      return;
    }
  audit->flushed = now->boot;
  tell_trouble (audit, write_waiting_rows (audit));
  if (audit->trouble)
    *r_wait = (int)(FLUSH_STEP / 1000);
}


/* Rows that may go by now: their share of all that there are.  */
static unsigned int
prune_most (audit_t audit, int64_t boot)
{
  int64_t passed = audit->pruned ? boot - audit->pruned : 0;
  uint64_t rows, most, unit = (uint64_t)audit->keep * CLOCK_SECOND;
  struct chain_link base, head;

  audit->pruned = boot;
  if (passed > PRUNE_PAUSE)     /* The clock was stepped meanwhile.  */
    passed = PRUNE_PAUSE;
  if (audit_chain_base (audit->chain, &base))
    return 0;
  audit_chain_head (audit->chain, &head);
  rows = head.seq - base.seq;
  audit->credit += rows * PRUNE_PACE * (uint64_t)passed;
  most = audit->credit / unit;
  return most < PRUNE_STEP ? (unsigned int)most : PRUNE_STEP;
}


/* What is not used is not saved.  */
static void
prune_used (audit_t audit, unsigned int n)
{
  uint64_t unit = (uint64_t)audit->keep * CLOCK_SECOND;

  audit->credit -= n * unit;
  if (audit->credit > unit)
    audit->credit = unit;
}


void
audit_prune (audit_t audit, const struct clock_reading *now)
{
  struct chain_age age = { .now = clock_seconds (now) };
  unsigned int most, n = 0;
  gpg_error_t err;

  if (!audit->keep || age.now <= audit->keep)
    return;
  age.oldest = age.now - audit->keep;
  most = prune_most (audit, now->boot);
  err = most ? store_begin (audit->store, false) : 0;
  if (err || !most)
    return;
  err = audit_chain_prune (audit->chain, &age, most, &n);
  err = store_end (audit->store, err);
  prune_used (audit, err ? 0 : n);
}


void
audit_close (audit_t audit)
{
  if (!audit)
    return;
  if (audit->chain)
    audit_counted_end (audit, NULL);
  if (audit->queue_len || audit->alike_waits)
    tell_trouble (audit, write_waiting_rows (audit));
  audit_chain_close (audit->chain);
  free (audit->queue);
  free (audit);
}
