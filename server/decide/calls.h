/* calls.h - Questions that other processes were asked.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide never blocks for an answer: it notes the question under the id of
 * its message, and goes on.  */

#ifndef POSTERN_CALLS_H
#define POSTERN_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../ipc/packets.h"

#define CALLS_MAX 1024
#define CALLS_TIME_US 3000000   /* For an answer; none comes after that.  */

/* By TYPE one of the members; 0: no answer came.  */
struct calls_answer
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
    struct packet_ran ran;
  } u;
};

/* Told the answer, once; of a list each part of it.  */
typedef void (*calls_done_t) (void *hook, const struct calls_answer *answer);

typedef struct calls_s *calls_t;

gpg_error_t calls_new (calls_t *r_calls);
void calls_release (calls_t calls);

/* Wait for the answer to ID until DEADLINE (boottime, microseconds): DONE
   is called with HOOK then.  GPG_ERR_TOO_MANY where no more may wait.  */
gpg_error_t calls_add (calls_t calls, uint64_t id, int64_t deadline,
                       calls_done_t done, void *hook);

/* The same, and send the question to FD: BODY, a struct of TYPE.  Errors also
   as packet_send's; then nobody waits.  Several answers may come to a LIST;
   who asks anything else is done with the first.  */
gpg_error_t calls_ask (calls_t calls, int fd, enum packet_type type,
                       uint64_t id, const void *body, int64_t deadline,
                       calls_done_t done, void *hook);

/* Hand on ANSWER; MORE: others will follow.  False: nobody waits.  */
bool calls_answer (calls_t calls, uint64_t id, int64_t now,
                   const struct calls_answer *answer, bool more);

/* Tell those whose time is over; *R_WAIT is when the next one is, in
   milliseconds (-1: none).  */
void calls_expire (calls_t calls, int64_t now, int *r_wait);

/* HOOK is going away: nobody is told any more.  */
void calls_forget (calls_t calls, const void *hook);

unsigned int calls_count (calls_t calls);

#endif /*POSTERN_CALLS_H*/
