/* open.c - postern open: doors open for this address, for a while.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <string.h>
#include "../ask/batch.h"
#include "../../common/base/meant.h"


void
open_common (const struct options *options, struct compose_ask *ask)
{
  const struct profile_settings *settings = &ask->host[0]->settings;

  ask->seconds = options->set & OPTION_FOR ? options->seconds
    : settings->seconds;
  ask->has_source = (options->set | settings->set) & OPTION_SOURCE;
  ask->source = options->set & OPTION_SOURCE ? options->source
    : settings->source;
}


int
open_fill (const char *verb, const struct options *options,
           struct compose_ask *ask)
{
  const char *meant;
  char text[MEANT_PORTSLEN];
  int i;

  for (i = 0; i < options->n_args; i++)
    {
      if (!strchr (options->arg[i], '/'))
        continue;
      if (ask->ports.n)
        return kit_usage (verb, "ports are given twice; write them as one:"
                          " tcp/22,tcp/80");
      if (!netspec_ports_parse (options->arg[i], &ask->ports))
        continue;
      meant = meant_ports (options->arg[i], text);
      if (meant)
        return kit_usage (verb, "'%s' is not like tcp/22; did you mean '%s'?",
                          options->arg[i], meant);
      return kit_usage (verb, "'%s' is not like tcp/22,udp/60000-60010"
                        " (at most %d ranges and %d ports)",
                        options->arg[i], NETSPEC_MAX_RANGES,
                        NETSPEC_MAX_PORTS);
    }
  open_common (options, ask);
  ask->bind = options->bind;
  ask->once = options->once;
  ask->reason = options->reason;
  ask->emergency = options->emergency;
  if (!ask->ports.n)
    ask->ports = ask->host[0]->ports;
  if (!ask->ports.n)
    netspec_ports_parse ("tcp/22", &ask->ports);
  return -1;
}


int
open_verb (const struct options *options)
{
  return batch_verb ("open", REQUEST_OPEN, options, open_fill);
}
