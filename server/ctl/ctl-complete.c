/* ctl-complete.c - posternctl --complete: what may be typed next.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is said of errors: a line is being typed.  */

#include "posternctl.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/complete.h"
#include "../../common/base/secret.h"

#define SECRET_POOL 32768       /* For the door keys that are looked at.  */
#define COMMON "  --config DIR  the configuration's folder\n" \
  "  --runtime DIR  where the socket is\n  --help  a short help\n"

struct typing
{
  char **word;                  /* Behind the verb, ...  */
  size_t n;                     /* ... without LAST, ...  */
  const char *last;             /* ... which is to be completed.  */
  char *help;
  config_t config;              /* NULL: it cannot be read.  */
  struct ctl_options opt;
  const char *about;            /* The member of a row that tells of it.  */
};


static void
offer_users (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_users; i++)
    complete_offer (t->last, t->config->user[i].name, "");
}


static void
offer_commands (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_commands; i++)
    if (!config_command_is_rules (t->config->command + i))
      complete_offer (t->last, t->config->command[i].terms.name, "");
}


static void
offer_ports (const struct typing *t)
{
  struct port_set one = { .n = 1 };
  char text[NETSPEC_PORTSTRLEN];
  size_t i;

  for (i = 0; t->config && i < t->config->n_protect; i++)
    {
      one.range[0] = t->config->protect[i];
      complete_offer (t->last, netspec_ports_print (&one, text),
                      "protected");
    }
  complete_offer (t->last, "command", "who may run it");
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
      complete_offer (t->last, text, user
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
offer_value (const struct typing *t, const char *option, const char *value)
{
  static const char *const results[] =
    { "done", "refused", "pending", "running", "closed", "unknown", "event" };
  size_t i;

  if (complete_path (value))
    return;
  if (!strcmp (option, "--user"))
    offer_users (t);
  for (i = 0; !strcmp (value, "RESULT")
              && i < sizeof results / sizeof *results; i++)
    complete_offer (t->last, results[i], "");
}


static void
offer_argument (struct typing *t, const char *verb)
{
  const char *first = complete_argument (t->help, t->word, t->n, 0);
  const char *second = complete_argument (t->help, t->word, t->n, 1);
  bool why = !strcmp (verb, "why");

  if (!strcmp (verb, "explain") && !first)
    complete_path ("FILE");
  else if (!strcmp (verb, "audit") && !first)
    {
      complete_offer (t->last, "export", "all of it, for another machine");
      complete_offer (t->last, "verify", "prove that nothing was changed");
    }
  else if (!strcmp (verb, "audit") && !second && !strcmp (first, "verify"))
    complete_path ("FILE");
  else if ((!strcmp (verb, "unlock") || why) && !first)
    offer_users (t);
  else if ((why && !second) || (!strcmp (verb, "who") && !first))
    offer_ports (t);
  else if (why || !strcmp (verb, "who"))
    offer_commands (t);
  else if (!strcmp (verb, "close") && !first)
    offer_ids (t, "GRANTS");
  else if (!strcmp (verb, "deny") && !first)
    offer_ids (t, "PENDING");
}


int
ctl_complete (const char *verb, const char *help, char **word, size_t n)
{
  struct typing t = { .word = word, .n = n - 1, .last = word[n - 1] };
  char value[COMPLETE_VALUELEN];

  t.help = gpgrt_bsprintf ("%s" COMMON, help);
  t.opt.dir = complete_value (word, t.n, "--config");
  t.opt.runtime = complete_value (word, t.n, "--runtime");
  if (!t.opt.dir)
    t.opt.dir = POSTERN_SYSCONFDIR;
  if (!t.help)
    return EX_OSERR;
  if (!secret_init (SECRET_POOL) && config_load (t.opt.dir, &t.config, NULL))
    t.config = NULL;
  if (t.n && complete_takes (t.help, word[t.n - 1], value))
    offer_value (&t, word[t.n - 1], value);
  else if (*t.last == '-')
    complete_options (t.last, t.help);
  else
    offer_argument (&t, verb);
  config_release (t.config);
  gpgrt_free (t.help);
  return EX_OK;
}
