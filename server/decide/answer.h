/* answer.h - Sending the reply.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ANSWER_H
#define POSTERN_ANSWER_H

#include <stdint.h>
#include <gpg-error.h>
#include "../../common/wire/reply.h"
#include "../ipc/packets.h"

typedef struct answer_s *answer_t;

/* Answers since the start.  */
struct answer_state
{
  uint64_t sent;
  uint64_t failed;
  gpg_error_t err;              /* Of the latest that failed, until one of
                                   the same kind goes out; 0: none.  */
};

/* Open the sockets, one for each family that this host has.  They send UDP
   from whatever port an answer needs, and receive nothing.  Takes
   CAP_NET_RAW; answer_send does not.  *R_ANSWER is to be closed.  */
gpg_error_t answer_open (answer_t *r_answer);
void answer_close (answer_t answer);

/* Send REPLY to where ORIGIN came from, from the address and port that were
   addressed, sealed under the request's one-time KEY and no longer than its
   datagram was.  Never waits.  A failure is returned, counted, and logged:
   once for each cause until it works again.  */
gpg_error_t answer_send (answer_t answer, const struct packet_origin *origin,
                         const unsigned char key[REQUEST_KEYLEN],
                         reply_t reply);

/* ANSWER may be NULL: none was sent.  */
void answer_get_state (answer_t answer, struct answer_state *r_state);

#endif /*POSTERN_ANSWER_H*/
