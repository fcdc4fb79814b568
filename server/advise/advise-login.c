/* advise-login.c - Whether the administrator's own login would be cut off.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>


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


/* True if somebody could get a grant to PORT for CLIENT as it is seen from
   here.  Whether that person could sign this address is not known.  */
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


void
advise_judge_login (struct advice *a, const char *ssh_connection)
{
  struct net_addr client, local;
  char text[NETSPEC_ADDRSTRLEN];
  uint16_t port;

  if (!ssh_connection || !*ssh_connection
      || !parse_connection (ssh_connection, &client, &local, &port)
      || !advise_protects (a->config, IPPROTO_TCP, port, port)
      || (client.family == AF_INET && client.bytes[0] == 127)
      || (client.family == AF_INET6 && !netspec_addr_grantable (&client)))
    return;
  netspec_addr_print (&client, text);
  if (advise_trusts (a, &client, &local))
    fprintf (a->out, "This login (from %s) is from a trusted network: nothing"
             " is shut to it\n", text);
  else if (could_be_granted (a, &client, port))
    fprintf (a->out, "This login (from %s) stays open; the next one needs"
             " 'postern open %s' first\n", text, a->config->host);
  else
    advise_warn (a, "you are logged in from %s over tcp/%u, which will be"
                 " shut, and no rule allows anyone to open it now for that"
                 " address as it is seen here: you might not be able to log in"
                 " again. Keep this login, add a rule, and try 'posternd"
                 " --trial 5m' first.", text,
                 port);
}
