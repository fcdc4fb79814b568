/* chain.h - The hash that binds a row of the audit to the one before.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SHA-256 (FIPS 180-4) of "postern audit 1", the hash before, and each
 * column of the row in the order of chain_columns: one letter for its kind
 * (n, i, t or b), its length (64 bits, big-endian) and its bytes; a number
 * is its decimal digits.  doc/AUDIT.md says the same for who writes a
 * verifier of their own.  */

#ifndef POSTERN_CHAIN_H
#define POSTERN_CHAIN_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

#define CHAIN_HASHLEN 32

/* The columns; NULL ends them.  The last one, argv, is a part only where
   there is one.  */
extern const char *const chain_columns[];

typedef struct chain_s *chain_t;

/* Begin a row behind one with the hash BEFORE.  */
gpg_error_t chain_begin (const unsigned char before[CHAIN_HASHLEN],
                         chain_t *r_chain);
void chain_null (chain_t chain);
void chain_number (chain_t chain, int64_t number);
void chain_text (chain_t chain, const char *text, size_t len);
void chain_blob (chain_t chain, const void *data, size_t len);

/* The hash; CHAIN is gone then.  */
void chain_end (chain_t chain, unsigned char hash[CHAIN_HASHLEN]);

#endif /*POSTERN_CHAIN_H*/
