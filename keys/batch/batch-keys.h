/* batch-keys.h - The keys of many people, from a folder or a file.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_BATCH_KEYS_H
#define POSTERN_KEYS_BATCH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "batch-progress.h"
#include "table.h"

#define BATCH_RUN 500           /* Keys in one run of gpg, which has a
                                   deadline and a limit of CPU time.  */

struct batch_key
{
  unsigned char *data;          /* The public key; to be freed.  */
  size_t len;
  pgp_key_t key;                /* As gpg sees it, to be released; NULL: it
                                   does not see a key, ...  */
  gpg_error_t err;              /* ... for this reason.  */
};

/* Somebody who is to be enrolled.  */
struct batch_person
{
  const struct table_row *row;
  bool out;                     /* They failed, or are enrolled already.  */
  bool clean;                   /* The key is in the form that we accept.  */
  struct batch_key key;
};

/* Note that PERSON cannot be enrolled, because of WHY.  */
void batch_fail (progress_t progress, struct batch_person *person,
                 const char *why);

/* Find the keys of those of the N people who are not OUT.  If PATH is a folder,
   a person's key is in NAME.pgp, NAME.gpg or NAME.asc; if it is a file, an
   export of many keys, it is the one with the fingerprint in their row.  A
   person without a key, or with another one than their row says, fails.  PGP
   is any server-side home.  Returns only errors that concern everybody.  */
gpg_error_t batch_find_keys (pgp_t pgp, const char *path,
                             struct batch_person *person, size_t n,
                             progress_t progress);

/* Concatenate the keys of those of the N people who are not OUT; *R_DATA is to
   be freed.  */
gpg_error_t batch_join (struct batch_person *person, size_t n,
                        unsigned char **r_data, size_t *r_len);

/* Bring the keys of those who are not OUT into the form that we accept, as
   scratch_clean does.  Returns only errors that concern everybody.  */
gpg_error_t batch_clean_keys (struct batch_person *person, size_t n,
                              progress_t progress);

/* If PATH is a folder, report each file that looks like a key but whose name is
   not in TABLE.  */
gpg_error_t batch_check_rest (const char *path, const struct table *table,
                              progress_t progress);

#endif /*POSTERN_KEYS_BATCH_KEYS_H*/
