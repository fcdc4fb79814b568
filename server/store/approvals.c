/* approvals.c - What waits for the approval of others.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "approvals.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "clock.h"

enum statement
  { ADD, TELL_AUDIT, APPROVE, REMOVE, REMOVE_APPROVALS, N_STATEMENTS };

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

static const char *const statements[N_STATEMENTS] =
  {
    [ADD] =
      "INSERT INTO waiting (request, user, fpr, origin, text, command, name,"
      " terms, what, row, since, until)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    /* Else a crash would leave a row that the next start takes for final. */
    [TELL_AUDIT] =
      "UPDATE audit SET result = 'pending', stage = 'approval'"
      " WHERE row = ?1",
    [APPROVE] =
      "INSERT INTO approvals (request, user, fpr, approval)"
      " VALUES (?1, ?2, ?3, ?4)",
    [REMOVE] = "DELETE FROM waiting WHERE request = ?1",
    [REMOVE_APPROVALS] = "DELETE FROM approvals WHERE request = ?1"
  };

struct waitings_s
{
  store_t store;
  sqlite3_stmt *stmt[N_STATEMENTS];
  size_t n;
  struct waiting *item[WAITING_MAX];
};


static void
release_one (struct waiting *waiting)
{
  if (!waiting)
    return;
  request_text_release (waiting->text, waiting->text_len);
  free (waiting->what);
  free (waiting);
}


static gpg_error_t
copy_one (const struct waiting *waiting, struct waiting **r_copy)
{
  struct waiting *copy = malloc (sizeof *copy);

  *r_copy = NULL;
  if (!copy)
    return gpg_error_from_syserror ();
  *copy = *waiting;
  copy->text = malloc (waiting->text_len);
  copy->what = strdup (waiting->what);
  if (!copy->text || !copy->what)
    {
      free (copy->text);
      free (copy->what);
      free (copy);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  memcpy (copy->text, waiting->text, waiting->text_len);
  *r_copy = copy;
  return 0;
}


/* A column of at most MOST bytes as a string.  */
static gpg_error_t
read_string (sqlite3_stmt *stmt, int column, size_t most, char *buf)
{
  const char *text = (const char *)sqlite3_column_text (stmt, column);

  if (!text || strlen (text) > most)
    return gpg_error (GPG_ERR_BAD_DATA);
  memcpy (buf, text, strlen (text) + 1);
  return 0;
}


/* A column of exactly LEN bytes.  */
static gpg_error_t
read_blob (sqlite3_stmt *stmt, int column, size_t len, void *buf)
{
  if ((size_t)sqlite3_column_bytes (stmt, column) != len)
    return gpg_error (GPG_ERR_BAD_DATA);
  memcpy (buf, sqlite3_column_blob (stmt, column), len);
  return 0;
}


static gpg_error_t
read_texts (sqlite3_stmt *stmt, struct waiting *waiting)
{
  int len = sqlite3_column_bytes (stmt, 4);
  const char *what = (const char *)sqlite3_column_text (stmt, 8);

  if (len <= 0 || len > REQUEST_MAXLEN || !what)
    return gpg_error (GPG_ERR_BAD_DATA);
  waiting->text = malloc ((size_t)len);
  waiting->what = strdup (what);
  if (!waiting->text || !waiting->what)
    return gpg_error (GPG_ERR_ENOMEM);
  waiting->text_len = (size_t)len;
  memcpy (waiting->text, sqlite3_column_blob (stmt, 4), (size_t)len);
  return 0;
}


static gpg_error_t
read_waiting (sqlite3_stmt *stmt, struct waiting *waiting)
{
  gpg_error_t err;

  err = read_blob (stmt, 0, REQUEST_HASHLEN, waiting->request);
  if (!err)
    err = read_string (stmt, 1, NETSPEC_NAMELEN, waiting->user);
  if (!err)
    err = read_string (stmt, 2, NETSPEC_FPRLEN, waiting->fpr);
  if (!err)
    err = read_blob (stmt, 3, sizeof waiting->origin, &waiting->origin);
  if (!err)
    err = read_texts (stmt, waiting);
  waiting->command = sqlite3_column_int (stmt, 5) != 0;
  if (!err)
    err = read_string (stmt, 6, NETSPEC_NAMELEN, waiting->name);
  if (!err)
    err = read_blob (stmt, 7, WAITING_HASHLEN, waiting->terms);
  waiting->row = sqlite3_column_int64 (stmt, 9);
  waiting->since = (uint64_t)sqlite3_column_int64 (stmt, 10);
  waiting->until = (uint64_t)sqlite3_column_int64 (stmt, 11);
  return err;
}


static gpg_error_t
read_all (waitings_t waitings)
{
  sqlite3_stmt *stmt = NULL;
  struct waiting *waiting;
  gpg_error_t err;
  int rc = SQLITE_DONE;

  err = store_prepare (waitings->store, sql_read, &stmt);
  while (!err && waitings->n < WAITING_MAX
         && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      waiting = calloc (1, sizeof *waiting);
      err = waiting ? read_waiting (stmt, waiting)
        : gpg_error (GPG_ERR_ENOMEM);
      if (err)
        release_one (waiting);
      else
        waitings->item[waitings->n++] = waiting;
    }
  sqlite3_finalize (stmt);
  return err ? err : database_error (rc);
}


static gpg_error_t
read_approval (waitings_t waitings, sqlite3_stmt *stmt)
{
  unsigned char request[REQUEST_HASHLEN];
  struct waiting_approval approval;
  struct waiting *waiting;
  gpg_error_t err;

  memset (&approval, 0, sizeof approval);
  err = read_blob (stmt, 0, sizeof request, request);
  if (!err)
    err = read_string (stmt, 1, NETSPEC_NAMELEN, approval.user);
  if (!err)
    err = read_string (stmt, 2, NETSPEC_FPRLEN, approval.fpr);
  if (!err)
    err = read_blob (stmt, 3, REQUEST_HASHLEN, approval.request);
  waiting = err ? NULL : waitings_find (waitings, request);
  if (waiting && waiting->n_approvals < 2 * CONFIG_MAX_APPROVALS)
    waiting->approval[waiting->n_approvals++] = approval;
  return err;
}


static gpg_error_t
read_approvals (waitings_t waitings)
{
  sqlite3_stmt *stmt = NULL;
  gpg_error_t err;
  int rc = SQLITE_DONE;

  err = store_prepare (waitings->store, sql_read_approvals, &stmt);
  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    err = read_approval (waitings, stmt);
  sqlite3_finalize (stmt);
  return err ? err : database_error (rc);
}


/* How long they still wait, by the wall clock: after a restart there is no
   other.  Never longer than they would have at first.  */
static void
set_ends (waitings_t waitings, uint64_t now_wall, int64_t now_boot)
{
  struct waiting *waiting;
  uint64_t left, whole;
  size_t i;

  for (i = 0; i < waitings->n; i++)
    {
      waiting = waitings->item[i];
      whole = waiting->until > waiting->since
        ? waiting->until - waiting->since : 0;
      left = waiting->until > now_wall ? waiting->until - now_wall : 0;
      if (left > whole)
        left = whole;
      waiting->ends = now_boot + (int64_t)left * CLOCK_SECOND;
    }
}


gpg_error_t
waitings_open (store_t store, uint64_t now_wall, int64_t now_boot,
               waitings_t *r_waitings)
{
  waitings_t waitings = calloc (1, sizeof *waitings);
  gpg_error_t err;
  int i;

  *r_waitings = NULL;
  if (!waitings)
    return gpg_error (GPG_ERR_ENOMEM);
  waitings->store = store;
  err = store_execute (store, sql_create);
  for (i = 0; !err && i < N_STATEMENTS; i++)
    err = store_prepare (store, statements[i], &waitings->stmt[i]);
  if (!err)
    err = read_all (waitings);
  if (!err)
    err = read_approvals (waitings);
  set_ends (waitings, now_wall, now_boot);
  if (err)
    waitings_close (waitings);
  else
    *r_waitings = waitings;
  return err;
}


void
waitings_close (waitings_t waitings)
{
  size_t i;

  if (!waitings)
    return;
  for (i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (waitings->stmt[i]);
  for (i = 0; i < waitings->n; i++)
    release_one (waitings->item[i]);
  free (waitings);
}


static void
bind_request (sqlite3_stmt *stmt, const unsigned char *request)
{
  sqlite3_bind_blob (stmt, 1, request, REQUEST_HASHLEN, SQLITE_STATIC);
}


static void
bind_waiting (sqlite3_stmt *stmt, const struct waiting *waiting)
{
  bind_request (stmt, waiting->request);
  sqlite3_bind_text (stmt, 2, waiting->user, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 3, waiting->fpr, -1, SQLITE_STATIC);
  sqlite3_bind_blob (stmt, 4, &waiting->origin, sizeof waiting->origin,
                     SQLITE_STATIC);
  sqlite3_bind_blob (stmt, 5, waiting->text, (int)waiting->text_len,
                     SQLITE_STATIC);
  sqlite3_bind_int (stmt, 6, waiting->command);
  sqlite3_bind_text (stmt, 7, waiting->name, -1, SQLITE_STATIC);
  sqlite3_bind_blob (stmt, 8, waiting->terms, WAITING_HASHLEN,
                     SQLITE_STATIC);
  sqlite3_bind_text (stmt, 9, waiting->what, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (stmt, 10, waiting->row);
  sqlite3_bind_int64 (stmt, 11, (sqlite3_int64)waiting->since);
  sqlite3_bind_int64 (stmt, 12, (sqlite3_int64)waiting->until);
}


static size_t
count_of (waitings_t waitings, const char *user)
{
  size_t i, n = 0;

  for (i = 0; i < waitings->n; i++)
    n += !strcmp (waitings->item[i]->user, user);
  return n;
}


/* Within a transaction.  */
static gpg_error_t
run_add (waitings_t waitings, const struct waiting *waiting)
{
  gpg_error_t err;

  bind_waiting (waitings->stmt[ADD], waiting);
  err = database_run (waitings->stmt[ADD]);
  if (err)
    return err;
  sqlite3_bind_int64 (waitings->stmt[TELL_AUDIT], 1, waiting->row);
  return database_run (waitings->stmt[TELL_AUDIT]);
}


gpg_error_t
waitings_add (waitings_t waitings, const struct waiting *waiting)
{
  struct waiting *copy;
  gpg_error_t err;

  if (waitings->n == WAITING_MAX
      || count_of (waitings, waiting->user) >= WAITING_MAX_USER)
    return gpg_error (GPG_ERR_LIMIT_REACHED);
  err = copy_one (waiting, &copy);
  if (err)
    return err;
  err = store_begin (waitings->store, true);
  if (!err)
    err = store_end (waitings->store, run_add (waitings, copy));
  if (err)
    release_one (copy);
  else
    waitings->item[waitings->n++] = copy;
  return err;
}


gpg_error_t
waitings_approve (waitings_t waitings, struct waiting *waiting,
                  const struct waiting_approval *approval)
{
  sqlite3_stmt *stmt = waitings->stmt[APPROVE];
  gpg_error_t err;
  unsigned int i;

  for (i = 0; i < waiting->n_approvals; i++)
    if (!strcmp (waiting->approval[i].user, approval->user)
        || !strcmp (waiting->approval[i].fpr, approval->fpr))
      return gpg_error (GPG_ERR_EEXIST);
  if (waiting->n_approvals == 2 * CONFIG_MAX_APPROVALS)
    return gpg_error (GPG_ERR_LIMIT_REACHED);
  err = store_begin (waitings->store, true);
  if (err)
    return err;
  bind_request (stmt, waiting->request);
  sqlite3_bind_text (stmt, 2, approval->user, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 3, approval->fpr, -1, SQLITE_STATIC);
  sqlite3_bind_blob (stmt, 4, approval->request, REQUEST_HASHLEN,
                     SQLITE_STATIC);
  err = store_end (waitings->store, database_run (stmt));
  if (!err)
    waiting->approval[waiting->n_approvals++] = *approval;
  return err;
}


gpg_error_t
waitings_remove (waitings_t waitings, struct waiting *waiting)
{
  gpg_error_t err = store_begin (waitings->store, true);
  size_t i;

  if (err)
    return err;
  bind_request (waitings->stmt[REMOVE], waiting->request);
  err = database_run (waitings->stmt[REMOVE]);
  if (!err)
    {
      bind_request (waitings->stmt[REMOVE_APPROVALS], waiting->request);
      err = database_run (waitings->stmt[REMOVE_APPROVALS]);
    }
  err = store_end (waitings->store, err);
  if (err)
    return err;
  for (i = 0; waitings->item[i] != waiting; i++)
    ;
  waitings->n--;
  memmove (waitings->item + i, waitings->item + i + 1,
           (waitings->n - i) * sizeof *waitings->item);
  release_one (waiting);
  return 0;
}


size_t
waitings_count (waitings_t waitings)
{
  return waitings->n;
}


struct waiting *
waitings_get (waitings_t waitings, size_t i)
{
  return i < waitings->n ? waitings->item[i] : NULL;
}


struct waiting *
waitings_find (waitings_t waitings,
               const unsigned char request[REQUEST_HASHLEN])
{
  size_t i;

  for (i = 0; i < waitings->n; i++)
    if (!memcmp (waitings->item[i]->request, request, REQUEST_HASHLEN))
      return waitings->item[i];
  return NULL;
}


gpg_error_t
waitings_find_prefix (waitings_t waitings, const char *prefix,
                      struct waiting **r_waiting)
{
  char hex[2 * REQUEST_HASHLEN + 1];
  size_t i;

  *r_waiting = NULL;
  for (i = 0; i < waitings->n; i++)
    {
      encode_hex (waitings->item[i]->request, REQUEST_HASHLEN, hex);
      if (strncmp (hex, prefix, strlen (prefix)))
        continue;
      if (*r_waiting)
        {
          *r_waiting = NULL;
          return gpg_error (GPG_ERR_AMBIGUOUS_NAME);
        }
      *r_waiting = waitings->item[i];
    }
  return *r_waiting ? 0 : gpg_error (GPG_ERR_NOT_FOUND);
}
