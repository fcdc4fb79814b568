/* admit.h - Which datagrams are worth more than microseconds.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Size, the identical copy seen a moment ago, the seal, and a fair share
 * for each door key, in this order.  What passes waits in a bounded queue
 * of its door; the queues are served in turn, so that who holds one door
 * key cannot starve another.  No memory is taken after admit_new.  */

#ifndef POSTERN_ADMIT_H
#define POSTERN_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../common/config.h"
#include "../common/seal.h"
#include "packets.h"
#include "refusal.h"

#define ADMIT_QUEUE 64          /* Datagrams that wait, per door.  */
#define ADMIT_SEEN_SECS 10      /* How long a copy is remembered.  */

typedef struct admit_s *admit_t;

/* N doors (at most CONFIG_MAX_DOORS), which become the object's on
   success.  With OPEN_DOOR a bare OpenPGP message passes as well.  */
gpg_error_t admit_new (const seal_t *doors, size_t n, bool open_door,
                       admit_t *r_admit);
void admit_release (admit_t admit);

/* Take the LEN bytes at DGRAM, which came by ORIGIN (door and size are set
   here), into the queue of its door, or say why not.  ORIGIN->seen is the
   clock.  */
enum refusal admit_take (admit_t admit, const struct packet_origin *origin,
                         const unsigned char *dgram, size_t len);

/* The datagram whose turn it is; false if none waits.  The pointers are
   good until admit_done, which takes it out and gives the turn on.  */
bool admit_next (admit_t admit, struct packet_sealed *r_sealed);
void admit_done (admit_t admit);

#endif /*POSTERN_ADMIT_H*/
