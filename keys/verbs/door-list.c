/* door-list.c - postern-keys door list: each door, its key and its people.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No key is printed.  */

#include "door-list.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/tojson.h"
#include "../../common/base/console-json.h"
#include "../../common/base/log.h"
#include "../../common/base/tojson.h"
#include "../roster/doors.h"
#include "../roster/roster.h"
#include "../text.h"

struct row
{
  const struct config_door *door;
  bool interrupted;             /* Its last rotation.  */
  uint64_t made;                /* When its key was made; 0: unknown.  */
  size_t people;                /* Those whose invites carry its key.  */
  size_t tied;
  json_int_t passed;            /* Packets; negative: unknown.  */
  json_int_t previous;          /* Of these, by the previous key.  */
};


/* What a running posternd says of the doors; NULL if none runs.  */
static json_t *
ask_doors (config_t config)
{
  console_t console;
  json_t *status = NULL, *doors = NULL;

  if (console_open (config->runtime, &console))
    return NULL;
  if (!console_ask_json (console, "STATUS", &status))
    doors = json_incref (json_object_get (status, "doors"));
  json_decref (status);
  console_close (console);
  return doors;
}


/* A key file is written once, so it is as old as the key.  */
static uint64_t
key_time (const char *dir, const char *name)
{
  char *path = gpgrt_bsprintf ("%s/doors/%s.key", dir, name);
  struct stat st;
  uint64_t made = 0;

  if (path && !stat (path, &st) && st.st_mtime > 0)
    made = (uint64_t)st.st_mtime;
  gpgrt_free (path);
  return made;
}


static json_int_t
door_count (json_t *doors, const char *name, const char *member)
{
  json_t *door, *value = NULL;
  const char *text;
  size_t i;

  json_array_foreach (doors, i, door)
    {
      text = json_string_value (json_object_get (door, "name"));
      if (text && !strcmp (text, name))
        value = json_object_get (door, member);
    }
  return json_is_integer (value) ? json_integer_value (value) : -1;
}


/* People who are tied to no door have the key of the first one.  */
static void
fill_door_row (config_t config, size_t i, json_t *doors, struct row *row)
{
  bool first = roster_first_door (config, (uint64_t)time (NULL)) == i;
  const struct config_door *door = config->door + i;
  size_t k;

  memset (row, 0, sizeof *row);
  row->door = door;
  row->interrupted = doors_interrupted (config, i);
  row->made = key_time (config->dir, door->name);
  for (k = 0; k < config->n_users; k++)
    if (config->user[k].door)
      row->tied += !strcmp (config->user[k].door, door->name);
    else
      row->people += first;
  row->people += row->tied;
  row->passed = door_count (doors, door->name, "passed");
  row->previous = door_count (doors, door->name, "by-previous-key");
}


static const char *
format_count (json_int_t n, char *text)
{
  if (n < 0)
    snprintf (text, 32, "-");
  else
    snprintf (text, 32, "%" JSON_INTEGER_FORMAT, n);
  return text;
}


static void
print_door_row (const struct row *row)
{
  char made[TEXT_TIMELEN], ends[TEXT_TIMELEN], until[TEXT_TIMELEN];
  char passed[32], previous[32];

  printf ("%-16s %-10s  %-10s  %-16s %7zu %6zu %9s %11s\n", row->door->name,
          row->made ? text_date (row->made, made) : "?",
          text_date (row->door->ends, ends),
          row->interrupted ? "interrupted"
          : text_minute (row->door->previous_ends, until),
          row->people, row->tied, format_count (row->passed, passed),
          format_count (row->previous, previous));
}


static json_t *
count_or_null (json_int_t n)
{
  return n < 0 ? json_null () : json_integer (n);
}


static json_t *
list_tied (config_t config, const char *name)
{
  json_t *list = json_array ();
  size_t i;

  for (i = 0; list && i < config->n_users; i++)
    if (config->user[i].door && !strcmp (config->user[i].door, name))
      json_array_append_new (list, json_string (config->user[i].name));
  return list;
}


static json_t *
describe_door (config_t config, const struct row *row)
{
  const struct config_door *door = row->door;
  json_t *object = json_object ();

  json_object_set_new (object, "name", json_string (door->name));
  json_object_set_new (object, "file", door->own_file
                       ? json_sprintf ("doors/%s.conf", door->name)
                       : json_string ("posternd.conf"));
  json_object_set_new (object, "made", tojson_number (row->made));
  json_object_set_new (object, "ends", tojson_number (door->ends));
  json_object_set_new (object, "previous-ends",
                       tojson_number (row->interrupted ? 0
                                      : door->previous_ends));
  json_object_set_new (object, "interrupted",
                       json_boolean (row->interrupted));
  json_object_set_new (object, "people",
                       json_integer ((json_int_t)row->people));
  json_object_set_new (object, "tied", list_tied (config, door->name));
  json_object_set_new (object, "passed", count_or_null (row->passed));
  json_object_set_new (object, "by-previous-key",
                       count_or_null (row->previous));
  return object;
}


static void
print_doors_table (config_t config, json_t *doors)
{
  struct row row;
  size_t i;

  printf ("%-16s %-10s  %-10s  %-16s %7s %6s %9s %11s\n", "DOOR", "KEY OF",
          "ENDS", "OLD KEY UNTIL", "PEOPLE", "TIED", "PACKETS",
          "BY OLD KEY");
  for (i = 0; i < config->n_doors; i++)
    {
      fill_door_row (config, i, doors, &row);
      print_door_row (&row);
    }
  for (i = 0; i < config->n_doors; i++)
    if (doors_interrupted (config, i))
      log_warn ("the last rotation of %s was interrupted, and its key is still"
                " the old one; 'postern-keys door rotate %s' completes it",
                config->door[i].name, config->door[i].name);
}


static void
print_doors_json (config_t config, json_t *doors)
{
  json_t *list = json_array ();
  struct row row;
  size_t i;

  for (i = 0; i < config->n_doors; i++)
    {
      fill_door_row (config, i, doors, &row);
      json_array_append_new (list, describe_door (config, &row));
    }
  tojson_print (list, stdout);
}


int
door_list (const char *dir, bool json)
{
  gpg_error_t err;
  config_t config;
  json_t *doors;
  char *message;

  err = config_load (dir, &config, &message);
  if (err)
    return log_exit_code (log_failure (err, message, "door list"));
  doors = ask_doors (config);
  if (json)
    print_doors_json (config, doors);
  else
    print_doors_table (config, doors);
  json_decref (doors);
  config_release (config);
  return EX_OK;
}
