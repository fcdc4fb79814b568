/* conf.h - Configurations: tables of options, and all that walks them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What stands in a file is a grammar of its reader's: see config-grammar.c
 * of the server and profile-text.c of the client.  */

#ifndef POSTERN_COMMON_CONF_H
#define POSTERN_COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <gpg-error.h>
#include "conf-place.h"
#include "../base/netspec.h"
#include "../base/strlist.h"

#define CONF_MAX_RATE 10000u

/* Requests of one person's: so many at once, and then N in SECONDS.  */
struct conf_rate
{
  unsigned int burst;           /* 0: no limit.  */
  unsigned int n, seconds;
};


/* --------------------------- the table ---------------------------

   A row is all that is said of an option: reading, defaults, freeing, the
   hash of what an approval is bound to, printing and hints walk the table.
   To add an option, add a row, and a line to the manual.  */

#define CONF_TEXTLEN NETSPEC_PORTSTRLEN /* Room for a value that is no
                                           string.  */

struct conf_option;

/* What a value is: its reader and its writer.  FIELD is where it is kept,
   which all zero is not given.  */
struct conf_kind
{
  size_t size;                  /* Of FIELD; 0: it may have several.  */
  bool list;                    /* Each item is taken by itself.  */
  bool bare;                    /* It is written without quotes.  */
  /* Put the value TEXT into FIELD.  GPG_ERR_INV_VALUE with a message, as
     conf_fail gives it; GPG_ERR_ENOMEM.  */
  gpg_error_t (*take) (const struct conf_place *place,
                       const struct conf_option *option, void *field,
                       const char *text);
  /* Number I of its items, or with I 0 its one value, as TAKE would read
     it, in BUF (of CONF_TEXTLEN bytes) or in FIELD; NULL: there is none.  */
  const char *(*text) (const struct conf_option *option, const void *field,
                       size_t i, char *buf);
  /* Free what FIELD holds, and make it empty.  NULL: it holds nothing.  */
  void (*release) (const struct conf_option *option, void *field);
};

/* The heads of these functions, for who makes a kind.  */
#define CONF_TAKE(name)                                                 \
  static gpg_error_t                                                    \
  take_ ## name (const struct conf_place *place,                        \
                 const struct conf_option *option GPGRT_ATTR_UNUSED,    \
                 void *field, const char *text)
#define CONF_TEXT(name)                                                 \
  static const char *                                                   \
  text_ ## name (const struct conf_option *option GPGRT_ATTR_UNUSED,    \
                 const void *field, size_t i GPGRT_ATTR_UNUSED,         \
                 char *buf GPGRT_ATTR_UNUSED)
#define CONF_RELEASE(name)                                              \
  static void                                                           \
  release_ ## name (const struct conf_option *option GPGRT_ATTR_UNUSED, \
                    void *field)

/* Flags.  */
#define CONF_TITLE 1u           /* Not written as an option: the name of the
                                   section.  The first row.  */
#define CONF_DERIVED 2u         /* Not written at all, but freed.  */
#define CONF_BINDS_APPROVAL 4u  /* An approval is bound to what it says.  */
#define CONF_BRIEF 8u           /* Not printed where it has its default.  */
#define CONF_NONE 16u           /* A size may be "none", which is 0.  */
#define CONF_ALIKE 32u          /* Items of a list may be alike.  */

struct conf_option
{
  const char *name;             /* NULL ends a table.  */
  const struct conf_kind *kind;
  size_t offset, size;          /* Of its field.  */
  const char *help;             /* One line.  */
  /* Of a number, a size, or seconds; MOST: bytes of a text, items of a
     list.  A number less than LEAST is not given.  */
  unsigned long long least, most;
  const char *preset;           /* The default, as it would be written.  */
  const char *const *words;     /* Of an enum, from 0 on; NULL ends them.  */
  /* Looks at a value before it is taken; may be NULL.  */
  gpg_error_t (*check) (const struct conf_place *place, const void *field,
                        const char *text);
  unsigned int flags;
};

/* A row: what is kept in MEMBER of TYPE, its help, and what else there is
   to say, by name.  */
#define CONF_OPTION(name_, kind_, type, member, ...)                    \
  { .name = name_, .kind = &kind_, .offset = offsetof (type, member),   \
    .size = sizeof ((type *) 0)->member, .help = __VA_ARGS__ }
/* The same where the kind knows its way in the whole of TYPE.  */
#define CONF_OPTION_OF(name_, kind_, ...)                               \
  { .name = name_, .kind = &kind_, .help = __VA_ARGS__ }
#define CONF_END { .name = NULL }

/* A kind of section: an array in what it stands in, of which each section
   is one element.  */
struct conf_section
{
  const char *name;             /* NULL ends a table.  */
  const struct conf_option *options;
  const struct conf_section *sections; /* Within it, one level; NULL:
                                   none.  */
  size_t offset;                /* Of the pointer to the array...  */
  size_t n_offset;              /* ... and of its number (size_t).  */
  size_t size;                  /* Of an element.  */
  size_t most;                  /* 0: as many as a file may have.  */
  gpg_error_t (*finish) (const struct conf_place *place, void *root,
                         void *object);  /* NULL: all of it is good.  */
  bool single;                  /* Stands once at most, and has no title.
                                   OFFSET is that of its struct.  */
};

struct conf_grammar
{
  const char *file;             /* Which file has it, for a hint.  */
  const struct conf_option *options;
  const struct conf_section *sections;
  const struct conf_grammar *other;     /* For the same hint.  */
};

/* The kinds that need no more than the row.  */
extern const struct conf_kind conf_bool;        /* bool  */
extern const struct conf_kind conf_number;      /* Unsigned, any size.  */
extern const struct conf_kind conf_size;        /* "64k"; likewise.  */
extern const struct conf_kind conf_duration;    /* "90s"; likewise.  */
extern const struct conf_kind conf_enum;        /* One of WORDS; likewise. */
extern const struct conf_kind conf_time;        /* Date or Unix seconds:
                                                   uint64_t  */
extern const struct conf_kind conf_rate;        /* struct conf_rate  */
extern const struct conf_kind conf_fpr;  /* char[NETSPEC_FPRLEN + 1]  */
extern const struct conf_kind conf_name;        /* char *  */
extern const struct conf_kind conf_name_buf;  /* char[NETSPEC_NAMELEN + 1] */
extern const struct conf_kind conf_path;        /* Absolute, with nothing to
                                                   resolve in it: char *  */
extern const struct conf_kind conf_string;      /* One line: char *  */
extern const struct conf_kind conf_names;       /* struct strlist  */
extern const struct conf_kind conf_strings;     /* struct strlist  */

/* Put the value TEXT, or one item of a list, into the field of OBJECT that
   OPTION has.  Errors as TAKE of its kind.  */
gpg_error_t conf_take (const struct conf_place *place,
                       const struct conf_option *option, void *object,
                       const char *text);

/* The value of OPTION in OBJECT, or its item number I, as it would be read,
   without quotes; in BUF (of CONF_TEXTLEN bytes) or in OBJECT.  NULL: there
   is none.  */
const char *conf_text (const struct conf_option *option, const void *object,
                       size_t i, char *buf);

/* Write it to OUT as it stands in a file, behind the '='; nothing where it
   is not given.  */
void conf_print (const struct conf_option *option, const void *object,
                 FILE *out);

/* True if it is to be written: it is an option that is given, and CONF_BRIEF
   leaves nothing out.  */
bool conf_is_given (const struct conf_option *option, const void *object);

/* Give OBJECT, which is all zero, the defaults of OPTIONS.  */
gpg_error_t conf_preset (const struct conf_place *place,
                         const struct conf_option *options, void *object);

/* One more SECTION in PARENT, with its TITLE and its defaults.  It is to be
   released with PARENT, on failure as well.  */
gpg_error_t conf_add (const struct conf_place *place,
                      const struct conf_section *section, void *parent,
                      const char *title, void **r_object);

/* How many sections of the kind SECTION there are in PARENT, and the one of
   number I, which must be less.  */
size_t conf_count (const struct conf_section *section, const void *parent);
void *conf_object (const struct conf_section *section, const void *parent,
                   size_t i);

/* The title of OBJECT, in OBJECT; "" where it has none.  */
const char *conf_title (const struct conf_section *section,
                        const void *object);

/* Free what OBJECT holds by OPTIONS and SECTIONS (NULL: none), not itself.
   Its pointers are NULL then, and its lists and arrays empty.  */
void conf_release (const struct conf_option *options,
                   const struct conf_section *sections, void *object);

/* Write all of OBJECT that is given to OUT, as a file that would be read to
   the same.  Errors are OUT's.  */
void conf_dump (const struct conf_option *options,
                const struct conf_section *sections, const void *object,
                FILE *out);

/* Write what the options with CONF_BINDS_APPROVAL say in OBJECT, which is a
   section of the kind SECTION: no two that differ in them write the same.
   Errors are OUT's.  */
void conf_write_terms (const struct conf_section *section,
                       const void *object, FILE *out);


/* Take the LEN bytes of TEXT into ROOT, all of which GRAMMAR must have.
   GPG_ERR_INV_VALUE with *R_MESSAGE "FILE:LINE: what is wrong; what to do",
   to be freed; ROOT may have some of it then.  */
gpg_error_t conf_parse (const char *file, const void *text, size_t len,
                        const struct conf_grammar *grammar,
                        void *root, char **r_message);

#endif /*POSTERN_COMMON_CONF_H*/
