/* decap.h - Find the UDP datagram in a captured frame.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pure functions over bytes that anybody may have sent: they allocate nothing,
 * keep no state, and never read a byte outside FRAME..FRAME+LEN.  filter.c has
 * the same walk for the kernel; t/server/capture/t-decap.c compares the
 * two.  */

#ifndef POSTERN_DECAP_H
#define POSTERN_DECAP_H

#include <stddef.h>
#include <stdint.h>
#include "../../common/base/netspec.h"
#include "../ipc/refusal.h"

#define DECAP_MAX_TAGS 2        /* 802.1Q and 802.1ad.  */
#define DECAP_MAX_HEADERS 8     /* IPv6 extension headers.  */

/* EtherTypes and IP protocols, as IANA lists them.  */
#define DECAP_TYPE_IP4   0x0800
#define DECAP_TYPE_IP6   0x86dd
#define DECAP_TYPE_VLAN  0x8100
#define DECAP_TYPE_QINQ  0x88a8
#define DECAP_TYPE_PPPOE 0x8864
#define DECAP_PPP_IP4    0x0021
#define DECAP_PPP_IP6    0x0057
#define DECAP_HOPOPTS    0
#define DECAP_UDP        17
#define DECAP_ROUTING    43
#define DECAP_FRAGMENT   44
#define DECAP_DSTOPTS    60

/* What stands at the start of a frame of one link type.  */
struct decap_link
{
  int dlt;
  uint8_t header;               /* Bytes before the network's header.  */
  int8_t type;                  /* Offset of the EtherType; -1: none, look
                                   at the version of IP.  */
  int8_t index;                 /* Offset of the interface; -1: none.  */
};

struct decap
{
  struct net_addr src;
  struct net_addr dst;
  uint16_t sport;
  uint16_t dport;
  uint32_t ifindex;             /* 0 if the frame does not say.  */
  const unsigned char *payload; /* In the frame.  */
  size_t len;
};

/* The link type DLT of libpcap, a constant; NULL if it is not supported.  */
const struct decap_link *decap_link (int dlt);

/* Find the UDP datagram in the LEN captured bytes at FRAME.  Returns
   REFUSAL_NONE, or REFUSAL_LINK, _MALFORMED or _FRAGMENT.  */
enum refusal decap_frame (const struct decap_link *link,
                          const unsigned char *frame, size_t len,
                          struct decap *r_decap);

#endif /*POSTERN_DECAP_H*/
