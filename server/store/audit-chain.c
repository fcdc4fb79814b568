/* audit-chain.c - The chain in the store.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "audit-chain.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_STEP 1000          /* Rows of one transaction at the start.  */
#define BEHIND_STEP 1000        /* Rows of one look for a date.  */

enum statement
  {
    NOTE, READ, HAS, ADD, DONE, OLDEST, BEHIND, DROP_ROW, DROP_LINK,
    BASE,
    N_STATEMENTS
  };

/* The columns of chain_columns.  */
#define COLUMNS "row, time, host, result, stage, reason, user, fpr, source," \
  " sport, address, action, ports, rule, request, until, count, detail, blob," \
  " argv"
#define COLUMNS_OF_A "a.row, a.time, a.host, a.result, a.stage, a.reason," \
  " a.user, a.fpr, a.source, a.sport, a.address, a.action, a.ports, a.rule," \
  " a.request, a.until, a.count, a.detail, a.blob, a.argv"
#define ARGV_COLUMN 19

/* What may still become something else.  */
#define FINAL "result NOT IN ('claimed', 'running', 'pending')"

static const char sql_create[] =
  "CREATE TABLE IF NOT EXISTS chain (seq INTEGER PRIMARY KEY,"
  " row INTEGER NOT NULL UNIQUE, hash BLOB NOT NULL);"
  "CREATE TABLE IF NOT EXISTS chain_base (one INTEGER PRIMARY KEY"
  " CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL);"
  "INSERT OR IGNORE INTO chain_base VALUES (1, 0, zeroblob (32));"
  "CREATE TABLE IF NOT EXISTS chain_open (row INTEGER PRIMARY KEY)";
static const char sql_head[] =
  "SELECT seq, hash FROM chain UNION ALL SELECT seq, hash FROM chain_base"
  " ORDER BY seq DESC LIMIT 1";
static const char sql_left_out[] =
  "SELECT row FROM chain_open WHERE row > ?1 ORDER BY row LIMIT ?2";

static const char *const statements[N_STATEMENTS] =
  {
    [NOTE] = "INSERT INTO chain_open (row) VALUES (?1)",
    [DONE] = "DELETE FROM chain_open WHERE row = ?1",
    [READ] = "SELECT " COLUMNS " FROM audit WHERE row = ?1 AND " FINAL
             " AND row NOT IN (SELECT row FROM chain WHERE row = ?1)",
    [HAS] = "SELECT 1 FROM chain WHERE row = ?1",
    [ADD] = "INSERT INTO chain (seq, row, hash) VALUES (?1, ?2, ?3)",
    [OLDEST] = "SELECT c.seq, c.row, c.hash, a.time FROM chain c"
               " LEFT JOIN audit a ON a.row = c.row ORDER BY c.seq LIMIT 1",
    [BEHIND] = "SELECT c.seq, a.time FROM chain c JOIN audit a"
               " ON a.row = c.row WHERE c.seq > ?1 ORDER BY c.seq LIMIT ?2",
    [DROP_ROW] = "DELETE FROM audit WHERE row = ?1",
    [DROP_LINK] = "DELETE FROM chain WHERE seq = ?1",
    [BASE] = "UPDATE chain_base SET seq = ?1, hash = ?2"
  };

struct audit_chain_s
{
  store_t store;
  sqlite3_stmt *stmt[N_STATEMENTS];
  struct chain_link head;       /* Committed.  */
  struct chain_link next;       /* Of the transaction under way.  */
  struct
  {
    uint64_t seq;               /* All between it and the oldest are from the
                                   future.  */
    uint64_t time;              /* 0: so is it.  */
  } behind;
};


static gpg_error_t
read_link (sqlite3_stmt *stmt, int seq, int hash, struct chain_link *r_link)
{
  if (sqlite3_column_bytes (stmt, hash) != CHAIN_HASHLEN)
    return gpg_error (GPG_ERR_BAD_DATA);
  r_link->seq = (uint64_t)sqlite3_column_int64 (stmt, seq);
  memcpy (r_link->hash, sqlite3_column_blob (stmt, hash), CHAIN_HASHLEN);
  return 0;
}


/* The one link that SQL selects.  */
static gpg_error_t
select_link (store_t store, const char *sql, struct chain_link *r_link)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err = store_prepare (store, sql, &stmt);
  int rc;

  if (err)
    return err;
  rc = sqlite3_step (stmt);
  err = rc == SQLITE_ROW ? read_link (stmt, 0, 1, r_link)
    : rc == SQLITE_DONE ? gpg_error (GPG_ERR_BAD_DATA) : database_error (rc);
  sqlite3_finalize (stmt);
  return err;
}


static void
digest_column (chain_t digest, sqlite3_stmt *stmt, int i)
{
  size_t len = (size_t)sqlite3_column_bytes (stmt, i);

  switch (sqlite3_column_type (stmt, i))
    {
    case SQLITE_INTEGER:
      chain_number (digest, sqlite3_column_int64 (stmt, i));
      break;
    case SQLITE_TEXT:
      chain_text (digest, (const char *)sqlite3_column_text (stmt, i), len);
      break;
    case SQLITE_BLOB:
      chain_blob (digest, sqlite3_column_blob (stmt, i), len);
      break;
    default:
      chain_null (digest);
    }
}


static gpg_error_t
digest_row (audit_chain_t chain, sqlite3_stmt *stmt,
            unsigned char hash[CHAIN_HASHLEN])
{
  chain_t digest;
  gpg_error_t err = chain_begin (chain->next.hash, &digest);
  int i;

  if (err)
    return err;
  for (i = 0; i < ARGV_COLUMN; i++)
    digest_column (digest, stmt, i);
  if (sqlite3_column_type (stmt, ARGV_COLUMN) != SQLITE_NULL)
    digest_column (digest, stmt, ARGV_COLUMN);
  chain_end (digest, hash);
  return 0;
}


gpg_error_t
audit_chain_note (audit_chain_t chain, int64_t row)
{
  sqlite3_bind_int64 (chain->stmt[NOTE], 1, row);
  return database_run (chain->stmt[NOTE]);
}


gpg_error_t
audit_chain_has (audit_chain_t chain, int64_t row, bool *r_has)
{
  sqlite3_stmt *stmt = chain->stmt[HAS];
  int rc;

  sqlite3_bind_int64 (stmt, 1, row);
  rc = sqlite3_step (stmt);
  *r_has = rc == SQLITE_ROW;
  sqlite3_reset (stmt);
  return database_error (rc);
}


/* Write down LINK as that of ROW.  */
static gpg_error_t
put_link (audit_chain_t chain, const struct chain_link *link, int64_t row)
{
  sqlite3_stmt *stmt = chain->stmt[ADD];
  gpg_error_t err;

  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)link->seq);
  sqlite3_bind_int64 (stmt, 2, row);
  sqlite3_bind_blob (stmt, 3, link->hash, CHAIN_HASHLEN, SQLITE_STATIC);
  err = database_run (stmt);
  if (err)
    return err;
  sqlite3_bind_int64 (chain->stmt[DONE], 1, row);
  return database_run (chain->stmt[DONE]);
}


gpg_error_t
audit_chain_add (audit_chain_t chain, int64_t row)
{
  sqlite3_stmt *read = chain->stmt[READ];
  struct chain_link link;
  gpg_error_t err = 0;
  int rc;

  sqlite3_bind_int64 (read, 1, row);
  rc = sqlite3_step (read);
  link.seq = chain->next.seq + 1;
  if (rc == SQLITE_ROW)
    err = digest_row (chain, read, link.hash);
  else
    err = database_error (rc);
  sqlite3_reset (read);
  if (err || rc != SQLITE_ROW)
    return err;
  err = put_link (chain, &link, row);
  if (!err)
    chain->next = link;
  return err;
}


void
audit_chain_settle (audit_chain_t chain)
{
  chain->head = chain->next;
}


void
audit_chain_forget (audit_chain_t chain)
{
  chain->next = chain->head;
}


/* Add up to OPEN_STEP rows behind *AFTER, which becomes the last of them;
   *R_MORE is whether there may be others.  */
static gpg_error_t
add_left_out (audit_chain_t chain, sqlite3_stmt *stmt, int64_t *after,
              bool *r_more)
{
  gpg_error_t err = store_begin (chain->store, false);
  int n = 0, rc = SQLITE_DONE;

  sqlite3_bind_int64 (stmt, 1, *after);
  sqlite3_bind_int (stmt, 2, OPEN_STEP);
  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      *after = sqlite3_column_int64 (stmt, 0);
      err = audit_chain_add (chain, *after);
      n++;
    }
  sqlite3_reset (stmt);
  if (!err)
    err = database_error (rc);
  err = store_end (chain->store, err);
  *r_more = !err && n == OPEN_STEP;
  if (!err)
    audit_chain_settle (chain);
  else
    audit_chain_forget (chain);
  return err;
}


gpg_error_t
audit_chain_catch_up (audit_chain_t chain)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err = store_prepare (chain->store, sql_left_out, &stmt);
  int64_t after = 0;
  bool more = true;

  while (!err && more)
    err = add_left_out (chain, stmt, &after, &more);
  sqlite3_finalize (stmt);
  return err;
}


gpg_error_t
audit_chain_open (store_t store, audit_chain_t *r_chain)
{
  audit_chain_t chain = calloc (1, sizeof *chain);
  gpg_error_t err;
  int i;

  *r_chain = NULL;
  if (!chain)
    return gpg_error_from_syserror ();
  chain->store = store;
  err = store_execute (store, sql_create);
  for (i = 0; !err && i < N_STATEMENTS; i++)
    err = store_prepare (store, statements[i], &chain->stmt[i]);
  if (!err)
    err = select_link (store, sql_head, &chain->head);
  chain->next = chain->head;
  if (!err)
    err = audit_chain_catch_up (chain);
  if (err)
    audit_chain_close (chain);
  else
    *r_chain = chain;
  return err;
}


gpg_error_t
audit_chain_open_copy (store_t store, audit_chain_t *r_chain)
{
  audit_chain_t chain = calloc (1, sizeof *chain);
  gpg_error_t err;

  *r_chain = NULL;
  if (!chain)
    return gpg_error_from_syserror ();
  chain->store = store;
  err = select_link (store, sql_head, &chain->head);
  if (err)
    audit_chain_close (chain);
  else
    *r_chain = chain;
  return err;
}


void
audit_chain_close (audit_chain_t chain)
{
  int i;

  if (!chain)
    return;
  for (i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (chain->stmt[i]);
  free (chain);
}


static gpg_error_t
drop_link (audit_chain_t chain, const struct chain_link *link, int64_t row)
{
  gpg_error_t err;

  sqlite3_bind_int64 (chain->stmt[DROP_ROW], 1, row);
  err = database_run (chain->stmt[DROP_ROW]);
  if (err)
    return err;
  sqlite3_bind_int64 (chain->stmt[DROP_LINK], 1, (sqlite3_int64)link->seq);
  err = database_run (chain->stmt[DROP_LINK]);
  if (err)
    return err;
  sqlite3_bind_int64 (chain->stmt[BASE], 1, (sqlite3_int64)link->seq);
  sqlite3_bind_blob (chain->stmt[BASE], 2, link->hash, CHAIN_HASHLEN,
                     SQLITE_STATIC);
  return database_run (chain->stmt[BASE]);
}


/* The first row behind SEQ that is not from the future: one look goes a
   bounded way, and the next goes on from there.  */
static gpg_error_t
look_behind (audit_chain_t chain, uint64_t seq, uint64_t now)
{
  sqlite3_stmt *stmt = chain->stmt[BEHIND];
  uint64_t time;
  int rc = SQLITE_DONE;

  if (chain->behind.time > now)
    chain->behind.seq = chain->behind.time = 0; /* The clock was put back.  */
  if (chain->behind.seq <= seq)
    {
      chain->behind.seq = seq;
      chain->behind.time = 0;
    }
  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)chain->behind.seq);
  sqlite3_bind_int (stmt, 2, BEHIND_STEP);
  while (!chain->behind.time && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      time = (uint64_t)sqlite3_column_int64 (stmt, 1);
      chain->behind.seq = (uint64_t)sqlite3_column_int64 (stmt, 0);
      chain->behind.time = time <= now ? time : 0;
    }
  sqlite3_reset (stmt);
  return database_error (rc);
}


/* A row whose date is still to come was written while the clock was ahead:
   it is at least as old as those that came after it.  */
static gpg_error_t
is_old (audit_chain_t chain, uint64_t seq, uint64_t date,
        const struct chain_age *age, bool *r_old)
{
  gpg_error_t err = 0;

  if (date > age->now)
    {
      err = look_behind (chain, seq, age->now);
      date = chain->behind.time ? chain->behind.time : age->now;
    }
  *r_old = !err && date < age->oldest;
  return err;
}


gpg_error_t
audit_chain_prune (audit_chain_t chain, const struct chain_age *age,
                   unsigned int most, unsigned int *r_n)
{
  sqlite3_stmt *stmt = chain->stmt[OLDEST];
  struct chain_link link;
  gpg_error_t err = 0;
  uint64_t date = 0;
  int64_t row = 0;
  bool old = true;
  int rc;

  for (*r_n = 0; !err && old && *r_n < most; *r_n += old)
    {
      rc = sqlite3_step (stmt);
      old = rc == SQLITE_ROW && sqlite3_column_type (stmt, 3) != SQLITE_NULL;
      err = old ? read_link (stmt, 0, 2, &link) : database_error (rc);
      row = sqlite3_column_int64 (stmt, 1);
      date = (uint64_t)sqlite3_column_int64 (stmt, 3);
      sqlite3_reset (stmt);
      if (!err && old)
        err = is_old (chain, link.seq, date, age, &old);
      if (!err && old)
        err = drop_link (chain, &link, row);
    }
  return err;
}


gpg_error_t
audit_chain_base (audit_chain_t chain, struct chain_link *r_base)
{
  return select_link (chain->store, "SELECT seq, hash FROM chain_base",
                      r_base);
}


void
audit_chain_head (audit_chain_t chain, struct chain_link *r_head)
{
  *r_head = chain->head;
}


gpg_error_t
audit_chain_count_open (audit_chain_t chain, uint64_t *r_n)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err;
  int rc;

  *r_n = 0;
  err = store_prepare (chain->store, "SELECT count (*) FROM chain_open",
                       &stmt);
  if (err)
    return err;
  rc = sqlite3_step (stmt);
  if (rc == SQLITE_ROW)
    *r_n = (uint64_t)sqlite3_column_int64 (stmt, 0);
  sqlite3_finalize (stmt);
  return database_error (rc);
}


gpg_error_t
audit_chain_read (audit_chain_t chain, uint64_t after, uint64_t last,
                  unsigned int most, audit_chain_row_t row, void *hook,
                  unsigned int *r_n)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err;
  int rc = SQLITE_DONE;

  *r_n = 0;
  /* A row that is gone leaves its link, and columns that are null.  */
  err = store_prepare (chain->store, "SELECT " COLUMNS_OF_A
                       ", c.seq, c.hash FROM chain c LEFT JOIN audit a"
                       " ON a.row = c.row WHERE c.seq > ?1 AND c.seq <= ?3"
                       " ORDER BY c.seq LIMIT ?2", &stmt);
  if (err)
    return err;
  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)after);
  sqlite3_bind_int (stmt, 2, (int)most);
  sqlite3_bind_int64 (stmt, 3, (sqlite3_int64)last);
  for (; !err && (rc = sqlite3_step (stmt)) == SQLITE_ROW; ++*r_n)
    err = row (hook, stmt);
  sqlite3_finalize (stmt);
  return err ? err : database_error (rc);
}
