/* elements.h - Elements of the sets of grants, by netlink messages.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each grant changes one or a few elements.  libnftables parses a text for
 * that and asks the kernel for the table, which takes longer than anything
 * else that act does.  So these messages are written here, with libmnl
 * (linux/netfilter/nf_tables.h); the table itself is firewall.c's.  */

#ifndef POSTERN_ELEMENTS_H
#define POSTERN_ELEMENTS_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include <libmnl/libmnl.h>

struct firewall_element;

/* One step of a change: MILLISECONDS is the timeout of an element that is
   added; with 0, ELEMENT is removed, and must be there.  */
struct elements_step
{
  const struct firewall_element *element;
  uint64_t milliseconds;
};

/* Take the N steps in one transaction, all or none, over SOCKET, which is of
   NETLINK_NETFILTER and used for nothing else.  Adding an element that exists
   changes nothing.  The error is that of the kernel: GPG_ERR_ENOENT for
   a table, a set or an element that is not there.  */
gpg_error_t elements_change (struct mnl_socket *socket,
                             const struct elements_step *step, size_t n);

#endif /*POSTERN_ELEMENTS_H*/
