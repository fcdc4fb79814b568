/* jsonout.h - Write JSON, for programs that link no library for it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 8259, in ASCII only; see doc/JSON.md.  NAME is the name of a member,
 * or NULL in an array.  Errors show on the stream (ferror).  */

#ifndef POSTERN_JSONOUT_H
#define POSTERN_JSONOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "strlist.h"

struct jsonout
{
  FILE *fp;
  bool more;                    /* The next value needs a comma.  */
};

/* Begin an object or an array, and end it: BRACKET is '{' or '[', '}' or
   ']'.  */
void jsonout_begin (struct jsonout *out, const char *name, char bracket);
void jsonout_end (struct jsonout *out, char bracket);

/* null if TEXT is NULL.  What is not UTF-8 becomes U+FFFD.  */
void jsonout_text (struct jsonout *out, const char *name, const char *text);
void jsonout_bool (struct jsonout *out, const char *name, bool value);
void jsonout_number (struct jsonout *out, const char *name, int64_t number);

/* null if NUMBER is 0, which stands for none or never.  */
void jsonout_some (struct jsonout *out, const char *name, uint64_t number);

/* An array.  */
void jsonout_list (struct jsonout *out, const char *name,
                   const struct strlist *list);

#endif /*POSTERN_JSONOUT_H*/
