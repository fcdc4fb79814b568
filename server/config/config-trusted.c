/* config-trusted.c - Networks and interfaces to which nothing is shut.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An item with a '/' or ':', or of digits and dots alone, is an address or
 * a prefix, and never taken for the name of an interface: a slip of the pen
 * in one must not become the other.  Names go into a command of nftables,
 * where a '*' would stand for any, so that few characters are allowed.  */

#include "config-parts.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PREFIXES 256
#define INTERFACELEN 15         /* IFNAMSIZ less the NUL.  */

#define DIGITS "0123456789"
#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS \
  "._-@+"

/* ::ffff:0:0/96: no packet has such an address.  */
static const struct net_prefix mapped =
  { { AF_INET6, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } }, 96 };


static gpg_error_t
take_prefix (const struct conf_place *place,
             struct config_trusted *trusted, const char *text)
{
  struct net_prefix prefix;
  char again[NETSPEC_PREFIXSTRLEN];
  gpg_error_t err;
  size_t i;

  if (netspec_prefix_parse (text, &prefix))
    return conf_fail (place, "'%.60s' is not a valid address or prefix;"
                      " write '10.0.0.0/8' or '2001:db8::/32', with all"
                      " bits after the prefix zero", text);
  if (prefix.bits >= mapped.bits
      && netspec_prefix_contains (&mapped, &prefix.addr))
    return conf_fail (place, "'%.60s' is an IPv4-mapped address; write the"
                      " IPv4 address", text);
  netspec_prefix_print (&prefix, again);
  for (i = 0; i < trusted->n_prefixes; i++)
    if (trusted->prefix[i].bits == prefix.bits
        && netspec_addr_equal (&trusted->prefix[i].addr, &prefix.addr))
      return conf_fail (place, "'%s' is repeated", again);
  if (trusted->n_prefixes == MAX_PREFIXES)
    return conf_fail (place, "more than %d networks", MAX_PREFIXES);
  err = array_grow (&trusted->prefix, trusted->n_prefixes,
                           sizeof *trusted->prefix);
  if (!err)
    trusted->prefix[trusted->n_prefixes++] = prefix;
  return err;
}


CONF_TAKE (trusted)
{
  struct config_trusted *trusted = field;
  size_t len = strlen (text);

  if (strpbrk (text, "/:") || (len && strspn (text, DIGITS ".") == len))
    return take_prefix (place, trusted, text);
  if (!len || len > INTERFACELEN || strspn (text, NAME) != len
      || !strcmp (text, "any"))
    return conf_fail (place, "'%.60s' is neither an address, such as"
                      " '10.0.0.0/8', nor the name of an interface, such"
                      " as 'wg0'", text);
  return conf_strings.take (place, option, &trusted->interfaces, text);
}


CONF_TEXT (trusted)
{
  const struct config_trusted *trusted = field;

  return i < trusted->n_prefixes
    ? netspec_prefix_print (trusted->prefix + i, buf)
    : conf_strings.text (option, &trusted->interfaces,
                         i - trusted->n_prefixes, buf);
}


CONF_RELEASE (trusted)
{
  struct config_trusted *trusted = field;

  free (trusted->prefix);
  strlist_release (&trusted->interfaces);
  memset (trusted, 0, sizeof *trusted);
}


const struct conf_kind config_kind_trusted =
  { sizeof (struct config_trusted), true, false, take_trusted, text_trusted,
    release_trusted };
