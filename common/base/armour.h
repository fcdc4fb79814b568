/* armour.h - Taking the armour off OpenPGP data.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_ARMOUR_H
#define POSTERN_ARMOUR_H

#include <stddef.h>
#include <gpg-error.h>

/* Take the armour (RFC 4880, section 6.2) with TITLE, such as "PGP
   MESSAGE", off the LEN bytes at DATA in place; binary data stays as it
   is.  An error of libgpg-error's decoder where it is broken.  */
gpg_error_t armour_strip (const char *title, void *data, size_t len,
                          size_t *r_len);

#endif /*POSTERN_ARMOUR_H*/
