/* config.c - What was read, looked up.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing here reads a file or knows a table, and nothing is changed.  */

#include "config.h"

#include <stdio.h>
#include <string.h>


/* The first of the N elements of ARRAY, of SIZE bytes each, whose string at
   OFFSET is NAME; NULL: none is.  */
static const void *
find_name (const void *array, size_t n, size_t size, size_t offset,
           const char *name)
{
  const char *element;
  char *its;

  for (element = array; n--; element += size)
    {
      memcpy (&its, element + offset, sizeof its);
      if (!strcmp (its, name))
        return element;
    }
  return NULL;
}


size_t
config_door_by_name (config_t config, const char *name)
{
  const struct config_door *door = find_name (config->door, config->n_doors,
                                              sizeof *door,
                                              offsetof (struct config_door,
                                                        name), name);

  return door ? (size_t)(door - config->door) : CONFIG_MAX_DOORS;
}


bool
config_is_protected (config_t config, uint8_t proto, unsigned int port)
{
  const struct port_range *range = config->protect;
  const struct port_range *end = range + config->n_protect;

  for (; range < end; range++)
    if (range->proto == proto && range->first <= port && port <= range->last)
      return true;
  return false;
}


const struct config_rule *
config_rule_by_name (config_t config, const char *name)
{
  return find_name (config->rule, config->n_rules,
                    sizeof *config->rule,
                    offsetof (struct config_rule, name), name);
}


const struct config_command *
config_command_by_name (config_t config, const char *name)
{
  return find_name (config->command, config->n_commands,
                    sizeof *config->command,
                    offsetof (struct config_command, terms.name), name);
}


const struct config_hook *
config_hook_by_name (config_t config, const char *name)
{
  return find_name (config->hook, config->n_hooks,
                    sizeof *config->hook,
                    offsetof (struct config_hook, name), name);
}


bool
config_command_is_rules (const struct config_command *command)
{
  return !command->terms.groups.n && !command->terms.users.n;
}


const struct config_ldap *
config_ldap_by_name (config_t config, const char *name)
{
  return find_name (config->ldap, config->n_ldaps,
                    sizeof *config->ldap,
                    offsetof (struct config_ldap, name), name);
}


const char *
config_require_name (enum config_require_kind kind)
{
  static const char *const names[] = { "", "crypt", "shadow", "ldap" };

  return names[kind];
}


char *
config_require_print (const struct config_require *require, char *text)
{
  snprintf (text, CONFIG_REQUIRESTRLEN, "%s%s%s",
            config_require_name (require->kind), require->ldap ? ":" : "",
            require->ldap ? require->ldap : "");
  return text;
}


bool
config_requires_any (config_t config)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (config->rule[i].require.kind)
      return true;
  for (i = 0; i < config->n_commands; i++)
    if (config->command[i].terms.require.kind)
      return true;
  return false;
}


bool
config_user_has_login (const struct config_user *user, const char *name)
{
  return !strcmp (user->name, name) || strlist_has (&user->logins, name);
}


/* In one of GROUPS without an end.  */
static bool
is_in (const struct config_user *user, const struct strlist *groups)
{
  size_t i;

  for (i = 0; i < user->groups.n; i++)
    if (strlist_has (groups, user->groups.item[i]))
      return true;
  return false;
}


/* The latest end of those of GROUPS that USER is in until then; 0: none has
   one that is to come.  */
static uint64_t
latest_end (const struct config_user *user, const struct strlist *groups,
            time_t now)
{
  uint64_t ends = 0;
  size_t i;

  for (i = 0; i < user->n_until; i++)
    if (user->until[i].ends > (uint64_t)now && user->until[i].ends > ends
        && strlist_has (groups, user->until[i].group))
      ends = user->until[i].ends;
  return ends;
}


bool
config_user_in (const struct config_user *user,
                const struct strlist *groups, time_t now)
{
  return is_in (user, groups) || latest_end (user, groups, now);
}


bool
config_rule_has_user (const struct config_rule *rule,
                      const struct config_user *user, time_t now)
{
  return strlist_has (&rule->users, user->name)
    || config_user_in (user, &rule->groups, now);
}


uint64_t
config_rule_user_ends (const struct config_rule *rule,
                       const struct config_user *user, time_t now)
{
  return strlist_has (&rule->users, user->name) || is_in (user, &rule->groups)
    ? 0 : latest_end (user, &rule->groups, now);
}


bool
config_approval_has_user (const struct config_approval *approval,
                          const struct config_user *user, time_t now)
{
  size_t i;

  for (i = 0; i < approval->n_lists; i++)
    if (config_user_in (user, &approval->list[i], now))
      return true;
  return false;
}


static bool
terms_have_use_for (const struct config_rule *terms,
                    const struct config_user *user, time_t now)
{
  return config_rule_has_user (terms, user, now)
    || config_approval_has_user (&terms->approval, user, now);
}


bool
config_has_use_for (config_t config, const struct config_user *user,
                    time_t now)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (terms_have_use_for (&config->rule[i], user, now))
      return true;
  for (i = 0; i < config->n_commands; i++)
    if (terms_have_use_for (&config->command[i].terms, user, now))
      return true;
  return false;
}


static bool
from_allows (const struct config_rule *rule, const struct net_addr *addr)
{
  size_t i;

  for (i = 0; i < rule->n_from; i++)
    if (netspec_prefix_contains (&rule->from[i], addr))
      return true;
  return !rule->n_from;
}


static bool
hours_allow (const struct config_rule *rule, time_t now)
{
  struct tm tm;
  size_t i;

  if (!rule->n_hours)
    return true;
  if (!localtime_r (&now, &tm))
    return false;
  for (i = 0; i < rule->n_hours; i++)
    if (netspec_hours_contain (&rule->hours[i], &tm))
      return true;
  return false;
}


bool
config_terms_allow (const struct config_rule *terms,
                    const struct net_addr *addr,
                    const struct net_addr *observed,
                    time_t now, const char **r_why)
{
  *r_why = NULL;
  if (!from_allows (terms, addr) || !from_allows (terms, observed))
    *r_why = "from";
  else if (!hours_allow (terms, now))
    *r_why = "hours";
  return !*r_why;
}


bool
config_rule_allows (const struct config_rule *rule,
                    const struct port_set *ports,
                    const struct net_addr *addr,
                    const struct net_addr *observed,
                    time_t now, const char **r_why)
{
  const char *why;

  if (!ports->n || !netspec_ports_cover (&rule->ports, ports))
    why = "ports";
  else
    config_terms_allow (rule, addr, observed, now, &why);
  if (r_why)
    *r_why = why;
  return !why;
}


char *
config_state_path (config_t config, const char *name)
{
  char *path;

  return asprintf (&path, "%s/%s", config->state, name) < 0 ? NULL : path;
}
