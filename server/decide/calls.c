/* calls.c - Questions that other processes were asked.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calls.h"

#include <stdlib.h>
#include <string.h>

struct call
{
  uint64_t id;
  int64_t deadline;
  calls_done_t done;
  void *hook;
  bool many;                    /* A list may be the answer.  */
};

struct calls_s
{
  unsigned int n;
  struct call call[CALLS_MAX];
};


gpg_error_t
calls_new (calls_t *r_calls)
{
  *r_calls = calloc (1, sizeof **r_calls);
  return *r_calls ? 0 : gpg_error (GPG_ERR_ENOMEM);
}


void
calls_release (calls_t calls)
{
  free (calls);
}


gpg_error_t
calls_add (calls_t calls, uint64_t id, int64_t deadline, calls_done_t done,
           void *hook)
{
  struct call *call;

  if (calls->n == CALLS_MAX)
    return gpg_error (GPG_ERR_TOO_MANY);
  call = calls->call + calls->n++;
  call->id = id;
  call->deadline = deadline;
  call->done = done;
  call->hook = hook;
  call->many = false;
  return 0;
}


gpg_error_t
calls_ask (calls_t calls, int fd, enum packet_type type, uint64_t id,
           const void *body, int64_t deadline, calls_done_t done, void *hook)
{
  gpg_error_t err = calls_add (calls, id, deadline, done, hook);

  if (err)
    return err;
  calls->call[calls->n - 1].many = type == PACKET_LIST;
  err = packet_send (fd, type, id, body);
  if (err)
    calls->n--;
  return err;
}


static void
drop_call (calls_t calls, unsigned int i)
{
  calls->call[i] = calls->call[--calls->n];
}


bool
calls_answer (calls_t calls, uint64_t id, int64_t now,
              const struct calls_answer *answer, bool more)
{
  struct call call;
  unsigned int i;

  for (i = 0; i < calls->n; i++)
    if (calls->call[i].id == id)
      break;
  if (i == calls->n)
    return false;
  call = calls->call[i];
  if (more && call.many)
    calls->call[i].deadline = now + CALLS_TIME_US;
  else
    drop_call (calls, i);
  call.done (call.hook, answer);
  return true;
}


void
calls_expire (calls_t calls, int64_t now, int *r_wait)
{
  static const struct calls_answer none;
  struct call call;
  int64_t next = INT64_MAX;
  unsigned int i = 0;

  while (i < calls->n)
    if (calls->call[i].deadline <= now)
      {
        call = calls->call[i];
        drop_call (calls, i);
        call.done (call.hook, &none);
        i = 0;                  /* It may have changed the table.  */
        next = INT64_MAX;
      }
    else
      {
        if (calls->call[i].deadline < next)
          next = calls->call[i].deadline;
        i++;
      }
  *r_wait = next == INT64_MAX ? -1 : (int)((next - now) / 1000) + 1;
}


void
calls_forget (calls_t calls, const void *hook)
{
  unsigned int i = 0;

  while (i < calls->n)
    if (calls->call[i].hook == hook)
      drop_call (calls, i);
    else
      i++;
}


unsigned int
calls_count (calls_t calls)
{
  return calls->n;
}
