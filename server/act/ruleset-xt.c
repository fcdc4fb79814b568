/* ruleset-xt.c - What iptables-nft put into nftables in its own form.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The JSON of such a condition is a bare name; what it says stands in a
 * structure of the old interface, which only the kernel has.  So the rules
 * are dumped once more, and the few kinds that decide over a packet are
 * written as nftables would have them.  */

#include "ruleset.h"
#include "ruleset-parts.h"

#include <endian.h>
#include <limits.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_state.h>
#include "netlink.h"

/* One condition or target, as the kernel gives it.  */
struct foreign
{
  const char *name;
  uint32_t revision;
  const void *info;
  size_t len;
};

static bool
is_foreign (const struct foreign *x, const char *name, uint32_t revision,
            size_t least)
{
  return !strcmp (x->name, name) && x->revision == revision
    && x->len >= least;
}


static json_t *
make_match (bool inverted, json_t *left, json_t *right)
{
  return json_pack ("{s{ss so so}}", "match", "op", inverted ? "!=" : "in",
                    "left", left, "right", right);
}


static json_t *
make_constant (bool holds)
{
  /* An IPv4 or IPv6 packet always has this.  */
  return make_match (!holds, json_pack ("{s{ss}}", "meta", "key", "nfproto"),
                     json_pack ("[ss]", "ipv4", "ipv6"));
}


static json_t *
make_state (unsigned int mask, bool inverted)
{
  static const struct { unsigned int bit; const char *name; } names[] =
    { { XT_CONNTRACK_STATE_INVALID, "invalid" },
      { XT_CONNTRACK_STATE_BIT (IP_CT_ESTABLISHED), "established" },
      { XT_CONNTRACK_STATE_BIT (IP_CT_RELATED), "related" },
      { XT_CONNTRACK_STATE_BIT (IP_CT_NEW), "new" },
      { XT_CONNTRACK_STATE_DNAT, "dnat" },
      { XT_CONNTRACK_STATE_UNTRACKED, "untracked" } };
  json_t *set = json_array ();
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (mask & names[i].bit)
      json_array_append_new (set, json_string (names[i].name));
  return make_match (inverted, json_pack ("{s{ss}}", "ct", "key", "state"),
                     set);
}


/* Only where it is about the state alone.  */
static json_t *
read_conntrack (const struct foreign *x)
{
  struct xt_conntrack_mtinfo3 m3;
  struct xt_conntrack_mtinfo2 m2;

  if (is_foreign (x, "conntrack", 3, sizeof m3))
    {
      memcpy (&m3, x->info, sizeof m3);
      return m3.match_flags != XT_CONNTRACK_STATE ? NULL
        : make_state (m3.state_mask, m3.invert_flags & XT_CONNTRACK_STATE);
    }
  if (is_foreign (x, "conntrack", 2, sizeof m2))
    {
      memcpy (&m2, x->info, sizeof m2);
      return m2.match_flags != XT_CONNTRACK_STATE ? NULL
        : make_state (m2.state_mask, m2.invert_flags & XT_CONNTRACK_STATE);
    }
  return NULL;
}


static json_t *
read_state (const struct foreign *x)
{
  struct xt_state_info info;

  if (!is_foreign (x, "state", 0, sizeof info))
    return NULL;
  memcpy (&info, x->info, sizeof info);
  return make_state (info.statemask, false);
}


/* In the order of the kernel's RTN_ numbers.  */
static json_t *
read_addrtype (const struct foreign *x)
{
  static const char *const names[] =
    { "unspec", "unicast", "local", "broadcast", "anycast", "multicast",
      "blackhole", "unreachable", "prohibit" };
  struct xt_addrtype_info_v1 info;
  unsigned int mask;
  json_t *set;
  bool inverted;
  size_t i;

  if (!is_foreign (x, "addrtype", 1, sizeof info))
    return NULL;
  memcpy (&info, x->info, sizeof info);
  if (!info.source == !info.dest)
    return NULL;
  mask = info.source ? info.source : info.dest;
  inverted = info.flags & (info.source ? XT_ADDRTYPE_INVERT_SOURCE
                           : XT_ADDRTYPE_INVERT_DEST);
  set = json_array ();
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (mask & (1u << i))
      json_array_append_new (set, json_string (names[i]));
  return make_match (inverted,
                     json_pack ("{s{ss s[s]}}", "fib", "result", "type",
                                "flags", info.source ? "saddr" : "daddr"),
                     set);
}


static json_t *
read_multiport (const struct foreign *x)
{
  struct xt_multiport_v1 info;
  json_t *set;
  unsigned int i;

  if (!is_foreign (x, "multiport", 1, sizeof info))
    return NULL;
  memcpy (&info, x->info, sizeof info);
  if (info.flags == XT_MULTIPORT_EITHER || info.count > XT_MULTI_PORTS)
    return NULL;
  set = json_array ();
  for (i = 0; i < info.count; i++)
    if (info.pflags[i] && i + 1 < info.count)
      {
        json_array_append_new (set, json_pack ("{s[ii]}", "range",
                                               info.ports[i],
                                               info.ports[i + 1]));
        i++;
      }
    else
      json_array_append_new (set, json_integer (info.ports[i]));
  return make_match (info.invert,
                     json_pack ("{s{ss ss}}", "payload", "protocol", "th",
                                "field", info.flags == XT_MULTIPORT_SOURCE
                                ? "sport" : "dport"), set);
}


/* What comes the way that an answer would go has the filter's blessing.  */
static json_t *
read_rpfilter (const struct foreign *x)
{
  struct xt_rpfilter_info info;

  if (!is_foreign (x, "rpfilter", 0, sizeof info))
    return NULL;
  memcpy (&info, x->info, sizeof info);
  return make_constant (!(info.flags & XT_RPFILTER_INVERT));
}


static json_t *
make_goal (bool redirect, bool has_addr, sa_family_t family,
           const void *addr, bool has_port, uint16_t port)
{
  json_t *to = json_object ();
  char text[INET6_ADDRSTRLEN];

  if (has_addr && !redirect && inet_ntop (family, addr, text, sizeof text))
    json_object_set_new (to, "addr", json_string (text));
  if (has_port)
    json_object_set_new (to, "port", json_integer (ntohs (port)));
  return json_pack ("{so}", redirect ? "redirect" : "dnat", to);
}


static json_t *
read_nat (const struct foreign *x)
{
  bool redirect = !strcmp (x->name, "REDIRECT");
  struct nf_nat_ipv4_multi_range_compat v4;
  struct nf_nat_range v6;

  if (!redirect && strcmp (x->name, "DNAT"))
    return NULL;
  /* The one of IPv4 is the shorter one, and of revision 0 alone.  */
  if (!x->revision && x->len < sizeof v6 && x->len >= sizeof v4)
    {
      memcpy (&v4, x->info, sizeof v4);
      return make_goal (redirect,
                        v4.range[0].flags & NF_NAT_RANGE_MAP_IPS, AF_INET,
                        &v4.range[0].min_ip,
                        v4.range[0].flags & NF_NAT_RANGE_PROTO_SPECIFIED,
                        v4.range[0].min.all);
    }
  if (x->len < sizeof v6)
    return NULL;
  memcpy (&v6, x->info, sizeof v6);
  return make_goal (redirect, v6.flags & NF_NAT_RANGE_MAP_IPS,
                    x->revision == 2 ? AF_UNSPEC : AF_INET6,
                    &v6.min_addr, v6.flags & NF_NAT_RANGE_PROTO_SPECIFIED,
                    v6.min_proto.all);
}


static json_t *
read_notrack (const struct foreign *x)
{
  struct xt_ct_target_info info;

  if (!strcmp (x->name, "NOTRACK"))
    return json_pack ("{sn}", "notrack");
  if (strcmp (x->name, "CT") || x->len < sizeof info)
    return NULL;
  memcpy (&info, x->info, sizeof info);
  return info.flags & XT_CT_NOTRACK ? json_pack ("{sn}", "notrack") : NULL;
}


/* As nftables would write it; NULL where that is not known.  */
static json_t *
translate_foreign (const struct foreign *x)
{
  static json_t *(*const readers[]) (const struct foreign *) =
    { read_conntrack, read_state, read_addrtype, read_multiport,
      read_rpfilter, read_nat, read_notrack };
  json_t *result = NULL;
  size_t i;

  if (!strcmp (x->name, "comment"))
    return json_pack ("{sn}", "counter");
  for (i = 0; !result && i < sizeof readers / sizeof *readers; i++)
    result = readers[i] (x);
  return result;
}


static int
note_rule_attr (const struct nlattr *attr, void *hook)
{
  const struct nlattr **table = hook;
  unsigned int type = mnl_attr_get_type (attr);

  if (type <= NFTA_RULE_MAX)
    table[type] = attr;
  return MNL_CB_OK;
}


static const char *
string_of (const struct nlattr *attr)
{
  return attr && mnl_attr_validate (attr, MNL_TYPE_NUL_STRING) >= 0
    ? mnl_attr_get_str (attr) : "";
}


/* False where ELEM, an expression, is nftables' own.  */
static bool
read_foreign (const struct nlattr *elem, struct foreign *r_foreign)
{
  const struct nlattr *expr[NFTA_RULE_MAX + 1] = { NULL };
  const struct nlattr *data[NFTA_RULE_MAX + 1] = { NULL };
  const char *kind;

  mnl_attr_parse_nested (elem, note_rule_attr, expr);
  kind = string_of (expr[NFTA_EXPR_NAME]);
  if ((strcmp (kind, "match") && strcmp (kind, "target"))
      || !expr[NFTA_EXPR_DATA])
    return false;
  /* NFTA_MATCH_ and NFTA_TARGET_ have the same numbers.  */
  mnl_attr_parse_nested (expr[NFTA_EXPR_DATA], note_rule_attr, data);
  memset (r_foreign, 0, sizeof *r_foreign);
  r_foreign->name = string_of (data[NFTA_MATCH_NAME]);
  if (data[NFTA_MATCH_REV]
      && mnl_attr_validate (data[NFTA_MATCH_REV], MNL_TYPE_U32) >= 0)
    r_foreign->revision = ntohl (mnl_attr_get_u32 (data[NFTA_MATCH_REV]));
  if (data[NFTA_MATCH_INFO])
    {
      r_foreign->info = mnl_attr_get_payload (data[NFTA_MATCH_INFO]);
      r_foreign->len = mnl_attr_get_payload_len (data[NFTA_MATCH_INFO]);
    }
  return true;
}


static const char *
nft_family_name (unsigned int family)
{
  return family == NFPROTO_IPV4 ? "ip" : family == NFPROTO_IPV6 ? "ip6"
    : family == NFPROTO_INET ? "inet" : "";
}


static json_t *
find_listed_rule (json_t *list, unsigned int family, const char *table,
                  const char *chain, json_int_t handle)
{
  json_t *entry, *rule;
  size_t i;

  json_array_foreach (list, i, entry)
    if ((rule = json_object_get (entry, "rule"))
        && json_integer_value (json_object_get (rule, "handle")) == handle
        && !strcmp (ruleset_text (rule, "chain"), chain)
        && !strcmp (ruleset_text (rule, "table"), table)
        && !strcmp (ruleset_text (rule, "family"), nft_family_name (family)))
      return rule;
  return NULL;
}


/* The expressions of a rule, and how far they have been looked at.  */
struct place
{
  json_t *expr;
  size_t at;
};

/* Put what ELEM means in the place of the next "xt".  */
static int
replace_next (const struct nlattr *elem, void *hook)
{
  struct place *place = hook;
  struct foreign x;
  json_t *meaning;

  if (!read_foreign (elem, &x))
    return MNL_CB_OK;
  while (place->at < json_array_size (place->expr)
         && !json_object_get (json_array_get (place->expr, place->at), "xt"))
    place->at++;
  if (place->at == json_array_size (place->expr))
    return MNL_CB_STOP;
  meaning = translate_foreign (&x);
  if (meaning)
    json_array_set_new (place->expr, place->at, meaning);
  place->at++;
  return MNL_CB_OK;
}


static int
replace_foreign (const struct nlmsghdr *nlh, void *hook)
{
  const struct nlattr *attr[NFTA_RULE_MAX + 1] = { NULL };
  const struct nfgenmsg *nfg = mnl_nlmsg_get_payload (nlh);
  struct place place = { NULL, 0 };
  json_t *rule;

  if (mnl_nlmsg_get_payload_len (nlh) < sizeof *nfg)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *nfg, note_rule_attr, attr);
  if (!attr[NFTA_RULE_EXPRESSIONS] || !attr[NFTA_RULE_HANDLE]
      || mnl_attr_validate (attr[NFTA_RULE_HANDLE], MNL_TYPE_U64) < 0)
    return MNL_CB_OK;
  rule = find_listed_rule (hook, nfg->nfgen_family,
                           string_of (attr[NFTA_RULE_TABLE]),
                           string_of (attr[NFTA_RULE_CHAIN]),
                           (json_int_t)be64toh (mnl_attr_get_u64 (
                                         attr[NFTA_RULE_HANDLE])));
  if (!rule)
    return MNL_CB_OK;
  place.expr = json_object_get (rule, "expr");
  mnl_attr_parse_nested (attr[NFTA_RULE_EXPRESSIONS], replace_next, &place);
  return MNL_CB_OK;
}


static gpg_error_t
dump_rules (struct mnl_socket *socket, json_t *list)
{
  _Alignas (8) char buf[256];
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (buf);
  struct nfgenmsg *nfg;

  nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE;
  nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  nlh->nlmsg_seq = 1;
  nfg = mnl_nlmsg_put_extra_header (nlh, sizeof *nfg);
  nfg->nfgen_family = NFPROTO_UNSPEC;
  nfg->version = NFNETLINK_V0;
  return netlink_ask (socket, nlh, replace_foreign, list);
}


static bool
has_foreign (json_t *list)
{
  json_t *entry, *expr;
  size_t i, k;

  json_array_foreach (list, i, entry)
    json_array_foreach (json_object_get (json_object_get (entry, "rule"),
                                         "expr"), k, expr)
      if (json_object_get (expr, "xt"))
        return true;
  return false;
}


gpg_error_t
ruleset_translate (json_t *list)
{
  struct mnl_socket *socket;
  gpg_error_t err;

  if (!has_foreign (list))
    return 0;
  err = netlink_open (NETLINK_NETFILTER, &socket);
  if (!err)
    err = dump_rules (socket, list);
  if (socket)
    mnl_socket_close (socket);
  return err;
}
