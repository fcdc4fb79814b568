/* decide.c - The role that decides: a request's way, in order.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   parse, to          decide_take       for each request as it comes
 *   age and horizon    check_ages        one clock reading for a batch
 *   before a change    is_from_before    of the person's key or entry
 *   rate of a person   claim_one         of what is not claimed yet
 *   claim              claim_batch       one transaction, synced
 *   policy             decide_claimed
 *   what would run     decide_resolve    (decide-run.c)
 *   credential         decide_vouch      (decide-vouch.c)
 *   grant, reply       decide_carry_out  (decide-act.c)
 *   command, receipt   decide_run        (decide-run.c)
 *   audit row          decide_finish
 *
 * Only the packet that made the claim gets past claim_batch; whatever
 * fails before is counted for the audit and answered by nothing.  */

#include "decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../role/role.h"

#define TICK ((int64_t)CLOCK_SECOND)
#define REASON_KEPT 200         /* Bytes, in the audit.  */


/* Refused before the claim: counted, and never answered.  */
static void
drop (struct job *job, enum refusal refusal)
{
  struct decide *decide = job->decide;

  decide->counts[refusal]++;
  audit_refused (decide->audit, &decide->now, refusal, &job->row);
  job_release (job);
}


/* The person's own words, in quotes that none of them ends, and never half
   a character.  */
static void
quote_reason (const char *reason, char detail[AUDIT_DETAILLEN])
{
  char *p;
  size_t len = strlen (reason);

  if (len > REASON_KEPT)
    for (len = REASON_KEPT; len && (reason[len] & 0xc0) == 0x80; len--)
      ;
  snprintf (detail, AUDIT_DETAILLEN, "\"%.*s\"", (int)len, reason);
  for (p = detail + 1; p < detail + 1 + len; p++)
    if (*p == '"')
      *p = '\'';
}


/* What the text tells for the audit.  The person's own words are kept only
   where they are plain.  */
void
job_describe (struct job *job)
{
  request_t req = job->req;
  const char *reason = req->reason;

  job->row.action = request_action_name (req->action);
  job->row.ports = req->ports;
  job->row.address = req->action != REQUEST_OPEN ? (struct net_addr){ 0 }
    : req->source.family == AF_UNSPEC ? job->origin.src : req->source;
  if (reason && encode_is_clean (reason, strlen (reason))
      && !strchr (reason, '\n'))
    quote_reason (reason, job->row.detail);
}


/* parse, to.  */
void
decide_take (struct job *job, const struct packet_verified *p)
{
  struct decide *decide = job->decide;
  const char *why;

  if (request_parse (p->text, p->text_len, &job->req, &why))
    {
      snprintf (job->row.detail, sizeof job->row.detail, "%s",
                why ? why : "");
      drop (job, REFUSAL_GRAMMAR);
      return;
    }
  job_describe (job);
  if (!request_is_for (job->req, decide->config->host,
                       decide->config->server_fpr))
    drop (job, REFUSAL_NOT_ADDRESSED);
  else
    decide->batch[decide->n_batch++] = job;
}


/* Whether it was signed before its person was let in, or let in again.  */
static bool
is_from_before (struct job *job)
{
  struct decide *decide = job->decide;
  const struct config_user *user = config_user_by_fpr (decide->config,
                                                       job->primary);

  if (!user)
    return false;
  since_look (decide->people, user, job->key_state, job->keys_changed,
              &decide->now);
  return since_is_before (decide->people, user, job->req->time,
                          &decide->now);
}


/* By how much it is early or late.  */
static void
note_time (struct job *job)
{
  struct decide *decide = job->decide;
  uint64_t now = clock_seconds (&decide->now), time = job->req->time;

  if (job->untimely == REFUSAL_FROM_FUTURE)
    job_note (job, "%llu s ahead of this clock, max-ahead is %u s",
              (unsigned long long)(time - now), decide->config->max_ahead);
  else if (job->untimely == REFUSAL_TOO_OLD)
    job_note (job, "%llu s old, max-age is %u s",
              (unsigned long long)(now - time), decide->config->max_age);
}


/* Age and horizon: by one clock reading for the whole batch.  What is out of
   time goes on to be claimed, so that nobody who recorded it can send it
   again when the clock has come to it.  */
static void
check_ages (struct decide *decide)
{
  struct job *job;
  unsigned int i, n = 0;

  replay_look (decide->replay, &decide->now);
  for (i = 0; i < decide->n_batch; i++)
    {
      job = decide->batch[i];
      job->untimely = replay_check (decide->replay, job->req->time);
      if (is_from_before (job) && !job->untimely)
        job->untimely = REFUSAL_CHANGED;
      note_time (job);
      job->row.time = clock_seconds (&decide->now);
      if (job->untimely && !replay_is_open (decide->replay, job->req->time))
        drop (job, job->untimely);
      else
        decide->batch[n++] = job;
    }
  decide->n_batch = n;
}


/* It leaves nothing behind but a count: who has no right at all could fill
   the disk with claims and rows.  */
static void
drop_too_many (struct job *job)
{
  struct decide *decide = job->decide;
  struct audit_row row = { .time = job->row.time, .user = job->row.user,
                           .source = job->row.source,
                           .sport = job->row.sport };

  memcpy (row.fpr, job->row.fpr, sizeof row.fpr);
  decide->counts[REFUSAL_RATE]++;
  audit_refused (decide->audit, &decide->now, REFUSAL_RATE, &row);
  job_release (job);
}


/* A copy of what was claimed costs its person nothing: others can send it,
   as often as they like.  */
static gpg_error_t
claim_one (struct decide *decide, struct job *job)
{
  bool found;
  gpg_error_t err = store_find (decide->store, job->row.request, &found);

  if (err || found)
    return err;
  job->too_many = !rate_take (decide->rate, job->primary, decide->now.boot);
  if (job->too_many)
    return 0;
  err = replay_claim (decide->replay, job->row.request, job->req->time,
                      &job->claimed);
  if (!err && job->claimed && !job->untimely)
    err = audit_claim (decide->audit, &job->row, job->blob, job->blob_len);
  return err;
}


/* Claim: on return each job is claimed on the disk, or gone.  */
static void
claim_batch (struct decide *decide)
{
  struct job *job;
  gpg_error_t err;
  unsigned int i, n = 0;

  if (!decide->n_batch)
    return;
  err = replay_begin (decide->replay);
  for (i = 0; !err && i < decide->n_batch; i++)
    err = claim_one (decide, decide->batch[i]);
  if (!err)
    err = replay_commit (decide->replay);
  if (err)
    {
      replay_abort (decide->replay);
      log_error ("a claim cannot be stored: %s", gpg_strerror (err));
    }
  for (i = 0; i < decide->n_batch; i++)
    {
      job = decide->batch[i];
      if (err)
        drop (job, REFUSAL_STORE);
      else if (job->too_many)
        drop_too_many (job);
      else if (!job->claimed)
        drop (job, REFUSAL_REPLAY);
      else if (job->untimely)
        drop (job, job->untimely);
      else
        decide->batch[n++] = job;
    }
  decide->n_batch = n;
}


/* Policy: the request is spent, whatever comes of it.  */
static void
decide_claimed (struct decide *decide, struct job *job)
{
  struct policy_case pcase = { job->req, &job->origin, job->primary,
                               job->attachment != NULL,
                               (time_t)clock_seconds (&decide->now) };

  policy_judge (decide->config, &pcase, &job->verdict);
  if (!job->verdict.refusal)
    job->verdict.refusal = decide_judge_approval (job);
  if (job->verdict.refusal)
    decide_finish (job, job->verdict.refusal, NULL);
  else if (job->verdict.command && !decide_resolve (job))
    return;
  else if (job->verdict.rule && job->verdict.rule->require.kind
           && job->attachment)
    decide_vouch (job);
  else
    decide_carry_out (job);
}


static void
decide_batch (struct decide *decide)
{
  unsigned int i;

  check_ages (decide);
  claim_batch (decide);
  for (i = 0; i < decide->n_batch; i++)
    decide_claimed (decide, decide->batch[i]);
  decide->n_batch = 0;
}


/* What is done once a second and on no packet's way.  */
static void
tick (struct decide *decide)
{
  struct replay_state state;

  if (decide->now.boot - decide->ticked < TICK)
    return;
  decide->ticked = decide->now.boot;
  replay_tick (decide->replay);
  replay_get_state (decide->replay, &state);
  decide_expire_waiting (decide);
  audit_limit (decide->audit, &decide->now, decide->config->audit_max);
  /* A clock that is ahead, and is put right soon, takes no rows away.  */
  if (state.settled)
    {
      audit_prune (decide->audit, &decide->now);
      receipts_prune (decide->runs.receipts, clock_seconds (&decide->now));
      decide_runs_expire (decide);
    }
  store_checkpoint (decide->store);
}


gpg_error_t
decide_turn (struct decide *decide, bool stopping, int *r_wait)
{
  gpg_error_t err = 0;
  int wait;

  clock_read (decide->clock, &decide->now);
  if (!stopping)
    err = decide_hear_verify (decide);
  decide_batch (decide);
  if (!err)
    err = decide_hear_act (decide);
  if (!err)
    err = decide_hear_vouch (decide);
  if (!err)
    err = decide_hear_parent (decide);
  clock_read (decide->clock, &decide->now);
  decide_vouch_expire (decide, decide->now.boot);
  calls_expire (decide->calls, decide->now.boot, r_wait);
  tick (decide);
  audit_flush (decide->audit, &decide->now, false, &wait);
  *r_wait = role_sooner (role_sooner (*r_wait, wait), (int)(TICK / 1000));
  return err;
}


uint64_t
decide_new_id (struct decide *decide)
{
  return ++decide->last_id;
}


/* A copy of the LEN bytes at DATA; NULL for none, or out of memory.  */
static unsigned char *
copy_of (const unsigned char *data, size_t len)
{
  unsigned char *copy = len ? malloc (len) : NULL;

  if (copy)
    memcpy (copy, data, len);
  return copy;
}


gpg_error_t
job_new (struct decide *decide, const struct packet_verified *p,
         struct job **r_job)
{
  struct job *job = calloc (1, sizeof *job);
  const struct config_user *user;

  *r_job = NULL;
  if (!job)
    return gpg_error (GPG_ERR_ENOMEM);
  job->decide = decide;
  job->blob = copy_of (p->blob, p->blob_len);
  job->blob_len = p->blob_len;
  job->attachment = copy_of (p->attachment, p->attachment_len);
  job->attachment_len = p->attachment_len;
  if (!job->blob || (job->attachment_len && !job->attachment))
    {
      job_release (job);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  job->origin = p->origin;
  memcpy (job->primary, p->primary, sizeof job->primary);
  user = config_user_by_fpr (decide->config, p->primary);
  job->due = decide->now.boot + DECIDE_RUN_TIME;
  job->key_state = p->key_state;
  job->keys_changed = p->keys_changed;
  job->row.time = clock_seconds (&decide->now);
  job->row.user = user ? user->name : NULL;
  memcpy (job->row.fpr, p->primary, sizeof job->row.fpr);
  job->row.source = p->origin.src;
  job->row.sport = p->origin.sport;
  job->row.has_request = true;
  request_hash (p->text, p->text_len, job->row.request);
  *r_job = job;
  return 0;
}


void
job_release (struct job *job)
{
  request_release (job->req);
  if (job->attachment)
    secret_wipe (job->attachment, job->attachment_len);
  free (job->attachment);
  free (job->argv);
  free (job->blob);
  free (job);
}


void
job_note (struct job *job, const char *format, ...)
{
  struct audit_row *row = &job->row;
  size_t len = strlen (row->detail);
  va_list ap;

  if (len && len + 2 < sizeof row->detail)
    {
      memcpy (row->detail + len, "; ", 3);
      len += 2;
    }
  va_start (ap, format);
  vsnprintf (row->detail + len, sizeof row->detail - len, format, ap);
  va_end (ap);
  encode_drop_half (row->detail);
}


static void
on_replay_event (void *hook, const char *what)
{
  struct decide *decide = hook;

  log_warn ("%s", what);
  audit_event (decide->audit, &decide->now, "clock", what);
}


/* Who gets a name that was somebody else's inherits no lock-out.  */
static void
forget_lockouts (struct decide *decide)
{
  const struct config_user *user = decide->config->user;
  size_t i;

  for (i = 0; i < decide->config->n_users; i++, user++)
    if (since_is_new (decide->people, user))
      lockout_clear (decide->lockout, user->name);
}


static gpg_error_t
open_parts (struct decide *decide, const struct decide_places *places)
{
  gpg_error_t err;
  config_t config = decide->config;
  struct replay_limits limits = { config->max_age, config->max_ahead,
                                  config->claims_keep };
  bool fresh;

  err = calls_new (&decide->calls);
  if (!err)
    err = rate_new (&config->rate, &decide->rate);
  if (!err)
    err = store_open (places->store, &decide->store, &fresh);
  if (!err)
    err = lockout_open (decide->store, &decide->lockout);
  if (!err)
    err = audit_open (decide->store, config->host, config->audit_keep,
                      &decide->audit);
  if (!err)
    audit_set_tell (decide->audit, places->tell);
  if (!err)
    err = since_open (decide->store, config, decide->clock->boot_id,
                      &decide->now, &decide->people);
  if (!err)
    forget_lockouts (decide);
  if (!err)
    err = approvals_open (decide->store, clock_seconds (&decide->now),
                         decide->now.boot, &decide->approvals);
  if (!err && audit_end_pending (decide->audit))
    log_warn ("what a crash kept from being carried out stays pending in"
              " the audit");
  if (!err)
    err = decide_runs_open (decide);
  if (!err)
    err = replay_open (decide->store, fresh, places->continuity,
                       decide->clock, &limits, on_replay_event, decide, &decide->replay);
  return err;
}


gpg_error_t
decide_open (struct decide *decide, config_t config,
             const struct clock_source *clock,
             const struct decide_places *places)
{
  gpg_error_t err;

  memset (decide, 0, sizeof *decide);
  decide->config = config;
  decide->clock = clock;
  decide->fd_parent = places->fd_parent;
  decide->fd_in = places->fd_in;
  decide->fd_out = places->fd_out;
  decide->fd_vouch = places->fd_vouch;
  decide->answer = places->answer;
  clock_read (clock, &decide->now);
  decide->since = clock_seconds (&decide->now);
  decide->ticked = decide->now.boot;
  /* Not used before, even where what act holds outlived us.  */
  decide->last_id = (uint64_t)(decide->now.wall > 0 ? decide->now.wall : 0);
  err = open_parts (decide, places);
  if (!err)
    decide_recheck_waiting (decide);
  else
    {
      if (gpg_err_code (err) == GPG_ERR_UNKNOWN_VERSION)
        log_error ("%s/" STORE_FILE ": made by another version of Postern:"
                   " move it away and start posternd again", places->store);
      else
        log_error ("%s/" STORE_FILE ": %s", places->store,
                   gpg_strerror (err));
      decide_close (decide);
    }
  return err;
}


/* What has not been answered by now is answered so.  */
void
decide_close (struct decide *decide)
{
  int wait;

  decide_vouch_expire (decide, INT64_MAX);
  if (decide->calls)
    calls_expire (decide->calls, INT64_MAX, &wait);
  decide_runs_close (decide);
  replay_close (decide->replay);
  audit_close (decide->audit);
  lockout_close (decide->lockout);
  since_close (decide->people);
  approvals_close (decide->approvals);
  store_close (decide->store);
  calls_release (decide->calls);
  rate_release (decide->rate);
  decide->rate = NULL;
  decide->replay = NULL;
  decide->audit = NULL;
  decide->lockout = NULL;
  decide->people = NULL;
  decide->approvals = NULL;
  decide->store = NULL;
  decide->calls = NULL;
}
