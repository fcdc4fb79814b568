/* carrier.h - How a datagram travels: UDP, to several hosts at once.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only the identical datagram is ever sent again.  A host may have several
 * addresses: each sending goes to the next one.  What comes back counts
 * only if the caller's function says so; ICMP errors end nothing, for
 * anybody can forge them and a shut port draws them.  */

#ifndef POSTERN_CLIENT_CARRIER_H
#define POSTERN_CLIENT_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"

#define CARRIER_MAX_HOSTS 16

typedef struct carrier_s *carrier_t;

/* Looks at a datagram that came from host number HOST; true if it was the
   reply.  */
typedef bool (*carrier_accept_t) (void *hook, size_t host,
                                  const void *dgram, size_t len);

/* Told once a second while replies are waited for.  */
typedef void (*carrier_tick_t) (void *hook, unsigned int seconds);

/* Names may take DEADLINE milliseconds from now, all together.  */
gpg_error_t carrier_new (unsigned int deadline, carrier_t *r_carrier);
void carrier_release (carrier_t carrier);

/* Add a host, numbered from 0 in the order of calls: resolve its N
   addresses or names, FAMILY only (AF_UNSPEC: both), and connect a socket
   to each; if there is an address among them, names get half a second.
   BIND is the sockets' own port, 0 for any.  *R_MESSAGE is the
   message, to be freed with gpgrt_free.  */
gpg_error_t carrier_add (carrier_t carrier,
                         const char (*address)[254], size_t n,
                         uint16_t port, int family, uint16_t bind,
                         char **r_message);

/* This host's own address towards HOST's first address; AF_UNSPEC in
   *R_ADDR if there is no route.  */
void carrier_own_address (carrier_t carrier, size_t host,
                          struct net_addr *r_addr);

/* Use only addresses of FAMILY from now on.  */
void carrier_keep_family (carrier_t carrier, size_t host,
                          sa_family_t family);

/* Whether some address of HOST is of FAMILY.  */
bool carrier_has_family (carrier_t carrier, size_t host,
                         sa_family_t family);

/* The longest datagram that all of the host's addresses take, and that
   one of them takes (with MOST).  */
size_t carrier_limit (carrier_t carrier, size_t host, bool most);

/* What to send to HOST.  The bytes are copied.  */
gpg_error_t carrier_load (carrier_t carrier, size_t host,
                          const void *dgram, size_t len);

/* Send to all hosts, again after 1, 2 and 4 seconds, until each has
   answered, or cannot be sent to because a firewall here forbids it, or
   DEADLINE milliseconds have passed.  TICK may be NULL.  */
gpg_error_t carrier_run (carrier_t carrier, unsigned int deadline,
                         carrier_accept_t accept, carrier_tick_t tick,
                         void *hook);

/* After carrier_run: the peer that answered (false: none did), how many
   datagrams went out, and the last error of sending.  */
bool carrier_peer (carrier_t carrier, size_t host,
                   struct sockaddr_storage *r_sa, socklen_t *r_len);
unsigned int carrier_sent (carrier_t carrier, size_t host);
gpg_error_t carrier_error (carrier_t carrier, size_t host);

#endif /*POSTERN_CLIENT_CARRIER_H*/
