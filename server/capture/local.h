/* local.h - The addresses and links of this host, as netlink tells them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * capture only accepts packets to addresses of this host.  Once confined, it
 * cannot ask for them, but a socket that has joined the groups of
 * rtnetlink(7) still reports changes.  */

#ifndef POSTERN_LOCAL_H
#define POSTERN_LOCAL_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"

typedef struct local_s *local_t;

/* Called for a link that exists (UP tells whether it is up) or has gone
   (PRESENT is false).  */
typedef void (*local_link_t) (void *hook, uint32_t ifindex,
                              const char *name, bool present, bool up);

/* Open the socket; from now on no change is missed.  LINK is called with HOOK
   by the functions below.  */
gpg_error_t local_open (local_link_t link, void *hook, local_t *r_local);
void local_release (local_t local);

/* Ask for all links, addresses and routes of type local, and wait for the
   answers.  GPG_ERR_MISSING_VALUE if they change all the time.  */
gpg_error_t local_fill (local_t local);

/* The descriptor to wait for.  */
int local_fd (local_t local);

/* Read what the kernel reports, without waiting.  GPG_ERR_MISSING_VALUE if it
   reported more than the socket could hold: then everything must be asked for
   again.  */
gpg_error_t local_update (local_t local);

/* True if a packet from SRC to DST that came in by the link IFINDEX is for
   this host: DST is an address of one of its links, or matches a route of
   type local in the tables local and main.  Loopback addresses only count on
   the loopback interface.  */
bool local_is_for_us (local_t local, uint32_t ifindex,
                      const struct net_addr *src,
                      const struct net_addr *dst);

/* The index of the loopback interface; 0 before local_fill.  */
uint32_t local_loopback (local_t local);

#endif /*POSTERN_LOCAL_H*/
