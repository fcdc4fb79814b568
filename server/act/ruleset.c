/* ruleset.c - What the host's own firewall does with a packet.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   conditions of a rule           ruleset-match.c
 *   rules, chains, hooks           ruleset-walk.c
 *   rules made by iptables-nft     ruleset-xt.c  */

#include "ruleset.h"
#include "ruleset-parts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define OURS (-150)             /* The priority of Postern's own chain.  */
#define N_PORTS 65536u


/* The key of what is called NAME in the table that OBJECT is in; false: a
   part was cut off, and the key must not be used.  */
static bool
make_key (json_t *object, const char *kind, const char *name, char key[300])
{
  return snprintf (key, 300, "%s %s %s %s", ruleset_text (object, "family"),
                   ruleset_text (object, "table"), kind, name) < 300;
}


json_t *
ruleset_find (ruleset_t ruleset, json_t *base, const char *kind,
              const char *name)
{
  char key[300];

  return make_key (base, kind, name, key)
    ? json_object_get (ruleset->index, key) : NULL;
}


void
ruleset_name_chain (json_t *chain, char *text)
{
  snprintf (text, RULESET_CHAINLEN, "table %s %s, chain %s",
            ruleset_text (chain, "family"), ruleset_text (chain, "table"),
            ruleset_text (chain, "name"));
}


/* Chains with a place for their rules, sets and maps.  */
static void
index_entry (ruleset_t ruleset, const char *kind, json_t *object)
{
  char key[300];

  if (!make_key (object, kind, ruleset_text (object, "name"), key))
    return;
  json_object_set (ruleset->index, key, object);
  if (!strcmp (kind, "chain"))
    json_object_set_new (object, "rules", json_array ());
}


static void
index_all (ruleset_t ruleset)
{
  static const char *const kinds[] = { "chain", "set", "map" };
  json_t *entry, *object, *chain;
  size_t i, k;

  json_array_foreach (ruleset->list, i, entry)
    for (k = 0; k < sizeof kinds / sizeof *kinds; k++)
      if ((object = json_object_get (entry, kinds[k])))
        index_entry (ruleset, kinds[k], object);
  json_array_foreach (ruleset->list, i, entry)
    if ((object = json_object_get (entry, "rule")))
      {
        chain = ruleset_find (ruleset, object, "chain",
                              ruleset_text (object, "chain"));
        json_array_append (json_object_get (chain, "rules"), object);
      }
}


static int
compare_chains (const void *a, const void *b)
{
  json_t *const *x = a, *const *y = b;
  json_int_t p = json_integer_value (json_object_get (*x, "prio"));
  json_int_t q = json_integer_value (json_object_get (*y, "prio"));

  return (p > q) - (p < q);
}


static gpg_error_t
sort_chains (ruleset_t ruleset)
{
  json_t *entry, *chain;
  size_t i;

  ruleset->chain = calloc (json_array_size (ruleset->list) + 1,
                           sizeof *ruleset->chain);
  if (!ruleset->chain)
    return gpg_error_from_syserror ();
  json_array_foreach (ruleset->list, i, entry)
    if ((chain = json_object_get (entry, "chain"))
        && json_object_get (chain, "hook"))
      ruleset->chain[ruleset->n_chains++] = chain;
  qsort (ruleset->chain, ruleset->n_chains, sizeof *ruleset->chain,
         compare_chains);
  return 0;
}


static void
mention_port (ruleset_t ruleset, json_int_t port)
{
  if (port > 0 && port < (json_int_t)N_PORTS)
    ruleset->mentioned[port / 8] |= (unsigned char)(1u << (port & 7));
}


/* Any number may be a port's; one too many only costs time.  */
static void
mention_all (ruleset_t ruleset, json_t *value)
{
  json_t *range = json_object_get (value, "range"), *item;
  const char *name;
  size_t i;

  if (json_is_integer (value))
    {
      mention_port (ruleset, json_integer_value (value));
      mention_port (ruleset, json_integer_value (value) + 1);
    }
  else if (range)
    {
      mention_port (ruleset, json_integer_value (json_array_get (range, 0)));
      mention_port (ruleset,
                    json_integer_value (json_array_get (range, 1)) + 1);
    }
  else if (json_is_object (value))
    json_object_foreach (value, name, item)
      mention_all (ruleset, item);
  else
    json_array_foreach (value, i, item)
      mention_all (ruleset, item);
}


/* In conditions on ports, verdict maps, and sets.  */
static void
mention_ports (ruleset_t ruleset)
{
  json_t *entry, *rule, *expr, *match;
  size_t i, k;

  json_array_foreach (ruleset->list, i, entry)
    {
      rule = json_object_get (entry, "rule");
      json_array_foreach (json_object_get (rule, "expr"), k, expr)
        {
          match = json_object_get (expr, "match");
          mention_all (ruleset, match ? json_object_get (match, "right")
                       : json_object_get (expr, "vmap"));
        }
      mention_all (ruleset, json_object_get (json_object_get (entry, "set"),
                                             "elem"));
      mention_all (ruleset, json_object_get (json_object_get (entry, "map"),
                                             "elem"));
    }
}


gpg_error_t
ruleset_new (const char *json, bool live, ruleset_t *r_ruleset)
{
  ruleset_t ruleset;
  json_error_t error;
  gpg_error_t err = 0;

  *r_ruleset = NULL;
  ruleset = calloc (1, sizeof *ruleset);
  if (!ruleset)
    return gpg_error_from_syserror ();
  ruleset->mentioned = calloc (N_PORTS / 8, 1);
  ruleset->index = json_object ();
  ruleset->root = json_loads (json, 0, &error);
  ruleset->list = json_object_get (ruleset->root, "nftables");
  if (!ruleset->mentioned || !ruleset->index)
    err = gpg_error (GPG_ERR_ENOMEM);
  else if (!json_is_array (ruleset->list))
    err = gpg_error (GPG_ERR_INV_DATA);
  if (!err && live)
    err = ruleset_translate (ruleset->list);
  if (!err)
    err = sort_chains (ruleset);
  if (err)
    {
      ruleset_release (ruleset);
      return err;
    }
  index_all (ruleset);
  mention_ports (ruleset);
  *r_ruleset = ruleset;
  return 0;
}


void
ruleset_release (ruleset_t ruleset)
{
  if (!ruleset)
    return;
  json_decref (ruleset->index);
  json_decref (ruleset->root);
  free (ruleset->chain);
  free (ruleset->mentioned);
  free (ruleset);
}


uint16_t
ruleset_next_port (ruleset_t ruleset, uint16_t port)
{
  unsigned int next;

  for (next = port + 1u; next < N_PORTS; next++)
    if (ruleset->mentioned[next / 8] & (1u << (next & 7)))
      return (uint16_t)next;
  return 0;
}


/* The whole way in or out.  A packet that prerouting sends to another host
   is forwarded: only then is it known which hook comes last.  */
static unsigned int
walk_all_hooks (struct walk *walk)
{
  static const char *const in[] = { "ingress", "prerouting", "input" };
  static const char *const out[] = { "output", "postrouting" };
  unsigned int all = WALK_PASSES;
  size_t i, n = walk->leaves ? 2 : 3;

  for (i = 0; (all & WALK_PASSES) && i < n; i++)
    all = (all & (WALK_DROPS | WALK_REJECTS))
      | ruleset_walk_hook (walk, walk->leaves ? out[i]
                           : i == 2 && walk->away ? "forward" : in[i],
                           INT_MIN);
  return all;
}


/* Follow BOTH ways where one of these causes leaves it open; where it goes
   to is what USUAL, if given, found.  */
static unsigned int
follow_chain (struct walk *walk, const struct walk *usual, unsigned int both,
              json_t **r_ended)
{
  struct walk way = usual ? *usual : *walk;
  unsigned int ways;

  way.both = both;
  way.steps = 0;
  way.ended = NULL;
  ways = walk_all_hooks (&way);
  *r_ended = way.ended;
  walk->notrack |= way.notrack;
  if (!both)
    *walk = way;
  return ways;
}


/* By its usual way, and then by those that are open.  */
static void
judge_ways (struct walk *walk, struct ruleset_verdict *r_verdict)
{
  json_t *ended, *other;
  unsigned int usual, sender, unknown;

  memset (r_verdict, 0, sizeof *r_verdict);
  usual = follow_chain (walk, NULL, 0, &ended);
  sender = follow_chain (walk, walk, SENDER, &other);
  unknown = follow_chain (walk, walk, SENDER | UNKNOWN, &other);
  if (usual == WALK_PASSES)
    {
      if (follow_chain (walk, walk, UNKNOWN, &other) & WALK_DROPS)
        {
          r_verdict->fate = RULESET_UNKNOWN;
          ended = other;
        }
    }
  else if (usual & WALK_PASSES)
    r_verdict->fate = RULESET_UNKNOWN;
  else if (sender & WALK_PASSES)
    r_verdict->fate = RULESET_SOME;
  else if (unknown & WALK_PASSES)
    r_verdict->fate = RULESET_UNKNOWN;
  else
    r_verdict->fate = usual & WALK_REJECTS ? RULESET_REJECTS : RULESET_DROPS;
  r_verdict->notrack = walk->notrack;
  if (r_verdict->fate != RULESET_PASSES)
    ruleset_name_chain (ended ? ended : other, r_verdict->chain);
}


void
ruleset_judge_input (ruleset_t ruleset, const struct ruleset_packet *packet,
                     struct ruleset_verdict *r_verdict)
{
  struct walk walk = { .ruleset = ruleset, .packet = packet,
                       .port = packet->port };

  judge_ways (&walk, r_verdict);
}


/* A packet that was let in is a connection that is known; one that was not
   leaves no trace, and the answer to it is a new one.  */
void
ruleset_judge_answer (ruleset_t ruleset, const struct ruleset_packet *packet,
                      struct ruleset_verdict *r_verdict)
{
  struct walk walk = { .ruleset = ruleset, .packet = packet,
                       .port = packet->port, .leaves = true };
  struct ruleset_verdict came;

  ruleset_judge_input (ruleset, packet, &came);
  walk.untracked = came.notrack;
  walk.state = came.fate == RULESET_PASSES ? STATE_ESTABLISHED
    : came.fate == RULESET_DROPS || came.fate == RULESET_REJECTS ? STATE_NEW
    : STATE_EITHER;
  judge_ways (&walk, r_verdict);
}


void
ruleset_find_redirects (ruleset_t ruleset,
                        const struct ruleset_packet *packet,
                        ruleset_redirect_t func, void *hook)
{
  struct walk walk = { .ruleset = ruleset, .packet = packet,
                       .port = packet->port, .both = SENDER | UNKNOWN,
                       .redirect = func, .hook = hook };

  ruleset_walk_hook (&walk, "prerouting", OURS);
}
