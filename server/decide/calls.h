/* calls.h - Questions that were asked and wait for their answer.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide never waits for one: it notes the question under the id of its
 * message, and goes on.  */

#ifndef POSTERN_PENDING_H
#define POSTERN_PENDING_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../ipc/packets.h"

#define PENDING_MAX 1024
#define PENDING_TIME 3000000    /* Microseconds; then it was in vain.  */

/* By TYPE one of the members; 0: no answer came.  */
struct pending_answer
{
  uint16_t type;
  union
  {
    struct packet_granted granted;
    struct packet_denied denied;
    struct packet_closed closed;
    struct packet_listed listed;
    struct packet_reloaded reloaded;
    struct packet_answer answer;
    struct packet_rechecked rechecked;
  } u;
};

/* Told the answer, once; of a list each part of it.  */
typedef void (*pending_done_t) (void *hook,
                                const struct pending_answer *answer);

typedef struct pending_s *pending_t;

gpg_error_t pending_new (pending_t *r_pending);
void pending_release (pending_t pending);

/* Wait for the answer to ID until NOW + PENDING_TIME (boottime).
   GPG_ERR_TOO_MANY where no more may wait.  */
gpg_error_t pending_add (pending_t pending, uint64_t id, int64_t now,
                         pending_done_t done, void *hook);

/* The same until DEADLINE.  */
gpg_error_t pending_add_until (pending_t pending, uint64_t id,
                               int64_t deadline, pending_done_t done,
                               void *hook);

/* Several answers may come to ID.  Who asked for one alone is done with the
   first, whatever act says.  */
void pending_take_many (pending_t pending, uint64_t id);

/* Hand on ANSWER; MORE: others will follow.  False: nobody waits.  */
bool pending_answer (pending_t pending, uint64_t id, int64_t now,
                     const struct pending_answer *answer, bool more);

/* Tell those whose time is over; *R_WAIT is when the next one is, in
   milliseconds (-1: none).  */
void pending_expire (pending_t pending, int64_t now, int *r_wait);

/* HOOK is going away: nobody is told any more.  */
void pending_forget (pending_t pending, const void *hook);

unsigned int pending_count (pending_t pending);

#endif /*POSTERN_PENDING_H*/
