/* advise.c - What posternd would do, and what looks unwise.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only reads: it must not change the host, for it also runs while posternd
 * does.  A warning is one line: what is wrong, and what to do about it.  */

#include "advise-parts.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>

#define SOON (14 * 86400u)      /* Two weeks are enough to act.  */
#define FILES_WANTED 256


/* ------------------------ what it would do ------------------------ */

static void
print_strings (FILE *out, const char *label, const struct strlist *list)
{
  size_t i;

  fprintf (out, "%s", label);
  for (i = 0; i < list->n; i++)
    fprintf (out, "%s%s", i ? ", " : " ", list->item[i]);
}


static void
print_ranges (FILE *out, const struct port_range *range, size_t n)
{
  char text[NETSPEC_RANGESTRLEN];
  size_t i;

  for (i = 0; i < n; i++)
    fprintf (out, "%s%s", i ? ", " : " ",
             netspec_range_print (range + i, text));
}


static const char *
print_date (uint64_t when, char text[32])
{
  time_t t = (time_t) when;
  struct tm tm;

  if (!gmtime_r (&t, &tm) || !strftime (text, 32, "%Y-%m-%d", &tm))
    memcpy (text, "?", 2);
  return text;
}


static void
list_doors (struct advice *a)
{
  const struct config_door *door;
  char text[32];
  size_t i;

  fprintf (a->out, "Doors:%s", a->config->n_doors ? "" : " none");
  for (i = 0; i < a->config->n_doors; i++)
    {
      door = a->config->door + i;
      fprintf (a->out, "%s%s", i ? ", " : " ", door->name);
      if (door->ends)
        fprintf (a->out, " (ends %s)", print_date (door->ends, text));
      if (door->previous_ends)
        fprintf (a->out, " (its previous key ends %s)",
                 print_date (door->previous_ends, text));
    }
  putc ('\n', a->out);
}


static void
describe_server (struct advice *a)
{
  config_t c = a->config;
  char age[32], ahead[32];

  fprintf (a->out, "Host %s with the key %s\n", c->host, c->server_fpr);
  print_strings (a->out, "Takes packets on the interfaces:", &c->interfaces);
  fprintf (a->out, "; UDP port %u\n", c->port);
  fputs ("Shuts to all but grants:", a->out);
  print_ranges (a->out, c->protect, c->n_protect);
  fputs (c->n_protect ? "\n" : " nothing\n", a->out);
  advise_describe_trusted (a);
  list_doors (a);
  if (c->max_age)
    fprintf (a->out, "Requests: at most %s old, %s ahead of the clock\n",
             netspec_duration_print (c->max_age, age),
             netspec_duration_print (c->max_ahead, ahead));
  else
    fprintf (a->out, "Requests: of any age, at most %s ahead of the clock\n",
             netspec_duration_print (c->max_ahead, ahead));
  fprintf (a->out, "Replies: %s; workers: %u of each kind\n",
           c->replies ? "yes" : "none", c->workers);
  fprintf (a->out, "When it stops the doors %s; where it cannot read its"
           " configuration or load the table they %s\n",
           c->on_stop == CONFIG_STOP_KEEP ? "stay shut" : "open",
           c->on_fail == CONFIG_FAIL_SHUT ? "stay shut" : "open");
  fprintf (a->out, "State in %s, while it runs in %s\n", c->state,
           c->runtime);
}


static void
list_rule (struct advice *a, const struct config_rule *rule)
{
  char most[32], usual[32];

  fprintf (a->out, "Rule %s opens", rule->name);
  print_ranges (a->out, rule->ports.range, rule->ports.n);
  fputs (" for", a->out);
  advise_people (a, rule);
  fprintf (a->out, "; %s, at most %s",
           netspec_duration_print (rule->default_time, usual),
           netspec_duration_print (rule->max_time, most));
  advise_describe_terms (rule, a->out);
  putc ('\n', a->out);
}


static void
describe_ldap (struct advice *a, const struct config_ldap *ldap)
{
  char time[32];

  fprintf (a->out, "Directory %s:", ldap->name);
  print_strings (a->out, "", &ldap->uris);
  if (ldap->bind_dn)
    fprintf (a->out, "; people are %s", ldap->bind_dn);
  else
    fprintf (a->out, "; people are found by %s below %s%s%s", ldap->filter,
             ldap->base, ldap->service_dn ? ", as " : "",
             ldap->service_dn ? ldap->service_dn : "");
  if (ldap->member_of)
    fprintf (a->out, "; in the group %s", ldap->member_of);
  fprintf (a->out, "; at most %s for one check\n",
           netspec_duration_print (ldap->timeout, time));
}


/* ----------------------- what looks unwise ----------------------- */

static void
judge_ports (struct advice *a)
{
  config_t c = a->config;

  if (!c->n_protect)
    advise_warn (a, "nothing is protected: no port is shut, and grants change"
                 " nothing. Add for example protect = {'tcp/22'}.");
  if (advise_protects (c, IPPROTO_UDP, c->port, c->port))
    advise_warn (a, "protect includes udp/%u, the port of the packets."
                 " Packets arrive anyway; remove it.", c->port);
}


static void
judge_door (struct advice *a, const struct config_door *door)
{
  uint64_t now = (uint64_t) a->now;
  char text[32];

  if (door->ends && door->ends <= now)
    advise_warn (a, "the door %s ended on %s. Run 'postern-keys door remove"
                 " %s'.", door->name, print_date (door->ends, text),
                 door->name);
  else if (door->ends && door->ends - now < SOON)
    advise_warn (a, "the door %s ends on %s. Invite those who still use it"
                 " to another.", door->name, print_date (door->ends, text));
}


static void
judge_doors (struct advice *a)
{
  config_t c = a->config;
  size_t i;

  if (c->open_door)
    advise_warn (a, "open-door: anybody can make gpg-agent work without"
                 " proof, and packets can be recognized on the wire. Remove it"
                 " unless you need it.");
  if (!c->n_doors && !c->open_door)
    advise_warn (a, "there is no door: no packet can come in. Run"
                 " 'postern-keys door add main'.");
  for (i = 0; i < c->n_doors; i++)
    judge_door (a, c->door + i);
}


static void
judge_interfaces (struct advice *a)
{
  config_t c = a->config;
  size_t i;

  for (i = 0; i < c->interfaces.n; i++)
    if (strcmp (c->interfaces.item[i], "any")
        && !if_nametoindex (c->interfaces.item[i]))
      advise_warn (a, "the interface %s does not exist now; posternd waits for"
                   " it."
                   " See 'ip link'.", c->interfaces.item[i]);
}


static void
judge_limits (struct advice *a)
{
  config_t c = a->config;
  struct rlimit limit;

  if (!getrlimit (RLIMIT_NOFILE, &limit) && limit.rlim_cur < FILES_WANTED)
    advise_warn (a, "only %llu files may be open. Raise the limit to %d"
                 " (LimitNOFILE=, ulimit -n).",
                 (unsigned long long) limit.rlim_cur, FILES_WANTED);
  if (!c->max_age)
    advise_warn (a, "max-age is 0: claims are kept indefinitely, and after a"
                 " loss of the store nothing opens until 'posternctl horizon"
                 " --reset'.");
}


static void
judge_rule_ports (struct advice *a, const struct config_rule *rule)
{
  const struct port_range *range;
  unsigned int i, idle = 0;

  for (i = 0; i < rule->ports.n; i++)
    {
      range = &rule->ports.range[i];
      if (!advise_protects (a->config, range->proto, range->first, range->last))
        idle++;
    }
  if (idle == rule->ports.n)
    advise_warn (a, "the rule %s opens no protected port. Add its ports to"
                 " protect.", rule->name);
  else if (idle)
    advise_warn (a, "%u of the ports of the rule %s are not protected and are"
                 " open anyway. Add them to protect.", idle, rule->name);
}


static void
judge_rules (struct advice *a)
{
  config_t c = a->config;
  const struct config_rule *rule;
  char what[NETSPEC_NAMELEN + 16];
  size_t i;

  if (!c->n_rules && !c->n_commands)
    advise_warn (a, "there is no rule: every request is refused. Add one to"
                 " access.conf.");
  for (i = 0; i < c->n_rules; i++)
    {
      rule = &c->rule[i];
      judge_rule_ports (a, rule);
      snprintf (what, sizeof what, "rule %s", rule->name);
      advise_judge_people (a, what, rule);
      advise_judge_approval (a, what, rule);
    }
}


static void
judge_users (struct advice *a)
{
  config_t c = a->config;
  const struct config_user *user;
  char text[32];
  size_t i;

  if (!c->n_users)
    advise_warn (a, "no user is enrolled: nobody can open anything. Run"
                 " 'postern-keys enroll NAME --key FILE'.");
  for (i = 0; i < c->n_users; i++)
    {
      user = &c->user[i];
      if ((c->n_rules || c->n_commands)
          && !config_has_use_for (c, user, a->now))
        advise_warn (a, "the user %s is in no rule and no command, and can"
                     " do nothing.", user->name);
      if (user->expires && user->expires <= (uint64_t) a->now)
        advise_warn (a, "the user %s expired on %s. Run 'postern-keys revoke"
                     " %s'.", user->name, print_date (user->expires, text),
                     user->name);
    }
}


gpg_error_t
advise_report (config_t config, const char *ssh_connection, time_t now,
               FILE *out, int *r_warnings)
{
  struct advice a = { config, now, out, 0 };
  size_t i;

  *r_warnings = 0;
  describe_server (&a);
  for (i = 0; i < config->n_rules; i++)
    list_rule (&a, &config->rule[i]);
  for (i = 0; i < config->n_ldaps; i++)
    describe_ldap (&a, &config->ldap[i]);
  advise_describe_commands (&a);
  advise_judge_login (&a, ssh_connection);
  judge_ports (&a);
  advise_judge_trusted (&a);
  advise_judge_port (&a);
  judge_doors (&a);
  judge_interfaces (&a);
  judge_limits (&a);
  judge_rules (&a);
  advise_judge_commands (&a);
  judge_users (&a);
  advise_judge_credentials (&a);
  *r_warnings = a.warnings;
  if (fflush (out) || ferror (out))
    return gpg_error_from_errno (errno ? errno : EIO);
  return 0;
}
