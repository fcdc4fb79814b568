/* grants-store.c - The book of grants, in SQLite.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "grants-store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../store/database-row.h"
#include "../store/database.h"
#include "../../common/base/ticks.h"

struct grants_store_s
{
  sqlite3 *db;
  sqlite3_stmt *put;
  sqlite3_stmt *remove;
};

/* What a power cut loses are grants that it has ended.  */
static const struct database_form form =
  {
    .version = 2,
    .settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
      "PRAGMA journal_size_limit=4194304",
    .schema =
      "BEGIN; CREATE TABLE boot (id TEXT NOT NULL);"
      "CREATE TABLE grants ("
      " number INTEGER PRIMARY KEY AUTOINCREMENT,"
      " hash BLOB NOT NULL, request BLOB NOT NULL,"
      " rule TEXT NOT NULL, user TEXT NOT NULL, fpr TEXT NOT NULL,"
      " addr TEXT NOT NULL, observed TEXT NOT NULL, ports TEXT NOT NULL,"
      " bind INTEGER NOT NULL, once INTEGER NOT NULL,"
      " seconds INTEGER NOT NULL, since INTEGER NOT NULL,"
      " until INTEGER NOT NULL, ends INTEGER NOT NULL,"
      " taken_proto INTEGER NOT NULL, taken_sport INTEGER NOT NULL,"
      " taken_dport INTEGER NOT NULL) STRICT;"
      "PRAGMA user_version = 2; COMMIT",
    .follows = true             /* As the runtime folder, below /var/run.  */
  };

static const char sql_put[] =
  "INSERT OR REPLACE INTO grants VALUES"
  " (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)";
static const char sql_all[] =
  "SELECT number,hash,request,rule,user,fpr,addr,observed,ports,bind,once,"
  "seconds,since,until,ends,taken_proto,taken_sport,taken_dport"
  " FROM grants ORDER BY number";
static const char sql_remove[] = "DELETE FROM grants WHERE number = ?1";

/* CLOCK_BOOTTIME means nothing after another boot.  */
static gpg_error_t
read_boot (char id[64])
{
  ssize_t n;
  int fd;

  fd = open ("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return gpg_error_from_syserror ();
  n = read (fd, id, 63);
  close (fd);
  if (n < 1)
    return gpg_error (GPG_ERR_NO_DATA);
  id[n] = 0;
  id[strcspn (id, "\n")] = 0;
  return 0;
}

/* Drop the grants of another boot and those that have ended.  */
static gpg_error_t
drop_old (sqlite3 *db)
{
  char boot[64], sql[512];
  gpg_error_t err;

  err = read_boot (boot);
  if (err)
    return err;
  snprintf (sql, sizeof sql,
            "BEGIN;"
            "DELETE FROM grants WHERE ends <= %llu"
            " OR NOT EXISTS (SELECT 1 FROM boot WHERE id = '%s');"
            "DELETE FROM boot; INSERT INTO boot VALUES ('%s'); COMMIT",
            (unsigned long long)ticks_boot_ms (), boot, boot);
  return database_execute (db, sql);
}


#define WHAT(kind, member) COLUMN (kind, struct grant, what.member)
#define GRANT(member) COLUMN (NUMBER, struct grant, member)

static const struct database_column columns[] =
  {
    /* NULL gets the next number.  */
    COLUMN_NULL (NUMBER, struct grant, number), WHAT (RAW, hash),
    WHAT (RAW, request), COLUMN_SOME (STRING, struct grant, what.rule),
    COLUMN_SOME (STRING, struct grant, what.user),
    COLUMN_SOME (STRING, struct grant, what.fpr), WHAT (ADDR, addr),
    WHAT (ADDR, observed), WHAT (PORTS, ports), WHAT (NUMBER, bind),
    WHAT (NUMBER, once), WHAT (NUMBER, seconds), GRANT (since), GRANT (until),
    GRANT (ends), GRANT (taken.proto), GRANT (taken.sport),
    GRANT (taken.dport), COLUMNS_END
  };

struct loading
{
  grants_load_t load;
  void *hook;
};

static gpg_error_t
load_grant_row (void *hook, sqlite3_stmt *stmt)
{
  const struct loading *loading = hook;
  struct grant grant;
  gpg_error_t err;

  memset (&grant, 0, sizeof grant);
  err = database_read (stmt, 0, columns, &grant);
  return err? err : loading->load (loading->hook, &grant);
}

static gpg_error_t
try_open_grants (const char *path, grants_load_t load, void *hook,
                 grants_store_t store)
{
  struct loading loading = { load, hook };
  bool fresh;
  gpg_error_t err = database_open (path, &form, &store->db, &fresh);

  if (!err)
    err = drop_old (store->db);
  if (!err)
    err = database_prepare (store->db, sql_put, &store->put);
  if (!err)
    err = database_prepare (store->db, sql_remove, &store->remove);
  return err? err
    : database_rows (store->db, sql_all, load_grant_row, &loading);
}

void
grants_store_close (grants_store_t store)
{
  if (!store)
    return;
  sqlite3_finalize (store->put);
  sqlite3_finalize (store->remove);
  sqlite3_close (store->db);
  free (store);
}

gpg_error_t
grants_store_open (const char *path, grants_load_t load, void *hook,
                   grants_store_t *r_store)
{
  grants_store_t store;
  gpg_error_t err;

  *r_store = NULL;
  store = calloc (1, sizeof *store);
  if (!store)
    return gpg_error_from_syserror ();
  err = try_open_grants (path, load, hook, store);
  if (err)
    {
      if (gpg_err_code (err) != GPG_ERR_UNKNOWN_VERSION)
        database_explain (store->db, err);
      grants_store_close (store);
    }
  else
    *r_store = store;
  return err;
}


/* Remove what cannot be read; SQLite's files beside it too.  */
void
grants_store_unlink (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
  char name[4096];
  size_t i;

  for (i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (snprintf (name, sizeof name, "%s%s", path, suffixes[i])
        < (int)sizeof name)
      unlink (name);
}


gpg_error_t
grants_store_put (grants_store_t store, struct grant *grant)
{
  gpg_error_t err;

  database_bind (store->put, 1, columns, grant);
  err = database_explain (store->db, database_run (store->put));
  if (!err && !grant->number)
    grant->number = (uint64_t)sqlite3_last_insert_rowid (store->db);
  return err;
}

gpg_error_t
grants_store_remove (grants_store_t store, uint64_t number)
{
  sqlite3_bind_int64 (store->remove, 1, (sqlite3_int64)number);
  return database_explain (store->db, database_run (store->remove));
}

/* Where it fails each change is its own transaction.  */
void
grants_store_begin (grants_store_t store)
{
  database_explain (store->db, database_execute (store->db, "BEGIN"));
}

gpg_error_t
grants_store_end (grants_store_t store)
{
  return sqlite3_get_autocommit (store->db)? 0
    : database_explain (store->db, database_execute (store->db, "COMMIT"));
}
