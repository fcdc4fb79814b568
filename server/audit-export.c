/* audit-export.c - The chain as lines of JSON, for another to verify.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/AUDIT.md describes the lines.  */

#include "audit.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../common/encode.h"
#include "audit-parts.h"

#define N_COLUMNS 20

struct output
{
  audit_line_t line;
  void *hook;
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
put (const struct output *out, json_t *object)
{
  char *text = object ? json_dumps (object, JSON_COMPACT) : NULL;
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
  return put (hook, object);
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
  return put (out, json_pack ("{s:i, s:s, s:I, s:o, s:I, s:o, s:I}",
                              "postern-audit", 1, "host", host,
                              "base-seq", (json_int_t)base.seq,
                              "base", hex_of (base.hash, CHAIN_HASHLEN),
                              "head-seq", (json_int_t)head.seq,
                              "head", hex_of (head.hash, CHAIN_HASHLEN),
                              "open", (json_int_t)open));
}


gpg_error_t
audit_read_chain (audit_t audit, uint64_t after, audit_line_t line,
                  void *hook)
{
  struct output out = { line, hook };
  gpg_error_t err = put_ends (audit->chain, audit->host, &out);

  return err ? err : audit_chain_read (audit->chain, after, AUDIT_MAX_ROWS,
                                       put_row, &out);
}


gpg_error_t
audit_read_copy (store_t store, audit_line_t line, void *hook)
{
  struct output out = { line, hook };
  audit_chain_t chain;
  gpg_error_t err = audit_chain_open_copy (store, &chain);

  if (!err)
    err = put_ends (chain, "", &out);
  if (!err)
    err = audit_chain_read (chain, 0, INT_MAX, put_row, &out);
  audit_chain_close (chain);
  return err;
}
