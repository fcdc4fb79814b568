/* worker.h - What unseal and verify share: a loop around one gpg home.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A worker takes one message, answers it to the role behind, and only then
 * takes the next.  What it works on when it dies is lost, which nobody
 * can use: it was not claimed.  */

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
  const char *name;             /* Of the role and of its home.  */
  const char *user;
  bool writes;                  /* The home is the user's own.  */
  unsigned int from;            /* Whom its messages come from.  */
  const struct packet_rule *table;
  size_t n_table;
  unsigned int asker;           /* The role behind, if it may ask ...  */
  const struct packet_rule *behind;
  size_t n_behind;              /* ... these; 0: it asks nothing.  */
  /* Called before the first message and behind each one, while gpg works:
     what need not be done while somebody waits.  NULL: nothing.  */
  void (*look_ahead) (struct worker *worker);
  /* Called instead of the loop for --check; returns the exit code.  */
  int (*look) (struct worker *worker);
  struct role role;
  pgp_t pgp;
  gpg_error_t trouble;          /* The role cannot go on: start anew.  */
  gpg_err_code_t last_failure;  /* Logged already.  */
};

/* Start, confine and run WORKER, of which the first part is filled in and
   the hook of its handlers; returns the exit code.  */
int worker_main (struct worker *worker, int argc, char **argv);

/* Tell on that what came from ORIGIN is refused.  */
void worker_refuse (struct worker *worker, uint64_t id,
                    const struct packet_origin *origin, const char *fpr,
                    enum refusal refusal);

/* The role cannot go on for ERR, if it is one.  */
void worker_note (struct worker *worker, gpg_error_t err);

/* Log that gpg does not work, once for each kind of error in a row.  */
void worker_failed (struct worker *worker, gpg_error_t err);
void worker_worked (struct worker *worker);

/* Handlers that pass a message on to decide.  */
gpg_error_t worker_pass_refused (void *hook, const struct message *msg);
gpg_error_t worker_pass_counts (void *hook, const struct message *msg);

#endif /*POSTERN_WORKER_H*/
