/* decide.h - The role that decides, for its own files and its tests.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_DECIDE_H
#define POSTERN_DECIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../common/config.h"
#include "audit.h"
#include "clock.h"
#include "lockout.h"
#include "packets.h"
#include "pending.h"
#include "policy.h"
#include "replay.h"
#include "store.h"

#define DECIDE_BATCH 64         /* Claims of one transaction.  */

/* Checks of credentials: at once, a person's of them, and how many more may
   wait.  */
#define DECIDE_CHECKS 8
#define DECIDE_CHECKS_PERSON 2
#define DECIDE_WAITING 64
#define DECIDE_WAITING_PERSON 8

struct control_s;

/* One request on its way through decide.  */
struct job
{
  struct decide *decide;
  struct packet_origin origin;
  char primary[NETSPEC_FPRLEN + 1];
  request_t req;
  unsigned char *blob;
  size_t blob_len;
  unsigned char *attachment;    /* Sealed; NULL: none.  */
  size_t attachment_len;
  enum refusal untimely;        /* It is claimed, and no more.  */
  bool claimed;
  int64_t waits_since;          /* For a check to begin (boottime).  */
  struct policy_verdict verdict;
  struct audit_row row;
};

/* In the order in which they came.  */
struct decide_checks
{
  unsigned int n_running;
  struct job *running[DECIDE_CHECKS];
  unsigned int n_waiting;
  struct job *waiting[DECIDE_WAITING];
};

struct decide
{
  config_t config;
  const struct clock_source *clock;
  int fd_parent, fd_in, fd_out, fd_vouch;
  unsigned int trial;           /* Seconds; 0: none, or kept.  */
  store_t store;
  replay_t replay;
  audit_t audit;
  pending_t pending;
  lockout_t lockout;
  struct decide_checks checks;
  struct control_s *control;    /* NULL: none.  */
  struct clock_reading now;     /* Of this turn.  */
  uint64_t since;               /* Unix seconds.  */
  uint64_t last_id;
  int64_t ticked;               /* Boottime.  */
  unsigned int n_batch;
  struct job *batch[DECIDE_BATCH];
  uint64_t counts[REFUSAL_END];  /* By enum refusal.  */
  uint64_t passed;              /* By capture.  */
  struct
  {
    uint64_t passed;
    uint64_t previous;          /* Of them, by its previous key.  */
  } door[CONFIG_MAX_DOORS];     /* As config's doors.  */
  uint64_t done;                /* Requests that got what they asked.  */
};

/* What decide_open needs besides the configuration.  */
struct decide_places
{
  const char *store;            /* Folder of the database.  */
  const char *continuity;
  int fd_parent, fd_in, fd_out, fd_vouch;
};

/* CONFIG and CLOCK stay the caller's.  */
gpg_error_t decide_open (struct decide *decide, config_t config,
                         const struct clock_source *clock,
                         const struct decide_places *places);
void decide_close (struct decide *decide);

/* Take what waits on the channels, decide it, do what is due.  *R_WAIT is
   when to come again at the latest, in milliseconds.  GPG_ERR_EOF when
   posternd is gone; another error is a message that must not be.  With
   STOPPING nothing new is taken.  */
gpg_error_t decide_turn (struct decide *decide, bool stopping, int *r_wait);

/* A number for a message to act or posternd.  */
uint64_t decide_new_id (struct decide *decide);

/* In decide-act.c: what verified requests lead to.  */
void decide_carry_out (struct job *job);
void decide_finish (struct job *job, enum refusal refusal,
                    const char *reason);

/* In decide-vouch.c: a request whose rule requires a credential; and those
   that waited in vain for their check to begin.  */
void decide_vouch (struct job *job);
void decide_vouch_expire (struct decide *decide, int64_t now);

/* In decide-hear.c: what the others say.  */
gpg_error_t decide_hear_verify (struct decide *decide);
gpg_error_t decide_hear_act (struct decide *decide);
gpg_error_t decide_hear_vouch (struct decide *decide);
gpg_error_t decide_hear_parent (struct decide *decide);

gpg_error_t job_new (struct decide *decide, const struct packet_verified *p,
                     struct job **r_job);
void job_release (struct job *job);
/* Add to what the audit will say of JOB.  */
void job_note (struct job *job, const char *format, ...)
  GPGRT_ATTR_PRINTF (2, 3);

/* In decide.c: a verified request begins its way.  */
void decide_take (struct job *job, const struct packet_verified *p);

#endif /*POSTERN_DECIDE_H*/
