/* open.c - postern open: doors open for this address, for a while.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <string.h>
#include <sysexits.h>
#include "exchange.h"


/* The ports that all hosts' profiles name; tcp/22 else.  */
static int
default_ports (const char *verb, struct compose_ask *ask)
{
  char a[NETSPEC_PORTSTRLEN], b[NETSPEC_PORTSTRLEN];
  struct port_set ssh;
  const struct port_set *ports;
  size_t i;

  netspec_ports_parse ("tcp/22", &ssh);
  for (i = 0; i < ask->n_hosts; i++)
    {
      ports = &ask->host[i]->ports;
      if (!ports->n)
        ports = &ssh;
      if (!i)
        ask->ports = *ports;
      else if (strcmp (netspec_ports_print (ports, a),
                       netspec_ports_print (&ask->ports, b)))
        return verb_usage (verb, "the profiles of %s (%s) and %s (%s) name"
                           " different ports; say which you want",
                           ask->host[0]->name, b, ask->host[i]->name, a);
    }
  return -1;
}


int
open_fill (const char *verb, const struct options *options,
           struct compose_ask *ask)
{
  int i;

  for (i = 0; i < options->n_args; i++)
    {
      if (!strchr (options->arg[i], '/'))
        continue;
      if (ask->ports.n)
        return verb_usage (verb, "ports are given twice; write them as one:"
                           " tcp/22,tcp/80");
      if (netspec_ports_parse (options->arg[i], &ask->ports))
        return verb_usage (verb, "'%s' is not like tcp/22,udp/60000-60010"
                           " (%d ranges and %d ports at most)",
                           options->arg[i], NETSPEC_MAX_RANGES,
                           NETSPEC_MAX_PORTS);
    }
  ask->bind = options->bind;
  ask->once = options->once;
  ask->seconds = options->seconds;
  return ask->ports.n ? -1 : default_ports (verb, ask);
}


int
open_verb (const struct options *options)
{
  return exchange_verb ("open", REQUEST_OPEN, options, open_fill);
}
