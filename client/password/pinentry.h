/* pinentry.h - Asking through the pinentry that gpg-agent would use.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_PINENTRY_H
#define POSTERN_CLIENT_PINENTRY_H

#include <stddef.h>
#include <gpg-error.h>

/* Ask for one line; TITLE, DESC (which may have several lines) and PROMPT
   are UTF-8.  The answer goes to BUF of SIZE bytes, which is secret memory;
   it may be empty.  Errors: GPG_ERR_CANCELED, GPG_ERR_TOO_LARGE,
   GPG_ERR_ENOTTY if there is no terminal to ask on, GPG_ERR_NO_PIN_ENTRY
   if no pinentry works.  *R_MESSAGE is the message, to be freed with
   gpgrt_free.  */
gpg_error_t pinentry_ask (const char *title, const char *desc,
                          const char *prompt, char *buf, size_t size,
                          size_t *r_len, char **r_message);

#endif /*POSTERN_CLIENT_PINENTRY_H*/
