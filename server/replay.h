/* replay.h - A request works once: age, horizon and claim.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A claim is kept until it is older than the horizon, and nothing older
 * than the horizon is taken: so whatever the clock does, a request that
 * was claimed is refused.  doc/PROTOCOL.md, "Age and horizon".  */

#ifndef POSTERN_REPLAY_H
#define POSTERN_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "clock.h"
#include "continuity.h"
#include "refusal.h"
#include "store.h"

typedef struct replay_s *replay_t;

/* Told when the clock steps, when it agrees again, and when the store is
   not the one that we left: for the log and the audit.  */
typedef void (*replay_event_t) (void *hook, const char *what);

struct replay_state
{
  uint64_t horizon;             /* In force now.  */
  uint64_t stored;              /* The high-water mark.  */
  uint64_t claims;
  uint64_t newest;              /* Number of the newest claim.  */
  bool frozen;                  /* The clocks disagree.  */
  int64_t step;                 /* By so many seconds, wall - boot.  */
  bool lost;                    /* Refuses all until a reset.  */
};

/* STORE stays the caller's.  DIR is the continuity folder.  MAX_AGE and
   MAX_AHEAD are in seconds.  */
gpg_error_t replay_open (store_t store, bool fresh, const char *dir,
                         const struct clock_source *clock,
                         unsigned int max_age, unsigned int max_ahead,
                         replay_event_t event, void *hook,
                         replay_t *r_replay);
void replay_close (replay_t replay);

/* Look at the clocks, once for each batch.  */
void replay_look (replay_t replay, struct clock_reading *r_reading);

/* Age and horizon of a request signed at TIME, by the last look.  */
enum refusal replay_check (replay_t replay, uint64_t time);

/* True if a request signed at TIME that is refused now might be in time
   later, by a clock that has come to it or was set back.  It is to be
   claimed all the same: a request that was refused once is spent.  */
bool replay_may_come (replay_t replay, uint64_t time);

/* Claims go in one transaction: begin, claim each, commit.  Rows that
   belong to them may be written in between.  After an error call
   replay_abort: nothing was claimed then.  replay_commit returns when they
   are on the disk.  */
gpg_error_t replay_begin (replay_t replay);
gpg_error_t replay_claim (replay_t replay,
                          const unsigned char hash[REQUEST_HASHLEN],
                          uint64_t time, bool *r_new);
gpg_error_t replay_commit (replay_t replay);
void replay_abort (replay_t replay);

/* From time to time, about once a second: stores the horizon, and lets go
   a bounded number of claims older than it.  */
void replay_tick (replay_t replay);

/* Accept clock and store as they are: what was signed before is refused.
   For an administrator.  */
gpg_error_t replay_reset (replay_t replay);

void replay_get_state (replay_t replay, struct replay_state *r_state);

#endif /*POSTERN_REPLAY_H*/
