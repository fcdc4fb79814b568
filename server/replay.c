/* replay.c - A request works once: age, horizon and claim.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../common/log.h"

#define TOLERANCE (2 * CLOCK_SECOND)
#define SLEW 1000               /* A clock is slewed by 1/1000 at most.  */
#define REFERENCE_STEP (60 * (int64_t)CLOCK_SECOND)
#define STORE_STEP (10 * (int64_t)CLOCK_SECOND)
#define PRUNE_STEP 1000         /* Claims a tick.  */

struct replay_s
{
  store_t store;
  const struct clock_source *clock;
  unsigned int max_age;
  unsigned int max_ahead;
  replay_event_t event;
  void *hook;
  continuity_t continuity;
  struct continuity_record record;
  struct store_meta meta;       /* As it stands in the store.  */
  struct store_meta next;       /* As this transaction will leave it.  */
  struct clock_reading now;
  uint64_t horizon;             /* meta.horizon, or further on.  */
  bool frozen;
  bool pruned_all;              /* Up to the stored horizon.  */
  int64_t stored_at;            /* Boottime.  */
};


static int64_t
seconds (int64_t microseconds)
{
  /* Downwards, also before 1970.  */
  return microseconds / CLOCK_SECOND - (microseconds % CLOCK_SECOND < 0);
}


/* How far the wall clock has gone astray since the reference.  */
static int64_t
measure_step (replay_t replay)
{
  const struct clock_reading *ref = &replay->record.reference;

  return (replay->now.wall - ref->wall) - (replay->now.boot - ref->boot);
}


static bool
clocks_agree (replay_t replay)
{
  int64_t passed = replay->now.boot - replay->record.reference.boot;
  int64_t step = measure_step (replay);

  return passed >= 0 && llabs (step) <= TOLERANCE + passed / SLEW;
}


static void
write_record (replay_t replay)
{
  gpg_error_t err = continuity_write (replay->continuity, &replay->record);

  if (err)
    log_warn ("cannot write the continuity file: %s", gpg_strerror (err));
}


/* The reference follows a clock that is slewed, but not one that steps: it
   moves on only while they agree, and a restart finds it as it was.  */
static void
move_reference (replay_t replay)
{
  if (replay->now.boot - replay->record.reference.boot < REFERENCE_STEP)
    return;
  replay->record.reference = replay->now;
  write_record (replay);
}


static void
advance_horizon (replay_t replay)
{
  int64_t mark = seconds (replay->now.wall) - (int64_t)replay->max_age;

  if (replay->max_age && mark > 0 && (uint64_t)mark > replay->horizon)
    replay->horizon = (uint64_t)mark;
}


void
replay_look (replay_t replay, struct clock_reading *r_reading)
{
  bool agree;

  clock_read (replay->clock, &replay->now);
  *r_reading = replay->now;
  agree = clocks_agree (replay);
  if (agree && replay->frozen)
    replay->event (replay->hook, "the clock is right again;"
                   " the horizon moves on");
  else if (!agree && !replay->frozen)
    replay->event (replay->hook, "the clock was stepped; the horizon is"
                   " frozen; put the clock right, or see"
                   " 'posternctl horizon'");
  replay->frozen = !agree;
  if (!agree)
    return;
  move_reference (replay);
  advance_horizon (replay);
}


/* What was signed before the last discontinuity stays refused however the
   clock was set then: that moment by the clock as it is now.  A clock that
   jumps for a while moves it for that while only.  */
static uint64_t
effective_horizon (replay_t replay)
{
  int64_t floor;

  if (!replay->record.has_floor)
    return replay->horizon;
  floor = seconds (replay->record.floor_boot
                   + (replay->now.wall - replay->now.boot))
          + (int64_t)replay->max_ahead;
  return floor > 0 && (uint64_t)floor > replay->horizon
    ? (uint64_t)floor : replay->horizon;
}


enum refusal
replay_check (replay_t replay, uint64_t time)
{
  int64_t now = seconds (replay->now.wall);

  if (replay->meta.lost && !replay->max_age)
    return REFUSAL_STORE_LOST;
  if (time > INT64_MAX / 2
      || (int64_t)time > now + (int64_t)replay->max_ahead)
    return REFUSAL_FROM_FUTURE;
  if (replay->max_age && (int64_t)time < now - (int64_t)replay->max_age)
    return REFUSAL_TOO_OLD;
  if (time <= effective_horizon (replay))
    return REFUSAL_HORIZON;
  return REFUSAL_NONE;
}


/* What lies behind the mark that never goes back is refused for ever.  */
bool
replay_may_come (replay_t replay, uint64_t time)
{
  return time > replay->horizon;
}


gpg_error_t
replay_begin (replay_t replay)
{
  replay->next = replay->meta;
  return store_begin (replay->store, true);
}


gpg_error_t
replay_claim (replay_t replay, const unsigned char hash[REQUEST_HASHLEN],
              uint64_t time, bool *r_new)
{
  gpg_error_t err = store_claim (replay->store, hash, time, r_new);

  if (err || !*r_new)
    return err;
  replay->next.newest.seq++;
  memcpy (replay->next.newest.hash, hash, REQUEST_HASHLEN);
  replay->next.claims++;
  return 0;
}


/* Write META and end the transaction, so that at each moment the store's
   newest claim is one of the two that the record names.  */
static gpg_error_t
commit (replay_t replay, const struct store_meta *meta)
{
  gpg_error_t err;

  err = store_write_meta (replay->store, meta);
  if (!err)
    {
      replay->record.intended = meta->newest;
      err = continuity_write (replay->continuity, &replay->record);
    }
  if (!err)
    err = store_commit (replay->store);
  if (!err)
    replay->meta = *meta;
  replay->record.committed = replay->record.intended = replay->meta.newest;
  write_record (replay);
  return err;
}


gpg_error_t
replay_commit (replay_t replay)
{
  gpg_error_t err;

  if (claim_mark_equal (&replay->next.newest, &replay->meta.newest))
    err = store_commit (replay->store);
  else
    err = commit (replay, &replay->next);
  if (err)
    store_rollback (replay->store);
  return err;
}


void
replay_abort (replay_t replay)
{
  store_rollback (replay->store);
}


/* The horizon in the store is never lower than one that claims were let go
   by: both go in one transaction.  */
static gpg_error_t
store_and_prune (replay_t replay)
{
  gpg_error_t err;
  unsigned int pruned = 0;
  struct store_meta next = replay->meta;

  next.horizon = replay->horizon;
  err = store_begin (replay->store, false);
  if (!err && replay->max_age)
    err = store_prune (replay->store, next.horizon, PRUNE_STEP, &pruned);
  if (!err)
    {
      next.claims -= pruned < next.claims ? pruned : next.claims;
      err = store_write_meta (replay->store, &next);
    }
  err = store_end (replay->store, err);
  if (err)
    return err;
  replay->meta = next;
  replay->pruned_all = pruned < PRUNE_STEP;
  return 0;
}


void
replay_tick (replay_t replay)
{
  struct clock_reading reading;
  gpg_error_t err;

  replay_look (replay, &reading);
  if (reading.boot - replay->stored_at >= STORE_STEP
      && replay->horizon != replay->meta.horizon)
    replay->pruned_all = false;
  if (replay->pruned_all)
    return;
  replay->stored_at = reading.boot;
  err = store_and_prune (replay);
  if (err)
    log_debug ("the horizon could not be stored: %s", gpg_strerror (err));
}


/* The record says that the store is whole only after the store knows what
   is refused from now on.  */
static gpg_error_t
renew_record (replay_t replay)
{
  struct continuity_record *record = &replay->record;

  memcpy (record->boot_id, replay->clock->boot_id, CLOCK_BOOTLEN);
  record->reference = replay->now;
  record->has_floor = true;
  record->floor_boot = replay->now.boot;
  record->committed = record->intended = replay->meta.newest;
  return continuity_write (replay->continuity, record);
}


/* From here on nothing that was signed until now is taken.  HORIZON is the
   least one to go by.  */
static gpg_error_t
start_anew (replay_t replay, uint64_t horizon, bool lost)
{
  gpg_error_t err;
  struct store_meta next = replay->meta;
  int64_t mark = seconds (replay->now.wall) + (int64_t)replay->max_ahead;

  next.horizon = mark > 0 && (uint64_t)mark > horizon
    ? (uint64_t)mark : horizon;
  next.lost = lost;
  err = store_begin (replay->store, true);
  if (!err)
    err = store_write_meta (replay->store, &next);
  err = store_end (replay->store, err);
  if (err)
    return err;
  replay->meta = next;
  replay->horizon = next.horizon;
  replay->pruned_all = false;
  return renew_record (replay);
}


gpg_error_t
replay_reset (replay_t replay)
{
  gpg_error_t err;

  clock_read (replay->clock, &replay->now);
  err = start_anew (replay, 0, false);
  if (!err)
    replay->frozen = false;
  return err;
}


/* Is the store the one that was left?  Where ageing is off, a new boot is
   no reason to stop, but a store that is new or another is.  */
static gpg_error_t
check_continuity (replay_t replay, bool fresh, bool found)
{
  const struct continuity_record *record = &replay->record;
  const struct claim_mark *newest = &replay->meta.newest;
  bool same_boot, same_store;

  same_boot = found && !memcmp (record->boot_id, replay->clock->boot_id,
                                CLOCK_BOOTLEN);
  same_store = claim_mark_equal (newest, &record->committed)
    || claim_mark_equal (newest, &record->intended);
  /* A store that had to be made is never the one that was left, even if
     that one was empty.  */
  if (same_boot && same_store && !fresh)
    return 0;
  if (!same_boot && !fresh)
    replay->event (replay->hook, "this is another boot: requests signed"
                   " before now are refused");
  else
    replay->event (replay->hook, "the store is not the one that was left:"
                   " requests signed before now are refused");
  return start_anew (replay, replay->meta.horizon,
                     replay->meta.lost || fresh || same_boot);
}


static gpg_error_t
open_all (replay_t replay, bool fresh, const char *dir)
{
  gpg_error_t err, found;
  struct clock_reading reading;

  err = store_read_meta (replay->store, &replay->meta);
  if (!err)
    err = continuity_open (dir, &replay->continuity, &replay->record, &found);
  if (err)
    return err;
  replay->horizon = replay->meta.horizon;
  clock_read (replay->clock, &replay->now);
  replay->stored_at = replay->now.boot;
  err = check_continuity (replay, fresh, !found);
  if (!err)
    replay_look (replay, &reading);
  return err;
}


gpg_error_t
replay_open (store_t store, bool fresh, const char *dir,
             const struct clock_source *clock,
             unsigned int max_age, unsigned int max_ahead,
             replay_event_t event, void *hook, replay_t *r_replay)
{
  gpg_error_t err;
  replay_t replay;

  *r_replay = NULL;
  replay = calloc (1, sizeof *replay);
  if (!replay)
    return gpg_error (GPG_ERR_ENOMEM);
  replay->store = store;
  replay->clock = clock;
  replay->max_age = max_age;
  replay->max_ahead = max_ahead;
  replay->event = event;
  replay->hook = hook;
  err = open_all (replay, fresh, dir);
  if (err)
    replay_close (replay);
  else
    *r_replay = replay;
  return err;
}


void
replay_close (replay_t replay)
{
  if (!replay)
    return;
  continuity_close (replay->continuity);
  free (replay);
}


void
replay_get_state (replay_t replay, struct replay_state *r_state)
{
  memset (r_state, 0, sizeof *r_state);
  r_state->horizon = effective_horizon (replay);
  r_state->stored = replay->horizon;
  r_state->claims = replay->meta.claims;
  r_state->newest = replay->meta.newest.seq;
  r_state->frozen = replay->frozen;
  r_state->step = seconds (measure_step (replay));
  r_state->lost = replay->meta.lost && !replay->max_age;
}
