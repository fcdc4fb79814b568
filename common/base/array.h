/* array.h - Arrays that grow.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_ARRAY_H
#define POSTERN_COMMON_ARRAY_H

#include <stddef.h>
#include <gpg-error.h>

/* Make room for one more element after the N elements of SIZE bytes at
   *R_ARRAY, which is NULL at first and is to be freed in the end.  The new
   element is zeroed.  GPG_ERR_ENOMEM.  */
gpg_error_t array_grow (void *r_array, size_t n, size_t size);

#endif /*POSTERN_COMMON_ARRAY_H*/
