/* decide-turn.c - The role that decides: its parts, and a turn of its loop.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a request goes through is not here but in way.c.  */

#include "decide.h"

#include <string.h>

#include "../../common/base/log.h"
#include "../role/role.h"
#include "decide-parts.h"
#include "steps.h"

#define TICK_US ((int64_t)CLOCK_SECOND)


static void
note_replay_event (void *hook, const char *what)
{
  struct decide *decide = hook;

  log_warn ("%s", what);
  audit_event (decide->audit, &decide->now, "clock", what);
}


/* A person who gets a name that another person had inherits no lockout.  */
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
    log_warn ("approved requests that a crash interrupted stay pending"
              " in the audit log");
  if (!err)
    err = receipts_create (decide->store);
  if (!err)
    err = replay_open (decide->store, fresh, places->continuity,
                       decide->clock, &limits, note_replay_event, decide,
                       &decide->replay);
  return err;
}


/* Once a second, and never while a packet waits.  */
static void
do_periodic (struct decide *decide)
{
  struct replay_state state;

  if (decide->now.boot - decide->ticked < TICK_US)
    return;
  decide->ticked = decide->now.boot;
  replay_tick (decide->replay);
  replay_get_state (decide->replay, &state);
  pending_expire (decide);
  audit_limit (decide->audit, &decide->now, decide->config->audit_max);
  /* A clock that is ahead, and is set right soon, must not delete rows.  */
  if (state.settled)
    {
      audit_prune (decide->audit, &decide->now);
      receipts_prune (decide->store, clock_seconds (&decide->now));
      run_expire (decide);
    }
  store_checkpoint (decide->store);
}


/* The order matters: what verify found good is claimed before any answer is
   read, because no answer may belong to a request that is not on the disk.  */
gpg_error_t
decide_turn (struct decide *decide, bool stopping, int *r_wait)
{
  gpg_error_t err = 0;
  int wait;

  clock_read (decide->clock, &decide->now);
  if (!stopping)
    err = decide_hear_verify (decide);
  claim_batch (decide);
  if (!err)
    err = decide_hear_others (decide);
  clock_read (decide->clock, &decide->now);
  credential_start_queued (decide);
  credential_expire (decide, decide->now.boot);
  calls_expire (decide->calls, decide->now.boot, r_wait);
  credential_start_queued (decide);
  do_periodic (decide);
  audit_flush (decide->audit, &decide->now, false, &wait);
  *r_wait = role_sooner (role_sooner (*r_wait, wait), (int)(TICK_US / 1000));
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
  decide->way = way_steps;
  clock_read (clock, &decide->now);
  decide->since = clock_seconds (&decide->now);
  decide->ticked = decide->now.boot;
  /* An ID that was not used before, even if act outlived the last decide.  */
  decide->last_id = (uint64_t)(decide->now.wall > 0 ? decide->now.wall : 0);
  err = open_parts (decide, places);
  if (!err)
    pending_drop_outdated (decide);
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


/* Whatever has not been answered yet is answered now.  */
void
decide_close (struct decide *decide)
{
  int wait;

  credential_expire (decide, INT64_MAX);
  if (decide->calls)
    calls_expire (decide->calls, INT64_MAX, &wait);
  run_close (decide);
  replay_close (decide->replay);
  audit_close (decide->audit);
  lockout_close (decide->lockout);
  since_close (decide->people);
  approvals_close (decide->approvals);
  store_close (decide->store);
  calls_release (decide->calls);
  rate_release (decide->rate);
  memset (decide, 0, sizeof *decide);
}
