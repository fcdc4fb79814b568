/* conf-scan.h - What stands where in a text.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_CONF_SCAN_H
#define POSTERN_COMMON_CONF_SCAN_H

#include <stddef.h>
#include <gpg-error.h>
#include "conf.h"

#define CONF_MAX_SECTIONS 4096  /* In one file.  */
#define CONF_MAX_KEYWORD 31
#define CONF_MAX_DEPTH 2        /* A section within a section.  */

/* What conf_scan found: sections, options and values in their order.  */
struct conf_mark
{
  unsigned int line;
  const struct conf_section *section; /* Begins here.  */
  const struct conf_option *option;   /* Begins here; else a value.  */
  unsigned int depth;           /* Sections that it stands in.  */
  char *text;                   /* A value, or the title of a section; NULL:
                                   neither.  */
  size_t len;
  /* Of sections and options, for who changes a file: from START, where the
     keyword begins, up to END, after what it is given.  */
  size_t start, end;
};

struct conf_marks
{
  size_t n;
  struct conf_mark *mark;
  char *text;                   /* What was scanned, as it is not any more:
                                   the marks have their texts there.  */
};

/* Find what stands in the LEN bytes of TEXT.  Refused are options and
   sections that GRAMMAR does not have, or that are repeated, and all that is
   neither.  GPG_ERR_INV_VALUE with *R_MESSAGE "FILE:LINE: what is wrong;
   what to do", to be freed.  MARKS is to be released on failure as well.  */
gpg_error_t conf_scan (const char *file, const void *text, size_t len,
                       const struct conf_grammar *grammar,
                       struct conf_marks *marks, char **r_message);
void conf_marks_release (struct conf_marks *marks);

/* The name in the two tables (NULL: none) that is nearest to NAME; NULL: none
   is near.  */
const char *conf_nearest (const char *name,
                          const struct conf_option *options,
                          const struct conf_section *sections);

#endif /*POSTERN_COMMON_CONF_SCAN_H*/
