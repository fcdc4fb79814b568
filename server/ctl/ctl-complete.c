/* ctl-complete.c - posternctl --complete: what may be typed next.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No error is reported, for somebody is still typing.  */

#include "posternctl.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/complete.h"
#include "../../common/base/secret.h"

#define SECRET_POOL 32768       /* For the door keys that are looked at.  */

struct typing
{
  struct complete_line line;
  config_t config;              /* NULL: it cannot be read.  */
  struct ctl_options opt;
};


static void
offer_people (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_users; i++)
    complete_offer (&t->line, t->config->user[i].name, "");
}


static void
offer_run_commands (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_commands; i++)
    if (!config_command_is_rules (t->config->command + i))
      complete_offer (&t->line, t->config->command[i].terms.name, "");
}


static void
offer_protected (const struct typing *t)
{
  struct port_set one = { .n = 1 };
  char text[NETSPEC_PORTSTRLEN];
  size_t i;

  for (i = 0; t->config && i < t->config->n_protect; i++)
    {
      one.range[0] = t->config->protect[i];
      complete_offer (&t->line, netspec_ports_print (&one, text),
                      "protected");
    }
  complete_offer (&t->line, "command", "who may run it");
}


static gpg_error_t
take_id (void *hook, const char *line)
{
  const struct typing *t = hook;
  json_error_t error;
  json_t *row = json_loads (line, 0, &error);
  const char *id = json_string_value (json_object_get (row, "request"));
  const char *user = json_string_value (json_object_get (row, "user"));
  char text[9];

  if (id && strspn (id, "0123456789abcdef") >= 8)
    {
      memcpy (text, id, 8);
      text[8] = 0;
      complete_offer (&t->line, text, user
                      && netspec_name_valid (user, strlen (user)) ? user
                      : "");
    }
  json_decref (row);
  return 0;
}


static void
offer_ids (struct typing *t, const char *command)
{
  console_t console;

  if (ctl_connect (&t->opt, true, &console))
    return;
  console_ask (console, command, take_id, t, NULL);
  console_close (console);
}


static void
offer_ctl_value (const struct typing *t, const char *option)
{
  size_t i;

  if (!strcmp (option, "user"))
    offer_people (t);
  for (i = 0; !strcmp (option, "result") && ctl_results[i]; i++)
    complete_offer (&t->line, ctl_results[i], "");
}


static void
offer_ctl_argument (struct typing *t)
{
  const char *verb = t->line.verb->name;
  const char *first = complete_argument (&t->line, 0);
  const char *second = complete_argument (&t->line, 1);
  bool why = !strcmp (verb, "why");

  if (!strcmp (verb, "explain") && !first)
    puts (":files");
  else if (!strcmp (verb, "audit") && !first)
    {
      complete_offer (&t->line, "export", "all of it, for another machine");
      complete_offer (&t->line, "verify", "prove that nothing was changed");
    }
  else if (!strcmp (verb, "audit") && !second && !strcmp (first, "verify"))
    puts (":files");
  else if ((!strcmp (verb, "unlock") || why) && !first)
    offer_people (t);
  else if ((why && !second) || (!strcmp (verb, "who") && !first))
    offer_protected (t);
  else if (why || !strcmp (verb, "who"))
    offer_run_commands (t);
  else if (!strcmp (verb, "close") && !first)
    offer_ids (t, "GRANTS");
  else if (!strcmp (verb, "deny") && !first)
    offer_ids (t, "PENDING");
}


int
ctl_complete (const struct kit_program *program, char **word, size_t n)
{
  struct typing t = { .config = NULL };
  const struct kit_option *option;
  int rc = complete_begin (program, word, n, &t.line);

  if (rc != KIT_GO_ON)
    return rc;
  t.opt.dir = complete_value (&t.line, "--config");
  t.opt.runtime = complete_value (&t.line, "--runtime");
  if (!t.opt.dir)
    t.opt.dir = POSTERN_SYSCONFDIR;
  if (!secret_init (SECRET_POOL) && config_load (t.opt.dir, &t.config, NULL))
    t.config = NULL;
  option = complete_option (&t.line);
  if (option)
    offer_ctl_value (&t, option->name);
  else if (*t.line.last == '-')
    complete_options (&t.line);
  else
    offer_ctl_argument (&t);
  config_release (t.config);
  return EX_OK;
}
