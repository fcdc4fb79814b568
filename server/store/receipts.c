/* receipts.c - What ran, and its result.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A receipt and what the audit row says of it change in one transaction: a
 * crash between the two would let the audit log contradict the receipt.  */

#include "receipts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"

#define PRUNE_STEP 50

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

static const char sql_begin[] =
  "INSERT OR IGNORE INTO receipts (request, user, command, argv, row,"
  " started, fpr, until, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)";
static const char sql_running[] =
  "UPDATE audit SET argv = ?2, result = 'running', stage = 'act'"
  " WHERE row = ?1";
static const char sql_end[] =
  "UPDATE receipts SET state = ?1, reason = ?2, exit = ?3, signal = ?4,"
  " msecs = ?5, produced = ?6, timed_out = ?7, output = ?8"
  " WHERE request = ?9";
static const char sql_keep[] =
  "INSERT OR IGNORE INTO receipts (request, user, command, argv, row,"
  " started, fpr, until, state, reason)"
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
#define SELECT_ALL "SELECT request, user, command, argv, row, started, fpr," \
  " until, state, reason, exit, signal, msecs, produced, timed_out, output" \
  " FROM receipts"
static const char sql_get[] = SELECT_ALL " WHERE request = ?1";
static const char sql_next_running[] =
  SELECT_ALL " WHERE state = 1 AND row > ?1 ORDER BY row LIMIT 1";
static const char sql_prune_person[] =
  "DELETE FROM receipts WHERE request IN (SELECT request FROM receipts"
  " WHERE fpr = (SELECT fpr FROM receipts WHERE request = ?1)"
  " AND state <> 1 ORDER BY row DESC LIMIT ?2 OFFSET ?3)";
/* Their order is the order of their rows in the audit log, because the clock
   may have been anywhere.  Too old is what came before the first that is
   neither too old nor from the future, up to the last of them that is too
   old.  */
static const char sql_prune[] =
  "DELETE FROM receipts WHERE request IN (SELECT request FROM receipts"
  " WHERE state <> 1 AND (row < (SELECT row FROM receipts"
  " ORDER BY row DESC LIMIT 1 OFFSET ?2) OR row <= (SELECT max (row)"
  " FROM receipts WHERE started < ?1 AND row < ifnull ((SELECT min (row)"
  " FROM receipts WHERE started BETWEEN ?1 AND ?4), ?5)))"
  " ORDER BY row LIMIT ?3)";

#define RECEIPT(kind, member) COLUMN (kind, struct receipt, member)

/* What is known at the beginning, and the result.  */
#define BEGIN_COLUMNS \
  RECEIPT (RAW, request), RECEIPT (STRING, user), RECEIPT (STRING, command), \
  RECEIPT (TEXT, argv), RECEIPT (NUMBER, row), RECEIPT (NUMBER, started), \
  RECEIPT (STRING, fpr), COLUMN_NULL (NUMBER, struct receipt, until)
#define END_COLUMNS \
  RECEIPT (NUMBER, state), RECEIPT (TEXT, reason), \
  RECEIPT (NUMBER, exit_code), RECEIPT (NUMBER, signal), \
  RECEIPT (NUMBER, msecs), RECEIPT (NUMBER, produced), \
  RECEIPT (NUMBER, timed_out), \
  COLUMN_BYTES (struct receipt, output, output_len)

static const struct database_column begin_columns[] =
  { BEGIN_COLUMNS, COLUMNS_END };
static const struct database_column end_columns[] =
  { END_COLUMNS, COLUMNS_END };
static const struct database_column all_columns[] =
  { BEGIN_COLUMNS, END_COLUMNS, COLUMNS_END };


gpg_error_t
receipts_create (store_t store)
{
  return database_execute (store_db (store), sql_create);
}


/* ERR is that of a statement which must change one row, or the error is
   NONE.  */
static gpg_error_t
check_changed (store_t store, gpg_error_t err, gpg_err_code_t none)
{
  return err || sqlite3_changes (store_db (store)) == 1 ? err
    : gpg_error (none);
}


/* Nobody can push out the receipts of others: too many of the person who
   made REQUEST push out that person's own.  */
static gpg_error_t
prune_person (store_t store, const unsigned char *request)
{
  return query_run (store_db (store), sql_prune_person, "hii", request,
                    (int64_t)PRUNE_STEP, (int64_t)RECEIPTS_MAX_PERSON);
}


gpg_error_t
receipts_begin (store_t store, const struct receipt *receipt)
{
  gpg_error_t err = store_begin (store, true);

  if (!err)
    err = check_changed (store, query_run (store_db (store), sql_begin, "c",
                                           begin_columns, receipt),
                         GPG_ERR_EEXIST);
  if (!err)
    err = query_run (store_db (store), sql_running, "it", receipt->row,
                     receipt->argv);
  return store_end (store, err);
}


gpg_error_t
receipts_keep (store_t store, const struct receipt *receipt)
{
  gpg_error_t err = store_begin (store, true);

  if (!err)
    err = check_changed (store, query_run (store_db (store), sql_keep, "cit",
                                           begin_columns, receipt,
                                           (int64_t)receipt->state,
                                           receipt->reason), GPG_ERR_EEXIST);
  if (!err)
    err = prune_person (store, receipt->request);
  err = store_end (store, err);
  return gpg_err_code (err) == GPG_ERR_EEXIST ? 0 : err;
}


gpg_error_t
receipts_end (store_t store, const struct receipt *receipt)
{
  gpg_error_t err = store_begin (store, true);

  if (!err)
    err = check_changed (store, query_run (store_db (store), sql_end, "ch",
                                           end_columns, receipt,
                                           receipt->request),
                         GPG_ERR_NOT_FOUND);
  if (!err)
    err = prune_person (store, receipt->request);
  return store_end (store, err);
}


void
receipt_release (struct receipt *receipt)
{
  free (receipt->argv);
  free (receipt->reason);
  free (receipt->output);
  memset (receipt, 0, sizeof *receipt);
}


/* Returns ERR; after one, what was read of RECEIPT is released.  */
static gpg_error_t
release_if (gpg_error_t err, struct receipt *receipt)
{
  if (err)
    receipt_release (receipt);
  return err;
}


gpg_error_t
receipts_get (store_t store, const unsigned char request[REQUEST_HASHLEN],
              struct receipt *r_receipt)
{
  memset (r_receipt, 0, sizeof *r_receipt);
  return release_if (query_get (store_db (store), sql_get, all_columns,
                                r_receipt, "h", request), r_receipt);
}


gpg_error_t
receipts_next_running (store_t store, int64_t row, struct receipt *r_receipt)
{
  memset (r_receipt, 0, sizeof *r_receipt);
  return release_if (query_get (store_db (store), sql_next_running,
                                all_columns, r_receipt, "i", row), r_receipt);
}


void
receipts_prune (store_t store, uint64_t now)
{
  uint64_t oldest = now > RECEIPTS_KEEP ? now - RECEIPTS_KEEP : 0;
  gpg_error_t err;

  err = store_run (store, false, sql_prune, "iiiii", oldest,
                   (int64_t)RECEIPTS_MAX - 1, (int64_t)PRUNE_STEP, now,
                   INT64_MAX);
  if (err)
    log_debug ("old receipts stay: %s", gpg_strerror (err));
}
