/* complete.h - What may be typed next, for the shells.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The programs complete their own command lines, because only they know every
 * verb and option.  A candidate is a line: the word, a tab and a
 * description.  */

#ifndef POSTERN_COMPLETE_H
#define POSTERN_COMPLETE_H

#include "options-kit.h"

/* The command line so far.  */
struct complete_line
{
  const struct kit_verb *verb;
  char **word;                  /* After the verb, ...  */
  size_t n;                     /* ... without LAST, ...  */
  const char *last;             /* ... which is to be completed.  */
};

/* Parse the N words at WORD, of which the first is the verb.  Returns
   KIT_GO_ON, or an exit code if the verbs were offered or there is nothing to
   offer.  */
int complete_begin (const struct kit_program *program, char **word, size_t n,
                    struct complete_line *r_line);

/* Print TEXT, a tab and ABOUT if TEXT begins with the last word of LINE.  */
void complete_offer (const struct complete_line *line, const char *text,
                     const char *about);

/* Do that for each option of LINE's verb.  */
void complete_options (const struct complete_line *line);

/* The option whose value is to be completed; NULL if there is none.  If the
   value is a path, prints ":files" or ":folders".  */
const struct kit_option *complete_option (const struct complete_line *line);

/* Number I, from 0 on, of the words that are neither an option nor its value;
   NULL if there are fewer.  */
const char *complete_argument (const struct complete_line *line, size_t i);

/* The value of the option NAME ("--config") among the words; NULL if it is not
   given.  */
const char *complete_value (const struct complete_line *line,
                            const char *name);

#endif /*POSTERN_COMPLETE_H*/
