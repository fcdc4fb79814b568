/* replay.c - A request works once: age, horizon, floor and claim.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The functions named rule_... are the rules that t/model/clock.pml has as
 * RULE_....  Change none of them before the model has been explored with
 * the change.  */

#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"

#define TOLERANCE (2 * (int64_t)CLOCK_SECOND)
#define SETTLE (3600 * (int64_t)CLOCK_SECOND)
#define SCAN_STEP 1000          /* Claims a tick.  */
#define SCAN_PAUSE (10 * (int64_t)CLOCK_SECOND)
#define TIME_MOST (UINT64_MAX / 4)      /* Beyond any clock.  */

struct replay_s
{
  store_t store;
  const struct clock_source *clock;
  struct replay_limits limits;
  replay_event_t event;
  void *hook;
  continuity_t continuity;
  struct continuity_record record;
  struct store_meta meta;       /* As it stands in the store.  */
  struct store_meta next;       /* As this transaction will leave it.  */
  struct spans spans;           /* Refused for ever, as in the store.  */
  struct clock_reading now;
  uint64_t scan_next;           /* Number of the claim to look at next.  */
  int64_t scan_at;              /* Boottime, when to begin again.  */
  struct store_claim scan[SCAN_STEP];
};


static int64_t
seconds_of (int64_t microseconds)
{
  /* Downwards, also before 1970.  */
  return microseconds / CLOCK_SECOND - (microseconds % CLOCK_SECOND < 0);
}


static void
write_record (replay_t replay)
{
  gpg_error_t err = continuity_write (replay->continuity, &replay->record);

  if (err)
    log_warn ("cannot write the continuity file: %s", gpg_strerror (err));
}


/* What was signed before this moment is refused from now on.  */
static void
raise_floor (replay_t replay)
{
  struct continuity_record *record = &replay->record;

  record->offset = replay->now.wall - replay->now.boot;
  record->has_floor = true;
  record->floor_boot = replay->now.boot;
}


static void
tell_step (replay_t replay, int64_t step, bool far_back)
{
  log_warn ("the clock was stepped by %lld s", (long long)seconds_of (step));
  replay->event (replay->hook, far_back
                 ? "the clock was stepped back by more than max-age: a"
                   " request that was never received works, once, if it was"
                   " signed in that time; see 'posternctl horizon'"
                 : "the clock was stepped: requests signed before are"
                   " refused");
}


/* The two clocks differ by an offset that only a step changes, for the
   kernel slews both alike.  Small steps add up until they count.  */
static void
rule_step (replay_t replay)
{
  struct continuity_record *record = &replay->record;
  int64_t step = replay->now.wall - replay->now.boot - record->offset;
  bool far_back = -step > (int64_t)replay->limits.max_age * CLOCK_SECOND;

  if (llabs (step) <= TOLERANCE)
    return;
  raise_floor (replay);
  if (far_back)
    {
      record->put_back = -step;
      record->put_back_at = replay->now.wall;
    }
  write_record (replay);
  tell_step (replay, step, far_back);
}


void
replay_look (replay_t replay, struct clock_reading *r_reading)
{
  clock_read (replay->clock, &replay->now);
  *r_reading = replay->now;
  rule_step (replay);
}


/* The newest time let go that is before the clock.  A clock that was ahead
   leaves such times ahead of one that is right, and those keep out nothing
   but themselves.  */
static uint64_t
rule_horizon (replay_t replay)
{
  int64_t now = seconds_of (replay->now.wall);

  return now <= 0 ? 0 : spans_newest_before (&replay->spans, (uint64_t)now);
}


/* Microseconds for which the floor lasts still.  */
static int64_t
floor_left (replay_t replay)
{
  const struct replay_limits *limits = &replay->limits;
  int64_t since = replay->now.boot - replay->record.floor_boot;

  if (!replay->record.has_floor)
    return 0;
  if (!limits->max_age)
    return INT64_MAX;
  /* The window goes by whole seconds.  */
  return ((int64_t)limits->max_age + limits->max_ahead + 1) * CLOCK_SECOND
         + TOLERANCE - since;
}


/* A request passes if its age by the clock as it is now, plus max-ahead and
   the tolerance, is less than the time since the last discontinuity: then
   it was signed after that, however the clock was set before.  Returned is
   the newest time that does not pass.  */
static int64_t
rule_floor (replay_t replay)
{
  int64_t since = replay->now.boot - replay->record.floor_boot;

  if (floor_left (replay) <= 0)
    return 0;
  return seconds_of (replay->now.wall - since + TOLERANCE
                     + (int64_t)replay->limits.max_ahead * CLOCK_SECOND);
}


static enum refusal
rule_window (replay_t replay, uint64_t time)
{
  int64_t now = seconds_of (replay->now.wall);
  const struct replay_limits *limits = &replay->limits;

  if (time > TIME_MOST || (int64_t)time > now + (int64_t)limits->max_ahead)
    return REFUSAL_FROM_FUTURE;
  if (limits->max_age && (int64_t)time < now - (int64_t)limits->max_age)
    return REFUSAL_TOO_OLD;
  return REFUSAL_NONE;
}


static bool
rule_claim (replay_t replay, uint64_t time)
{
  return !spans_has (&replay->spans, time);
}


bool
replay_is_behind (replay_t replay, uint64_t time)
{
  return time <= rule_horizon (replay) || spans_has (&replay->spans, time)
    || (int64_t)time <= rule_floor (replay);
}


enum refusal
replay_check (replay_t replay, uint64_t time)
{
  enum refusal refusal;

  if (replay->meta.lost && !replay->limits.max_age)
    return REFUSAL_STORE_LOST;
  refusal = rule_window (replay, time);
  if (refusal)
    return refusal;
  return replay_is_behind (replay, time) ? REFUSAL_HORIZON : REFUSAL_NONE;
}


bool
replay_is_open (replay_t replay, uint64_t time)
{
  return rule_claim (replay, time);
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
  struct store_claim claim = { .time = time, .made = replay->now.boot };
  gpg_error_t err;

  memcpy (claim.hash, hash, REQUEST_HASHLEN);
  claim.seq = replay->next.newest.seq + 1;
  claim.timely = !rule_window (replay, time);
  err = store_claim (replay->store, &claim, r_new);
  if (err || !*r_new)
    return err;
  replay->next.newest.seq = claim.seq;
  memcpy (replay->next.newest.hash, hash, REQUEST_HASHLEN);
  replay->next.claims++;
  return 0;
}


/* The first half of rule_continuity: write META and end the transaction,
   so that at each moment the store's newest claim is one of the two that
   the record names.  */
static gpg_error_t
commit_batch (replay_t replay, const struct store_meta *meta)
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
    err = commit_batch (replay, &replay->next);
  if (err)
    store_rollback (replay->store);
  return err;
}


void
replay_abort (replay_t replay)
{
  store_rollback (replay->store);
}


/* The number of the newest claim that may go: as many as are to be kept
   were made after it.  0: none.  */
static uint64_t
rule_keep (replay_t replay)
{
  uint64_t newest = replay->meta.newest.seq;

  return newest > replay->limits.claims_keep
    ? newest - replay->limits.claims_keep : 0;
}


static bool
rule_clock (replay_t replay, const struct store_claim *claim)
{
  int64_t now = seconds_of (replay->now.wall);

  return claim->time <= TIME_MOST
    && (int64_t)claim->time + (int64_t)replay->limits.max_age < now;
}


/* A claim of another boot has been there since this one.  */
static bool
rule_boot (replay_t replay, const struct store_claim *claim)
{
  int64_t made = claim->seq <= replay->meta.boot_seq ? 0 : claim->made;

  return replay->now.boot - made
    >= (int64_t)replay->limits.max_age * CLOCK_SECOND;
}


/* One that was too early or too old moves the horizon nowhere.  */
static bool
rule_timely (replay_t replay, const struct store_claim *claim)
{
  return claim->timely || claim->time <= rule_horizon (replay);
}


/* Drop those of the N claims in the scan that may go.  What is let go
   leaves its time as refused, in SPANS.  */
static gpg_error_t
rule_span (replay_t replay, unsigned int n, struct spans *spans,
           unsigned int *r_gone)
{
  const struct store_claim *claim = replay->scan;
  gpg_error_t err = 0;

  *r_gone = 0;
  for (; !err && n; n--, claim++)
    {
      if (!rule_clock (replay, claim) || !rule_boot (replay, claim)
          || !rule_timely (replay, claim))
        continue;
      spans_add (spans, claim->time);
      err = store_drop_claim (replay->store, claim->hash);
      if (!err)
        ++*r_gone;
    }
  return err;
}


/* The claims go and their spans come in one transaction.  */
static gpg_error_t
let_go_of_claims (replay_t replay, unsigned int n)
{
  struct store_meta next = replay->meta;
  struct spans spans = replay->spans;
  unsigned int gone = 0;
  gpg_error_t err;

  err = store_begin (replay->store, false);
  if (!err)
    err = rule_span (replay, n, &spans, &gone);
  next.claims -= gone < next.claims ? gone : next.claims;
  if (!err && gone)
    err = store_write_spans (replay->store, &spans);
  if (!err && gone)
    err = store_write_meta (replay->store, &next);
  err = store_end (replay->store, err);
  if (err)
    return err;
  replay->meta = next;
  replay->spans = spans;
  return 0;
}


/* Look at the next claims beyond the newest that are kept.  */
static gpg_error_t
scan_claims (replay_t replay)
{
  uint64_t last = rule_keep (replay);
  unsigned int n = 0;
  gpg_error_t err = 0;

  if (replay->scan_next <= last)
    err = store_list_claims (replay->store, replay->scan_next, last,
                             SCAN_STEP, replay->scan, &n);
  if (!err && n)
    err = let_go_of_claims (replay, n);
  if (err)
    return err;
  if (n == SCAN_STEP)
    replay->scan_next = replay->scan[n - 1].seq + 1;
  else
    {
      replay->scan_next = 1;
      replay->scan_at = replay->now.boot + SCAN_PAUSE;
    }
  return 0;
}


void
replay_tick (replay_t replay)
{
  struct clock_reading reading;
  gpg_error_t err;

  replay_look (replay, &reading);
  if (!replay->limits.max_age || reading.boot < replay->scan_at)
    return;
  err = scan_claims (replay);
  if (err)
    log_debug ("claims could not be let go: %s", gpg_strerror (err));
}


/* The record says that the store is whole only after the store knows
   META.  */
static gpg_error_t
accept_store (replay_t replay, const struct store_meta *meta)
{
  struct continuity_record *record = &replay->record;
  gpg_error_t err;

  err = store_begin (replay->store, true);
  if (!err)
    err = store_write_meta (replay->store, meta);
  err = store_end (replay->store, err);
  if (err)
    return err;
  replay->meta = *meta;
  memcpy (record->boot_id, replay->clock->boot_id, CLOCK_BOOTLEN);
  record->committed = record->intended = meta->newest;
  return continuity_write (replay->continuity, record);
}


gpg_error_t
replay_reset (replay_t replay)
{
  struct store_meta next = replay->meta;

  clock_read (replay->clock, &replay->now);
  rule_step (replay);
  next.lost = false;
  if (replay->meta.lost)
    raise_floor (replay);
  replay->record.put_back = replay->record.put_back_at = 0;
  return accept_store (replay, &next);
}


/* The second half: is the store the one that was left?  Where ageing is
   off, a new boot is no reason to stop, but a store that is new or another
   is.  */
static gpg_error_t
rule_continuity (replay_t replay, bool fresh, bool found)
{
  const struct continuity_record *record = &replay->record;
  const struct claim_mark *newest = &replay->meta.newest;
  struct store_meta next = replay->meta;
  bool same_boot, same_store;

  same_boot = found && !memcmp (record->boot_id, replay->clock->boot_id,
                                CLOCK_BOOTLEN);
  same_store = claim_mark_equal (newest, &record->committed)
    || claim_mark_equal (newest, &record->intended);
  if (memcmp (next.boot_id, replay->clock->boot_id, CLOCK_BOOTLEN))
    {
      memcpy (next.boot_id, replay->clock->boot_id, CLOCK_BOOTLEN);
      next.boot_seq = newest->seq;
    }
  /* A store that had to be made is never the one that was left, even if
     that one was empty.  */
  if (same_boot && same_store && !fresh)
    return accept_store (replay, &next);
  next.lost = next.lost || fresh || same_boot;
  raise_floor (replay);
  replay->event (replay->hook, same_boot || fresh
                 ? "the store is not the one that was left: requests signed"
                   " before now are refused"
                 : "this is another boot: requests signed before now are"
                   " refused");
  return accept_store (replay, &next);
}


static gpg_error_t
open_all (replay_t replay, bool fresh, const char *dir)
{
  gpg_error_t err, found;
  struct clock_reading reading;

  err = store_read_meta (replay->store, &replay->meta);
  if (!err)
    err = store_read_spans (replay->store, &replay->spans);
  if (!err)
    err = continuity_open (dir, &replay->continuity, &replay->record, &found);
  if (err)
    return err;
  clock_read (replay->clock, &replay->now);
  replay->scan_next = 1;
  replay->scan_at = replay->now.boot;
  err = rule_continuity (replay, fresh, !found);
  if (!err)
    replay_look (replay, &reading);
  return err;
}


gpg_error_t
replay_open (store_t store, bool fresh, const char *dir,
             const struct clock_source *clock,
             const struct replay_limits *limits,
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
  replay->limits = *limits;
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
  const struct continuity_record *record = &replay->record;
  int64_t left = floor_left (replay), mark = rule_floor (replay);

  memset (r_state, 0, sizeof *r_state);
  r_state->horizon = rule_horizon (replay);
  if (mark > 0 && (uint64_t)mark > r_state->horizon)
    r_state->horizon = (uint64_t)mark;
  r_state->let_go = spans_newest (&replay->spans);
  r_state->claims = replay->meta.claims;
  r_state->newest = replay->meta.newest.seq;
  r_state->floor_left = left == INT64_MAX ? -1
    : left > 0 ? seconds_of (left) + 1 : 0;
  r_state->put_back = seconds_of (record->put_back);
  r_state->put_back_at = record->put_back_at > 0
    ? (uint64_t)seconds_of (record->put_back_at) : 0;
  r_state->settled = !record->has_floor
    || replay->now.boot - record->floor_boot >= SETTLE;
  r_state->lost = replay->meta.lost && !replay->limits.max_age;
}
