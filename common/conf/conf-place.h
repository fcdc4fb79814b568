/* conf-place.h - What is wrong in a file, and where.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_CONF_PLACE_H
#define POSTERN_COMMON_CONF_PLACE_H

#include <gpg-error.h>

/* Where something stands, for a message; LINE 0: the file as a whole.  */
struct conf_place
{
  const char *file;
  unsigned int line;
  const char *option;           /* NULL: none.  */
  char **r_message;             /* May be NULL.  */
};

/* Give back GPG_ERR_INV_VALUE with "FILE:LINE: OPTION: text".  */
gpg_error_t conf_fail (const struct conf_place *place,
                       const char *format, ...) GPGRT_ATTR_PRINTF (2, 3);
/* The same for any error.  */
gpg_error_t conf_fail_with (gpg_error_t err,
                            const struct conf_place *place,
                            const char *format, ...)
  GPGRT_ATTR_PRINTF (3, 4);

#endif /*POSTERN_COMMON_CONF_PLACE_H*/
