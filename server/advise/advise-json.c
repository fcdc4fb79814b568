/* advise-json.c - What posternd --check says, as JSON; see doc/JSON.md.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "../../common/base/jsonout.h"
#include "../config/config-parts.h"

#define WARNING "Warning: "


static void
put_option (struct jsonout *out, const struct conf_option *option,
            const void *object)
{
  char buf[CONF_TEXTLEN];
  const char *text = conf_text (option, object, 0, buf);
  size_t i;

  if (option->kind->list)
    {
      jsonout_begin (out, option->name, '[');
      for (i = 0; (text = conf_text (option, object, i, buf)); i++)
        jsonout_text (out, NULL, text);
      jsonout_end (out, ']');
    }
  else if (text && option->kind == &conf_bool)
    jsonout_bool (out, option->name, *text == 't');
  else if (text && (option->kind == &conf_number
                    || option->kind == &conf_duration))
    jsonout_number (out, option->name, strtoll (text, NULL, 10));
  else
    jsonout_text (out, option->name, text);
}


/* Those of OPTIONS whose names are in LIST, which NULL ends, in its order.
   Lists are arrays, and durations seconds.  */
static void
put_options (struct jsonout *out, const struct conf_option *options,
             const void *object, const char *const *list)
{
  const struct conf_option *option;

  for (; *list; list++)
    for (option = options; option->name; option++)
      if (!strcmp (option->name, *list))
        put_option (out, option, object);
}


/* What a rule and the terms of a command have in common.  */
static void
put_terms (struct jsonout *out, config_t config,
           const struct config_rule *rule, time_t now)
{
  static const char *const list[] =
    { "groups", "users", "from", "hours", NULL };
  size_t i;

  jsonout_text (out, "name", rule->name);
  jsonout_begin (out, "people", '[');
  for (i = 0; i < config->n_users; i++)
    if (config_rule_has_user (rule, config->user + i, now))
      jsonout_text (out, NULL, config->user[i].name);
  jsonout_end (out, ']');
  put_options (out, config_rule_section->options, rule, list);
  jsonout_text (out, "require", rule->require.kind
                ? config_require_name (rule->require.kind) : NULL);
  jsonout_number (out, "approvals", rule->approval.n);
}


static void
put_rule (struct jsonout *out, config_t config,
          const struct config_rule *rule, time_t now)
{
  static const char *const times[] =
    { "ports", "max-time", "default-time", NULL };
  static const char *const commands[] =
    { "open-command", "close-command", NULL };

  jsonout_begin (out, NULL, '{');
  put_terms (out, config, rule, now);
  put_options (out, config_rule_section->options, rule, times);
  jsonout_bool (out, "signed-address", !rule->observed);
  put_options (out, config_rule_section->options, rule, commands);
  jsonout_end (out, '}');
}


static void
put_command (struct jsonout *out, config_t config,
             const struct config_command *command, time_t now)
{
  static const char *const list[] =
    { "argv", "run-as", "timeout", "free-form", NULL };

  jsonout_begin (out, NULL, '{');
  put_terms (out, config, &command->terms, now);
  put_options (out, config_command_section->options, command, list);
  jsonout_bool (out, "of-rules", config_command_is_rules (command));
  jsonout_end (out, '}');
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
  static const char *const list[] =
    { "interfaces", "port", "protect", NULL };
  struct jsonout out = { fp, false };
  gpg_error_t err;
  size_t i;

  jsonout_begin (&out, NULL, '{');
  jsonout_text (&out, "host", config->host);
  jsonout_text (&out, "key", config->server_fpr);
  put_options (&out, config_posternd_options, config, list);
  jsonout_some (&out, "max-age", config->max_age);
  jsonout_number (&out, "max-ahead", config->max_ahead);
  put_doors (&out, config);
  put_people (&out, config);
  jsonout_begin (&out, "rules", '[');
  for (i = 0; i < config->n_rules; i++)
    put_rule (&out, config, config->rule + i, now);
  jsonout_end (&out, ']');
  jsonout_begin (&out, "commands", '[');
  for (i = 0; i < config->n_commands; i++)
    put_command (&out, config, config->command + i, now);
  jsonout_end (&out, ']');
  err = put_warnings (&out, text);
  jsonout_end (&out, '}');
  putc ('\n', fp);
  if (!err && (fflush (fp) || ferror (fp)))
    err = gpg_error_from_errno (errno ? errno : EIO);
  return err;
}
