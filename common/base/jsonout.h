/* jsonout.h - Writing JSON, for programs that link no library for it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ASCII alone; see doc/JSON.md.  NAME is that of a member, and NULL in an
 * array.  Errors are the stream's.  */

#ifndef POSTERN_JSONOUT_H
#define POSTERN_JSONOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "strlist.h"

struct jsonout
{
  FILE *fp;
  bool more;                    /* The next one is not the first.  */
};

/* BRACKET is '{' or '[', and what ends it.  */
void jsonout_begin (struct jsonout *out, const char *name, char bracket);
void jsonout_end (struct jsonout *out, char bracket);

/* TEXT may be NULL, which is null.  */
void jsonout_text (struct jsonout *out, const char *name, const char *text);
void jsonout_bool (struct jsonout *out, const char *name, bool value);
void jsonout_number (struct jsonout *out, const char *name, int64_t number);

/* null for 0, which is none or never.  */
void jsonout_some (struct jsonout *out, const char *name, uint64_t number);

/* An array.  */
void jsonout_list (struct jsonout *out, const char *name,
                   const struct strlist *list);

#endif /*POSTERN_JSONOUT_H*/
