/* owed.c - What was opened elsewhere, and is to be closed there.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "owed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../store/database.h"

struct owed_store_s
{
  sqlite3 *db;
};

static const struct database_form form =
  {
    .version = 1,
    .settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    .schema =
      "BEGIN; CREATE TABLE owed ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " open TEXT NOT NULL, close TEXT NOT NULL,"
      " addr TEXT NOT NULL, label TEXT NOT NULL,"
      " opened INTEGER NOT NULL, since INTEGER NOT NULL DEFAULT 0,"
      " UNIQUE (open, close)) STRICT;"
      "PRAGMA user_version = 1; COMMIT"
  };


struct loading
{
  owed_load_t load;
  void *hook;
};


static gpg_error_t
load_row (void *hook, sqlite3_stmt *stmt)
{
  const struct loading *loading = hook;
  struct owed row;

  row.id = (uint64_t)sqlite3_column_int64 (stmt, 0);
  row.open = (const char *)sqlite3_column_text (stmt, 1);
  row.close = (const char *)sqlite3_column_text (stmt, 2);
  row.addr = (const char *)sqlite3_column_text (stmt, 3);
  row.label = (const char *)sqlite3_column_text (stmt, 4);
  row.opened = sqlite3_column_int (stmt, 5) != 0;
  row.since = (uint64_t)sqlite3_column_int64 (stmt, 6);
  return row.open && row.close && row.addr && row.label
    ? loading->load (loading->hook, &row) : gpg_error (GPG_ERR_ENOMEM);
}


/* Root's alone: what it says is run.  */
static gpg_error_t
check_owed_folder (const char *folder, bool create)
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
  struct loading loading = { load, hook };
  bool fresh;
  gpg_error_t err = database_open (path, &form, &store->db, &fresh);

  if (!err)
    err = database_rows (store->db, "SELECT id,open,close,addr,label,opened,"
                         "since FROM owed ORDER BY id", load_row, &loading);
  if (gpg_err_code (err) != GPG_ERR_UNKNOWN_VERSION)
    return database_explain (store->db, err);
  log_error ("%s: made by another version of Postern: close by hand what it"
             " lists, move it away and start posternd again", path);
  return err;
}


gpg_error_t
owed_store_open (const char *folder, bool create, owed_load_t load,
                 void *hook, owed_store_t *r_store)
{
  gpg_error_t err = check_owed_folder (folder, create);
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
finish_statement (owed_store_t store, sqlite3_stmt *stmt)
{
  gpg_error_t err = stmt ? database_run (stmt)
    : database_error (sqlite3_errcode (store->db));

  sqlite3_finalize (stmt);
  return database_explain (store->db, err);
}


static sqlite3_stmt *
prepare_statement (owed_store_t store, const char *sql)
{
  sqlite3_stmt *stmt = NULL;

  database_prepare (store->db, sql, &stmt);
  return stmt;
}


gpg_error_t
owed_store_add (owed_store_t store, struct owed *row)
{
  sqlite3_stmt *stmt =
    prepare_statement (store, "INSERT INTO owed (open,close,addr,label,opened)"
                       " VALUES (?1,?2,?3,?4,0)");
  gpg_error_t err;

  sqlite3_bind_text (stmt, 1, row->open, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 2, row->close, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 3, row->addr, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 4, row->label, -1, SQLITE_STATIC);
  err = finish_statement (store, stmt);
  if (!err)
    row->id = (uint64_t)sqlite3_last_insert_rowid (store->db);
  return err;
}


gpg_error_t
owed_store_set (owed_store_t store, uint64_t id, bool opened, uint64_t since)
{
  sqlite3_stmt *stmt = prepare_statement (store, "UPDATE owed SET opened = ?2,"
                                          " since = ?3 WHERE id = ?1");

  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)id);
  sqlite3_bind_int (stmt, 2, opened);
  sqlite3_bind_int64 (stmt, 3, (sqlite3_int64)since);
  return finish_statement (store, stmt);
}


gpg_error_t
owed_store_remove (owed_store_t store, uint64_t id)
{
  sqlite3_stmt *stmt = prepare_statement (store, "DELETE FROM owed"
                                          " WHERE id = ?1");

  sqlite3_bind_int64 (stmt, 1, (sqlite3_int64)id);
  return finish_statement (store, stmt);
}
