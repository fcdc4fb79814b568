/* password-line.h - One line, from a descriptor or from a program.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The line goes to BUF of SIZE bytes, which is secret memory, without its
 * LF and without a NUL.  Errors of both: GPG_ERR_TOO_LARGE for a longer
 * one, GPG_ERR_NO_DATA for none (an empty line is of length 0).  */

#ifndef POSTERN_CLIENT_PASSWORD_LINE_H
#define POSTERN_CLIENT_PASSWORD_LINE_H

#include <stddef.h>
#include <gpg-error.h>

/* Read the first line of FD, to its LF or to the end, and not one byte
   beyond: stdin may have more for us.  */
gpg_error_t password_line_read (int fd, char *buf, size_t size,
                                size_t *r_len);

/* Run ARGV (looked for in PATH; no shell) and take the first line that it
   prints.  It reads from /dev/null and has SECONDS.  Also
   GPG_ERR_NO_PASSPHRASE if it cannot be run, fails or is late.
   *R_MESSAGE is the message, to be freed with gpgrt_free.  */
gpg_error_t password_line_run (char *const argv[], unsigned int seconds,
                               char *buf, size_t size, size_t *r_len,
                               char **r_message);

#endif /*POSTERN_CLIENT_PASSWORD_LINE_H*/
