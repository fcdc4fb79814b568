/* interface.h - The sockets that capture reads from.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Opened with root's rights, each with a filter that is locked into the
 * kernel.  Later they can be read and closed, and nothing else.  */

#ifndef POSTERN_INTERFACE_H
#define POSTERN_INTERFACE_H

#include <stdint.h>
#include <pcap/pcap.h>
#include <gpg-error.h>
#include "decap.h"

struct interface
{
  const char *name;             /* Of the configuration.  */
  pcap_t *pcap;                 /* NULL: waited for.  */
  int fd;
  uint32_t ifindex;             /* 0: "any".  */
  const struct decap_link *link;
};

/* Open interface NAME, inward packets to UDP PORT alone.  The error is
   logged; GPG_ERR_ENODEV where the interface is not there or is down,
   which may change.  */
gpg_error_t interface_open (const char *name, uint16_t port,
                            struct interface *r_interface);

/* Give up an interface that has gone.  Needs no more than close(2).  */
void interface_abandon (struct interface *interface);

/* Take an error (that the interface is down) off the socket.  It works
   again when the interface is up.  */
void interface_clear_error (struct interface *interface);

#endif /*POSTERN_INTERFACE_H*/
