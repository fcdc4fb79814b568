/* decide-parts.h - What the files of decide ask of each other.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The steps are not here but in steps.h: they are the walker's alone.  */

#ifndef POSTERN_DECIDE_PARTS_H
#define POSTERN_DECIDE_PARTS_H

#include "decide.h"
#include "job.h"

/* In decide-hear.c: take what the others say.  Errors as decide_turn's.  */
gpg_error_t decide_hear_verify (struct decide *decide);
gpg_error_t decide_hear_others (struct decide *decide);

/* In decide-claim.c: judge and claim what came in this turn, and let it go
   on.  */
void claim_batch (struct decide *decide);

/* In decide-policy.c: what policy.h says of JOB, to its verdict.  ATTACHMENT:
   it came with a credential.  */
struct policy_case policy_case_of (const struct job *job, bool attachment);
void policy_judge_job (struct job *job, bool attachment);

/* In decide-resolve.c: what JOB, which asks for a command, would run, to its
   argv.  Where it is refused its reason may say why.  */
enum refusal resolve_command (struct job *job);

/* In decide-vouch.c: begin the checks of credentials that may, the longest
   waiting first; and refuse what has waited in vain by NOW (boottime).  */
void credential_start_queued (struct decide *decide);
void credential_expire (struct decide *decide, int64_t now);

/* In decide-pending.c.  The terms that PENDING was asked under; NULL if they
   have changed.  */
const struct config_rule *pending_terms (struct decide *decide,
                                         const struct pending *pending);

/* What JOB names, while its time lasts and its terms, which *R_TERMS gets,
   are the same; NULL else.  */
struct pending *pending_find (struct job *job,
                              const struct config_rule **r_terms);

#define PENDING_APPROVERS (2 * CONFIG_MAX_APPROVALS + 1)

/* Those whose approval of PENDING still counts, with the ones that have
   LAPSED or without.  Returns how many; there is room for one more.  */
size_t pending_approvers (struct decide *decide,
                          const struct pending *pending,
                          const struct config_rule *terms, bool lapsed,
                          const struct config_user *users[PENDING_APPROVERS]);

/* What JOB would do, as one line; to be freed.  NULL: no memory.  */
char *pending_describe (const struct job *job);

/* The job of PENDING, as if it had just been claimed; and let it go on where
   it waited, which takes it away.  */
gpg_error_t pending_revive (struct decide *decide,
                            const struct pending *pending,
                            struct job **r_job);
void pending_go_on (struct job *job);

/* PENDING ends by REFUSAL; BY (or NULL) did it.  It is gone then; on an
   error, which is logged, it is pending still.  */
gpg_error_t pending_end (struct decide *decide, struct pending *pending,
                         enum refusal refusal, const char *by);

/* End what is too late; and at the start, what is not the same any more.  */
void pending_expire (struct decide *decide);
void pending_drop_outdated (struct decide *decide);

/* In decide-approve.c: tell who gave the last approval of JOB what came of
   it; they wait for that.  */
void approve_tell_outcome (struct job *job, const char *reason);

/* In decide-tell.c: tell JOB's person how PENDING, which they asked for,
   stands.  */
enum way tell_asker (struct job *job, const struct pending *pending);

/* PENDING as an object of JSON; to be freed.  NULL: no memory.  */
char *tell_pending_json (struct decide *decide,
                         const struct pending *pending);

/* In decide-result.c: RECEIPT, with ARGV (or NULL), to REPLY, from byte FROM
   of the output on.  */
void result_fill_reply (const struct receipt *receipt, const char *argv,
                        size_t from, reply_t reply);

/* In decide-receipt.c.  */
gpg_error_t receipt_begin (const struct job *job);
/* What came of it; an error is logged.  */
void receipt_end (struct decide *decide, const struct receipt *receipt);
void receipt_fail (struct job *job, enum receipt_state state,
                   const char *reason);
/* Keep what came of JOB, which was pending, for its person; REASON is what
   they are told, or NULL.  */
void receipt_keep (const struct job *job, const char *reason);
/* What act says of a command that a decide before this one asked for.  */
void receipt_end_left_over (struct decide *decide,
                            const struct packet_ran *ran,
                            const struct receipt *end);
/* No act runs what was begun before BEFORE (Unix seconds) any more.  */
void receipt_lose_left_over (struct decide *decide, uint64_t before);
/* What a command that ended says in the audit.  */
void receipt_describe_end (const struct receipt *receipt, char *text,
                           size_t size);

/* In decide-output.c: what act sends of a command's output, and with RAN,
   which ends it, what is to stand in the receipt.  RECEIPT lasts until
   output_drop.  */
#define OUTPUT_REASONLEN 160
void output_add (struct decide *decide, const struct packet_output *p);
void output_fill_receipt (struct decide *decide, const struct packet_ran *ran,
                          struct receipt *receipt,
                          char reason[OUTPUT_REASONLEN]);
void output_drop (struct decide *decide, const unsigned char *request);
void output_drop_all (struct decide *decide);

/* In decide-run.c: the commands that run.  */
void run_close (struct decide *decide);
/* Now and then, while the clock is known to be right.  */
void run_expire (struct decide *decide);
/* What act says of them.  */
void run_on_denied (struct decide *decide, uint64_t id,
                    const struct calls_answer *answer);
void run_on_ran (struct decide *decide, const struct packet_ran *ran);
void run_on_begun (struct decide *decide, const struct packet_begun *p);

/* In decide-hook.c: have act tell of JOB, by the hook for EVENT; REASON is
   bounded here, and may be NULL.  Holds nothing up.  */
void hook_tell (struct job *job, enum config_event event,
                const char *reason);

/* In decide-finish.c: JOB's command runs, and it will be long until the last
   steps: reply and row say so.  REASON may be NULL.  */
void finish_meanwhile (struct job *job, const char *reason);

#endif /*POSTERN_DECIDE_PARTS_H*/
