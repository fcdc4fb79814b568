/* conf-table.c - What walks a table of options.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing here knows an option by its name: what is true of one stands in
 * its row.  */

#include "conf.h"

#include <stdlib.h>
#include <string.h>
#include "../base/array.h"


static void *
field_of (const struct conf_option *option, const void *object)
{
  return (char *)object + option->offset;
}


/* The array of SECTION in PARENT, whatever it is of.  */
static void *
array_of (const struct conf_section *section, const void *parent)
{
  void *array;

  memcpy (&array, (const char *)parent + section->offset, sizeof array);
  return array;
}


static size_t *
number_of (const struct conf_section *section, void *parent)
{
  return (size_t *)(void *)((char *)parent + section->n_offset);
}


size_t
conf_count (const struct conf_section *section, const void *parent)
{
  return section->single ? 1 : *number_of (section, (void *)parent);
}


void *
conf_object (const struct conf_section *section, const void *parent,
             size_t i)
{
  return section->single ? (char *)parent + section->offset
    : (char *)array_of (section, parent) + i * section->size;
}


gpg_error_t
conf_take (const struct conf_place *place, const struct conf_option *option,
           void *object, const char *text)
{
  void *field = field_of (option, object);
  gpg_error_t err = option->check ? option->check (place, field, text) : 0;

  return err ? err : option->kind->take (place, option, field, text);
}


const char *
conf_text (const struct conf_option *option, const void *object, size_t i,
           char *buf)
{
  return i && !option->kind->list ? NULL
    : option->kind->text (option, field_of (option, object), i, buf);
}


const char *
conf_title (const struct conf_section *section, const void *object)
{
  char buf[CONF_TEXTLEN];

  return section->options->flags & CONF_TITLE
    ? conf_text (section->options, object, 0, buf) : "";
}


gpg_error_t
conf_preset (const struct conf_place *place,
             const struct conf_option *options, void *object)
{
  gpg_error_t err = 0;

  for (; options->name && !err; options++)
    if (options->preset)
      err = conf_take (place, options, object, options->preset);
  return err;
}


gpg_error_t
conf_add (const struct conf_place *place, const struct conf_section *section,
          void *parent, const char *title, void **r_object)
{
  gpg_error_t err = 0;
  size_t *n = number_of (section, parent);

  *r_object = NULL;
  if (section->single)
    n = NULL;
  else if (section->most && *n == section->most)
    return conf_fail (place, "more than %zu %ss", section->most,
                      section->name);
  else
    err = array_grow ((char *)parent + section->offset, *n, section->size);
  if (err)
    return err;
  *r_object = conf_object (section, parent, n ? (*n)++ : 0);
  if (title && section->options->flags & CONF_TITLE)
    err = conf_take (place, section->options, *r_object, title);
  return err ? err : conf_preset (place, section->options, *r_object);
}


void
conf_release (const struct conf_option *options,
              const struct conf_section *sections, void *object)
{
  size_t i;

  for (; options->name; options++)
    if (options->kind->release)
      options->kind->release (options, field_of (options, object));
  for (; sections && sections->name; sections++)
    {
      for (i = 0; i < conf_count (sections, object); i++)
        conf_release (sections->options, sections->sections,
                      conf_object (sections, object, i));
      if (sections->single)
        continue;
      free (array_of (sections, object));
      memset ((char *)object + sections->offset, 0, sizeof (void *));
      *number_of (sections, object) = 0;
    }
}


/* ---------------------------- writing ---------------------------- */

bool
conf_is_given (const struct conf_option *option, const void *object)
{
  char buf[CONF_TEXTLEN];
  const char *text;

  if (option->flags & (CONF_TITLE | CONF_DERIVED))
    return false;
  text = conf_text (option, object, 0, buf);
  return text && !(option->flags & CONF_BRIEF && option->preset
                   && !strcmp (text, option->preset));
}


/* In single quotes, where a backslash stands before it and a quote.  */
static void
print_quoted (const char *text, FILE *out)
{
  putc ('\'', out);
  for (; *text; text++)
    {
      if (*text == '\'' || *text == '\\')
        putc ('\\', out);
      putc (*text, out);
    }
  putc ('\'', out);
}


void
conf_print (const struct conf_option *option, const void *object, FILE *out)
{
  char buf[CONF_TEXTLEN];
  const char *text;
  size_t i;

  for (i = 0; (text = conf_text (option, object, i, buf)); i++)
    {
      fputs (i ? ", " : option->kind->list ? "{" : "", out);
      if (option->kind->bare)
        fputs (text, out);
      else
        print_quoted (text, out);
    }
  fputs (i && option->kind->list ? "}" : "", out);
}


static void
dump_object (const struct conf_option *options,
             const struct conf_section *sections, const void *object,
             int indent, FILE *out)
{
  const void *inner;
  size_t i;

  for (; options->name; options++)
    if (conf_is_given (options, object))
      {
        fprintf (out, "%*s%s = ", indent, "", options->name);
        conf_print (options, object, out);
        putc ('\n', out);
      }
  for (; sections && sections->name; sections++)
    for (i = 0; i < conf_count (sections, object); i++)
      {
        inner = conf_object (sections, object, i);
        fprintf (out, "%*s%s %s%s{\n", indent, "", sections->name,
                 conf_title (sections, inner), sections->single ? "" : " ");
        dump_object (sections->options, sections->sections, inner,
                     indent + 2, out);
        fprintf (out, "%*s}\n", indent, "");
      }
}


void
conf_dump (const struct conf_option *options,
           const struct conf_section *sections, const void *object,
           FILE *out)
{
  dump_object (options, sections, object, 0, out);
}


/* Names have no blank, and each text and list stands behind its length: so
   what is written can be read in one way only.  */
static void
write_terms (const struct conf_option *option, const void *object, FILE *out)
{
  char buf[CONF_TEXTLEN];
  const char *text;
  size_t i, n = 0;

  while (conf_text (option, object, n, buf))
    n++;
  fprintf (out, "%s %zu\n", option->name, n);
  for (i = 0; (text = conf_text (option, object, i, buf)); i++)
    fprintf (out, "%zu %s\n", strlen (text), text);
}


void
conf_write_terms (const struct conf_section *section, const void *object,
                  FILE *out)
{
  const struct conf_section *inner = section->sections;
  const struct conf_option *option;
  size_t i;

  fprintf (out, "%s\n", section->name);
  for (option = section->options; option->name; option++)
    if (option->flags & CONF_BINDS_APPROVAL)
      write_terms (option, object, out);
  for (; inner && inner->name; inner++)
    {
      fprintf (out, "%s %zu\n", inner->name, conf_count (inner, object));
      for (i = 0; i < conf_count (inner, object); i++)
        conf_write_terms (inner, conf_object (inner, object, i), out);
    }
}
