/* complete.h - What may be typed next, for the shells.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Here and not in the shells' scripts, so that it knows every verb and option
 * there is.  A candidate is a line, with a tab and what it is about.  */

#ifndef POSTERN_COMPLETE_H
#define POSTERN_COMPLETE_H

#include "options-kit.h"

/* The command line as far as it goes.  */
struct complete_line
{
  const struct kit_verb *verb;
  char **word;                  /* After the verb, ...  */
  size_t n;                     /* ... without LAST, ...  */
  const char *last;             /* ... which is to be completed.  */
};

/* Look at the N words at WORD, of which the first is the verb.  Returns -1 to
   go on, or an exit code: the verbs were offered, or there is nothing.  */
int complete_begin (const struct kit_program *program, char **word, size_t n,
                    struct complete_line *r_line);

/* Print TEXT, a tab and ABOUT, if it begins as LINE ends.  */
void complete_offer (const struct complete_line *line, const char *text,
                     const char *about);

/* The options of LINE's verb, likewise.  */
void complete_options (const struct complete_line *line);

/* The option whose value is to be completed; NULL: none is.  ":files" or
   ":folders" is printed where that is a path.  */
const struct kit_option *complete_option (const struct complete_line *line);

/* The word I, from 0 on, that is neither an option nor its value; NULL: there
   are not so many.  */
const char *complete_argument (const struct complete_line *line, size_t i);

/* The value of the option NAME ("--config") among the words; NULL: not
   given.  */
const char *complete_value (const struct complete_line *line,
                            const char *name);

#endif /*POSTERN_COMPLETE_H*/
