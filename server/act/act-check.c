/* act-check.c - posternd --check: does the host's firewall agree?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A grant only lifts our own drop; if another table drops the same packets
 * later, they are still dropped.  This must not change anything.  */

#include "act.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ruleset.h"

#define MAX_PLACES 128          /* Interfaces, with one family each.  */
#define MAX_ADDRS 64
#define LAST_PORT 65535

/* Where packets come in.  */
struct place
{
  char name[IF_NAMESIZE];
  sa_family_t family;
  struct net_addr addr[MAX_ADDRS];
  size_t n_addrs;
};

/* A range of ports with the same verdict at each place.  */
struct stretch
{
  uint8_t proto;
  uint16_t first, last;
  struct ruleset_verdict at[MAX_PLACES];
};

/* The way around a protected port that was found last.  */
struct around
{
  uint16_t first, last, to;     /* To 0: none.  */
  char chain[RULESET_CHAINLEN];
};

struct check
{
  config_t config;
  ruleset_t ruleset;
  struct place place[MAX_PLACES];
  size_t n_places;
  struct stretch stretch;       /* Not yet printed; FIRST 0: none.  */
  uint8_t proto;                /* Of the ways around.  */
  uint16_t from, until;
  struct around around;
};


/* ----------------------------- places ---------------------------- */

static bool
has_port_listed (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->interfaces.n; i++)
    if (!strcmp (config->interfaces.item[i], "any")
        || !strcmp (config->interfaces.item[i], name))
      return true;
  return false;
}


static struct place *
find_incoming (struct check *check, const char *name, sa_family_t family)
{
  struct place *place;
  size_t i;

  for (i = 0; i < check->n_places; i++)
    if (check->place[i].family == family
        && !strcmp (check->place[i].name, name))
      return &check->place[i];
  if (check->n_places == MAX_PLACES)
    return NULL;
  place = &check->place[check->n_places++];
  snprintf (place->name, sizeof place->name, "%s", name);
  place->family = family;
  return place;
}


/* The interfaces that packets arrive on, with their addresses; for IPv6 only
   those with more than a link-local address.  */
static void
find_places (struct check *check)
{
  struct ifaddrs *list, *p;
  struct place *place;
  struct net_addr addr;
  uint16_t port;

  if (getifaddrs (&list))
    return;
  for (p = list; p; p = p->ifa_next)
    {
      if (!p->ifa_addr || (p->ifa_flags & IFF_LOOPBACK)
          || !has_port_listed (check->config, p->ifa_name)
          || netspec_addr_from_sockaddr (p->ifa_addr, &addr, &port)
          || (addr.family == AF_INET6 && addr.bytes[0] == 0xfe))
        continue;
      place = find_incoming (check, p->ifa_name, addr.family);
      if (place && place->n_addrs < MAX_ADDRS)
        place->addr[place->n_addrs++] = addr;
    }
  freeifaddrs (list);
}


/* Everything is open to packets from PLACE: no grant is ever needed.  */
static bool
is_trusted_place (const struct check *check, const struct place *place)
{
  const struct config_trusted *trusted = &check->config->trusted;
  size_t i;

  for (i = 0; i < trusted->interfaces.n; i++)
    if (!strcmp (trusted->interfaces.item[i], place->name))
      return true;
  for (i = 0; i < trusted->n_prefixes; i++)
    if (!trusted->prefix[i].bits
        && trusted->prefix[i].addr.family == place->family)
      return true;
  return false;
}


/* A packet from a sender that is not trusted.  */
static struct ruleset_packet
make_packet (const struct check *check, const struct place *place,
             uint8_t proto, uint16_t port)
{
  const struct config_trusted *trusted = &check->config->trusted;

  return (struct ruleset_packet){ place->family, proto, port, place->name,
                                  place->addr, place->n_addrs,
                                  trusted->prefix, trusted->n_prefixes };
}


/* ---------------------------- printing --------------------------- */

static const char *
print_port_range (uint8_t proto, uint16_t first, uint16_t last, char text[32])
{
  int n = snprintf (text, 32, "%s/%u", proto == IPPROTO_TCP ? "tcp" : "udp",
                    first);

  if (last != first)
    snprintf (text + n, 32 - (size_t)n, "-%u", last);
  return text;
}


static bool
same_verdict (const struct ruleset_verdict *a,
              const struct ruleset_verdict *b)
{
  return a->fate == b->fate && !strcmp (a->chain, b->chain);
}


/* All places with the verdict of the one at I: "eth0, eth1 over IPv6".  */
static const char *
print_places (const struct check *check, const struct ruleset_verdict *at,
              size_t i, char text[512])
{
  bool both;
  size_t k, j, n = 0;

  for (k = i; k < check->n_places && n < 512; k++)
    {
      if (!same_verdict (&at[k], &at[i]))
        continue;
      both = false;
      for (j = 0; j < check->n_places; j++)
        both |= j != k && !strcmp (check->place[j].name, check->place[k].name)
          && same_verdict (&at[j], &at[i]);
      if (both && check->place[k].family == AF_INET6)
        continue;
      n += (size_t)snprintf (text + n, 512 - n, "%s%s%s", n ? ", " : "",
                             check->place[k].name, both ? ""
                             : check->place[k].family == AF_INET
                             ? " over IPv4" : " over IPv6");
    }
  return text;
}


static bool
is_first_verdict (const struct ruleset_verdict *at, size_t i)
{
  size_t k;

  for (k = 0; k < i; k++)
    if (same_verdict (&at[k], &at[i]))
      return false;
  return true;
}


static void
say_drop (const struct ruleset_verdict *verdict, const char *ports,
          const char *places)
{
  switch (verdict->fate)
    {
    case RULESET_PASSES:
      break;
    case RULESET_DROPS:
    case RULESET_REJECTS:
      printf ("Warning: the host's own firewall %s %s on %s even where a"
              " grant opens it (%s). Let it accept that port; posternd keeps"
              " it shut.\n",
              verdict->fate == RULESET_DROPS ? "drops" : "rejects", ports,
              places, verdict->chain);
      break;
    case RULESET_SOME:
      printf ("Warning: the host's own firewall lets only some senders in to"
              " %s on %s (%s); others stay out even where a grant opens it."
              " Let it accept that port; posternd keeps it shut.\n", ports,
              places, verdict->chain);
      break;
    default:
      printf ("Warning: it cannot be told whether the host's own firewall"
              " lets %s in on %s (%s), for some conditions there are not"
              " known to posternd. See 'nft list ruleset'.\n", ports, places,
              verdict->chain);
    }
}


static void
print_stretch (struct check *check)
{
  struct stretch *stretch = &check->stretch;
  char ports[32], places[512];
  bool notrack = false;
  size_t i;

  if (!stretch->first)
    return;
  print_port_range (stretch->proto, stretch->first, stretch->last, ports);
  for (i = 0; i < check->n_places; i++)
    {
      notrack |= stretch->at[i].notrack;
      if (is_first_verdict (stretch->at, i))
        say_drop (&stretch->at[i], ports,
                  print_places (check, stretch->at, i, places));
    }
  if (notrack)
    printf ("Warning: the host's own firewall has 'notrack' for %s: a"
            " connection there ends with its grant, for nothing tells that"
            " it was let in. Take that rule away.\n", ports);
  stretch->first = 0;
}


/* ------------------------- protected ports ----------------------- */

/* The last port, at most LAST, up to which all rules treat ports like FIRST. */
static uint16_t
end_of_stretch (struct check *check, uint16_t first, uint16_t last)
{
  uint16_t next = ruleset_next_port (check->ruleset, first);

  return next && next <= last ? next - 1 : last;
}


static void
check_stretch (struct check *check, uint8_t proto, uint16_t first,
               uint16_t last)
{
  struct ruleset_verdict at[MAX_PLACES];
  struct stretch *stretch = &check->stretch;
  struct ruleset_packet packet;
  bool same = stretch->first && stretch->proto == proto
    && stretch->last + 1u == first;
  size_t i;

  memset (at, 0, sizeof at);
  for (i = 0; i < check->n_places; i++)
    {
      packet = make_packet (check, &check->place[i], proto, first);
      if (!is_trusted_place (check, &check->place[i]))
        ruleset_judge_input (check->ruleset, &packet, &at[i]);
      same = same && same_verdict (&at[i], &stretch->at[i])
        && at[i].notrack == stretch->at[i].notrack;
    }
  if (!same)
    {
      print_stretch (check);
      stretch->proto = proto;
      stretch->first = first;
      memcpy (stretch->at, at, sizeof at);
    }
  stretch->last = last;
}


static void
check_protected (struct check *check)
{
  const struct port_range *range = check->config->protect;
  const struct port_range *end = range + check->config->n_protect;
  unsigned int port;
  uint16_t last;

  for (; range < end; range++)
    for (port = range->first; port <= range->last; port = last + 1u)
      {
        last = end_of_stretch (check, (uint16_t)port, range->last);
        check_stretch (check, range->proto, (uint16_t)port, last);
      }
  print_stretch (check);
}


/* ---------------------- ways around a port ----------------------- */

static void
print_around (struct check *check)
{
  struct around *around = &check->around;
  char from[32], to[32];

  if (!around->to)
    return;
  printf ("Warning: the host's own firewall sends %s on to the protected %s"
          " (%s): that is a way around it. Protect %s as well.\n",
          print_port_range (check->proto, around->first, around->last, from),
          print_port_range (check->proto, around->to, around->to, to),
          around->chain, from);
  around->to = 0;
}


/* Called for each interface; adjacent ports become one line.  */
static void
note_redirect (void *hook, uint16_t to, const char *chain)
{
  struct check *check = hook;
  struct around *around = &check->around;

  if (!config_is_protected (check->config, check->proto, to))
    return;
  if (around->to != to || strcmp (around->chain, chain)
      || (around->last + 1u != check->from && around->last != check->until))
    {
      print_around (check);
      around->first = check->from;
      around->to = to;
      snprintf (around->chain, sizeof around->chain, "%s", chain);
    }
  around->last = check->until;
}


/* The last port of the range from PORT on that is protected, or is not.  */
static uint16_t
end_of_protected (const struct check *check, unsigned int port)
{
  bool first = config_is_protected (check->config, check->proto, port);

  while (port < LAST_PORT
         && config_is_protected (check->config, check->proto, port + 1)
            == first)
    port++;
  return (uint16_t)port;
}


static void
check_around (struct check *check, uint8_t proto)
{
  struct ruleset_packet packet;
  unsigned int port;
  uint16_t last;
  size_t i;

  check->proto = proto;
  for (port = 1; port <= LAST_PORT; port = last + 1u)
    {
      last = end_of_stretch (check, (uint16_t)port,
                             end_of_protected (check, port));
      if (config_is_protected (check->config, proto, port))
        continue;
      check->from = (uint16_t)port;
      check->until = last;
      for (i = 0; i < check->n_places; i++)
        {
          packet = make_packet (check, &check->place[i], proto, check->from);
          if (!is_trusted_place (check, &check->place[i]))
            ruleset_find_redirects (check->ruleset, &packet, note_redirect,
                                    check);
        }
    }
  print_around (check);
}


/* ---------------------------- replies ---------------------------- */

static void
check_replies (struct check *check)
{
  struct ruleset_verdict at[MAX_PLACES];
  struct ruleset_packet packet;
  char places[512];
  size_t i;

  memset (at, 0, sizeof at);
  for (i = 0; i < check->n_places; i++)
    {
      packet = make_packet (check, &check->place[i], IPPROTO_UDP,
                            check->config->port);
      ruleset_judge_answer (check->ruleset, &packet, &at[i]);
    }
  for (i = 0; i < check->n_places; i++)
    {
      if (at[i].fate == RULESET_PASSES || !is_first_verdict (at, i))
        continue;
      print_places (check, at, i, places);
      if (at[i].fate == RULESET_UNKNOWN)
        printf ("Warning: it cannot be told whether the host's own firewall"
                " lets replies out from udp/%u on %s (%s), for some"
                " conditions there are not known to posternd.\n",
                check->config->port, places, at[i].chain);
      else
        printf ("Warning: the host's own firewall keeps in %sreplies from"
                " udp/%u on %s (%s): people would not hear what became of"
                " their requests. Let UDP out from that port.\n",
                at[i].fate == RULESET_SOME ? "most " : "",
                check->config->port, places, at[i].chain);
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
        printf ("Warning: iptables-legacy is in use here (%s), whose rules"
                " nftables does not show: nothing above is about them. See"
                " '%s' whether they accept the protected ports and let"
                " replies out.\n", files[i],
                i ? "ip6tables-legacy-save" : "iptables-legacy-save");
      fclose (fp);
    }
}


static void
check_host_rules (config_t config, const char *json)
{
  struct check *check = calloc (1, sizeof *check);
  gpg_error_t err = check ? ruleset_new (json, true, &check->ruleset)
    : gpg_error_from_syserror ();

  if (err)
    printf ("Warning: the host's own firewall cannot be judged: %s\n",
            gpg_strerror (err));
  else
    {
      check->config = config;
      find_places (check);
      check_protected (check);
      check_around (check, IPPROTO_TCP);
      check_around (check, IPPROTO_UDP);
      if (config->replies)
        check_replies (check);
    }
  if (check)
    ruleset_release (check->ruleset);
  free (check);
}


int
act_check (config_t config, bool dump)
{
  firewall_t firewall;
  char *text = NULL;

  if (firewall_new (config, 0, &firewall))
    return EX_OSERR;
  if (dump)
    firewall_print (firewall, stdout);
  if (firewall_list (firewall, &text))
    printf ("Warning: nftables does not work here: %s\n",
            firewall_message (firewall));
  else
    check_host_rules (config, text);
  check_legacy ();
  act_check_trust (config);
  free (text);
  firewall_release (firewall);
  return EX_OK;
}
