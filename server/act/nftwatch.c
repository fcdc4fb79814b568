/* nftwatch.c - Does another program change our table?
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "nftwatch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <libmnl/libmnl.h>

#define TABLE "postern"
#define BUFFER 65536
#define MAX_FD 256              /* Where our own sockets can be.  */
#define ROUNDS 256              /* Messages of one call.  */

struct nftwatch_s
{
  struct mnl_socket *socket;
  uint32_t last_own;            /* A port that is known to be ours.  */
  bool touched;
};


gpg_error_t
nftwatch_open (nftwatch_t *r_watch)
{
  gpg_error_t err = 0;
  nftwatch_t watch;
  int group = NFNLGRP_NFTABLES, size = 4 * 1024 * 1024;

  *r_watch = NULL;
  watch = calloc (1, sizeof *watch);
  if (!watch)
    return gpg_error_from_syserror ();
  watch->socket = mnl_socket_open2 (NETLINK_NETFILTER,
                                    SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (!watch->socket
      || mnl_socket_bind (watch->socket, 0, MNL_SOCKET_AUTOPID) < 0
      || mnl_socket_setsockopt (watch->socket, NETLINK_ADD_MEMBERSHIP,
                                &group, sizeof group) < 0)
    err = gpg_error_from_syserror ();
  if (err)
    {
      nftwatch_close (watch);
      return err;
    }
  /* If this is not allowed, a small buffer overruns, which is reported.  */
  (void)setsockopt (mnl_socket_get_fd (watch->socket), SOL_SOCKET,
                    SO_RCVBUFFORCE, &size, sizeof size);
  *r_watch = watch;
  return 0;
}


void
nftwatch_close (nftwatch_t watch)
{
  if (!watch)
    return;
  if (watch->socket)
    mnl_socket_close (watch->socket);
  free (watch);
}


int
nftwatch_fd (nftwatch_t watch)
{
  return mnl_socket_get_fd (watch->socket);
}


/* libnftables does not show its port, but its sockets belong to this
   process.  */
static bool
port_is_ours (nftwatch_t watch, uint32_t port)
{
  struct sockaddr_nl addr;
  socklen_t len;
  int fd;

  if (port && port == watch->last_own)
    return true;
  for (fd = 3; fd < MAX_FD; fd++)
    {
      len = sizeof addr;
      if (!getsockname (fd, (struct sockaddr *)&addr, &len)
          && addr.nl_family == AF_NETLINK && addr.nl_pid == port)
        {
          watch->last_own = port;
          return true;
        }
    }
  return false;
}


static int
take_event (const struct nlmsghdr *nlh, void *hook)
{
  nftwatch_t watch = hook;
  const struct nlattr *attr;

  if (NFNL_SUBSYS_ID (nlh->nlmsg_type) != NFNL_SUBSYS_NFTABLES
      || NFNL_MSG_TYPE (nlh->nlmsg_type) == NFT_MSG_NEWGEN)
    return MNL_CB_OK;
  /* The first attribute of each of these is the table's name.  */
  attr = mnl_nlmsg_get_payload_offset (nlh, sizeof (struct nfgenmsg));
  if (mnl_attr_ok (attr, (int)mnl_nlmsg_get_payload_len (nlh)
                         - (int)sizeof (struct nfgenmsg))
      && mnl_attr_get_type (attr) == NFTA_TABLE_NAME
      && !mnl_attr_validate (attr, MNL_TYPE_NUL_STRING)
      && !strcmp (mnl_attr_get_str (attr), TABLE)
      && !port_is_ours (watch, nlh->nlmsg_pid))
    watch->touched = true;
  return MNL_CB_OK;
}


gpg_error_t
nftwatch_read (nftwatch_t watch, bool *r_touched)
{
  static _Alignas (8) char buffer[BUFFER];
  ssize_t n;
  int i;

  watch->touched = false;
  for (i = 0; i < ROUNDS; i++)
    {
      n = mnl_socket_recvfrom (watch->socket, buffer, sizeof buffer);
      if (n < 0 && errno == ENOBUFS)
        watch->touched = true;
      else if (n < 0 && errno != EINTR)
        break;
      else if (n > 0)
        mnl_cb_run (buffer, (size_t)n, 0, 0, take_event, watch);
    }
  *r_touched = watch->touched;
  return i < ROUNDS && errno != EAGAIN && errno != EWOULDBLOCK
    ? gpg_error_from_syserror () : 0;
}
