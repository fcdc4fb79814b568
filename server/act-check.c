/* act-check.c - posternd --check: does the host's firewall agree?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * We only open our own drop; another table that drops the same packets
 * later still does.  Nothing is changed here.  */

#include "act.h"

#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>


static const char *
text_of (json_t *object, const char *name)
{
  const char *text = json_string_value (json_object_get (object, name));

  return text ? text : "";
}


/* Does VALUE (a match's right side) hold PORT?  */
static bool
holds_port (json_t *value, unsigned int port)
{
  json_t *item, *range;
  size_t i;

  if (json_is_integer (value))
    return json_integer_value (value) == (json_int_t)port;
  range = json_object_get (value, "range");
  if (range)
    return json_integer_value (json_array_get (range, 0)) <= (json_int_t)port
      && json_integer_value (json_array_get (range, 1)) >= (json_int_t)port;
  json_array_foreach (json_object_get (value, "set"), i, item)
    if (holds_port (item, port))
      return true;
  return false;
}


/* Does one of the RULES of a chain name PORT as destination and end in
   VERDICT?  */
static bool
has_verdict (json_t *rules, const char *table, const char *chain,
             unsigned int port, const char *verdict)
{
  json_t *entry, *rule, *expr, *left;
  size_t i, j;
  bool named, ends;

  json_array_foreach (rules, i, entry)
    {
      rule = json_object_get (entry, "rule");
      if (!rule || strcmp (text_of (rule, "table"), table)
          || strcmp (text_of (rule, "chain"), chain))
        continue;
      named = ends = false;
      json_array_foreach (json_object_get (rule, "expr"), j, expr)
        {
          left = json_object_get (json_object_get (
                   json_object_get (expr, "match"), "left"), "payload");
          if (!strcmp (text_of (left, "field"), "dport")
              && holds_port (json_object_get (json_object_get (
                               expr, "match"), "right"), port))
            named = true;
          if (json_object_get (expr, verdict))
            ends = true;
        }
      if (named && ends)
        return true;
    }
  return false;
}


static void
check_chain (config_t config, json_t *rules, json_t *chain)
{
  const char *table = text_of (chain, "table");
  const char *name = text_of (chain, "name");
  bool drops = !strcmp (text_of (chain, "policy"), "drop");
  const struct port_range *range;
  size_t i;

  if (strcmp (text_of (chain, "hook"), "input")
      || !strcmp (table, "postern"))
    return;
  for (i = 0; i < config->n_protect; i++)
    {
      range = config->protect + i;
      if (has_verdict (rules, table, name, range->first, "drop")
          || has_verdict (rules, table, name, range->first, "reject")
          || (drops && !has_verdict (rules, table, name, range->first,
                                     "accept")))
        printf ("Warning: the firewall's table %s %s (chain %s) would drop"
                " %s/%u even where a grant opens it; let it accept that"
                " port, posternd keeps it shut.\n",
                text_of (chain, "family"), table, name,
                range->proto == IPPROTO_TCP ? "tcp" : "udp", range->first);
    }
}


static void
check_legacy (void)
{
  static const char *const files[] =
    { "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names" };
  char line[64];
  size_t i;

  for (i = 0; i < sizeof files / sizeof *files; i++)
    {
      FILE *fp = fopen (files[i], "re");

      if (!fp)
        continue;
      if (fgets (line, sizeof line, fp))
        printf ("Warning: iptables-legacy has rules here (%s); look whether"
                " they accept the protected ports.\n", files[i]);
      fclose (fp);
    }
}


int
act_check (config_t config, bool dump)
{
  firewall_t firewall;
  char *text = NULL;
  json_error_t error;
  json_t *rules, *list, *entry, *chain;
  size_t i;

  if (firewall_new (config, 0, &firewall))
    return EX_OSERR;
  if (dump)
    firewall_print (firewall, stdout);
  if (firewall_list (firewall, &text))
    printf ("Warning: nftables does not work here: %s\n",
            firewall_message (firewall));
  else if ((rules = json_loads (text, 0, &error)))
    {
      list = json_object_get (rules, "nftables");
      json_array_foreach (list, i, entry)
        if ((chain = json_object_get (entry, "chain")))
          check_chain (config, list, chain);
      json_decref (rules);
    }
  check_legacy ();
  act_check_trust (config);
  free (text);
  firewall_release (firewall);
  return EX_OK;
}
