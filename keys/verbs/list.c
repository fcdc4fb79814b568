/* list.c - postern-keys list: who may come in.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>
#include <string.h>
#include "../../common/base/columns.h"
#include "../../common/base/console.h"
#include "../../common/base/log.h"
#include "../keys-options.h"
#include "../roster/people.h"
#include "../text.h"
#include "keys-verbs.h"

#define COLUMNS 7
#define KEY 2                   /* The column of the fingerprint.  */

/* The cells of a line that need memory of their own.  */
struct line
{
  char *groups;
  char expires[TEXT_TIMELEN + 16];
  char last[TEXT_TIMELEN];
};


/* "ops,dba(2027-01-31)", where dba ends on that day.  To be freed.  */
static char *
format_groups (const struct config_user *user)
{
  char *text = NULL, date[TEXT_TIMELEN];
  size_t i, len;
  FILE *fp = open_memstream (&text, &len);

  if (!fp)
    return NULL;
  for (i = 0; i < user->groups.n; i++)
    fprintf (fp, "%s%s", i ? "," : "", user->groups.item[i]);
  for (i = 0; i < user->n_until; i++)
    fprintf (fp, "%s%s(%s)", i || user->groups.n ? "," : "",
             user->until[i].group, text_date (user->until[i].ends, date));
  if (!user->groups.n && !user->n_until)
    putc ('-', fp);
  if (!fclose (fp))
    return text;
  free (text);
  return NULL;
}


/* When the key ends, or why it cannot be used.  */
static void
fill_expires (const struct person *person, char *text, size_t size)
{
  const char *state = people_state (person);
  char date[TEXT_TIMELEN];

  if (!strcmp (state, "good"))
    text_date (person->key->expires, text);
  else if (!strcmp (state, "expired"))
    snprintf (text, size, "expired %s",
              text_date (person->key->expires, date));
  else
    snprintf (text, size, "%s", state);
}


static gpg_error_t
fill_person_line (const struct person *person, struct line *line,
                  const char **cell)
{
  const struct config_user *user = person->user;
  json_t *when = json_object_get (person->last, "time");

  line->groups = format_groups (user);
  if (!line->groups)
    return gpg_error_from_syserror ();
  fill_expires (person, line->expires, sizeof line->expires);
  text_time ((uint64_t)json_integer_value (when), line->last);
  cell[0] = user->name;
  cell[1] = line->groups;
  cell[2] = user->fpr;
  cell[3] = person->key ? person->key->algorithm : "-";
  cell[4] = line->expires;
  cell[5] = user->door ? user->door : "any";
  cell[6] = line->last;
  return 0;
}


static gpg_error_t
print_people_table (people_t people)
{
  static const char *const heading[COLUMNS] =
    { "USER", "GROUPS", "KEY", "ALGORITHM", "KEY EXPIRES", "DOOR",
      "LAST REQUEST" };
  struct line *line = calloc (people->n + 1, sizeof *line);
  const char **cell = calloc ((people->n + 1) * COLUMNS, sizeof *cell);
  gpg_error_t err = line && cell ? 0 : gpg_error_from_syserror ();
  size_t i;

  if (!err)
    memcpy (cell, heading, sizeof heading);
  for (i = 0; !err && i < people->n; i++)
    err = fill_person_line (people->person + i, line + i,
                            cell + (i + 1) * COLUMNS);
  if (!err)
    columns_print (stdout, cell, people->n + 1, COLUMNS, KEY);
  for (i = 0; line && i < people->n; i++)
    free (line[i].groups);
  free (line);
  free (cell);
  return err;
}


static gpg_error_t
print_people_json (people_t people)
{
  gpg_error_t err = 0;
  unsigned int n = 0;
  size_t i;

  for (i = 0; !err && i < people->n; i++)
    err = people_print_element (people_describe (people->person + i), &n);
  if (!err)
    people_print_end (n);
  return err;
}


static gpg_error_t
list_people (roster_t roster, bool json)
{
  gpg_error_t err;
  people_t people;

  err = people_load (roster, &people);
  if (err)
    return err;
  err = people_ask (people, roster, NULL);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    log_info ("no posternd runs: the last requests are not known");
  else if (err)
    log_warn ("list: the last requests are not known: %s",
              console_why (err));
  if (json)
    err = print_people_json (people);
  else if (people->n)
    err = print_people_table (people);
  else
    {
      log_info ("nobody is enrolled; 'postern-keys enroll' lets people in");
      err = 0;
    }
  people_release (people);
  return err;
}


int
list_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;

  err = roster_look (opt->dir, &roster, &message);
  if (!err)
    err = list_people (roster, opt->json);
  log_failure (err, message, "list");
  roster_close (roster);
  return log_exit_code (err);
}
