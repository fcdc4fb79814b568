/* control-words.h - The words of a command's arguments.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CONTROL_WORDS_H
#define POSTERN_CONTROL_WORDS_H

#include <string.h>
#include <gpg-error.h>

/* The next word of *ARGS, which moves on; NULL at the end.  */
static inline char *
next_word (char **args)
{
  char *word = *args + strspn (*args, " ");

  if (!*word)
    return NULL;
  *args = word + strcspn (word, " ");
  if (**args)
    *(*args)++ = 0;
  return word;
}


/* The value of WORD where that is NAME=VALUE; NULL else.  */
static inline const char *
option_value (const char *word, const char *name)
{
  size_t len = strlen (name);

  return !strncmp (word, name, len) && word[len] == '=' && word[len + 1]
    ? word + len + 1 : NULL;
}


static inline gpg_error_t
bad_argument (const char **r_why)
{
  *r_why = "not a valid argument; try HELP";
  return gpg_error (GPG_ERR_ASS_PARAMETER);
}

#endif /*POSTERN_CONTROL_WORDS_H*/
