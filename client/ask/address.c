/* address.c - The address for the grant: this machine's own.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A signed address is better than the observed one: nobody on the way can get
 * the grant for an address of his own.  But behind a NAT the server does not
 * see the address of this machine, so only a global one may be signed.  */

#include "address.h"

#include <string.h>


void
address_own (carrier_t carrier, size_t n, struct net_addr *r_addr)
{
  struct net_addr first, addr;
  size_t i;

  memset (r_addr, 0, sizeof *r_addr);
  memset (&first, 0, sizeof first);
  for (i = 0; i < n; i++)
    {
      carrier_own_address (carrier, i, &addr);
      if (!netspec_addr_global (&addr))
        return;
      if (i && !netspec_addr_equal (&addr, &first))
        return;
      first = addr;
    }
  *r_addr = first;
}
