/* options-kit.h - Verbs and options of a program: tables, and what walks
 * them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading the command line, --help, hints and completion in shells all go by
 * the same rows, so that none of them knows an option that another does
 * not.  Every option has a row; "--help" of a verb has none.  */

#ifndef POSTERN_OPTIONS_KIT_H
#define POSTERN_OPTIONS_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>

struct kit_option;

/* What functions return that otherwise return an exit code: go on.  */
enum { KIT_GO_ON = -1 };

/* Put TEXT (NULL: OPTION takes none) into VALUES.  Returns KIT_GO_ON, or
   an exit code after it was said what is wrong (kit_usage).  */
typedef int (*kit_take_t) (const char *verb, const struct kit_option *option,
                           const char *text, void *values);

/* The head of such a function.  */
#define KIT_TAKE(name)                                                  \
  static int                                                            \
  take_ ## name (const char *verb GPGRT_ATTR_UNUSED,                    \
                 const struct kit_option *option GPGRT_ATTR_UNUSED,     \
                 const char *text GPGRT_ATTR_UNUSED,                    \
                 void *values GPGRT_ATTR_UNUSED)

struct kit_option
{
  const char *name;             /* Without the dashes.  NULL ends a table.  */
  char letter;                  /* The short form; 0: none.  */
  const char *argument;         /* What it takes, as the help shows it; NULL:
                                   nothing.  */
  const char *help;             /* One line, or several.  */
  unsigned int bit;             /* See struct kit_verb; 0: of all verbs.  */
  size_t offset;                /* Where TAKE is NULL: of a const char *, or
                                   of a bool if it takes nothing, in the
                                   values.  */
  kit_take_t take;
};

struct kit_verb
{
  const char *name;             /* NULL: the program has no verbs.  */
  const char *arguments;        /* One way to call it a line.  */
  const char *summary;          /* Without a full stop.  */
  const struct kit_option *options;
  unsigned int bits;            /* Which of them: a row without a bit, or
                                   with one of these.  */
  const char *more;             /* Printed after the options; or NULL.  */
};

struct kit_program
{
  const char *name;
  const char *head;             /* The help, but for the verbs' lines.  */
  const char *foot;
  const void *verbs;            /* N structs of SIZE bytes, each of which
                                   begins with a struct kit_verb.  */
  size_t n, size;
  bool options_first;           /* Options may stand before the verb.  */
};

/* What was given.  */
struct kit_args
{
  unsigned int set;             /* The bits of the options.  */
  int n;                        /* What is not an option.  */
  int n_after;                  /* Of these, after a "--".  */
  char **arg;
};

/* The verbs of PROGRAM by number, and by NAME; NULL: there is none.  */
const struct kit_verb *kit_verb (const struct kit_program *program, size_t i);
const struct kit_verb *kit_find (const struct kit_program *program,
                                 const char *name);

/* Find the verb that *ARGV names, from ARGV[1] on, and move both so that
   ARGV[0] is that word.  Returns KIT_GO_ON and *R_VERB, or the exit code if all
   is done: help or the version was printed, or it was said what is wrong.  */
int kit_begin (const struct kit_program *program, int *argc, char ***argv,
               const struct kit_verb **r_verb);

/* Read ARGV (ARGV[0] is the verb) into VALUES.  *R_ARGS stays good as long
   as ARGV.  Returns KIT_GO_ON, or an exit code as above.  */
int kit_parse (const struct kit_verb *verb, int argc, char **argv,
               void *values, struct kit_args *r_args);

/* Say on stderr what is wrong with the command line of VERB (NULL: of the
   program), and return EX_USAGE.  */
int kit_usage (const char *verb, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* True if VERB has OPTION.  */
bool kit_has (const struct kit_verb *verb, const struct kit_option *option);

/* The long name of the first option of TABLE in the set BITS.  */
const char *kit_name (const struct kit_option *table, unsigned int bits);

#endif /*POSTERN_OPTIONS_KIT_H*/
