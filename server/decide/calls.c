/* calls.c - Questions that were asked and wait for their answer.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calls.h"

#include <stdlib.h>
#include <string.h>

struct question
{
  uint64_t id;
  int64_t deadline;
  pending_done_t done;
  void *hook;
  bool many;                    /* A list may be the answer.  */
};

struct pending_s
{
  unsigned int n;
  struct question question[PENDING_MAX];
};


gpg_error_t
pending_new (pending_t *r_pending)
{
  *r_pending = calloc (1, sizeof **r_pending);
  return *r_pending ? 0 : gpg_error (GPG_ERR_ENOMEM);
}


void
pending_release (pending_t pending)
{
  free (pending);
}


gpg_error_t
pending_add (pending_t pending, uint64_t id, int64_t now,
             pending_done_t done, void *hook)
{
  return pending_add_until (pending, id, now + PENDING_TIME, done, hook);
}


gpg_error_t
pending_add_until (pending_t pending, uint64_t id, int64_t deadline,
                   pending_done_t done, void *hook)
{
  struct question *question;

  if (pending->n == PENDING_MAX)
    return gpg_error (GPG_ERR_TOO_MANY);
  question = pending->question + pending->n++;
  question->id = id;
  question->deadline = deadline;
  question->done = done;
  question->hook = hook;
  question->many = false;
  return 0;
}


void
pending_take_many (pending_t pending, uint64_t id)
{
  unsigned int i;

  for (i = 0; i < pending->n; i++)
    if (pending->question[i].id == id)
      pending->question[i].many = true;
}


static void
take_out (pending_t pending, unsigned int i)
{
  pending->question[i] = pending->question[--pending->n];
}


bool
pending_answer (pending_t pending, uint64_t id, int64_t now,
                const struct pending_answer *answer, bool more)
{
  struct question question;
  unsigned int i;

  for (i = 0; i < pending->n; i++)
    if (pending->question[i].id == id)
      break;
  if (i == pending->n)
    return false;
  question = pending->question[i];
  if (more && question.many)
    pending->question[i].deadline = now + PENDING_TIME;
  else
    take_out (pending, i);
  question.done (question.hook, answer);
  return true;
}


void
pending_expire (pending_t pending, int64_t now, int *r_wait)
{
  static const struct pending_answer none;
  struct question question;
  int64_t next = INT64_MAX;
  unsigned int i = 0;

  while (i < pending->n)
    if (pending->question[i].deadline <= now)
      {
        question = pending->question[i];
        take_out (pending, i);
        question.done (question.hook, &none);
        i = 0;                  /* It may have changed the table.  */
        next = INT64_MAX;
      }
    else
      {
        if (pending->question[i].deadline < next)
          next = pending->question[i].deadline;
        i++;
      }
  *r_wait = next == INT64_MAX ? -1 : (int)((next - now) / 1000) + 1;
}


void
pending_forget (pending_t pending, const void *hook)
{
  unsigned int i = 0;

  while (i < pending->n)
    if (pending->question[i].hook == hook)
      take_out (pending, i);
    else
      i++;
}


unsigned int
pending_count (pending_t pending)
{
  return pending->n;
}
