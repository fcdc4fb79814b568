/* keys-options.h - The options of the verbs that only look.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_OPTIONS_H
#define POSTERN_KEYS_OPTIONS_H

#include <stdbool.h>

enum options_user { OPTIONS_NOBODY, OPTIONS_MAYBE, OPTIONS_ONE };

struct options
{
  const char *dir;
  bool json;
  const char *user;             /* NULL: none given.  */
};

/* Parse "[--json] [--config DIR] [USER]" of VERB into OPT; USER as WHOM
   says.  -1: go on; else the exit code.  */
int options_parse (struct options *opt, const char *verb,
                   enum options_user whom, int argc, char **argv);

#endif /*POSTERN_KEYS_OPTIONS_H*/
