/* local.c - The addresses and links of this host, as netlink tells them.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#define BUFLEN 32768            /* As much as the kernel puts in one.  */
#define SOCKETLEN (1024 * 1024) /* Many addresses may come at once.  */

struct entry
{
  struct net_addr addr;
  uint32_t ifindex;
};

struct local_s
{
  struct mnl_socket *socket;
  local_link_t link;
  void *hook;
  struct entry *entry;          /* Sorted by address, then link.  */
  size_t n;
  size_t size;
  uint32_t loopback;            /* Its index.  */
};


static int
compare (const struct entry *a, const struct entry *b)
{
  int rc = (int)a->addr.family - (int)b->addr.family;

  if (!rc)
    rc = memcmp (a->addr.bytes, b->addr.bytes, sizeof a->addr.bytes);
  if (!rc)
    rc = (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
  return rc;
}


/* The first place that is not before KEY.  */
static size_t
find (local_t local, const struct entry *key)
{
  size_t low = 0, high = local->n, mid;

  while (low < high)
    {
      mid = low + (high - low) / 2;
      if (compare (&local->entry[mid], key) < 0)
        low = mid + 1;
      else
        high = mid;
    }
  return low;
}


static gpg_error_t
add (local_t local, const struct entry *new)
{
  size_t at = find (local, new);
  struct entry *p;

  if (at < local->n && !compare (&local->entry[at], new))
    return 0;
  if (local->n == local->size)
    {
      p = reallocarray (local->entry, local->size + 64, sizeof *p);
      if (!p)
        return gpg_error_from_syserror ();
      local->entry = p;
      local->size += 64;
    }
  memmove (local->entry + at + 1, local->entry + at,
           (local->n - at) * sizeof *new);
  local->entry[at] = *new;
  local->n++;
  return 0;
}


static void
drop (local_t local, const struct entry *old)
{
  size_t at = find (local, old);

  if (at == local->n || compare (&local->entry[at], old))
    return;
  local->n--;
  memmove (local->entry + at, local->entry + at + 1,
           (local->n - at) * sizeof *old);
}


static void
drop_link (local_t local, uint32_t ifindex)
{
  size_t i, kept = 0;

  for (i = 0; i < local->n; i++)
    if (local->entry[i].ifindex != ifindex)
      local->entry[kept++] = local->entry[i];
  local->n = kept;
}


/* Keep the attribute that has the address of the host itself: with
   point-to-point links IFA_ADDRESS is the other end.  */
static int
choose_addr (const struct nlattr *attr, void *hook)
{
  const struct nlattr **best = hook;

  if (mnl_attr_get_type (attr) == IFA_LOCAL
      || (mnl_attr_get_type (attr) == IFA_ADDRESS && !*best))
    *best = attr;
  return MNL_CB_OK;
}


static int
take_addr (local_t local, const struct nlmsghdr *nlh)
{
  const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *best = NULL;
  struct entry entry;
  size_t len;

  len = ifa->ifa_family == AF_INET ? 4 : ifa->ifa_family == AF_INET6 ? 16 : 0;
  if (!len)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *ifa, choose_addr, &best);
  if (!best || mnl_attr_get_payload_len (best) != len)
    return MNL_CB_OK;

  memset (&entry, 0, sizeof entry);
  entry.addr.family = ifa->ifa_family;
  entry.ifindex = ifa->ifa_index;
  memcpy (entry.addr.bytes, mnl_attr_get_payload (best), len);
  if (nlh->nlmsg_type == RTM_DELADDR)
    drop (local, &entry);
  else if (add (local, &entry))
    return MNL_CB_ERROR;
  return MNL_CB_OK;
}


static int
choose_name (const struct nlattr *attr, void *hook)
{
  const char **name = hook;

  if (mnl_attr_get_type (attr) == IFLA_IFNAME
      && mnl_attr_validate (attr, MNL_TYPE_NUL_STRING) >= 0)
    *name = mnl_attr_get_str (attr);
  return MNL_CB_OK;
}


static int
take_link (local_t local, const struct nlmsghdr *nlh)
{
  const struct ifinfomsg *ifi = mnl_nlmsg_get_payload (nlh);
  const char *name = NULL;
  uint32_t ifindex = (uint32_t)ifi->ifi_index;

  mnl_attr_parse (nlh, sizeof *ifi, choose_name, &name);
  /* Bridges tell of their ports in the same words.  */
  if (!name || ifi->ifi_family != AF_UNSPEC)
    return MNL_CB_OK;
  if (nlh->nlmsg_type == RTM_DELLINK)
    drop_link (local, ifindex);
  else if (ifi->ifi_flags & IFF_LOOPBACK)
    local->loopback = ifindex;
  local->link (local->hook, ifindex, name, nlh->nlmsg_type == RTM_NEWLINK,
               ifi->ifi_flags & IFF_UP);
  return MNL_CB_OK;
}


static int
take_message (const struct nlmsghdr *nlh, void *hook)
{
  size_t len = mnl_nlmsg_get_payload_len (nlh);

  switch (nlh->nlmsg_type)
    {
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return len < sizeof (struct ifaddrmsg)
        ? MNL_CB_OK : take_addr (hook, nlh);
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return len < sizeof (struct ifinfomsg)
        ? MNL_CB_OK : take_link (hook, nlh);
    default:
      return MNL_CB_OK;
    }
}


/* Read one batch; *R_DONE where it ends a dump.  */
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
  rc = mnl_cb_run (buf, (size_t)n, 0, 0, take_message, local);
  if (rc == MNL_CB_ERROR && errno == EINTR)
    return gpg_error (GPG_ERR_MISSING_VALUE);   /* It changed meanwhile. */
  if (rc == MNL_CB_ERROR)
    return gpg_error_from_syserror ();
  *r_done = rc == MNL_CB_STOP;
  return 0;
}


static gpg_error_t
dump (local_t local, uint16_t type)
{
  char buf[256];
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (buf);
  gpg_error_t err = 0;
  bool done = false;

  nlh->nlmsg_type = type;
  nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (type == RTM_GETLINK)
    mnl_nlmsg_put_extra_header (nlh, sizeof (struct ifinfomsg));
  else
    mnl_nlmsg_put_extra_header (nlh, sizeof (struct ifaddrmsg));
  if (mnl_socket_sendto (local->socket, nlh, nlh->nlmsg_len) < 0)
    return gpg_error_from_syserror ();
  while (!err && !done)
    err = read_batch (local, 0, &done);
  return err;
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
  if (!local->socket
      || mnl_socket_bind (local->socket, RTMGRP_LINK | RTMGRP_IPV4_IFADDR
                          | RTMGRP_IPV6_IFADDR, MNL_SOCKET_AUTOPID) < 0)
    {
      err = gpg_error_from_syserror ();
      local_release (local);
      return err;
    }
  /* Without the right to this the usual size has to do.  */
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


gpg_error_t
local_fill (local_t local)
{
  gpg_error_t err;
  int tries = 0;

  do
    {
      local->n = 0;
      err = dump (local, RTM_GETLINK);
      if (!err)
        err = dump (local, RTM_GETADDR);
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
is_loopback (const struct net_addr *addr)
{
  static const unsigned char one[16] = { [15] = 1 };

  return addr->family == AF_INET
    ? addr->bytes[0] == 127 : !memcmp (addr->bytes, one, sizeof one);
}


bool
local_is_for_us (local_t local, uint32_t ifindex,
                 const struct net_addr *src, const struct net_addr *dst)
{
  struct entry key = { *dst, 0 };
  size_t at;

  if (is_loopback (src) || is_loopback (dst))
    return ifindex == local->loopback && is_loopback (dst);
  at = find (local, &key);
  return at < local->n && netspec_addr_equal (&local->entry[at].addr, dst);
}
