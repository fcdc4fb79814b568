/* lines.h - Texts of "name: value" lines, read and written by a table.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The common form of requests, replies and invites: UTF-8 lines, each ended
 * by an LF, in the order of a table, each at most once unless the table says
 * that it repeats.  The table has the reader and the writer of each value
 * side by side.  Each object has exactly one text.  */

#ifndef POSTERN_LINES_H
#define POSTERN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>

typedef struct lines_out_s *lines_out_t;

struct lines_field;

/* How a member of an object is read and written; see LINES_MEMBER.  */
struct lines_kind
{
  /* Read VALUE (LEN bytes and a NUL) into the member AT.  GPG_ERR_BAD_DATA
     if it does not match its grammar.  */
  gpg_error_t (*take) (const struct lines_field *field, void *at,
                       const char *value, size_t len);
  /* Write the line of the member AT, if it is set.  */
  void (*give) (const struct lines_field *field, lines_out_t out,
                const void *at);
};

/* The kinds, by the type of the member:  */
extern const struct lines_kind
  lines_kind_number,    /* uint16_t, uint32_t, uint64_t: a decimal from 1 to
                           MOST; no line for 0.  */
  lines_kind_name,      /* char[NETSPEC_NAMELEN + 1]; no line if empty.  */
  lines_kind_fpr,       /* char[NETSPEC_FPRLEN + 1]; likewise.  */
  lines_kind_text,      /* char *, to be freed: percent-encoded clean text of
                           one line, 1 to MOST bytes; no line for NULL.  */
  lines_kind_bytes,     /* unsigned char[]: base64 of all of it; always.  */
  lines_kind_ports,     /* struct port_set; no line for none.  */
  lines_kind_yes,       /* bool: "yes", or no line.  */
  lines_kind_no;        /* bool: "no", or no line.  */

struct lines_field
{
  const char *name;             /* NULL ends a table.  */
  bool required;
  bool repeats;
  /* Read VALUE (LEN bytes and a NUL; it may be changed) into OBJECT.
     GPG_ERR_BAD_DATA if it does not match its grammar.  */
  gpg_error_t (*take) (void *object, char *value, size_t len);
  /* Write the line or lines of OBJECT, if it has any.  */
  void (*give) (lines_out_t out, const void *object);
  /* Instead of these two: the value is OBJECT's member of SIZE bytes at
     OFFSET.  */
  const struct lines_kind *kind;
  size_t offset, size;
  unsigned long long most;
  /* Constant texts for the three ways in which the line can be wrong.  */
  const char *why_missing;
  const char *why_order;
  const char *why_value;
};

/* The members of a struct lines_field; WHAT says what the value is not.  */
#define LINES_FIELD(name, required, repeats, take, give, what) \
  { name, required, repeats, take, give, NULL, 0, 0, 0, \
    LINES_WHY (name, what) }
#define LINES_MEMBER(name, required, kind, type, member, most, what) \
  { name, required, false, NULL, NULL, &lines_kind_ ## kind, \
    offsetof (type, member), sizeof ((type *)0)->member, most, \
    LINES_WHY (name, what) }
#define LINES_NUMBER(name, required, type, member, most, what) \
  LINES_MEMBER (name, required, number, type, member, most, what)
#define LINES_WHY(name, what) \
  name ": missing", name ": repeated or out of order", name ": " what
#define LINES_END \
  { NULL, false, false, NULL, NULL, NULL, 0, 0, 0, \
    NULL, NULL, NULL }

/* Read the LEN bytes at TEXT, at most MAX, into OBJECT, and check that
   lines_write would make the same text of it.  On failure *R_WHY is a
   constant text that names the line and what is wrong, and OBJECT may be
   partly filled.  GPG_ERR_BAD_DATA, GPG_ERR_ENOMEM, or what a field's TAKE
   returned.  */
gpg_error_t lines_read (const struct lines_field *table, const void *text,
                        size_t len, size_t max, void *object,
                        const char **r_why);

/* Write OBJECT.  *R_TEXT has *R_LEN bytes, followed by a NUL, and is to be
   released with lines_release.  GPG_ERR_TOO_LARGE if it is longer than MAX
   bytes.  */
gpg_error_t lines_write (const struct lines_field *table,
                         const void *object, size_t max,
                         char **r_text, size_t *r_len);

/* Wipe and free a text; NULL is ignored.  */
void lines_release (char *text, size_t len);


/* For a GIVE: a line is lines_begin, the pieces of its value, lines_end.
   lines_write reports what goes wrong in them.  */
void lines_begin (lines_out_t out);
void lines_add (lines_out_t out, const char *text);
void lines_add_number (lines_out_t out, unsigned long long value);
void lines_add_base64 (lines_out_t out, const void *data, size_t len);
void lines_add_percent (lines_out_t out, const void *data, size_t len);
void lines_end (lines_out_t out);

/* Whole lines; none for a NUMBER of 0, or for a TEXT that is NULL or
   empty.  */
void lines_give_number (lines_out_t out, unsigned long long number);
void lines_give_string (lines_out_t out, const char *text);
void lines_give_base64 (lines_out_t out, const void *data, size_t len);


/* TAKE and GIVE of the version line, which is "1".
   GPG_ERR_UNSUPPORTED_PROTOCOL for another.  */
gpg_error_t lines_take_version (void *object, char *value, size_t len);
void lines_give_version (lines_out_t out, const void *object);


/* For a TAKE: readers of single values.  GPG_ERR_BAD_DATA.  */

/* Base64 of exactly SIZE bytes.  */
gpg_error_t lines_take_base64 (const char *value, size_t len, void *buf,
                               size_t size);
/* Decimal from 1 to MAX.  */
gpg_error_t lines_take_number (const char *value, size_t len,
                               unsigned long long max,
                               unsigned long long *r_number);
/* A name or a fingerprint, copied with its NUL into BUF.  */
gpg_error_t lines_take_name (const char *value, size_t len, char *buf);
gpg_error_t lines_take_fpr (const char *value, size_t len, char *buf);
/* The largest number that every reader of JSON represents exactly.  */
#define LINES_MAX_NUMBER ((1ULL << 53) - 1)
/* Unix seconds until the end of the year 9999, which every calendar
   shows.  */
#define LINES_MAX_TIME 253402300799ULL

#endif /*POSTERN_LINES_H*/
