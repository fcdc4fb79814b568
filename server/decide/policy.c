/* policy.c - May this person do what the request asks?
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* The open door is nobody's own, and so no way around another one.  And a
   signature of alice's never carries bob's password.  */
static enum refusal
check_person (const struct policy_case *pcase, const struct config_user *user)
{
  const char *login = pcase->req->user;

  if (!user)
    return REFUSAL_NO_USER;
  if (user->expires && (uint64_t)pcase->now >= user->expires)
    return REFUSAL_USER_EXPIRED;
  if (user->door && strcmp (pcase->origin->door, user->door))
    return REFUSAL_DOOR;
  return !login || config_user_has_login (user, login)
    ? REFUSAL_NONE : REFUSAL_LOGIN;
}


/* What nothing here would check is refused, and so not taken for
   checked.  */
static enum refusal
check_attachment (const struct policy_case *pcase,
                  struct policy_verdict *verdict)
{
  if (!pcase->attachment)
    return REFUSAL_NONE;
  if (pcase->req->action != REQUEST_OPEN
      && pcase->req->action != REQUEST_RUN
      && pcase->req->action != REQUEST_APPROVE)
    return REFUSAL_ATTACHMENT;
  if (pcase->req->n_targets == 1)
    return REFUSAL_NONE;
  snprintf (verdict->detail, sizeof verdict->detail,
            "it is for several servers");
  return REFUSAL_ATTACHMENT;
}


/* Each server that it is for could send it on to the others, from where it
   likes.  Whoever opens or runs from what is observed has then no say in
   where that is.  */
static enum refusal
check_action (const struct policy_case *pcase, struct policy_verdict *verdict)
{
  request_t req = pcase->req;

  if (req->forward.family != AF_UNSPEC)
    {
      snprintf (verdict->detail, sizeof verdict->detail, "forward");
      return REFUSAL_ACTION;
    }
  return (req->action == REQUEST_OPEN || req->action == REQUEST_RUN)
         && req->source.family == AF_UNSPEC && req->n_targets > 1
    ? REFUSAL_SEVERAL : REFUSAL_NONE;
}


static enum refusal
check_credential (const struct config_rule *terms,
                  const struct policy_case *pcase)
{
  if (!terms->require.kind && pcase->attachment)
    return REFUSAL_ATTACHMENT;
  return terms->require.kind && !pcase->attachment
    ? REFUSAL_CREDENTIAL_ASKED : REFUSAL_NONE;
}


/* Why RULE does not fit; REFUSAL_NONE if it does.  */
static enum refusal
try_rule (const struct config_rule *rule, const struct policy_case *pcase,
          const struct net_addr *addr)
{
  const char *why;

  if (!config_rule_allows (rule, &pcase->req->ports, addr,
                           &pcase->origin->src, pcase->now, &why))
    return !strcmp (why, "ports") ? REFUSAL_PORTS
      : !strcmp (why, "from") ? REFUSAL_FROM : REFUSAL_HOURS;
  if (!rule->observed && pcase->req->source.family == AF_UNSPEC)
    return REFUSAL_OBSERVED;
  return check_credential (rule, pcase);
}


/* The first rule in file order that covers the whole request applies: with
   a credential one that requires it, without one that does not.  The
   reason of a refusal is that of the rule that came nearest; refusals are
   numbered by how near they are.  */
static enum refusal
find_covering_rule (config_t config, const struct policy_case *pcase,
                    struct policy_verdict *verdict)
{
  enum refusal nearest = REFUSAL_NO_RULE, refusal;
  const struct config_rule *rule;
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    {
      rule = config->rule + i;
      if (!config_rule_has_user (rule, verdict->user, pcase->now))
        continue;
      refusal = try_rule (rule, pcase, &verdict->addr);
      if (!refusal)
        {
          verdict->rule = rule;
          *verdict->detail = 0;
          return REFUSAL_NONE;
        }
      if (refusal <= nearest)
        continue;
      nearest = refusal;
      snprintf (verdict->detail, sizeof verdict->detail,
                "nearest is rule %s", rule->name);
    }
  return nearest;
}


static void
clamp_time (const struct policy_case *pcase, struct policy_verdict *verdict)
{
  const struct config_rule *rule = verdict->rule;
  uint64_t ends = config_rule_user_ends (rule, verdict->user, pcase->now);
  uint32_t wish = pcase->req->seconds;

  if (!wish)
    wish = rule->default_time ? rule->default_time : rule->max_time;
  verdict->seconds = wish < rule->max_time ? wish : rule->max_time;
  if (ends && ends - (uint64_t)pcase->now < verdict->seconds)
    verdict->seconds = (uint32_t)(ends - (uint64_t)pcase->now);
  verdict->cut = verdict->seconds < pcase->req->seconds;
}


/* Another firewall knows neither.  Of the rule that applies: what it opens
   there, no later one opens here alone.  */
static enum refusal
check_elsewhere (const struct policy_case *pcase,
                 struct policy_verdict *verdict)
{
  if (!verdict->rule->open_command
      || (!pcase->req->once && !pcase->req->bind))
    return REFUSAL_NONE;
  snprintf (verdict->detail, sizeof verdict->detail, "nearest is rule %s",
            verdict->rule->name);
  verdict->rule = NULL;
  return REFUSAL_ELSEWHERE;
}


static enum refusal
check_open (config_t config, const struct policy_case *pcase,
            struct policy_verdict *verdict)
{
  enum refusal refusal;

  if (!netspec_addr_grantable (&verdict->addr))
    return REFUSAL_SOURCE;
  if (!pcase->req->ports.n)
    return REFUSAL_PORTS;
  refusal = find_covering_rule (config, pcase, verdict);
  if (!refusal)
    refusal = check_elsewhere (pcase, verdict);
  if (!refusal)
    clamp_time (pcase, verdict);
  return refusal;
}


/* Somebody else's command and none are told alike.  */
static enum refusal
check_run (config_t config, const struct policy_case *pcase,
           struct policy_verdict *verdict)
{
  const struct config_command *command;
  const char *name = pcase->req->command, *why;

  command = config_command_by_name (config, name);
  snprintf (verdict->detail, sizeof verdict->detail, "command %s%s", name,
            command ? "" : ", which is not there");
  if (!command || !config_rule_has_user (&command->terms, verdict->user,
                                         pcase->now))
    return REFUSAL_COMMAND;
  if (!config_terms_allow (&command->terms, &verdict->addr,
                           &pcase->origin->src, pcase->now, &why))
    return strcmp (why, "hours") ? REFUSAL_FROM : REFUSAL_HOURS;
  *verdict->detail = 0;
  verdict->command = command;
  verdict->rule = &command->terms;
  return check_credential (verdict->rule, pcase);
}


static enum refusal
judge_case (config_t config, const struct policy_case *pcase,
            struct policy_verdict *verdict)
{
  enum refusal refusal = check_person (pcase, verdict->user);

  if (!refusal)
    refusal = check_attachment (pcase, verdict);
  if (!refusal)
    refusal = check_action (pcase, verdict);
  if (!refusal && pcase->req->action == REQUEST_OPEN)
    refusal = check_open (config, pcase, verdict);
  if (!refusal && pcase->req->action == REQUEST_RUN)
    refusal = check_run (config, pcase, verdict);
  return refusal;
}


void
policy_judge (config_t config, const struct policy_case *pcase,
              struct policy_verdict *verdict)
{
  memset (verdict, 0, sizeof *verdict);
  verdict->user = config_user_by_fpr (config, pcase->primary);
  verdict->addr = pcase->req->source.family == AF_UNSPEC
    ? pcase->origin->src : pcase->req->source;
  verdict->refusal = judge_case (config, pcase, verdict);
}


/* Whether RULE would allow its own ports now, from where the packet
   came.  */
static const char *
describe_limits (const struct config_rule *rule,
                 const struct policy_case *pcase)
{
  const struct net_addr *src = &pcase->origin->src;
  const char *why;

  if (!config_rule_allows (rule, &rule->ports, src, src, pcase->now, &why))
    return strcmp (why, "hours") ? ", but not from this address"
      : ", but not at this hour";
  if (!rule->observed)
    return ", with a signed address (--source)";
  return "";
}


/* What a rule and a command ask for besides; LIMITS is what forbids it
   now.  */
static void
print_own_terms (FILE *fp, const struct config_rule *terms,
                 const char *limits)
{
  char hours[NETSPEC_HOURSSTRLEN];
  size_t i;

  for (i = 0; i < terms->n_hours; i++)
    fprintf (fp, ", %s", netspec_hours_print (terms->hours + i, hours));
  if (terms->require.kind)
    fputs (", with a password", fp);
  if (terms->approval.n == 1)
    fputs (", when 1 other approves", fp);
  else if (terms->approval.n)
    fprintf (fp, ", when %u others approve", terms->approval.n);
  fprintf (fp, "%s\n", limits);
}


static void
print_own_rule (FILE *fp, const struct config_rule *rule,
                const struct policy_case *pcase)
{
  char ports[NETSPEC_PORTSTRLEN], duration[32];

  fprintf (fp, "rule %s: %s for at most %s", rule->name,
           netspec_ports_print (&rule->ports, ports),
           netspec_duration_print (rule->max_time, duration));
  print_own_terms (fp, rule, describe_limits (rule, pcase));
}


static void
describe_arg (FILE *fp, const struct config_arg *arg)
{
  static const char *const kinds[] =
    {
      [CONFIG_ARG_MATCH] = "TEXT",
      [CONFIG_ARG_ADDRESS] = "ADDRESS",
      [CONFIG_ARG_FILE] = "FILE"
    };
  size_t i;

  fprintf (fp, arg->preset ? " [%s=" : " %s=", arg->name);
  for (i = 0; i < arg->values.n; i++)
    fprintf (fp, "%s%s", i ? "|" : "", arg->values.item[i]);
  if (arg->kind == CONFIG_ARG_RANGE)
    fprintf (fp, "%lld..%lld", (long long)arg->least, (long long)arg->most);
  else if (!arg->values.n)
    fputs (kinds[arg->kind], fp);
  if (arg->preset)
    putc (']', fp);
}


static void
print_own_command (FILE *fp, const struct config_command *command,
                   const struct policy_case *pcase)
{
  const struct net_addr *src = &pcase->origin->src;
  const char *why, *limits = "";
  size_t i;

  if (!config_terms_allow (&command->terms, src, src, pcase->now, &why))
    limits = strcmp (why, "hours") ? ", but not from this address"
      : ", but not at this hour";
  fprintf (fp, "command %s:", command->terms.name);
  for (i = 0; i < command->n_args; i++)
    describe_arg (fp, command->arg + i);
  fputs (command->free_form ? " -- COMMAND LINE"
         : command->n_args ? "" : " no arguments", fp);
  print_own_terms (fp, &command->terms, limits);
}


char *
policy_describe (config_t config, const struct policy_case *pcase,
                 const struct config_user *user)
{
  char *text = NULL;
  size_t len, i;
  FILE *fp = open_memstream (&text, &len);
  bool any = false;

  if (!fp)
    return NULL;
  fprintf (fp, "you are %s\n", user->name);
  for (i = 0; i < config->n_rules; i++)
    if (config_rule_has_user (config->rule + i, user, pcase->now))
      {
        print_own_rule (fp, config->rule + i, pcase);
        any = true;
      }
  if (!any)
    fputs ("no rule is for you\n", fp);
  for (i = 0; i < config->n_commands; i++)
    if (config_rule_has_user (&config->command[i].terms, user, pcase->now))
      print_own_command (fp, config->command + i, pcase);
  if (user->expires)
    fprintf (fp, "access ends %llu\n", (unsigned long long)user->expires);
  if (fclose (fp))
    {
      free (text);
      return NULL;
    }
  return text;
}


bool
policy_signed_then (config_t config, uint64_t time, uint64_t signed_at)
{
  if (signed_at < time)
    return time - signed_at <= config->max_ahead;
  return !config->max_age || signed_at - time <= config->max_age;
}
