/* continuity.h - A record on tmpfs that tells a store from an old copy.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The record names the newest claim.  It lives exactly as long as the
 * kernel runs, and nobody backs it up: a store that does not end with the
 * claim it names was lost, or put back from a copy.  No SQLite here.  */

#ifndef POSTERN_CONTINUITY_H
#define POSTERN_CONTINUITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/wire/request.h"
#include "clock.h"

/* A claim by its number and hash; SEQ 0: none yet.  */
struct claim_mark
{
  uint64_t seq;
  unsigned char hash[REQUEST_HASHLEN];
};

struct continuity_record
{
  unsigned char boot_id[CLOCK_BOOTLEN];
  struct claim_mark committed;
  struct claim_mark intended;   /* Written before its COMMIT.  */
  int64_t offset;               /* CLOCK_REALTIME - CLOCK_BOOTTIME, as last
                                   accepted.  */
  bool has_floor;
  int64_t floor_boot;           /* Boottime of the last discontinuity.  */
  int64_t put_back;             /* The last step back by more than max-age,
                                   microseconds; 0: none.  */
  int64_t put_back_at;          /* Wall clock after it.  */
};

typedef struct continuity_s *continuity_t;

/* True if PATH, or the nearest folder above it that exists, is on a file
   system that a reboot empties.  The record must lie on one.  */
bool continuity_is_volatile (const char *path);

/* The folder of the file below the folder RUNTIME, to be freed.  */
gpg_error_t continuity_dir (const char *runtime, char **r_path);

/* Make an empty store in STATE/decide and, where RUNTIME is volatile, a
   record that says that it is whole: for a server whose key is new, so
   that no request can have been signed for it.  What it writes belongs to
   the owner of STATE/decide.  GPG_ERR_EEXIST where there is a store.  (In
   replay-create.c.)  */
gpg_error_t replay_create (const char *state, const char *runtime);

/* Open (or make) the file in the folder DIR.  GPG_ERR_NOT_FOUND in
   *R_FOUND means that there was no record, or a damaged one: RECORD is
   then zero.  */
gpg_error_t continuity_open (const char *dir, continuity_t *r_cont,
                             struct continuity_record *record,
                             gpg_error_t *r_found);
void continuity_close (continuity_t cont);

/* Give the file to UID and GID.  */
gpg_error_t continuity_give (continuity_t cont, uid_t uid, gid_t gid);

gpg_error_t continuity_write (continuity_t cont,
                              const struct continuity_record *record);

bool claim_mark_equal (const struct claim_mark *a,
                       const struct claim_mark *b);

#endif /*POSTERN_CONTINUITY_H*/
