/* b-replay.c - What a million claims cost: start, look-up, claiming.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   b-replay [CLAIMS [FOLDER]]
 *
 * The ratios are of the full store to one with a thousand claims, in the
 * same run.  FOLDER (default: the current one) says which disk is synced. */

#include "../../server/store/replay.h"

#include <ftw.h>
#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/secret.h"

#define FEW 1000u
#define LOOKUPS 20000u
#define BATCH 64u
#define AGE 86400u

static char folder[256];
static struct clock_source the_clock;

struct figures
{
  double start;                 /* Milliseconds.  */
  double lookup;                /* Microseconds.  */
  double single, batched;       /* Milliseconds per durable claim.  */
};


static double
now_ms (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}


static void
die (const char *what, gpg_error_t err)
{
  fprintf (stderr, "b-replay: %s: %s\n", what, gpg_strerror (err));
  exit (1);
}


static void
number_hash (uint64_t number, unsigned char hash[REQUEST_HASHLEN])
{
  gcry_md_hash_buffer (GCRY_MD_SHA256, hash, &number, sizeof number);
}


static void
on_event (void *hook, const char *what)
{
  (void)hook;
  (void)what;
}


static void
open_it (store_t *r_store, replay_t *r_replay)
{
  struct replay_limits limits = { AGE, 30, 1000000 };
  gpg_error_t err;
  bool fresh;

  err = store_open (folder, r_store, &fresh);
  if (!err)
    err = replay_open (*r_store, fresh, folder, &the_clock, &limits,
                       on_event, NULL, r_replay);
  if (err)
    die ("open", err);
}


/* Claim the numbers from FIRST to LAST in transactions of SIZE.  */
static double
claim (replay_t replay, uint64_t first, uint64_t last, unsigned int size)
{
  unsigned char hash[REQUEST_HASHLEN];
  uint64_t n, now = (uint64_t)time (NULL);
  double began = now_ms ();
  gpg_error_t err = 0;
  bool fresh;

  for (n = first; !err && n < last; n++)
    {
      if ((n - first) % size == 0)
        {
          struct clock_reading reading;

          replay_look (replay, &reading);
          err = replay_begin (replay);
        }
      number_hash (n, hash);
      if (!err)
        err = replay_claim (replay, hash, now, &fresh);
      if (!err && ((n - first) % size == size - 1 || n == last - 1))
        err = replay_commit (replay);
    }
  if (err)
    die ("claim", err);
  return (now_ms () - began) / (double)(last - first);
}


static double
look_up (store_t store, uint64_t first, uint64_t last)
{
  unsigned char hash[REQUEST_HASHLEN];
  double began = now_ms ();
  unsigned int i;
  bool found;

  for (i = 0; i < LOOKUPS; i++)
    {
      number_hash (first + (uint64_t)rand () % (last - first), hash);
      if (store_find (store, hash, &found) || !found)
        die ("look-up", gpg_error (GPG_ERR_NOT_FOUND));
    }
  return (now_ms () - began) / LOOKUPS * 1e3;
}


/* The store has the claims from FIRST to LAST, and none behind.  */
static void
measure (uint64_t first, uint64_t last, struct figures *f)
{
  store_t store;
  replay_t replay;
  double began = now_ms ();

  open_it (&store, &replay);
  f->start = now_ms () - began;
  f->lookup = look_up (store, first, last);
  f->single = claim (replay, last, last + 200, 1);
  f->batched = claim (replay, last + 200, last + 200 + 20 * BATCH, BATCH);
  replay_close (replay);
  store_close (store);
}


static void
fill (uint64_t first, uint64_t last)
{
  store_t store;
  replay_t replay;

  open_it (&store, &replay);
  claim (replay, first, last, 10000);
  replay_close (replay);
  store_close (store);
}


static int
remove_one (const char *path, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  return remove (path);
}


static void
print (const char *what, double few, double many, const char *unit)
{
  printf ("    %-38s %8.3f %s, %8.3f with few: ratio %.2f\n", what, many,
          unit, few, few > 0 ? many / few : 0);
}


int
main (int argc, char **argv)
{
  uint64_t n = argc > 1 ? strtoull (argv[1], NULL, 10) : 1000000;
  struct figures few, many;

  if (n < 100000 || n > 10000000)
    n = 1000000;
  snprintf (folder, sizeof folder, "%s/b-replay.XXXXXX",
            argc > 2 ? argv[2] : ".");
  if (!mkdtemp (folder) || secret_init (16384) || clock_system (&the_clock))
    die (folder, gpg_error_from_syserror ());
  fill (0, FEW);
  measure (0, FEW, &few);
  fill (FEW + 2000, n);
  measure (FEW + 2000, n, &many);
  printf ("claims: %llu against %u\n", (unsigned long long)n, FEW);
  print ("start", few.start, many.start, "ms");
  print ("look-up of a claim", few.lookup, many.lookup, "us");
  print ("one claim, synced", few.single, many.single, "ms");
  print ("one claim of 64 in a transaction", few.batched, many.batched, "ms");
  nftw (folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  return 0;
}
