/* answer.c - Sending the reply.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A socket that is bound to the port while an answer leaves could be kept
 * out by any local user who has bound it before, and one that holds the port
 * all the time would change how the port behaves towards strangers.  So the
 * sockets here are raw ones of the protocol UDP: they have no port, send from
 * any, and the kernel answers for a port as if they were not there.  A raw
 * socket gets a copy of all that comes, which ours must not: its filter,
 * which nobody can take off again, drops everything.  */

#include "answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../common/base/log.h"

/* What failures have in common that are told once.  */
enum cause { CAUSE_REPLY, CAUSE_IP4, CAUSE_IP6, N_CAUSES };

struct answer_s
{
  int fd4, fd6;                 /* -1: this host has no such family.  */
  uint64_t sent;
  uint64_t failed;
  gpg_error_t err[N_CAUSES];    /* What was logged; 0: it works.  */
};

/* A datagram with its header.  */
struct datagram
{
  struct udphdr udp;
  unsigned char data[REPLY_MAXLEN];
};


/* Let nothing in, for good.  What came before the filter did is thrown
   away; and as the socket is bound to loopback's address, the kernel does
   not even make copies of what comes from outside.  */
static gpg_error_t
deafen (int fd, sa_family_t family)
{
  struct sock_filter nothing = BPF_STMT (BPF_RET | BPF_K, 0);
  const struct sock_fprog filter = { 1, &nothing };
  const struct net_addr lo4 = { AF_INET, { 127, 0, 0, 1 } };
  const struct net_addr lo6 = { AF_INET6, { [15] = 1 } };
  const int one = 1;
  struct sockaddr_storage sa;
  socklen_t len;
  char byte;

  if (setsockopt (fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter)
      || setsockopt (fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof one))
    return gpg_error_from_syserror ();
  len = netspec_addr_to_sockaddr (family == AF_INET ? &lo4 : &lo6, 0, 0, &sa);
  /* Where loopback is down this only costs the copies.  */
  if (bind (fd, (struct sockaddr *)&sa, len))
    log_debug ("answers: cannot bind: %s", strerror (errno));
  while (recv (fd, &byte, 1, MSG_DONTWAIT) >= 0)
    ;
  return 0;
}


/* The way back may be narrower than the way here: let it be fragmented
   rather than lost.  And a packet may have come to an address that is local
   by a route alone: IPv6 sends from such a one only if it is told so.  */
static gpg_error_t
set_socket_options (int fd, sa_family_t family)
{
  const int off4 = IP_PMTUDISC_DONT, off6 = IPV6_PMTUDISC_DONT, one = 1;
  const int at = offsetof (struct udphdr, check);

  if (family == AF_INET
      ? setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &off4, sizeof off4)
      : setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &off6, sizeof off6)
        || setsockopt (fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof one)
        || setsockopt (fd, IPPROTO_IPV6, IPV6_CHECKSUM, &at, sizeof at))
    return gpg_error_from_syserror ();
  return 0;
}


/* *R_FD is -1 where the host has no such family.  */
static gpg_error_t
open_raw_socket (sa_family_t family, int *r_fd)
{
  gpg_error_t err;
  int fd = socket (family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                   IPPROTO_UDP);

  *r_fd = -1;
  if (fd < 0)
    return errno == EAFNOSUPPORT ? 0 : gpg_error_from_syserror ();
  err = deafen (fd, family);
  if (!err)
    err = set_socket_options (fd, family);
  if (err)
    close (fd);
  else
    *r_fd = fd;
  return err;
}


gpg_error_t
answer_open (answer_t *r_answer)
{
  gpg_error_t err;
  answer_t answer;

  *r_answer = NULL;
  answer = calloc (1, sizeof *answer);
  if (!answer)
    return gpg_error_from_syserror ();
  answer->fd6 = -1;
  err = open_raw_socket (AF_INET, &answer->fd4);
  if (!err)
    err = open_raw_socket (AF_INET6, &answer->fd6);
  if (err)
    answer_close (answer);
  else
    *r_answer = answer;
  return err;
}


void
answer_close (answer_t answer)
{
  if (!answer)
    return;
  if (answer->fd4 >= 0)
    close (answer->fd4);
  if (answer->fd6 >= 0)
    close (answer->fd6);
  free (answer);
}


/* The Internet checksum (RFC 1071): add the LEN bytes at DATA to SUM.  */
static uint32_t
sum_up (uint32_t sum, const void *data, size_t len)
{
  const unsigned char *p = data;
  size_t i;

  for (i = 0; i < len; i++)
    sum += (uint32_t)p[i] << (i & 1 ? 0 : 8);
  return sum;
}


/* Over the pseudo-header as well (RFC 768); the kernel does it for IPv6.  */
static uint16_t
checksum_ip4 (const struct packet_origin *origin,
              const struct datagram *dgram, size_t len)
{
  uint32_t sum = IPPROTO_UDP + (uint32_t)len;

  sum = sum_up (sum, origin->dst.bytes, 4);
  sum = sum_up (sum, origin->src.bytes, 4);
  sum = sum_up (sum, dgram, len);
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff ? 0xffff : htons ((uint16_t)~sum);
}


static bool
is_link_local (const struct net_addr *addr)
{
  return addr->family == AF_INET6 && addr->bytes[0] == 0xfe
    && (addr->bytes[1] & 0xc0) == 0x80;
}


/* Fill CONTROL with the address to send from.  */
static void
set_source (struct msghdr *msg, const struct packet_origin *origin)
{
  struct in_pktinfo from4 = { 0 };
  struct in6_pktinfo from6 = { 0 };
  struct cmsghdr *cmsg = CMSG_FIRSTHDR (msg);
  bool ip4 = origin->dst.family == AF_INET;
  size_t len = ip4 ? sizeof from4 : sizeof from6;

  memcpy (&from4.ipi_spec_dst, origin->dst.bytes, sizeof from4.ipi_spec_dst);
  memcpy (&from6.ipi6_addr, origin->dst.bytes, sizeof from6.ipi6_addr);
  if (is_link_local (&origin->dst))
    from6.ipi6_ifindex = origin->ifindex;
  cmsg->cmsg_level = ip4 ? IPPROTO_IP : IPPROTO_IPV6;
  cmsg->cmsg_type = ip4 ? IP_PKTINFO : IPV6_PKTINFO;
  cmsg->cmsg_len = CMSG_LEN (len);
  memcpy (CMSG_DATA (cmsg), ip4 ? (void *)&from4 : (void *)&from6, len);
  msg->msg_controllen = CMSG_SPACE (len);
}


/* LEN is that of the header and the data.  */
static gpg_error_t
send_datagram (answer_t answer, const struct packet_origin *origin,
               struct datagram *dgram, size_t len)
{
  int fd = origin->dst.family == AF_INET ? answer->fd4 : answer->fd6;
  union
  {
    struct cmsghdr align;
    char space[CMSG_SPACE (sizeof (struct in6_pktinfo))];
  } control;
  struct sockaddr_storage to;
  struct iovec iov = { dgram, len };
  struct msghdr msg = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof control };

  if (fd < 0)
    return gpg_error (GPG_ERR_EAFNOSUPPORT);
  if (!origin->sport)
    return gpg_error (GPG_ERR_EINVAL);
  memset (&control, 0, sizeof control);
  /* A raw socket's address has no port.  */
  msg.msg_namelen = netspec_addr_to_sockaddr (&origin->src, 0,
                                              origin->ifindex, &to);
  dgram->udp.source = htons (origin->dport);
  dgram->udp.dest = htons (origin->sport);
  dgram->udp.len = htons ((uint16_t)len);
  dgram->udp.check = 0;
  if (origin->dst.family == AF_INET)
    dgram->udp.check = checksum_ip4 (origin, dgram, len);
  set_source (&msg, origin);
  if (sendmsg (fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return gpg_error_from_syserror ();
  return 0;
}


/* What may help.  */
static const char *
find_cure (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_EPERM:
      return "; the host's own firewall drops it: let it go out";
    case GPG_ERR_ENETUNREACH:
    case GPG_ERR_EHOSTUNREACH:
      return "; see 'ip route get' for that address";
    default:
      return "";
    }
}


static void
note_result (answer_t answer, const struct packet_origin *origin,
             enum cause cause, gpg_error_t err)
{
  char from[NETSPEC_ADDRSTRLEN], to[NETSPEC_ADDRSTRLEN];
  gpg_error_t before = answer->err[cause];

  answer->err[cause] = err;
  if (err)
    answer->failed++;
  if (gpg_err_code (err) == gpg_err_code (before))
    return;
  netspec_addr_print (&origin->dst, from);
  netspec_addr_print (&origin->src, to);
  if (err)
    log_warn ("no reply can be sent from %s udp/%u to %s: %s%s", from,
              origin->dport, to, gpg_strerror (err), find_cure (err));
  else
    log_info ("replies can be sent again, from %s to %s", from, to);
}


gpg_error_t
answer_send (answer_t answer, const struct packet_origin *origin,
             const unsigned char key[REQUEST_KEYLEN], reply_t reply)
{
  struct datagram dgram;
  size_t limit = sizeof dgram.data, len;
  enum cause cause = origin->dst.family == AF_INET ? CAUSE_IP4 : CAUSE_IP6;
  gpg_error_t err;

  if (limit > origin->size)
    limit = origin->size;
  err = reply_seal (reply, key, limit, dgram.data, &len);
  note_result (answer, origin, CAUSE_REPLY, err);
  if (err)
    return err;
  err = send_datagram (answer, origin, &dgram, sizeof dgram.udp + len);
  note_result (answer, origin, cause, err);
  if (!err)
    answer->sent++;
  return err;
}


void
answer_get_state (answer_t answer, struct answer_state *r_state)
{
  int i;

  memset (r_state, 0, sizeof *r_state);
  if (!answer)
    return;
  r_state->sent = answer->sent;
  r_state->failed = answer->failed;
  for (i = 0; i < N_CAUSES; i++)
    if (answer->err[i])
      r_state->err = answer->err[i];
}
