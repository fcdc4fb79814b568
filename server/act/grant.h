/* grant.h - One grant, and the elements of the kernel's table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_GRANT_H
#define POSTERN_GRANT_H

#include <stdint.h>
#include "../ipc/packets.h"

enum grants_kind
  {
    GRANTS_PLAIN,
    GRANTS_BIND,                /* One source port.  */
    GRANTS_ONCE,
    GRANTS_BINDONCE,
    GRANTS_ADMITTED,            /* One connection that is being made.  */
    GRANTS_KINDS
  };

/* One element of the table.  No padding: compared and hashed as bytes.  */
struct grants_key
{
  uint8_t kind;
  uint8_t proto;
  uint16_t family;
  uint16_t sport;               /* 0 but for the kinds with "bind", and
                                   ADMITTED.  */
  uint16_t dport;
  unsigned char addr[16];
};

/* The connection that a grant with "once" was used for, until it is made:
   its packets may get lost and come again.  DPORT 0: not used.  */
struct grants_taken
{
  uint8_t proto;
  uint16_t sport;
  uint16_t dport;
};

struct grant
{
  uint64_t number;              /* Grows; never used again.  */
  struct packet_grant what;     /* Seconds as granted.  */
  uint64_t since;               /* Unix seconds, for people.  */
  uint64_t until;
  uint64_t ends;                /* CLOCK_BOOTTIME, milliseconds.  */
  struct grants_taken taken;
};

/* Call KEY for each element that GRANT has now; and for each that WHAT gets
   when it is new.  */
typedef void (*grants_key_t) (void *hook, const struct grants_key *key);
void grants_keys_of (const struct grant *grant, grants_key_t key,
                     void *hook);
void grants_keys (const struct packet_grant *what, grants_key_t key,
                  void *hook);

#endif /*POSTERN_GRANT_H*/
