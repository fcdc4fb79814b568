/* nftwatch.c - Tells when somebody else changed the table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "nftwatch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nftread.h"

#define BUFLEN 65536
#define SOCKLEN (4 * 1024 * 1024)

/* linux/netfilter/nf_tables.h of Debian 12 knows these; the first
   attribute of a message of any of the kinds below is the table's name.  */
#define ATTR_TABLE 1

struct nftwatch_s
{
  struct mnl_socket *nl;
  uint32_t own_pid;             /* As the kernel calls this process.  */
  uint32_t own_gen;             /* A change that was our own; 0: none.  */
  unsigned int pending;         /* Of the change that is being told.  */
  unsigned int what;
  char buf[BUFLEN];
};

void
nftwatch_release (nftwatch_t watch)
{
  if (!watch)
    return;
  if (watch->nl)
    mnl_socket_close (watch->nl);
  free (watch);
}

gpg_error_t
nftwatch_new (nftwatch_t *r_watch)
{
  static const int size = SOCKLEN;
  nftwatch_t watch;
  gpg_error_t err;
  int fd;

  *r_watch = NULL;
  watch = calloc (1, sizeof *watch);
  if (!watch)
    return gpg_error_from_syserror ();
  watch->own_pid = (uint32_t)getpid ();
  watch->nl = mnl_socket_open2 (NETLINK_NETFILTER,
                                SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (!watch->nl
      || mnl_socket_bind (watch->nl, 1 << (NFNLGRP_NFTABLES - 1),
                          MNL_SOCKET_AUTOPID))
    {
      err = gpg_error_from_syserror ();
      nftwatch_release (watch);
      return err;
    }
  fd = mnl_socket_get_fd (watch->nl);
  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  *r_watch = watch;
  return 0;
}

int
nftwatch_fd (nftwatch_t watch)
{
  return mnl_socket_get_fd (watch->nl);
}

void
nftwatch_own (nftwatch_t watch, uint32_t gen)
{
  watch->own_gen = gen;
}


static bool
is_ours (const struct nlmsghdr *nlh)
{
  const struct nfgenmsg *nfg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *attr;

  if (nfg->nfgen_family != NFPROTO_INET)
    return false;
  mnl_attr_for_each (attr, nlh, sizeof *nfg)
    if (mnl_attr_get_type (attr) == ATTR_TABLE)
      return mnl_attr_get_payload_len (attr) == sizeof NFTREAD_TABLE
             && !memcmp (mnl_attr_get_payload (attr), NFTREAD_TABLE,
                         sizeof NFTREAD_TABLE);
  return false;
}

/* The end of a change: whose was it?  */
static void
end_change (nftwatch_t watch, const struct nlmsghdr *nlh)
{
  const struct nlattr *attr;
  uint32_t gen = 0, pid = 0;

  mnl_attr_for_each (attr, nlh, sizeof (struct nfgenmsg))
    if (mnl_attr_get_payload_len (attr) != 4)
      continue;
    else if (mnl_attr_get_type (attr) == NFTA_GEN_ID)
      gen = ntohl (mnl_attr_get_u32 (attr));
    else if (mnl_attr_get_type (attr) == NFTA_GEN_PROC_PID)
      pid = ntohl (mnl_attr_get_u32 (attr));
  if (watch->own_gen && gen == watch->own_gen)
    {
      watch->own_pid = pid;
      watch->own_gen = 0;
    }
  if (pid != watch->own_pid)
    watch->what |= watch->pending;
  watch->pending = 0;
}

static int
take_event (const struct nlmsghdr *nlh, void *hook)
{
  nftwatch_t watch = hook;

  if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES
      || mnl_nlmsg_get_payload_len (nlh) < sizeof (struct nfgenmsg))
    return MNL_CB_OK;
  switch (nlh->nlmsg_type & 0xff)
    {
    case NFT_MSG_NEWGEN:
      end_change (watch, nlh);
      break;
    case NFT_MSG_DELTABLE:
    case NFT_MSG_DELSET:
    case NFT_MSG_DELSETELEM:
      if (is_ours (nlh))
        watch->pending |= NFTWATCH_CHANGED | NFTWATCH_REMOVED;
      break;
    default:
      if (is_ours (nlh))
        watch->pending |= NFTWATCH_CHANGED;
      break;
    }
  return MNL_CB_OK;
}

gpg_error_t
nftwatch_read (nftwatch_t watch, unsigned int *r_what)
{
  gpg_error_t err = 0;
  ssize_t n;

  for (;;)
    {
      n = recv (mnl_socket_get_fd (watch->nl), watch->buf, sizeof watch->buf,
                0);
      if (n >= 0)
        mnl_cb_run (watch->buf, (size_t)n, 0, 0, take_event, watch);
      else if (errno == ENOBUFS)
        {
          watch->what |= NFTWATCH_MISSED;
          watch->pending = 0;
          watch->own_gen = 0;
        }
      else if (errno == EAGAIN)
        break;
      else if (errno != EINTR)
        {
          err = gpg_error_from_syserror ();
          break;
        }
    }
  *r_what |= watch->what;
  watch->what = 0;
  return err;
}
