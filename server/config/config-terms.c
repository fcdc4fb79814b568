/* config-terms.c - The hash of a rule or a command, whatever else changes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What waits for approval ends when the rule or command that it was asked
 * under becomes another; that a person joins changes neither.  */

#include "config-parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>


/* One named value: no two structures write the same text.  */
static void
put (FILE *fp, const char *name, const char *text)
{
  fprintf (fp, "%s %zu %s\n", name, text ? strlen (text) : 0,
           text ? text : "");
}


static void
put_number (FILE *fp, const char *name, unsigned long long number)
{
  fprintf (fp, "%s %llu\n", name, number);
}


static void
put_list (FILE *fp, const char *name, const struct strlist *list)
{
  size_t i;

  put_number (fp, name, list->n);
  for (i = 0; i < list->n; i++)
    put (fp, name, list->item[i]);
}


static void
put_approval (FILE *fp, const struct config_approval *approval)
{
  size_t i;

  put_number (fp, "approvals", approval->n);
  put_number (fp, "lists", approval->n_lists);
  for (i = 0; i < approval->n_lists; i++)
    put_list (fp, "approvers", &approval->list[i]);
  put_number (fp, "approval-time", approval->time);
  put_number (fp, "approvers-require", approval->require);
  put_number (fp, "emergency", approval->emergency);
}


static void
put_rule (FILE *fp, const struct config_rule *rule)
{
  char text[NETSPEC_PREFIXSTRLEN];
  size_t i;

  put (fp, "name", rule->name);
  put_list (fp, "groups", &rule->groups);
  put_list (fp, "users", &rule->users);
  for (i = 0; i < rule->ports.n; i++)
    fprintf (fp, "ports %d %u %u\n", rule->ports.range[i].proto,
             rule->ports.range[i].first, rule->ports.range[i].last);
  for (i = 0; i < rule->n_from; i++)
    put (fp, "from", netspec_prefix_print (&rule->from[i], text));
  put_number (fp, "max-time", rule->max_time);
  put_number (fp, "default-time", rule->default_time);
  for (i = 0; i < rule->n_hours; i++)
    fprintf (fp, "hours %u %u %u\n", rule->hours[i].days,
             rule->hours[i].first, rule->hours[i].last);
  put_number (fp, "observed", rule->observed);
  put_number (fp, "require", rule->require.kind);
  put (fp, "ldap", rule->require.ldap);
  put_approval (fp, &rule->approval);
  put (fp, "open-command", rule->open_command);
  put (fp, "close-command", rule->close_command);
}


static void
put_program (FILE *fp, const struct config_program *program)
{
  put_list (fp, "argv", &program->argv);
  put (fp, "run-as", program->run_as);
  put_list (fp, "run-groups", &program->run_groups);
  put (fp, "dir", program->dir);
  put_number (fp, "umask", program->umask);
  put_list (fp, "env", &program->env);
  put_number (fp, "timeout", program->timeout);
  put_number (fp, "max-output", program->max_output);
  put_number (fp, "max-cpu", program->max_cpu);
  put_number (fp, "max-memory", program->max_memory);
  put_number (fp, "max-processes", program->max_processes);
}


static void
put_arg (FILE *fp, const struct config_arg *arg)
{
  put (fp, "arg", arg->name);
  put_number (fp, "kind", arg->kind);
  put (fp, "match", arg->pattern);
  put_list (fp, "enum", &arg->values);
  fprintf (fp, "range %lld %lld\n", (long long)arg->least,
           (long long)arg->most);
  put (fp, "file", arg->folder);
  put_number (fp, "dash", arg->dash);
  put (fp, "default", arg->preset);
}


static void
put_command (FILE *fp, const struct config_command *command)
{
  size_t i;

  put_program (fp, &command->program);
  for (i = 0; i < command->n_args; i++)
    put_arg (fp, &command->arg[i]);
  put_number (fp, "stdin", command->stdin_args);
  put_number (fp, "max-parallel", command->max_parallel);
  put_number (fp, "cooldown", command->cooldown);
  put_number (fp, "free-form", command->free_form);
  put (fp, "shell", command->shell);
}


gpg_error_t
config_terms_hash (const struct config_rule *rule,
                   const struct config_command *command,
                   unsigned char hash[CONFIG_HASHLEN])
{
  char *text = NULL;
  size_t len;
  FILE *fp = open_memstream (&text, &len);
  gpg_error_t err = 0;

  if (!fp)
    return gpg_error_from_syserror ();
  put_rule (fp, rule);
  if (command)
    put_command (fp, command);
  if (fclose (fp))
    err = gpg_error_from_syserror ();
  else
    gcry_md_hash_buffer (GCRY_MD_SHA256, hash, text, len);
  free (text);
  return err;
}
