/* nftread.c - What the kernel has in the table: read, never changed.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "nftread.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define BUFLEN 65536
#define TRIES 10                /* While others change it.  */
#define WAIT 5                  /* Seconds for an answer.  */

struct nftread_s
{
  struct mnl_socket *nl;
  unsigned int seq;
  char buf[BUFLEN];
};

void
nftread_release (nftread_t r)
{
  if (!r)
    return;
  if (r->nl)
    mnl_socket_close (r->nl);
  free (r);
}

gpg_error_t
nftread_new (nftread_t *r_read)
{
  static const struct timeval wait = { WAIT, 0 };
  gpg_error_t err;
  nftread_t r;

  *r_read = NULL;
  r = calloc (1, sizeof *r);
  if (!r)
    return gpg_error_from_syserror ();
  r->nl = mnl_socket_open2 (NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (!r->nl || mnl_socket_bind (r->nl, 0, MNL_SOCKET_AUTOPID)
      || setsockopt (mnl_socket_get_fd (r->nl), SOL_SOCKET, SO_RCVTIMEO,
                     &wait, sizeof wait))
    {
      err = gpg_error_from_syserror ();
      nftread_release (r);
      return err;
    }
  *r_read = r;
  return 0;
}


/* Begin a question of TYPE.  */
static struct nlmsghdr *
begin (nftread_t r, char *buf, uint16_t type, uint16_t flags)
{
  struct nlmsghdr *nlh = mnl_nlmsg_put_header (buf);
  struct nfgenmsg *nfg;

  nlh->nlmsg_type = (uint16_t)((NFNL_SUBSYS_NFTABLES << 8) | type);
  nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
  nlh->nlmsg_seq = ++r->seq;
  nfg = mnl_nlmsg_put_extra_header (nlh, sizeof *nfg);
  nfg->nfgen_family = type == NFT_MSG_GETGEN? NFPROTO_UNSPEC : NFPROTO_INET;
  nfg->version = NFNETLINK_V0;
  nfg->res_id = 0;
  return nlh;
}

/* Send the question and hand each answer to FNC.  GPG_ERR_EINTR where the
   ruleset changed while it was read.  */
static gpg_error_t
ask (nftread_t r, struct nlmsghdr *nlh, mnl_cb_t fnc, void *hook)
{
  unsigned int portid = mnl_socket_get_portid (r->nl);
  gpg_error_t err = 0;
  bool torn = false;
  ssize_t n;
  int rc = MNL_CB_OK;

  if (mnl_socket_sendto (r->nl, nlh, nlh->nlmsg_len) < 0)
    return gpg_error_from_syserror ();
  while (!err && rc > MNL_CB_STOP)
    {
      n = mnl_socket_recvfrom (r->nl, r->buf, sizeof r->buf);
      rc = n < 0? -1 : mnl_cb_run (r->buf, (size_t)n, nlh->nlmsg_seq, portid,
                                   fnc, hook);
      if (rc >= 0)
        continue;
      /* A torn dump goes on to its end, and what is left of one from
         before must not be taken for an answer.  */
      if (errno == EINTR && n >= 0)
        torn = true;
      else if (errno != ESRCH && errno != EINTR)
        err = gpg_error_from_syserror ();
      rc = MNL_CB_OK;
      if (torn)
        break;
    }
  return err? err : torn? gpg_error (GPG_ERR_EINTR) : 0;
}


static int
take_generation (const struct nlmsghdr *nlh, void *hook)
{
  const struct nlattr *attr;

  mnl_attr_for_each (attr, nlh, sizeof (struct nfgenmsg))
    if (mnl_attr_get_type (attr) == NFTA_GEN_ID
        && mnl_attr_get_payload_len (attr) == 4)
      *(uint32_t *)hook = ntohl (mnl_attr_get_u32 (attr));
  return MNL_CB_OK;
}

gpg_error_t
nftread_generation (nftread_t r, uint32_t *r_gen)
{
  char buf[256];
  struct nlmsghdr *nlh = begin (r, buf, NFT_MSG_GETGEN, NLM_F_ACK);

  *r_gen = 0;
  return ask (r, nlh, take_generation, r_gen);
}


/* A hash of what does not change by use.  */
struct print
{
  const uint16_t *wanted;       /* Attributes, ended by 0.  */
  uint64_t hash;
  unsigned int n;
};

static void
print_bytes (struct print *print, const void *data, size_t len)
{
  const unsigned char *p = data;

  while (len--)
    print->hash = (print->hash ^ *p++) * 1099511628211u;
}

static int
print_message (const struct nlmsghdr *nlh, void *hook)
{
  struct print *print = hook;
  const struct nlattr *attr;
  const uint16_t *w;

  print->n++;
  print_bytes (print, &nlh->nlmsg_type, sizeof nlh->nlmsg_type);
  mnl_attr_for_each (attr, nlh, sizeof (struct nfgenmsg))
    for (w = print->wanted; *w; w++)
      if (mnl_attr_get_type (attr) == *w)
        print_bytes (print, attr, attr->nla_len);
  return MNL_CB_OK;
}

/* One question about the table; NAME is the attribute for its name.  */
static gpg_error_t
print_part (nftread_t r, uint16_t type, uint16_t name, bool dump,
            const uint16_t *wanted, struct print *print)
{
  char buf[256];
  struct nlmsghdr *nlh;

  nlh = begin (r, buf, type, dump? NLM_F_DUMP : NLM_F_ACK);
  mnl_attr_put_strz (nlh, name, NFTREAD_TABLE);
  print->wanted = wanted;
  return ask (r, nlh, print_message, print);
}

/* The dump of chains knows no filter: only those of the table count.  */
static bool
of_table (const struct nlmsghdr *nlh, uint16_t name)
{
  const struct nlattr *attr;

  mnl_attr_for_each (attr, nlh, sizeof (struct nfgenmsg))
    if (mnl_attr_get_type (attr) == name)
      return mnl_attr_get_payload_len (attr) == sizeof NFTREAD_TABLE
             && !memcmp (mnl_attr_get_payload (attr), NFTREAD_TABLE,
                         sizeof NFTREAD_TABLE);
  return false;
}

static int
print_chain (const struct nlmsghdr *nlh, void *hook)
{
  return of_table (nlh, NFTA_CHAIN_TABLE)? print_message (nlh, hook)
                                         : MNL_CB_OK;
}

static gpg_error_t
print_once (nftread_t r, struct print *print)
{
  static const uint16_t table[] =
    { NFTA_TABLE_NAME, NFTA_TABLE_FLAGS, NFTA_TABLE_HANDLE, 0 };
  static const uint16_t chain[] =
    { NFTA_CHAIN_NAME, NFTA_CHAIN_HANDLE, NFTA_CHAIN_HOOK,
      NFTA_CHAIN_POLICY, NFTA_CHAIN_TYPE, NFTA_CHAIN_FLAGS, 0 };
  static const uint16_t rule[] =
    { NFTA_RULE_CHAIN, NFTA_RULE_HANDLE, NFTA_RULE_EXPRESSIONS, 0 };
  static const uint16_t set[] =
    { NFTA_SET_NAME, NFTA_SET_HANDLE, NFTA_SET_FLAGS, NFTA_SET_KEY_LEN,
      NFTA_SET_TIMEOUT, 0 };
  gpg_error_t err;
  char buf[256];

  memset (print, 0, sizeof *print);
  print->hash = 14695981039346656037u;
  err = print_part (r, NFT_MSG_GETTABLE, NFTA_TABLE_NAME, false, table, print);
  if (!err)
    {
      print->wanted = chain;
      err = ask (r, begin (r, buf, NFT_MSG_GETCHAIN, NLM_F_DUMP),
                 print_chain, print);
    }
  if (!err)
    err = print_part (r, NFT_MSG_GETRULE, NFTA_RULE_TABLE, true, rule, print);
  if (!err)
    err = print_part (r, NFT_MSG_GETSET, NFTA_SET_TABLE, true, set, print);
  return err;
}

gpg_error_t
nftread_print (nftread_t r, uint64_t *r_print)
{
  struct print print;
  gpg_error_t err;
  int i = 0;

  *r_print = 0;
  do
    err = print_once (r, &print);
  while (gpg_err_code (err) == GPG_ERR_EINTR && ++i < TRIES);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    return gpg_error (GPG_ERR_NOT_FOUND);
  if (!err)
    *r_print = print.hash;
  return err;
}


struct elements
{
  nftread_element_t fnc;
  void *hook;
};

static void
take_element (const struct nlattr *nest, const struct elements *e)
{
  const struct nlattr *attr, *value, *key = NULL;
  uint64_t left = 0, raw;

  mnl_attr_for_each_nested (attr, nest)
    switch (mnl_attr_get_type (attr))
      {
      case NFTA_SET_ELEM_KEY:
        mnl_attr_for_each_nested (value, attr)
          if (mnl_attr_get_type (value) == NFTA_DATA_VALUE)
            key = value;
        break;
      case NFTA_SET_ELEM_EXPIRATION:
        if (mnl_attr_get_payload_len (attr) != sizeof raw)
          break;
        memcpy (&raw, mnl_attr_get_payload (attr), sizeof raw);
        left = be64toh (raw);
        break;
      default:
        break;
      }
  if (key)
    e->fnc (e->hook, mnl_attr_get_payload (key),
            mnl_attr_get_payload_len (key), left);
}

static int
take_elements (const struct nlmsghdr *nlh, void *hook)
{
  const struct nlattr *attr, *nest;

  mnl_attr_for_each (attr, nlh, sizeof (struct nfgenmsg))
    if (mnl_attr_get_type (attr) == NFTA_SET_ELEM_LIST_ELEMENTS)
      mnl_attr_for_each_nested (nest, attr)
        take_element (nest, hook);
  return MNL_CB_OK;
}

gpg_error_t
nftread_elements (nftread_t r, const char *set, nftread_element_t element,
                  void *hook)
{
  struct elements e = { element, hook };
  struct nlmsghdr *nlh;
  gpg_error_t err;
  char buf[256];
  int i = 0;

  do
    {
      element (hook, NULL, 0, 0);
      nlh = begin (r, buf, NFT_MSG_GETSETELEM, NLM_F_DUMP);
      mnl_attr_put_strz (nlh, NFTA_SET_ELEM_LIST_TABLE, NFTREAD_TABLE);
      mnl_attr_put_strz (nlh, NFTA_SET_ELEM_LIST_SET, set);
      err = ask (r, nlh, take_elements, &e);
    }
  while (gpg_err_code (err) == GPG_ERR_EINTR && ++i < TRIES);
  return gpg_err_code (err) == GPG_ERR_ENOENT
         ? gpg_error (GPG_ERR_NOT_FOUND) : err;
}
