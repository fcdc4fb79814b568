/* audit-read.c - Every decision is one row: reading, as JSON.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * jansson escapes what is no plain text, so that nothing that came in a
 * request reaches a terminal as it is.  */

#include "audit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "audit-parts.h"

#define COLUMNS "row, time, host, result, stage, reason, user, fpr, source," \
  " sport, address, action, ports, rule, request, until, count, detail," \
  " argv"
#define REQUEST_COLUMN 14
#define AUDIT_SLICE 64          /* Rows of one slice...  */
#define AUDIT_WINDOW 1000       /* ... and how many it looks at.  */

/* ?1 and ?2 are the rows to look between.  A row that is not complete yet,
   and what comes after it, is not shown: whoever follows the audit by its
   numbers would miss the outcome.  */
#define WHERE " WHERE row > ?1 AND row <= ?2%s%s%s%s%s%s"

/* The last row that may be shown, and the first one of all.  */
static const char sql_ends[] =
  "SELECT coalesce ((SELECT min (row) - 1 FROM audit"
  " WHERE result = 'claimed'), (SELECT max (row) FROM audit), 0),"
  " coalesce ((SELECT min (row) FROM audit), 1)";


/* BEFORE, the conditions of FILTER, and AFTER; the numbers of the
   parameters are fixed.  */
static gpg_error_t
prepare_reading (audit_t audit, const struct audit_filter *f,
                 const char *before, const char *after, sqlite3_stmt **r_stmt)
{
  gpg_error_t err;
  char *sql;
  int n;

  *r_stmt = NULL;
  n = asprintf (&sql, "%s FROM audit" WHERE "%s", before,
                f->since ? " AND time >= ?3" : "",
                f->has_until ? " AND time <= ?4" : "",
                f->user ? " AND user = ?5" : "",
                f->source ? " AND source = ?6" : "",
                f->result ? " AND result = ?7" : "",
                f->host ? " AND host = ?8" : "", after);
  if (n < 0)
    return gpg_error (GPG_ERR_ENOMEM);
  err = store_prepare (audit->store, sql, r_stmt);
  free (sql);
  return err;
}


static unsigned int
count_wanted (const struct audit_filter *f)
{
  unsigned int wanted = f->last ? f->last : f->limit;

  return wanted && wanted < AUDIT_MAX_ROWS ? wanted : AUDIT_MAX_ROWS;
}


/* At most MOST rows after LOW, up to HIGH.  */
static void
bind_filter (sqlite3_stmt *stmt, const struct audit_filter *f, int64_t low,
             int64_t high, unsigned int most)
{
  sqlite3_bind_int64 (stmt, 1, low);
  sqlite3_bind_int64 (stmt, 2, high);
  if (f->since)
    sqlite3_bind_int64 (stmt, 3, (sqlite3_int64)f->since);
  if (f->has_until)
    sqlite3_bind_int64 (stmt, 4, (sqlite3_int64)f->until);
  if (f->user)
    sqlite3_bind_text (stmt, 5, f->user, -1, SQLITE_STATIC);
  if (f->source)
    sqlite3_bind_text (stmt, 6, f->source, -1, SQLITE_STATIC);
  if (f->result)
    sqlite3_bind_text (stmt, 7, f->result, -1, SQLITE_STATIC);
  if (f->host)
    sqlite3_bind_text (stmt, 8, f->host, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (stmt, 9, most);
}


static void
put_request (json_t *object, sqlite3_stmt *stmt)
{
  char hex[2 * REQUEST_HASHLEN + 1];

  if (sqlite3_column_bytes (stmt, REQUEST_COLUMN) != REQUEST_HASHLEN)
    return;
  encode_hex (sqlite3_column_blob (stmt, REQUEST_COLUMN), REQUEST_HASHLEN,
              hex);
  hex[2 * REQUEST_HASHLEN] = 0;
  json_object_set_new (object, "request", json_string (hex));
  hex[REQUEST_SHORTLEN] = 0;
  json_object_set_new (object, "id", json_string (hex));
}


static char *
row_to_json (sqlite3_stmt *stmt)
{
  json_t *object = json_object ();
  char *text;
  int i;

  for (i = 0; object && i < sqlite3_column_count (stmt); i++)
    if (i == REQUEST_COLUMN)
      put_request (object, stmt);
    else if (sqlite3_column_type (stmt, i) == SQLITE_INTEGER)
      json_object_set_new (object, sqlite3_column_name (stmt, i),
                           json_integer (sqlite3_column_int64 (stmt, i)));
    else if (sqlite3_column_type (stmt, i) == SQLITE_TEXT)
      json_object_set_new (object, sqlite3_column_name (stmt, i),
                           json_string ((const char *)
                                        sqlite3_column_text (stmt, i)));
  text = object ? json_dumps (object, JSON_COMPACT
                                    | JSON_ENSURE_ASCII) : NULL;
  json_decref (object);
  return text;
}


/* Where a reading begins and ends.  */
static gpg_error_t
begin_reading (audit_t audit, const struct audit_filter *filter,
               struct audit_cursor *cursor)
{
  sqlite3_stmt *stmt;
  gpg_error_t err = store_prepare (audit->store, sql_ends, &stmt);
  int rc;

  if (err)
    return err;
  rc = sqlite3_step (stmt);
  if (rc == SQLITE_ROW)
    {
      cursor->end = cursor->low = sqlite3_column_int64 (stmt, 0);
      cursor->first = sqlite3_column_int64 (stmt, 1);
    }
  sqlite3_finalize (stmt);
  if (cursor->first <= filter->after)
    cursor->first = filter->after + 1;
  cursor->row = cursor->first - 1;
  cursor->left = count_wanted (filter);
  cursor->back = filter->last;
  cursor->begun = rc == SQLITE_ROW;
  return database_error (rc);
}


/* Look for the newest rows, a window further back.  */
static gpg_error_t
look_back (audit_t audit, const struct audit_filter *filter,
           struct audit_cursor *cursor)
{
  unsigned int missing = cursor->left - cursor->found, n = 0;
  sqlite3_stmt *stmt;
  gpg_error_t err;
  int64_t low = cursor->low - AUDIT_WINDOW;
  int rc = SQLITE_DONE;

  if (low < cursor->first - 1)
    low = cursor->first - 1;
  err = prepare_reading (audit, filter, "SELECT row",
                         " ORDER BY row DESC LIMIT ?9", &stmt);
  if (err)
    return err;
  bind_filter (stmt, filter, low, cursor->low, missing);
  for (; (rc = sqlite3_step (stmt)) == SQLITE_ROW; n++)
    cursor->row = sqlite3_column_int64 (stmt, 0) - 1;
  sqlite3_finalize (stmt);
  cursor->found += n;
  cursor->low = low;
  if (n == missing || low < cursor->first)
    {
      cursor->back = false;
      if (!cursor->found)
        cursor->row = cursor->end;
    }
  return database_error (rc);
}


/* Hand on the rows of the next window, a bounded number of them.  */
static gpg_error_t
look_on (audit_t audit, const struct audit_filter *filter,
         struct audit_cursor *cursor, audit_line_t line, void *hook)
{
  unsigned int most = cursor->left < AUDIT_SLICE ? cursor->left : AUDIT_SLICE;
  int64_t high = cursor->row + AUDIT_WINDOW;
  sqlite3_stmt *stmt;
  gpg_error_t err;
  char *text;
  int rc = SQLITE_DONE;

  if (high > cursor->end)
    high = cursor->end;
  err = prepare_reading (audit, filter, "SELECT " COLUMNS,
                         " ORDER BY row LIMIT ?9", &stmt);
  if (err)
    return err;
  bind_filter (stmt, filter, cursor->row, high, most);
  while (!err && (rc = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      most--;
      cursor->left--;
      cursor->row = sqlite3_column_int64 (stmt, 0);
      text = row_to_json (stmt);
      err = text ? line (hook, text) : gpg_error (GPG_ERR_ENOMEM);
      free (text);
    }
  sqlite3_finalize (stmt);
  if (!err && most && rc == SQLITE_DONE)
    cursor->row = high;
  return err ? err : database_error (rc);
}


gpg_error_t
audit_read (audit_t audit, const struct audit_filter *filter,
            struct audit_cursor *cursor, audit_line_t line, void *hook,
            bool *r_done)
{
  gpg_error_t err = 0;

  *r_done = false;
  if (!cursor->begun)
    err = begin_reading (audit, filter, cursor);
  if (!err && cursor->back)
    err = look_back (audit, filter, cursor);
  else if (!err && cursor->row < cursor->end && cursor->left)
    err = look_on (audit, filter, cursor, line, hook);
  if (gpg_err_code (err) == GPG_ERR_EAGAIN)
    err = 0;
  *r_done = !cursor->back && (cursor->row >= cursor->end || !cursor->left);
  return err;
}


/* The index keeps what was no claim out of the way: somebody else can fill
   the audit with copies of an old request.  */
/* Whoever had the name before it was given anew is somebody else.  */
static const char sql_last[] =
  "SELECT user, time, result, action, source, ports, reason"
  " FROM audit INDEXED BY audit_claimed"
  " WHERE user = ?1 AND blob IS NOT NULL AND row > coalesce ((SELECT max (row)"
  " FROM audit INDEXED BY audit_roster WHERE user = ?1 AND stage = 'roster'"
  " AND action IN ('enroll', 'revoke')), 0) ORDER BY row DESC LIMIT 1";


gpg_error_t
audit_last (audit_t audit, const char *user, audit_line_t line, void *hook)
{
  gpg_error_t err = 0;
  char *text;
  int rc;

  if (!audit->last)
    err = store_prepare (audit->store, sql_last, &audit->last);
  if (err)
    return err;
  sqlite3_bind_text (audit->last, 1, user, -1, SQLITE_STATIC);
  rc = sqlite3_step (audit->last);
  if (rc == SQLITE_ROW)
    {
      text = row_to_json (audit->last);
      err = text ? line (hook, text) : gpg_error (GPG_ERR_ENOMEM);
      free (text);
    }
  else
    err = database_error (rc);
  sqlite3_reset (audit->last);
  sqlite3_clear_bindings (audit->last);
  return err;
}


static const char sql_blob[] =
  "SELECT blob FROM audit INDEXED BY audit_claimed"
  " WHERE user = ?1 AND request = ?2 AND blob IS NOT NULL"
  " ORDER BY row DESC LIMIT 1";


gpg_error_t
audit_blob (audit_t audit, const char *user,
            const unsigned char request[REQUEST_HASHLEN],
            unsigned char buf[PACKET_BLOBLEN], size_t *r_len)
{
  gpg_error_t err = 0;
  int rc;

  *r_len = 0;
  if (!audit->blob)
    err = store_prepare (audit->store, sql_blob, &audit->blob);
  if (err)
    return err;
  sqlite3_bind_text (audit->blob, 1, user, -1, SQLITE_STATIC);
  sqlite3_bind_blob (audit->blob, 2, request, REQUEST_HASHLEN,
                     SQLITE_STATIC);
  rc = sqlite3_step (audit->blob);
  if (rc == SQLITE_ROW)
    *r_len = (size_t)sqlite3_column_bytes (audit->blob, 0);
  if (rc == SQLITE_DONE)
    err = gpg_error (GPG_ERR_NOT_FOUND);
  else if (rc != SQLITE_ROW)
    err = database_error (rc);
  else if (!*r_len || *r_len > PACKET_BLOBLEN)
    err = gpg_error (GPG_ERR_BAD_DATA);
  else
    memcpy (buf, sqlite3_column_blob (audit->blob, 0), *r_len);
  sqlite3_reset (audit->blob);
  sqlite3_clear_bindings (audit->blob);
  return err;
}
