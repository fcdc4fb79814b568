/* candidate.h - A key that is said to be somebody's.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What goes wrong is logged here, behind the name of the VERB.  */

#ifndef POSTERN_KEYS_CANDIDATE_H
#define POSTERN_KEYS_CANDIDATE_H

#include <stddef.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "roster.h"

struct candidate
{
  unsigned char *data;          /* The key, clean (scratch.h); NULL for one
                                   that is invalid.  */
  size_t len;
  pgp_key_t key;
};

/* Fetch the one key that SPEC, the value of --key, names (fetch.h), for
   USER, and look at it.  To be released, on failure too.  */
gpg_error_t candidate_fetch (const char *verb, const char *user,
                             const char *spec, struct candidate *cand);

/* Refuse what cannot be USER's, and compare the fingerprint: with FPR, or
   at the terminal where that is NULL.  */
gpg_error_t candidate_check (const char *verb, roster_t roster,
                             const char *user, const char *fpr,
                             const struct candidate *cand);

void candidate_release (struct candidate *cand);

#endif /*POSTERN_KEYS_CANDIDATE_H*/
