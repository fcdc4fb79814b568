/* receipts.c - What ran, and what came of it.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "receipts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"
#include "database-row.h"

#define PRUNE_STEP 50

enum statement
  {
    BEGIN_ONE, TELL_AUDIT, END_ONE, KEEP_ONE, GET, NEXT_RUNNING,
    PRUNE_PERSON, PRUNE, N_STATEMENTS
  };

static const char sql_create[] =
  "CREATE TABLE IF NOT EXISTS receipts (request BLOB PRIMARY KEY,"
  " state INTEGER NOT NULL, user TEXT NOT NULL, command TEXT NOT NULL,"
  " argv TEXT NOT NULL, reason TEXT, row INTEGER NOT NULL,"
  " started INTEGER NOT NULL, exit INTEGER, signal INTEGER, msecs INTEGER,"
  " produced INTEGER, timed_out INTEGER, output BLOB, fpr TEXT,"
  " until INTEGER);"
  "CREATE INDEX IF NOT EXISTS receipts_started ON receipts (started);"
  "CREATE INDEX IF NOT EXISTS receipts_running ON receipts (row)"
  " WHERE state = 1;"
  "CREATE INDEX IF NOT EXISTS receipts_person ON receipts (fpr, row);"
  "CREATE INDEX IF NOT EXISTS receipts_row ON receipts (row)";

/* Their order is that of their rows in the audit, for the clock may have
   been anywhere.  Too old is what came before the first that is neither too
   old nor from the future, up to the last of them that is too old.  */
static const char *const statements[N_STATEMENTS] =
  {
    [BEGIN_ONE] =
      "INSERT OR IGNORE INTO receipts (request, state, user, command, argv,"
      " row, started, fpr) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [TELL_AUDIT] =
      "UPDATE audit SET argv = ?2, result = 'running', stage = 'act'"
      " WHERE row = ?1",
    [END_ONE] =
      "UPDATE receipts SET state = ?1, reason = ?2, exit = ?3, signal = ?4,"
      " msecs = ?5, produced = ?6, timed_out = ?7, output = ?8"
      " WHERE request = ?9",
    [KEEP_ONE] =
      "INSERT OR IGNORE INTO receipts (request, state, user, command, argv,"
      " row, started, fpr, reason, until)"
      " VALUES (?1, ?8, ?2, ?3, ?4, ?5, ?6, ?7, ?9, ?10)",
    [GET] =
      "SELECT request, user, command, argv, row, started, fpr, state, reason,"
      " exit, signal, msecs, produced, timed_out, output, until FROM receipts"
      " WHERE request = ?1",
    [NEXT_RUNNING] =
      "SELECT request FROM receipts WHERE state = 1 AND row > ?1"
      " ORDER BY row LIMIT 1",
    [PRUNE_PERSON] =
      "DELETE FROM receipts WHERE request IN (SELECT request FROM receipts"
      " WHERE fpr = (SELECT fpr FROM receipts WHERE request = ?1)"
      " AND state <> 1 ORDER BY row DESC LIMIT ?2 OFFSET ?3)",
    [PRUNE] =
      "DELETE FROM receipts WHERE request IN (SELECT request FROM receipts"
      " WHERE state <> 1 AND (row < (SELECT row FROM receipts"
      " ORDER BY row DESC LIMIT 1 OFFSET ?2) OR row <= (SELECT max (row)"
      " FROM receipts WHERE started < ?1 AND row < ifnull ((SELECT min (row)"
      " FROM receipts WHERE started BETWEEN ?1 AND ?4), ?5)))"
      " ORDER BY row LIMIT ?3)"
  };

#define RECEIPT(kind, member) COLUMN (kind, struct receipt, member)

/* What is known from the beginning; what came of it.  */
static const struct database_column begin_columns[] =
  {
    RECEIPT (RAW, request), RECEIPT (STRING, user), RECEIPT (STRING, command),
    RECEIPT (TEXT, argv), RECEIPT (NUMBER, row), RECEIPT (NUMBER, started),
    RECEIPT (STRING, fpr), COLUMNS_END
  };

static const struct database_column end_columns[] =
  {
    RECEIPT (NUMBER, state), RECEIPT (TEXT, reason),
    RECEIPT (NUMBER, exit_code), RECEIPT (NUMBER, signal),
    RECEIPT (NUMBER, msecs), RECEIPT (NUMBER, produced),
    RECEIPT (NUMBER, timed_out),
    COLUMN_BYTES (struct receipt, output, output_len), COLUMNS_END
  };

#define N_BEGIN 7
#define N_END 8

struct receipts_s
{
  store_t store;
  sqlite3_stmt *stmt[N_STATEMENTS];
};


gpg_error_t
receipts_open (store_t store, receipts_t *r_receipts)
{
  receipts_t receipts = calloc (1, sizeof *receipts);
  gpg_error_t err;
  int i;

  *r_receipts = NULL;
  if (!receipts)
    return gpg_error (GPG_ERR_ENOMEM);
  receipts->store = store;
  err = store_execute (store, sql_create);
  for (i = 0; !err && i < N_STATEMENTS; i++)
    err = store_prepare (store, statements[i], &receipts->stmt[i]);
  if (err)
    receipts_close (receipts);
  else
    *r_receipts = receipts;
  return err;
}


void
receipts_close (receipts_t receipts)
{
  int i;

  if (!receipts)
    return;
  for (i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (receipts->stmt[i]);
  free (receipts);
}


/* Run STMT, whose values are bound, and MORE (NULL: none) in a durable
   transaction of their own; STMT must change one row, or the error is
   NONE.  */
static gpg_error_t
run_durably (receipts_t receipts, sqlite3_stmt *stmt, sqlite3_stmt *more,
             gpg_err_code_t none)
{
  gpg_error_t err = store_begin (receipts->store, true);

  if (!err)
    err = database_run (stmt);
  else
    sqlite3_clear_bindings (stmt);
  if (!err && sqlite3_changes (store_db (receipts->store)) != 1)
    err = gpg_error (none);
  if (!err && more)
    err = database_run (more);
  return store_end (receipts->store, err);
}


/* Nobody's push out all that others have: what is too much of the person's
   who asked REQUEST is let go.  */
static sqlite3_stmt *
prune_person (receipts_t receipts, const unsigned char *request)
{
  sqlite3_stmt *stmt = receipts->stmt[PRUNE_PERSON];

  sqlite3_bind_blob (stmt, 1, request, REQUEST_HASHLEN, SQLITE_STATIC);
  sqlite3_bind_int (stmt, 2, PRUNE_STEP);
  sqlite3_bind_int (stmt, 3, RECEIPTS_MAX_PERSON);
  return stmt;
}


gpg_error_t
receipts_begin (receipts_t receipts, const struct receipt *receipt)
{
  sqlite3_stmt *stmt = receipts->stmt[BEGIN_ONE];
  sqlite3_stmt *audit = receipts->stmt[TELL_AUDIT];

  sqlite3_bind_int64 (audit, 1, receipt->row);
  sqlite3_bind_text (audit, 2, receipt->argv, -1, SQLITE_STATIC);
  database_bind (stmt, 1, begin_columns, receipt);
  return run_durably (receipts, stmt, audit, GPG_ERR_EEXIST);
}


gpg_error_t
receipts_keep (receipts_t receipts, const struct receipt *receipt)
{
  sqlite3_stmt *stmt = receipts->stmt[KEEP_ONE];
  gpg_error_t err;

  database_bind (stmt, 1, begin_columns, receipt);
  sqlite3_bind_int (stmt, 8, (int)receipt->state);
  if (receipt->reason)
    sqlite3_bind_text (stmt, 9, receipt->reason, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (stmt, 10, (sqlite3_int64)receipt->until);
  err = run_durably (receipts, stmt,
                     prune_person (receipts, receipt->request),
                     GPG_ERR_EEXIST);
  return gpg_err_code (err) == GPG_ERR_EEXIST ? 0 : err;
}


gpg_error_t
receipts_end (receipts_t receipts, const struct receipt *receipt)
{
  sqlite3_stmt *stmt = receipts->stmt[END_ONE];

  database_bind (stmt, 1, end_columns, receipt);
  sqlite3_bind_blob (stmt, N_END + 1, receipt->request, REQUEST_HASHLEN,
                     SQLITE_STATIC);
  return run_durably (receipts, stmt,
                      prune_person (receipts, receipt->request),
                      GPG_ERR_NOT_FOUND);
}


static gpg_error_t
read_receipt (sqlite3_stmt *stmt, struct receipt *receipt)
{
  gpg_error_t err = database_read (stmt, 0, begin_columns, receipt);

  if (!err)
    err = database_read (stmt, N_BEGIN, end_columns, receipt);
  receipt->until = (uint64_t)sqlite3_column_int64 (stmt, N_BEGIN + N_END);
  return err;
}


gpg_error_t
receipts_get (receipts_t receipts,
              const unsigned char request[REQUEST_HASHLEN],
              struct receipt *r_receipt)
{
  sqlite3_stmt *stmt = receipts->stmt[GET];
  gpg_error_t err;
  int rc;

  memset (r_receipt, 0, sizeof *r_receipt);
  sqlite3_bind_blob (stmt, 1, request, REQUEST_HASHLEN, SQLITE_STATIC);
  rc = sqlite3_step (stmt);
  err = rc == SQLITE_ROW ? read_receipt (stmt, r_receipt)
    : rc == SQLITE_DONE ? gpg_error (GPG_ERR_NOT_FOUND) : database_error (rc);
  sqlite3_reset (stmt);
  sqlite3_clear_bindings (stmt);
  if (err)
    receipt_release (r_receipt);
  return err;
}


gpg_error_t
receipts_next_running (receipts_t receipts, int64_t row,
                       struct receipt *r_receipt)
{
  sqlite3_stmt *stmt = receipts->stmt[NEXT_RUNNING];
  unsigned char request[REQUEST_HASHLEN];
  gpg_error_t err = 0;
  int rc;

  memset (r_receipt, 0, sizeof *r_receipt);
  sqlite3_bind_int64 (stmt, 1, row);
  rc = sqlite3_step (stmt);
  if (rc == SQLITE_DONE)
    err = gpg_error (GPG_ERR_NOT_FOUND);
  else if (rc != SQLITE_ROW)
    err = database_error (rc);
  else if (sqlite3_column_bytes (stmt, 0) != REQUEST_HASHLEN)
    err = gpg_error (GPG_ERR_BAD_DATA);
  else
    memcpy (request, sqlite3_column_blob (stmt, 0), REQUEST_HASHLEN);
  sqlite3_reset (stmt);
  return err ? err : receipts_get (receipts, request, r_receipt);
}


void
receipt_release (struct receipt *receipt)
{
  free (receipt->argv);
  free (receipt->reason);
  free (receipt->output);
  memset (receipt, 0, sizeof *receipt);
}


void
receipts_prune (receipts_t receipts, uint64_t now)
{
  sqlite3_stmt *stmt = receipts->stmt[PRUNE];
  gpg_error_t err;

  sqlite3_bind_int64 (stmt, 1, now > RECEIPTS_KEEP
                      ? (sqlite3_int64)(now - RECEIPTS_KEEP) : 0);
  sqlite3_bind_int (stmt, 2, RECEIPTS_MAX - 1);
  sqlite3_bind_int (stmt, 3, PRUNE_STEP);
  sqlite3_bind_int64 (stmt, 4, (sqlite3_int64)now);
  sqlite3_bind_int64 (stmt, 5, INT64_MAX);
  err = store_begin (receipts->store, false);
  if (!err)
    err = database_run (stmt);
  else
    sqlite3_clear_bindings (stmt);
  err = store_end (receipts->store, err);
  if (err)
    log_debug ("old receipts stay: %s", gpg_strerror (err));
}
