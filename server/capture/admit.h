/* admit.h - Which datagrams are worth more than microseconds.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Size, the identical copy seen a moment ago, the seal, and a fair share
 * for each door, in this order.  What passes waits in a bounded queue of
 * its door, whichever of the door's keys it came under; the queues are
 * served in turn, so that who holds the keys of one door cannot starve
 * another.  No memory is taken after admit_new.  */

#ifndef POSTERN_ADMIT_H
#define POSTERN_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/wire/seal.h"
#include "../ipc/packets.h"
#include "../ipc/refusal.h"

#define ADMIT_QUEUE 64          /* Datagrams that wait, per door.  */
#define ADMIT_SEEN_SECS 10      /* How long a copy is remembered.  */

#define ADMIT_MAX_KEYS (2 * CONFIG_MAX_DOORS)

typedef struct admit_s *admit_t;

/* One key of a door.  */
struct admit_key
{
  seal_t seal;
  uint64_t ends;                /* Unix seconds; 0: never.  */
  const char *name;             /* Of the door; the configuration's.  */
  uint8_t door;                 /* Its number: which queue is its.  */
  bool previous;                /* The one before a rotation.  */
};

/* N keys (at most ADMIT_MAX_KEYS), whose seals become the object's on
   success.  With OPEN_DOOR a bare OpenPGP message passes as well.  */
gpg_error_t admit_new (const struct admit_key *keys, size_t n,
                       bool open_door, admit_t *r_admit);
void admit_release (admit_t admit);

/* The keys of CONFIG's doors, ready for admit_new, into KEYS of
   ADMIT_MAX_KEYS elements; on failure *R_MESSAGE (to be freed) may tell
   more, and nothing is left in KEYS.  */
gpg_error_t admit_load_keys (config_t config, struct admit_key *keys,
                             size_t *r_n, char **r_message);

/* It is NOW, in Unix seconds: a key that ends by then is taken no more.
   Where the clock goes back, it is taken again.  */
void admit_set_time (admit_t admit, uint64_t now);

/* Take the LEN bytes at DGRAM, which came by ORIGIN (door, previous and
   size are set here), into the queue of its door, or say why not.
   ORIGIN->seen is the clock of the copies.  */
enum refusal admit_take (admit_t admit, struct packet_origin *origin,
                         const unsigned char *dgram, size_t len);

/* The datagram whose turn it is; false if none waits.  The pointers are
   good until admit_done, which takes it out and gives the turn on.  */
bool admit_next (admit_t admit, struct packet_sealed *r_sealed);
void admit_done (admit_t admit);

#endif /*POSTERN_ADMIT_H*/
