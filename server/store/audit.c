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

static const char sql_insert[] =
  "INSERT INTO audit (time, host, result, stage, reason, user, fpr, source,"
  " sport, address, action, ports, rule, request, until, count, detail, blob)"
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
  " ?15, ?16, ?17, ?18)";
static const char sql_update[] =
  "UPDATE audit SET result = ?3, stage = ?4, reason = ?5,"
  " user = coalesce (?6, user), address = coalesce (?10, address),"
  " rule = coalesce (?13, rule), until = ?15, count = ?16, detail = ?17"
  " WHERE row = ?19";
/* What a crash left behind; and, of what was taken out of those that wait
   for approval (approvals.h), to be carried out.  */
#define SQL_UNKNOWN "UPDATE audit SET result = 'unknown', stage = 'act'," \
  " reason = 'the server stopped before it knew' WHERE result = "
static const char sql_left_over[] = SQL_UNKNOWN "'claimed'";
static const char sql_taken_out[] = SQL_UNKNOWN "'pending'"
  " AND row IN (SELECT row FROM chain_open)"
  " AND row NOT IN (SELECT row FROM waiting)";


static gpg_error_t
run_alone (audit_t audit, const char *sql)
{
  gpg_error_t err;
  sqlite3_stmt *stmt = NULL;

  err = store_prepare (audit->store, sql, &stmt);
  if (!err)
    err = store_begin (audit->store, false);
  if (!err)
    err = database_run (stmt);
  sqlite3_finalize (stmt);
  return store_end (audit->store, err);
}


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
  err = store_prepare (store, sql_insert, &audit->insert);
  if (!err)
    err = store_prepare (store, sql_update, &audit->update);
  if (!err)
    err = run_alone (audit, sql_left_over);
  if (err && audit->update)
    {
      /* A full disk must not keep us from saying so.  */
      log_warn ("cannot write the audit: %s", gpg_strerror (err));
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
  gpg_error_t err = run_alone (audit, sql_taken_out);

  return err ? err : audit_chain_catch_up (audit->chain);
}


static void
bind_text (sqlite3_stmt *stmt, int i, const char *text)
{
  if (text && *text)
    sqlite3_bind_text (stmt, i, text, -1, SQLITE_TRANSIENT);
  else
    sqlite3_bind_null (stmt, i);
}


static void
bind_number (sqlite3_stmt *stmt, int i, uint64_t n)
{
  if (n)
    sqlite3_bind_int64 (stmt, i, (sqlite3_int64)n);
  else
    sqlite3_bind_null (stmt, i);
}


static void
bind_addr (sqlite3_stmt *stmt, int i, const struct net_addr *addr)
{
  char text[NETSPEC_ADDRSTRLEN];

  bind_text (stmt, i, addr->family == AF_UNSPEC
             ? NULL : netspec_addr_print (addr, text));
}


/* The parameters have the same numbers in all statements.  */
static void
bind_changing (sqlite3_stmt *stmt, const struct audit_row *row)
{
  bind_text (stmt, 3, row->result);
  bind_text (stmt, 4, row->stage);
  bind_text (stmt, 5, row->reason);
  bind_text (stmt, 6, row->user);
  bind_addr (stmt, 10, &row->address);
  bind_text (stmt, 13, row->rule);
  bind_number (stmt, 15, row->until);
  bind_number (stmt, 16, row->count ? row->count : 1);
  bind_text (stmt, 17, row->detail);
}


gpg_error_t
audit_insert (audit_t audit, const struct audit_row *row, const void *blob,
              size_t len, int64_t *r_row)
{
  gpg_error_t err;
  sqlite3_stmt *stmt = audit->insert;
  char ports[NETSPEC_PORTSTRLEN];

  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)row->time);
  bind_text (stmt, 2, audit->host);
  bind_changing (stmt, row);
  bind_text (stmt, 7, row->fpr);
  bind_addr (stmt, 8, &row->source);
  bind_number (stmt, 9, row->sport);
  bind_text (stmt, 11, row->action);
  bind_text (stmt, 12, row->ports.n
             ? netspec_ports_print (&row->ports, ports) : NULL);
  if (row->has_request)
    sqlite3_bind_blob (stmt, 14, row->request, REQUEST_HASHLEN,
                       SQLITE_STATIC);
  if (len)
    sqlite3_bind_blob (stmt, 18, blob, (int)len, SQLITE_STATIC);
  err = database_run (stmt);
  if (err)
    return err;
  *r_row = sqlite3_last_insert_rowid (store_db (audit->store));
  return audit_chain_note (audit->chain, *r_row);
}


gpg_error_t
audit_update (audit_t audit, const struct audit_row *row)
{
  bind_changing (audit->update, row);
  sqlite3_bind_int64 (audit->update, 19, row->row);
  return database_run (audit->update);
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
    log_error ("the audit cannot be written: rows are lost");
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
complete_row (audit_t audit, const struct audit_row *row, int64_t *r_row)
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
      err = row->row ? complete_row (audit, row, &written)
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
write_all (audit_t audit)
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
    log_error ("cannot write the audit: %s; is the disk full?",
               gpg_strerror (err));
  else
    log_info ("the audit is written again; %llu rows were lost",
              (unsigned long long)audit->dropped);
  audit->trouble = gpg_err_code (err);
  /* Rows whose completion was lost; those that still wait for theirs get
     it all the same.  */
  if (!err && audit->dropped && !run_alone (audit, sql_left_over))
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
  tell_trouble (audit, write_all (audit));
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
    tell_trouble (audit, write_all (audit));
  sqlite3_finalize (audit->insert);
  sqlite3_finalize (audit->update);
  audit_chain_close (audit->chain);
  sqlite3_finalize (audit->size);
  sqlite3_finalize (audit->told);
  sqlite3_finalize (audit->last);
  sqlite3_finalize (audit->blob);
  free (audit->queue);
  free (audit);
}
