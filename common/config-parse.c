/* config-parse.c - Texts to values, by libConfuse.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All values are strings to libConfuse: its own numbers may be octal or
 * overflow, and its booleans have many names.  config_scan has told where
 * everything stands; what libConfuse read is handed on in that order.  */

#include "config-parts.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 32          /* Of one table.  */
#define MAX_KINDS 4             /* Of sections.  */

struct walk
{
  struct config_place place;
  config_t config;
  cfg_t *root;
  const struct config_grammar *grammar;
  unsigned int seen[MAX_KINDS]; /* Sections of each kind so far.  */
  cfg_t *cfg;                   /* The open section...  */
  const struct config_section *section;
  unsigned int section_line;
  void *object;                 /* ... and what becomes of it.  */
};

/* libConfuse's error function has no argument of its own.  */
static const struct config_place *parse_place;


static void GPGRT_ATTR_PRINTF (2, 0)
parse_failed (cfg_t *cfg, const char *format, va_list ap)
{
  struct config_place place = *parse_place;
  char text[200];

  vsnprintf (text, sizeof text, format, ap);
  place.line = cfg->line > 0 ? (unsigned int) cfg->line : 0;
  config_fail (&place, "%s", text);
}


/* Write OPTIONS in libConfuse's form to OPTS; returns their number.  */
static size_t
make_options (const struct config_option *options, cfg_opt_t *opts)
{
  cfg_opt_t single = CFG_STR (NULL, NULL, CFGF_NODEFAULT);
  cfg_opt_t list = CFG_STR_LIST (NULL, NULL, CFGF_NODEFAULT);
  size_t n;

  for (n = 0; options[n].name && n < MAX_OPTIONS; n++)
    {
      opts[n] = options[n].list ? list : single;
      opts[n].name = options[n].name;
    }
  return n;
}


static cfg_t *
make_parser (const struct config_grammar *grammar)
{
  cfg_opt_t end = CFG_END ();
  cfg_opt_t opts[MAX_OPTIONS + MAX_KINDS + 1];
  cfg_opt_t subopts[MAX_KINDS][MAX_OPTIONS + 1];
  const struct config_section *section = grammar->sections;
  size_t n = make_options (grammar->options, opts);
  size_t i;

  for (i = 0; section[i].name && i < MAX_KINDS; i++)
    {
      cfg_opt_t sec = CFG_SEC (NULL, NULL, section[i].single ? CFGF_NONE
                               : CFGF_MULTI | CFGF_TITLE
                                 | CFGF_NO_TITLE_DUPES);

      subopts[i][make_options (section[i].options, subopts[i])] = end;
      sec.name = section[i].name;
      sec.subopts = subopts[i];
      opts[n++] = sec;
    }
  opts[n] = end;
  return cfg_init (opts, CFGF_NONE);
}


static gpg_error_t
finish_section (struct walk *w)
{
  struct config_place place = w->place;
  gpg_error_t err = 0;

  place.option = NULL;
  place.line = w->section_line;
  if (w->section)
    err = w->section->finish (&place, w->config, w->object);
  w->section = NULL;
  return err;
}


static gpg_error_t
begin_section (struct walk *w, const struct config_mark *mark)
{
  size_t kind = (size_t) (mark->section - w->grammar->sections);
  gpg_error_t err = finish_section (w);

  if (err)
    return err;
  w->cfg = cfg_getnsec (w->root, mark->section->name, w->seen[kind]++);
  if (!w->cfg)
    return config_fail (&w->place, "'%s' has no title", mark->section->name);
  w->section = mark->section;
  w->section_line = mark->line;
  return mark->section->begin (&w->place, w->config, cfg_title (w->cfg),
                               &w->object);
}


/* The values of the option at MARK[0] are at MARK[1] to MARK[N].  */
static gpg_error_t
take_option (struct walk *w, const struct config_mark *mark, size_t n)
{
  cfg_t *cfg = mark->in_section ? w->cfg : w->root;
  cfg_opt_t *opt = cfg_getopt (cfg, mark->option->name);
  gpg_error_t err = 0;
  size_t i;

  if (!opt || cfg_opt_size (opt) != n)
    return config_fail (&w->place, "'%s' cannot be read", mark->option->name);
  w->place.option = mark->option->name;
  for (i = 0; i < n && !err; i++)
    {
      w->place.line = mark[i + 1].line;
      err = mark->option->take (&w->place,
                                mark->in_section ? w->object : w->config,
                                cfg_opt_getnstr (opt, (unsigned int) i));
    }
  w->place.option = NULL;
  return err;
}


static gpg_error_t
walk_marks (struct walk *w, const struct config_marks *marks)
{
  const struct config_mark *mark = marks->mark;
  gpg_error_t err = 0;
  size_t i, n;

  for (i = 0; i < marks->n && !err; i += n + 1)
    {
      n = 0;
      w->place.line = mark[i].line;
      if (mark[i].section)
        {
          err = begin_section (w, mark + i);
          continue;
        }
      while (i + n + 1 < marks->n && !mark[i + n + 1].section
             && !mark[i + n + 1].option)
        n++;
      err = take_option (w, mark + i, n);
    }
  return err ? err : finish_section (w);
}


gpg_error_t
config_parse (const char *file, char *text, size_t len,
              const struct config_grammar *grammar, config_t config,
              char **r_message)
{
  struct config_marks marks;
  struct walk w;
  gpg_error_t err;

  memset (&w, 0, sizeof w);
  w.place.file = file;
  w.place.r_message = r_message;
  w.config = config;
  w.grammar = grammar;
  err = config_scan (file, text, len, grammar, &marks, r_message);
  if (err || !marks.n)          /* It makes no parser of no text.  */
    goto leave;
  w.root = make_parser (grammar);
  if (!w.root)
    {
      err = gpg_error (GPG_ERR_ENOMEM);
      goto leave;
    }
  cfg_set_error_function (w.root, parse_failed);
  parse_place = &w.place;
  if (cfg_parse_buf (w.root, text))
    {
      err = gpg_error (GPG_ERR_INV_VALUE);
      if (r_message && !*r_message)
        config_fail (&w.place, "it cannot be read");
    }
  else
    err = walk_marks (&w, &marks);

 leave:
  parse_place = NULL;
  if (w.root)
    cfg_free (w.root);
  free (marks.mark);
  return err;
}
