/* audit-read.c - Every decision is one row: reading, as JSON.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One call searches a bounded number of rows: decide serves packets and
 * cannot wait for a long search.  */

#include "audit.h"

#include <stdlib.h>
#include <string.h>

#include "audit-parts.h"

#define AUDIT_SLICE 64          /* Rows of one slice...  */
#define AUDIT_WINDOW 1000       /* ... and how many it searches.  */

/* The values of bind_filter.  The rows are found by their numbers alone,
   which bounds the work: no condition may use an index.  */
#define MATCHING " FROM audit WHERE row > ?1 AND row <= ?2" \
  " AND +time BETWEEN ?3 AND ?4 AND (?5 IS NULL OR user = ?5)" \
  " AND (?6 IS NULL OR source = ?6) AND (?7 IS NULL OR result = ?7)" \
  " AND (?8 IS NULL OR host = ?8)"
#define MATCHING_FORMAT "iiiitttti"
static const char sql_back[] =
  "SELECT count (*), min (row) FROM (SELECT row" MATCHING
  " ORDER BY row DESC LIMIT ?9)";
static const char sql_on[] =
  "SELECT row, " AUDIT_COLUMNS ", argv" MATCHING " ORDER BY row LIMIT ?9";

/* The last row that may be shown, and the first one of all.  A row that is
   not complete yet, and all after it, are not shown: otherwise a reader that
   follows the audit log by row numbers would miss the result.  */
static const char sql_ends[] =
  "SELECT coalesce ((SELECT min (row) - 1 FROM audit"
  " WHERE result = 'claimed'), (SELECT max (row) FROM audit), 0),"
  " coalesce ((SELECT min (row) FROM audit), 1)";


/* What MATCHING needs: at most MOST rows after LOW, up to HIGH.  */
#define FILTER_VALUES(f, low, high, most) \
  (int64_t)(low), (int64_t)(high), (f)->since, \
  (f)->has_until ? (f)->until : (uint64_t)INT64_MAX, (f)->user, (f)->source, \
  (f)->result, (f)->host, (int64_t)(most)


static unsigned int
count_wanted (const struct audit_filter *f)
{
  unsigned int wanted = f->last ? f->last : f->limit;

  return wanted && wanted < AUDIT_MAX_ROWS ? wanted : AUDIT_MAX_ROWS;
}


/* Where a reading begins and ends.  */
static gpg_error_t
begin_reading (audit_t audit, const struct audit_filter *filter,
               struct audit_cursor *cursor)
{
  static const struct database_column columns[] =
    {
      COLUMN (NUMBER, struct audit_cursor, end),
      COLUMN (NUMBER, struct audit_cursor, first), COLUMNS_END
    };
  gpg_error_t err = query_get (store_db (audit->store), sql_ends, columns,
                               cursor, "");

  if (err)
    return err;
  cursor->low = cursor->end;
  if (cursor->first <= filter->after)
    cursor->first = filter->after + 1;
  cursor->row = cursor->first - 1;
  cursor->left = count_wanted (filter);
  cursor->back = filter->last;
  cursor->begun = true;
  return 0;
}


struct found_rows
{
  unsigned int n;
  int64_t first;
};


/* Search for the newest rows, one window further back.  */
static gpg_error_t
look_back (audit_t audit, const struct audit_filter *filter,
           struct audit_cursor *cursor)
{
  static const struct database_column columns[] =
    {
      COLUMN (NUMBER, struct found_rows, n),
      COLUMN (NUMBER, struct found_rows, first), COLUMNS_END
    };
  unsigned int missing = cursor->left - cursor->found;
  struct found_rows found;
  gpg_error_t err;
  int64_t low = cursor->low - AUDIT_WINDOW;

  if (low < cursor->first - 1)
    low = cursor->first - 1;
  err = query_get (store_db (audit->store), sql_back, columns, &found,
                   MATCHING_FORMAT,
                   FILTER_VALUES (filter, low, cursor->low, missing));
  if (err)
    return err;
  if (found.n)
    cursor->row = found.first - 1;
  cursor->found += found.n;
  cursor->low = low;
  if (found.n == missing || low < cursor->first)
    {
      cursor->back = false;
      if (!cursor->found)
        cursor->row = cursor->end;
    }
  return 0;
}


struct reading
{
  struct audit_output output;
  struct audit_cursor *cursor;
  unsigned int n;
};


static gpg_error_t
put_found (void *hook, sqlite3_stmt *stmt)
{
  struct reading *reading = hook;

  reading->n++;
  reading->cursor->left--;
  reading->cursor->row = sqlite3_column_int64 (stmt, 0);
  return audit_put_row (&reading->output, stmt);
}


/* Hand on the rows of the next window, a bounded number of them.  */
static gpg_error_t
look_on (audit_t audit, const struct audit_filter *filter,
         struct audit_cursor *cursor, audit_line_t line, void *hook)
{
  struct reading reading = { { line, hook, true }, cursor, 0 };
  unsigned int most = cursor->left < AUDIT_SLICE ? cursor->left : AUDIT_SLICE;
  int64_t high = cursor->row + AUDIT_WINDOW;
  gpg_error_t err;

  if (high > cursor->end)
    high = cursor->end;
  err = query_rows (store_db (audit->store), sql_on, put_found, &reading,
                    MATCHING_FORMAT,
                    FILTER_VALUES (filter, cursor->row, high, most));
  if (!err && reading.n < most)
    cursor->row = high;
  return err;
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


/* The index keeps out of the way what was not claimed: a stranger can fill the
   audit log with copies of an old request.  A person who had the name before
   it was given to another is somebody else.  */
static const char sql_last[] =
  "SELECT user, time, result, action, source, ports, reason"
  " FROM audit INDEXED BY audit_claimed"
  " WHERE user = ?1 AND blob IS NOT NULL AND row > coalesce ((SELECT max (row)"
  " FROM audit INDEXED BY audit_roster WHERE user = ?1 AND stage = 'roster'"
  " AND action IN ('enroll', 'revoke')), 0) ORDER BY row DESC LIMIT 1";


gpg_error_t
audit_last (audit_t audit, const char *user, audit_line_t line, void *hook)
{
  struct audit_output output = { line, hook, false };

  return query_rows (store_db (audit->store), sql_last, audit_put_row,
                     &output, "t", user);
}


static const char sql_blob[] =
  "SELECT blob FROM audit INDEXED BY audit_claimed"
  " WHERE user = ?1 AND request = ?2 AND blob IS NOT NULL"
  " ORDER BY row DESC LIMIT 1";

struct signed_blob
{
  char *data;
  size_t len;
};


gpg_error_t
audit_blob (audit_t audit, const char *user,
            const unsigned char request[REQUEST_HASHLEN],
            unsigned char buf[PACKET_BLOBLEN], size_t *r_len)
{
  static const struct database_column columns[] =
    { COLUMN_BYTES (struct signed_blob, data, len), COLUMNS_END };
  struct signed_blob blob = { 0 };
  gpg_error_t err;

  *r_len = 0;
  err = query_get (store_db (audit->store), sql_blob, columns, &blob, "th",
                   user, request);
  if (!err && (!blob.len || blob.len > PACKET_BLOBLEN))
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (!err)
    {
      memcpy (buf, blob.data, blob.len);
      *r_len = blob.len;
    }
  free (blob.data);
  return err;
}
