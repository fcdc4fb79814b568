/* keys-complete.c - postern-keys --complete: what may be typed next.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No error is reported, for somebody is still typing.  */

#include "keys-complete.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../common/base/complete.h"
#include "../server/config/config.h"
#include "keys-options.h"

struct typing
{
  struct complete_line line;
  config_t config;              /* NULL: it cannot be read.  */
};


static void
offer_enrolled (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_users; i++)
    complete_offer (&t->line, t->config->user[i].name, "");
}


static void
offer_doors (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_doors; i++)
    complete_offer (&t->line, t->config->door[i].name, "");
}


static void
offer_list (const struct typing *t, const char *sign,
            const struct strlist *list)
{
  char text[NETSPEC_NAMELEN + 2];
  size_t i;

  for (i = 0; i < list->n; i++)
    {
      snprintf (text, sizeof text, "%s%s", sign, list->item[i]);
      complete_offer (&t->line, text, "");
    }
}


static void
offer_terms (const struct typing *t, const char *sign,
             const struct config_rule *terms)
{
  size_t i;

  offer_list (t, sign, &terms->groups);
  for (i = 0; i < terms->approval.n_lists; i++)
    offer_list (t, sign, terms->approval.list + i);
}


/* Those that a rule or a command names.  */
static void
offer_groups (const struct typing *t, const char *sign)
{
  config_t c = t->config;
  size_t i;

  for (i = 0; c && i < c->n_rules; i++)
    offer_terms (t, sign, c->rule + i);
  for (i = 0; c && i < c->n_commands; i++)
    offer_terms (t, sign, &c->command[i].terms);
}


/* Those that the person is in.  */
static void
offer_groups_of (const struct typing *t, const char *name)
{
  const struct config_user *user = t->config
    ? config_user_by_name (t->config, name) : NULL;
  char text[NETSPEC_NAMELEN + 2];
  size_t i;

  if (!user)
    return;
  offer_list (t, "-", &user->groups);
  for (i = 0; i < user->n_until; i++)
    {
      snprintf (text, sizeof text, "-%s", user->until[i].group);
      complete_offer (&t->line, text, "");
    }
}


static void
offer_interfaces (const struct typing *t)
{
  struct if_nameindex *list = if_nameindex (), *one;

  for (one = list; one && one->if_name; one++)
    complete_offer (&t->line, one->if_name, "");
  if (list)
    if_freenameindex (list);
}


static void
offer_keys_value (const struct typing *t, const char *option)
{
  if (!strcmp (option, "group"))
    offer_groups (t, "");
  else if (!strcmp (option, "door"))
    offer_doors (t);
  else if (!strcmp (option, "interface"))
    offer_interfaces (t);
}


static void
offer_door (const struct typing *t, const char *first)
{
  if (!first)
    {
      complete_offer (&t->line, "list", "the doors there are");
      complete_offer (&t->line, "add", "a door with a key of its own");
      complete_offer (&t->line, "rotate", "a new key for a door");
      complete_offer (&t->line, "remove", "a door that nobody uses");
    }
  else if (!strcmp (first, "rotate") || !strcmp (first, "remove"))
    offer_doors (t);
}


static void
offer_keys_argument (const struct typing *t)
{
  const unsigned int of_user = VERB_ENROLL | VERB_REPLACE | VERB_GROUP
    | VERB_REVOKE | VERB_INVITE | VERB_PASSWD | VERB_SHOW | VERB_EXPORT;
  const char *first = complete_argument (&t->line, 0);
  unsigned int verb = t->line.verb->bits;

  if (verb == VERB_DOOR)
    offer_door (t, first);
  else if (verb == VERB_GROUP && first)
    offer_groups (t, "+");
  else if (!first && verb & of_user)
    offer_enrolled (t);
}


int
complete_keys (const struct kit_program *program, char **word, size_t n)
{
  struct typing t = { .config = NULL };
  const struct kit_option *option;
  const char *dir, *first;
  int rc = complete_begin (program, word, n, &t.line);

  if (rc != KIT_GO_ON)
    return rc;
  dir = complete_value (&t.line, "--config");
  if (config_load (dir ? dir : POSTERN_SYSCONFDIR, &t.config, NULL))
    t.config = NULL;
  first = complete_argument (&t.line, 0);
  option = complete_option (&t.line);
  if (option)
    offer_keys_value (&t, option->name);
  else if (*t.line.last == '-')
    {
      complete_options (&t.line);
      if (t.line.verb->bits == VERB_GROUP && first)
        offer_groups_of (&t, first);
    }
  else
    offer_keys_argument (&t);
  config_release (t.config);
  return EX_OK;
}
