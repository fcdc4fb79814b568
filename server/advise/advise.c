/* advise.c - What posternd would do, and what looks unwise.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../config/passwd.h"
#include "../role/role.h"

#define SOON (14 * 86400u)      /* Two weeks are enough to act.  */
#define FILES_WANTED 256

void
advise_warn (struct advice *a, const char *format, ...)
{
  va_list ap;

  fputs (a->warnings++ ? "" : "\n", a->out);
  fputs ("Warning: ", a->out);
  va_start (ap, format);
  vfprintf (a->out, format, ap);
  va_end (ap);
  putc ('\n', a->out);
}


/* ------------------------ what it would do ------------------------ */

static void
print_list (FILE *out, const char *label, const struct strlist *list)
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
date (uint64_t when, char text[32])
{
  time_t t = (time_t) when;
  struct tm tm;

  if (!gmtime_r (&t, &tm) || !strftime (text, 32, "%Y-%m-%d", &tm))
    memcpy (text, "?", 2);
  return text;
}


static void
describe_doors (struct advice *a)
{
  const struct config_door *door = a->config->door;
  const struct config_door *end = door + a->config->n_doors;
  char text[32];

  fprintf (a->out, "Doors:%s", door == end ? " none" : "");
  for (; door < end; door++)
    {
      fprintf (a->out, "%s%s", door == a->config->door ? " " : ", ",
               door->name);
      if (door->ends)
        fprintf (a->out, " (ends %s)", date (door->ends, text));
      if (door->previous_ends)
        fprintf (a->out, " (its previous key ends %s)",
                 date (door->previous_ends, text));
    }
  putc ('\n', a->out);
}


static void
describe_server (struct advice *a)
{
  config_t c = a->config;
  char age[32], ahead[32];

  fprintf (a->out, "Host %s with the key %s\n", c->host, c->server_fpr);
  print_list (a->out, "Takes packets on the interfaces:", &c->interfaces);
  fprintf (a->out, "; UDP port %u\n", c->port);
  fputs ("Shuts to all but grants:", a->out);
  print_ranges (a->out, c->protect, c->n_protect);
  fputs (c->n_protect ? "\n" : " nothing\n", a->out);
  advise_describe_trusted (a);
  describe_doors (a);
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


void
advise_people (struct advice *a, const struct config_rule *rule)
{
  config_t c = a->config;
  size_t i, n = 0;

  for (i = 0; i < c->n_users; i++)
    if (config_rule_has_user (rule, &c->user[i], a->now))
      fprintf (a->out, "%s%s", n++ ? ", " : " ", c->user[i].name);
  if (!n)
    fputs (" nobody", a->out);
}


static void
describe_rule (struct advice *a, const struct config_rule *rule)
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
  print_list (a->out, "", &ldap->uris);
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

static bool
protects (config_t c, uint8_t proto, uint16_t first, uint16_t last)
{
  size_t i;

  for (i = 0; i < c->n_protect; i++)
    if (c->protect[i].proto == proto && c->protect[i].first <= last
        && first <= c->protect[i].last)
      return true;
  return false;
}


static void
judge_ports (struct advice *a)
{
  config_t c = a->config;

  if (!c->n_protect)
    advise_warn (a, "nothing is protected: no port is shut, and grants change"
                 " nothing. Add for example protect = {'tcp/22'}.");
  if (protects (c, IPPROTO_UDP, c->port, c->port))
    advise_warn (a, "protect includes udp/%u, the port of the packets."
                 " Packets are seen all the same; leave it out.", c->port);
}


static void
judge_door (struct advice *a, const struct config_door *door)
{
  uint64_t now = (uint64_t) a->now;
  char text[32];

  if (door->ends && door->ends <= now)
    advise_warn (a, "the door %s ended on %s. Run 'postern-keys door remove"
                 " %s'.", door->name, date (door->ends, text), door->name);
  else if (door->ends && door->ends - now < SOON)
    advise_warn (a, "the door %s ends on %s. Invite those who still use it"
                 " to another.", door->name, date (door->ends, text));
}


static void
judge_doors (struct advice *a)
{
  config_t c = a->config;
  size_t i;

  if (c->open_door)
    advise_warn (a, "open-door: anybody may make GnuPG work without proof,"
                 " and packets can be told apart on the wire (truths 2 and 4"
                 " of the manual do not hold). Leave it out unless you need"
                 " it.");
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
      advise_warn (a, "there is no interface %s now; posternd waits for it."
                   " See 'ip link'.", c->interfaces.item[i]);
}


static void
judge_machine (struct advice *a)
{
  config_t c = a->config;
  struct rlimit limit;

  if (!getrlimit (RLIMIT_NOFILE, &limit) && limit.rlim_cur < FILES_WANTED)
    advise_warn (a, "only %llu files may be open. Raise the limit to %d"
                 " (LimitNOFILE=, ulimit -n).",
                 (unsigned long long) limit.rlim_cur, FILES_WANTED);
  if (!c->max_age)
    advise_warn (a, "max-age is 0: claims are kept for ever, and after a loss"
                 " of the store nothing opens until 'posternctl horizon"
                 " --reset'.");
}


static bool
group_exists (config_t c, const char *group)
{
  size_t i, k;

  for (i = 0; i < c->n_users; i++)
    {
      for (k = 0; k < c->user[i].groups.n; k++)
        if (!strcmp (c->user[i].groups.item[k], group))
          return true;
      for (k = 0; k < c->user[i].n_until; k++)
        if (!strcmp (c->user[i].until[k].group, group))
          return true;
    }
  return false;
}


static void
judge_rule_ports (struct advice *a, const struct config_rule *rule)
{
  const struct port_range *range;
  unsigned int i, idle = 0;

  for (i = 0; i < rule->ports.n; i++)
    {
      range = &rule->ports.range[i];
      if (!protects (a->config, range->proto, range->first, range->last))
        idle++;
    }
  if (idle == rule->ports.n)
    advise_warn (a, "the rule %s opens no protected port. Put its ports into"
                 " protect.", rule->name);
  else if (idle)
    advise_warn (a, "%u of the ports of the rule %s are not protected and are"
                 " open anyway. Put them into protect.", idle, rule->name);
}


void
advise_judge_people (struct advice *a, const char *what,
                     const struct config_rule *rule)
{
  size_t k;

  for (k = 0; k < rule->groups.n; k++)
    if (!group_exists (a->config, rule->groups.item[k]))
      advise_warn (a, "nobody is in the group %s of the %s.",
                   rule->groups.item[k], what);
  for (k = 0; k < rule->users.n; k++)
    if (!config_user_by_name (a->config, rule->users.item[k]))
      advise_warn (a, "there is no user %s, whom the %s names.",
                   rule->users.item[k], what);
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
    advise_warn (a, "there is no user: nobody can open anything. Run"
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
                     " %s'.", user->name, date (user->expires, text),
                     user->name);
    }
}


/* -------------------------- credentials -------------------------- */

/* Which of the users have a password in our own file.  */
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
      advise_warn (a, "the rule %s asks %s for a password, who has none. Run"
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
    advise_warn (a, "no rule requires 'ldap:%s'. Leave the section out.",
          ldap->name);
  if (!stat (ldap->ca_file, &st) && !(st.st_mode & S_IROTH))
    advise_warn (a, "the certificates in %s cannot be read by " ROLE_USER_VOUCH
          ", which needs them. Run 'chmod 644 %s'.", ldap->ca_file,
          ldap->ca_file);
}


/* True if somebody in OTHER's rule can do without a password all that
   RULE is for, at any time and from anywhere.  */
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


static void
judge_credentials (struct advice *a)
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
              " asks one for. Take ports or people out of it.", c->rule[k].name,
              c->rule[i].name);
}


/* ---------------------- the login that asks ---------------------- */

/* Read "ADDRESS PORT ADDRESS PORT": the client's, then ours.  */
static bool
parse_connection (const char *text, struct net_addr *r_client,
                  struct net_addr *r_local, uint16_t *r_port)
{
  char *copy = strdup (text);
  char *save = NULL;
  char *field[4] = { NULL, NULL, NULL, NULL };
  char *end;
  unsigned long port = 0;
  int i;

  for (i = 0; copy && i < 4 && (!i || field[i - 1]); i++)
    field[i] = strtok_r (i ? NULL : copy, " ", &save);
  if (field[3])
    {
      field[0][strcspn (field[0], "%")] = 0;    /* A scope.  */
      field[2][strcspn (field[2], "%")] = 0;
      port = strtoul (field[3], &end, 10);
      if (*end || netspec_addr_parse (field[0], r_client)
          || netspec_addr_parse (field[2], r_local))
        port = 0;
    }
  free (copy);
  *r_port = (uint16_t) port;
  return port > 0 && port <= 65535;
}


/* True if somebody could get PORT granted for CLIENT as it is seen from
   here; whether the person could sign that address nobody knows.  */
static bool
could_be_granted (struct advice *a, const struct net_addr *client,
                  uint16_t port)
{
  config_t c = a->config;
  const struct config_rule *rule;
  struct port_set ports;
  size_t i, k;

  memset (&ports, 0, sizeof ports);
  ports.n = 1;
  ports.range[0].proto = IPPROTO_TCP;
  ports.range[0].first = ports.range[0].last = port;
  for (i = 0; i < c->n_rules; i++)
    {
      rule = &c->rule[i];
      if (!rule->observed
          || !config_rule_allows (rule, &ports, client, client, a->now,
                                  NULL))
        continue;
      for (k = 0; k < c->n_users; k++)
        if (config_rule_has_user (rule, &c->user[k], a->now)
            && (!c->user[k].expires
                || c->user[k].expires > (uint64_t) a->now))
          return true;
    }
  return false;
}


static void
judge_login (struct advice *a, const char *ssh_connection)
{
  struct net_addr client, local;
  char text[NETSPEC_ADDRSTRLEN];
  uint16_t port;

  if (!ssh_connection || !*ssh_connection
      || !parse_connection (ssh_connection, &client, &local, &port)
      || !protects (a->config, IPPROTO_TCP, port, port)
      || (client.family == AF_INET && client.bytes[0] == 127)
      || (client.family == AF_INET6 && !netspec_addr_grantable (&client)))
    return;
  netspec_addr_print (&client, text);
  if (advise_trusts (a, &client, &local))
    fprintf (a->out, "This login (from %s) is from a trusted network: nothing"
             " is shut to it\n", text);
  else if (could_be_granted (a, &client, port))
    fprintf (a->out, "This login (from %s) lives on; the next one needs"
             " 'postern open %s' first\n", text, a->config->host);
  else
    advise_warn (a, "you are logged in from %s by tcp/%u, which will be shut,"
                 " and no rule lets anyone open it now for that address as it"
                 " is seen here: you might not log in again. Keep this login,"
                 " add a rule, and try 'posternd --trial 5m' first.", text,
                 port);
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
    describe_rule (&a, &config->rule[i]);
  for (i = 0; i < config->n_ldaps; i++)
    describe_ldap (&a, &config->ldap[i]);
  advise_describe_commands (&a);
  judge_login (&a, ssh_connection);
  judge_ports (&a);
  advise_judge_trusted (&a);
  advise_judge_port (&a);
  judge_doors (&a);
  judge_interfaces (&a);
  judge_machine (&a);
  judge_rules (&a);
  advise_judge_commands (&a);
  judge_users (&a);
  judge_credentials (&a);
  *r_warnings = a.warnings;
  if (fflush (out) || ferror (out))
    return gpg_error_from_errno (errno ? errno : EIO);
  return 0;
}
