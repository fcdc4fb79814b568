/* answer.c - Sending the reply.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing listens on the port: a socket is bound to it only while one
 * datagram leaves, and is connected, so that nobody else's datagrams come
 * into it even then.  */

#include "answer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>


/* The way back may be narrower than the way here: let it be fragmented
   rather than lost.  */
static void
allow_fragments (int fd, sa_family_t family)
{
  int off = family == AF_INET6 ? IPV6_PMTUDISC_DONT : IP_PMTUDISC_DONT;

  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &off, sizeof off);
  else
    setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &off, sizeof off);
}


static gpg_error_t
open_socket (const struct packet_origin *origin, int *r_fd)
{
  struct sockaddr_storage from, to;
  socklen_t from_len, to_len;
  int fd;

  *r_fd = -1;
  from_len = netspec_addr_to_sockaddr (&origin->dst, origin->dport,
                                       origin->ifindex, &from);
  to_len = netspec_addr_to_sockaddr (&origin->src, origin->sport,
                                     origin->ifindex, &to);
  fd = socket (from.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return gpg_error_from_syserror ();
  allow_fragments (fd, from.ss_family);
  if (bind (fd, (struct sockaddr *)&from, from_len)
      || connect (fd, (struct sockaddr *)&to, to_len))
    {
      gpg_error_t err = gpg_error_from_syserror ();

      close (fd);
      return err;
    }
  *r_fd = fd;
  return 0;
}


gpg_error_t
answer_send (const struct packet_origin *origin,
             const unsigned char key[REQUEST_KEYLEN], reply_t reply)
{
  gpg_error_t err;
  unsigned char dgram[REPLY_MAXLEN];
  size_t limit = origin->size < sizeof dgram ? origin->size : sizeof dgram;
  size_t len;
  int fd;

  err = reply_seal (reply, key, limit, dgram, &len);
  if (!err)
    err = open_socket (origin, &fd);
  if (err)
    return err;
  if (send (fd, dgram, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    err = gpg_error_from_syserror ();
  close (fd);
  return err;
}
