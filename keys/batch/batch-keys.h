/* batch-keys.h - The keys of many people, out of a folder or a file.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_BATCH_KEYS_H
#define POSTERN_KEYS_BATCH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "../../common/pgp/pgp.h"
#include "batch-progress.h"
#include "table.h"

#define BATCH_RUN 500           /* Keys of one run of gpg, which has a
                                   deadline and a limit of CPU time.  */

struct batch_key
{
  unsigned char *data;          /* The public key; to be freed.  */
  size_t len;
  pgp_key_t key;                /* As gpg sees it, to be released; NULL: it
                                   takes it for none ...  */
  gpg_error_t err;              /* ... for this reason.  */
};

/* One of those who are to be enrolled.  */
struct batch_person
{
  const struct table_row *row;
  bool out;                     /* Failed, or is enrolled already.  */
  bool clean;                   /* The key is as batch_clean_keys left it. */
  struct batch_key key;
};

/* Note that PERSON failed, since WHY.  */
void batch_fail (progress_t progress, struct batch_person *person,
                 const char *why);

/* Find the keys of the N people who are not OUT yet in PATH: in a folder
   the file NAME.pgp, NAME.gpg or NAME.asc with that one key; in a file, an
   export of many keys, the one with the fingerprint of their row.  Whose
   key is not there, or is another than the row says, fails.  PGP is any
   server-side home.  An error is one that concerns all.  */
gpg_error_t batch_find_keys (pgp_t pgp, const char *path,
                             struct batch_person *person, size_t n,
                             progress_t progress);

/* The keys of those of the N people who are in, one behind the other; *R_DATA
   is to be freed.  */
gpg_error_t batch_join (const struct batch_person *person, size_t n,
                        unsigned char **r_data, size_t *r_len);

/* Bring the keys of those who are in into the form that is taken, as
   scratch_clean does.  An error is one that concerns all.  */
gpg_error_t batch_clean_keys (struct batch_person *person, size_t n,
                              progress_t progress);

/* Names of files in the folder PATH that look like somebody's key and are
   nobody's in TABLE fail; for a file nothing is done.  */
gpg_error_t batch_check_rest (const char *path, const struct table *table,
                              progress_t progress);

#endif /*POSTERN_KEYS_BATCH_KEYS_H*/
