/* grants.h - The book of grants: who opened what, until when.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A grant belongs to one person.  Several can share one element of the
 * kernel's table (two people behind one NAT); the book knows which.  It is
 * stored in SQLite, for the next act; nothing in it has to survive a crash
 * of the machine, because a boot ends all grants.  Ends are milliseconds of
 * CLOCK_BOOTTIME, because the kernel's timeouts do not follow the wall clock
 * either.  */

#ifndef POSTERN_GRANTS_H
#define POSTERN_GRANTS_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "grant.h"

#define GRANTS_MAX 200000       /* In all.  */
#define GRANTS_MAX_USER 256     /* Of one person.  */

typedef struct grants_s *grants_t;

/* Open the book in the file PATH, and drop what ended, or was of another
   boot.  A file that is not a book, or is one of another version,
   is replaced, with a warning.  */
gpg_error_t grants_open (const char *path, grants_t *r_book);
void grants_release (grants_t book);

/* The grant that WHAT would renew: of the same user, address, ports, bind
   and once; or NULL.  */
const struct grant *grants_same (grants_t book,
                                 const struct packet_grant *what);

/* Write down a new grant; its number is set.  GPG_ERR_LIMIT_REACHED.  */
gpg_error_t grants_add (grants_t book, struct grant *grant);

/* Replace the grant of the same number, which differs in nothing that
   grants_same compares.  */
gpg_error_t grants_replace (grants_t book, const struct grant *grant);

/* The grant was used for the connection TAKEN, which is all that it lets in
   from now on.  After an error it is as it was.  */
gpg_error_t grants_take (grants_t book, uint64_t number,
                         const struct grants_taken *taken);

/* Remove it.  The book in memory forgets it even if SQLite fails.  */
gpg_error_t grants_remove (grants_t book, uint64_t number);

/* Several changes at once, for SQLite.  */
void grants_begin (grants_t book);
gpg_error_t grants_end (grants_t book);

size_t grants_count (grants_t book);
size_t grants_count_once (grants_t book);

/* The first grant with a number above AFTER; NULL: no more.  */
const struct grant *grants_next (grants_t book, uint64_t after);
const struct grant *grants_next_once (grants_t book, uint64_t after);

/* When the first grant ends; 0 if there is none.  */
uint64_t grants_first_end (grants_t book);

/* Call KEY for each element of the book.  */
void grants_all_keys (grants_t book, grants_key_t key, void *hook);

/* When the last grant with KEY ends; 0 if there is none.  */
uint64_t grants_key_ends (grants_t book, const struct grants_key *key);

/* The number of the oldest grant with KEY; 0 if there is none.  */
uint64_t grants_key_oldest (grants_t book, const struct grants_key *key);

#endif /*POSTERN_GRANTS_H*/
