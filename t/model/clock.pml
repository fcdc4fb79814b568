/* clock.pml - "Works once", whatever becomes of clock, store and machine.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A model for SPIN of doc/PROTOCOL.md, "Age, claims and horizon", and so of
 * server/store/replay.c.  The rules have the same names there and here (RULE_...).
 * t/model.test explores it whole, and then once more for each MUTATE_...,
 * which takes one rule away and has to be found out.
 *
 * What can happen, in any order and as often as it likes: time passes; a
 * request is sent, alone or with another in one batch; the process crashes,
 * between any two steps of a batch; the clock is put to any date; the
 * machine boots with any date; the store is lost, copied, put back; claims
 * are let go; an administrator resets.  Times are in units, of which
 * max-age, max-ahead and the tolerance have a few each.
 *
 * What is shown:
 *   once     What was used, or refused for its time, never works later.
 *            Except where the store was lost, and for what was used the
 *            clock besides stood so far before its time that it would have
 *            been too early (back).
 *   in_time  With the clock right, and no step, boot, loss or reset within
 *            max-age + max-ahead + tolerance, a request signed now passes.
 *            Except where a claim of that very time was let go before the
 *            time came (ahead): its clock stood ahead for max-age at least, and more
 *            than claims-keep claims came after it.
 */

#ifndef AGE
#define AGE 1                   /* max-age; 0: no ageing.  */
#endif
#ifndef AHEAD
#define AHEAD 1                 /* max-ahead */
#endif
#ifndef TOL
#define TOL 0                   /* What a step may be in sum.  */
#endif
#ifndef KEEP
#define KEEP 0                  /* claims-keep */
#endif
#ifndef REQUESTS
#define REQUESTS 1
#endif
#ifndef FIRST
#define FIRST 1                 /* The true time at first, and at last.  */
#endif
#ifndef LAST
#define LAST 4
#endif
#ifndef DATES
#define DATES 4                 /* Requests say 0 to DATES, and clocks are put
                                   to that, or beyond.  */
#endif
#define BEYOND (DATES + AGE + 2)

#if AGE
#define FLOOR_END (AGE + AHEAD + TOL + 1)
#else
#define FLOOR_END (DATES + LAST)        /* Not within this model.  */
#endif
#define QUIET (AGE + AHEAD + TOL + (AGE == 0))

/* What the disk holds.  */
typedef store
{
  bit claimed[REQUESTS];
  bit timely[REQUESTS];         /* In its window when it was made.  */
  byte newer[REQUESTS];         /* Claims made since, up to KEEP.  */
  short spans;                  /* Bit T: claims of time T were let go.  */
  byte seq;                     /* Number and hash of the newest claim.  */
  byte newest;
  bit lost
};
store db, copy;
bit fresh;                      /* It had to be made.  */
byte since[REQUESTS];           /* A claim was made, by CLOCK_BOOTTIME, up
                                   to AGE.  A copy's begin with 0.  */

/* What tmpfs holds: the record of continuity.  */
bit record;
byte committed, intended;
byte floor = FLOOR_END;         /* CLOCK_BOOTTIME since the last one.  */
short reference;                /* clock - truth when it was last accepted.  */

/* The world.  */
short truth = FIRST, clock = FIRST;
byte time[REQUESTS];

/* The process.  */
bit up = 1;
byte phase;                     /* Of the batch: 0 none, 1 intended, 2
                                   committed.  */
byte claiming, passing;         /* Requests of the batch, as bits.  */

/* What only the model knows.  */
byte used, spent, back;
short ahead;
byte quiet = QUIET;
bit dirty;

/* No state: for one step only.  */
hidden byte k, asked, who, mark;
hidden short horizon;
hidden byte refused, untimely;

#define BIT(n) (1 << (n))
#define HAS(set, n) (((set) >> (n)) & 1)
#define LET_GO(t) HAS (db.spans, t)
#define MARK (db.seq * 8 + db.newest)
#define EARLY(t) ((t) > clock + AHEAD)
#define OLD(t) (AGE && (t) + AGE < clock)


#ifdef MUTATE_BEHIND
#define RULE_BEHIND(t) 1
#else
#define RULE_BEHIND(t) ((t) < clock)
#endif

/* RULE_HORIZON: the newest time let go that is behind the clock.  What is
   not after it is refused, and what is in a span whatever the clock.  */
inline find_horizon ()
{
  horizon = DATES;
  do
  :: horizon >= 0 && !(LET_GO (horizon) && RULE_BEHIND (horizon)) ->
     horizon--
  :: else -> break
  od
}
/* RULE_FLOOR: what was signed before the last discontinuity is refused, by
   the clock as it is now.  FLOOR ends where nothing in the window can be
   that old.  */
#ifdef MUTATE_FLOOR_AHEAD
#define RULE_FLOOR(t) (floor == FLOOR_END || clock - (t) + TOL < floor)
#elif defined MUTATE_FLOOR_TOLERANCE
#define RULE_FLOOR(t) (floor == FLOOR_END || clock - (t) + AHEAD < floor)
#else
#define RULE_FLOOR(t) (floor == FLOOR_END || clock - (t) + AHEAD + TOL < floor)
#endif

/* Sets REFUSED and OUT (of its window) for a request of time T.  */
inline check (t)
{
  find_horizon ();
  untimely = EARLY (t) || OLD (t);   /* RULE_WINDOW */
  refused = untimely || t <= horizon || LET_GO (t) || !RULE_FLOOR (t) || db.lost
}

inline raise_floor ()
{
  printf ("%d, by the clock %d: a floor\n", truth, clock);
#ifdef MUTATE_FLOOR_MARK
  /* A mark by the clock of that moment, kept in the store.  */
  k = 0;
  do
  :: k <= DATES && k <= clock + AHEAD -> db.spans = db.spans | BIT (k); k++
  :: else -> break
  od;
#endif
  floor = 0
}

/* RULE_STEP: a step of more than TOL in sum raises a floor.  */
inline look ()
{
  if
  :: clock - truth - reference > TOL || reference - (clock - truth) > TOL ->
     reference = clock - truth;
#ifndef MUTATE_STEP
     raise_floor ()
#endif
  :: else
  fi
}

/* What must hold, and what the model notes, after each event.  */
inline judge ()
{
  if
  :: up ->
     k = 0;
     do
     :: k < REQUESTS ->
        if
        :: db.claimed[k] || LET_GO (time[k]) ->
           back = back & ~BIT (k)
        :: else ->
           if
           :: HAS (used, k) && clock < time[k] - AHEAD ->
              back = back | BIT (k)
           :: else
           fi
        fi;
        k++
     :: else -> break
     od;
     if
     :: phase == 0 && clock == truth && truth <= DATES && quiet == QUIET &&
        !db.lost ->
        check (truth);
        assert (!refused || HAS (ahead, truth))   /* in_time */
     :: else
     fi
  :: else
  fi
}


/* RULE_CLAIM: all that is not refused for ever is claimed, and if it is
   refused all the same, it is spent.  */
#ifdef MUTATE_EARLY
#define RULE_CLAIM(t) (!LET_GO (t) && !EARLY (t))
#elif defined MUTATE_OLD
#define RULE_CLAIM(t) (!LET_GO (t) && !OLD (t))
#else
#define RULE_CLAIM(t) (!LET_GO (t))
#endif

/* A request comes.  */
inline take (n)
{
  asked = time[n];
  check (asked);
  printf ("%d, by the clock %d: request %d of %d is sent; refused: %d\n",
          truth, clock, n, asked, refused);
  if
  :: !db.claimed[n] && RULE_CLAIM (asked) ->
     claiming = claiming | BIT (n);
     if
     :: !refused -> passing = passing | BIT (n)
     :: else
     fi
  :: else ->
     if
     :: !db.claimed[n] && refused -> spent = spent | BIT (n)
     :: else
     fi
  fi
}

inline enter (n)
{
  k = 0;
  do
  :: k < REQUESTS ->
     if
     :: db.claimed[k] && db.newer[k] < KEEP -> db.newer[k]++
     :: else
     fi;
     k++
  :: else -> break
  od;
  db.claimed[n] = 1;
  db.timely[n] = !(EARLY (time[n]) || OLD (time[n]));
  db.newer[n] = 0;
  since[n] = 0;
  db.seq++;
  db.newest = n + 1
}

inline carry_out ()
{
  printf ("%d: carried out: bits %d\n", truth, passing);
  k = 0;
  do
  :: k < REQUESTS ->
     if
     :: HAS (passing, k) ->
        assert (!HAS (used | spent, k) || HAS (back, k));       /* once */
        used = used | BIT (k)
     :: HAS (claiming, k) && !HAS (passing, k) -> spent = spent | BIT (k)
     :: else
     fi;
     k++
  :: else -> break
  od
}

/* RULE_CONTINUITY, first half: the record names what the store will end
   with before the store does.  */
inline begin_batch ()
{
  if
  :: claiming ->
     k = 0;
     who = 0;
     mark = 0;
     do
     :: k < REQUESTS ->
        if
        :: HAS (claiming, k) -> who = k + 1; mark++
        :: else
        fi;
        k++
     :: else -> break
     od;
#ifndef MUTATE_INTENDED
     intended = (db.seq + mark) * 8 + who;
#endif
     phase = 1
#ifdef MUTATE_ACT_FIRST
     ; carry_out ()
#endif
  :: else -> passing = 0
  fi
}

inline commit_batch ()
{
  who = 0;
  do
  :: who < REQUESTS ->
     if
     :: HAS (claiming, who) -> enter (who)
     :: else
     fi;
     who++
  :: else -> break
  od;
  phase = 2
}

inline end_batch ()
{
#ifndef MUTATE_ACT_FIRST
  carry_out ();
#endif
  committed = MARK;
  intended = MARK;
  claiming = 0;
  passing = 0;
  phase = 0
}


/* RULE_KEEP, RULE_CLOCK, RULE_BOOT, RULE_TIMELY: when a claim may go.  One
   that was not in its window when it was made only when the horizon has
   passed it.  RULE_SPAN: what is let go leaves its time as refused.  */
#ifdef MUTATE_TIMELY
#define RULE_TIMELY(n) 1
#else
#define RULE_TIMELY(n) (db.timely[n] || time[n] <= horizon)
#endif
#ifdef MUTATE_KEEP
#define RULE_KEEP(n) 1
#else
#define RULE_KEEP(n) (db.newer[n] >= KEEP)
#endif
#ifdef MUTATE_CLOCK
#define RULE_CLOCK(n) 1
#else
#define RULE_CLOCK(n) (time[n] + AGE < clock)
#endif
#ifdef MUTATE_BOOT
#define RULE_BOOT(n) 1
#else
#define RULE_BOOT(n) (since[n] >= AGE)
#endif

inline let_go (n)
{
  find_horizon ();
  if
  :: RULE_TIMELY (n) ->
     if
     :: time[n] >= truth && time[n] + AGE < clock && db.timely[n] &&
        db.newer[n] >= KEEP && since[n] >= AGE -> ahead = ahead | BIT (time[n])
     :: else
     fi;
     printf ("%d, by the clock %d: claim %d is let go\n", truth, clock, n);
     db.claimed[n] = 0;
     db.timely[n] = 0;
     db.newer[n] = 0;
     since[n] = 0;
#ifndef MUTATE_SPAN
     db.spans = db.spans | BIT (time[n])
#endif
  :: else
  fi
}


inline age (n)
{
  if
  :: db.claimed[n] && since[n] < AGE -> since[n]++
  :: else
  fi
}

inline pass ()
{
  truth++;
  clock++;
  k = 0;
  do
  :: k < REQUESTS -> age (k); k++
  :: else -> break
  od;
  if
  :: floor < FLOOR_END -> floor++
  :: else
  fi;
  if
  :: quiet < QUIET -> quiet++
  :: else
  fi
}

inline put_store (to, from)
{
  k = 0;
  do
  :: k < REQUESTS ->
     to.claimed[k] = from.claimed[k];
     to.timely[k] = from.timely[k];
     to.newer[k] = from.newer[k];
     k++
  :: else -> break
  od;
  to.spans = from.spans;
  to.seq = from.seq;
  to.newest = from.newest;
  to.lost = from.lost
}

inline lose ()
{
  printf ("%d: the store is lost\n", truth);
  k = 0;
  do
  :: k < REQUESTS ->
     db.claimed[k] = 0;
     db.timely[k] = 0;
     db.newer[k] = 0;
     since[k] = 0;
     k++
  :: else -> break
  od;
  db.spans = 0;
  db.seq = 0;
  db.newest = 0;
  db.lost = 0;
  fresh = 1;
  spent = 0
}

inline restore ()
{
  put_store (db, copy);
  fresh = 0;
  k = 0;
  do
  :: k < REQUESTS ->
     if
     :: !db.claimed[k] && !LET_GO (time[k]) -> spent = spent & ~BIT (k)
     :: else
     fi;
     since[k] = 0;
     k++
  :: else -> break
  od;
  dirty = 1
}

/* Another boot: tmpfs is empty, and CLOCK_BOOTTIME begins.  */
inline boot ()
{
  record = 0;
  committed = 0;
  intended = 0;
  reference = 0;
  floor = FLOOR_END;
  k = 0;
  do
  :: k < REQUESTS -> since[k] = 0; k++
  :: else -> break
  od
}

/* RULE_CONTINUITY, second half.  */
inline start ()
{
  printf ("%d, by the clock %d: start\n", truth, clock);
  up = 1;
  if
  :: dirty -> quiet = 0; dirty = 0
  :: else
  fi;
  if
  :: !record ->
     reference = clock - truth;
#ifndef MUTATE_RECORD
     raise_floor ();
#endif
     db.lost = (AGE == 0) && (db.lost || fresh)
  :: record && (fresh || (MARK != committed && MARK != intended)) ->
     reference = clock - truth;
#ifndef MUTATE_CONTINUITY
     raise_floor ();
     db.lost = (AGE == 0)
#endif
  :: else -> look ()
  fi;
  record = 1;
  fresh = 0;
  committed = MARK;
  intended = MARK
}

inline put_clock (date)
{
  printf ("%d: the clock is put from %d to %d\n", truth, clock, date);
  clock = date;
  if
  :: up -> quiet = 0; look ()
  :: else -> dirty = 1
  fi
}

/* Where the store is lost and nothing ages.  */
inline reset ()
{
  printf ("%d, by the clock %d: reset\n", truth, clock);
  db.lost = 0;
  quiet = 0;
  reference = clock - truth;
  raise_floor ()
}


active proctype world ()
{
  byte n, m;

  /* The claims' order is free, so requests can stand in that of time.  */
  atomic
    {
      n = 0;
      m = 0;
      do
      :: m < DATES -> m++
      :: time[n] = m; n++;
         if
         :: n == REQUESTS -> break
         :: else
         fi
      od;
      n = 0;
      m = 0;
      record = 1
    }

  do
  :: atomic { up && phase == 0 ->
       n = 0;
       do
       :: n < REQUESTS - 1 -> n++
       :: break
       od;
       d_step { look (); take (n); n = 0; begin_batch (); judge () } }
  :: atomic { up && phase == 0 && REQUESTS > 1 ->
       n = 0;
       do
       :: n < REQUESTS - 2 -> n++
       :: break
       od;
       m = n + 1;
       do
       :: m < REQUESTS - 1 -> m++
       :: break
       od;
       d_step { look (); take (n); take (m); n = 0; m = 0;
                begin_batch (); judge () } }
  :: d_step { phase == 1 -> commit_batch () }
  :: d_step { phase == 2 -> end_batch (); judge () }
  :: d_step { up -> printf ("%d: a crash\n", truth); up = 0; phase = 0; claiming = 0; passing = 0 }
  :: d_step { !up -> start (); judge () }
  :: d_step { phase == 0 && truth < LAST -> pass (); judge () }
  :: atomic { phase == 0 ->
       n = 0;
       do
       :: n < DATES -> n++
       :: n == DATES -> n = BEYOND; break
       :: break
       od;
       d_step { put_clock (n); n = 0; judge () } }
  :: atomic { !up ->
       n = 0;
       do
       :: n < DATES -> n++
       :: n == DATES -> n = BEYOND; break
       :: break
       od;
       d_step { boot (); clock = n; printf ("%d: a boot at %d\n", truth, n); dirty = 1; n = 0 } }
  :: d_step { phase == 0 -> printf ("%d: copy\n", truth); put_store (copy, db) }
  :: d_step { !up -> lose (); dirty = 1 }
  :: d_step { !up -> printf ("%d: restored\n", truth); restore () }
  :: atomic { up && phase == 0 && AGE ->
       n = 0;
       do
       :: n < REQUESTS - 1 -> n++
       :: break
       od;
       d_step {
         if
         :: db.claimed[n] && RULE_KEEP (n) && RULE_CLOCK (n) &&
            RULE_BOOT (n) -> look (); let_go (n)
         :: else
         fi;
         n = 0;
         judge () } }
  :: d_step { up && phase == 0 && db.lost -> reset (); judge () }
  od
}
