/* armour.h - Remove the armour of OpenPGP data.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_ARMOUR_H
#define POSTERN_ARMOUR_H

#include <stddef.h>
#include <gpg-error.h>

/* Remove the armour (RFC 4880, section 6.2) with TITLE, such as "PGP
   MESSAGE", from the LEN bytes at DATA in place; *R_LEN bytes are left.
   Binary data stays as it is.  If the armour is broken, an error of
   libgpg-error's decoder.  */
gpg_error_t armour_strip (const char *title, void *data, size_t len,
                          size_t *r_len);

#endif /*POSTERN_ARMOUR_H*/
