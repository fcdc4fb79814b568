/* keys-complete.c - postern-keys --complete: what may be typed next.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "keys-complete.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../common/base/complete.h"
#include "../server/config/config.h"

#define HELP "  --help  a short help\n"

struct typing
{
  char **word;                  /* Behind the verb, ...  */
  size_t n;                     /* ... without LAST, ...  */
  const char *last;             /* ... which is to be completed.  */
  char *help;
  config_t config;              /* NULL: it cannot be read.  */
};


static void
offer_users (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_users; i++)
    complete_offer (t->last, t->config->user[i].name, "");
}


static void
offer_doors (const struct typing *t)
{
  size_t i;

  for (i = 0; t->config && i < t->config->n_doors; i++)
    complete_offer (t->last, t->config->door[i].name, "");
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
      complete_offer (t->last, text, "");
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
      complete_offer (t->last, text, "");
    }
}


static void
offer_interfaces (const struct typing *t)
{
  struct if_nameindex *list = if_nameindex (), *one;

  for (one = list; one && one->if_name; one++)
    complete_offer (t->last, one->if_name, "");
  if (list)
    if_freenameindex (list);
}


static void
offer_value (const struct typing *t, const char *option, const char *value)
{
  if (complete_path (value))
    return;
  if (!strcmp (option, "--group"))
    offer_groups (t, "");
  else if (!strcmp (option, "--door"))
    offer_doors (t);
  else if (!strcmp (option, "--interface"))
    offer_interfaces (t);
}


static void
offer_door (const struct typing *t, const char *first)
{
  if (!first)
    {
      complete_offer (t->last, "list", "the doors there are");
      complete_offer (t->last, "add", "a door with a key of its own");
      complete_offer (t->last, "rotate", "a new key for a door");
      complete_offer (t->last, "remove", "a door that nobody uses");
    }
  else if (!strcmp (first, "rotate") || !strcmp (first, "remove"))
    offer_doors (t);
}


static void
offer_argument (const struct typing *t, const char *verb)
{
  static const char *const of_user[] =
    { "enroll", "replace", "group", "revoke", "invite", "passwd", "show",
      "export", NULL };
  const char *first = complete_argument (t->help, t->word, t->n, 0);
  size_t i;

  if (!strcmp (verb, "door"))
    offer_door (t, first);
  else if (!strcmp (verb, "group") && first)
    offer_groups (t, "+");
  for (i = 0; !first && of_user[i]; i++)
    if (!strcmp (verb, of_user[i]))
      offer_users (t);
}


int
complete_keys (const char *verb, const char *help, char **word, size_t n)
{
  struct typing t = { word, n - 1, word[n - 1], NULL, NULL };
  const char *dir = complete_value (word, t.n, "--config"), *first;
  char value[COMPLETE_VALUELEN];

  t.help = gpgrt_bsprintf ("%s" HELP, help);
  if (!t.help)
    return EX_OSERR;
  if (config_load (dir ? dir : POSTERN_SYSCONFDIR, &t.config, NULL))
    t.config = NULL;
  first = complete_argument (t.help, word, t.n, 0);
  if (t.n && complete_takes (t.help, word[t.n - 1], value))
    offer_value (&t, word[t.n - 1], value);
  else if (*t.last == '-')
    {
      complete_options (t.last, t.help);
      if (!strcmp (verb, "group") && first)
        offer_groups_of (&t, first);
    }
  else
    offer_argument (&t, verb);
  config_release (t.config);
  gpgrt_free (t.help);
  return EX_OK;
}
