/* decide.h - The role that decides, for its own files and its tests.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_DECIDE_H
#define POSTERN_DECIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/wire/reply.h"
#include "answer.h"
#include "../store/audit.h"
#include "../store/clock.h"
#include "../store/lockout.h"
#include "../ipc/packets.h"
#include "calls.h"
#include "policy.h"
#include "../store/rate.h"
#include "../store/receipts.h"
#include "../store/replay.h"
#include "../role/role.h"
#include "../store/since.h"
#include "../store/store.h"
#include "../store/approvals.h"

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
#define DECIDE_RUN_TIME (4 * (int64_t)CLOCK_SECOND)

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
  uint64_t key_state, keys_changed;     /* As in packet_verified.  */
  enum refusal untimely;        /* It is claimed, and no more.  */
  bool too_many;                /* Of this person's: not claimed.  */
  bool claimed;
  bool late;                    /* Approved by others: who asked does not
                                   wait for its reply.  */
  struct job *approval;         /* The last one, whose person does; NULL:
                                   they have been told.  */
  int64_t waits_since;          /* For a check to begin (boottime).  */
  unsigned int n_rechecked;     /* Signatures that others gave before.  */
  struct policy_verdict verdict;
  struct audit_row row;
  int64_t due;                  /* Of a command's reply (boottime).  */
  char *argv;                   /* Of a command, as command_print has it; of
                                   what waited, or of its last approval,
                                   what that was.  */
  uint64_t asked_id;            /* Of the RUN.  */
  bool begun;                   /* act has said so.  */
  bool answered;                /* The person has a reply.  */
  bool lost;                    /* act ended; it may not have begun.  */
};

/* In the order in which they came.  */
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
   behind a reload there may be several.  */
struct decide_runs
{
  receipts_t receipts;
  unsigned int n;
  struct job *job[DECIDE_RUNS];
  struct decide_output output[ROLE_ACTS];
};

struct decide
{
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
  answer_t answer;
  struct audit_tell_s *tell;    /* NULL: none.  */
};

/* CONFIG, CLOCK, TELL and the answer's sockets stay the caller's.  */
gpg_error_t decide_open (struct decide *decide, config_t config,
                         const struct clock_source *clock,
                         const struct decide_places *places);
void decide_close (struct decide *decide);

/* Take what waits on the channels, decide it, do what is due.  *R_WAIT is
   when to come again at the latest, in milliseconds.  GPG_ERR_EOF when
   posternd is gone; another error is an unexpected message.  With
   STOPPING nothing new is taken.  */
gpg_error_t decide_turn (struct decide *decide, bool stopping, int *r_wait);

/* A number for a message to act or posternd.  */
uint64_t decide_new_id (struct decide *decide);

/* In decide-act.c: what verified requests lead to.  */
void decide_carry_out (struct job *job);
void decide_finish (struct job *job, enum refusal refusal,
                    const char *reason);
/* Its two halves: the reply, which gets what is due to all (REPLY may be
   NULL), and the row of the audit, with which JOB goes.  */
void decide_answer (struct job *job, reply_t reply, enum refusal refusal,
                    const char *reason);
void decide_settle (struct job *job, enum refusal refusal,
                    const char *reason);

/* In decide-run.c: commands and their results.  */
gpg_error_t decide_runs_open (struct decide *decide);
void decide_runs_close (struct decide *decide);
/* Now and then, while the clock is known to be right.  */
void decide_runs_expire (struct decide *decide);
/* Find what would run, or refuse: false, and JOB is gone.  */
bool decide_resolve (struct job *job);
void decide_run (struct job *job);
void decide_result (struct job *job);
/* Keep what came of JOB, which waited for approval, for the asker.  */
void decide_keep (struct job *job, enum refusal refusal, const char *reason);
/* What act says of them.  */
void decide_on_denied (struct decide *decide, uint64_t id,
                       enum refusal refusal);
void decide_on_output (struct decide *decide, const struct packet_output *p);
void decide_on_ran (struct decide *decide, const struct packet_ran *ran);
void decide_on_begun (struct decide *decide, const struct packet_begun *p);

/* The job waits for approval until then, and its person is told so.
   Releases JOB.  */
void decide_defer (struct job *job, const char *reason, uint64_t until);

/* In decide-hook.c: have act tell of JOB, by the hook for EVENT; REASON is
   bounded here, and may be NULL.  Holds nothing up.  */
void decide_tell (struct job *job, enum config_event event,
                  const char *reason);

/* In decide-wait.c: JOB, which its rule or command lets nobody do alone,
   waits.  */
void decide_wait (struct job *job);
bool decide_must_wait (const struct job *job);

/* Approve or deny as JOB asks; first whether it may, and under which terms
   (JOB->verdict.rule).  */
enum refusal decide_judge_approval (struct job *job);
void decide_approve (struct job *job);

/* Tell JOB's person how WAITING, which they asked for, stands.  */
void decide_tell_asker (struct job *job, const struct pending *pending);

/* What JOB names, where its time lasts and its terms, which *R_TERMS gets,
   are still the same; NULL else.  */
struct pending *decide_find_waiting (struct job *job,
                                     const struct config_rule **r_terms);

/* Take JOB's approval of WAITING, and carry it out where that is enough.  */
void decide_add_approval (struct job *job, struct pending *pending,
                          const struct config_rule *terms);

/* Tell who gave the last approval of JOB what came of it.  */
void decide_tell_approver (struct job *job, enum refusal refusal,
                           const char *reason);

/* In decide-recheck.c: JOB's approval would be the last.  Have verify look
   again at what the others signed, and then take it or refuse it.  */
void decide_recheck (struct job *job);

/* List to JOB's person what waits.  */
void decide_tell_waiting (struct job *job);

/* One that waits, as an object of JSON; to be freed.  */
char *decide_waiting_json (struct decide *decide,
                           const struct pending *pending);

/* End what waits: by root at the console, too late, or not the same any
   more (at the start).  WAITING is gone then; on an error, which is logged,
   it waits still.  */
gpg_error_t decide_deny (struct decide *decide, struct pending *pending,
                         enum refusal refusal, const char *by);
void decide_expire_waiting (struct decide *decide);
void decide_recheck_waiting (struct decide *decide);

/* In decide-vouch.c: a request whose rule requires a credential; and those
   that waited in vain for their check to begin.  */
void decide_vouch (struct job *job);
void decide_vouch_expire (struct decide *decide, int64_t now);

/* In decide-hear.c: what the others say.  */
gpg_error_t decide_hear_verify (struct decide *decide);
gpg_error_t decide_hear_act (struct decide *decide);
gpg_error_t decide_hear_vouch (struct decide *decide);
gpg_error_t decide_hear_parent (struct decide *decide);

/* With TEXT as the output of the reply; it stays the caller's.  */
void decide_finish_text (struct job *job, char *text, uint64_t total);

gpg_error_t job_new (struct decide *decide, const struct packet_verified *p,
                     struct job **r_job);
void job_release (struct job *job);
/* Add to what the audit will say of JOB.  */
void job_note (struct job *job, const char *format, ...)
  GPGRT_ATTR_PRINTF (2, 3);

/* What the text tells for the audit.  */
void job_describe (struct job *job);

/* In decide.c: a verified request begins its way.  */
void decide_take (struct job *job, const struct packet_verified *p);

#endif /*POSTERN_DECIDE_H*/
