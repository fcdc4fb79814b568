/* advise-trusted.c - To whom nothing is shut, and whether that is wise.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

/* The longest prefixes that are too wide: no organisation has so large a
   network.  */
#define WIDE4 7u
#define WIDE6 15u


void
advise_describe_trusted (struct advice *a)
{
  const struct config_trusted *trusted = &a->config->trusted;
  char text[NETSPEC_PREFIXSTRLEN];
  const char *comma = "Shuts nothing to:";
  size_t i;

  for (i = 0; i < trusted->n_prefixes; i++, comma = ",")
    fprintf (a->out, "%s %s", comma,
             netspec_prefix_print (trusted->prefix + i, text));
  for (i = 0; i < trusted->interfaces.n; i++, comma = ",")
    fprintf (a->out, "%s what comes in by %s", comma,
             trusted->interfaces.item[i]);
  if (*comma == ',')
    putc ('\n', a->out);
}


void
advise_judge_trusted (struct advice *a)
{
  const struct config_trusted *trusted = &a->config->trusted;
  const struct net_prefix *prefix = trusted->prefix;
  char text[NETSPEC_PREFIXSTRLEN];
  size_t i;

  for (i = 0; i < trusted->n_prefixes; i++, prefix++)
    if (prefix->bits <= (prefix->addr.family == AF_INET ? WIDE4 : WIDE6))
      {
        netspec_prefix_print (prefix, text);
        advise_warn (a, "trusted includes %s: the protected ports are open to"
                     " %s. Name the networks that you mean.", text,
                     prefix->bits ? "much of the internet"
                     : prefix->addr.family == AF_INET ? "all of IPv4"
                     : "all of IPv6");
      }
  for (i = 0; i < trusted->interfaces.n; i++)
    if (!if_nametoindex (trusted->interfaces.item[i]))
      advise_warn (a, "trusted names the interface %s, which does not exist"
                   " now; whatever gets that name is trusted. See 'ip link'.",
                   trusted->interfaces.item[i]);
}


/* The interface NAME has the address LOCAL.  */
static bool
has_address (const char *name, const struct net_addr *local)
{
  struct ifaddrs *list, *p;
  struct net_addr addr;
  bool found = false;
  uint16_t port;

  if (getifaddrs (&list))
    return false;
  for (p = list; p && !found; p = p->ifa_next)
    found = p->ifa_addr && !strcmp (p->ifa_name, name)
      && !netspec_addr_from_sockaddr (p->ifa_addr, &addr, &port)
      && netspec_addr_equal (&addr, local);
  freeifaddrs (list);
  return found;
}


bool
advise_trusts (struct advice *a, const struct net_addr *client,
               const struct net_addr *local)
{
  const struct config_trusted *trusted = &a->config->trusted;
  size_t i;

  for (i = 0; i < trusted->n_prefixes; i++)
    if (netspec_prefix_contains (trusted->prefix + i, client))
      return true;
  for (i = 0; i < trusted->interfaces.n; i++)
    if (has_address (trusted->interfaces.item[i], local))
      return true;
  return false;
}
