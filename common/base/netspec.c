/* netspec.c - Addresses, ports and names, as people write them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each value has one spelling; every other is refused.  */

#include "netspec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "encode.h"

static const unsigned char mapped_prefix[12] =
  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };


gpg_error_t
netspec_addr_parse (const char *text, struct net_addr *r_addr)
{
  struct net_addr addr;
  char again[NETSPEC_ADDRSTRLEN];

  memset (r_addr, 0, sizeof *r_addr);
  memset (&addr, 0, sizeof addr);
  addr.family = strchr (text, ':') ? AF_INET6 : AF_INET;
  if (inet_pton (addr.family, text, addr.bytes) != 1
      || strcmp (netspec_addr_print (&addr, again), text))
    return gpg_error (GPG_ERR_INV_VALUE);
  *r_addr = addr;
  return 0;
}


char *
netspec_addr_print (const struct net_addr *addr, char *text)
{
  if ((addr->family != AF_INET && addr->family != AF_INET6)
      || !inet_ntop (addr->family, addr->bytes, text, NETSPEC_ADDRSTRLEN))
    *text = 0;
  return text;
}


bool
netspec_addr_equal (const struct net_addr *a, const struct net_addr *b)
{
  return (a->family == b->family
          && !memcmp (a->bytes, b->bytes, sizeof a->bytes));
}


static unsigned int
family_bits (sa_family_t family)
{
  return family == AF_INET ? 32 : family == AF_INET6 ? 128 : 0;
}


/* True if the first BITS bits of ADDR are those of the address TEXT, a
   constant of this file.  */
static bool
starts_with (const struct net_addr *addr, const char *text,
             unsigned int bits)
{
  struct net_prefix prefix;

  if (netspec_addr_parse (text, &prefix.addr))
    return false;
  prefix.bits = bits;
  return netspec_prefix_contains (&prefix, addr);
}


bool
netspec_addr_grantable (const struct net_addr *addr)
{
  if (addr->family == AF_INET)
    return (addr->bytes[0] && addr->bytes[0] != 127
            && (addr->bytes[0] & 0xf0) != 0xe0
            && !starts_with (addr, "255.255.255.255", 32));
  if (addr->family == AF_INET6)
    return (addr->bytes[0] != 0xff && !starts_with (addr, "::", 128)
            && !starts_with (addr, "::1", 128)
            && memcmp (addr->bytes, mapped_prefix, sizeof mapped_prefix));
  return false;
}


/* The blocks that IANA's special-purpose registries (RFC 6890; as of 2026)
   call not globally reachable.  The first block that matches counts, so
   exceptions stand before the block that they belong to.  The blocks for
   documentation are left out: such an address is only used to simulate the
   internet, and then it shall be like any other.  */
static const struct
{
  const char *text;
  unsigned int bits;
  bool global;
} special[] =
  {
    { "10.0.0.0", 8, false }, { "172.16.0.0", 12, false },
    { "192.168.0.0", 16, false },
    { "100.64.0.0", 10, false },        /* Shared, RFC 6598.  */
    { "169.254.0.0", 16, false },       /* Link-local.  */
    { "192.0.0.9", 32, true },          /* PCP and TURN, anycast.  */
    { "192.0.0.10", 32, true },
    { "192.0.0.0", 24, false },         /* DS-Lite, 464XLAT.  */
    { "198.18.0.0", 15, false },        /* Benchmarks; some VPNs.  */
    { "240.0.0.0", 4, false },
    { "64:ff9b:1::", 48, false },       /* Local translation, RFC 8215.  */
    { "100::", 64, false }, { "100:0:0:1::", 64, false },
    { "2001:1::1", 128, true }, { "2001:1::2", 128, true },
    { "2001:1::3", 128, true },
    { "2001:3::", 32, true },           /* AMT.  */
    { "2001:4:112::", 48, true },       /* AS112.  */
    { "2001:20::", 28, true }, { "2001:30::", 28, true },
    { "2001::", 23, false },            /* Teredo, benchmarks, ORCHID.  */
    { "5f00::", 16, false },            /* Segment identifiers.  */
    { "fc00::", 7, false },             /* RFC 4193.  */
    { "fe80::", 10, false }, { "fec0::", 10, false }
  };


bool
netspec_addr_global (const struct net_addr *addr)
{
  size_t i;

  if (!netspec_addr_grantable (addr))
    return false;
  for (i = 0; i < sizeof special / sizeof *special; i++)
    if (starts_with (addr, special[i].text, special[i].bits))
      return special[i].global;
  return true;
}


gpg_error_t
netspec_addr_from_sockaddr (const struct sockaddr *sa,
                            struct net_addr *r_addr, uint16_t *r_port)
{
  struct sockaddr_in in;
  struct sockaddr_in6 in6;

  memset (r_addr, 0, sizeof *r_addr);
  *r_port = 0;
  if (sa->sa_family == AF_INET)
    {
      memcpy (&in, sa, sizeof in);
      r_addr->family = AF_INET;
      memcpy (r_addr->bytes, &in.sin_addr, 4);
      *r_port = ntohs (in.sin_port);
      return 0;
    }
  if (sa->sa_family != AF_INET6)
    return gpg_error (GPG_ERR_INV_VALUE);
  memcpy (&in6, sa, sizeof in6);
  *r_port = ntohs (in6.sin6_port);
  if (memcmp (&in6.sin6_addr, mapped_prefix, sizeof mapped_prefix))
    {
      r_addr->family = AF_INET6;
      memcpy (r_addr->bytes, &in6.sin6_addr, 16);
    }
  else
    {
      r_addr->family = AF_INET;
      memcpy (r_addr->bytes, in6.sin6_addr.s6_addr + 12, 4);
    }
  return 0;
}


socklen_t
netspec_addr_to_sockaddr (const struct net_addr *addr, uint16_t port,
                          unsigned int scope, struct sockaddr_storage *r_sa)
{
  struct sockaddr_in in;
  struct sockaddr_in6 in6;

  memset (r_sa, 0, sizeof *r_sa);
  if (addr->family == AF_INET)
    {
      memset (&in, 0, sizeof in);
      in.sin_family = AF_INET;
      in.sin_port = htons (port);
      memcpy (&in.sin_addr, addr->bytes, 4);
      memcpy (r_sa, &in, sizeof in);
      return sizeof in;
    }
  if (addr->family != AF_INET6)
    return 0;
  memset (&in6, 0, sizeof in6);
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons (port);
  in6.sin6_scope_id = scope;
  memcpy (&in6.sin6_addr, addr->bytes, 16);
  memcpy (r_sa, &in6, sizeof in6);
  return sizeof in6;
}


/* Clear all but the first BITS bits of ADDR.  */
static void
mask_addr (struct net_addr *addr, unsigned int bits)
{
  unsigned int i;

  for (i = 0; i < sizeof addr->bytes; i++)
    if (8 * i >= bits)
      addr->bytes[i] = 0;
    else if (bits - 8 * i < 8)
      addr->bytes[i] &= (unsigned char)(0xff << (8 - (bits - 8 * i)));
}


gpg_error_t
netspec_prefix_parse (const char *text, struct net_prefix *r_p)
{
  const char *slash = strchr (text, '/');
  size_t len = slash ? (size_t)(slash - text) : strlen (text);
  char buf[NETSPEC_ADDRSTRLEN];
  struct net_addr masked;
  unsigned long long bits;

  memset (r_p, 0, sizeof *r_p);
  if (len >= sizeof buf)
    return gpg_error (GPG_ERR_INV_VALUE);
  memcpy (buf, text, len);
  buf[len] = 0;
  if (netspec_addr_parse (buf, &masked))
    return gpg_error (GPG_ERR_INV_VALUE);
  bits = family_bits (masked.family);
  if (slash && decode_decimal (slash + 1, strlen (slash + 1), bits, &bits))
    return gpg_error (GPG_ERR_INV_VALUE);
  r_p->addr = masked;
  r_p->bits = (unsigned int)bits;
  mask_addr (&masked, r_p->bits);
  if (netspec_addr_equal (&masked, &r_p->addr))
    return 0;
  memset (r_p, 0, sizeof *r_p);
  return gpg_error (GPG_ERR_INV_VALUE);
}


char *
netspec_prefix_print (const struct net_prefix *p, char *text)
{
  size_t len;

  netspec_addr_print (&p->addr, text);
  len = strlen (text);
  if (len && p->bits < family_bits (p->addr.family))
    snprintf (text + len, NETSPEC_PREFIXSTRLEN - len, "/%u", p->bits);
  return text;
}


bool
netspec_prefix_contains (const struct net_prefix *p,
                         const struct net_addr *addr)
{
  struct net_addr masked = *addr;

  if (addr->family != p->addr.family || !family_bits (addr->family))
    return false;
  mask_addr (&masked, p->bits);
  return netspec_addr_equal (&masked, &p->addr);
}


static bool
parse_port (const char *text, size_t len, uint16_t *r_port)
{
  unsigned long long value;

  if (decode_decimal (text, len, UINT16_MAX, &value) || !value)
    return false;
  *r_port = (uint16_t)value;
  return true;
}


gpg_error_t
netspec_range_parse (const char *text, size_t len,
                     struct port_range *r_range)
{
  struct port_range range = { 0 };
  const char *dash;

  memset (r_range, 0, sizeof *r_range);
  if (len < 5)
    return gpg_error (GPG_ERR_INV_VALUE);
  if (!memcmp (text, "tcp/", 4))
    range.proto = IPPROTO_TCP;
  else if (!memcmp (text, "udp/", 4))
    range.proto = IPPROTO_UDP;
  else
    return gpg_error (GPG_ERR_INV_VALUE);
  text += 4;
  len -= 4;
  dash = memchr (text, '-', len);
  if (!parse_port (text, dash ? (size_t)(dash - text) : len, &range.first))
    return gpg_error (GPG_ERR_INV_VALUE);
  range.last = range.first;
  /* A range of one port must be written without the dash.  */
  if (dash
      && (!parse_port (dash + 1, len - (size_t)(dash + 1 - text),
                       &range.last)
          || range.last <= range.first))
    return gpg_error (GPG_ERR_INV_VALUE);
  *r_range = range;
  return 0;
}


gpg_error_t
netspec_ports_parse (const char *text, struct port_set *r_set)
{
  gpg_error_t err;
  struct port_range range;
  const char *comma;

  memset (r_set, 0, sizeof *r_set);
  for (;; text = comma + 1)
    {
      comma = strchrnul (text, ',');
      err = netspec_range_parse (text, (size_t)(comma - text), &range);
      if (!err)
        err = netspec_ports_add (r_set, &range);
      if (err)
        memset (r_set, 0, sizeof *r_set);
      if (err || !*comma)
        return err;
    }
}


char *
netspec_range_print (const struct port_range *range, char *text)
{
  int len = snprintf (text, NETSPEC_RANGESTRLEN, "%s/%u",
                      range->proto == IPPROTO_TCP ? "tcp" : "udp",
                      (unsigned int)range->first);

  if (range->last != range->first)
    snprintf (text + len, NETSPEC_RANGESTRLEN - (size_t)len, "-%u",
              (unsigned int)range->last);
  return text;
}


char *
netspec_ports_print (const struct port_set *set, char *text)
{
  size_t len = 0;
  unsigned int i;

  *text = 0;
  for (i = 0; i < set->n && i < NETSPEC_MAX_RANGES; i++)
    {
      if (i)
        text[len++] = ',';
      netspec_range_print (set->range + i, text + len);
      len += strlen (text + len);
    }
  return text;
}


static unsigned int
range_width (const struct port_range *range)
{
  return (unsigned int)range->last - range->first + 1;
}


gpg_error_t
netspec_ports_add (struct port_set *set, const struct port_range *range)
{
  unsigned int i, width;

  if ((range->proto != IPPROTO_TCP && range->proto != IPPROTO_UDP)
      || !range->first || range->first > range->last)
    return gpg_error (GPG_ERR_INV_VALUE);
  if (set->n >= NETSPEC_MAX_RANGES)
    return gpg_error (GPG_ERR_INV_VALUE);
  width = range_width (range);
  for (i = 0; i < set->n; i++)
    {
      if (set->range[i].proto == range->proto
          && set->range[i].first <= range->last
          && range->first <= set->range[i].last)
        return gpg_error (GPG_ERR_INV_VALUE);
      width += range_width (&set->range[i]);
    }
  if (width > NETSPEC_MAX_PORTS)
    return gpg_error (GPG_ERR_INV_VALUE);
  set->range[set->n++] = *range;
  return 0;
}


/* The last port of the range in SET that holds PORT; 0 if there is none.  */
static unsigned int
covered_to (const struct port_set *set, uint8_t proto, unsigned int port)
{
  unsigned int i;

  for (i = 0; i < set->n; i++)
    if (set->range[i].proto == proto && set->range[i].first <= port
        && port <= set->range[i].last)
      return set->range[i].last;
  return 0;
}


bool
netspec_ports_cover (const struct port_set *outer,
                     const struct port_set *inner)
{
  const struct port_range *range;
  unsigned int i, port, last;

  for (i = 0; i < inner->n; i++)
    {
      range = &inner->range[i];
      /* Several adjacent ranges of OUTER may cover it together.  */
      for (port = range->first; port <= range->last; port = last + 1)
        {
          last = covered_to (outer, range->proto, port);
          if (!last)
            return false;
        }
    }
  return true;
}


bool
netspec_name_valid (const char *name, size_t len)
{
  size_t i;

  if (!len || len > NETSPEC_NAMELEN)
    return false;
  for (i = 0; i < len; i++)
    if (!((name[i] >= 'a' && name[i] <= 'z')
          || (name[i] >= '0' && name[i] <= '9')
          || (i && (name[i] == '.' || name[i] == '_' || name[i] == '-'))))
      return false;
  return true;
}


bool
netspec_fpr_valid (const char *fpr, size_t len)
{
  size_t i;

  if (len != NETSPEC_FPRLEAST && len != NETSPEC_FPRLEN)
    return false;
  for (i = 0; i < len; i++)
    if (!((fpr[i] >= '0' && fpr[i] <= '9')
          || (fpr[i] >= 'A' && fpr[i] <= 'F')))
      return false;
  return true;
}
