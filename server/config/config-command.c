/* config-command.c - Commands and hooks: the programs that act may start.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "config-parts.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "../../common/base/encode.h"

#define DAY 86400u
#define MAX_ARGV 64
#define MAX_ENV 32
#define MAX_GROUPS 16
#define MAX_VALUES 256
#define MAX_PATHLEN 1024
#define MAX_MEMORY (1ULL << 40)


/* Hooks have a program of their own, at another place in the object: one
   set of options for each, around the same readers.  */
#define TAKE_PROGRAM(name)                                              \
  static gpg_error_t                                                    \
  read_ ## name (const struct conf_place *place,                      \
                 struct config_program *program, const char *text);     \
  TAKE (command_ ## name)                                               \
  {                                                                     \
    struct config_command *command = object;                            \
    return read_ ## name (place, &command->program, text);              \
  }                                                                     \
  TAKE (hook_ ## name)                                                  \
  {                                                                     \
    struct config_hook *hook = object;                                  \
    return read_ ## name (place, &hook->program, text);                 \
  }                                                                     \
  static gpg_error_t                                                    \
  read_ ## name (const struct conf_place *place,                      \
                 struct config_program *program, const char *text)


static gpg_error_t
take_text (const struct conf_place *place, const char *text, size_t most,
           char **r_text)
{
  size_t len = strlen (text);

  if (!len || len > most || !encode_is_line (text, len))
    return conf_fail (place, "'%.60s' is not a text of 1 to %zu bytes",
                      text, most);
  *r_text = strdup (text);
  return *r_text ? 0 : gpg_error_from_syserror ();
}


TAKE_PROGRAM (argv)
{
  if (!program->argv.n && *text != '/')
    return conf_fail (place, "'%.60s' is no absolute path of a program",
                      text);
  if (program->argv.n == MAX_ARGV)
    return conf_fail (place, "more than %d items", MAX_ARGV);
  if (!encode_is_clean (text, strlen (text)))
    return conf_fail (place, "an argument with odd characters");
  /* Items may be alike here.  */
  return strlist_append (&program->argv, text);
}


TAKE_PROGRAM (run_as)
{
  return take_text (place, text, 32, &program->run_as);
}


TAKE_PROGRAM (run_group)
{
  return conf_value_string (place, text, MAX_GROUPS,
                            &program->run_groups);
}


TAKE_PROGRAM (dir)
{
  return conf_value_path (place, text, MAX_PATHLEN, &program->dir);
}


TAKE_PROGRAM (umask)
{
  char *end;
  unsigned long value = strtoul (text, &end, 8);

  if (*text != '0' || strlen (text) > 4 || *end || value > 0777)
    return conf_fail (place, "'%.60s' is no umask; write '022' or '0077'",
                      text);
  program->umask = (unsigned int) value;
  return 0;
}


TAKE_PROGRAM (env)
{
  size_t len = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
                       "abcdefghijklmnopqrstuvwxyz");

  if (!len || text[len] != '=' || (*text >= '0' && *text <= '9'))
    return conf_fail (place, "'%.60s' is not NAME=value", text);
  if (!strncmp (text, "LD_", 3) || !strncmp (text, "POSTERN_", 8))
    return conf_fail (place, "'%.*s' cannot be set here", (int) len, text);
  return conf_value_string (place, text, MAX_ENV, &program->env);
}


TAKE_PROGRAM (timeout)
{
  return conf_value_duration (place, text, 1, CONFIG_MAX_TIMEOUT,
                              &program->timeout);
}


TAKE_PROGRAM (max_cpu)
{
  return conf_value_duration (place, text, 1, DAY, &program->max_cpu);
}


TAKE_PROGRAM (max_processes)
{
  unsigned long long value;
  gpg_error_t err = conf_value_number (place, text, 1, 65536, &value);

  if (!err)
    program->max_processes = (unsigned int) value;
  return err;
}


TAKE_PROGRAM (max_memory)
{
  unsigned long long value;
  gpg_error_t err = conf_value_size (place, text, 1, MAX_MEMORY,
                                     &value);

  if (!err)
    program->max_memory = value;
  return err;
}


TAKE_PROGRAM (max_output)
{
  unsigned long long value;
  gpg_error_t err = conf_value_size (place, text, 1,
                                     CONFIG_MAX_OUTPUT, &value);

  if (!err)
    program->max_output = (size_t) value;
  return err;
}


TAKE (stdin)
{
  struct config_command *command = object;

  if (strcmp (text, "none") && strcmp (text, "args"))
    return conf_fail (place, "'%.60s' is neither 'none' nor 'args'", text);
  command->stdin_args = *text == 'a';
  return 0;
}


TAKE (max_parallel)
{
  struct config_command *command = object;
  unsigned long long value;
  gpg_error_t err = conf_value_number (place, text, 1, CONFIG_MAX_PARALLEL,
                                       &value);

  if (!err)
    command->max_parallel = (unsigned int) value;
  return err;
}


TAKE (cooldown)
{
  struct config_command *command = object;

  return conf_value_duration (place, text, 1, DAY, &command->cooldown);
}


TAKE (free_form)
{
  struct config_command *command = object;

  return conf_value_bool (place, text, &command->free_form);
}


TAKE (shell)
{
  struct config_command *command = object;

  return conf_value_path (place, text, MAX_PATHLEN, &command->shell);
}


/* ------------------------------ arg ------------------------------ */

static gpg_error_t
set_kind (const struct conf_place *place, struct config_arg *arg,
          enum config_arg_kind kind)
{
  if (arg->kind != CONFIG_ARG_NONE && arg->kind != kind)
    return conf_fail (place, "an arg has one of match, enum, range,"
                      " address and file");
  arg->kind = kind;
  return 0;
}


TAKE (match)
{
  struct config_arg *arg = object;
  gpg_error_t err = set_kind (place, arg, CONFIG_ARG_MATCH);
  regex_t regex;
  char why[100];
  int rc;

  if (err)
    return err;
  rc = command_compile (&regex, text);
  if (rc)
    {
      regerror (rc, &regex, why, sizeof why);
      return conf_fail (place, "'%.60s' is no POSIX extended regular"
                        " expression: %s", text, why);
    }
  regfree (&regex);
  arg->pattern = strdup (text);
  return arg->pattern ? 0 : gpg_error_from_syserror ();
}


TAKE (enum)
{
  struct config_arg *arg = object;
  gpg_error_t err = set_kind (place, arg, CONFIG_ARG_ENUM);

  return err ? err
    : conf_value_string (place, text, MAX_VALUES, &arg->values);
}


/* "1-100" or "-5-5".  */
TAKE (range)
{
  struct config_arg *arg = object;
  gpg_error_t err = set_kind (place, arg, CONFIG_ARG_RANGE);
  const char *dash = *text ? strchr (text + 1, '-') : NULL;
  char first[24];

  if (err)
    return err;
  if (!dash || (size_t) (dash - text) >= sizeof first)
    return conf_fail (place, "'%.60s' is no range; write '1-100'", text);
  memcpy (first, text, (size_t) (dash - text));
  first[dash - text] = 0;
  if (command_integer (first, &arg->least)
      || command_integer (dash + 1, &arg->most) || arg->least > arg->most)
    return conf_fail (place, "'%.60s' is no range; write '1-100'", text);
  return 0;
}


TAKE (address)
{
  struct config_arg *arg = object;
  gpg_error_t err = set_kind (place, arg, CONFIG_ARG_ADDRESS);
  bool value;

  if (!err)
    err = conf_value_bool (place, text, &value);
  if (!err && !value)
    err = conf_fail (place, "leave it out where it is not wanted");
  return err;
}


TAKE (file)
{
  struct config_arg *arg = object;
  gpg_error_t err = set_kind (place, arg, CONFIG_ARG_FILE);

  return err ? err
    : conf_value_path (place, text, MAX_PATHLEN, &arg->folder);
}


TAKE (dash)
{
  struct config_arg *arg = object;

  return conf_value_bool (place, text, &arg->dash);
}


TAKE (preset)
{
  struct config_arg *arg = object;

  return take_text (place, text, COMMAND_MAX_VALUE, &arg->preset);
}


static gpg_error_t
begin_arg (const struct conf_place *place, void *root,
           const char *title, void **r_object)
{
  config_t config = root;
  struct config_command *command = &config->command[config->n_commands - 1];
  struct config_arg *arg;
  gpg_error_t err;

  if (command->n_args == REQUEST_MAX_ARGS)
    return conf_fail (place, "more than %d args", REQUEST_MAX_ARGS);
  err = array_grow (&command->arg, command->n_args, sizeof *arg);
  if (err)
    return err;
  arg = &command->arg[command->n_args];
  arg->name = strdup (title);
  if (!arg->name)
    return gpg_error_from_syserror ();
  command->n_args++;
  *r_object = arg;
  return 0;
}


static gpg_error_t
finish_arg (const struct conf_place *place, void *root, void *object)
{
  struct config_arg *arg = object;
  const char *why = NULL;

  (void) root;
  if (arg->kind == CONFIG_ARG_NONE)
    return conf_fail (place, "the arg '%s' takes nothing; add match, enum,"
                      " range, address or file", arg->name);
  if (arg->preset && !command_value_fits (arg, arg->preset, &why))
    return conf_fail (place, "default of the arg '%s': '%.60s': %s",
                      arg->name, arg->preset, why);
  return 0;
}


/* ---------------------------- sections --------------------------- */

static const struct conf_option arg_options[] =
  {
    { "match", false, take_match },
    { "enum", true, take_enum },
    { "range", false, take_range },
    { "address", false, take_address },
    { "file", false, take_file },
    { "dash", false, take_dash },
    { "default", false, take_preset },
    { NULL, false, NULL }
  };

const struct conf_section config_command_sections[] =
  {
    { "arg", arg_options, begin_arg, finish_arg, false, NULL },
    { NULL, NULL, NULL, NULL, false, NULL }
  };

#define PROGRAM_OPTIONS(what)                                           \
  { "argv", true, take_ ## what ## _argv },                             \
  { "run-as", false, take_ ## what ## _run_as },                        \
  { "run-groups", true, take_ ## what ## _run_group },                  \
  { "dir", false, take_ ## what ## _dir },                              \
  { "umask", false, take_ ## what ## _umask },                          \
  { "env", true, take_ ## what ## _env },                               \
  { "timeout", false, take_ ## what ## _timeout },                      \
  { "max-output", false, take_ ## what ## _max_output },                \
  { "max-cpu", false, take_ ## what ## _max_cpu },                      \
  { "max-memory", false, take_ ## what ## _max_memory },                \
  { "max-processes", false, take_ ## what ## _max_processes }

const struct conf_option config_command_options[] =
  {
    { "groups", true, config_take_group },
    { "users", true, config_take_user },
    { "from", true, config_take_from },
    { "hours", true, config_take_hours },
    { "require", false, config_take_require },
    { "approvals", false, config_take_approvals },
    { "approvers", true, config_take_approvers },
    { "approval-time", false, config_take_approval_time },
    { "approvers-require", false, config_take_approvers_require },
    { "emergency", false, config_take_emergency },
    PROGRAM_OPTIONS (command),
    { "stdin", false, take_stdin },
    { "max-parallel", false, take_max_parallel },
    { "cooldown", false, take_cooldown },
    { "free-form", false, take_free_form },
    { "shell", false, take_shell },
    { NULL, false, NULL }
  };


TAKE (pause)
{
  struct config_hook *hook = object;

  return conf_value_duration (place, text, 0, DAY, &hook->pause);
}


const struct conf_option config_hook_options[] =
  {
    PROGRAM_OPTIONS (hook),
    { "pause", false, take_pause },
    { NULL, false, NULL }
  };


static void
preset_program (struct config_program *program)
{
  program->umask = 022;
  program->timeout = 60;
  program->max_output = 65536;
}


gpg_error_t
config_begin_command (const struct conf_place *place, void *root,
                      const char *title, void **r_object)
{
  config_t config = root;
  struct config_command *command;
  gpg_error_t err;

  (void) place;
  err = array_grow (&config->command, config->n_commands,
                           sizeof *command);
  if (err)
    return err;
  command = &config->command[config->n_commands];
  command->terms.name = strdup (title);
  if (!command->terms.name)
    return gpg_error_from_syserror ();
  command->terms.observed = true;
  command->max_parallel = 1;
  preset_program (&command->program);
  config->n_commands++;
  *r_object = command;
  return 0;
}


static gpg_error_t
finish_program (const struct conf_place *place, const char *name,
                struct config_program *program)
{
  if (!program->run_as)
    return conf_fail (place, "'%s' runs as nobody; add run-as = 'USER'",
                      name);
  if (!program->dir && !(program->dir = strdup ("/")))
    return gpg_error_from_syserror ();
  return 0;
}


/* A free-form command is a shell's: its argv is made here.  */
static gpg_error_t
finish_shell (const struct conf_place *place,
              struct config_command *command)
{
  if (command->program.argv.n || command->n_args)
    return conf_fail (place, "'%s' is free-form, and so takes neither argv"
                      " nor args", command->terms.name);
  if (!command->shell)
    return conf_fail (place, "'%s' is free-form; name the shell with"
                      " shell = '/bin/sh'", command->terms.name);
  return 0;
}


gpg_error_t
config_finish_command (const struct conf_place *place, void *root,
                       void *object)
{
  config_t config = root;
  struct config_command *command = object;
  gpg_error_t err;
  char *why = NULL;

  err = config_finish_approval (place, &command->terms);
  if (!err)
    err = config_require_check (place, config, "command",
                                command->terms.name,
                                &command->terms.require);
  if (!err)
    err = finish_program (place, command->terms.name, &command->program);
  if (err)
    return err;
  if (config_command_is_rules (command))
    return config_backend_finish_command (place, command);
  if (command->free_form)
    return finish_shell (place, command);
  if (command->shell)
    return conf_fail (place, "the command '%s' has a shell, which only a"
                      " free-form one uses", command->terms.name);
  if (!command->program.argv.n)
    return conf_fail (place, "the command '%s' runs nothing; add argv",
                      command->terms.name);
  if (command_check_templates (command, &why))
    {
      err = conf_fail (place, "the command '%s': %s", command->terms.name,
                       why ? why : "out of memory");
      free (why);
    }
  return err;
}


gpg_error_t
config_begin_hook (const struct conf_place *place, void *root,
                   const char *title, void **r_object)
{
  config_t config = root;
  struct config_hook *hook;
  gpg_error_t err;

  (void) place;
  err = array_grow (&config->hook, config->n_hooks, sizeof *hook);
  if (err)
    return err;
  hook = &config->hook[config->n_hooks];
  hook->name = strdup (title);
  if (!hook->name)
    return gpg_error_from_syserror ();
  hook->pause = 1;
  preset_program (&hook->program);
  config->n_hooks++;
  *r_object = hook;
  return 0;
}


gpg_error_t
config_finish_hook (const struct conf_place *place, void *root,
                    void *object)
{
  struct config_hook *hook = object;
  gpg_error_t err = finish_program (place, hook->name, &hook->program);
  char *why = NULL;

  (void) root;
  if (err)
    return err;
  if (!hook->program.argv.n)
    return conf_fail (place, "the hook '%s' runs nothing; add argv",
                      hook->name);
  if (command_check_facts (&hook->program.argv, false, &why))
    {
      err = conf_fail (place, "the hook '%s': %s", hook->name,
                       why ? why : "out of memory");
      free (why);
    }
  return err;
}


#define TAKE_EVENT(name, event)                                         \
  gpg_error_t                                                           \
  config_take_ ## name (const struct conf_place *place, void *object, \
                        const char *text)                               \
  {                                                                     \
    config_t config = object;                                           \
    if (!netspec_name_valid (text, strlen (text)))                      \
      return conf_fail (place, "'%.60s' is no name of a hook", text); \
    config->on_event[event] = strdup (text);                            \
    return config->on_event[event] ? 0 : gpg_error_from_syserror ();    \
  }

TAKE_EVENT (on_open, CONFIG_ON_OPEN)
TAKE_EVENT (on_close, CONFIG_ON_CLOSE)
TAKE_EVENT (on_refused, CONFIG_ON_REFUSED)
TAKE_EVENT (on_pending, CONFIG_ON_PENDING)
TAKE_EVENT (notify, CONFIG_ON_EMERGENCY)


void
config_program_release (struct config_program *program)
{
  strlist_release (&program->argv);
  strlist_release (&program->run_groups);
  strlist_release (&program->env);
  free (program->run_as);
  free (program->dir);
}


void
config_command_release (struct config_command *command)
{
  size_t i;

  config_program_release (&command->program);
  for (i = 0; i < command->n_args; i++)
    {
      free (command->arg[i].name);
      free (command->arg[i].pattern);
      free (command->arg[i].folder);
      free (command->arg[i].preset);
      strlist_release (&command->arg[i].values);
    }
  free (command->arg);
  free (command->shell);
}


void
config_hook_release (struct config_hook *hook)
{
  config_program_release (&hook->program);
  free (hook->name);
}


const struct config_command *
config_command_by_name (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_commands; i++)
    if (!strcmp (config->command[i].terms.name, name))
      return &config->command[i];
  return NULL;
}


const struct config_hook *
config_hook_by_name (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_hooks; i++)
    if (!strcmp (config->hook[i].name, name))
      return &config->hook[i];
  return NULL;
}
