/* netlink.c - A question to the kernel over netlink, and its answers.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only what the kernel itself sends, in answer to this question, reaches the
 * caller: mnl_cb_run checks the port and the sequence number.  */

#include "netlink.h"

#include <errno.h>
#include <sys/socket.h>

#define BUFFER 32768            /* The kernel never puts more in one.  */


gpg_error_t
netlink_open (int bus, struct mnl_socket **r_socket)
{
  *r_socket = mnl_socket_open2 (bus, SOCK_CLOEXEC);
  if (*r_socket
      && mnl_socket_bind (*r_socket, 0, MNL_SOCKET_AUTOPID) >= 0)
    return 0;
  return gpg_error_from_syserror ();
}


gpg_error_t
netlink_ask (struct mnl_socket *socket, struct nlmsghdr *nlh, mnl_cb_t fnc,
             void *hook)
{
  static _Alignas (8) char buffer[BUFFER];
  unsigned int port = mnl_socket_get_portid (socket);
  unsigned int seq = nlh->nlmsg_seq;
  ssize_t n;
  int rc;

  if (mnl_socket_sendto (socket, nlh, nlh->nlmsg_len) < 0)
    return gpg_error_from_syserror ();
  do
    {
      n = mnl_socket_recvfrom (socket, buffer, sizeof buffer);
      rc = n < 0 ? MNL_CB_ERROR
        : mnl_cb_run (buffer, (size_t)n, seq, port, fnc, hook);
    }
  /* EINTR: what is dumped changes meanwhile; the rest still comes.  */
  while (rc > MNL_CB_STOP || (rc == MNL_CB_ERROR && errno == EINTR));
  return rc == MNL_CB_ERROR ? gpg_error_from_syserror () : 0;
}
