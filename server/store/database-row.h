/* database-row.h - Rows of a database, by a table of columns.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As lines.h does for texts and fields.h for messages: one table says which
 * column is which member of a struct, for the statement that writes the row
 * and for the one that reads it.  */

#ifndef POSTERN_DATABASE_ROW_H
#define POSTERN_DATABASE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include <sqlite3.h>

enum column_kind
  {
    COLUMN_END = 0,
    COLUMN_NUMBER,              /* An integer or a bool.  */
    COLUMN_STRING,              /* char[SIZE] */
    COLUMN_TEXT,                /* A char *, allocated; NULL is NULL.  */
    COLUMN_RAW,                 /* SIZE bytes, always.  */
    COLUMN_BLOB,                /* A char *, allocated, and its size_t at
                                   LEN_AT; none is NULL.  */
    COLUMN_ADDR,                /* struct net_addr, as text.  */
    COLUMN_PORTS                /* struct port_set, as text.  */
  };

struct database_column
{
  enum column_kind kind;
  size_t at;                    /* Offset in the struct.  */
  size_t size;                  /* Of the member.  */
  size_t len_at;
  bool some;                    /* What is read must not be empty.  */
  bool null;                    /* What is empty or 0 is written as NULL.  */
};

#define COLUMN(kind, type, member) \
  { COLUMN_ ## kind, offsetof (type, member), \
    sizeof ((type *)0)->member, 0, false, false }
#define COLUMN_SOME(kind, type, member) \
  { COLUMN_ ## kind, offsetof (type, member), \
    sizeof ((type *)0)->member, 0, true, false }
#define COLUMN_NULL(kind, type, member) \
  { COLUMN_ ## kind, offsetof (type, member), \
    sizeof ((type *)0)->member, 0, false, true }
#define COLUMN_BYTES(type, member, len) \
  { COLUMN_BLOB, offsetof (type, member), \
    sizeof ((type *)0)->member, offsetof (type, len), false, false }
#define COLUMNS_END { COLUMN_END, 0, 0, 0, false, false }

/* Bind what OBJECT has to the parameters ?FIRST and following of STMT.
   OBJECT must live as long as they are bound.  Returns the number of the
   parameter after them.  */
int database_bind (sqlite3_stmt *stmt, int first,
                   const struct database_column *table, const void *object);

/* Read the columns FIRST and following of STMT's row.  What is allocated is
   to be freed, also after an error.  GPG_ERR_BAD_DATA for what database_bind
   would not have written, GPG_ERR_ENOMEM.  */
gpg_error_t database_read (sqlite3_stmt *stmt, int first,
                           const struct database_column *table,
                           void *object);

#endif /*POSTERN_DATABASE_ROW_H*/
