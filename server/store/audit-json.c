/* audit-json.c - Rows of the audit log as lines of JSON.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * jansson escapes what is not plain text: nothing that came in a request may
 * reach a terminal as it is.  */

#include "audit.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "audit-parts.h"


gpg_error_t
audit_put_object (const struct audit_output *output, json_t *object)
{
  char *text = object ? json_dumps (object, JSON_COMPACT
                                    | JSON_ENSURE_ASCII) : NULL;
  gpg_error_t err = text ? output->line (output->hook, text)
    : gpg_error (GPG_ERR_ENOMEM);

  free (text);
  json_decref (object);
  return err;
}


json_t *
audit_hash_json (const unsigned char hash[CHAIN_HASHLEN])
{
  char hex[2 * CHAIN_HASHLEN + 1];

  encode_hex (hash, CHAIN_HASHLEN, hex);
  return json_string (hex);
}


/* A hash is in hex, the signed blob in base64.  */
static json_t *
blob_json (sqlite3_stmt *stmt, int i)
{
  const void *data = sqlite3_column_blob (stmt, i);
  size_t len = (size_t)sqlite3_column_bytes (stmt, i);
  json_t *value;
  char *text;

  if (len == CHAIN_HASHLEN)
    return audit_hash_json (data);
  if (encode_base64 (data, len, &text))
    return NULL;
  value = json_string (text);
  free (text);
  return value;
}


/* NULL for a column that is NULL.  */
static json_t *
column_json (sqlite3_stmt *stmt, int i)
{
  switch (sqlite3_column_type (stmt, i))
    {
    case SQLITE_INTEGER:
      return json_integer (sqlite3_column_int64 (stmt, i));
    case SQLITE_TEXT:
      return json_stringn ((const char *)sqlite3_column_text (stmt, i),
                           (size_t)sqlite3_column_bytes (stmt, i));
    case SQLITE_BLOB:
      return blob_json (stmt, i);
    default:
      return NULL;
    }
}


gpg_error_t
audit_put_row (void *hook, sqlite3_stmt *stmt)
{
  const struct audit_output *output = hook;
  json_t *object = json_object (), *value;
  const char *name;
  int i;

  for (i = 0; i < sqlite3_column_count (stmt); i++)
    {
      value = column_json (stmt, i);
      name = sqlite3_column_name (stmt, i);
      if (!value)
        continue;
      json_object_set_new (object, name, value);
      if (output->ids && !strcmp (name, "request"))
        json_object_set_new (object, "id",
                             json_stringn (json_string_value (value),
                                           REQUEST_SHORTLEN));
    }
  return audit_put_object (output, object);
}
