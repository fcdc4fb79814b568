/* netlink.h - A question to the kernel over netlink, and its answers.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_NETLINK_H
#define POSTERN_NETLINK_H

#include <gpg-error.h>
#include <libmnl/libmnl.h>

/* Open a socket of BUS (NETLINK_ROUTE and so on).  *R_SOCKET is to be closed
   with mnl_socket_close where it is not NULL, also after an error.  */
gpg_error_t netlink_open (int bus, struct mnl_socket **r_socket);

/* Send NLH over SOCKET, and give each message of the answer to FNC (NULL:
   only the result counts).  FNC returns MNL_CB_OK to go on.  */
gpg_error_t netlink_ask (struct mnl_socket *socket, struct nlmsghdr *nlh,
                         mnl_cb_t fnc, void *hook);

#endif /*POSTERN_NETLINK_H*/
