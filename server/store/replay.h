/* replay.h - A request works once: age, horizon, floor and claim.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A claim is kept until its time can be refused for ever instead.  So
 * whatever the clock does, a request that was claimed is refused, and one
 * that is signed now is not.  doc/PROTOCOL.md, "Age, claims and horizon";
 * t/model/clock.pml explores these rules, by the same names.  */

#ifndef POSTERN_REPLAY_H
#define POSTERN_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "clock.h"
#include "continuity.h"
#include "../ipc/refusal.h"
#include "store.h"

typedef struct replay_s *replay_t;

/* Told when the clock steps, after another boot, and when the store is not
   the one that was left: for the log and the audit.  WHAT lasts.  */
typedef void (*replay_event_t) (void *hook, const char *what);

struct replay_limits
{
  unsigned int max_age;         /* Seconds; 0: no ageing.  */
  unsigned int max_ahead;       /* Seconds.  */
  unsigned int claims_keep;     /* The newest claims, which stay.  */
};

struct replay_state
{
  uint64_t horizon;             /* Not after it: refused now.  */
  uint64_t let_go;              /* The newest time of a claim let go; it may
                                   lie ahead of the clock.  0: none.  */
  uint64_t claims;
  uint64_t newest;              /* Number of the newest claim.  */
  int64_t floor_left;           /* Seconds that the floor lasts; 0: there is
                                   none, -1: to the next one.  */
  int64_t put_back;             /* Seconds, more than max-age; 0: none.  */
  uint64_t put_back_at;
  bool settled;                 /* No start after a boot, and no step, for an
                                   hour.  */
  bool lost;                    /* Refuses all until a reset.  */
};

/* STORE stays the caller's.  FRESH: it had to be made.  DIR is the
   continuity folder.  */
gpg_error_t replay_open (store_t store, bool fresh, const char *dir,
                         const struct clock_source *clock,
                         const struct replay_limits *limits,
                         replay_event_t event, void *hook,
                         replay_t *r_replay);
void replay_close (replay_t replay);

/* Look at the clocks, once for each batch.  */
void replay_look (replay_t replay, struct clock_reading *r_reading);

/* Age, horizon and floor of a request signed at TIME, by the last look.  */
enum refusal replay_check (replay_t replay, uint64_t time);

/* Whether TIME is not after the horizon or the floor, or a claim of it was
   let go; the window is not looked at.  */
bool replay_is_behind (replay_t replay, uint64_t time);

/* False if a request signed at TIME is refused for ever.  Any other is to
   be claimed, refused or not: what was refused once is spent, wherever the
   clock goes.  */
bool replay_is_open (replay_t replay, uint64_t time);

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

/* From time to time, about once a second: looks at the clocks, and lets go
   a bounded number of claims.  */
void replay_tick (replay_t replay);

/* For an administrator: accept a store that was lost where nothing ages,
   for which what was signed until now is refused; and forget that the clock
   was put back.  Nothing that was used works again by it.  */
gpg_error_t replay_reset (replay_t replay);

void replay_get_state (replay_t replay, struct replay_state *r_state);

#endif /*POSTERN_REPLAY_H*/
