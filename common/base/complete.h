/* complete.h - What may be typed next, out of the texts of the help.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For programs whose help names each option on a line "  --name ARG   what
 * it does": so nothing is offered that the help does not tell.  */

#ifndef POSTERN_COMPLETE_H
#define POSTERN_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

/* Print TEXT and a tab and ABOUT, if it begins with LAST.  */
void complete_offer (const char *last, const char *text, const char *about);

/* The options that HELP names, likewise.  */
void complete_options (const char *last, const char *help);

/* What HELP says that the option WORD ("--name") takes: "FILE"; in VALUE.
   False for none, or where WORD is not an option.  */
#define COMPLETE_VALUELEN 32
bool complete_takes (const char *help, const char *word,
                     char value[COMPLETE_VALUELEN]);

/* Print ":files" or ":folders" where VALUE is a path; false for another. */
bool complete_path (const char *value);

/* The word I, from 0 on, of the N at WORD that is neither an option of
   HELP nor its value; NULL: there are not so many.  */
const char *complete_argument (const char *help, char **word, size_t n,
                               size_t i);

/* The value of the option NAME among them; NULL: not given.  */
const char *complete_value (char **word, size_t n, const char *name);

#endif /*POSTERN_COMPLETE_H*/
