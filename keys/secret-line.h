/* secret-line.h - Asking the administrator for a password.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_SECRET_LINE_H
#define POSTERN_KEYS_SECRET_LINE_H

#include <stddef.h>
#include <gpg-error.h>

/* Ask for the password of NAME on the terminal, twice and without an echo,
   into the SIZE bytes of secret memory at BUF, with a NUL.  GPG_ERR_ENOTTY
   without a terminal, GPG_ERR_NOT_CONFIRMED if the two differ,
   GPG_ERR_TOO_LARGE, GPG_ERR_NO_DATA for an empty one, GPG_ERR_INV_VALUE for
   one with a NUL in it.  */
gpg_error_t secret_line_ask (const char *name, char *buf, size_t size);

/* The same from the first line of FD, once.  */
gpg_error_t secret_line_read (int fd, char *buf, size_t size);

#endif /*POSTERN_KEYS_SECRET_LINE_H*/
