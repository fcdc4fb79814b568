/* ruleset-parts.h - What the files of the module ruleset share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_RULESET_PARTS_H
#define POSTERN_RULESET_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

struct ruleset_packet;

/* What a condition gives.  HOLDS or FAILS alone is certain.  Both together
   have a cause, and USUAL where it rather holds.  */
enum
  {
    HOLDS = 1,
    FAILS = 2,
    USUAL = 4,
    SENDER = 8,                 /* It depends on who sends, or how much.  */
    UNKNOWN = 16                /* We do not know it.  */
  };

struct ruleset_s
{
  json_t *root;
  json_t *list;                 /* Of chains, rules, sets, maps.  */
  json_t *index;                /* Chains, sets and maps by all of their
                                   names.  */
  json_t **chain;               /* Base chains by priority.  */
  size_t n_chains;
  unsigned char *mentioned;     /* Bits of ports that a range begins at.  */
};

enum walk_state { STATE_NEW, STATE_ESTABLISHED, STATE_EITHER };

/* One way of a packet.  */
struct walk
{
  struct ruleset_s *ruleset;
  const struct ruleset_packet *packet;
  bool leaves;
  enum walk_state state;
  unsigned int both;            /* The causes that are followed both ways.  */
  json_t *base;                 /* The base chain.  */
  uint16_t port;                /* As it is now.  */
  bool translated;
  bool away;                    /* To another host.  */
  bool untracked;
  bool notrack;                 /* Untracked, or may be.  */
  unsigned int steps;
  json_t *ended;                /* The base chain that dropped it, or may.  */
  void (*redirect) (void *hook, uint16_t port, const char *chain);
  void *hook;
};

/* The text NAME of OBJECT; "" where there is none.  */
const char *ruleset_text (json_t *object, const char *name);

/* The chain, set or map NAME (KIND) of the table that BASE is in.  */
json_t *ruleset_find (struct ruleset_s *ruleset, json_t *base, const char *kind,
                      const char *name);

/* Whether NAME is one of the N at NAMES.  */
bool ruleset_is_one_of (const char *name, const char *const *names, size_t n);
#define RULESET_IS_ONE_OF(name, names) \
  ruleset_is_one_of (name, names, sizeof names / sizeof *names)

/* The elements of DATA: of a map in braces, or of the one that it names.  */
json_t *ruleset_pairs (const struct walk *walk, json_t *data);

/* Whether MATCH holds, and whether LEFT may be RIGHT.  */
unsigned int ruleset_match (const struct walk *walk, json_t *match);
unsigned int ruleset_compare (const struct walk *walk, json_t *left,
                              json_t *right);

/* In ruleset.c: print where CHAIN is to TEXT (RULESET_CHAINLEN bytes).  */
void ruleset_name_chain (json_t *chain, char *text);

/* In ruleset-walk.c: the ways through all base chains of HOOK whose priority
   is at least LEAST, as a set of these.  */
#define WALK_PASSES 1
#define WALK_DROPS 2
#define WALK_REJECTS 4
#define WALK_FALLS 8            /* On to the next rule.  */
unsigned int ruleset_walk_hook (struct walk *walk, const char *hook,
                                int least);

#endif /*POSTERN_RULESET_PARTS_H*/
