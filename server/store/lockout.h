/* lockout.h - Who gave wrong credentials, and has to wait.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * With LOCKOUT_FAILURES failures within LOCKOUT_WINDOW a person's checks
 * wait for LOCKOUT_FIRST, and with each failure behind that twice as long,
 * up to LOCKOUT_MOST.  A right credential and an administrator end it, and
 * it is forgotten when the window has passed without one more.  What a full
 * disk keeps from being stored is kept in memory all the same.  */

#ifndef POSTERN_LOCKOUT_H
#define POSTERN_LOCKOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "store.h"

#define LOCKOUT_FAILURES 5
#define LOCKOUT_WINDOW 600      /* Seconds, as all that follows.  */
#define LOCKOUT_FIRST 10
#define LOCKOUT_MOST 300

typedef struct lockout_s *lockout_t;

/* STORE stays the caller's.  Times are Unix seconds.  */
gpg_error_t lockout_open (store_t store, lockout_t *r_lockout);
void lockout_close (lockout_t lockout);

/* How long USER's checks wait from NOW on; 0: they do not.  */
unsigned int lockout_left (lockout_t lockout, const char *user,
                           uint64_t now);

/* USER failed at NOW; returns the wait that follows.  */
unsigned int lockout_failed (lockout_t lockout, const char *user,
                             uint64_t now);

/* Forget what USER did; false where that is nothing.  */
bool lockout_clear (lockout_t lockout, const char *user);

/* Those who wait at NOW, one with each call: the first behind *POS (which
   begins as 0).  NULL: no more.  */
const char *lockout_next (lockout_t lockout, uint64_t now, size_t *pos,
                          unsigned int *r_left);

#endif /*POSTERN_LOCKOUT_H*/
