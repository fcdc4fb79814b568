/* decide-vouch.c - The credential of a claimed request, which vouch checks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide never opens an attachment: it passes it on, sealed, with the key
 * for that alone.  The queue is here and not in vouch, so that each check
 * begins in the knowledge of how the one before it ended: a hundred
 * requests at once are no hundred guesses.  */

#include "decide.h"

#include <stdio.h>
#include <string.h>

#include "../../common/wire/credential.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"

#define WAIT_TIME (30 * (int64_t)CLOCK_SECOND)
#define GRACE (2 * (int64_t)CLOCK_SECOND)
#define REASONLEN 64

static void pump (struct decide *decide);


/* How many of the N jobs at JOBS are USER's.  */
static unsigned int
count_of (struct job *const *jobs, unsigned int n,
          const struct config_user *user)
{
  unsigned int i, count = 0;

  for (i = 0; i < n; i++)
    count += jobs[i]->verdict.user == user;
  return count;
}


static void
take_out (struct job **jobs, unsigned int *n, unsigned int i)
{
  memmove (jobs + i, jobs + i + 1, (--*n - i) * sizeof *jobs);
}


/* Refuse JOB if its person must wait.  */
static bool
refuse_locked (struct job *job)
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
  decide_finish (job, REFUSAL_CREDENTIAL_LOCKED, reason);
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


static void
on_answer (void *hook, const struct calls_answer *answer)
{
  struct job *job = hook;
  struct decide *decide = job->decide;
  struct decide_checks *checks = &decide->checks;
  enum refusal refusal = answer->type == PACKET_ANSWER
    ? (enum refusal)answer->u.answer.refusal : REFUSAL_VOUCH_GONE;
  unsigned int i;

  for (i = 0; checks->running[i] != job; i++)
    ;
  take_out (checks->running, &checks->n_running, i);
  if (refusal_is_failure (refusal))
    note_failure (job);
  if (refusal)
    decide_finish (job, refusal, NULL);
  else
    {
      lockout_clear (decide->lockout, job->verdict.user->name);
      decide_carry_out (job);
    }
  pump (decide);
}


static int64_t
time_of (struct job *job)
{
  const struct config_require *require = &job->verdict.rule->require;
  const struct config_ldap *ldap = require->ldap
    ? config_ldap_by_name (job->decide->config, require->ldap) : NULL;

  return (ldap ? ldap->timeout : CONFIG_CHECK_TIME)
    * (int64_t)CLOCK_SECOND + GRACE;
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
send_ask (struct job *job, uint64_t id)
{
  struct packet_ask ask;
  gpg_error_t err;

  memset (&ask, 0, sizeof ask);
  memcpy (ask.hash, job->decide->config->hash, sizeof ask.hash);
  ask.command = is_commands (job);
  snprintf (ask.rule, sizeof ask.rule, "%s", job->verdict.rule->name);
  snprintf (ask.user, sizeof ask.user, "%s", job->verdict.user->name);
  snprintf (ask.account, sizeof ask.account, "%s", account_of (job));
  ask.attachment = job->attachment;
  ask.attachment_len = job->attachment_len;
  err = seal_derive (job->req->key, CREDENTIAL_INFO, ask.key);
  if (!err)
    err = packet_send_ask (job->decide->fd_vouch, id, &ask);
  secret_wipe (&ask, sizeof ask);
  return err;
}


static void
begin (struct job *job)
{
  struct decide *decide = job->decide;
  struct decide_checks *checks = &decide->checks;
  uint64_t id = decide_new_id (decide);
  gpg_error_t err;

  err = calls_add (decide->calls, id,
                           decide->now.boot + time_of (job), on_answer, job);
  if (!err && (err = send_ask (job, id)))
    calls_forget (decide->calls, job);
  if (err)
    {
      log_error ("vouch cannot be asked: %s", gpg_strerror (err));
      decide_finish (job, REFUSAL_VOUCH_GONE, NULL);
    }
  else
    checks->running[checks->n_running++] = job;
}


/* Begin what may begin, the longest waiting first.  */
static void
pump (struct decide *decide)
{
  struct decide_checks *checks = &decide->checks;
  unsigned int i = 0;
  struct job *job;

  while (i < checks->n_waiting && checks->n_running < DECIDE_CHECKS)
    {
      job = checks->waiting[i];
      if (count_of (checks->running, checks->n_running, job->verdict.user)
          >= DECIDE_CHECKS_PERSON)
        {
          i++;
          continue;
        }
      take_out (checks->waiting, &checks->n_waiting, i);
      if (!refuse_locked (job))
        begin (job);
    }
}


void
decide_vouch (struct job *job)
{
  struct decide *decide = job->decide;
  struct decide_checks *checks = &decide->checks;
  const struct config_require *require = &job->verdict.rule->require;

  job_note (job, "credential %s%s%s of %s",
            config_require_name (require->kind), require->ldap ? ":" : "",
            require->ldap ? require->ldap : "", account_of (job));
  if (refuse_locked (job))
    return;
  if (checks->n_waiting == DECIDE_WAITING
      || count_of (checks->waiting, checks->n_waiting, job->verdict.user)
         >= DECIDE_WAITING_PERSON)
    {
      decide_finish (job, REFUSAL_VOUCH_BUSY, NULL);
      return;
    }
  job->waits_since = decide->now.boot;
  checks->waiting[checks->n_waiting++] = job;
  pump (decide);
}


void
decide_vouch_expire (struct decide *decide, int64_t now)
{
  struct decide_checks *checks = &decide->checks;
  struct job *job;

  while (checks->n_waiting
         && now - checks->waiting[0]->waits_since >= WAIT_TIME)
    {
      job = checks->waiting[0];
      take_out (checks->waiting, &checks->n_waiting, 0);
      decide_finish (job, REFUSAL_VOUCH_BUSY, NULL);
    }
}
