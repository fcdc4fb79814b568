/* nftread.h - What the kernel has in the table: read, never changed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libnftables has only texts to give, and those of 100,000 elements take
 * their time.  So what must be known of the table is read over netlink
 * (linux/netfilter/nf_tables.h) with libmnl.  */

#ifndef POSTERN_NFTREAD_H
#define POSTERN_NFTREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

#define NFTREAD_TABLE "postern"

typedef struct nftread_s *nftread_t;

gpg_error_t nftread_new (nftread_t *r_read);
void nftread_release (nftread_t r);

/* The number of the ruleset: each change of anybody's adds one.  */
gpg_error_t nftread_generation (nftread_t r, uint32_t *r_gen);

/* A hash over the table, its chains, rules and sets (not their elements),
   with the handles, so that nothing can be put in place of another.
   GPG_ERR_NOT_FOUND where there is no table.  */
gpg_error_t nftread_print (nftread_t r, uint64_t *r_print);

/* Call ELEMENT with the key of each element of SET, and the milliseconds
   that are left to it (0: no end).  Where the set changes meanwhile it
   begins anew, with a call with KEY NULL.  */
typedef void (*nftread_element_t) (void *hook, const unsigned char *key,
                                   size_t len, uint64_t left);
gpg_error_t nftread_elements (nftread_t r, const char *set,
                              nftread_element_t element, void *hook);

#endif /*POSTERN_NFTREAD_H*/
