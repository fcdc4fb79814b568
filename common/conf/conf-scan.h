/* conf-scan.h - What stands where in a text.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_CONF_SCAN_H
#define POSTERN_COMMON_CONF_SCAN_H

#include <stddef.h>
#include <gpg-error.h>
#include "conf.h"

#define CONF_MAX_SECTIONS 4096  /* In one file.  */
#define CONF_MAX_KEYWORD 31

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

/* The name in the two tables (NULL: none) that is nearest to NAME; NULL: none
   is near.  */
const char *conf_nearest (const char *name,
                          const struct conf_option *options,
                          const struct conf_section *sections);

#endif /*POSTERN_COMMON_CONF_SCAN_H*/
