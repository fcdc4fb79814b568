/* owed.c - What was opened elsewhere, and is to be closed there.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "owed.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "schema.h"

#define VERSION_OWED 1          /* As in the schema.  */

struct owed_store_s
{
  sqlite3 *db;
};

static const char schema[] =
  "PRAGMA journal_mode=WAL;"
  "PRAGMA synchronous=FULL;"
  "PRAGMA locking_mode=EXCLUSIVE;"
  "CREATE TABLE IF NOT EXISTS owed ("
  " id INTEGER PRIMARY KEY AUTOINCREMENT,"
  " open TEXT NOT NULL, close TEXT NOT NULL,"
  " addr TEXT NOT NULL, label TEXT NOT NULL,"
  " opened INTEGER NOT NULL, since INTEGER NOT NULL DEFAULT 0,"
  " UNIQUE (open, close)) STRICT;"
  "PRAGMA user_version = 1;";


static gpg_error_t
sql_error (sqlite3 *db)
{
  int code = sqlite3_errcode (db) & 0xff;

  log_error ("owed.db: %s", sqlite3_errmsg (db));
  return gpg_error (code == SQLITE_FULL ? GPG_ERR_ENOSPC
                    : code == SQLITE_NOMEM ? GPG_ERR_ENOMEM
                    : GPG_ERR_EIO);
}


static gpg_error_t
load_all (sqlite3 *db, owed_load_t load, void *hook)
{
  gpg_error_t err = 0;
  sqlite3_stmt *stmt;
  struct owed row;
  int rc = SQLITE_DONE;

  if (sqlite3_prepare_v2 (db, "SELECT id,open,close,addr,label,opened,"
                          "since FROM owed ORDER BY id", -1, &stmt, NULL))
    return sql_error (db);
  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      row.id = (uint64_t)sqlite3_column_int64 (stmt, 0);
      row.open = (const char *)sqlite3_column_text (stmt, 1);
      row.close = (const char *)sqlite3_column_text (stmt, 2);
      row.addr = (const char *)sqlite3_column_text (stmt, 3);
      row.label = (const char *)sqlite3_column_text (stmt, 4);
      row.opened = sqlite3_column_int (stmt, 5) != 0;
      row.since = (uint64_t)sqlite3_column_int64 (stmt, 6);
      err = row.open && row.close && row.addr && row.label
        ? load (hook, &row) : gpg_error (GPG_ERR_ENOMEM);
    }
  if (!err && rc != SQLITE_DONE)
    err = sql_error (db);
  sqlite3_finalize (stmt);
  return err;
}


/* Root's alone: what it says is run.  */
static gpg_error_t
check_folder (const char *folder, bool create)
{
  struct stat st;

  if (create && mkdir (folder, 0700) && errno != EEXIST)
    return gpg_error_from_syserror ();
  if (lstat (folder, &st))
    return gpg_error_from_syserror ();
  if (!S_ISDIR (st.st_mode) || st.st_uid != geteuid ()
      || st.st_mode & (S_IRWXG | S_IRWXO))
    {
      log_error ("%s: not a folder of root's alone", folder);
      return gpg_error (GPG_ERR_EPERM);
    }
  return 0;
}


static gpg_error_t
try_open (const char *path, owed_load_t load, void *hook, owed_store_t store)
{
  gpg_error_t err;

  if (sqlite3_open_v2 (path, &store->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                       | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL))
    return store->db ? sql_error (store->db) : gpg_error (GPG_ERR_ENOMEM);
  err = schema_check (store->db, VERSION_OWED);
  if (gpg_err_code (err) == GPG_ERR_UNKNOWN_VERSION)
    log_error ("%s: made by another version of Postern: close by hand what it"
               " lists, move it away and start posternd again", path);
  if (err)
    return err;
  if (sqlite3_exec (store->db, schema, NULL, NULL, NULL))
    return sql_error (store->db);
  return load_all (store->db, load, hook);
}


gpg_error_t
owed_store_open (const char *folder, bool create, owed_load_t load,
                 void *hook, owed_store_t *r_store)
{
  gpg_error_t err = check_folder (folder, create);
  owed_store_t store;
  char *path;

  *r_store = NULL;
  if (!create && gpg_err_code (err) == GPG_ERR_ENOENT)
    return 0;
  if (err)
    return err;
  path = gpgrt_bsprintf ("%s/owed.db", folder);
  store = calloc (1, sizeof *store);
  err = path && store ? try_open (path, load, hook, store)
    : gpg_error (GPG_ERR_ENOMEM);
  gpgrt_free (path);
  if (err)
    owed_store_close (store);
  else
    *r_store = store;
  return err;
}


void
owed_store_close (owed_store_t store)
{
  if (!store)
    return;
  sqlite3_close (store->db);
  free (store);
}


/* Run STMT (NULL: it could not be prepared) to its end.  */
static gpg_error_t
finish (owed_store_t store, sqlite3_stmt *stmt)
{
  gpg_error_t err = 0;

  if (!stmt || sqlite3_step (stmt) != SQLITE_DONE)
    err = sql_error (store->db);
  sqlite3_finalize (stmt);
  return err;
}


static sqlite3_stmt *
prepare (owed_store_t store, const char *sql)
{
  sqlite3_stmt *stmt = NULL;

  sqlite3_prepare_v2 (store->db, sql, -1, &stmt, NULL);
  return stmt;
}


gpg_error_t
owed_store_add (owed_store_t store, struct owed *row)
{
  sqlite3_stmt *stmt = prepare (store, "INSERT INTO owed (open,close,addr,"
                                "label,opened) VALUES (?1,?2,?3,?4,0)");
  gpg_error_t err;

  sqlite3_bind_text (stmt, 1, row->open, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 2, row->close, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 3, row->addr, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 4, row->label, -1, SQLITE_STATIC);
  err = finish (store, stmt);
  if (!err)
    row->id = (uint64_t)sqlite3_last_insert_rowid (store->db);
  return err;
}


gpg_error_t
owed_store_set (owed_store_t store, uint64_t id, bool opened, uint64_t since)
{
  sqlite3_stmt *stmt = prepare (store, "UPDATE owed SET opened = ?2,"
                                " since = ?3 WHERE id = ?1");

  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)id);
  sqlite3_bind_int (stmt, 2, opened);
  sqlite3_bind_int64 (stmt, 3, (sqlite3_int64)since);
  return finish (store, stmt);
}


gpg_error_t
owed_store_remove (owed_store_t store, uint64_t id)
{
  sqlite3_stmt *stmt = prepare (store, "DELETE FROM owed WHERE id = ?1");

  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)id);
  return finish (store, stmt);
}
