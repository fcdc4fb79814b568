/* fields.h - The body of a message, written and read by a table of fields.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A layout describes an object (a struct) and its body: the writer, the
 * reader and the bounds of the body's size all walk the same table.  Numbers
 * are big-endian; what has no fixed length has a u16 with it before.  The
 * writer sends what it is given, for tests must be able to send what is
 * wrong; the reader takes nothing that is out of the table's limits, and
 * must never read beyond a body or leave a byte of it unread.  */

#ifndef POSTERN_FIELDS_H
#define POSTERN_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

enum field_kind
  {
    FIELD_END = 0,              /* Ends a table.  */
    FIELD_NUMBER,               /* Unsigned, or a bool.  */
    FIELD_RAW,                  /* SIZE bytes.  */
    FIELD_STRING,               /* char[SIZE], ended by a NUL.  */
    FIELD_TEXT,                 /* A pointer to what a NUL ends.  */
    FIELD_BYTES,                /* A pointer; its size_t is at COUNT_AT.  */
    FIELD_ADDR,                 /* struct net_addr; LEAST 0: or none.  */
    FIELD_PORTS,                /* struct port_set */
    FIELD_GROUP,                /* An array of what OF describes.  */
    FIELD_OPTIONAL              /* One of OF, where its count is not 0.  */
  };

struct field
{
  enum field_kind kind;
  size_t at;                    /* Offset in the object.  */
  size_t size;                  /* Of the member; of one in a group.  */
  /* Of a number its value, of a string, text or bytes the length, of ports
     the ranges, of a group how many of SIZE there are.  */
  uint64_t least, most;
  /* Offset and size of the number that counts a group, which is a field of
     its own before it.  Size 0: there are always MOST.  */
  size_t count_at, count_size;
  /* The grammar of a string that is not empty; NULL: any without a NUL.  */
  bool (*valid) (const char *text, size_t len);
  const struct field *of;
};

struct layout
{
  const char *name;             /* For the log.  */
  const struct field *table;
  size_t size;                  /* Of the object.  */
  /* Most bytes that all texts and bytes have together.  0: the sum of what
     each may have.  */
  size_t together;
  /* What no single field can say; NULL: nothing.  */
  bool (*check) (const void *object);
};

/* The least and the most bytes of a body.  */
void fields_bounds (const struct layout *layout, size_t *r_least,
                    size_t *r_most);

/* Write OBJECT to BUF (SIZE bytes).  GPG_ERR_TOO_LARGE where it does not fit
   in there, or in the arrays of its struct.  */
gpg_error_t fields_write (const struct layout *layout, const void *object,
                          unsigned char *buf, size_t size, size_t *r_len);

/* Read the LEN bytes at BODY into OBJECT, whose pointers then point into
   BODY.  GPG_ERR_BAD_DATA for what is not a body of this layout; OBJECT is
   then zero.  */
gpg_error_t fields_read (const struct layout *layout,
                         const unsigned char *body, size_t len,
                         void *object);

/* The unsigned integer of SIZE bytes at P, whichever it is.  */
uint64_t field_number (const void *p, size_t size);
void field_set_number (void *p, size_t size, uint64_t v);

#endif /*POSTERN_FIELDS_H*/
