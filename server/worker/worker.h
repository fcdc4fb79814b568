/* worker.h - What unseal and verify share: a loop around one gpg home.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A worker takes one message, sends the answer to the next role, and only
 * then takes another.  If it dies, the message that it works on is lost; this
 * does no harm, because the request was not claimed yet.  */

#ifndef POSTERN_WORKER_H
#define POSTERN_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "../ipc/message.h"
#include "../../common/pgp/pgp.h"
#include "../ipc/packets.h"
#include "../role/role.h"

#define WORKER_DEADLINE 5000    /* Milliseconds for one operation of gpg. */

struct worker
{
  const char *name;             /* Of the role ...  */
  const char *home;             /* ... and of its folder in the state.  */
  const char *user;
  bool writes;                  /* The home is the user's own.  */
  unsigned int from;            /* The role that its messages come from.  */
  const struct packet_rule *table;
  size_t n_table;
  unsigned int asker;           /* The next role, if it may ask ...  */
  const struct packet_rule *behind;
  size_t n_behind;              /* ... these; 0: it asks nothing.  */
  /* Called before the first message and after each one, as long as gpg works,
     for work that nobody should wait for.  NULL: nothing.  */
  void (*look_ahead) (struct worker *worker);
  /* Called instead of the loop for --check; returns the exit code.  */
  int (*look) (struct worker *worker);
  struct role role;
  pgp_t pgp;
  gpg_error_t trouble;          /* The role cannot go on and is restarted.  */
  gpg_err_code_t last_failure;  /* Logged already.  */
};

/* Start, confine and run WORKER, whose members up to LOOK are filled in; it
   is the hook of its handlers.  Returns the exit code.  */
int worker_main (struct worker *worker, int argc, char **argv);

/* Tell the next role that the message from ORIGIN is refused; FPR is who
   signed it, or NULL.  */
void worker_refuse (struct worker *worker, uint64_t id,
                    const struct packet_origin *origin, const char *fpr,
                    enum refusal refusal);

/* If ERR is an error, the role cannot go on.  The first one counts.  */
void worker_note (struct worker *worker, gpg_error_t err);

/* Log that gpg does not work, once for several errors of the same kind in a
   row; and that it works again.  */
void worker_failed (struct worker *worker, gpg_error_t err);
void worker_worked (struct worker *worker);

/* Handlers that pass a message on to decide.  */
gpg_error_t worker_pass_refused (void *hook, const struct message *msg);
gpg_error_t worker_pass_counts (void *hook, const struct message *msg);

#endif /*POSTERN_WORKER_H*/
