/* config-backend.c - The commands by which rules open and close elsewhere.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A command that is for nobody is one that rules run.  Its argv tells what
 * act knows of the grant, and takes nothing from a person.  */

#include "config-parts.h"

#include <stdlib.h>
#include <string.h>
#include "command.h"


gpg_error_t
config_backend_finish_rule (const struct conf_place *place,
                            const struct config_rule *rule)
{
  if (!rule->open_command != !rule->close_command)
    return conf_fail (place, "the rule '%s' has an open-command or a"
                      " close-command alone; it needs both", rule->name);
  return 0;
}


gpg_error_t
config_backend_finish_command (const struct conf_place *place,
                               const struct config_command *command)
{
  const struct config_rule *terms = &command->terms;
  gpg_error_t err = 0;
  char *why = NULL;

  if (command->free_form || command->shell || command->n_args
      || command->stdin_args || command->cooldown || terms->n_from
      || terms->n_hours || terms->require.kind || terms->approval.n)
    return conf_fail (place, "the command '%s' is for nobody; add groups"
                      " or users, or remove what applies to people if a"
                      " rule is to run it", terms->name);
  if (!command->program.argv.n)
    return conf_fail (place, "the command '%s' runs nothing; add argv",
                      terms->name);
  if (command_check_facts (&command->program.argv, true, &why))
    {
      err = conf_fail (place, "the command '%s', which only rules"
                       " run: %s", terms->name,
                       why ? why : "out of memory");
      free (why);
    }
  return err;
}


static gpg_error_t
check_named (const struct conf_place *place, config_t config,
             const struct config_rule *rule, const char *name)
{
  const struct config_command *command = config_command_by_name (config,
                                                                 name);

  if (!command)
    return conf_fail (place, "the rule '%s' names the command '%s', which does"
                      " not exist", rule->name, name);
  if (!config_command_is_rules (command))
    return conf_fail (place, "the command '%s' is for people; the rule"
                      " '%s' needs one without groups and users", name,
                      rule->name);
  return 0;
}


static bool
is_named (config_t config, const char *name)
{
  const struct config_rule *rule;
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    {
      rule = config->rule + i;
      if (rule->open_command && (!strcmp (rule->open_command, name)
                                 || !strcmp (rule->close_command, name)))
        return true;
    }
  return false;
}


gpg_error_t
config_backend_check (const struct conf_place *place, config_t config)
{
  const struct config_rule *rule;
  const struct config_command *command;
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < config->n_rules; i++)
    {
      rule = config->rule + i;
      if (!rule->open_command)
        continue;
      err = check_named (place, config, rule, rule->open_command);
      if (!err)
        err = check_named (place, config, rule, rule->close_command);
    }
  for (i = 0; !err && i < config->n_commands; i++)
    {
      command = config->command + i;
      if (config_command_is_rules (command)
          && !is_named (config, command->terms.name))
        err = conf_fail (place, "the command '%s' is for nobody; add"
                         " groups or users, or name it in a rule",
                         command->terms.name);
    }
  return err;
}
