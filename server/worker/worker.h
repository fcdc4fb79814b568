/* worker.h - What unseal and verify share: a loop, and their cage.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A worker takes one message, sends the answer to the next role, and only
 * then takes another.  If it dies, the message that it works on is lost; this
 * does no harm, because the request was not claimed yet.
 *
 * It reads what strangers sent.  So it has no file, no socket and no program:
 * only the descriptors that posternd gave it.  */

#ifndef POSTERN_WORKER_H
#define POSTERN_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "../ipc/message.h"
#include "../ipc/packets.h"
#include "../role/role.h"

struct worker
{
  const char *name;             /* Of the role.  */
  const char *user;
  unsigned int from;            /* The role that its messages come from.  */
  const struct packet_rule *table;
  size_t n_table;
  unsigned int asker;           /* The next role, if it may ask ...  */
  const struct packet_rule *behind;
  size_t n_behind;              /* ... these; 0: it asks nothing.  */
  const struct packet_rule *parents;    /* What posternd sends.  */
  size_t n_parents;
  /* Called once, confined, before the role is ready, for what it needs first;
     it may call worker_hear_parent.  The handlers' hook is the worker.  */
  gpg_error_t (*prepare) (struct worker *worker);
  /* Called instead of all that for --check, with the power of whoever started
     it; returns the exit code.  NULL: the role has no --check.  */
  int (*look) (struct worker *worker);
  void *own;                    /* The role's.  */
  struct role role;
  int epoll;                    /* Its channels.  */
  gpg_error_t trouble;          /* The role cannot go on and is restarted.  */
  gpg_err_code_t last_failure;  /* Logged already.  */
};

/* Start, confine and run WORKER, whose members up to OWN are filled in; it
   is the hook of its handlers.  Returns the exit code.  */
int worker_main (struct worker *worker, int argc, char **argv);

/* Give up all but the descriptors, as WORKER->user; the name is for the
   log.  */
gpg_error_t worker_confine (struct worker *worker);

/* Wait for one message of posternd's, and handle it.  GPG_ERR_EINTR if a
   signal came.  */
gpg_error_t worker_hear_parent (struct worker *worker);

/* Tell the next role that the message from ORIGIN is refused; FPR is who
   signed it, or NULL.  */
void worker_refuse (struct worker *worker, uint64_t id,
                    const struct packet_origin *origin, const char *fpr,
                    enum refusal refusal);

/* If ERR is an error, the role cannot go on.  The first one counts.  */
void worker_note (struct worker *worker, gpg_error_t err);

/* Log that WHAT does not work, once for several errors of the same kind in a
   row; and that it works again.  */
void worker_failed (struct worker *worker, const char *what, gpg_error_t err);
void worker_worked (struct worker *worker, const char *what);

/* In worker-refusal.c: what an error of openpgp_unwrap or pgp_unwrap means for
   the audit, and one of what checks a signature, by the engine or by
   pgp_verify.  0 is REFUSAL_NONE.  */
enum refusal worker_refusal_of_unseal (gpg_error_t err);
enum refusal worker_refusal_of_verify (gpg_error_t err);

/* Handlers that pass a message on to decide.  */
gpg_error_t worker_pass_refused (void *hook, const struct message *msg);
gpg_error_t worker_pass_counts (void *hook, const struct message *msg);

#endif /*POSTERN_WORKER_H*/
