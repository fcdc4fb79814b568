/* filter.h - The kernel's part of finding datagrams: a BPF program.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libpcap's own expressions do not follow IPv6 extension headers, and
 * "vlan" and "pppoes" change the meaning of what follows them.  So the
 * program is made here, by the same walk as in decap.c.  It passes every
 * frame that decap_frame accepts and that is for the port, and the first
 * fragment of such a datagram, so that it is counted.  */

#ifndef POSTERN_FILTER_H
#define POSTERN_FILTER_H

#include <stdint.h>
#include <pcap/pcap.h>
#include "decap.h"

#define FILTER_MAXLEN 320       /* Instructions.  */

struct filter
{
  struct bpf_insn insn[FILTER_MAXLEN];
  struct bpf_program program;   /* Points to INSN; not to be freed.  */
};

/* Write the program for frames of LINK and the UDP destination port PORT to
   FILTER, which must not move from then on.  */
void filter_make (struct filter *filter, const struct decap_link *link,
                  uint16_t port);

#endif /*POSTERN_FILTER_H*/
