/* secret.h - Memory that is locked, and wiped when it is released.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The secure memory of libgcrypt.  */

#ifndef POSTERN_SECRET_H
#define POSTERN_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>

/* Initialise libgcrypt with POOL bytes of secure memory, before any other use
   of it, and turn off PR_SET_DUMPABLE and core files.  GPG_ERR_ENOMEM if the
   memory cannot be locked (RLIMIT_MEMLOCK).  A further call repeats all but
   the first part: it does not change the pool.  */
gpg_error_t secret_init (size_t pool);

/* A constant text for an error of it.  */
const char *secret_why (gpg_error_t err);

/* LEN zeroed bytes of secure memory.  NULL with errno if the pool is used
   up.  */
void *secret_alloc (size_t len);
void secret_release (void *p);  /* NULL is ignored.  */

/* Wipe LEN bytes at P; the compiler cannot optimise it away.  */
void secret_wipe (void *p, size_t len);

/* Compare LEN bytes in constant time.  */
bool secret_equal (const void *a, const void *b, size_t len);

/* Fill LEN bytes at P with random bytes that are good enough for keys.  */
void secret_random (void *p, size_t len);

#endif /*POSTERN_SECRET_H*/
