/* candidate.h - A key that is said to be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * These functions log what goes wrong, on behalf of VERB.  */

#ifndef POSTERN_KEYS_CANDIDATE_H
#define POSTERN_KEYS_CANDIDATE_H

#include <stddef.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "roster.h"

struct candidate
{
  unsigned char *data;          /* The key, clean (scratch.h); NULL for an
                                   invalid one.  */
  size_t len;
  pgp_key_t key;
};

/* Fetch the one key for USER that SPEC, the value of --key, names (fetch.h),
   and inspect it.  *CAND must be released, on failure too.  */
gpg_error_t candidate_fetch (const char *verb, const char *user,
                             const char *spec, struct candidate *cand);

/* Refuse a key that cannot be USER's, and compare its fingerprint with FPR,
   or if that is NULL ask on the terminal.  */
gpg_error_t candidate_check (const char *verb, roster_t roster,
                             const char *user, const char *fpr,
                             const struct candidate *cand);

void candidate_release (struct candidate *cand);

#endif /*POSTERN_KEYS_CANDIDATE_H*/
