/* admit.h - Decide which datagrams are passed on.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A datagram is checked for its size, for an identical copy a moment ago, for
 * the seal, and for the fair share of its door, in this order; a stranger's
 * costs microseconds.  What passes waits in a bounded queue of its door,
 * whichever of the door's keys sealed it.  The queues are served in turn, so
 * that a holder of one door's keys cannot starve another door.  No memory is
 * allocated after admit_new.  */

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

#define ADMIT_QUEUE 64          /* Datagrams that may wait for each door.  */
#define ADMIT_SEEN_SECS 10      /* How long a copy is remembered.  */

#define ADMIT_MAX_KEYS (2 * CONFIG_MAX_DOORS)

typedef struct admit_s *admit_t;

/* One key of a door.  */
struct admit_key
{
  seal_t seal;
  uint64_t ends;                /* Unix seconds; 0: never.  */
  const char *name;             /* Of the door; the configuration owns it. */
  uint8_t door;                 /* Its number, which is that of its queue.  */
  bool previous;                /* The key before a rotation.  */
};

/* Use the N keys at KEYS, at most ADMIT_MAX_KEYS (GPG_ERR_INV_VALUE), whose
   seals *R_ADMIT takes over on success.  With OPEN_DOOR a bare OpenPGP message
   passes as well.  */
gpg_error_t admit_new (const struct admit_key *keys, size_t n,
                       bool open_door, admit_t *r_admit);
void admit_release (admit_t admit);

/* Load the keys of CONFIG's doors for admit_new into KEYS, which takes
   ADMIT_MAX_KEYS elements.  On failure KEYS holds nothing, and *R_MESSAGE,
   if not NULL, is a line that tells more, to be freed.  */
gpg_error_t admit_load_keys (config_t config, struct admit_key *keys,
                             size_t *r_n, char **r_message);

/* Set the time to NOW, in Unix seconds.  A key that has ended by then is not
   accepted; if the clock goes back, it is accepted again.  */
void admit_set_time (admit_t admit, uint64_t now);

/* Put the LEN bytes at DGRAM, which came from ORIGIN, into the queue of their
   door, or return why not.  ORIGIN's door, previous and size are set here;
   ORIGIN->seen, in microseconds, is the time by which copies are
   forgotten.  */
enum refusal admit_take (admit_t admit, struct packet_origin *origin,
                         const unsigned char *dgram, size_t len);

/* The datagram whose turn it is; false if none waits.  The pointers are valid
   until admit_done, which removes it from its queue and moves on to the next
   queue.  */
bool admit_next (admit_t admit, struct packet_sealed *r_sealed);
void admit_done (admit_t admit);

#endif /*POSTERN_ADMIT_H*/
