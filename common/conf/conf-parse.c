/* conf-parse.c - From what was scanned to values.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A text is scanned to its end before the first value is taken: what is no
 * configuration at all changes nothing.  Values are handed on in the order
 * of the text, each with its line.  */

#include "conf-scan.h"

#include <string.h>

/* An open section, or (the first) the file itself.  */
struct level
{
  const struct conf_section *section;
  unsigned int line;
  void *object;                 /* What becomes of it.  */
};

struct walk
{
  struct conf_place place;
  void *root;
  unsigned int depth;           /* Of open sections.  */
  struct level level[CONF_MAX_DEPTH + 1];
};


/* Finish the open sections that are deeper than DEPTH.  */
static gpg_error_t
finish_sections (struct walk *w, unsigned int depth)
{
  struct conf_place place = w->place;
  struct level *level;
  gpg_error_t err = 0;

  for (; w->depth > depth && !err; w->depth--)
    {
      level = w->level + w->depth;
      place.line = level->line;
      if (level->section->finish)
        err = level->section->finish (&place, w->root, level->object);
    }
  return err;
}


static gpg_error_t
begin_section (struct walk *w, const struct conf_mark *mark)
{
  struct level *outer = w->level + w->depth++, *level = outer + 1;

  level->section = mark->section;
  level->line = mark->line;
  return conf_add (&w->place, mark->section, outer->object, mark->text,
                   &level->object);
}


/* The values of the option at MARK[0] are at MARK[1] to MARK[N].  A list
   takes the place of its default.  */
static gpg_error_t
take_option (struct walk *w, const struct conf_mark *mark, size_t n)
{
  const struct conf_option *option = mark->option;
  void *object = w->level[w->depth].object;
  gpg_error_t err = 0;
  size_t i;

  if (option->kind->list && option->kind->release)
    option->kind->release (option, (char *)object + option->offset);
  w->place.option = option->name;
  for (i = 1; i <= n && !err; i++)
    {
      w->place.line = mark[i].line;
      err = conf_take (&w->place, option, object, mark[i].text);
    }
  w->place.option = NULL;
  return err;
}


static gpg_error_t
walk_marks (struct walk *w, const struct conf_marks *marks)
{
  const struct conf_mark *mark;
  gpg_error_t err = 0;
  size_t i, n;

  for (i = 0; i < marks->n && !err; i += n + 1)
    {
      n = 0;
      mark = marks->mark + i;
      err = finish_sections (w, mark->depth);
      if (err)
        break;
      w->place.line = mark->line;
      if (mark->section)
        {
          err = begin_section (w, mark);
          continue;
        }
      while (i + n + 1 < marks->n && !mark[n + 1].section
             && !mark[n + 1].option)
        n++;
      err = take_option (w, mark, n);
    }
  return err ? err : finish_sections (w, 0);
}


gpg_error_t
conf_parse (const char *file, const void *text, size_t len,
            const struct conf_grammar *grammar, void *root,
            char **r_message)
{
  struct conf_marks marks;
  struct walk w;
  gpg_error_t err;

  memset (&w, 0, sizeof w);
  w.place.file = file;
  w.place.r_message = r_message;
  w.root = w.level[0].object = root;
  err = conf_scan (file, text, len, grammar, &marks, r_message);
  if (!err)
    err = walk_marks (&w, &marks);
  conf_marks_release (&marks);
  return err;
}
