/* audit-chain.c - The chain in the store.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * chain_open lists the rows that are not in the chain yet.  A row is noted
 * there in the transaction that inserts it, so that a crash loses none.  */

#include "audit-chain.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_STEP 1000          /* Rows of one transaction at the start.  */
#define PAST_STEP 1000          /* Rows of one search for a date.  */

/* The others may still become something else.  */
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

static const char sql_note[] = "INSERT INTO chain_open (row) VALUES (?1)";
static const char sql_done[] = "DELETE FROM chain_open WHERE row = ?1";
static const char sql_read[] =
  "SELECT row, " AUDIT_COLUMNS ", blob, argv FROM audit WHERE row = ?1"
  " AND " FINAL " AND row NOT IN (SELECT row FROM chain WHERE row = ?1)";
static const char sql_add[] =
  "INSERT INTO chain (seq, hash, row) VALUES (?1, ?2, ?3)";
/* A row that is gone has no time.  */
static const char sql_oldest[] =
  "SELECT c.seq, c.hash, c.row, coalesce (a.time, -1) FROM chain c"
  " LEFT JOIN audit a ON a.row = c.row ORDER BY c.seq LIMIT 1";
static const char sql_after[] =
  "SELECT c.seq, a.time FROM chain c JOIN audit a ON a.row = c.row"
  " WHERE c.seq > ?1 ORDER BY c.seq LIMIT ?2";
static const char sql_drop_row[] = "DELETE FROM audit WHERE row = ?1";
static const char sql_drop_link[] = "DELETE FROM chain WHERE seq = ?1";
static const char sql_base[] =
  "UPDATE chain_base SET seq = ?1, hash = ?2";
/* A row that is gone leaves its link, and columns that are NULL.  */
static const char sql_chain[] =
  "SELECT c.seq AS seq, c.hash AS hash, a.row AS row, " AUDIT_COLUMNS
  ", blob, argv FROM chain c LEFT JOIN audit a ON a.row = c.row"
  " WHERE c.seq > ?1 AND c.seq <= ?2 ORDER BY c.seq LIMIT ?3";

/* argv is hashed only where there is one.  */
#define ARGV_COLUMN 19

static const struct database_column link_columns[] =
  {
    COLUMN (NUMBER, struct chain_link, seq),
    COLUMN (RAW, struct chain_link, hash), COLUMNS_END
  };

struct audit_chain_s
{
  store_t store;
  sqlite3 *db;
  struct chain_link head;       /* Committed.  */
  struct chain_link next;       /* Of the transaction under way.  */
  struct
  {
    uint64_t seq;               /* All between it and the oldest are from the
                                   future.  */
    uint64_t time;              /* 0: so is it.  */
  } past;
};


/* The one link that SQL selects.  */
static gpg_error_t
select_link (audit_chain_t chain, const char *sql, struct chain_link *r_link)
{
  gpg_error_t err = query_get (chain->db, sql, link_columns, r_link, "");

  return gpg_err_code (err) == GPG_ERR_NOT_FOUND
    ? gpg_error (GPG_ERR_BAD_DATA) : err;
}


static void
hash_column (chain_t digest, sqlite3_stmt *stmt, int i)
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


/* What comes of a row that may enter the chain.  */
struct new_link
{
  const struct chain_link *before;
  struct chain_link link;
  bool found;
};


static gpg_error_t
hash_row (void *hook, sqlite3_stmt *stmt)
{
  struct new_link *new = hook;
  chain_t digest;
  gpg_error_t err = chain_begin (new->before->hash, &digest);
  int i;

  if (err)
    return err;
  for (i = 0; i < ARGV_COLUMN; i++)
    hash_column (digest, stmt, i);
  if (sqlite3_column_type (stmt, ARGV_COLUMN) != SQLITE_NULL)
    hash_column (digest, stmt, ARGV_COLUMN);
  chain_end (digest, new->link.hash);
  new->found = true;
  return 0;
}


gpg_error_t
audit_chain_note (audit_chain_t chain, int64_t row)
{
  return query_run (chain->db, sql_note, "i", row);
}


gpg_error_t
audit_chain_has (audit_chain_t chain, int64_t row, bool *r_has)
{
  int64_t n;
  gpg_error_t err = query_number (chain->db, "SELECT 1 FROM chain"
                                  " WHERE row = ?1", &n, "i", row);

  *r_has = !err && n;
  return err;
}


gpg_error_t
audit_chain_add (audit_chain_t chain, int64_t row)
{
  struct new_link new = { &chain->next, { chain->next.seq + 1, { 0 } },
                          false };
  gpg_error_t err = query_rows (chain->db, sql_read, hash_row, &new, "i",
                              row);

  if (err || !new.found)
    return err;
  err = query_run (chain->db, sql_add, "ci", link_columns, &new.link, row);
  if (!err)
    err = query_run (chain->db, sql_done, "i", row);
  if (!err)
    chain->next = new.link;
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


struct left_out
{
  audit_chain_t chain;
  int64_t after;                /* The last row that was added.  */
  unsigned int n;               /* Of this transaction.  */
};


static gpg_error_t
add_left_out (void *hook, sqlite3_stmt *stmt)
{
  struct left_out *left_out = hook;

  left_out->n++;
  left_out->after = sqlite3_column_int64 (stmt, 0);
  return audit_chain_add (left_out->chain, left_out->after);
}


gpg_error_t
audit_chain_catch_up (audit_chain_t chain)
{
  struct left_out left_out = { .chain = chain };
  gpg_error_t err;

  do
    {
      left_out.n = 0;
      err = store_begin (chain->store, false);
      if (!err)
        err = query_rows (chain->db, sql_left_out, add_left_out, &left_out,
                          "ii", left_out.after, (int64_t)OPEN_STEP);
      err = store_end (chain->store, err);
      if (err)
        audit_chain_forget (chain);
      else
        audit_chain_settle (chain);
    }
  while (!err && left_out.n == OPEN_STEP);
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
  chain->db = store_db (store);
  err = select_link (chain, sql_head, &chain->head);
  chain->next = chain->head;
  if (err)
    audit_chain_close (chain);
  else
    *r_chain = chain;
  return err;
}


gpg_error_t
audit_chain_open (store_t store, audit_chain_t *r_chain)
{
  gpg_error_t err = database_execute (store_db (store), sql_create);

  *r_chain = NULL;
  if (!err)
    err = audit_chain_open_copy (store, r_chain);
  if (!err)
    err = audit_chain_catch_up (*r_chain);
  if (err)
    {
      audit_chain_close (*r_chain);
      *r_chain = NULL;
    }
  return err;
}


void
audit_chain_close (audit_chain_t chain)
{
  free (chain);
}


/* The hash of the last row that goes becomes the base: the rest can still be
   proven from it.  */
static gpg_error_t
drop_oldest_link (audit_chain_t chain, const struct chain_link *link,
                  int64_t row)
{
  gpg_error_t err = query_run (chain->db, sql_drop_row, "i", row);

  if (!err)
    err = query_run (chain->db, sql_drop_link, "i", link->seq);
  if (!err)
    err = query_run (chain->db, sql_base, "c", link_columns, link);
  return err;
}


struct past_search
{
  audit_chain_t chain;
  uint64_t now;
};


static gpg_error_t
note_past (void *hook, sqlite3_stmt *stmt)
{
  struct past_search *search = hook;
  audit_chain_t chain = search->chain;
  uint64_t time = (uint64_t)sqlite3_column_int64 (stmt, 1);

  chain->past.seq = (uint64_t)sqlite3_column_int64 (stmt, 0);
  chain->past.time = time <= search->now ? time : 0;
  return chain->past.time ? gpg_error (GPG_ERR_EOF) : 0;
}


/* Find the first row after SEQ that is not from the future.  One search
   covers a bounded number of rows, and the next one continues from there.  */
static gpg_error_t
find_past (audit_chain_t chain, uint64_t seq, uint64_t now)
{
  struct past_search search = { chain, now };
  gpg_error_t err;

  if (chain->past.time > now)
    chain->past.seq = chain->past.time = 0; /* The clock was set back.  */
  if (chain->past.seq <= seq)
    {
      chain->past.seq = seq;
      chain->past.time = 0;
    }
  if (chain->past.time)
    return 0;
  err = query_rows (chain->db, sql_after, note_past, &search, "ii",
                    chain->past.seq, (int64_t)PAST_STEP);
  return gpg_err_code (err) == GPG_ERR_EOF ? 0 : err;
}


struct oldest
{
  struct chain_link link;
  int64_t row;
  int64_t time;                 /* -1: the row is gone.  */
};


/* A row whose date is still to come was written while the clock was ahead:
   it is at least as old as those that came after it.  */
static gpg_error_t
is_row_old (audit_chain_t chain, const struct oldest *oldest,
            const struct chain_age *age, bool *r_old)
{
  uint64_t date = (uint64_t)oldest->time;
  gpg_error_t err = 0;

  *r_old = false;
  if (oldest->time < 0)
    return 0;
  if (date > age->now)
    {
      err = find_past (chain, oldest->link.seq, age->now);
      date = chain->past.time ? chain->past.time : age->now;
    }
  *r_old = !err && date < age->oldest;
  return err;
}


gpg_error_t
audit_chain_prune (audit_chain_t chain, const struct chain_age *age,
                   unsigned int most, unsigned int *r_n)
{
  static const struct database_column columns[] =
    {
      COLUMN (NUMBER, struct oldest, link.seq),
      COLUMN (RAW, struct oldest, link.hash),
      COLUMN (NUMBER, struct oldest, row),
      COLUMN (NUMBER, struct oldest, time), COLUMNS_END
    };
  struct oldest oldest;
  gpg_error_t err = 0;
  bool old = true;

  for (*r_n = 0; !err && old && *r_n < most; *r_n += old)
    {
      err = query_get (chain->db, sql_oldest, columns, &oldest, "");
      if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
        return 0;
      if (!err)
        err = is_row_old (chain, &oldest, age, &old);
      if (!err && old)
        err = drop_oldest_link (chain, &oldest.link, oldest.row);
    }
  return err;
}


gpg_error_t
audit_chain_base (audit_chain_t chain, struct chain_link *r_base)
{
  return select_link (chain, "SELECT seq, hash FROM chain_base", r_base);
}


void
audit_chain_head (audit_chain_t chain, struct chain_link *r_head)
{
  *r_head = chain->head;
}


gpg_error_t
audit_chain_count_open (audit_chain_t chain, uint64_t *r_n)
{
  int64_t n;
  gpg_error_t err = query_number (chain->db, "SELECT count (*)"
                                  " FROM chain_open", &n, "");

  *r_n = (uint64_t)n;
  return err;
}


gpg_error_t
audit_chain_read (audit_chain_t chain, uint64_t after, uint64_t last,
                  unsigned int most, database_row_t row, void *hook)
{
  return query_rows (chain->db, sql_chain, row, hook, "iii", after, last,
                     (int64_t)most);
}
