/* store.c - The database of decide: claims, their horizon, the audit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Claims are WITHOUT ROWID: a claim is found by its hash in one B-tree.  */

#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"
#include "database-row.h"

#define WAL_MUCH 1000                   /* Pages.  */

enum statement
  {
    BEGIN, COMMIT, ROLLBACK, CLAIM, FIND, LIST, DROP, READ_META, WRITE_META,
    READ_SPANS, CLEAR_SPANS, WRITE_SPAN,
    N_STATEMENTS
  };

static const char *const statements[N_STATEMENTS] =
  {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [CLAIM] = "INSERT OR IGNORE INTO claims (hash, time, seq, made, timely)"
              " VALUES (?1, ?2, ?3, ?4, ?5)",
    [FIND] = "SELECT 1 FROM claims WHERE hash = ?1",
    [LIST] = "SELECT hash, time, seq, made, timely FROM claims"
             " WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
    [DROP] = "DELETE FROM claims WHERE hash = ?1",
    [READ_META] = "SELECT seq, hash, claims, lost, boot, boot_seq FROM meta",
    [WRITE_META] = "UPDATE meta SET seq = ?1, hash = ?2, claims = ?3,"
                   " lost = ?4, boot = ?5, boot_seq = ?6",
    [READ_SPANS] = "SELECT first, last FROM spans ORDER BY first",
    [CLEAR_SPANS] = "DELETE FROM spans",
    [WRITE_SPAN] = "INSERT INTO spans (first, last) VALUES (?1, ?2)",
  };

/* Of a row of the audit, about: 400 for what is bounded, the indexes and its
   link of the chain.  */
#define ROW_BYTES(row) "(400 + length (CAST (coalesce (" row ".detail, '')" \
  " || coalesce (" row ".argv, '') AS BLOB))" \
  " + coalesce (length (" row ".blob), 0))"

static const char schema[] =
  "BEGIN EXCLUSIVE;"
  "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1),"
  " seq INTEGER NOT NULL, hash BLOB NOT NULL, claims INTEGER NOT NULL,"
  " lost INTEGER NOT NULL, boot BLOB NOT NULL, boot_seq INTEGER NOT NULL);"
  "INSERT INTO meta VALUES (1, 0, zeroblob (32), 0, 0, zeroblob (16), 0);"
  "CREATE TABLE claims (hash BLOB PRIMARY KEY, time INTEGER NOT NULL,"
  " seq INTEGER NOT NULL, made INTEGER NOT NULL, timely INTEGER NOT NULL)"
  " WITHOUT ROWID;"
  "CREATE INDEX claims_seq ON claims (seq);"
  "CREATE TABLE spans (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);"
  "CREATE TABLE audit (row INTEGER PRIMARY KEY AUTOINCREMENT,"
  " time INTEGER NOT NULL, host TEXT NOT NULL, result TEXT NOT NULL,"
  " stage TEXT, reason TEXT, user TEXT, fpr TEXT, source TEXT,"
  " sport INTEGER, address TEXT, action TEXT, ports TEXT, rule TEXT,"
  " request BLOB, until INTEGER, count INTEGER NOT NULL, detail TEXT,"
  " blob BLOB, argv TEXT);"
  "CREATE INDEX audit_time ON audit (time);"
  "CREATE INDEX audit_user ON audit (user) WHERE user IS NOT NULL;"
  "CREATE INDEX audit_source ON audit (source) WHERE source IS NOT NULL;"
  "CREATE INDEX audit_open ON audit (row) WHERE result = 'claimed';"
  /* The last request of a person is found at once, however many rows tell
     of refusals before a claim.  */
  "CREATE INDEX audit_claimed ON audit (user) WHERE blob IS NOT NULL;"
  "CREATE INDEX audit_roster ON audit (user) WHERE stage = 'roster';"
  "CREATE TABLE audit_size (one INTEGER PRIMARY KEY CHECK (one = 1),"
  " bytes INTEGER NOT NULL, told INTEGER NOT NULL);"
  "INSERT INTO audit_size VALUES (1, 0, 0);"
  "CREATE TRIGGER audit_more AFTER INSERT ON audit BEGIN UPDATE audit_size"
  " SET bytes = bytes + " ROW_BYTES ("new") "; END;"
  "CREATE TRIGGER audit_less AFTER DELETE ON audit BEGIN UPDATE audit_size"
  " SET bytes = bytes - " ROW_BYTES ("old") "; END;"
  "CREATE TRIGGER audit_other AFTER UPDATE OF detail, argv ON audit BEGIN"
  " UPDATE audit_size SET bytes = bytes + " ROW_BYTES ("new") " - "
  ROW_BYTES ("old") "; END;"
  "PRAGMA application_id = 1349743665; PRAGMA user_version = 4; COMMIT;";

static const struct database_form form =
  { .application = STORE_APPLICATION, .version = STORE_VERSION,
    .settings = "PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY;"
      "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216;"
      "PRAGMA synchronous = FULL",
    .schema = schema };

struct store_s
{
  sqlite3 *db;
  sqlite3_stmt *stmt[N_STATEMENTS];
  int durable;                  /* -1: not set yet.  */
  int wal_pages;
};


#define META(kind, member) COLUMN (kind, struct store_meta, member)
#define CLAIM_COLUMN(kind, member) COLUMN (kind, struct store_claim, member)

static const struct database_column meta_columns[] =
  {
    META (NUMBER, newest.seq), META (RAW, newest.hash), META (NUMBER, claims),
    META (NUMBER, lost), META (RAW, boot_id), META (NUMBER, boot_seq),
    COLUMNS_END
  };

static const struct database_column claim_columns[] =
  {
    CLAIM_COLUMN (RAW, hash), CLAIM_COLUMN (NUMBER, time),
    CLAIM_COLUMN (NUMBER, seq), CLAIM_COLUMN (NUMBER, made),
    CLAIM_COLUMN (NUMBER, timely), COLUMNS_END
  };


gpg_error_t
store_prepare (store_t store, const char *sql, sqlite3_stmt **r_stmt)
{
  return database_prepare (store->db, sql, r_stmt);
}


gpg_error_t
store_execute (store_t store, const char *sql)
{
  return database_execute (store->db, sql);
}


static int
note_wal (void *hook, sqlite3 *db, const char *name, int pages)
{
  store_t store = hook;

  (void)db;
  (void)name;
  store->wal_pages = pages;
  return SQLITE_OK;
}


static gpg_error_t
prepare_all (store_t store)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < N_STATEMENTS; i++)
    err = store_prepare (store, statements[i], store->stmt + i);
  return err;
}


gpg_error_t
store_open (const char *dir, store_t *r_store, bool *r_fresh)
{
  gpg_error_t err;
  store_t store;
  char *path;

  *r_store = NULL;
  *r_fresh = false;
  store = calloc (1, sizeof *store);
  if (!store || asprintf (&path, "%s/" STORE_FILE, dir) < 0)
    {
      free (store);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  store->durable = -1;
  err = database_open (path, &form, &store->db, r_fresh);
  free (path);
  if (!err)
    err = prepare_all (store);
  if (err)
    {
      store_close (store);
      return err;
    }
  sqlite3_wal_hook (store->db, note_wal, store);
  *r_store = store;
  return 0;
}


gpg_error_t
store_open_copy (const char *path, store_t *r_store)
{
  gpg_error_t err;
  store_t store = calloc (1, sizeof *store);
  bool fresh;

  *r_store = NULL;
  if (!store)
    return gpg_error_from_syserror ();
  err = database_error (sqlite3_open_v2 (path, &store->db,
                                         SQLITE_OPEN_READONLY
                                         | SQLITE_OPEN_NOMUTEX, NULL));
  if (!err)
    err = database_error (sqlite3_db_config (store->db,
                                             SQLITE_DBCONFIG_DEFENSIVE, 1,
                                             NULL));
  if (!err)
    err = store_execute (store, "PRAGMA trusted_schema = OFF;"
                         "PRAGMA cell_size_check = ON");
  if (!err)
    err = database_check (store->db, &form, &fresh);
  if (gpg_err_code (err) == GPG_ERR_UNKNOWN_VERSION || (!err && fresh))
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (err)
    store_close (store);
  else
    *r_store = store;
  return err;
}


void
store_close (store_t store)
{
  size_t i;

  if (!store)
    return;
  for (i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (store->stmt[i]);
  sqlite3_close (store->db);
  free (store);
}


sqlite3 *
store_db (store_t store)
{
  return store->db;
}


gpg_error_t
store_begin (store_t store, bool durable)
{
  gpg_error_t err = 0;

  if (store->durable != durable)
    err = store_execute (store, durable ? "PRAGMA synchronous = FULL"
                                        : "PRAGMA synchronous = NORMAL");
  if (err)
    return err;
  store->durable = durable;
  return database_run (store->stmt[BEGIN]);
}


gpg_error_t
store_commit (store_t store)
{
  gpg_error_t err = database_run (store->stmt[COMMIT]);

  if (err)
    store_rollback (store);
  return err;
}


void
store_rollback (store_t store)
{
  /* Some errors have rolled back already.  */
  if (!sqlite3_get_autocommit (store->db))
    database_run (store->stmt[ROLLBACK]);
}


gpg_error_t
store_end (store_t store, gpg_error_t err)
{
  if (!err)
    return store_commit (store);
  store_rollback (store);
  return err;
}


gpg_error_t
store_read_meta (store_t store, struct store_meta *meta)
{
  sqlite3_stmt *stmt = store->stmt[READ_META];
  gpg_error_t err;
  int rc;

  memset (meta, 0, sizeof *meta);
  rc = sqlite3_step (stmt);
  err = rc == SQLITE_ROW ? database_read (stmt, 0, meta_columns, meta)
    : database_error (rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
  sqlite3_reset (stmt);
  return err;
}


gpg_error_t
store_write_meta (store_t store, const struct store_meta *meta)
{
  database_bind (store->stmt[WRITE_META], 1, meta_columns, meta);
  return database_run (store->stmt[WRITE_META]);
}


gpg_error_t
store_claim (store_t store, const struct store_claim *claim, bool *r_new)
{
  gpg_error_t err;

  *r_new = false;
  database_bind (store->stmt[CLAIM], 1, claim_columns, claim);
  err = database_run (store->stmt[CLAIM]);
  if (!err)
    *r_new = sqlite3_changes (store->db) == 1;
  return err;
}


gpg_error_t
store_find (store_t store, const unsigned char hash[REQUEST_HASHLEN],
            bool *r_found)
{
  sqlite3_stmt *stmt = store->stmt[FIND];
  int rc;

  sqlite3_bind_blob (stmt, 1, hash, REQUEST_HASHLEN, SQLITE_STATIC);
  rc = sqlite3_step (stmt);
  *r_found = rc == SQLITE_ROW;
  sqlite3_reset (stmt);
  return database_error (rc);
}


gpg_error_t
store_list_claims (store_t store, uint64_t first, uint64_t last,
                   unsigned int most, struct store_claim *claims,
                   unsigned int *r_n)
{
  sqlite3_stmt *stmt = store->stmt[LIST];
  gpg_error_t err = 0;
  int rc = SQLITE_DONE;

  *r_n = 0;
  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)first);
  sqlite3_bind_int64 (stmt, 2, (sqlite3_int64)last);
  sqlite3_bind_int64 (stmt, 3, most);
  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW && *r_n < most)
    err = database_read (stmt, 0, claim_columns, claims + (*r_n)++);
  sqlite3_reset (stmt);
  return err ? err : database_error (rc);
}


gpg_error_t
store_drop_claim (store_t store, const unsigned char hash[REQUEST_HASHLEN])
{
  sqlite3_stmt *stmt = store->stmt[DROP];

  sqlite3_bind_blob (stmt, 1, hash, REQUEST_HASHLEN, SQLITE_STATIC);
  return database_run (stmt);
}


gpg_error_t
store_read_spans (store_t store, struct spans *spans)
{
  sqlite3_stmt *stmt = store->stmt[READ_SPANS];
  struct span span;
  int rc;

  memset (spans, 0, sizeof *spans);
  while ((rc = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      span.first = (uint64_t)sqlite3_column_int64 (stmt, 0);
      span.last = (uint64_t)sqlite3_column_int64 (stmt, 1);
      if (spans->n == SPANS_MAX || span.last < span.first
          || (spans->n && span.first <= spans->span[spans->n - 1].last))
        {
          rc = SQLITE_CORRUPT;
          break;
        }
      spans->span[spans->n++] = span;
    }
  sqlite3_reset (stmt);
  return database_error (rc);
}


gpg_error_t
store_write_spans (store_t store, const struct spans *spans)
{
  sqlite3_stmt *stmt = store->stmt[WRITE_SPAN];
  gpg_error_t err = database_run (store->stmt[CLEAR_SPANS]);
  size_t i;

  for (i = 0; !err && i < spans->n; i++)
    {
      sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)spans->span[i].first);
      sqlite3_bind_int64 (stmt, 2, (sqlite3_int64)spans->span[i].last);
      err = database_run (stmt);
    }
  return err;
}


void
store_checkpoint (store_t store)
{
  int rc;

  if (store->wal_pages < WAL_MUCH)
    return;
  rc = sqlite3_wal_checkpoint_v2 (store->db, NULL,
                                  SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  if (rc != SQLITE_OK)
    log_debug ("checkpoint: %s", sqlite3_errmsg (store->db));
  store->wal_pages = 0;
}
