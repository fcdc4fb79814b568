/* audit-export.c - The chain as lines of JSON, for another to verify.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/AUDIT.md describes the lines.  */

#include "audit.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "audit-parts.h"

#define N_COLUMNS 20

#define CHAIN_SLICE 64          /* Rows.  */

struct output
{
  audit_line_t line;
  void *hook;
};

struct slice
{
  struct output out;
  struct audit_chain_cursor *cursor;
};


static json_t *
hex_of (const void *data, size_t len)
{
  char text[2 * CHAIN_HASHLEN + 1];

  if (len > CHAIN_HASHLEN)
    return json_null ();
  encode_hex (data, len, text);
  return json_string (text);
}


/* Give OBJECT away as a line.  */
static gpg_error_t
put_line (const struct output *out, json_t *object)
{
  char *text = object ? json_dumps (object, JSON_COMPACT
                                    | JSON_ENSURE_ASCII) : NULL;
  gpg_error_t err = text ? out->line (out->hook, text)
    : gpg_error (GPG_ERR_ENOMEM);

  free (text);
  json_decref (object);
  return err;
}


/* A blob: the request's hash in hex, the signed blob in base64.  */
static json_t *
blob_of (sqlite3_stmt *stmt, int i)
{
  size_t len = (size_t)sqlite3_column_bytes (stmt, i);
  json_t *value;
  char *text;

  if (len == CHAIN_HASHLEN)
    return hex_of (sqlite3_column_blob (stmt, i), len);
  if (encode_base64 (sqlite3_column_blob (stmt, i), len, &text))
    return NULL;
  value = json_string (text);
  free (text);
  return value;
}


static json_t *
value_of (sqlite3_stmt *stmt, int i)
{
  switch (sqlite3_column_type (stmt, i))
    {
    case SQLITE_INTEGER:
      return json_integer (sqlite3_column_int64 (stmt, i));
    case SQLITE_TEXT:
      return json_stringn ((const char *)sqlite3_column_text (stmt, i),
                           (size_t)sqlite3_column_bytes (stmt, i));
    case SQLITE_BLOB:
      return blob_of (stmt, i);
    default:
      return NULL;
    }
}


static gpg_error_t
put_row (void *hook, sqlite3_stmt *stmt)
{
  json_t *object = json_object ();
  json_t *value;
  int i;

  json_object_set_new (object, "seq", value_of (stmt, N_COLUMNS));
  json_object_set_new (object, "hash", value_of (stmt, N_COLUMNS + 1));
  for (i = 0; i < N_COLUMNS; i++)
    if ((value = value_of (stmt, i)))
      json_object_set_new (object, chain_columns[i], value);
  return put_line (hook, object);
}


static gpg_error_t
put_ends (audit_chain_t chain, const char *host, const struct output *out)
{
  struct chain_link base, head;
  gpg_error_t err;
  uint64_t open;

  err = audit_chain_base (chain, &base);
  if (!err)
    err = audit_chain_count_open (chain, &open);
  if (err)
    return err;
  audit_chain_head (chain, &head);
  return put_line (out, json_pack ("{s:i, s:s, s:I, s:o, s:I, s:o, s:I}",
                                   "postern-audit", 1, "host", host,
                                   "base-seq", (json_int_t)base.seq,
                                   "base", hex_of (base.hash, CHAIN_HASHLEN),
                                   "head-seq", (json_int_t)head.seq,
                                   "head", hex_of (head.hash, CHAIN_HASHLEN),
                                   "open", (json_int_t)open));
}


/* The last line: what is cut off before it is not whole.  */
static gpg_error_t
put_end (const struct chain_link *head, const struct output *out)
{
  return put_line (out, json_pack ("{s:i, s:I, s:o}", "postern-audit-end", 1,
                                   "seq", (json_int_t)head->seq,
                                   "hash", hex_of (head->hash, CHAIN_HASHLEN)));
}


/* Note the row's place before it is handed on: whatever comes of that, it
   is not handed on again.  */
static gpg_error_t
put_next (void *hook, sqlite3_stmt *stmt)
{
  struct slice *slice = hook;

  slice->cursor->after = (uint64_t)sqlite3_column_int64 (stmt, N_COLUMNS);
  return put_row (&slice->out, stmt);
}


static gpg_error_t
begin_export (audit_t audit, struct audit_chain_cursor *cursor,
              const struct chain_link *base, const struct output *out)
{
  audit_chain_head (audit->chain, &cursor->head);
  if (!cursor->after)
    cursor->after = base->seq;
  cursor->begun = true;
  return put_ends (audit->chain, audit->host, out);
}


gpg_error_t
audit_read_chain (audit_t audit, struct audit_chain_cursor *cursor,
                  audit_line_t line, void *hook, bool *r_done)
{
  struct slice slice = { { line, hook }, cursor };
  struct chain_link base;
  gpg_error_t err = audit_chain_base (audit->chain, &base);
  unsigned int n = 0;

  *r_done = false;
  if (!err && !cursor->begun)
    err = begin_export (audit, cursor, &base, &slice.out);
  if (!err && cursor->after < base.seq)
    err = gpg_error (GPG_ERR_EBUSY);
  if (!err)
    err = audit_chain_read (audit->chain, cursor->after, cursor->head.seq,
                            CHAIN_SLICE, put_next, &slice, &n);
  if (!err && n < CHAIN_SLICE)
    {
      *r_done = true;
      err = put_end (&cursor->head, &slice.out);
    }
  return gpg_err_code (err) == GPG_ERR_EAGAIN ? 0 : err;
}


gpg_error_t
audit_read_copy (store_t store, audit_line_t line, void *hook)
{
  struct output out = { line, hook };
  struct chain_link head;
  audit_chain_t chain;
  gpg_error_t err = audit_chain_open_copy (store, &chain);
  unsigned int n;

  if (!err)
    err = put_ends (chain, "", &out);
  if (!err)
    err = audit_chain_read (chain, 0, INT64_MAX, INT_MAX, put_row, &out, &n);
  if (!err)
    {
      audit_chain_head (chain, &head);
      err = put_end (&head, &out);
    }
  audit_chain_close (chain);
  return err;
}
