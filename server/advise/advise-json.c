/* advise-json.c - What posternd --check says, as JSON; see doc/JSON.md.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "../../common/base/jsonout.h"

#define WARNING "Warning: "


static void
put_hours (struct jsonout *out, const struct config_rule *rule)
{
  char text[NETSPEC_HOURSSTRLEN];
  size_t i;

  jsonout_begin (out, "hours", '[');
  for (i = 0; i < rule->n_hours; i++)
    jsonout_text (out, NULL, netspec_hours_print (rule->hours + i, text));
  jsonout_end (out, ']');
}


/* What a rule and the terms of a command have in common.  */
static void
put_terms (struct jsonout *out, config_t config,
           const struct config_rule *rule, time_t now)
{
  char text[NETSPEC_PREFIXSTRLEN];
  size_t i;

  jsonout_text (out, "name", rule->name);
  jsonout_begin (out, "people", '[');
  for (i = 0; i < config->n_users; i++)
    if (config_rule_has_user (rule, config->user + i, now))
      jsonout_text (out, NULL, config->user[i].name);
  jsonout_end (out, ']');
  jsonout_list (out, "groups", &rule->groups);
  jsonout_list (out, "users", &rule->users);
  jsonout_begin (out, "from", '[');
  for (i = 0; i < rule->n_from; i++)
    jsonout_text (out, NULL, netspec_prefix_print (rule->from + i, text));
  jsonout_end (out, ']');
  put_hours (out, rule);
  jsonout_text (out, "require", rule->require.kind
                ? config_require_name (rule->require.kind) : NULL);
  jsonout_number (out, "approvals", rule->approval.n);
}


static void
put_rules (struct jsonout *out, config_t config, time_t now)
{
  const struct config_rule *rule;
  size_t i;

  jsonout_begin (out, "rules", '[');
  for (i = 0; i < config->n_rules; i++)
    {
      rule = config->rule + i;
      jsonout_begin (out, NULL, '{');
      put_terms (out, config, rule, now);
      jsonout_ports (out, "ports", rule->ports.range, rule->ports.n);
      jsonout_number (out, "max-time", rule->max_time);
      jsonout_number (out, "default-time", rule->default_time);
      jsonout_bool (out, "signed-address", !rule->observed);
      jsonout_text (out, "open-command", rule->open_command);
      jsonout_text (out, "close-command", rule->close_command);
      jsonout_end (out, '}');
    }
  jsonout_end (out, ']');
}


static void
put_commands (struct jsonout *out, config_t config, time_t now)
{
  const struct config_command *command;
  size_t i;

  jsonout_begin (out, "commands", '[');
  for (i = 0; i < config->n_commands; i++)
    {
      command = config->command + i;
      jsonout_begin (out, NULL, '{');
      put_terms (out, config, &command->terms, now);
      jsonout_list (out, "argv", &command->program.argv);
      jsonout_text (out, "run-as", command->program.run_as);
      jsonout_number (out, "timeout", command->program.timeout);
      jsonout_bool (out, "free-form", command->free_form);
      jsonout_bool (out, "of-rules", config_command_is_rules (command));
      jsonout_end (out, '}');
    }
  jsonout_end (out, ']');
}


static void
put_people (struct jsonout *out, config_t config)
{
  const struct config_user *user;
  size_t i, k;

  jsonout_begin (out, "people", '[');
  for (i = 0; i < config->n_users; i++)
    {
      user = config->user + i;
      jsonout_begin (out, NULL, '{');
      jsonout_text (out, "user", user->name);
      jsonout_text (out, "key", user->fpr);
      jsonout_list (out, "groups", &user->groups);
      jsonout_begin (out, "groups-until", '[');
      for (k = 0; k < user->n_until; k++)
        {
          jsonout_begin (out, NULL, '{');
          jsonout_text (out, "group", user->until[k].group);
          jsonout_some (out, "until", user->until[k].ends);
          jsonout_end (out, '}');
        }
      jsonout_end (out, ']');
      jsonout_text (out, "door", user->door);
      jsonout_some (out, "expires", user->expires);
      jsonout_end (out, '}');
    }
  jsonout_end (out, ']');
}


static void
put_doors (struct jsonout *out, config_t config)
{
  const struct config_door *door;
  size_t i;

  jsonout_begin (out, "doors", '[');
  for (i = 0; i < config->n_doors; i++)
    {
      door = config->door + i;
      jsonout_begin (out, NULL, '{');
      jsonout_text (out, "name", door->name);
      jsonout_some (out, "ends", door->ends);
      jsonout_some (out, "previous-ends", door->previous_ends);
      jsonout_end (out, '}');
    }
  jsonout_end (out, ']');
}


/* The lines of TEXT that begin so, without that.  */
static gpg_error_t
put_warnings (struct jsonout *out, FILE *text)
{
  char *line = NULL;
  size_t size = 0;
  ssize_t len;

  rewind (text);
  jsonout_begin (out, "warnings", '[');
  while ((len = getline (&line, &size, text)) > 0)
    {
      if (line[len - 1] == '\n')
        line[len - 1] = 0;
      if (!strncmp (line, WARNING, strlen (WARNING)))
        jsonout_text (out, NULL, line + strlen (WARNING));
    }
  jsonout_end (out, ']');
  free (line);
  return ferror (text) ? gpg_error (GPG_ERR_EIO) : 0;
}


gpg_error_t
advise_json (config_t config, time_t now, FILE *text, FILE *fp)
{
  struct jsonout out = { fp, false };
  gpg_error_t err;

  jsonout_begin (&out, NULL, '{');
  jsonout_text (&out, "host", config->host);
  jsonout_text (&out, "key", config->server_fpr);
  jsonout_list (&out, "interfaces", &config->interfaces);
  jsonout_number (&out, "port", config->port);
  jsonout_ports (&out, "protect", config->protect, config->n_protect);
  jsonout_some (&out, "max-age", config->max_age);
  jsonout_number (&out, "max-ahead", config->max_ahead);
  put_doors (&out, config);
  put_people (&out, config);
  put_rules (&out, config, now);
  put_commands (&out, config, now);
  err = put_warnings (&out, text);
  jsonout_end (&out, '}');
  putc ('\n', fp);
  if (!err && (fflush (fp) || ferror (fp)))
    err = gpg_error_from_errno (errno ? errno : EIO);
  return err;
}
