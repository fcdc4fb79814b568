/* people.c - The people of a roster and their keys, looked up at once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One run of gpg lists all keys: a run for each person would take minutes
 * where there are thousands.  */

#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/console.h"
#include "../../common/base/tojson.h"


static int
compare_person_fprs (const void *a, const void *b)
{
  return strcmp (((const struct person *)a)->user->fpr,
                 ((const struct person *)b)->user->fpr);
}


static int
compare_person_names (const void *a, const void *b)
{
  return strcmp (((const struct person *)a)->user->name,
                 ((const struct person *)b)->user->name);
}


static int
match_person_fpr (const void *fpr, const void *person)
{
  return strcmp (fpr, ((const struct person *)person)->user->fpr);
}


static int
match_person_name (const void *name, const void *person)
{
  return strcmp (name, ((const struct person *)person)->user->name);
}


/* Give each key of LIST to the person whose it is, or to the orphans.  The
   people must be sorted by fingerprint.  */
static void
assign_keys (people_t people, pgp_key_t *list)
{
  struct person *person;
  size_t i;

  for (i = 0; list[i]; i++)
    {
      person = bsearch (list[i]->fpr, people->person, people->n,
                        sizeof *people->person, match_person_fpr);
      if (person)
        person->key = list[i];
      else
        people->orphan[people->n_orphans++] = list[i];
    }
}


static gpg_error_t
load_people_keys (roster_t roster, people_t people)
{
  gpg_error_t err;
  pgp_key_t *list;
  size_t n = 0;

  err = pgp_key_list (roster_people (roster), false, &list);
  if (err)
    return err;
  while (list[n])
    n++;
  people->orphan = calloc (n + 1, sizeof *people->orphan);
  if (people->orphan)
    assign_keys (people, list);
  else
    {
      err = gpg_error_from_syserror ();
      while (n)
        pgp_key_release (list[--n]);
    }
  free (list);
  return err;
}


gpg_error_t
people_load (roster_t roster, people_t *r_people)
{
  gpg_error_t err;
  config_t config = roster_config (roster);
  people_t people = calloc (1, sizeof *people);

  *r_people = NULL;
  if (!people)
    return gpg_error_from_syserror ();
  people->person = calloc (config->n_users + 1, sizeof *people->person);
  if (!people->person)
    {
      err = gpg_error_from_syserror ();
      people_release (people);
      return err;
    }
  for (; people->n < config->n_users; people->n++)
    people->person[people->n].user = config->user + people->n;
  qsort (people->person, people->n, sizeof *people->person,
         compare_person_fprs);
  err = load_people_keys (roster, people);
  qsort (people->person, people->n, sizeof *people->person,
         compare_person_names);
  if (err)
    people_release (people);
  else
    *r_people = people;
  return err;
}


void
people_release (people_t people)
{
  size_t i;

  if (!people)
    return;
  for (i = 0; i < people->n; i++)
    {
      pgp_key_release (people->person[i].key);
      json_decref (people->person[i].last);
    }
  for (i = 0; i < people->n_orphans; i++)
    pgp_key_release (people->orphan[i]);
  free (people->person);
  free (people->orphan);
  free (people);
}


struct person *
people_find (people_t people, const char *name)
{
  return bsearch (name, people->person, people->n, sizeof *people->person,
                  match_person_name);
}


/* Of a person with several rows the first counts.  */
static gpg_error_t
keep_last_request (void *hook, const char *line)
{
  json_error_t error;
  json_t *object = json_loads (line, 0, &error);
  const char *name = json_string_value (json_object_get (object, "user"));
  struct person *person = name ? people_find (hook, name) : NULL;

  if (person && !person->last)
    {
      json_object_del (object, "user");
      person->last = object;
    }
  else
    json_decref (object);
  return name ? 0 : gpg_error (GPG_ERR_INV_RESPONSE);
}


gpg_error_t
people_sharing (people_t people, config_t config, sharing_t *r_sharing)
{
  gpg_error_t err = sharing_new (r_sharing);
  char *root = config_state_path (config, "root");
  const struct person *person;
  size_t i;

  for (i = 0; !err && i < people->n; i++)
    {
      person = people->person + i;
      err = person->key
        ? sharing_add (*r_sharing, person->user->name, person->key)
        : sharing_add_primary (*r_sharing, person->user->name,
                               person->user->fpr);
    }
  for (i = 0; !err && i < people->n_orphans; i++)
    err = sharing_add (*r_sharing, NULL, people->orphan[i]);
  if (!err)
    err = root ? sharing_add_server (*r_sharing, root, config->server_fpr)
      : gpg_error_from_syserror ();
  free (root);
  if (err)
    {
      sharing_release (*r_sharing);
      *r_sharing = NULL;
    }
  return err;
}


gpg_error_t
people_ask (people_t people, roster_t roster, const char *name)
{
  gpg_error_t err;
  console_t console;
  char *command;

  err = console_open (roster_config (roster)->runtime, &console);
  if (err)
    return err;
  command = gpgrt_bsprintf ("LASTSEEN%s%s", name ? " --user=" : "",
                            name ? name : "");
  err = command ? console_ask (console, command, keep_last_request, people,
                               NULL)
    : gpg_error_from_syserror ();
  gpgrt_free (command);
  console_close (console);
  return err;
}


const char *
people_state (const struct person *person)
{
  pgp_key_t key = person->key;

  if (!key)
    return "missing";
  if (key->revoked)
    return "revoked";
  if (key->expired)
    return "expired";
  if (key->disabled)
    return "disabled";
  return key->invalid || !key->can_sign ? "unusable" : "good";
}


json_t *
people_list (const struct strlist *list)
{
  json_t *array = json_array ();
  size_t i;

  for (i = 0; array && i < list->n; i++)
    json_array_append_new (array, json_string (list->item[i]));
  return array;
}


static json_t *
json_from_until (const struct config_user *user)
{
  json_t *array = json_array ();
  size_t i;

  for (i = 0; i < user->n_until; i++)
    json_array_append_new (array,
                           json_pack ("{ss sI}", "group",
                                      user->until[i].group, "until",
                                      (json_int_t)user->until[i].ends));
  return array;
}


json_t *
people_describe (const struct person *person)
{
  const struct config_user *user = person->user;
  pgp_key_t key = person->key;
  json_t *object;

  object = json_pack ("{ss so ss ss? so ss ss? so}",
                      "user", user->name,
                      "groups", people_list (&user->groups),
                      "key", user->fpr,
                      "algorithm", key ? key->algorithm : NULL,
                      "key-expires", tojson_number (key ? key->expires : 0),
                      "state", people_state (person), "door", user->door,
                      "expires", tojson_number (user->expires));
  if (object)
    json_object_set_new (object, "groups-until", json_from_until (user));
  if (object)
    json_object_set_new (object, "last", person->last
                         ? json_incref (person->last) : json_null ());
  return object;
}


static gpg_error_t
print_object (json_t *object)
{
  char *text = object ? json_dumps (object, JSON_COMPACT
                                    | JSON_ENSURE_ASCII) : NULL;

  json_decref (object);
  if (!text)
    return gpg_error (GPG_ERR_ENOMEM);
  fputs (text, stdout);
  free (text);
  return 0;
}


gpg_error_t
people_print (json_t *object)
{
  gpg_error_t err = print_object (object);

  if (!err)
    putchar ('\n');
  return err;
}


gpg_error_t
people_print_element (json_t *object, unsigned int *n)
{
  fputs ((*n)++ ? ",\n" : "[\n", stdout);
  return print_object (object);
}


void
people_print_end (unsigned int n)
{
  puts (n ? "\n]" : "[]");
}
