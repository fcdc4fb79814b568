/* address.h - The address for the grant: this machine's own.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_ADDRESS_H
#define POSTERN_CLIENT_ADDRESS_H

#include "../../common/base/netspec.h"
#include "carrier.h"

/* The address that all N hosts of CARRIER are reached from, where it is
   one and the same and hosts elsewhere see it unchanged; AF_UNSPEC
   ("observed") else.  */
void address_own (carrier_t carrier, size_t n, struct net_addr *r_addr);

#endif /*POSTERN_CLIENT_ADDRESS_H*/
