/* conf-parse.c - Texts to values, by libConfuse.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All values are strings to libConfuse: its own numbers may be octal or
 * overflow, and its booleans have many names.  conf_scan has told where
 * everything stands; what libConfuse read is handed on in that order.  */

#include "conf.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 32          /* Of one table.  */
#define MAX_KINDS 8             /* Of sections.  */
#define MAX_INNER 2             /* Of sections within one.  */

/* An open section, or (the first) the file itself.  */
struct level
{
  cfg_t *cfg;
  const struct conf_section *section;
  const struct conf_section *kinds;   /* What can stand in it.  */
  unsigned int seen[MAX_KINDS];         /* Of each kind so far.  */
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

/* libConfuse's error function has no argument of its own.  */
static const struct conf_place *parse_place;


static void GPGRT_ATTR_PRINTF (2, 0)
parse_failed (cfg_t *cfg, const char *format, va_list ap)
{
  struct conf_place place = *parse_place;
  char text[200];

  vsnprintf (text, sizeof text, format, ap);
  place.line = cfg->line > 0 ? (unsigned int) cfg->line : 0;
  conf_fail (&place, "%s", text);
}


/* Write OPTIONS in libConfuse's form to OPTS; returns their number.  */
static size_t
make_options (const struct conf_option *options, cfg_opt_t *opts)
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


/* One kind of section, with SUBOPTS, in libConfuse's form.  */
static cfg_opt_t
make_section (const struct conf_section *section, cfg_opt_t *subopts)
{
  cfg_opt_t sec = CFG_SEC (NULL, NULL, section->single ? CFGF_NONE
                           : CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

  sec.name = section->name;
  sec.subopts = subopts;
  return sec;
}


/* Options and sections of one section, whose own sections hold none.  */
static void
make_inner (const struct conf_section *section, cfg_opt_t *opts,
            cfg_opt_t innermost[MAX_INNER][MAX_OPTIONS + 1])
{
  const struct conf_section *inner = section->sections;
  cfg_opt_t end = CFG_END ();
  size_t n = make_options (section->options, opts);
  size_t i;

  for (i = 0; inner && inner[i].name && i < MAX_INNER; i++)
    {
      innermost[i][make_options (inner[i].options, innermost[i])] = end;
      opts[n++] = make_section (inner + i, innermost[i]);
    }
  opts[n] = end;
}


static cfg_t *
make_parser (const struct conf_grammar *grammar)
{
  cfg_opt_t end = CFG_END ();
  cfg_opt_t opts[MAX_OPTIONS + MAX_KINDS + 1];
  cfg_opt_t subopts[MAX_KINDS][MAX_OPTIONS + MAX_INNER + 1];
  cfg_opt_t innermost[MAX_KINDS][MAX_INNER][MAX_OPTIONS + 1];
  const struct conf_section *section = grammar->sections;
  size_t n = make_options (grammar->options, opts);
  size_t i;

  for (i = 0; section[i].name && i < MAX_KINDS; i++)
    {
      make_inner (section + i, subopts[i], innermost[i]);
      opts[n++] = make_section (section + i, subopts[i]);
    }
  opts[n] = end;
  return cfg_init (opts, CFGF_NONE);
}


/* Finish the open sections that are deeper than DEPTH.  */
static gpg_error_t
finish_sections (struct walk *w, unsigned int depth)
{
  struct conf_place place = w->place;
  struct level *level;
  gpg_error_t err = 0;

  place.option = NULL;
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
  struct level *out = w->level + w->depth, *level = out + 1;
  size_t kind = (size_t) (mark->section - out->kinds);

  memset (level, 0, sizeof *level);
  level->cfg = cfg_getnsec (out->cfg, mark->section->name,
                            out->seen[kind]++);
  if (!level->cfg)
    return conf_fail (&w->place, "'%s' has no title", mark->section->name);
  level->section = mark->section;
  level->kinds = mark->section->sections;
  level->line = mark->line;
  w->depth++;
  return mark->section->begin (&w->place, w->root, cfg_title (level->cfg),
                               &level->object);
}


/* The values of the option at MARK[0] are at MARK[1] to MARK[N].  */
static gpg_error_t
take_option (struct walk *w, const struct conf_mark *mark, size_t n)
{
  struct level *level = w->level + w->depth;
  cfg_opt_t *opt = cfg_getopt (level->cfg, mark->option->name);
  gpg_error_t err = 0;
  size_t i;

  if (!opt || cfg_opt_size (opt) != n)
    return conf_fail (&w->place, "'%s' cannot be read", mark->option->name);
  w->place.option = mark->option->name;
  for (i = 0; i < n && !err; i++)
    {
      w->place.line = mark[i + 1].line;
      err = mark->option->take (&w->place, level->object,
                                cfg_opt_getnstr (opt, (unsigned int) i));
    }
  w->place.option = NULL;
  return err;
}


static gpg_error_t
walk_marks (struct walk *w, const struct conf_marks *marks)
{
  const struct conf_mark *mark = marks->mark;
  gpg_error_t err = 0;
  size_t i, n;

  for (i = 0; i < marks->n && !err; i += n + 1)
    {
      n = 0;
      w->place.line = mark[i].line;
      err = finish_sections (w, mark[i].depth);
      if (err)
        break;
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
  return err ? err : finish_sections (w, 0);
}


gpg_error_t
conf_parse (const char *file, char *text, size_t len,
            const struct conf_grammar *grammar, void *root,
            char **r_message)
{
  struct conf_marks marks;
  struct walk w;
  gpg_error_t err;

  memset (&w, 0, sizeof w);
  w.place.file = file;
  w.place.r_message = r_message;
  w.root = root;
  w.level[0].kinds = grammar->sections;
  w.level[0].object = root;
  err = conf_scan (file, text, len, grammar, &marks, r_message);
  if (err || !marks.n)          /* It makes no parser of no text.  */
    goto leave;
  w.level[0].cfg = make_parser (grammar);
  if (!w.level[0].cfg)
    {
      err = gpg_error (GPG_ERR_ENOMEM);
      goto leave;
    }
  cfg_set_error_function (w.level[0].cfg, parse_failed);
  parse_place = &w.place;
  if (cfg_parse_buf (w.level[0].cfg, text))
    {
      err = gpg_error (GPG_ERR_INV_VALUE);
      if (r_message && !*r_message)
        conf_fail (&w.place, "it cannot be read");
    }
  else
    err = walk_marks (&w, &marks);

 leave:
  parse_place = NULL;
  if (w.level[0].cfg)
    cfg_free (w.level[0].cfg);
  free (marks.mark);
  return err;
}


gpg_error_t
conf_parse_copy (const char *file, const void *text, size_t len,
                 const struct conf_grammar *grammar, void *root,
                 char **r_message)
{
  gpg_error_t err;
  char *copy = malloc (len + 1);

  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, text, len);
  copy[len] = 0;
  err = conf_parse (file, copy, len, grammar, root, r_message);
  free (copy);
  return err;
}
