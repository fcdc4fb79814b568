/* grants-store.h - The book of grants, in SQLite.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_GRANTS_STORE_H
#define POSTERN_GRANTS_STORE_H

#include "grant.h"

typedef struct grants_store_s *grants_store_t;

typedef gpg_error_t (*grants_load_t) (void *hook, const struct grant *grant);

/* Open PATH and hand each grant that is stored and has not ended to LOAD,
   by ascending number.  */
gpg_error_t grants_store_open (const char *path, grants_load_t load,
                               void *hook, grants_store_t *r_store);
void grants_store_close (grants_store_t store);

/* Remove PATH and what SQLite keeps beside it.  */
void grants_store_unlink (const char *path);

/* GRANT->number 0: a new one, which gets its number.  */
gpg_error_t grants_store_put (grants_store_t store, struct grant *grant);
gpg_error_t grants_store_remove (grants_store_t store, uint64_t number);
void grants_store_begin (grants_store_t store);
gpg_error_t grants_store_end (grants_store_t store);

#endif /*POSTERN_GRANTS_STORE_H*/
