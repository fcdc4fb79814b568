/* complete.c - What may be typed next, for the shells.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "complete.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>


void
complete_offer (const struct complete_line *line, const char *text,
                const char *about)
{
  if (!strncmp (text, line->last, strlen (line->last)))
    printf ("%s\t%s\n", text, about);
}


int
complete_begin (const struct kit_program *program, char **word, size_t n,
                struct complete_line *r_line)
{
  const struct kit_verb *verb;
  size_t i;

  memset (r_line, 0, sizeof *r_line);
  if (!n)
    return EX_USAGE;
  r_line->last = word[n - 1];
  if (n > 1)
    {
      r_line->verb = kit_find (program, word[0]);
      r_line->word = word + 1;
      r_line->n = n - 2;
      return r_line->verb ? -1 : EX_USAGE;
    }
  for (i = 0; (verb = kit_verb (program, i)); i++)
    complete_offer (r_line, verb->name, verb->summary);
  if (*r_line->last == '-')
    {
      complete_offer (r_line, "--help", "a short help");
      complete_offer (r_line, "--version", "the version");
    }
  return EX_OK;
}


/* With the first line of its help.  */
void
complete_options (const struct complete_line *line)
{
  const struct kit_option *option;
  char text[48], about[80];

  for (option = line->verb->options; option->name; option++)
    if (kit_has (line->verb, option))
      {
        snprintf (text, sizeof text, "--%s", option->name);
        snprintf (about, sizeof about, "%.*s",
                  (int) strcspn (option->help, "\n"), option->help);
        complete_offer (line, text, about);
      }
  complete_offer (line, "--help", "this help");
}


/* The option that WORD is, with its value in the next word; NULL: none.  */
static const struct kit_option *
with_value (const struct complete_line *line, const char *word)
{
  const struct kit_option *option;

  for (option = line->verb->options; option->name; option++)
    if (option->argument && kit_has (line->verb, option)
        && (!strncmp (word, "--", 2)
            ? !strcmp (word + 2, option->name)
            : word[0] == '-' && word[1] && word[1] == option->letter
            && !word[2]))
      return option;
  return NULL;
}


const struct kit_option *
complete_option (const struct complete_line *line)
{
  static const char *const files[] = { "FILE", "LIST", "KEY", "DIR|FILE" };
  const struct kit_option *option = line->n
    ? with_value (line, line->word[line->n - 1]) : NULL;
  size_t i;

  if (option && !strcmp (option->argument, "DIR"))
    puts (":folders");
  for (i = 0; option && i < sizeof files / sizeof *files; i++)
    if (!strcmp (option->argument, files[i]))
      puts (":files");
  return option;
}


const char *
complete_argument (const struct complete_line *line, size_t i)
{
  size_t k;

  for (k = 0; k < line->n; k++)
    if (with_value (line, line->word[k]))
      k++;
    else if ((line->word[k][0] != '-' || !line->word[k][1]) && !i--)
      return line->word[k];
  return NULL;
}


const char *
complete_value (const struct complete_line *line, const char *name)
{
  size_t k;

  for (k = 0; k + 1 < line->n; k++)
    if (!strcmp (line->word[k], name))
      return line->word[k + 1];
  return NULL;
}
