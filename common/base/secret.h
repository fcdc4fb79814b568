/* secret.h - Memory that is locked, and wiped when it is released.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libgcrypt's secure memory.  */

#ifndef POSTERN_SECRET_H
#define POSTERN_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>

/* Initialise libgcrypt with POOL bytes of secure memory, once, before any
   other use of it; PR_SET_DUMPABLE off and RLIMIT_CORE 0 besides.
   GPG_ERR_ENOMEM where the memory cannot be locked (RLIMIT_MEMLOCK).  A
   second call does not change the pool.  */
gpg_error_t secret_init (size_t pool);

/* A text on a failure of it.  */
const char *secret_why (gpg_error_t err);

/* NULL with errno on failure.  Zeroed.  */
void *secret_alloc (size_t len);
void secret_release (void *p);  /* NULL is ignored.  */

/* Wipe LEN bytes at P; the compiler does not drop it.  */
void secret_wipe (void *p, size_t len);

/* Compare in constant time.  */
bool secret_equal (const void *a, const void *b, size_t len);

/* Random bytes of the kind that keys are made of.  */
void secret_random (void *p, size_t len);

#endif /*POSTERN_SECRET_H*/
