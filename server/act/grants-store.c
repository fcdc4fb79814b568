/* grants-store.c - The book of grants, in SQLite.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "grants-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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


/* Readers of a column: false for what was not written here.  */

static bool
column_raw (sqlite3_stmt *stmt, int i, void *buf, size_t len)
{
  if (sqlite3_column_bytes (stmt, i) != (int)len)
    return false;
  memcpy (buf, sqlite3_column_blob (stmt, i), len);
  return true;
}

static const char *
column_text (sqlite3_stmt *stmt, int i)
{
  const char *text = (const char *)sqlite3_column_text (stmt, i);

  return text? text : "";
}

static bool
column_string (sqlite3_stmt *stmt, int i, char *buf, size_t size)
{
  const char *text = column_text (stmt, i);

  if (!*text || strlen (text) >= size)
    return false;
  memcpy (buf, text, strlen (text) + 1);
  return true;
}

static bool
read_grant (sqlite3_stmt *stmt, struct grant *grant)
{
  struct packet_grant *what = &grant->what;

  memset (grant, 0, sizeof *grant);
  grant->number = (uint64_t)sqlite3_column_int64 (stmt, 0);
  what->bind = (uint16_t)sqlite3_column_int (stmt, 9);
  what->once = sqlite3_column_int (stmt, 10) != 0;
  what->seconds = (uint32_t)sqlite3_column_int64 (stmt, 11);
  grant->since = (uint64_t)sqlite3_column_int64 (stmt, 12);
  grant->until = (uint64_t)sqlite3_column_int64 (stmt, 13);
  grant->ends = (uint64_t)sqlite3_column_int64 (stmt, 14);
  grant->taken.proto = (uint8_t)sqlite3_column_int (stmt, 15);
  grant->taken.sport = (uint16_t)sqlite3_column_int (stmt, 16);
  grant->taken.dport = (uint16_t)sqlite3_column_int (stmt, 17);
  return column_raw (stmt, 1, what->hash, sizeof what->hash)
         && column_raw (stmt, 2, what->request, sizeof what->request)
         && column_string (stmt, 3, what->rule, sizeof what->rule)
         && column_string (stmt, 4, what->user, sizeof what->user)
         && column_string (stmt, 5, what->fpr, sizeof what->fpr)
         && !netspec_addr_parse (column_text (stmt, 6), &what->addr)
         && !netspec_addr_parse (column_text (stmt, 7), &what->observed)
         && !netspec_ports_parse (column_text (stmt, 8), &what->ports);
}

static gpg_error_t
load_grants (sqlite3 *db, grants_load_t load, void *hook)
{
  struct grant grant;
  sqlite3_stmt *stmt = NULL;
  int rc = SQLITE_DONE;
  gpg_error_t err = database_prepare (db, sql_all, &stmt);

  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    err = read_grant (stmt, &grant)? load (hook, &grant)
                                 : gpg_error (GPG_ERR_BAD_DATA);
  sqlite3_finalize (stmt);
  return err? err : database_error (rc);
}

static gpg_error_t
try_open_grants (const char *path, grants_load_t load, void *hook,
                 grants_store_t store)
{
  bool fresh;
  gpg_error_t err = database_open (path, &form, &store->db, &fresh);

  if (!err)
    err = drop_old (store->db);
  if (!err)
    err = database_prepare (store->db, sql_put, &store->put);
  if (!err)
    err = database_prepare (store->db, sql_remove, &store->remove);
  return err? err : load_grants (store->db, load, hook);
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


static void
bind_text (sqlite3_stmt *stmt, int i, const char *text)
{
  sqlite3_bind_text (stmt, i, text, -1, SQLITE_TRANSIENT);
}

static void
bind_row (sqlite3_stmt *stmt, const struct grant *grant)
{
  const struct packet_grant *what = &grant->what;
  char addr[NETSPEC_ADDRSTRLEN], ports[NETSPEC_PORTSTRLEN];

  if (grant->number)
    sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)grant->number);
  else
    sqlite3_bind_null (stmt, 1);
  sqlite3_bind_blob (stmt, 2, what->hash, sizeof what->hash, SQLITE_STATIC);
  sqlite3_bind_blob (stmt, 3, what->request, sizeof what->request,
                     SQLITE_STATIC);
  bind_text (stmt, 4, what->rule);
  bind_text (stmt, 5, what->user);
  bind_text (stmt, 6, what->fpr);
  bind_text (stmt, 7, netspec_addr_print (&what->addr, addr));
  bind_text (stmt, 8, netspec_addr_print (&what->observed, addr));
  bind_text (stmt, 9, netspec_ports_print (&what->ports, ports));
  sqlite3_bind_int (stmt, 10, what->bind);
  sqlite3_bind_int (stmt, 11, what->once);
  sqlite3_bind_int64 (stmt, 12, what->seconds);
  sqlite3_bind_int64 (stmt, 13, (sqlite3_int64)grant->since);
  sqlite3_bind_int64 (stmt, 14, (sqlite3_int64)grant->until);
  sqlite3_bind_int64 (stmt, 15, (sqlite3_int64)grant->ends);
  sqlite3_bind_int (stmt, 16, grant->taken.proto);
  sqlite3_bind_int (stmt, 17, grant->taken.sport);
  sqlite3_bind_int (stmt, 18, grant->taken.dport);
}

gpg_error_t
grants_store_put (grants_store_t store, struct grant *grant)
{
  gpg_error_t err;

  bind_row (store->put, grant);
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
