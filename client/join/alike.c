/* alike.c - Hosts that could be mistaken for one another.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "alike.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


/* The next character of *P as it looks, and 0 at the end.  */
static char
next_look (const char **p)
{
  char c;

  *p += strspn (*p, ".-_");
  c = (char) tolower ((unsigned char) **p);
  if (!c)
    return 0;
  ++*p;
  if (c == 'r' && tolower ((unsigned char) **p) == 'n')
    {
      ++*p;
      return 'm';
    }
  return c == '0' ? 'o' : c == '1' || c == 'i' ? 'l' : c;
}


bool
alike_text (const char *a, const char *b)
{
  struct net_addr one, two;
  char c;

  if (!netspec_addr_parse (a, &one) && !netspec_addr_parse (b, &two))
    return netspec_addr_equal (&one, &two);
  do
    {
      c = next_look (&a);
      if (c != next_look (&b))
        return false;
    }
  while (c);
  return true;
}


/* True if an address of HOST looks like NAME.  */
static bool
is_reached_as (const struct profile_host *host, const char *name)
{
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    if (alike_text (host->address[i], name))
      return true;
  return false;
}


/* An address of A and B; behind one there may be several hosts, each with
   its own port.  */
static const char *
common_address (const struct profile_host *a, const struct profile_host *b)
{
  const char *found = NULL;
  unsigned int i, k;

  for (i = 0; a->port == b->port && i < a->n_addresses; i++)
    for (k = 0; k < b->n_addresses; k++)
      if (!strcasecmp (a->address[i], b->address[k]))
        return "the same address";
      else if (alike_text (a->address[i], b->address[k]))
        found = "an address that looks like this one's";
  return found;
}


const char *
alike_hosts (const struct profile_host *new, const struct profile_host *known)
{
  const char *address = common_address (new, known);

  if (!strcmp (new->host, known->host))
    return "the same host name";
  if (address && strstr (address, "same"))
    return address;
  if (is_reached_as (known, new->host) || is_reached_as (known, new->name))
    return "this one's name as its address";
  if (is_reached_as (new, known->host) || is_reached_as (new, known->name))
    return "this one's address as its name";
  if (alike_text (new->host, known->host)
      || alike_text (new->host, known->name)
      || alike_text (new->name, known->host)
      || alike_text (new->name, known->name))
    return "a name that looks like this one's";
  return address;
}
