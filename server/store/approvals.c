/* approvals.c - Requests that are pending: they wait for approval.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Their table is called "waiting".  Each change is on the disk before the
 * copy in memory changes.  */

#include "approvals.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "clock.h"

static const char sql_create[] =
  "CREATE TABLE IF NOT EXISTS waiting (request BLOB PRIMARY KEY,"
  " user TEXT NOT NULL, fpr TEXT NOT NULL, origin BLOB NOT NULL,"
  " text BLOB NOT NULL, command INTEGER NOT NULL, name TEXT NOT NULL,"
  " terms BLOB NOT NULL, what TEXT NOT NULL, row INTEGER NOT NULL,"
  " since INTEGER NOT NULL, until INTEGER NOT NULL);"
  "CREATE TABLE IF NOT EXISTS approvals (request BLOB NOT NULL,"
  " user TEXT NOT NULL, fpr TEXT NOT NULL, approval BLOB NOT NULL,"
  " PRIMARY KEY (request, user))";

static const char sql_read[] =
  "SELECT request, user, fpr, origin, text, command, name, terms, what, row,"
  " since, until FROM waiting ORDER BY since, request";
static const char sql_read_approvals[] =
  "SELECT request, user, fpr, approval FROM approvals ORDER BY rowid";

static const char sql_add[] =
  "INSERT INTO waiting (request, user, fpr, origin, text, command, name,"
  " terms, what, row, since, until)"
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
/* Otherwise a crash would leave a row that the next start takes for final. */
static const char sql_pending[] =
  "UPDATE audit SET result = 'pending', stage = 'approval' WHERE row = ?1";
static const char sql_approve[] =
  "INSERT INTO approvals (user, fpr, approval, request)"
  " VALUES (?1, ?2, ?3, ?4)";
static const char sql_remove[] = "DELETE FROM waiting WHERE request = ?1";
static const char sql_remove_approvals[] =
  "DELETE FROM approvals WHERE request = ?1";

struct approvals_s
{
  store_t store;
  size_t n;
  struct pending *item[APPROVALS_MAX];
};


void
approvals_release (struct pending *pending)
{
  if (!pending)
    return;
  request_text_release (pending->text, pending->text_len);
  free (pending->what);
  free (pending);
}


#define PENDING(kind, member) COLUMN (kind, struct pending, member)
#define APPROVAL(kind, member) COLUMN (kind, struct approval, member)

static const struct database_column columns[] =
  {
    PENDING (RAW, request), PENDING (STRING, user), PENDING (STRING, fpr),
    PENDING (RAW, origin), COLUMN_BYTES (struct pending, text, text_len),
    PENDING (NUMBER, command), PENDING (STRING, name), PENDING (RAW, terms),
    PENDING (TEXT, what), PENDING (NUMBER, row), PENDING (NUMBER, since),
    PENDING (NUMBER, until), COLUMNS_END
  };

static const struct database_column approval_columns[] =
  {
    APPROVAL (STRING, user), APPROVAL (STRING, fpr), APPROVAL (RAW, request),
    COLUMNS_END
  };


static gpg_error_t
read_pending (void *hook, sqlite3_stmt *stmt)
{
  approvals_t approvals = hook;
  struct pending *pending;
  gpg_error_t err;

  if (approvals->n == APPROVALS_MAX)
    return 0;
  pending = calloc (1, sizeof *pending);
  if (!pending)
    return gpg_error_from_syserror ();
  err = database_read (stmt, 0, columns, pending);
  if (!err && (!pending->text_len || pending->text_len > REQUEST_MAXLEN
               || !pending->what))
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (err)
    approvals_release (pending);
  else
    approvals->item[approvals->n++] = pending;
  return err;
}


static gpg_error_t
read_approval (void *hook, sqlite3_stmt *stmt)
{
  static const struct database_column key[] =
    { PENDING (RAW, request), COLUMNS_END };
  struct approval approval;
  struct pending of, *pending;
  gpg_error_t err;

  memset (&approval, 0, sizeof approval);
  err = database_read (stmt, 0, key, &of);
  if (!err)
    err = database_read (stmt, 1, approval_columns, &approval);
  pending = err ? NULL : approvals_find (hook, of.request);
  if (pending && pending->n_approvals < 2 * CONFIG_MAX_APPROVALS)
    pending->approval[pending->n_approvals++] = approval;
  return err;
}


/* How long they still wait, by the wall clock: after a restart there is no
   other.  It is never longer than at first, in case the clock was set
   back.  */
static void
set_ends (approvals_t approvals, uint64_t now_wall, int64_t now_boot)
{
  struct pending *pending;
  uint64_t left, whole;
  size_t i;

  for (i = 0; i < approvals->n; i++)
    {
      pending = approvals->item[i];
      whole = pending->until > pending->since
        ? pending->until - pending->since : 0;
      left = pending->until > now_wall ? pending->until - now_wall : 0;
      if (left > whole)
        left = whole;
      pending->ends = now_boot + (int64_t)left * CLOCK_SECOND;
    }
}


gpg_error_t
approvals_open (store_t store, uint64_t now_wall, int64_t now_boot,
               approvals_t *r_approvals)
{
  approvals_t approvals = calloc (1, sizeof *approvals);
  gpg_error_t err;

  *r_approvals = NULL;
  if (!approvals)
    return gpg_error (GPG_ERR_ENOMEM);
  approvals->store = store;
  err = database_execute (store_db (store), sql_create);
  if (!err)
    err = query_rows (store_db (store), sql_read, read_pending, approvals,
                      "");
  if (!err)
    err = query_rows (store_db (store), sql_read_approvals, read_approval,
                      approvals, "");
  set_ends (approvals, now_wall, now_boot);
  if (err)
    approvals_close (approvals);
  else
    *r_approvals = approvals;
  return err;
}


void
approvals_close (approvals_t approvals)
{
  size_t i;

  if (!approvals)
    return;
  for (i = 0; i < approvals->n; i++)
    approvals_release (approvals->item[i]);
  free (approvals);
}


static size_t
count_pending_of (approvals_t approvals, const char *user)
{
  size_t i, n = 0;

  for (i = 0; i < approvals->n; i++)
    n += !strcmp (approvals->item[i]->user, user);
  return n;
}


/* Within a transaction.  */
static gpg_error_t
insert_pending (sqlite3 *db, const struct pending *pending)
{
  gpg_error_t err = query_run (db, sql_add, "c", columns, pending);

  return err ? err : query_run (db, sql_pending, "i", pending->row);
}


gpg_error_t
approvals_add (approvals_t approvals, struct pending *pending)
{
  gpg_error_t err = gpg_error (GPG_ERR_LIMIT_REACHED);

  if (approvals->n < APPROVALS_MAX
      && count_pending_of (approvals, pending->user) < APPROVALS_MAX_USER)
    err = store_begin (approvals->store, true);
  if (!err)
    err = store_end (approvals->store,
                     insert_pending (store_db (approvals->store), pending));
  if (err)
    approvals_release (pending);
  else
    approvals->item[approvals->n++] = pending;
  return err;
}


gpg_error_t
approvals_approve (approvals_t approvals, struct pending *pending,
                  const struct approval *approval)
{
  gpg_error_t err;
  unsigned int i;

  for (i = 0; i < pending->n_approvals; i++)
    if (!strcmp (pending->approval[i].user, approval->user)
        || !strcmp (pending->approval[i].fpr, approval->fpr))
      return gpg_error (GPG_ERR_EEXIST);
  if (pending->n_approvals == 2 * CONFIG_MAX_APPROVALS)
    return gpg_error (GPG_ERR_LIMIT_REACHED);
  err = store_run (approvals->store, true, sql_approve, "ch",
                   approval_columns, approval, pending->request);
  if (!err)
    pending->approval[pending->n_approvals++] = *approval;
  return err;
}


gpg_error_t
approvals_remove (approvals_t approvals, struct pending *pending)
{
  sqlite3 *db = store_db (approvals->store);
  gpg_error_t err = store_begin (approvals->store, true);
  size_t i;

  if (!err)
    err = query_run (db, sql_remove, "h", pending->request);
  if (!err)
    err = query_run (db, sql_remove_approvals, "h", pending->request);
  err = store_end (approvals->store, err);
  if (err)
    return err;
  for (i = 0; approvals->item[i] != pending; i++)
    ;
  approvals->n--;
  memmove (approvals->item + i, approvals->item + i + 1,
           (approvals->n - i) * sizeof *approvals->item);
  approvals_release (pending);
  return 0;
}


size_t
approvals_count (approvals_t approvals)
{
  return approvals->n;
}


struct pending *
approvals_get (approvals_t approvals, size_t i)
{
  return i < approvals->n ? approvals->item[i] : NULL;
}


struct pending *
approvals_find (approvals_t approvals,
               const unsigned char request[REQUEST_HASHLEN])
{
  size_t i;

  for (i = 0; i < approvals->n; i++)
    if (!memcmp (approvals->item[i]->request, request, REQUEST_HASHLEN))
      return approvals->item[i];
  return NULL;
}


gpg_error_t
approvals_find_prefix (approvals_t approvals, const char *prefix,
                      struct pending **r_pending)
{
  char hex[2 * REQUEST_HASHLEN + 1];
  size_t i;

  *r_pending = NULL;
  for (i = 0; i < approvals->n; i++)
    {
      encode_hex (approvals->item[i]->request, REQUEST_HASHLEN, hex);
      if (strncmp (hex, prefix, strlen (prefix)))
        continue;
      if (*r_pending)
        {
          *r_pending = NULL;
          return gpg_error (GPG_ERR_AMBIGUOUS_NAME);
        }
      *r_pending = approvals->item[i];
    }
  return *r_pending ? 0 : gpg_error (GPG_ERR_NOT_FOUND);
}
