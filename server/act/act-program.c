/* act-program.c - A resolved program as text, to be stored.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Equal programs give equal text (sorted keys): rows are compared by it.  */

#include "act.h"

#include <jansson.h>
#include <string.h>
#include "../config/command.h"
#include "../config/config-parts.h"


static json_t *
list_to_json (const struct strlist *list)
{
  json_t *array = json_array ();
  size_t i;

  for (i = 0; i < list->n; i++)
    if (json_array_append_new (array, json_string (list->item[i])))
      {
        json_decref (array);
        return NULL;
      }
  return array;
}


char *
act_program_write (const struct config_program *program,
                   const struct strlist *argv)
{
  json_t *object;
  char *text;

  object = json_pack ("{s:o,s:s,s:o,s:s,s:i,s:o,s:i,s:I,s:i,s:I,s:i}",
                      "argv", list_to_json (argv),
                      "run-as", program->run_as,
                      "run-groups", list_to_json (&program->run_groups),
                      "dir", program->dir,
                      "umask", (int)program->umask,
                      "env", list_to_json (&program->env),
                      "timeout", (int)program->timeout,
                      "max-output", (json_int_t)program->max_output,
                      "max-cpu", (int)program->max_cpu,
                      "max-memory", (json_int_t)program->max_memory,
                      "max-processes", (int)program->max_processes);
  text = object ? json_dumps (object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
  json_decref (object);
  return text;
}


static gpg_error_t
json_to_list (json_t *array, struct strlist *list)
{
  gpg_error_t err = json_is_array (array) ? 0 : gpg_error (GPG_ERR_BAD_DATA);
  json_t *item;
  size_t i;

  json_array_foreach (array, i, item)
    if (!err)
      err = json_is_string (item)
        ? strlist_append (list, json_string_value (item))
        : gpg_error (GPG_ERR_BAD_DATA);
  return err;
}


static gpg_error_t
read_object (json_t *object, struct config_program *program)
{
  json_t *argv, *groups, *env;
  const char *run_as, *dir;
  json_int_t output, memory;
  int mask, timeout, cpu, processes;
  gpg_error_t err;

  if (json_unpack (object, "{s:o,s:s,s:o,s:s,s:i,s:o,s:i,s:I,s:i,s:I,s:i}",
                   "argv", &argv, "run-as", &run_as, "run-groups", &groups,
                   "dir", &dir, "umask", &mask, "env", &env,
                   "timeout", &timeout, "max-output", &output,
                   "max-cpu", &cpu, "max-memory", &memory,
                   "max-processes", &processes)
      || !json_array_size (argv) || output < 1 || output > CONFIG_MAX_OUTPUT)
    return gpg_error (GPG_ERR_BAD_DATA);
  program->run_as = strdup (run_as);
  program->dir = strdup (dir);
  program->umask = (unsigned int)mask;
  program->timeout = (unsigned int)timeout;
  program->max_output = (size_t)output;
  program->max_cpu = (unsigned int)cpu;
  program->max_memory = (uint64_t)memory;
  program->max_processes = (unsigned int)processes;
  err = program->run_as && program->dir ? 0 : gpg_error (GPG_ERR_ENOMEM);
  if (!err)
    err = json_to_list (argv, &program->argv);
  if (!err)
    err = json_to_list (groups, &program->run_groups);
  return err ? err : json_to_list (env, &program->env);
}


gpg_error_t
act_program_read (const char *text, struct config_program *program)
{
  json_t *object = json_loads (text, 0, NULL);
  gpg_error_t err;

  memset (program, 0, sizeof *program);
  err = object ? read_object (object, program)
    : gpg_error (GPG_ERR_BAD_DATA);
  json_decref (object);
  if (err)
    config_program_release (program);
  return err;
}
