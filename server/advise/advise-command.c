/* advise-command.c - What posternd --check says about commands and hooks.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../config/command.h"
#include "../run/run.h"


static void
describe_backend (struct advice *a, const struct config_command *command)
{
  const char *name = command->terms.name, *between = "";
  char *argv = command_print (&command->program.argv);
  const struct config_rule *rule;
  size_t i;

  fprintf (a->out, "Command %s runs %s as %s to ", name, argv ? argv : "?",
           command->program.run_as);
  for (i = 0; i < a->config->n_rules; i++)
    {
      rule = a->config->rule + i;
      if (rule->open_command && !strcmp (rule->open_command, name))
        {
          fprintf (a->out, "%sopen what the rule %s grants", between,
                   rule->name);
          between = " and ";
        }
      if (rule->close_command && !strcmp (rule->close_command, name))
        {
          fprintf (a->out, "%sclose what the rule %s granted", between,
                   rule->name);
          between = " and ";
        }
    }
  fputc ('\n', a->out);
  free (argv);
}


static void
describe_command (struct advice *a, const struct config_command *command)
{
  char most[32];
  char *argv = command_print (&command->program.argv);

  fprintf (a->out, "Command %s runs %s as %s for", command->terms.name,
           command->free_form ? "any line" : argv ? argv : "?",
           command->program.run_as);
  advise_people (a, &command->terms);
  fprintf (a->out, "; at most %s",
           netspec_duration_print (command->program.timeout, most));
  advise_describe_terms (&command->terms, a->out);
  putc ('\n', a->out);
  free (argv);
}


static void
describe_hook (struct advice *a, const struct config_hook *hook)
{
  static const char *const what[CONFIG_N_EVENTS] =
    { "what is opened", "what is closed", "what is refused",
      "pending requests", "emergencies" };
  char *argv = command_print (&hook->program.argv);
  char pause[32];
  const char *between = "";
  bool any = false;
  unsigned int i;

  fprintf (a->out, "Hook %s runs %s as %s to report", hook->name,
           argv ? argv : "?", hook->program.run_as);
  for (i = 0; i < CONFIG_N_EVENTS; i++)
    if (a->config->on_event[i] && !strcmp (a->config->on_event[i],
                                           hook->name))
      {
        fprintf (a->out, "%s %s", between, what[i]);
        between = " and";
        any = true;
      }
  fprintf (a->out, "%s; %s%s\n", any ? "" : " nothing",
           hook->pause ? "at most once in " : "every time",
           hook->pause ? netspec_duration_print (hook->pause, pause) : "");
  free (argv);
}


void
advise_describe_commands (struct advice *a)
{
  size_t i;

  for (i = 0; i < a->config->n_commands; i++)
    if (config_command_is_rules (a->config->command + i))
      describe_backend (a, a->config->command + i);
    else
      describe_command (a, a->config->command + i);
  for (i = 0; i < a->config->n_hooks; i++)
    describe_hook (a, a->config->hook + i);
}


static void
judge_program (struct advice *a, const char *what, const char *path,
               const struct config_program *program)
{
  enum refusal why = run_check_path (path, NULL);
  size_t i;

  if (why)
    advise_warn (a, "%s: %s: %s. It will not be started.", what, path,
                 refusal_text (why));
  if (!getpwnam (program->run_as))
    advise_warn (a, "%s: there is no user '%s' to run it as.", what,
                 program->run_as);
  for (i = 0; i < program->run_groups.n; i++)
    if (!getgrnam (program->run_groups.item[i]))
      advise_warn (a, "%s: there is no group '%s' to run it in.", what,
                   program->run_groups.item[i]);
}


/* Whoever can change its folder can exchange a file after it was checked.  */
static void
judge_folder (struct advice *a, const char *name,
              const struct config_arg *arg)
{
  struct stat st;

  if (arg->kind != CONFIG_ARG_FILE)
    return;
  if (stat (arg->folder, &st) || !S_ISDIR (st.st_mode))
    advise_warn (a, "command %s: arg %s: there is no folder %s.", name,
                 arg->name, arg->folder);
  else if (st.st_uid || st.st_mode & (S_IWGRP | S_IWOTH))
    advise_warn (a, "command %s: arg %s: users other than root can change"
                 " the folder %s, and replace a file by a link.", name,
                 arg->name, arg->folder);
}


static bool
is_for_nobody (struct advice *a, const struct config_rule *terms)
{
  size_t i;

  for (i = 0; i < a->config->n_users; i++)
    if (config_rule_has_user (terms, a->config->user + i, a->now))
      return false;
  return true;
}


static void
judge_line (struct advice *a, const struct config_command *command)
{
  struct advice inner = *a;
  char *people = NULL;
  size_t len;

  inner.out = open_memstream (&people, &len);
  if (!inner.out)
    return;
  advise_people (&inner, &command->terms);
  if (!fclose (inner.out))
    advise_warn (a, "command %s allows%s to run any command line as %s%s.",
                 command->terms.name, people, command->program.run_as,
                 strcmp (command->program.run_as, "root") ? ""
                 : ", and so to do anything here");
  free (people);
}


static void
judge_hooks (struct advice *a)
{
  const struct config_hook *hook;
  char what[NETSPEC_NAMELEN + 16];
  size_t i, k;

  for (i = 0; i < a->config->n_hooks; i++)
    {
      hook = a->config->hook + i;
      snprintf (what, sizeof what, "hook %s", hook->name);
      judge_program (a, what, hook->program.argv.item[0], &hook->program);
      for (k = 0; k < CONFIG_N_EVENTS; k++)
        if (a->config->on_event[k]
            && !strcmp (a->config->on_event[k], hook->name))
          break;
      if (k == CONFIG_N_EVENTS)
        advise_warn (a, "%s never runs: no event names it.", what);
    }
}


void
advise_judge_commands (struct advice *a)
{
  const struct config_command *command;
  const char *name;
  char what[NETSPEC_NAMELEN + 16];
  size_t i, k;

  for (i = 0; i < a->config->n_commands; i++)
    {
      command = a->config->command + i;
      name = command->terms.name;
      snprintf (what, sizeof what, "command %s", name);
      advise_judge_people (a, what, &command->terms);
      advise_judge_approval (a, what, &command->terms);
      if (!config_command_is_rules (command)
          && is_for_nobody (a, &command->terms))
        advise_warn (a, "nobody may run the command %s.", name);
      if (command->free_form)
        judge_line (a, command);
      judge_program (a, what, command->free_form ? command->shell
                     : command->program.argv.item[0], &command->program);
      for (k = 0; k < command->n_args; k++)
        judge_folder (a, name, command->arg + k);
    }
  judge_hooks (a);
}
