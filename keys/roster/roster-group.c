/* roster-group.c - Changing the groups in a person's file.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file may have been edited by hand: only the two options that name the
 * person's groups are written anew, and every other byte stays.  */

#include "roster-parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../../server/config/config-parts.h"
#include "../../common/conf/conf-scan.h"

struct edit
{
  size_t from, to;              /* Bytes of the old text, ...  */
  char *text;                   /* ... and what replaces them; NULL: none.  */
};


/* "NAME = {'ops', 'dba'}" of the groups that end by themselves (ENDS), or of
   those that do not.  NULL if there are none, or without memory.  */
static char *
print_groups_option (const struct roster_groups *groups, bool ends)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  void *text = NULL;
  size_t i, n = 0;

  if (!fp)
    return NULL;
  gpgrt_fputs (ends ? "groups-until = {" : "groups  = {", fp);
  for (i = 0; i < groups->n; i++)
    if (!groups->ends[i] != ends)
      {
        gpgrt_fprintf (fp, "%s'%s", n++ ? ", " : "", groups->group[i]);
        if (ends)
          gpgrt_fprintf (fp, "=%" PRIu64, groups->ends[i]);
        gpgrt_fputs ("'", fp);
      }
  gpgrt_fputs ("}", fp);
  gpgrt_fputc (0, fp);
  if (gpgrt_fclose_snatch (fp, &text, NULL) || !n)
    {
      gpgrt_free (text);
      text = NULL;
    }
  return text;
}


static bool
has_groups (const struct roster_groups *groups, bool ends)
{
  size_t i;

  for (i = 0; i < groups->n; i++)
    if (!groups->ends[i] != ends)
      return true;
  return false;
}


static const struct conf_mark *
find_marked_option (const struct conf_marks *marks, const char *name)
{
  size_t i;

  for (i = 0; i < marks->n; i++)
    if (marks->mark[i].option && !strcmp (marks->mark[i].option->name, name))
      return marks->mark + i;
  return NULL;
}


/* If what EDIT takes out has a line to itself, take out the line.  */
static void
widen_to_line (const char *text, struct edit *edit)
{
  size_t from = edit->from, to = edit->to;

  while (from && (text[from - 1] == ' ' || text[from - 1] == '\t'))
    from--;
  while (text[to] == ' ' || text[to] == '\t')
    to++;
  if (from && text[from - 1] == '\n' && text[to] == '\n')
    {
      edit->from = from;
      edit->to = to + 1;
    }
}


/* Put the option where it was, or on a line of its own after the key.  */
static gpg_error_t
make_edit (const char *text, const struct conf_marks *marks,
           const struct roster_groups *groups, bool ends, struct edit *edit)
{
  const struct conf_mark *mark
    = find_marked_option (marks, ends ? "groups-until" : "groups");
  const struct conf_mark *key = find_marked_option (marks, "key");
  char *option = print_groups_option (groups, ends);

  memset (edit, 0, sizeof *edit);
  if ((!option && has_groups (groups, ends)) || !key)
    {
      gpgrt_free (option);
      return gpg_error (key ? GPG_ERR_ENOMEM : GPG_ERR_INV_VALUE);
    }
  edit->from = mark ? mark->start : key->end;
  edit->to = mark ? mark->end : key->end;
  if (mark && !option)
    widen_to_line (text, edit);
  edit->text = mark || !option ? option
    : gpgrt_bsprintf ("\n  %s", option);
  if (edit->text != option)
    gpgrt_free (option);
  return !edit->text && has_groups (groups, ends)
    ? gpg_error (GPG_ERR_ENOMEM) : 0;
}


static char *
apply_edits (const char *text, const struct edit *first,
             const struct edit *second)
{
  const struct edit *swap = first;

  if (second->from < first->from)
    {
      first = second;
      second = swap;
    }
  return gpgrt_bsprintf ("%.*s%s%.*s%s%s", (int)first->from, text,
                         first->text ? first->text : "",
                         (int)(second->from - first->to), text + first->to,
                         second->text ? second->text : "",
                         text + second->to);
}


/* The scanner marks where each option is, which no search for its name could
   tell from a comment or a quoted text.  */
static gpg_error_t
edit_groups (const char *path, const char *text, size_t len,
             const void *groups, char **r_new, char **r_message)
{
  struct edit lasting = { .text = NULL }, passing = { .text = NULL };
  struct conf_marks marks;
  gpg_error_t err;

  *r_new = NULL;
  err = conf_scan (path, text, len, &config_grammar_users, &marks, r_message);
  if (!err)
    err = make_edit (text, &marks, groups, false, &lasting);
  if (!err)
    err = make_edit (text, &marks, groups, true, &passing);
  if (!err && !(*r_new = apply_edits (text, &lasting, &passing)))
    err = gpg_error_from_syserror ();
  gpgrt_free (lasting.text);
  gpgrt_free (passing.text);
  conf_marks_release (&marks);
  return err;
}


gpg_error_t
roster_regroup (roster_t roster, const char *name,
                const struct roster_groups *groups, char **r_message)
{
  return roster_rewrite (roster, name, edit_groups, groups, r_message);
}
