/* config-command.c - Commands and hooks: what a program must say.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "config-parts.h"

#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "../../common/base/encode.h"


CONFIG_CHECK (argv)
{
  const struct strlist *argv = field;

  if (!argv->n && *text != '/')
    return conf_fail (place, "'%.60s' is not the absolute path of a program",
                      text);
  if (!encode_is_clean (text, strlen (text)))
    return conf_fail (place, "an argument has control or hidden characters");
  return 0;
}


CONFIG_CHECK (env)
{
  size_t len = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
                       "abcdefghijklmnopqrstuvwxyz");

  if (!len || text[len] != '=' || (*text >= '0' && *text <= '9'))
    return conf_fail (place, "'%.60s' is not NAME=value", text);
  if (!strncmp (text, "LD_", 3) || !strncmp (text, "POSTERN_", 8))
    return conf_fail (place, "'%.*s' cannot be set here", (int) len, text);
  return 0;
}


CONFIG_FINISH (arg)
{
  struct config_arg *arg = object;
  const char *why = NULL;

  if (arg->kind == CONFIG_ARG_NONE)
    return conf_fail (place, "the arg '%s' accepts nothing; add match, enum,"
                      " range, address or file", arg->name);
  if (arg->preset && !command_value_fits (arg, arg->preset, &why))
    return conf_fail (place, "default of the arg '%s': '%.60s': %s",
                      arg->name, arg->preset, why);
  return 0;
}


static gpg_error_t
check_run_as (const struct conf_place *place, const char *name,
              const struct config_program *program)
{
  if (!program->run_as)
    return conf_fail (place, "'%s' runs as nobody; add run-as = 'USER'",
                      name);
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


CONFIG_FINISH (command)
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
    err = check_run_as (place, command->terms.name, &command->program);
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


CONFIG_FINISH (hook)
{
  struct config_hook *hook = object;
  gpg_error_t err = check_run_as (place, hook->name, &hook->program);
  char *why = NULL;

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
