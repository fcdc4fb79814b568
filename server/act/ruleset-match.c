/* ruleset-match.c - Whether one condition of a rule holds for a packet.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ruleset.h"
#include "ruleset-parts.h"

#include <netinet/in.h>
#include <string.h>

const char *
ruleset_text (json_t *object, const char *name)
{
  const char *text = json_string_value (json_object_get (object, name));

  return text ? text : "";
}


bool
ruleset_is_one_of (const char *name, const char *const *names, size_t n)
{
  while (n)
    if (!strcmp (name, names[--n]))
      return true;
  return false;
}


json_t *
ruleset_pairs (const struct walk *walk, json_t *data)
{
  const char *name = json_string_value (data);

  return name && *name == '@'
    ? json_object_get (ruleset_find (walk->ruleset, walk->base, "map",
                                     name + 1), "elem")
    : json_is_object (data) ? json_object_get (data, "set") : data;
}


static unsigned int
yes_if (bool holds)
{
  return holds ? HOLDS : FAILS;
}


/* A number or a name, as nftables prints protocols.  */
static bool
is_protocol (json_t *value, unsigned int proto)
{
  const char *text = json_string_value (value);

  return text ? !strcmp (text, proto == IPPROTO_TCP ? "tcp" : "udp")
    : json_integer_value (value) == (json_int_t)proto;
}


static unsigned int
match_number (json_t *value, unsigned int number)
{
  json_t *range = json_object_get (value, "range");
  json_int_t first, last;

  if (json_is_integer (value))
    return yes_if (json_integer_value (value) == (json_int_t)number);
  if (!range)
    return HOLDS | FAILS | UNKNOWN;
  first = json_integer_value (json_array_get (range, 0));
  last = json_integer_value (json_array_get (range, 1));
  return yes_if (first <= (json_int_t)number && (json_int_t)number <= last);
}


/* A port that the other side chose: most use one of the dynamic ones.  */
static unsigned int
match_far_port (json_t *value)
{
  if (match_number (value, 0) == HOLDS && match_number (value, 65535) == HOLDS)
    return HOLDS;
  return HOLDS | FAILS | SENDER
    | (match_number (value, 50000) == HOLDS ? USUAL : 0);
}


static bool
parse_prefix (json_t *value, struct net_prefix *r_prefix)
{
  json_t *prefix = json_object_get (value, "prefix");
  const char *text = json_string_value (value);
  char buf[NETSPEC_PREFIXSTRLEN];

  if (prefix)
    {
      snprintf (buf, sizeof buf, "%s/%d", ruleset_text (prefix, "addr"),
                (int)json_integer_value (json_object_get (prefix, "len")));
      text = buf;
    }
  return text && !netspec_prefix_parse (text, r_prefix);
}


static bool
is_in_range (json_t *range, const struct net_addr *addr)
{
  struct net_addr first, last;
  const char *a = json_string_value (json_array_get (range, 0));
  const char *b = json_string_value (json_array_get (range, 1));

  return a && b && !netspec_addr_parse (a, &first)
    && !netspec_addr_parse (b, &last) && first.family == addr->family
    && memcmp (first.bytes, addr->bytes, sizeof first.bytes) <= 0
    && memcmp (addr->bytes, last.bytes, sizeof last.bytes) <= 0;
}


/* One of the addresses of this host.  */
static unsigned int
match_near_addr (const struct walk *walk, json_t *value)
{
  const struct ruleset_packet *p = walk->packet;
  json_t *range = json_object_get (value, "range");
  struct net_prefix prefix;
  size_t i, n = 0;

  if (walk->away || (!range && !parse_prefix (value, &prefix)))
    return HOLDS | FAILS | UNKNOWN;
  if (!p->n_addrs)
    return HOLDS | FAILS | SENDER;
  for (i = 0; i < p->n_addrs; i++)
    n += range ? is_in_range (range, &p->addr[i])
      : netspec_prefix_contains (&prefix, &p->addr[i]);
  return n == p->n_addrs ? HOLDS : !n ? FAILS : HOLDS | FAILS | SENDER;
}


/* All of VALUE is trusted: whoever else sends is not meant.  */
static bool
is_trusted_source (const struct walk *walk, json_t *value)
{
  const struct ruleset_packet *p = walk->packet;
  json_t *range = json_object_get (value, "range");
  struct net_prefix a, b;
  size_t i;

  if (walk->leaves || (range ? !parse_prefix (json_array_get (range, 0), &a)
                       || !parse_prefix (json_array_get (range, 1), &b)
                       : !parse_prefix (value, &a)))
    return false;
  for (i = 0; i < p->n_trusted; i++)
    if (p->trusted[i].bits <= a.bits
        && netspec_prefix_contains (p->trusted + i, &a.addr)
        && (!range || netspec_prefix_contains (p->trusted + i, &b.addr)))
      return true;
  return false;
}


static unsigned int
match_far_addr (const struct walk *walk, json_t *value)
{
  struct net_prefix prefix;

  if (is_trusted_source (walk, value))
    return FAILS;
  if (parse_prefix (value, &prefix))
    {
      if (prefix.addr.family != walk->packet->family)
        return FAILS;
      if (!prefix.bits)
        return HOLDS;
    }
  return HOLDS | FAILS | SENDER;
}


static unsigned int
match_port (const struct walk *walk, json_t *value, bool destination)
{
  return destination == !walk->leaves ? match_number (value, walk->port)
    : match_far_port (value);
}


static unsigned int
match_payload (const struct walk *walk, json_t *payload, json_t *value)
{
  const char *proto = ruleset_text (payload, "protocol");
  const char *field = ruleset_text (payload, "field");
  const char *own = walk->packet->proto == IPPROTO_TCP ? "tcp" : "udp";
  const char *ip = walk->packet->family == AF_INET ? "ip" : "ip6";

  if (!strcmp (proto, ip))
    {
      if (!strcmp (field, "saddr") || !strcmp (field, "daddr"))
        return walk->leaves == (*field == 's')
          ? match_near_addr (walk, value) : match_far_addr (walk, value);
      if (!strcmp (field, "protocol") || !strcmp (field, "nexthdr"))
        return yes_if (is_protocol (value, walk->packet->proto));
      return HOLDS | FAILS | SENDER;
    }
  if (!strcmp (proto, own) || !strcmp (proto, "th"))
    {
      if (!strcmp (field, "dport") || !strcmp (field, "sport"))
        return match_port (walk, value, *field == 'd');
      return HOLDS | FAILS | SENDER;
    }
  /* Of another protocol there is nothing in this packet; of a link's header
     who knows.  */
  return !strcmp (proto, "ether") || !strcmp (proto, "vlan") || !*proto
    ? HOLDS | FAILS | SENDER : FAILS;
}


static unsigned int
match_name (json_t *value, const char *name)
{
  const char *text = json_string_value (value);
  size_t len;

  if (!text)
    return HOLDS | FAILS | UNKNOWN;
  len = strlen (text);
  if (len && text[len - 1] == '*')
    return yes_if (!strncmp (text, name, len - 1));
  return yes_if (!strcmp (text, name));
}


static unsigned int
match_meta (const struct walk *walk, const char *key, json_t *value)
{
  const struct ruleset_packet *p = walk->packet;
  static const char *const by_sender[] = { "length", "hour", "day", "time" };
  const char *text = json_string_value (value);
  bool in = !strcmp (key, "iifname") || !strcmp (key, "iif");
  bool out = !strcmp (key, "oifname") || !strcmp (key, "oif");

  if (in || out)
    {
      if (in == !walk->leaves)
        return match_name (value, p->interface);
      return out && walk->away ? HOLDS | FAILS | UNKNOWN : FAILS;
    }
  if (!strcmp (key, "l4proto"))
    return yes_if (is_protocol (value, p->proto));
  if (!strcmp (key, "nfproto") && text)
    return yes_if (!strcmp (text, p->family == AF_INET ? "ipv4" : "ipv6"));
  if (!strcmp (key, "protocol") && text)
    return yes_if (!strcmp (text, p->family == AF_INET ? "ip" : "ip6"));
  if (!strcmp (key, "pkttype") && text)
    return yes_if (!strcmp (text, "host") || !strcmp (text, "unicast"));
  return HOLDS | FAILS | (RULESET_IS_ONE_OF (key, by_sender) ? SENDER
                          : UNKNOWN);
}


/* Of a packet that begins a connection; or of an answer, whose connection
   may be tracked or not.  */
static unsigned int
match_state (const struct walk *walk, const char *text)
{
  const char *state = walk->untracked ? "untracked"
    : walk->state == STATE_NEW ? "new" : "established";

  if (!strcmp (text, "dnat"))
    return yes_if (walk->translated);
  if (walk->state == STATE_EITHER && !walk->untracked
      && (!strcmp (text, "new") || !strcmp (text, "established")))
    return HOLDS | FAILS | UNKNOWN;
  return yes_if (!strcmp (text, state));
}


static unsigned int
match_ct (const struct walk *walk, const char *key, json_t *value)
{
  const char *text = json_string_value (value);

  if (!strcmp (key, "state") && text)
    return match_state (walk, text);
  if (!strcmp (key, "status") && text)
    return yes_if (!strcmp (text, "dnat") && walk->translated);
  if (!strcmp (key, "direction") && text)
    return yes_if (!strcmp (text, walk->leaves ? "reply" : "original"));
  return HOLDS | FAILS | UNKNOWN;
}


static bool
has_flag (json_t *fib, const char *name)
{
  json_t *flags = json_object_get (fib, "flags"), *item;
  size_t i;

  if (json_is_string (flags))
    return !strcmp (json_string_value (flags), name);
  json_array_foreach (flags, i, item)
    if (json_is_string (item) && !strcmp (json_string_value (item), name))
      return true;
  return false;
}


/* The packet goes to an address of this host, and comes from where an answer
   would be sent to.  */
static unsigned int
match_fib (const struct walk *walk, json_t *fib, json_t *value)
{
  const char *result = ruleset_text (fib, "result");
  const char *text = json_string_value (value);
  bool near = has_flag (fib, "daddr") == !walk->leaves;

  if (!strcmp (result, "type") && text && !walk->away)
    return yes_if (!strcmp (text, near ? "local" : "unicast"));
  if (json_is_boolean (value) && has_flag (fib, "saddr"))
    return yes_if (json_is_true (value));
  return HOLDS | FAILS | UNKNOWN;
}


/* The flags in VALUE: a name, a list of them, or names put together.  */
static unsigned int
read_flags (json_t *value)
{
  static const char *const names[] =
    { "fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr" };
  const char *text = json_string_value (value);
  unsigned int flags = 0;
  json_t *item, *list;
  size_t i;

  if (json_is_integer (value))
    return (unsigned int)json_integer_value (value);
  for (i = 0; text && i < sizeof names / sizeof *names; i++)
    if (!strcmp (text, names[i]))
      return 1u << i;
  list = json_object_get (value, "|");
  if (!list)
    list = json_object_get (value, "set");
  json_array_foreach (list ? list : value, i, item)
    flags |= read_flags (item);
  return flags;
}


static bool
is_tcp_flags (json_t *left)
{
  json_t *payload = json_object_get (left, "payload");

  return !strcmp (ruleset_text (payload, "protocol"), "tcp")
    && !strcmp (ruleset_text (payload, "field"), "flags");
}


/* "tcp flags & MASK == FLAGS", and without a mask "any of FLAGS".  */
static unsigned int
match_flags (const struct walk *walk, json_t *left, json_t *right, bool any)
{
  json_t *parts = json_object_get (left, "&");
  unsigned int mask = parts ? read_flags (json_array_get (parts, 1)) : 0xff;
  unsigned int flags = read_flags (right);
  const unsigned int syn = 2, syn_ack = 0x12;
  unsigned int has = walk->state == STATE_NEW ? syn : syn_ack;

  if (walk->packet->proto != IPPROTO_TCP)
    return FAILS;
  return yes_if (any ? (has & flags) != 0 : (has & mask) == flags);
}


/* All parts of a concatenation have to hold.  */
static unsigned int
match_concat (const struct walk *walk, json_t *left, json_t *right)
{
  unsigned int all = HOLDS | USUAL, one;
  json_t *part;
  size_t i;

  json_array_foreach (left, i, part)
    {
      one = ruleset_compare (walk, part, json_array_get (right, i));
      if (one == FAILS)
        return FAILS;
      all |= one & (FAILS | SENDER | UNKNOWN);
      if ((one & FAILS) && !(one & USUAL))
        all &= ~(unsigned int)USUAL;
    }
  return all & FAILS ? all : HOLDS;
}


static unsigned int
compare_one (const struct walk *walk, json_t *left, json_t *value)
{
  json_t *inner;

  if ((inner = json_object_get (left, "concat")))
    return match_concat (walk, inner, json_object_get (value, "concat"));
  if ((inner = json_object_get (left, "payload")))
    return match_payload (walk, inner, value);
  if ((inner = json_object_get (left, "meta")))
    return match_meta (walk, ruleset_text (inner, "key"), value);
  if ((inner = json_object_get (left, "ct")))
    return match_ct (walk, ruleset_text (inner, "key"), value);
  if ((inner = json_object_get (left, "fib")))
    return match_fib (walk, inner, value);
  return HOLDS | FAILS | UNKNOWN;
}


/* Any of the items.  */
static unsigned int
compare_list (const struct walk *walk, json_t *left, json_t *list)
{
  unsigned int any = FAILS, one;
  json_t *item;
  size_t i;

  json_array_foreach (list, i, item)
    {
      one = ruleset_compare (walk, left, item);
      if (one == HOLDS)
        return HOLDS;
      any |= one;
    }
  return any;
}


/* A named set: what is in it now; one that rules fill may soon have others. */
static unsigned int
compare_set (const struct walk *walk, json_t *left, const char *name)
{
  json_t *set = ruleset_find (walk->ruleset, walk->base, "set", name);
  unsigned int any;

  if (!set)
    return HOLDS | FAILS | UNKNOWN;
  any = compare_list (walk, left, json_object_get (set, "elem"));
  if (json_object_get (set, "flags") && has_flag (set, "dynamic"))
    any |= HOLDS | FAILS | SENDER;
  return any;
}


unsigned int
ruleset_compare (const struct walk *walk, json_t *left, json_t *right)
{
  const char *text = json_string_value (right);
  json_t *inner;

  if (text && *text == '@')
    return compare_set (walk, left, text + 1);
  if (text && !strcmp (text, "*"))
    return HOLDS;
  if (json_is_array (right))
    return compare_list (walk, left, right);
  if ((inner = json_object_get (right, "set")))
    return compare_list (walk, left, inner);
  if ((inner = json_object_get (right, "elem")))
    return ruleset_compare (walk, left, json_object_get (inner, "val"));
  return compare_one (walk, left, right);
}


static unsigned int
negate_result (unsigned int what)
{
  unsigned int rest = what & (SENDER | UNKNOWN);

  if (what == HOLDS || what == FAILS)
    return what ^ (HOLDS | FAILS);
  return rest | HOLDS | FAILS | (what & USUAL ? 0 : USUAL);
}


unsigned int
ruleset_match (const struct walk *walk, json_t *match)
{
  json_t *left = json_object_get (match, "left");
  json_t *right = json_object_get (match, "right");
  json_t *parts = json_object_get (left, "&");
  const char *op = ruleset_text (match, "op");
  unsigned int result;

  if (is_tcp_flags (left) || is_tcp_flags (json_array_get (parts, 0)))
    result = match_flags (walk, left, right, !parts && !strcmp (op, "in"));
  else if (!strcmp (op, "==") || !strcmp (op, "!=") || !strcmp (op, "in"))
    result = ruleset_compare (walk, left, right);
  else
    result = HOLDS | FAILS | UNKNOWN;
  return strcmp (op, "!=") ? result : negate_result (result);
}
