/* decide-vouch.c - Step: the credential of a request, which vouch checks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide never opens an attachment: it passes it on, sealed, with the key
 * for that alone.  The queue is here and not in vouch, so that each check
 * begins in the knowledge of how the one before it ended: a hundred
 * requests at once are no hundred guesses.  */

#include "steps.h"

#include <stdio.h>
#include <string.h>

#include "../../common/wire/credential.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "decide-parts.h"

#define WAIT_TIME_US (30 * (int64_t)CLOCK_SECOND)
#define GRACE_US (2 * (int64_t)CLOCK_SECOND)
#define REASONLEN 64


/* How many of the N jobs at JOBS are USER's.  */
static unsigned int
count_jobs (struct job *const *jobs, unsigned int n,
          const struct config_user *user)
{
  unsigned int i, count = 0;

  for (i = 0; i < n; i++)
    count += jobs[i]->verdict.user == user;
  return count;
}


static void
take_job_out (struct job **jobs, unsigned int *n, unsigned int i)
{
  memmove (jobs + i, jobs + i + 1, (--*n - i) * sizeof *jobs);
}


/* Whether JOB's person must wait: it is refused then.  */
static bool
is_locked (struct job *job)
{
  struct decide *decide = job->decide;
  unsigned int left = lockout_left (decide->lockout,
                                    job->verdict.user->name,
                                    clock_seconds (&decide->now));
  char reason[REASONLEN];

  if (!left)
    return false;
  snprintf (reason, sizeof reason, "too many wrong passwords: wait %u s",
            left);
  job_end (job, REFUSAL_CREDENTIAL_LOCKED, reason);
  return true;
}


static void
note_failure (struct job *job)
{
  struct decide *decide = job->decide;
  const char *user = job->verdict.user->name;
  unsigned int wait = lockout_failed (decide->lockout, user,
                                      clock_seconds (&decide->now));

  if (!wait)
    return;
  job_note (job, "locked for %u s", wait);
  log_warn ("%s gave too many wrong credentials: locked for %u s", user,
            wait);
}


enum way
credential_answered (struct job *job, const struct calls_answer *answer)
{
  struct decide *decide = job->decide;
  struct decide_checks *checks = &decide->checks;
  enum refusal refusal = answer->type == PACKET_ANSWER
    ? (enum refusal)answer->u.answer.refusal : REFUSAL_VOUCH_GONE;
  unsigned int i;

  for (i = 0; checks->running[i] != job; i++)
    ;
  take_job_out (checks->running, &checks->n_running, i);
  if (refusal_is_failure (refusal))
    note_failure (job);
  if (refusal)
    return job_end (job, refusal, NULL);
  lockout_clear (decide->lockout, job->verdict.user->name);
  return WAY_GO_ON;
}


static int64_t
check_time_us (struct job *job)
{
  const struct config_require *require = &job->verdict.rule->require;
  const struct config_ldap *ldap = require->ldap
    ? config_ldap_by_name (job->decide->config, require->ldap) : NULL;

  return (ldap ? ldap->timeout : CONFIG_CHECK_TIME)
    * (int64_t)CLOCK_SECOND + GRACE_US;
}


static const char *
account_of (struct job *job)
{
  return job->req->user ? job->req->user : job->verdict.user->name;
}


/* Whether a command's terms ask for it: of its asker, or of who approves
   what waits.  A rule may have the command's name.  */
static bool
is_commands (const struct job *job)
{
  const struct config_rule *terms = job->verdict.rule;
  const struct config_command *command
    = config_command_by_name (job->decide->config, terms->name);

  return command && terms == &command->terms;
}


static gpg_error_t
ask_vouch (struct job *job)
{
  struct packet_ask ask = { .command = is_commands (job),
                            .attachment = job->attachment,
                            .attachment_len = job->attachment_len };
  gpg_error_t err;

  memcpy (ask.hash, job->decide->config->hash, sizeof ask.hash);
  snprintf (ask.rule, sizeof ask.rule, "%s", job->verdict.rule->name);
  snprintf (ask.user, sizeof ask.user, "%s", job->verdict.user->name);
  snprintf (ask.account, sizeof ask.account, "%s", account_of (job));
  err = seal_derive (job->req->key, CREDENTIAL_INFO, ask.key);
  if (!err)
    err = way_ask (job, job->decide->fd_vouch, PACKET_ASK, &ask,
                   check_time_us (job));
  secret_wipe (&ask, sizeof ask);
  return err;
}


/* Whether it may begin by now.  */
static bool
has_place (const struct job *job)
{
  const struct decide_checks *checks = &job->decide->checks;

  return checks->n_running < DECIDE_CHECKS
         && count_jobs (checks->running, checks->n_running, job->verdict.user)
            < DECIDE_CHECKS_PERSON;
}


static enum way
start_check (struct job *job)
{
  struct decide_checks *checks = &job->decide->checks;
  gpg_error_t err;

  if (is_locked (job))
    return WAY_DONE;
  err = ask_vouch (job);
  if (err)
    {
      log_error ("vouch cannot be asked: %s", gpg_strerror (err));
      return job_end (job, REFUSAL_VOUCH_GONE, NULL);
    }
  checks->running[checks->n_running++] = job;
  return WAY_WAIT;
}


void
credential_start_queued (struct decide *decide)
{
  struct decide_checks *checks = &decide->checks;
  unsigned int i = 0;
  struct job *job;

  while (i < checks->n_waiting && checks->n_running < DECIDE_CHECKS)
    {
      job = checks->waiting[i];
      if (!has_place (job))
        {
          i++;
          continue;
        }
      take_job_out (checks->waiting, &checks->n_waiting, i);
      if (start_check (job) == WAY_DONE)
        way_resume (job, NULL);
    }
}


/* What waits could not begin when a check ended last (see decide_turn), so
   who finds a place here passes nobody by.  */
enum way
step_credential (struct job *job)
{
  struct decide_checks *checks = &job->decide->checks;
  const struct config_rule *rule = job->verdict.rule;
  char name[CONFIG_REQUIRESTRLEN];

  if (!rule || !rule->require.kind || !job->attachment)
    return WAY_GO_ON;
  job_note (job, "credential %s of %s",
            config_require_print (&rule->require, name), account_of (job));
  if (has_place (job))
    return start_check (job);
  if (is_locked (job))
    return WAY_DONE;
  if (checks->n_waiting == DECIDE_WAITING
      || count_jobs (checks->waiting, checks->n_waiting, job->verdict.user)
         >= DECIDE_WAITING_PERSON)
    return job_end (job, REFUSAL_VOUCH_BUSY, NULL);
  job->waits_since = job->decide->now.boot;
  checks->waiting[checks->n_waiting++] = job;
  return WAY_WAIT;
}


void
credential_expire (struct decide *decide, int64_t now)
{
  struct decide_checks *checks = &decide->checks;
  struct job *job;

  while (checks->n_waiting
         && now - checks->waiting[0]->waits_since >= WAIT_TIME_US)
    {
      job = checks->waiting[0];
      take_job_out (checks->waiting, &checks->n_waiting, 0);
      job_end (job, REFUSAL_VOUCH_BUSY, NULL);
      way_resume (job, NULL);
    }
}
