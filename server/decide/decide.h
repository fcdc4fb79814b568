/* decide.h - The role that decides: what it holds, and its turns.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_DECIDE_H
#define POSTERN_DECIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../ipc/packets.h"
#include "../role/role.h"
#include "../store/approvals.h"
#include "../store/audit.h"
#include "../store/clock.h"
#include "../store/lockout.h"
#include "../store/rate.h"
#include "../store/receipts.h"
#include "../store/replay.h"
#include "../store/since.h"
#include "../store/store.h"
#include "answer.h"
#include "calls.h"

#define DECIDE_BATCH 64         /* Claims of one transaction.  */

/* Checks of credentials: at once, a person's of them, and how many more may
   wait.  */
#define DECIDE_CHECKS 8
#define DECIDE_CHECKS_PERSON 2
#define DECIDE_WAITING 64
#define DECIDE_WAITING_PERSON 8

/* Commands at once, and how long after its request came a person has a
   reply, whether one has ended or not.  */
#define DECIDE_RUNS 64
#define DECIDE_RUN_TIME_US (4 * (int64_t)CLOCK_SECOND)

struct control_s;
struct job;
struct step;

/* Of credentials, in the order in which they came.  */
struct decide_checks
{
  unsigned int n_running;
  struct job *running[DECIDE_CHECKS];
  unsigned int n_waiting;
  struct job *waiting[DECIDE_WAITING];
};

/* The output of a command whose end is just being told.  */
struct decide_output
{
  unsigned char request[REQUEST_HASHLEN];
  char *data;                   /* NULL: a free place.  */
  size_t len;
  bool broken;                  /* A part of it did not come.  */
};

/* Commands that act was asked to run, and what each act tells just now:
   after a reload there may be several.  */
struct decide_runs
{
  unsigned int n;
  struct job *job[DECIDE_RUNS];
  struct decide_output output[ROLE_ACTS];
};

struct decide
{
  const struct step *way;       /* Of each request; see walk.h.  */
  config_t config;
  const struct clock_source *clock;
  int fd_parent, fd_in, fd_out, fd_vouch;
  int64_t trial_end;            /* Boottime; 0: no trial, or kept.  */
  struct packet_health health;  /* What posternd says of all of it.  */
  store_t store;
  replay_t replay;
  rate_t rate;
  since_t people;
  audit_t audit;
  calls_t calls;
  lockout_t lockout;
  approvals_t approvals;
  struct decide_checks checks;
  struct decide_runs runs;
  struct control_s *control;    /* NULL: none.  */
  answer_t answer;
  struct clock_reading now;     /* Of this turn.  */
  uint64_t since;               /* Unix seconds.  */
  uint64_t last_id;
  int64_t ticked;               /* Boottime.  */
  unsigned int n_batch;         /* Those that wait for their claim.  */
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
  answer_t answer;
  struct audit_tell_s *tell;    /* NULL: none.  */
};

/* CONFIG, CLOCK, TELL and the answer's sockets stay the caller's.  The errors
   are those of the store and the like; they are logged.  */
gpg_error_t decide_open (struct decide *decide, config_t config,
                         const struct clock_source *clock,
                         const struct decide_places *places);

/* Those who wait are answered, and DECIDE is all zero.  */
void decide_close (struct decide *decide);

/* Take what waits on the channels, decide it, do what is due.  *R_WAIT is
   when to come again at the latest, in milliseconds.  GPG_ERR_EOF when
   posternd is gone; another error is an unexpected message.  With STOPPING
   nothing new is taken.  */
gpg_error_t decide_turn (struct decide *decide, bool stopping, int *r_wait);

/* This turn's time, in seconds.  */
static inline time_t
decide_now_s (const struct decide *decide)
{
  return (time_t)clock_seconds (&decide->now);
}

/* A number for a message to another process.  */
static inline uint64_t
decide_new_id (struct decide *decide)
{
  return ++decide->last_id;
}

#endif /*POSTERN_DECIDE_H*/
