/* interface.h - The sockets that capture reads from.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They are opened as root, each with a filter that is locked in the kernel.
 * Later they can only be read and closed.  */

#ifndef POSTERN_INTERFACE_H
#define POSTERN_INTERFACE_H

#include <stdint.h>
#include <pcap/pcap.h>
#include <gpg-error.h>
#include "decap.h"

struct interface
{
  const char *name;             /* The configuration owns it.  */
  pcap_t *pcap;                 /* NULL: not there, waited for.  */
  int fd;
  uint32_t ifindex;             /* 0: "any".  */
  const struct decap_link *link;
};

/* Open the interface NAME for incoming packets to the UDP port PORT.  Errors
   are logged.  GPG_ERR_ENODEV if the interface does not exist or is down,
   which may change.  */
gpg_error_t interface_open (const char *name, uint16_t port,
                            struct interface *r_interface);

/* Close an interface that has gone.  Needs no system call but close(2).  */
void interface_abandon (struct interface *interface);

/* Clear the error of the socket, which tells that the interface is down, and
   log it.  The socket works again when the interface is up.  */
void interface_clear_error (struct interface *interface);

#endif /*POSTERN_INTERFACE_H*/
