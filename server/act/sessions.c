/* sessions.c - Connections that are older than the table.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * On a host without rules nothing is tracked.  When our table is loaded, the
 * next packet of an old connection would be the first that conntrack sees,
 * and would be dropped like any other without a grant.  So the kernel's list
 * of sockets is read, and conntrack gets an entry for each connection as if
 * it had seen it begin.  From then on conntrack itself ends the entry: with
 * the connection, or after a long silence.  An entry admits no second
 * connection, not even from the same port, because our table never takes a
 * packet that begins one for "established".  */

#include "sessions.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include "../../common/base/array.h"
#include "netlink.h"

#define REMEMBERED 432000u      /* Seconds: conntrack's own five days.  */

/* States of a socket, by their numbers in the kernel, in which data may
   come yet: ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT.  */
#define STATES (1u << 1 | 1u << 4 | 1u << 5 | 1u << 8)

struct session
{
  struct net_addr peer, local;
  uint16_t peer_port, local_port;
};

struct list
{
  config_t config;
  struct session *session;
  size_t n;
};


/* ---------------------------- the sockets ---------------------------- */

/* IPv4-mapped addresses become IPv4, as they are on the wire.  */
static bool
read_diag_addr (uint8_t family, const void *bytes, struct net_addr *r_addr)
{
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
  uint16_t port;

  memset (r_addr, 0, sizeof *r_addr);
  if (family == AF_INET)
    {
      r_addr->family = AF_INET;
      memcpy (r_addr->bytes, bytes, 4);
      return true;
    }
  memcpy (&in6.sin6_addr, bytes, 16);
  return family == AF_INET6
    && !netspec_addr_from_sockaddr ((struct sockaddr *)&in6, r_addr, &port);
}


static int
take_socket (const struct nlmsghdr *nlh, void *hook)
{
  const struct inet_diag_msg *diag = mnl_nlmsg_get_payload (nlh);
  struct list *list = hook;
  struct session session;

  if (mnl_nlmsg_get_payload_len (nlh) < sizeof *diag)
    return MNL_CB_OK;
  session.local_port = ntohs (diag->id.idiag_sport);
  session.peer_port = ntohs (diag->id.idiag_dport);
  if (!config_is_protected (list->config, IPPROTO_TCP, session.local_port)
      || !read_diag_addr (diag->idiag_family, diag->id.idiag_src,
                          &session.local)
      || !read_diag_addr (diag->idiag_family, diag->id.idiag_dst, &session.peer)
      || !netspec_addr_grantable (&session.peer))
    return MNL_CB_OK;
  if (array_grow (&list->session, list->n, sizeof session))
    return MNL_CB_ERROR;        /* errno says why.  */
  list->session[list->n++] = session;
  return MNL_CB_OK;
}


static gpg_error_t
list_connections (struct list *list)
{
  static const uint8_t family[] = { AF_INET, AF_INET6 };
  _Alignas (8) char request[256];
  struct inet_diag_req_v2 *req;
  struct mnl_socket *socket;
  struct nlmsghdr *nlh;
  gpg_error_t err = netlink_open (NETLINK_SOCK_DIAG, &socket);
  unsigned int i;

  for (i = 0; !err && i < 2; i++)
    {
      nlh = mnl_nlmsg_put_header (request);
      nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
      nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
      nlh->nlmsg_seq = i + 1;
      req = mnl_nlmsg_put_extra_header (nlh, sizeof *req);
      req->sdiag_family = family[i];
      req->sdiag_protocol = IPPROTO_TCP;
      req->idiag_states = STATES;
      err = netlink_ask (socket, nlh, take_socket, list);
      /* A kernel without IPv6 has no such sockets.  */
      if (gpg_err_code (err) == GPG_ERR_ENOENT && i)
        err = 0;
    }
  if (socket)
    mnl_socket_close (socket);
  return err;
}


/* ----------------------------- conntrack ----------------------------- */

static void
put_addr (struct nlmsghdr *nlh, const struct net_addr *addr, bool source)
{
  if (addr->family == AF_INET)
    mnl_attr_put (nlh, source ? CTA_IP_V4_SRC : CTA_IP_V4_DST, 4,
                  addr->bytes);
  else
    mnl_attr_put (nlh, source ? CTA_IP_V6_SRC : CTA_IP_V6_DST, 16,
                  addr->bytes);
}


static void
put_tuple (struct nlmsghdr *nlh, uint16_t type, const struct net_addr *src,
           uint16_t sport, const struct net_addr *dst, uint16_t dport)
{
  struct nlattr *tuple = mnl_attr_nest_start (nlh, type);
  struct nlattr *inner = mnl_attr_nest_start (nlh, CTA_TUPLE_IP);

  put_addr (nlh, src, true);
  put_addr (nlh, dst, false);
  mnl_attr_nest_end (nlh, inner);
  inner = mnl_attr_nest_start (nlh, CTA_TUPLE_PROTO);
  mnl_attr_put_u8 (nlh, CTA_PROTO_NUM, IPPROTO_TCP);
  mnl_attr_put_u16 (nlh, CTA_PROTO_SRC_PORT, htons (sport));
  mnl_attr_put_u16 (nlh, CTA_PROTO_DST_PORT, htons (dport));
  mnl_attr_nest_end (nlh, inner);
  mnl_attr_nest_end (nlh, tuple);
}


/* The windows of old connections are not known, and so not checked.  */
static void
put_state (struct nlmsghdr *nlh)
{
  static const struct nf_ct_tcp_flags liberal =
    { IP_CT_TCP_FLAG_BE_LIBERAL, IP_CT_TCP_FLAG_BE_LIBERAL };
  struct nlattr *info = mnl_attr_nest_start (nlh, CTA_PROTOINFO);
  struct nlattr *tcp = mnl_attr_nest_start (nlh, CTA_PROTOINFO_TCP);

  mnl_attr_put_u8 (nlh, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
  mnl_attr_put (nlh, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof liberal,
                &liberal);
  mnl_attr_put (nlh, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof liberal,
                &liberal);
  mnl_attr_nest_end (nlh, tcp);
  mnl_attr_nest_end (nlh, info);
}


static gpg_error_t
tell_session (struct mnl_socket *socket, const struct session *s,
              unsigned int seq)
{
  _Alignas (8) char request[1024];
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (request);
  struct nfgenmsg *nfg;

  nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
  nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  nlh->nlmsg_seq = seq;
  nfg = mnl_nlmsg_put_extra_header (nlh, sizeof *nfg);
  nfg->nfgen_family = (uint8_t)s->peer.family;
  nfg->version = NFNETLINK_V0;
  put_tuple (nlh, CTA_TUPLE_ORIG, &s->peer, s->peer_port, &s->local,
             s->local_port);
  put_tuple (nlh, CTA_TUPLE_REPLY, &s->local, s->local_port, &s->peer,
             s->peer_port);
  mnl_attr_put_u32 (nlh, CTA_STATUS, htonl (IPS_SEEN_REPLY | IPS_ASSURED
                                            | IPS_CONFIRMED));
  mnl_attr_put_u32 (nlh, CTA_TIMEOUT, htonl (REMEMBERED));
  put_state (nlh);
  return netlink_ask (socket, nlh, NULL, NULL);
}


gpg_error_t
sessions_admit (config_t config, unsigned int *r_n)
{
  struct list list = { .config = config };
  struct mnl_socket *socket = NULL;
  gpg_error_t err, first = 0;
  unsigned int n = 0;
  size_t i;

  err = list_connections (&list);
  if (!err && list.n)
    err = netlink_open (NETLINK_NETFILTER, &socket);
  for (i = 0; !err && i < list.n; i++)
    {
      gpg_error_t one = tell_session (socket, list.session + i,
                                      (unsigned int)i + 1);

      if (!one)
        n++;
      else if (gpg_err_code (one) != GPG_ERR_EEXIST && !first)
        first = one;
    }
  if (socket)
    mnl_socket_close (socket);
  free (list.session);
  if (r_n)
    *r_n = n;
  return err ? err : first;
}
