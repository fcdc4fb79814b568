/* database-row.c - Rows of a database, by a table of columns.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "database-row.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/netspec.h"
#include "../ipc/fields.h"


static bool
is_empty (const struct database_column *c, const void *at, const char *p)
{
  switch (c->kind)
    {
    case COLUMN_NUMBER: return !field_number (at, c->size);
    case COLUMN_ADDR:
      return ((const struct net_addr *)at)->family == AF_UNSPEC;
    case COLUMN_PORTS: return !((const struct port_set *)at)->n;
    default: return !p || !*p;
    }
}


static void
bind_column (sqlite3_stmt *stmt, int i, const struct database_column *c,
             const char *object)
{
  const char *at = object + c->at;
  char addr[NETSPEC_ADDRSTRLEN], ports[NETSPEC_PORTSTRLEN];
  const char *p = at;
  size_t len;

  if (c->kind == COLUMN_TEXT || c->kind == COLUMN_BLOB)
    memcpy (&p, at, sizeof p);
  if (c->null && is_empty (c, at, p))
    {
      sqlite3_bind_null (stmt, i);
      return;
    }
  switch (c->kind)
    {
    case COLUMN_NUMBER:
      sqlite3_bind_int64 (stmt, i, (sqlite3_int64)field_number (at, c->size));
      break;
    case COLUMN_STRING:
    case COLUMN_TEXT:
      sqlite3_bind_text (stmt, i, p, -1, SQLITE_STATIC);
      break;
    case COLUMN_RAW:
      sqlite3_bind_blob (stmt, i, at, (int)c->size, SQLITE_STATIC);
      break;
    case COLUMN_BLOB:
      len = *(const size_t *)(const void *)(object + c->len_at);
      sqlite3_bind_blob (stmt, i, len ? p : NULL, (int)len, SQLITE_STATIC);
      break;
    case COLUMN_ADDR:
      netspec_addr_print ((const void *)at, addr);
      sqlite3_bind_text (stmt, i, addr, -1, SQLITE_TRANSIENT);
      break;
    default:
      netspec_ports_print ((const void *)at, ports);
      sqlite3_bind_text (stmt, i, ports, -1, SQLITE_TRANSIENT);
    }
}


int
database_bind (sqlite3_stmt *stmt, int first,
               const struct database_column *table, const void *object)
{
  for (; table->kind; table++)
    bind_column (stmt, first++, table, object);
  return first;
}


/* *R_COPY: the LEN bytes at P and a NUL, allocated; NULL where P is.  */
static gpg_error_t
copy_bytes (const void *p, size_t len, void *r_copy)
{
  char *copy = p ? malloc (len + 1) : NULL;

  if (p && !copy)
    return gpg_error_from_syserror ();
  if (p)
    {
      memcpy (copy, p, len);
      copy[len] = 0;
    }
  memcpy (r_copy, &copy, sizeof copy);
  return 0;
}


static gpg_error_t
read_column (sqlite3_stmt *stmt, int i, const struct database_column *c,
             char *object)
{
  void *at = object + c->at;
  size_t len = (size_t)sqlite3_column_bytes (stmt, i);
  const char *text;
  bool good = true;

  if (c->kind == COLUMN_NUMBER)
    {
      field_set_number (at, c->size,
                        (uint64_t)sqlite3_column_int64 (stmt, i));
      return 0;
    }
  if (c->some && !len)
    return gpg_error (GPG_ERR_BAD_DATA);
  if (c->kind == COLUMN_BLOB)
    {
      memcpy (object + c->len_at, &len, sizeof len);
      return copy_bytes (sqlite3_column_blob (stmt, i), len, at);
    }
  if (c->kind == COLUMN_RAW)
    {
      if (len != c->size)
        return gpg_error (GPG_ERR_BAD_DATA);
      memcpy (at, sqlite3_column_blob (stmt, i), len);
      return 0;
    }
  text = (const char *)sqlite3_column_text (stmt, i);
  if (c->kind == COLUMN_TEXT)
    return copy_bytes (text, text ? strlen (text) : 0, at);
  if (!text)
    text = "";
  len = strlen (text);
  if (c->kind == COLUMN_ADDR)
    good = !netspec_addr_parse (text, at);
  else if (c->kind == COLUMN_PORTS)
    good = !netspec_ports_parse (text, at);
  else if ((good = len < c->size))
    memcpy (at, text, len + 1);
  return good ? 0 : gpg_error (GPG_ERR_BAD_DATA);
}


gpg_error_t
database_read (sqlite3_stmt *stmt, int first,
               const struct database_column *table, void *object)
{
  gpg_error_t err = 0;

  for (; !err && table->kind; table++)
    err = read_column (stmt, first++, table, object);
  return err;
}
