/* store.c - The database of decide: claims, their horizon, the audit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Claims are WITHOUT ROWID: a claim is found by its hash in one B-tree.  */

#include "store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"

#define WAL_MUCH 1000                   /* Pages.  */

/* About the size of an audit row: 400 for what is bounded, the indexes and its
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
  /* The last request of a person is found at once, however many refusals
     before a claim were written.  */
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

static const struct database_column span_columns[] =
  {
    COLUMN (NUMBER, struct span, first), COLUMN (NUMBER, struct span, last),
    COLUMNS_END
  };


static int
note_wal (void *hook, sqlite3 *db, const char *name, int pages)
{
  store_t store = hook;

  (void)db;
  (void)name;
  store->wal_pages = pages;
  return SQLITE_OK;
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
    err = database_execute (store->db, "PRAGMA trusted_schema = OFF;"
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
  if (!store)
    return;
  query_forget (store->db);
  sqlite3_close (store->db);
  free (store);
}


sqlite3 *
store_db (store_t store)
{
  return store->db;
}


static gpg_error_t
set_durable (store_t store, bool durable)
{
  gpg_error_t err;

  if (store->durable == durable)
    return 0;
  err = database_execute (store->db, durable ? "PRAGMA synchronous = FULL"
                                             : "PRAGMA synchronous = NORMAL");
  if (!err)
    store->durable = durable;
  return err;
}


gpg_error_t
store_begin (store_t store, bool durable)
{
  gpg_error_t err = set_durable (store, durable);

  return err ? err : query_run (store->db, "BEGIN IMMEDIATE", "");
}


gpg_error_t
store_commit (store_t store)
{
  gpg_error_t err = query_run (store->db, "COMMIT", "");

  if (err)
    store_rollback (store);
  return err;
}


void
store_rollback (store_t store)
{
  /* Some errors have rolled back already.  */
  if (!sqlite3_get_autocommit (store->db))
    query_run (store->db, "ROLLBACK", "");
}


gpg_error_t
store_end (store_t store, gpg_error_t err)
{
  if (!err)
    return store_commit (store);
  store_rollback (store);
  return err;
}


/* One statement is a transaction.  */
gpg_error_t
store_run (store_t store, bool durable, const char *sql, const char *format,
           ...)
{
  gpg_error_t err = set_durable (store, durable);
  va_list values;

  va_start (values, format);
  if (!err)
    err = query_run_list (store->db, sql, format, values);
  va_end (values);
  return err;
}


gpg_error_t
store_read_meta (store_t store, struct store_meta *meta)
{
  gpg_error_t err;

  memset (meta, 0, sizeof *meta);
  err = query_get (store->db, "SELECT seq, hash, claims, lost, boot, boot_seq"
                   " FROM meta", meta_columns, meta, "");
  return gpg_err_code (err) == GPG_ERR_NOT_FOUND
    ? gpg_error (GPG_ERR_BAD_DATA) : err;
}


gpg_error_t
store_write_meta (store_t store, const struct store_meta *meta)
{
  return query_run (store->db, "UPDATE meta SET seq = ?1, hash = ?2,"
                    " claims = ?3, lost = ?4, boot = ?5, boot_seq = ?6",
                    "c", meta_columns, meta);
}


gpg_error_t
store_claim (store_t store, const struct store_claim *claim, bool *r_new)
{
  gpg_error_t err;

  err = query_run (store->db, "INSERT OR IGNORE INTO claims (hash, time, seq,"
                   " made, timely) VALUES (?1, ?2, ?3, ?4, ?5)",
                   "c", claim_columns, claim);
  *r_new = !err && sqlite3_changes (store->db) == 1;
  return err;
}


gpg_error_t
store_find (store_t store, const unsigned char hash[REQUEST_HASHLEN],
            bool *r_found)
{
  int64_t n;
  gpg_error_t err = query_number (store->db, "SELECT 1 FROM claims"
                                  " WHERE hash = ?1", &n, "h", hash);

  *r_found = !err && n;
  return err;
}


struct claim_list
{
  struct store_claim *next;
  unsigned int n;
};


static gpg_error_t
read_claim (void *hook, sqlite3_stmt *stmt)
{
  struct claim_list *list = hook;

  list->n++;
  return database_read (stmt, 0, claim_columns, list->next++);
}


gpg_error_t
store_list_claims (store_t store, uint64_t first, uint64_t last,
                   unsigned int most, struct store_claim *claims,
                   unsigned int *r_n)
{
  struct claim_list list = { claims, 0 };
  gpg_error_t err;

  err = query_rows (store->db, "SELECT hash, time, seq, made, timely"
                    " FROM claims WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq"
                    " LIMIT ?3", read_claim, &list, "iii", first, last,
                    (int64_t)most);
  *r_n = list.n;
  return err;
}


gpg_error_t
store_drop_claim (store_t store, const unsigned char hash[REQUEST_HASHLEN])
{
  return query_run (store->db, "DELETE FROM claims WHERE hash = ?1", "h",
                    hash);
}


/* They must ascend: spans.c relies on it.  */
static gpg_error_t
read_span (void *hook, sqlite3_stmt *stmt)
{
  struct spans *spans = hook;
  struct span span;
  gpg_error_t err = database_read (stmt, 0, span_columns, &span);

  if (!err && (spans->n == SPANS_MAX || span.last < span.first
               || (spans->n && span.first <= spans->span[spans->n - 1].last)))
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (!err)
    spans->span[spans->n++] = span;
  return err;
}


gpg_error_t
store_read_spans (store_t store, struct spans *spans)
{
  memset (spans, 0, sizeof *spans);
  return query_rows (store->db, "SELECT first, last FROM spans"
                     " ORDER BY first", read_span, spans, "");
}


gpg_error_t
store_write_spans (store_t store, const struct spans *spans)
{
  gpg_error_t err = query_run (store->db, "DELETE FROM spans", "");
  size_t i;

  for (i = 0; !err && i < spans->n; i++)
    err = query_run (store->db, "INSERT INTO spans (first, last)"
                     " VALUES (?1, ?2)", "c", span_columns, spans->span + i);
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
