/* door-list.c - postern-keys door list.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "door-list.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/tojson.h"
#include "../../common/base/console.h"
#include "../../common/base/log.h"
#include "../roster/doors.h"
#include "../roster/roster.h"

struct row
{
  const struct config_door *door;
  bool interrupted;             /* Its last rotation.  */
  uint64_t made;                /* When its key was; 0: unknown.  */
  size_t people;                /* Whose invites bring it.  */
  size_t tied;
  json_int_t passed;            /* Packets; negative: unknown.  */
  json_int_t previous;          /* Of them, by the previous key.  */
};


static gpg_error_t
take_status (void *hook, const char *line)
{
  json_t **status = hook;
  json_error_t error;

  json_decref (*status);
  *status = json_loads (line, 0, &error);
  return *status ? 0 : gpg_error (GPG_ERR_INV_RESPONSE);
}


/* What a running posternd says of the doors; NULL where none runs.  */
static json_t *
ask_doors (config_t config)
{
  console_t console;
  json_t *status = NULL, *doors = NULL;

  if (console_open (config->runtime, &console))
    return NULL;
  if (!console_ask (console, "STATUS", take_status, &status, NULL))
    doors = json_incref (json_object_get (status, "doors"));
  json_decref (status);
  console_close (console);
  return doors;
}


/* A key is written once: its file is as old as it.  */
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
count_of (json_t *doors, const char *name, const char *member)
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


static void
fill_row (config_t config, size_t i, json_t *doors, struct row *row)
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
  row->passed = count_of (doors, door->name, "passed");
  row->previous = count_of (doors, door->name, "by-previous-key");
}


/* Of WHEN, or NONE; without HOUR the day alone.  TEXT takes 32 bytes.  */
static const char *
date (uint64_t when, bool hour, const char *none, char *text)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when || !gmtime_r (&t, &tm)
      || !strftime (text, 32, "%Y-%m-%d %H:%M", &tm))
    snprintf (text, 32, "%s", none);
  else if (!hour)
    *strchr (text, ' ') = 0;
  return text;
}


static const char *
number (json_int_t n, char *text)
{
  if (n < 0)
    snprintf (text, 32, "-");
  else
    snprintf (text, 32, "%" JSON_INTEGER_FORMAT, n);
  return text;
}


static void
print_row (const struct row *row)
{
  char made[32], ends[32], until[32], passed[32], previous[32];

  printf ("%-16s %-10s  %-10s  %-16s %7zu %6zu %9s %11s\n", row->door->name,
          date (row->made, false, "?", made),
          date (row->door->ends, false, "never", ends),
          row->interrupted ? "interrupted"
          : date (row->door->previous_ends, true, "-", until),
          row->people, row->tied, number (row->passed, passed),
          number (row->previous, previous));
}


static json_t *
maybe (json_int_t n, bool known)
{
  return known ? json_integer (n) : json_null ();
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
json_row (config_t config, const struct row *row)
{
  const struct config_door *door = row->door;
  json_t *object = json_object ();

  json_object_set_new (object, "name", json_string (door->name));
  json_object_set_new (object, "file", door->own_file
                       ? json_sprintf ("doors/%s.conf", door->name)
                       : json_string ("posternd.conf"));
  json_object_set_new (object, "made", maybe ((json_int_t)row->made,
                                              row->made));
  json_object_set_new (object, "ends", maybe ((json_int_t)door->ends,
                                              door->ends));
  json_object_set_new (object, "previous-ends",
                       maybe ((json_int_t)door->previous_ends,
                              door->previous_ends && !row->interrupted));
  json_object_set_new (object, "interrupted",
                       json_boolean (row->interrupted));
  json_object_set_new (object, "people",
                       json_integer ((json_int_t)row->people));
  json_object_set_new (object, "tied", list_tied (config, door->name));
  json_object_set_new (object, "passed", maybe (row->passed,
                                                row->passed >= 0));
  json_object_set_new (object, "by-previous-key",
                       maybe (row->previous, row->previous >= 0));
  return object;
}


static void
print_all (config_t config, json_t *doors)
{
  struct row row;
  size_t i;

  printf ("%-16s %-10s  %-10s  %-16s %7s %6s %9s %11s\n", "DOOR", "KEY OF",
          "ENDS", "OLD KEY UNTIL", "PEOPLE", "TIED", "PACKETS",
          "BY OLD KEY");
  for (i = 0; i < config->n_doors; i++)
    {
      fill_row (config, i, doors, &row);
      print_row (&row);
    }
  for (i = 0; i < config->n_doors; i++)
    if (doors_interrupted (config, i))
      log_warn ("the last rotation of %s was interrupted, and its key is the"
                " old one still; 'postern-keys door rotate %s' goes on",
                config->door[i].name, config->door[i].name);
}


static void
print_json (config_t config, json_t *doors)
{
  json_t *list = json_array ();
  struct row row;
  size_t i;

  for (i = 0; i < config->n_doors; i++)
    {
      fill_row (config, i, doors, &row);
      json_array_append_new (list, json_row (config, &row));
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
    {
      log_error ("door list: %s", message ? message : gpg_strerror (err));
      free (message);
      return log_exit_code (err);
    }
  doors = ask_doors (config);
  if (json)
    print_json (config, doors);
  else
    print_all (config, doors);
  json_decref (doors);
  config_release (config);
  return EX_OK;
}
