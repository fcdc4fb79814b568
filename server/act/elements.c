/* elements.c - Elements of the sets of grants, by netlink messages.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A transaction is a batch: a message that begins it, one for each step, and
 * one that ends it, in a single datagram.  The kernel has handled all of it
 * when that is sent; it answers each step that fails, and the last one, which
 * asks for an answer.  */

#include "elements.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include "firewall.h"

#define TABLE "postern"
#define MESSAGE 256             /* More than any message has.  */
#define FIELD 4                 /* The parts of a key are padded to this.  */
#define MAX_KEY (16 + 3 * FIELD)
#define ANSWERS 8192

/* Messages one after the other.  */
struct batch
{
  unsigned char *data;
  size_t len;
  uint32_t seq;                 /* Of the last message.  */
};


static const char *
set_name (const struct firewall_element *e)
{
  bool six = e->addr.family == AF_INET6;

  if (e->admitted)
    return six ? "admitted6" : "admitted4";
  if (e->once && e->bind)
    return six ? "bindonce6" : "bindonce4";
  if (e->once)
    return six ? "once6" : "once4";
  if (e->bind)
    return six ? "bind6" : "bind4";
  return six ? "grant6" : "grant4";
}


static size_t
put_port (unsigned char *key, uint16_t port)
{
  port = htons (port);
  memcpy (key, &port, sizeof port);
  return FIELD;
}


/* The address, the protocol, in some sets the source port, and the port; as
   print_sets in firewall.c has them.  */
static size_t
make_key (const struct firewall_element *e, unsigned char key[MAX_KEY])
{
  size_t n = e->addr.family == AF_INET6 ? 16 : 4;

  memset (key, 0, MAX_KEY);
  memcpy (key, e->addr.bytes, n);
  key[n] = e->proto;
  n += FIELD;
  if (e->bind || e->admitted)
    n += put_port (key + n, e->bind);
  return n + put_port (key + n, e->port);
}


static struct nlmsghdr *
begin_message (struct batch *batch, unsigned int type, unsigned int flags,
               unsigned int family, unsigned int resource)
{
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (batch->data + batch->len);
  struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header (nlh, sizeof *nfg);

  nlh->nlmsg_type = (uint16_t)type;
  nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
  nlh->nlmsg_seq = ++batch->seq;
  nfg->nfgen_family = (uint8_t)family;
  nfg->version = NFNETLINK_V0;
  nfg->res_id = htons ((uint16_t)resource);
  return nlh;
}


static void
end_message (struct batch *batch, const struct nlmsghdr *nlh)
{
  batch->len += NLMSG_ALIGN (nlh->nlmsg_len);
}


static void
put_edge (struct batch *batch, unsigned int type)
{
  end_message (batch, begin_message (batch, type, 0, AF_UNSPEC,
                                     NFNL_SUBSYS_NFTABLES));
}


static void
put_step (struct batch *batch, const struct elements_step *step,
          unsigned int flags)
{
  bool adds = step->milliseconds;
  unsigned char key[MAX_KEY];
  size_t len = make_key (step->element, key);
  struct nlattr *list, *one, *value;
  struct nlmsghdr *nlh;

  nlh = begin_message (batch, NFNL_SUBSYS_NFTABLES << 8
                       | (adds ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM),
                       flags | (adds ? NLM_F_CREATE : 0), NFPROTO_INET, 0);
  mnl_attr_put_strz (nlh, NFTA_SET_ELEM_LIST_TABLE, TABLE);
  mnl_attr_put_strz (nlh, NFTA_SET_ELEM_LIST_SET, set_name (step->element));
  list = mnl_attr_nest_start (nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
  one = mnl_attr_nest_start (nlh, NFTA_LIST_ELEM);
  value = mnl_attr_nest_start (nlh, NFTA_SET_ELEM_KEY);
  mnl_attr_put (nlh, NFTA_DATA_VALUE, len, key);
  mnl_attr_nest_end (nlh, value);
  if (adds)
    mnl_attr_put_u64 (nlh, NFTA_SET_ELEM_TIMEOUT,
                      htobe64 (step->milliseconds));
  mnl_attr_nest_end (nlh, one);
  mnl_attr_nest_end (nlh, list);
  end_message (batch, nlh);
}


/* The messages of a batch that are answered: if the kernel refuses all of it
   the first, else the last.  */
struct awaited
{
  uint32_t first, last;
  bool ended;
  gpg_error_t err;              /* Of the first step that failed.  */
};


/* What is not of this batch is the late answer of an earlier one.  */
static void
take_answer (struct awaited *awaited, const struct nlmsghdr *nlh)
{
  const struct nlmsgerr *error = mnl_nlmsg_get_payload (nlh);

  if (nlh->nlmsg_type != NLMSG_ERROR
      || mnl_nlmsg_get_payload_len (nlh) < sizeof *error
      || nlh->nlmsg_seq - awaited->first > awaited->last - awaited->first)
    return;
  if (error->error && !awaited->err)
    awaited->err = gpg_error_from_errno (-error->error);
  awaited->ended |= nlh->nlmsg_seq == awaited->first
    || nlh->nlmsg_seq == awaited->last;
}


static gpg_error_t
send_batch (struct mnl_socket *socket, const struct batch *batch,
            struct awaited *awaited)
{
  static _Alignas (8) unsigned char answers[ANSWERS];
  const struct nlmsghdr *nlh;
  ssize_t n;
  int left;

  if (mnl_socket_sendto (socket, batch->data, batch->len) < 0)
    return gpg_error_from_syserror ();
  while (!awaited->ended)
    {
      n = mnl_socket_recvfrom (socket, answers, sizeof answers);
      if (n < 0 && errno != EINTR)
        return gpg_error_from_syserror ();
      nlh = (const void *)answers;
      for (left = (int)n; mnl_nlmsg_ok (nlh, left);
           nlh = mnl_nlmsg_next (nlh, &left))
        take_answer (awaited, nlh);
    }
  return awaited->err;
}


gpg_error_t
elements_change (struct mnl_socket *socket, const struct elements_step *step,
                 size_t n)
{
  static uint32_t seq;          /* Late answers are known by it.  */
  struct batch batch = { .seq = seq };
  struct awaited awaited = { .first = seq + 1, .last = seq + 1 + (uint32_t)n };
  gpg_error_t err;
  size_t i;

  if (!n)
    return 0;
  batch.data = calloc (n + 2, MESSAGE);
  if (!batch.data)
    return gpg_error_from_syserror ();
  put_edge (&batch, NFNL_MSG_BATCH_BEGIN);
  for (i = 0; i < n; i++)
    put_step (&batch, step + i, i + 1 == n ? NLM_F_ACK : 0);
  put_edge (&batch, NFNL_MSG_BATCH_END);
  seq = batch.seq;
  err = send_batch (socket, &batch, &awaited);
  free (batch.data);
  return err;
}
