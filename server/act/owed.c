/* owed.c - What was opened elsewhere, and has to be closed there.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "owed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../store/database-row.h"
#include "../store/database.h"

struct owed_store_s
{
  sqlite3 *db;
};

static const struct database_column columns[] =
  {
    COLUMN_NULL (NUMBER, struct owed, id),      /* NULL gets the next.  */
    COLUMN_SOME (TEXT, struct owed, open),
    COLUMN_SOME (TEXT, struct owed, close),
    COLUMN_SOME (TEXT, struct owed, addr),
    COLUMN_SOME (TEXT, struct owed, label),
    COLUMN (NUMBER, struct owed, opened), COLUMN (NUMBER, struct owed, since),
    COLUMNS_END
  };

static const char sql_all[] =
  "SELECT id,open,close,addr,label,opened,since FROM owed ORDER BY id";
/* No REPLACE: two rows never have the same programs.  */
static const char sql_put[] =
  "INSERT INTO owed (id,open,close,addr,label,opened,since)"
  " VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT (id) DO UPDATE"
  " SET opened = excluded.opened, since = excluded.since";
static const char sql_remove[] = "DELETE FROM owed WHERE id = ?1";

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


void
owed_clear (struct owed *row)
{
  free (row->open);
  free (row->close);
  free (row->addr);
  free (row->label);
}


struct loading
{
  owed_load_t load;
  void *hook;
};


static gpg_error_t
load_owed_row (void *hook, sqlite3_stmt *stmt)
{
  const struct loading *loading = hook;
  struct owed row = { 0 };
  gpg_error_t err = database_read (stmt, 0, columns, &row);

  if (!err)
    err = loading->load (loading->hook, &row);
  if (err)
    owed_clear (&row);
  return err;
}


/* It must belong to root alone: what it says is run.  */
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
      log_error ("%s: must be a folder that belongs to root alone", folder);
      return gpg_error (GPG_ERR_EPERM);
    }
  return 0;
}


static gpg_error_t
try_open_owed (const char *path, owed_load_t load, void *hook,
               owed_store_t store)
{
  struct loading loading = { load, hook };
  bool fresh;
  gpg_error_t err = database_open (path, &form, &store->db, &fresh);

  if (!err)
    err = database_rows (store->db, sql_all, load_owed_row, &loading);
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
  err = path && store ? try_open_owed (path, load, hook, store)
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


/* Run SQL with the columns of ROW that it has parameters for.  */
static gpg_error_t
change_row (owed_store_t store, const char *sql, const struct owed *row)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err = database_prepare (store->db, sql, &stmt);

  if (!err)
    {
      database_bind (stmt, 1, columns, row);
      err = database_run (stmt);
    }
  sqlite3_finalize (stmt);
  return database_explain (store->db, err);
}


gpg_error_t
owed_store_put (owed_store_t store, struct owed *row)
{
  gpg_error_t err = change_row (store, sql_put, row);

  if (!err && !row->id)
    row->id = (uint64_t)sqlite3_last_insert_rowid (store->db);
  return err;
}


gpg_error_t
owed_store_remove (owed_store_t store, const struct owed *row)
{
  return change_row (store, sql_remove, row);
}
