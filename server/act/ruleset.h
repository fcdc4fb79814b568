/* ruleset.h - What the host's own firewall does with a packet.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The current rules, as nftables lists them in JSON, are followed for one
 * packet: base chains by hook and priority, jumps, verdict maps, policies.
 * Postern's own table is left out.  Conditions that depend on the sender, or
 * that are not understood here, are followed both ways.  */

#ifndef POSTERN_RULESET_H
#define POSTERN_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include <jansson.h>
#include "../../common/base/netspec.h"

typedef struct ruleset_s *ruleset_t;

#define RULESET_CHAINLEN 200    /* Of "table FAMILY NAME, chain NAME".  */

/* A packet that begins a connection, or an answer.  */
struct ruleset_packet
{
  sa_family_t family;
  uint8_t proto;                /* IPPROTO_TCP or _UDP.  */
  uint16_t port;                /* Here: where it goes to, or where an answer
                                   comes from.  */
  const char *interface;        /* That it comes in or goes out by.  */
  const struct net_addr *addr;  /* The N_ADDRS of this host there; without
                                   any, which one it is stays open.  */
  size_t n_addrs;
  const struct net_prefix *trusted;     /* The sender of a packet that comes in
                                           is in none of these N_TRUSTED.  */
  size_t n_trusted;
};

enum ruleset_fate
{
  RULESET_PASSES,
  RULESET_DROPS,
  RULESET_REJECTS,
  RULESET_SOME,                 /* Drops it, but for some senders.  */
  RULESET_UNKNOWN               /* There is a rule that we do not know.  */
};

struct ruleset_verdict
{
  enum ruleset_fate fate;
  bool notrack;                 /* A rule exempts it from connection
                                   tracking.  */
  char chain[RULESET_CHAINLEN]; /* Where it ends, or may end.  */
};

/* Read JSON, a list of "nft -j list ruleset"; RULES of iptables-nft that
   nftables cannot print are asked of the kernel if LIVE.  */
gpg_error_t ruleset_new (const char *json, bool live, ruleset_t *r_ruleset);
void ruleset_release (ruleset_t ruleset);

/* Judge a packet that comes in.  If a rule sends it on to another port or host,
   it is judged there.  */
void ruleset_judge_input (ruleset_t ruleset,
                          const struct ruleset_packet *packet,
                          struct ruleset_verdict *r_verdict);

/* Judge an answer that leaves.  Its connection is tracked unless the packet
   that it answers would be dropped.  */
void ruleset_judge_answer (ruleset_t ruleset,
                           const struct ruleset_packet *packet,
                           struct ruleset_verdict *r_verdict);

/* After Postern's own chain a packet may be sent to another port of this
   host.  Call FUNC for each port that PACKET may be sent to so, with the
   chain that does it.  */
typedef void (*ruleset_redirect_t) (void *hook, uint16_t port,
                                    const char *chain);
void ruleset_find_redirects (ruleset_t ruleset,
                             const struct ruleset_packet *packet,
                             ruleset_redirect_t func, void *hook);

/* The first port above PORT that some rule may treat in another way than
   PORT; 0: none does.  */
uint16_t ruleset_next_port (ruleset_t ruleset, uint16_t port);

/* In ruleset-xt.c: replace in LIST the conditions that iptables-nft put there
   in its own form by what they mean.  Unknown ones stay.  */
gpg_error_t ruleset_translate (json_t *list);

#endif /*POSTERN_RULESET_H*/
