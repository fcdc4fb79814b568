/* complete.c - What may be typed next, out of the texts of the help.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "complete.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* One option of a line of the help.  */
struct option_text
{
  char name[40];                /* With its dashes.  */
  char value[COMPLETE_VALUELEN];
  char about[80];
};


void
complete_offer (const char *last, const char *text, const char *about)
{
  if (!strncmp (text, last, strlen (last)))
    printf ("%s\t%s\n", text, about);
}


static void
copy (char *to, size_t size, const char *from, size_t len)
{
  if (len >= size)
    len = size - 1;
  memcpy (to, from, len);
  to[len] = 0;
}


/* The next option at or behind *AT, which moves behind it.  An option
   stands in the first column of its line, or behind another and a comma. */
static bool
next_option (const char **at, struct option_text *o)
{
  const char *name, *end, *line, *text;

  for (name = *at; (name = strstr (name, "--")); name += 2)
    {
      for (line = name; line > *at && line[-1] != '\n'; line--)
        ;
      if (strspn (line, " ") == (size_t)(name - line)
          || (name - *at >= 2 && !strncmp (name - 2, ", ", 2)))
        break;
    }
  if (!name)
    return false;
  end = name + strspn (name, LETTERS);
  copy (o->name, sizeof o->name, name, (size_t)(end - name));
  *o->value = 0;
  if (*end == ' ' && end[1] >= 'A' && end[1] <= 'Z')
    {
      copy (o->value, sizeof o->value, end + 1,
            strcspn (end + 1, " ,\n"));
      end += 1 + strcspn (end + 1, " ,\n");
    }
  text = end + strspn (end, " ");
  copy (o->about, sizeof o->about, text,
        *end == ',' || *end == '\n' ? 0 : strcspn (text, "\n"));
  *at = end;
  return true;
}


void
complete_options (const char *last, const char *help)
{
  struct option_text o;

  while (next_option (&help, &o))
    complete_offer (last, o.name, o.about);
}


bool
complete_takes (const char *help, const char *word,
                char value[COMPLETE_VALUELEN])
{
  struct option_text o;

  while (next_option (&help, &o))
    if (!strcmp (o.name, word) && *o.value)
      {
        memcpy (value, o.value, COMPLETE_VALUELEN);
        return true;
      }
  return false;
}


bool
complete_path (const char *value)
{
  bool folder = !strcmp (value, "DIR");

  if (!folder && strcmp (value, "FILE") && strcmp (value, "LIST")
      && strcmp (value, "KEY") && strcmp (value, "DIR|FILE"))
    return false;
  puts (folder ? ":folders" : ":files");
  return true;
}


const char *
complete_argument (const char *help, char **word, size_t n, size_t i)
{
  char value[COMPLETE_VALUELEN];
  size_t k;

  for (k = 0; k < n; k++)
    if (complete_takes (help, word[k], value))
      k++;
    else if (strncmp (word[k], "--", 2) && !i--)
      return word[k];
  return NULL;
}


const char *
complete_value (char **word, size_t n, const char *name)
{
  size_t k;

  for (k = 0; k + 1 < n; k++)
    if (!strcmp (word[k], name))
      return word[k + 1];
  return NULL;
}
