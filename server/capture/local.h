/* local.h - The addresses and links of this host, as netlink tells them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * capture takes packets to addresses of this host only; it has no right to
 * ask for them later, but a socket that was joined to the groups of
 * rtnetlink(7) goes on telling.  */

#ifndef POSTERN_LOCAL_H
#define POSTERN_LOCAL_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"

typedef struct local_s *local_t;

/* Called for a link that is there (UP tells whether it is up) or has gone
   (PRESENT is false).  */
typedef void (*local_link_t) (void *hook, uint32_t ifindex,
                              const char *name, bool present, bool up);

/* Open the socket; from now on nothing is missed.  */
gpg_error_t local_open (local_link_t link, void *hook, local_t *r_local);
void local_release (local_t local);

/* Ask for all links, addresses and routes of type local, and wait for the
   answers.  */
gpg_error_t local_fill (local_t local);

int local_fd (local_t local);

/* Read what the kernel has to tell.  GPG_ERR_MISSING_VALUE where it told
   more than the socket could hold, and all must be asked for again.  */
gpg_error_t local_update (local_t local);

/* True if a packet that came in by link IFINDEX from SRC to DST is for
   this host: to an address of one of its links, or by a route of type local
   in the tables local and main.  Loopback's addresses are its own on
   loopback only.  */
bool local_is_for_us (local_t local, uint32_t ifindex,
                      const struct net_addr *src,
                      const struct net_addr *dst);

/* The index of the loopback interface; 0 before local_fill.  */
uint32_t local_loopback (local_t local);

#endif /*POSTERN_LOCAL_H*/
