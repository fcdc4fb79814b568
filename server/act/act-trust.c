/* act-trust.c - posternd --check: is a trusted interface the way out?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets from the whole internet arrive on the interface of a default
 * route.  All routing tables are examined, and routes to half of the internet,
 * as VPNs use them, count too.  */

#include "act.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include "netlink.h"

struct look
{
  unsigned int index;           /* Of the interface.  */
  bool found;
};


static bool
hops_by (const struct nlattr *attr, unsigned int index)
{
  const char *p = mnl_attr_get_payload (attr);
  size_t left = mnl_attr_get_payload_len (attr), len;
  struct rtnexthop hop;

  for (; left >= sizeof hop; p += len, left -= len)
    {
      memcpy (&hop, p, sizeof hop);
      if ((unsigned int)hop.rtnh_ifindex == index)
        return true;
      len = (hop.rtnh_len + 3u) & ~3u;
      if (len < sizeof hop || len > left)
        return false;
    }
  return false;
}


static int
take_attribute (const struct nlattr *attr, void *hook)
{
  struct look *look = hook;

  if (mnl_attr_get_type (attr) == RTA_OIF
      && !mnl_attr_validate (attr, MNL_TYPE_U32))
    look->found |= mnl_attr_get_u32 (attr) == look->index;
  else if (mnl_attr_get_type (attr) == RTA_MULTIPATH)
    look->found |= hops_by (attr, look->index);
  return MNL_CB_OK;
}


static int
note_route (const struct nlmsghdr *nlh, void *hook)
{
  const struct rtmsg *rtm = mnl_nlmsg_get_payload (nlh);

  if (mnl_nlmsg_get_payload_len (nlh) < sizeof *rtm
      || rtm->rtm_type != RTN_UNICAST || rtm->rtm_dst_len > 1)
    return MNL_CB_OK;
  return mnl_attr_parse (nlh, sizeof *rtm, take_attribute, hook);
}


/* Whether NAME has a default route; false if that cannot be found out.  */
static bool
is_way_out (const char *name)
{
  _Alignas (8) char buffer[256];
  struct mnl_socket *socket;
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (buffer);
  struct look look = { if_nametoindex (name), false };
  struct rtmsg *rtm;

  nlh->nlmsg_type = RTM_GETROUTE;
  nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  nlh->nlmsg_seq = 1;
  rtm = mnl_nlmsg_put_extra_header (nlh, sizeof *rtm);
  rtm->rtm_family = AF_UNSPEC;
  if (!netlink_open (NETLINK_ROUTE, &socket) && look.index)
    netlink_ask (socket, nlh, note_route, &look);
  if (socket)
    mnl_socket_close (socket);
  return look.found;
}


void
act_check_trust (config_t config)
{
  const struct strlist *links = &config->trusted.interfaces;
  size_t i;

  for (i = 0; i < links->n; i++)
    if (is_way_out (links->item[i]))
      printf ("Warning: trusted names the interface %s, which has a default"
              " route: to all the internet the protected ports are open."
              " Name the networks behind it instead.\n", links->item[i]);
}
