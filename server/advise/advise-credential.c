/* advise-credential.c - Whether people have the credentials that rules need.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../config/passwd.h"
#include "../role/role.h"


/* The users who have a password in the passwd file.  */
struct holders
{
  config_t config;
  bool *has;
};

static gpg_error_t
note_holder (void *hook, const struct passwd_entry *entry)
{
  struct holders *holders = hook;
  size_t i;

  for (i = 0; i < holders->config->n_users; i++)
    if (config_user_has_login (&holders->config->user[i], entry->name))
      holders->has[i] = true;
  return 0;
}


static void
judge_passwd_of (struct advice *a, const struct config_rule *rule,
                 const bool *has)
{
  config_t c = a->config;
  size_t i;

  for (i = 0; i < c->n_users; i++)
    if (!has[i] && config_rule_has_user (rule, &c->user[i], a->now))
      advise_warn (a, "the rule %s requires a password, and %s has none. Run"
                   " 'postern-keys passwd %s'.", rule->name, c->user[i].name,
                   c->user[i].name);
}


static void
judge_passwd (struct advice *a)
{
  config_t c = a->config;
  struct holders holders = { c, calloc (c->n_users + 1, 1) };
  size_t i;
  int fd;

  if (!holders.has)
    return;
  if (!passwd_open (c->dir, &fd, NULL) && fd >= 0)
    {
      passwd_walk (fd, PASSWD_FILE, note_holder, &holders, NULL);
      close (fd);
    }
  for (i = 0; i < c->n_rules; i++)
    if (c->rule[i].require.kind == CONFIG_REQUIRE_CRYPT)
      judge_passwd_of (a, &c->rule[i], holders.has);
  free (holders.has);
}


/* vouch-ldap reads it as a user of its own.  */
static void
judge_ldap (struct advice *a, const struct config_ldap *ldap)
{
  config_t c = a->config;
  struct stat st;
  size_t i;

  for (i = 0; i < c->n_rules; i++)
    if (c->rule[i].require.ldap
        && !strcmp (c->rule[i].require.ldap, ldap->name))
      break;
  if (i == c->n_rules)
    advise_warn (a, "no rule requires 'ldap:%s'. Remove the section.",
                 ldap->name);
  if (!stat (ldap->ca_file, &st) && !(st.st_mode & S_IROTH))
    advise_warn (a, "the certificates in %s cannot be read by " ROLE_USER_VOUCH
          ", which needs them. Run 'chmod 644 %s'.", ldap->ca_file,
          ldap->ca_file);
}


/* True if somebody in both rules needs no password to do by OTHER what RULE
   allows, at any time and from anywhere.  */
static bool
goes_around (config_t c, const struct config_rule *rule,
             const struct config_rule *other, time_t now)
{
  size_t i;

  if (other->require.kind || other->n_from || other->n_hours
      || !other->observed || !netspec_ports_cover (&other->ports,
                                                   &rule->ports))
    return false;
  for (i = 0; i < c->n_users; i++)
    if (config_rule_has_user (rule, &c->user[i], now)
        && config_rule_has_user (other, &c->user[i], now))
      return true;
  return false;
}


void
advise_judge_credentials (struct advice *a)
{
  config_t c = a->config;
  size_t i, k;

  judge_passwd (a);
  for (i = 0; i < c->n_ldaps; i++)
    judge_ldap (a, &c->ldap[i]);
  for (i = 0; i < c->n_rules; i++)
    for (k = 0; c->rule[i].require.kind && k < c->n_rules; k++)
      if (goes_around (c, &c->rule[i], &c->rule[k], a->now))
        advise_warn (a, "the rule %s opens without a password what the rule %s"
                     " requires one for. Remove ports or people from it.",
                     c->rule[k].name, c->rule[i].name);
}
