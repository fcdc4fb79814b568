/* options-kit.c - Verbs and options of a program: tables, and what walks
 * them.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "options-kit.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "log.h"
#include "meant.h"

#define MAX_OPTIONS 64          /* Of one verb.  */
#define FIRST_KEY 256           /* Beyond the letters: see getopt_long.  */


const struct kit_verb *
kit_verb (const struct kit_program *program, size_t i)
{
  const char *verbs = program->verbs;

  return i < program->n
    ? (const void *) (verbs + i * program->size) : NULL;
}


const struct kit_verb *
kit_find (const struct kit_program *program, const char *name)
{
  const struct kit_verb *verb;
  size_t i;

  for (i = 0; (verb = kit_verb (program, i)); i++)
    if (!strcmp (verb->name, name))
      break;
  return verb;
}


bool
kit_has (const struct kit_verb *verb, const struct kit_option *option)
{
  return !option->bit || option->bit & verb->bits;
}


const char *
kit_name (const struct kit_option *table, unsigned int bits)
{
  while (table->name && !(table->bit & bits))
    table++;
  return table->name ? table->name : "";
}


int
kit_usage (const char *verb, const char *format, ...)
{
  va_list args;
  char text[400];

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  /* A question ends what it asks.  */
  log_error ("%s%s%s%s try '%s%s%s --help'", verb ? verb : "",
             verb ? ": " : "", text,
             *text && text[strlen (text) - 1] == '?' ? "" : ";",
             log_program (), verb ? " " : "", verb ? verb : "");
  return EX_USAGE;
}


static void
print_usage (const struct kit_verb *verb)
{
  const char *line = verb->arguments, *end;

  for (; line; line = *end ? end + 1 : NULL)
    {
      end = strchrnul (line, '\n');
      printf ("%s %s%s%s%s%.*s [OPTIONS]\n",
              line == verb->arguments ? "Usage:" : "      ", log_program (),
              verb->name ? " " : "", verb->name ? verb->name : "",
              end == line ? "" : " ", (int) (end - line), line);
    }
}


/* One line, or several; the short forms stand in a column of their own, if
   there are any.  */
static void
print_option (char letter, const char *name, const char *argument,
              const char *help, bool letters)
{
  int width = letters ? 22 : 19;
  const char *end;
  char left[64];

  snprintf (left, sizeof left, "%c%c --%s%s%s", letter ? '-' : ' ',
            letter ? letter : ' ', name, argument ? " " : "",
            argument ? argument : "");
  printf ("  %-*s ", width, letters ? left : left + 3);
  for (;; help = end + 1)
    {
      end = strchrnul (help, '\n');
      printf ("%.*s\n", (int) (end - help), help);
      if (!*end)
        break;
      printf ("  %*s ", width, "");
    }
}


static void
print_help (const struct kit_verb *verb)
{
  const struct kit_option *option;
  bool letters = false;

  print_usage (verb);
  printf ("%s.\n\n", verb->summary);
  for (option = verb->options; option->name; option++)
    letters |= option->letter && kit_has (verb, option);
  for (option = verb->options; option->name; option++)
    if (kit_has (verb, option))
      print_option (option->letter, option->name, option->argument,
                    option->help, letters);
  print_option ('h', "help", NULL, "this help", letters);
  if (verb->more)
    printf ("\n%s", verb->more);
}


static int
print_program (const struct kit_program *program)
{
  const struct kit_verb *verb;
  size_t i;

  puts (program->head);
  for (i = 0; (verb = kit_verb (program, i)); i++)
    printf ("  %-8s %s\n", verb->name, verb->summary);
  puts (program->foot);
  return EX_OK;
}


static int
unknown_verb (const struct kit_program *program, const char *name)
{
  const struct kit_verb *verb;
  struct meant_name meant;
  size_t i;

  meant_name_start (&meant, name);
  for (i = 0; (verb = kit_verb (program, i)); i++)
    meant_name_offer (&meant, verb->name);
  if (meant.nearest)
    return kit_usage (NULL, "no such verb: '%s'; did you mean '%s'?", name,
                      meant.nearest);
  return kit_usage (NULL, "no such verb: '%s'", name);
}


/* True if the next word is the value of the option WORD, of any verb.  */
static bool
takes_next (const struct kit_program *program, const char *word)
{
  const struct kit_option *option;
  const struct kit_verb *verb;
  size_t i;

  for (i = 0; (verb = kit_verb (program, i)); i++)
    for (option = verb->options; option->name; option++)
      if (!strcmp (word + 2, option->name))
        return option->argument;
  return false;
}


/* Which of the words is the verb; ARGC: none is.  */
static int
find_verb_word (const struct kit_program *program, int argc, char **argv)
{
  int i;

  for (i = 1; i < argc && program->options_first; i++)
    {
      if (argv[i][0] != '-')
        break;
      if (!strncmp (argv[i], "--", 2) && takes_next (program, argv[i]))
        i++;
    }
  return i < argc ? i : argc;
}


int
kit_begin (const struct kit_program *program, int *argc, char ***argv,
           const struct kit_verb **r_verb)
{
  int i = find_verb_word (program, *argc, *argv);
  /* Words that are the program's, and not the verb's.  */
  int last = program->options_first || i == *argc ? i : i + 1;
  const char *name, *word;
  int k;

  *r_verb = NULL;
  for (k = 1; k < last; k++)
    {
      word = (*argv)[k];
      if (!strcmp (word, "--help") || !strcmp (word, "-h"))
        return print_program (program);
      if (!strcmp (word, "--version"))
        {
          printf ("%s " PACKAGE_VERSION "\n", program->name);
          return EX_OK;
        }
    }
  if (i == *argc)
    return kit_usage (NULL, "no verb given");
  name = (*argv)[i];
  *r_verb = kit_find (program, name);
  if (!*r_verb)
    return unknown_verb (program, name);
  /* What stood before the verb comes after it.  */
  memmove (*argv + 2, *argv + 1, (size_t) (i - 1) * sizeof **argv);
  (*argv)[1] = (char *) (*r_verb)->name;
  ++*argv;
  --*argc;
  return KIT_GO_ON;
}


/* The options of VERB for getopt: LIST has room for all, SHORTS for two bytes
   each.  The values of LIST are the numbers of the rows.  */
static void
make_lists (const struct kit_verb *verb, struct option *list, char *shorts)
{
  const struct kit_option *option;
  int i;

  *shorts++ = ':';
  for (i = 0; (option = verb->options + i)->name; i++)
    {
      if (!kit_has (verb, option))
        continue;
      list->name = option->name;
      list->has_arg = option->argument ? required_argument : no_argument;
      list++->val = FIRST_KEY + i;
      if (option->letter)
        *shorts++ = option->letter;
      if (option->letter && option->argument)
        *shorts++ = ':';
    }
  list->name = "help";
  list->val = 'h';
  *shorts++ = 'h';
}


/* The row that getopt found by its number, or by its letter.  */
static const struct kit_option *
find_row (const struct kit_verb *verb, int key)
{
  const struct kit_option *option = verb->options;

  if (key >= FIRST_KEY)
    return option + (key - FIRST_KEY);
  while (option->letter != key || !kit_has (verb, option))
    option++;
  return option;
}


static int
unknown_option (const struct kit_verb *verb, const char *word)
{
  const struct kit_option *option;
  struct meant_name meant;
  bool elsewhere = false;       /* Another verb has it.  */

  meant_name_start (&meant, word + strspn (word, "-"));
  for (option = verb->options; option->name; option++)
    if (kit_has (verb, option))
      meant_name_offer (&meant, option->name);
    else
      elsewhere |= !strcmp (option->name, meant.name);
  if (!strncmp (word, "--", 2) && meant.nearest && !elsewhere)
    return kit_usage (verb->name, "no such option here: '%s'; did you mean"
                      " '--%s'?", word, meant.nearest);
  return kit_usage (verb->name, "no such option here: '%s'", word);
}


/* How many words come after the first "--".  */
static int
count_after (int argc, char **argv)
{
  int i;

  for (i = 1; i < argc; i++)
    if (!strcmp (argv[i], "--"))
      return argc - i - 1;
  return 0;
}


static int
take_option (const struct kit_verb *verb, const struct kit_option *option,
             void *values, struct kit_args *args)
{
  void *field = (char *) values + option->offset;

  args->set |= option->bit;
  if (option->take)
    return option->take (verb->name, option, optarg, values);
  if (option->argument)
    *(const char **) field = optarg;
  else
    *(bool *) field = true;
  return KIT_GO_ON;
}


int
kit_parse (const struct kit_verb *verb, int argc, char **argv, void *values,
           struct kit_args *r_args)
{
  struct option list[MAX_OPTIONS + 2];
  char shorts[2 * MAX_OPTIONS + 4];
  int key, rc = KIT_GO_ON;

  memset (list, 0, sizeof list);
  memset (shorts, 0, sizeof shorts);
  memset (r_args, 0, sizeof *r_args);
  make_lists (verb, list, shorts);
  r_args->n_after = count_after (argc, argv);   /* getopt reorders.  */
  opterr = 0;
  optind = 0;                   /* Start again.  */
  while (rc == KIT_GO_ON
         && (key = getopt_long (argc, argv, shorts, list, NULL)) != -1)
    switch (key)
      {
      case 'h':
        print_help (verb);
        return EX_OK;
      case ':':
        return kit_usage (verb->name, "option '%s' needs a value",
                          argv[optind - 1]);
      case '?':
        return unknown_option (verb, argv[optind - 1]);
      default:
        rc = take_option (verb, find_row (verb, key), values, r_args);
      }
  r_args->n = argc - optind;
  r_args->arg = argv + optind;
  return rc;
}
