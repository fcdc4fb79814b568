/* conf.h - Reading configuration files: text, options, values, files.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What stands in a file is a grammar of its reader's: see config.h of the
 * server and profile.h of the client.  */

#ifndef POSTERN_COMMON_CONF_H
#define POSTERN_COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../base/netspec.h"
#include "../base/strlist.h"

#define CONF_MAX_RATE 10000u
#define CONF_MAX_FILE (1024 * 1024)
#define CONF_MAX_SECTIONS 4096        /* In one file.  */
#define CONF_MAX_KEYWORD 31

/* Where something stands, for a message; LINE 0: the file as a whole.  */
struct conf_place
{
  const char *file;
  unsigned int line;
  const char *option;           /* NULL: none.  */
  char **r_message;             /* May be NULL.  */
};

/* Give back GPG_ERR_INV_VALUE with "FILE:LINE: OPTION: text".  */
gpg_error_t conf_fail (const struct conf_place *place,
                       const char *format, ...) GPGRT_ATTR_PRINTF (2, 3);
/* The same for any error.  */
gpg_error_t conf_fail_with (gpg_error_t err,
                            const struct conf_place *place,
                            const char *format, ...)
  GPGRT_ATTR_PRINTF (3, 4);


/* Takes one value, or one item of a list, into OBJECT.  */
typedef gpg_error_t (*conf_take_t) (const struct conf_place *place,
                                    void *object, const char *text);

/* The head of such a function.  */
#define TAKE(name)                                                      \
  static gpg_error_t                                                    \
  take_ ## name (const struct conf_place *place, void *object,        \
                 const char *text)

struct conf_option
{
  const char *name;             /* NULL ends a table.  */
  bool list;
  conf_take_t take;
};

struct conf_section
{
  const char *name;             /* NULL ends a table.  */
  const struct conf_option *options;
  gpg_error_t (*begin) (const struct conf_place *place, void *root,
                        const char *title, void **r_object);
  gpg_error_t (*finish) (const struct conf_place *place, void *root,
                         void *object);  /* NULL: all of it is good.  */
  bool single;                  /* Stands once at most, and has no title:
                                   that of BEGIN is NULL.  */
  const struct conf_section *sections; /* Within it, one level; NULL:
                                   none.  */
};

struct conf_grammar
{
  const char *file;             /* Which file has it, for a hint.  */
  const struct conf_option *options;
  const struct conf_section *sections;
  const struct conf_grammar *other;   /* For the same hint.  */
};

#define CONF_MAX_DEPTH 2      /* A section within a section.  */

/* What conf_scan found: sections, options and values in their order.  */
struct conf_mark
{
  unsigned int line;
  const struct conf_section *section; /* Begins here.  */
  const struct conf_option *option;   /* Begins here; else a value.  */
  unsigned int depth;           /* Sections that it stands in.  */
  char *text;                   /* A value, or the title of a section; NULL:
                                   neither.  Within what was scanned.  */
  size_t len;
  /* Of sections and options, for who changes a file: the text from START,
     where the keyword begins, up to END, behind what it is given, which
     begins at VALUE.  */
  size_t start, value, end;
};

struct conf_marks
{
  size_t n;
  struct conf_mark *mark;
};

/* Find what stands in TEXT (of LEN bytes and a NUL).  Refused are options
   and sections that GRAMMAR does not have, or that are repeated, and all
   that is neither.  Comments become blanks, and escapes are resolved, in
   TEXT itself, where the marks point.  MARKS is to be released by the
   caller (free (marks->mark)), on failure as well.  */
gpg_error_t conf_scan (const char *file, char *text, size_t len,
                       const struct conf_grammar *grammar,
                       struct conf_marks *marks, char **r_message);

/* The name in TABLE that is nearest to NAME, if any is near; the tables
   are a grammar's or a section's.  */
const char *conf_nearest (const char *name,
                          const struct conf_option *options,
                          const struct conf_section *sections);

/* Scan and parse TEXT, which is changed, into CONFIG.  */
gpg_error_t conf_parse (const char *file, char *text, size_t len,
                        const struct conf_grammar *grammar,
                        void *root, char **r_message);
/* The same, of the LEN bytes at TEXT, which stay as they are.  */
gpg_error_t conf_parse_copy (const char *file, const void *text,
                             size_t len,
                             const struct conf_grammar *grammar,
                             void *root, char **r_message);


/* Requests of one person's: so many at once, and then N in SECONDS.  */
struct conf_rate
{
  unsigned int burst;           /* 0: no limit.  */
  unsigned int n, seconds;
};

/* Strict readers of values.  */
gpg_error_t conf_value_number (const struct conf_place *place,
                               const char *text, unsigned long long least,
                               unsigned long long most,
                               unsigned long long *r_value);
/* "64k", "16M", "2G", or bytes.  */
gpg_error_t conf_value_size (const struct conf_place *place,
                             const char *text, unsigned long long least,
                             unsigned long long most,
                             unsigned long long *r_value);
/* "20, 2/s", or "none".  */
gpg_error_t conf_value_rate (const struct conf_place *place,
                             const char *text,
                             struct conf_rate *r_rate);
gpg_error_t conf_value_bool (const struct conf_place *place,
                             const char *text, bool *r_value);
gpg_error_t conf_value_duration (const struct conf_place *place,
                                 const char *text, unsigned int least,
                                 unsigned int most, unsigned int *r_secs);
/* Unix seconds, or "2027-01-31": the begin of that day, UTC.  */
gpg_error_t conf_value_time (const struct conf_place *place,
                             const char *text, uint64_t *r_time);
gpg_error_t conf_value_fpr (const struct conf_place *place,
                            const char *text,
                            char fpr[NETSPEC_FPRLEN + 1]);
/* An absolute path with nothing to resolve in it.  */
gpg_error_t conf_value_path (const struct conf_place *place,
                             const char *text, size_t most, char **r_path);
/* A name (names match NETSPEC's pattern) to the end of LIST; a repeated
   one is refused.  */
gpg_error_t conf_value_name (const struct conf_place *place,
                             const char *text, struct strlist *list);
/* Any string likewise; at most MOST items.  */
gpg_error_t conf_value_string (const struct conf_place *place,
                               const char *text, size_t most,
                               struct strlist *list);


/* Open a folder (relative to FROM, or AT_FDCWD) and check who may write
   it.  PATH is what messages call it.  A missing one is GPG_ERR_ENOENT.  */
gpg_error_t conf_files_open_dir (int from, const char *name,
                                 const char *path, int *r_fd,
                                 char **r_message);

/* Open the file NAME of DIRFD to read and check who may write it, and with
   SECRET who may read it.  */
gpg_error_t conf_files_open (int dirfd, const char *name, bool secret,
                             const struct conf_place *place, int *r_fd);

/* Open the file PATH to read, with the checks of a secret's modes.  */
gpg_error_t conf_files_open_secret (const char *path, int *r_fd,
                                    char **r_message);

/* Read a text file of DIRFD.  *R_TEXT has a NUL behind it; free.  */
gpg_error_t conf_files_read (int dirfd, const char *name,
                             const char *path, char **r_text,
                             size_t *r_len, char **r_message);

/* Read the secret file NAME of DIRFD into BUF; *R_LEN may be SIZE where
   there is more.  */
gpg_error_t conf_files_read_secret (int dirfd, const char *name,
                                    const char *path, void *buf,
                                    size_t size, size_t *r_len,
                                    char **r_message);

/* The names in the folder DIRFD that end in ".conf" and do not begin with
   a dot, sorted.  */
gpg_error_t conf_files_list (int dirfd, const char *path,
                             struct strlist *r_names,
                             char **r_message);

#endif /*POSTERN_COMMON_CONF_H*/
