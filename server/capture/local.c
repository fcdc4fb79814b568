/* local.c - The addresses and links of this host, as netlink tells them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An address may also belong to the host only by a route of type local, which
 * the agents of some clouds make.  Of all routes only these pass the filter
 * of the socket, because a router may have a million others that change all
 * the time.  See rtnetlink(7).  */

#include "local.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "../../common/base/array.h"

#define BUFLEN 32768            /* As much as the kernel puts in one.  */
#define SOCKETLEN (1024 * 1024) /* Many addresses may come at once.  */
#define ATTR_MAX 64             /* Above all kinds that are read here.  */

struct entry
{
  struct net_addr addr;
  uint8_t bits;                 /* All of an address; may be fewer for a
                                   route.  */
  uint32_t ifindex;
  uint32_t metric;              /* Of a route; 0 for an address ...  */
  uint8_t table;                /* ... like this.  */
};

struct local_s
{
  struct mnl_socket *socket;
  local_link_t link;
  void *hook;
  struct entry *entry;          /* Sorted by compare.  */
  size_t n;
  uint32_t loopback;            /* Its index.  */
};


static int
compare_entries (const struct entry *a, const struct entry *b)
{
  int rc = (int)a->addr.family - (int)b->addr.family;

  if (!rc)
    rc = memcmp (a->addr.bytes, b->addr.bytes, sizeof a->addr.bytes);
  if (!rc)
    rc = (int)a->bits - (int)b->bits;
  if (!rc)
    rc = (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
  if (!rc)
    rc = (a->metric > b->metric) - (a->metric < b->metric);
  if (!rc)
    rc = (int)a->table - (int)b->table;
  return rc;
}


/* The index of the first entry that is not less than KEY.  */
static size_t
find_entry_place (local_t local, const struct entry *key)
{
  size_t low = 0, high = local->n, mid;

  while (low < high)
    {
      mid = low + (high - low) / 2;
      if (compare_entries (&local->entry[mid], key) < 0)
        low = mid + 1;
      else
        high = mid;
    }
  return low;
}


static gpg_error_t
enter_addr (local_t local, const struct entry *new)
{
  size_t at = find_entry_place (local, new);

  if (at < local->n && !compare_entries (&local->entry[at], new))
    return 0;
  if (array_grow (&local->entry, local->n, sizeof *new))
    return gpg_error (GPG_ERR_ENOMEM);
  memmove (local->entry + at + 1, local->entry + at,
           (local->n - at) * sizeof *new);
  local->entry[at] = *new;
  local->n++;
  return 0;
}


static void
drop_entry (local_t local, const struct entry *old)
{
  size_t at = find_entry_place (local, old);

  if (at == local->n || compare_entries (&local->entry[at], old))
    return;
  local->n--;
  memmove (local->entry + at, local->entry + at + 1,
           (local->n - at) * sizeof *old);
}


/* The bytes of an address; 0 for families that are not used here.  */
static size_t
addr_len (unsigned int family)
{
  return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}


/* Drop what belongs to a link that has gone; or only its routes, whose end
   the kernel does not report.  */
static void
drop_link_entries (local_t local, uint32_t ifindex, bool routes_only)
{
  size_t i, kept = 0;

  for (i = 0; i < local->n; i++)
    if (local->entry[i].ifindex != ifindex
        || (routes_only && !local->entry[i].table))
      local->entry[kept++] = local->entry[i];
  local->n = kept;
}


/* Add ENTRY, or drop it; ADDR (NULL: all zero) is its address.  An address of
   another family or length is ignored.  */
static int
settle_entry (local_t local, struct entry *entry, const struct nlattr *addr,
              bool drop)
{
  if (addr && mnl_attr_get_payload_len (addr)
      != addr_len (entry->addr.family))
    return MNL_CB_OK;
  if (addr)
    memcpy (entry->addr.bytes, mnl_attr_get_payload (addr),
            mnl_attr_get_payload_len (addr));
  if (drop)
    drop_entry (local, entry);
  else if (enter_addr (local, entry))
    return MNL_CB_ERROR;
  return MNL_CB_OK;
}


static int
note_attr (const struct nlattr *attr, void *hook)
{
  const struct nlattr **table = hook;

  if (mnl_attr_get_type (attr) <= ATTR_MAX)
    table[mnl_attr_get_type (attr)] = attr;
  return MNL_CB_OK;
}


/* Choose the attribute with the address of the host itself: on point-to-point
   links IFA_ADDRESS is the other end.  */
static int
hear_addr (local_t local, const struct nlmsghdr *nlh)
{
  const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *attr[ATTR_MAX + 1] = { NULL };
  struct entry entry = { .addr.family = ifa->ifa_family,
                         .ifindex = ifa->ifa_index,
                         .bits = (uint8_t)(8 * addr_len (ifa->ifa_family)) };

  mnl_attr_parse (nlh, sizeof *ifa, note_attr, attr);
  if (!attr[IFA_LOCAL])
    attr[IFA_LOCAL] = attr[IFA_ADDRESS];
  if (!entry.bits || !attr[IFA_LOCAL])
    return MNL_CB_OK;
  return settle_entry (local, &entry, attr[IFA_LOCAL],
                       nlh->nlmsg_type == RTM_DELADDR);
}


static uint32_t
attr_number (const struct nlattr *attr)
{
  return attr && mnl_attr_validate (attr, MNL_TYPE_U32) >= 0
    ? mnl_attr_get_u32 (attr) : 0;
}


/* Take a route of type local, if it is in one of the two tables that apply to
   all packets.  */
static int
hear_route (local_t local, const struct nlmsghdr *nlh)
{
  const struct rtmsg *rtm = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *attr[ATTR_MAX + 1] = { NULL };
  size_t len = addr_len (rtm->rtm_family);
  struct entry entry = { .addr.family = rtm->rtm_family,
                         .bits = rtm->rtm_dst_len, .table = rtm->rtm_table };

  if (!len || rtm->rtm_type != RTN_LOCAL || rtm->rtm_dst_len > 8 * len
      || (rtm->rtm_flags & RTM_F_CLONED)
      || (rtm->rtm_table != RT_TABLE_LOCAL && rtm->rtm_table != RT_TABLE_MAIN))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *rtm, note_attr, attr);
  entry.ifindex = attr_number (attr[RTA_OIF]);
  entry.metric = attr_number (attr[RTA_PRIORITY]);
  return settle_entry (local, &entry, attr[RTA_DST],
                       nlh->nlmsg_type == RTM_DELROUTE);
}


static int
hear_link (local_t local, const struct nlmsghdr *nlh)
{
  const struct ifinfomsg *ifi = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *attr[ATTR_MAX + 1] = { NULL };
  uint32_t ifindex = (uint32_t)ifi->ifi_index;

  mnl_attr_parse (nlh, sizeof *ifi, note_attr, attr);
  /* Bridges report their ports by the same message.  */
  if (!attr[IFLA_IFNAME] || ifi->ifi_family != AF_UNSPEC
      || mnl_attr_validate (attr[IFLA_IFNAME], MNL_TYPE_NUL_STRING) < 0)
    return MNL_CB_OK;
  if (nlh->nlmsg_type == RTM_DELLINK)
    drop_link_entries (local, ifindex, false);
  else if (!(ifi->ifi_flags & IFF_UP))
    drop_link_entries (local, ifindex, true);
  if (nlh->nlmsg_type == RTM_NEWLINK && ifi->ifi_flags & IFF_LOOPBACK)
    local->loopback = ifindex;
  local->link (local->hook, ifindex, mnl_attr_get_str (attr[IFLA_IFNAME]),
               nlh->nlmsg_type == RTM_NEWLINK, ifi->ifi_flags & IFF_UP);
  return MNL_CB_OK;
}


static int
hear_netlink (const struct nlmsghdr *nlh, void *hook)
{
  size_t len = mnl_nlmsg_get_payload_len (nlh);

  switch (nlh->nlmsg_type)
    {
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return len < sizeof (struct ifaddrmsg)
        ? MNL_CB_OK : hear_addr (hook, nlh);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return len < sizeof (struct rtmsg)
        ? MNL_CB_OK : hear_route (hook, nlh);
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return len < sizeof (struct ifinfomsg)
        ? MNL_CB_OK : hear_link (hook, nlh);
    }
  return MNL_CB_OK;
}


/* Read one batch of messages; *R_DONE tells whether it ends a dump.  */
static gpg_error_t
read_batch (local_t local, int flags, bool *r_done)
{
  char buf[BUFLEN];
  ssize_t n;
  int rc;

  *r_done = false;
  n = recv (mnl_socket_get_fd (local->socket), buf, sizeof buf, flags);
  if (n < 0 && errno == ENOBUFS)
    return gpg_error (GPG_ERR_MISSING_VALUE);
  if (n < 0)
    return gpg_error_from_syserror ();
  rc = mnl_cb_run (buf, (size_t)n, 0, 0, hear_netlink, local);
  if (rc == MNL_CB_ERROR && errno == EINTR)
    return gpg_error (GPG_ERR_MISSING_VALUE);   /* It changed meanwhile. */
  if (rc == MNL_CB_ERROR)
    return gpg_error_from_syserror ();
  *r_done = rc == MNL_CB_STOP;
  return 0;
}


/* Ask for everything of TYPE and read the answer.  FAMILY and TABLE only
   matter for routes.  */
static gpg_error_t
ask_for_all (local_t local, uint16_t type, unsigned char family,
             unsigned char table)
{
  char buf[256];
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (buf);
  gpg_error_t err = 0;
  bool done = false;
  struct rtmsg *rtm;

  nlh->nlmsg_type = type;
  nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (type == RTM_GETLINK)
    mnl_nlmsg_put_extra_header (nlh, sizeof (struct ifinfomsg));
  else if (type == RTM_GETROUTE)
    {
      rtm = mnl_nlmsg_put_extra_header (nlh, sizeof *rtm);
      rtm->rtm_family = family;
      rtm->rtm_table = table;
      rtm->rtm_type = RTN_LOCAL;
    }
  else
    mnl_nlmsg_put_extra_header (nlh, sizeof (struct ifaddrmsg));
  if (mnl_socket_sendto (local->socket, nlh, nlh->nlmsg_len) < 0)
    return gpg_error_from_syserror ();
  while (!err && !done)
    err = read_batch (local, 0, &done);
  return err;
}


/* Let only those routes pass that are of type local.  */
static gpg_error_t
attach_route_filter (int fd)
{
  const uint32_t type_at = offsetof (struct nlmsghdr, nlmsg_type);
  const uint32_t route_at = NLMSG_HDRLEN + offsetof (struct rtmsg, rtm_type);
  struct sock_filter insn[] =
    {
      BPF_STMT (BPF_LD | BPF_H | BPF_ABS, type_at),
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, htons (RTM_NEWROUTE), 1, 0),
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, htons (RTM_DELROUTE), 0, 2),
      BPF_STMT (BPF_LD | BPF_B | BPF_ABS, route_at),
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, RTN_LOCAL, 0, 1),
      BPF_STMT (BPF_RET | BPF_K, UINT32_MAX),
      BPF_STMT (BPF_RET | BPF_K, 0)
    };
  const struct sock_fprog filter = { sizeof insn / sizeof *insn, insn };
  const int one = 1;

  /* With strict checking, the kernel filters a dump by table and type.  */
  if (setsockopt (fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one)
      || setsockopt (fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
                     sizeof filter))
    return gpg_error_from_syserror ();
  return 0;
}


gpg_error_t
local_open (local_link_t link, void *hook, local_t *r_local)
{
  const int size = SOCKETLEN;
  local_t local;
  gpg_error_t err;

  *r_local = NULL;
  local = calloc (1, sizeof *local);
  if (!local)
    return gpg_error_from_syserror ();
  local->link = link;
  local->hook = hook;
  local->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  err = local->socket ? attach_route_filter (mnl_socket_get_fd (local->socket))
    : gpg_error_from_syserror ();
  if (!err
      && mnl_socket_bind (local->socket, RTMGRP_LINK | RTMGRP_IPV4_IFADDR
                          | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE
                          | RTMGRP_IPV6_ROUTE, MNL_SOCKET_AUTOPID) < 0)
    err = gpg_error_from_syserror ();
  if (err)
    {
      local_release (local);
      return err;
    }
  /* Without the privilege for this, the usual size must suffice.  */
  setsockopt (mnl_socket_get_fd (local->socket), SOL_SOCKET,
              SO_RCVBUFFORCE, &size, sizeof size);
  *r_local = local;
  return 0;
}


void
local_release (local_t local)
{
  if (!local)
    return;
  if (local->socket)
    mnl_socket_close (local->socket);
  free (local->entry);
  free (local);
}


/* If the host lacks a family, it also lacks its tables.  */
static gpg_error_t
dump_routes (local_t local)
{
  static const unsigned char family[] = { AF_INET, AF_INET6 };
  static const unsigned char table[] = { RT_TABLE_LOCAL, RT_TABLE_MAIN };
  gpg_error_t err = 0;
  int i;

  for (i = 0; !err && i < 4; i++)
    {
      err = ask_for_all (local, RTM_GETROUTE, family[i / 2], table[i % 2]);
      if (gpg_err_code (err) == GPG_ERR_ENOENT
          || gpg_err_code (err) == GPG_ERR_EOPNOTSUPP)
        err = 0;
    }
  return err;
}


gpg_error_t
local_fill (local_t local)
{
  gpg_error_t err;
  int tries = 0;

  do
    {
      local->n = 0;
      err = ask_for_all (local, RTM_GETLINK, 0, 0);
      if (!err)
        err = ask_for_all (local, RTM_GETADDR, 0, 0);
      if (!err)
        err = dump_routes (local);
    }
  while (gpg_err_code (err) == GPG_ERR_MISSING_VALUE && ++tries < 10);
  return err;
}


int
local_fd (local_t local)
{
  return mnl_socket_get_fd (local->socket);
}


gpg_error_t
local_update (local_t local)
{
  gpg_error_t err;
  bool done;
  int i;

  for (i = 0; i < 64; i++)
    {
      err = read_batch (local, MSG_DONTWAIT, &done);
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        return 0;
      if (err)
        return err;
    }
  return 0;
}


static bool
is_loopback_addr (const struct net_addr *addr)
{
  static const unsigned char one[16] = { [15] = 1 };

  return addr->family == AF_INET
    ? addr->bytes[0] == 127 : !memcmp (addr->bytes, one, sizeof one);
}


bool
local_is_for_us (local_t local, uint32_t ifindex,
                 const struct net_addr *src, const struct net_addr *dst)
{
  unsigned int bits = dst->family == AF_INET ? 32 : 128;
  struct entry key = { .addr = *dst };
  size_t at;

  if (is_loopback_addr (src) || is_loopback_addr (dst))
    return ifindex == local->loopback && is_loopback_addr (dst);
  for (key.bits = (uint8_t)bits;; key.bits--)
    {
      if (key.bits < bits)
        key.addr.bytes[key.bits / 8] &= (unsigned char)(0xff00 >> key.bits % 8);
      at = find_entry_place (local, &key);
      if (at < local->n && local->entry[at].bits == key.bits
          && netspec_addr_equal (&local->entry[at].addr, &key.addr))
        return true;
      if (!key.bits)
        return false;
    }
}


uint32_t
local_loopback (local_t local)
{
  return local->loopback;
}
