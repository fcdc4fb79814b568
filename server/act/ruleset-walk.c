/* ruleset-walk.c - A packet's way through the chains.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ruleset.h"
#include "ruleset-parts.h"

#include <string.h>

#define MAX_DEPTH 16            /* The kernel's own.  */
#define MAX_STEPS 1000000       /* Rules; more are not judged.  */

/* Back from this chain to where it was called.  */
#define RETURNS 16

static unsigned int walk_chain (struct walk *walk, json_t *chain, int depth);


/* Statements that neither end a packet's way nor change where it goes.  */
static bool
is_harmless (const char *name)
{
  static const char *const names[] =
    { "counter", "log", "comment", "mangle", "set", "meter", "continue",
      "ct helper", "ct timeout", "ct expectation", "flow", "dup", "last",
      "masquerade", "snat", "secmark", "synproxy" };

  return RULESET_IS_ONE_OF (name, names);
}


/* What iptables-nft shows by its name alone.  */
static unsigned int
judge_foreign (json_t *xt)
{
  static const char *const by_sender[] =
    { "recent", "hashlimit", "limit", "connlimit", "statistic", "time",
      "mac", "length", "hl", "ttl", "tos", "dscp", "iprange", "connbytes" };
  static const char *const other_packets[] =
    { "icmp", "icmp6", "rt", "frag", "ah", "esp", "sctp", "dccp",
      "ipv6header" };
  const char *name = ruleset_text (xt, "name");

  if (!strcmp (ruleset_text (xt, "type"), "target"))
    return 0;                   /* See do_target.  */
  if (RULESET_IS_ONE_OF (name, by_sender))
    return HOLDS | FAILS | SENDER;
  return RULESET_IS_ONE_OF (name, other_packets) ? FAILS
    : HOLDS | FAILS | UNKNOWN;
}


/* Below its rate a limit lets pass; "over" the other way round.  */
static unsigned int
judge_limit (json_t *limit)
{
  return HOLDS | FAILS | SENDER
    | (json_is_true (json_object_get (limit, "inv")) ? 0 : USUAL);
}


/* Whether the condition NAME holds; 0: it is not a condition.  */
static unsigned int
judge_condition (const struct walk *walk, const char *name, json_t *value)
{
  if (!strcmp (name, "match"))
    return ruleset_match (walk, value);
  if (!strcmp (name, "limit") || !strcmp (name, "quota")
      || !strcmp (name, "ct count"))
    return json_is_object (value) ? judge_limit (value)
      : HOLDS | FAILS | SENDER | USUAL;
  if (!strcmp (name, "xt"))
    return judge_foreign (value);
  return 0;
}


/* Whether what IS gives ends the rule here, on the ways that are followed. */
static bool
ends_rule (const struct walk *walk, unsigned int is)
{
  return is == FAILS || ((is & FAILS) && !(is & walk->both) && !(is & USUAL));
}


/* The port that VALUE says, which may be a map; 0: none.  */
static uint16_t
find_port (const struct walk *walk, json_t *value)
{
  json_t *map = json_object_get (value, "map"), *data, *pair, *to;
  size_t i;

  if (json_is_integer (value))
    return (uint16_t)json_integer_value (value);
  data = ruleset_pairs (walk, json_object_get (map, "data"));
  json_array_foreach (data, i, pair)
    if (ruleset_compare (walk, json_object_get (map, "key"),
                         json_array_get (pair, 0)) & HOLDS)
      {
        to = json_array_get (pair, 1);
        if (json_is_object (to))
          to = json_array_get (json_object_get (to, "concat"), 1);
        return (uint16_t)json_integer_value (to);
      }
  return 0;
}


/* False where the packet is sent on to another host.  */
static bool
stays_here (const struct walk *walk, json_t *addr)
{
  const char *text = json_string_value (addr);
  struct net_addr to;
  size_t i;

  if (!addr)
    return true;
  if (!text || netspec_addr_parse (text, &to))
    return false;
  if (to.family == AF_INET && to.bytes[0] == 127)
    return true;
  for (i = 0; i < walk->packet->n_addrs; i++)
    if (netspec_addr_equal (&to, &walk->packet->addr[i]))
      return true;
  return false;
}


/* dnat, redirect, tproxy: where it goes to.  */
static unsigned int
send_on (struct walk *walk, const char *name, json_t *value)
{
  json_t *addr = strcmp (name, "dnat") ? NULL
    : json_object_get (value, "addr");
  uint16_t port = find_port (walk, json_object_get (value, "port"));
  char chain[RULESET_CHAINLEN];

  if (walk->redirect && stays_here (walk, addr))
    {
      ruleset_name_chain (walk->base, chain);
      walk->redirect (walk->hook, port ? port : walk->port, chain);
    }
  if (!walk->redirect && !walk->both && strcmp (name, "tproxy"))
    {
      walk->away = !stays_here (walk, addr);
      walk->translated = true;
      if (port)
        walk->port = port;
    }
  return WALK_PASSES;
}


/* A target of iptables-nft that was not translated.  */
static unsigned int
do_target (json_t *xt)
{
  static const char *const harmless[] =
    { "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "TCPMSS", "SET", "CT",
      "TRACE", "DSCP", "TOS", "TTL", "HL", "CLASSIFY", "CHECKSUM", "AUDIT",
      "SECMARK", "CONNSECMARK", "RATEEST", "LED", "SNAT", "MASQUERADE" };
  const char *name = ruleset_text (xt, "name");

  if (!strcmp (name, "REJECT"))
    return WALK_DROPS | WALK_REJECTS;
  return RULESET_IS_ONE_OF (name, harmless) ? WALK_FALLS
    : WALK_PASSES | WALK_DROPS | WALK_FALLS;
}


static unsigned int
call_chain (struct walk *walk, json_t *value, bool comes_back, int depth)
{
  json_t *chain = ruleset_find (walk->ruleset, walk->base, "chain",
                                ruleset_text (value, "target"));
  unsigned int ways;

  if (!chain || depth >= MAX_DEPTH)
    return WALK_PASSES | WALK_DROPS;
  ways = walk_chain (walk, chain, depth + 1);
  /* Falling out of what was gone to is the end of this one too.  */
  if (!comes_back && (ways & WALK_FALLS))
    ways = (ways & ~(unsigned int)WALK_FALLS) | RETURNS;
  return ways;
}


static unsigned int do_statement (struct walk *walk, const char *name,
                                  json_t *value, int depth);

/* Each element is a condition and a verdict.  */
static unsigned int
do_vmap (struct walk *walk, json_t *vmap, int depth)
{
  json_t *key = json_object_get (vmap, "key"), *pair, *value;
  json_t *data = ruleset_pairs (walk, json_object_get (vmap, "data"));
  const char *name;
  unsigned int ways = 0, is;
  size_t i;

  json_array_foreach (data, i, pair)
    {
      is = ruleset_compare (walk, key, json_array_get (pair, 0));
      if (ends_rule (walk, is))
        continue;
      json_object_foreach (json_array_get (pair, 1), name, value)
        ways |= do_statement (walk, name, value, depth);
      if (is == HOLDS || !(is & walk->both))
        return ways;
    }
  return ways | WALK_FALLS;
}


static unsigned int
do_statement (struct walk *walk, const char *name, json_t *value, int depth)
{
  if (!strcmp (name, "accept"))
    return WALK_PASSES;
  if (!strcmp (name, "drop"))
    return WALK_DROPS;
  if (!strcmp (name, "reject"))
    return WALK_DROPS | WALK_REJECTS;
  if (!strcmp (name, "return"))
    return RETURNS;
  if (!strcmp (name, "jump") || !strcmp (name, "goto"))
    return call_chain (walk, value, *name == 'j', depth);
  if (!strcmp (name, "vmap"))
    return do_vmap (walk, value, depth);
  if (!strcmp (name, "dnat") || !strcmp (name, "redirect")
      || !strcmp (name, "tproxy"))
    return send_on (walk, name, value);
  if (!strcmp (name, "xt"))
    return do_target (value);
  if (!strcmp (name, "notrack"))
    {
      walk->notrack = true;
      walk->untracked |= !walk->both;
    }
  else if (!is_harmless (name))
    return WALK_PASSES | WALK_DROPS | WALK_FALLS;
  return WALK_FALLS;
}


/* WALK_FALLS: on to the next rule.  */
static unsigned int
walk_rule (struct walk *walk, json_t *rule, int depth)
{
  json_t *expr, *value;
  const char *name;
  unsigned int ways = 0, is;
  bool maybe = false;
  size_t i;

  json_array_foreach (json_object_get (rule, "expr"), i, expr)
    json_object_foreach (expr, name, value)
      {
        is = judge_condition (walk, name, value);
        if (ends_rule (walk, is))
          return WALK_FALLS;
        maybe |= (is & FAILS) && (is & walk->both);
        ways = is ? WALK_FALLS : do_statement (walk, name, value, depth);
        if (ways != WALK_FALLS)
          return maybe ? ways | WALK_FALLS : ways;
      }
  return WALK_FALLS;
}


static unsigned int
walk_chain (struct walk *walk, json_t *chain, int depth)
{
  json_t *rule;
  unsigned int all = 0, ways;
  size_t i;

  json_array_foreach (json_object_get (chain, "rules"), i, rule)
    {
      if (++walk->steps > MAX_STEPS)
        return WALK_PASSES | WALK_DROPS;
      ways = walk_rule (walk, rule, depth);
      all |= ways & ~(unsigned int)(WALK_FALLS | RETURNS);
      if (ways & RETURNS)
        all |= WALK_FALLS;
      if (!(ways & WALK_FALLS))
        return all;
    }
  return all | WALK_FALLS;
}


/* Tables of other families do not see this packet.  */
static bool
sees_chain (const struct walk *walk, json_t *chain)
{
  const char *family = ruleset_text (chain, "family");
  const char *dev = ruleset_text (chain, "dev");

  if (!strcmp (family, "inet") && !strcmp (ruleset_text (chain, "table"),
                                           "postern"))
    return false;
  if (!strcmp (ruleset_text (chain, "hook"), "ingress"))
    return !strcmp (dev, walk->packet->interface);
  return !strcmp (family, "inet")
    || !strcmp (family, walk->packet->family == AF_INET ? "ip" : "ip6");
}


unsigned int
ruleset_walk_hook (struct walk *walk, const char *hook, int least)
{
  unsigned int all = WALK_PASSES, ways;
  json_t *chain;
  size_t i;

  for (i = 0; (all & WALK_PASSES) && i < walk->ruleset->n_chains; i++)
    {
      chain = walk->ruleset->chain[i];
      if (strcmp (ruleset_text (chain, "hook"), hook)
          || !sees_chain (walk, chain)
          || json_integer_value (json_object_get (chain, "prio")) < least)
        continue;
      /* Only the first packet of a connection sees these, and it has its
         new goal from the first one that gives it.  */
      if (!strcmp (ruleset_text (chain, "type"), "nat")
          && (walk->leaves || walk->translated))
        continue;
      walk->base = chain;
      ways = walk_chain (walk, chain, 0);
      if (ways & WALK_FALLS)
        ways |= strcmp (ruleset_text (chain, "policy"), "drop")
          ? WALK_PASSES : WALK_DROPS;
      if (ways & WALK_DROPS)
        walk->ended = chain;
      if (!(ways & WALK_PASSES))
        all &= ~(unsigned int)WALK_PASSES;
      all |= ways & (WALK_DROPS | WALK_REJECTS);
    }
  return all;
}
