/* grant.c - Which elements of the kernel's table a grant has.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "grant.h"

#include <string.h>


void
grants_keys (const struct packet_grant *what, grants_key_t fnc, void *hook)
{
  struct grants_key key;
  unsigned int i, port;

  memset (&key, 0, sizeof key);
  key.kind = what->once? (what->bind? GRANTS_BINDONCE : GRANTS_ONCE)
                       : (what->bind? GRANTS_BIND : GRANTS_PLAIN);
  key.family = what->addr.family;
  key.sport = what->bind;
  memcpy (key.addr, what->addr.bytes, sizeof key.addr);
  for (i = 0; i < what->ports.n; i++)
    {
      key.proto = what->ports.range[i].proto;
      for (port = what->ports.range[i].first;
           port <= what->ports.range[i].last; port++)
        {
          key.dport = (uint16_t)port;
          fnc (hook, &key);
        }
    }
}


void
grants_keys_of (const struct grant *grant, grants_key_t fnc, void *hook)
{
  struct grants_key key;

  if (!grant->taken.dport)
    {
      grants_keys (&grant->what, fnc, hook);
      return;
    }
  memset (&key, 0, sizeof key);
  key.kind = GRANTS_ADMITTED;
  key.proto = grant->taken.proto;
  key.family = grant->what.addr.family;
  key.sport = grant->taken.sport;
  key.dport = grant->taken.dport;
  memcpy (key.addr, grant->what.addr.bytes, sizeof key.addr);
  fnc (hook, &key);
}
