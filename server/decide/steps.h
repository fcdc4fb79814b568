/* steps.h - The steps of a request's way, for way.c alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What each does stands in way.c; one that waits has beside it what takes
 * its answer.  */

#ifndef POSTERN_STEPS_H
#define POSTERN_STEPS_H

#include "walk.h"

extern const struct step way_steps[];

enum way step_parse (struct job *job);
enum way step_to (struct job *job);
enum way step_gather (struct job *job);
enum way step_age (struct job *job);
enum way step_replay (struct job *job);
enum way step_rate (struct job *job);
enum way step_claim (struct job *job);
enum way step_policy (struct job *job);
enum way step_emergency (struct job *job);
enum way step_approver (struct job *job);
enum way step_resolve (struct job *job);
enum way step_credential (struct job *job);
enum way credential_answered (struct job *job,
                              const struct calls_answer *answer);
enum way step_approvals (struct job *job);
enum way step_whoami (struct job *job);
enum way step_result (struct job *job);
enum way step_list (struct job *job);
enum way step_deny (struct job *job);
enum way step_recheck_signatures (struct job *job);
enum way recheck_answered (struct job *job,
                           const struct calls_answer *answer);
enum way step_approve (struct job *job);
enum way step_act (struct job *job);
enum way act_answered (struct job *job, const struct calls_answer *answer);
enum way step_run (struct job *job);
enum way run_answered (struct job *job, const struct calls_answer *answer);
enum way step_reply (struct job *job);
enum way step_row (struct job *job);

#endif /*POSTERN_STEPS_H*/
