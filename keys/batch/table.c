/* table.c - A list of people: names, fingerprints, groups.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The list says who gets in with which key.  Whatever in it is not exactly
 * right makes all of it wrong, and a message says in which line.  */

#include "table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct reading
{
  const char *file;
  unsigned int line;
  char **r_message;
};


static gpg_error_t GPGRT_ATTR_PRINTF (2, 3)
fail_at_line (struct reading *reading, const char *format, ...)
{
  va_list args;
  char *text;

  va_start (args, format);
  if (gpgrt_vasprintf (&text, format, args) < 0)
    text = NULL;
  va_end (args);
  *reading->r_message = gpgrt_bsprintf ("%s:%u: %s", reading->file,
                                        reading->line, text ? text : "?");
  gpgrt_free (text);
  return gpg_error (GPG_ERR_INV_VALUE);
}


/* TEXT without the blanks around it, which are overwritten.  */
static char *
trim_blanks (char *text)
{
  size_t len;

  text += strspn (text, " \t\r");
  len = strlen (text);
  while (len && strchr (" \t\r", text[len - 1]))
    text[--len] = 0;
  return text;
}


static gpg_error_t
parse_name_field (struct reading *reading, const char *text, char **r_name)
{
  if (!netspec_name_valid (text, strlen (text)))
    return fail_at_line (reading, "'%.40s' is not a valid name (lower-case"
                         " letters, digits, '.', '_', '-')", text);
  *r_name = strdup (text);
  return *r_name ? 0 : gpg_error_from_syserror ();
}


static gpg_error_t
parse_fpr_field (struct reading *reading, const char *text,
                 char fpr[NETSPEC_FPRLEN + 1])
{
  size_t n = 0;
  const char *p;

  /* What is longer than a fingerprint leaves a rest at P.  */
  for (p = text; *p && n < NETSPEC_FPRLEN; p++)
    if (*p != ' ')
      fpr[n++] = (char)toupper ((unsigned char)*p);
  fpr[n] = 0;
  if (*p || !netspec_fpr_valid (fpr, n))
    return fail_at_line (reading, "'%.60s' is not a full fingerprint", text);
  return 0;
}


static gpg_error_t
parse_group_field (struct reading *reading, const char *text,
                   struct table_row *row)
{
  size_t i;

  for (i = 0; i < row->n_groups; i++)
    if (!strcmp (row->group[i], text))
      return fail_at_line (reading, "the group '%.40s' is repeated", text);
  if (row->n_groups == TABLE_MAX_GROUPS)
    return fail_at_line (reading, "more than %d groups", TABLE_MAX_GROUPS);
  return parse_name_field (reading, text, row->group + row->n_groups++);
}


static gpg_error_t
parse_fields (struct reading *reading, char *line, struct table_row *row)
{
  gpg_error_t err = 0;
  char *field;
  int i;

  for (i = 0; !err && (field = strsep (&line, ",")); i++)
    {
      field = trim_blanks (field);
      err = i == 0 ? parse_name_field (reading, field, &row->name)
        : i == 1 ? parse_fpr_field (reading, field, row->fpr)
        : parse_group_field (reading, field, row);
    }
  if (!err && i < 2)
    err = fail_at_line (reading, "a line is NAME,FINGERPRINT[,GROUP]...");
  return err;
}


static gpg_error_t
check_unique (struct reading *reading, const struct table *table,
              const struct table_row *row)
{
  const struct table_row *old;

  for (old = table->row; old < table->row + table->n; old++)
    if (!strcmp (old->name, row->name))
      return fail_at_line (reading, "'%s' is in line %u already",
                           row->name, old->line);
    else if (!strcmp (old->fpr, row->fpr))
      return fail_at_line (reading, "this key is that of '%s' in line %u",
                           old->name, old->line);
  return 0;
}


static void
release_row (struct table_row *row)
{
  size_t i;

  free (row->name);
  for (i = 0; i < row->n_groups; i++)
    free (row->group[i]);
}


static gpg_error_t
parse_row (struct reading *reading, char *line, struct table *table)
{
  gpg_error_t err;
  struct table_row *more, row;

  line = trim_blanks (line);
  if (!*line || *line == '#')
    return 0;
  if (table->n == TABLE_MAX_ROWS)
    return fail_at_line (reading, "more than %d people", TABLE_MAX_ROWS);
  memset (&row, 0, sizeof row);
  row.line = reading->line;
  err = parse_fields (reading, line, &row);
  if (!err)
    err = check_unique (reading, table, &row);
  more = err ? NULL : reallocarray (table->row, table->n + 1, sizeof *more);
  if (!err && !more)
    err = gpg_error_from_syserror ();
  if (err)
    {
      release_row (&row);
      return err;
    }
  table->row = more;
  table->row[table->n++] = row;
  return 0;
}


gpg_error_t
table_read (const char *file, const char *text, size_t len,
            struct table *r_table, char **r_message)
{
  struct reading reading = { file, 0, r_message };
  gpg_error_t err = 0;
  char *copy, *rest, *line;

  memset (r_table, 0, sizeof *r_table);
  *r_message = NULL;
  copy = rest = strndup (text, len);
  if (!copy)
    return gpg_error_from_syserror ();
  if (strlen (copy) != len)
    {
      reading.line = 1;
      err = fail_at_line (&reading, "this is not a text file");
    }
  while (!err && (line = strsep (&rest, "\n")))
    {
      reading.line++;
      err = parse_row (&reading, line, r_table);
    }
  free (copy);
  if (err)
    table_release (r_table);
  return err;
}


void
table_release (struct table *table)
{
  while (table->n)
    release_row (table->row + --table->n);
  free (table->row);
  memset (table, 0, sizeof *table);
}
