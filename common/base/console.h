/* console.h - Talking to a running posternd over its control socket.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The client's side of the Assuan protocol; doc/CONTROL.md lists the
 * commands.  */

#ifndef POSTERN_CONSOLE_H
#define POSTERN_CONSOLE_H

#include <stddef.h>
#include <gpg-error.h>

typedef struct console_s *console_t;

/* Takes the data lines of an answer, one at a time without the LF.  */
typedef gpg_error_t (*console_line_t) (void *hook, const char *line);

/* Connect to RUNTIME/control.
   GPG_ERR_NOT_FOUND: no posternd runs there.  GPG_ERR_EACCES where the
   caller may not.  GPG_ERR_TIMEOUT where it takes nobody for 10 seconds.  */
gpg_error_t console_open (const char *runtime, console_t *r_console);
void console_close (console_t console);

/* Send COMMAND and hand each line of the answer to LINE (may be NULL).
   On an error of posternd's *R_WHY (if not NULL) is its text, valid until
   the next call.  GPG_ERR_TIMEOUT where nothing comes for 10 seconds, or for
   60 where the audit is searched; as long as something comes, an answer may
   take its time.  */
gpg_error_t console_ask (console_t console, const char *command,
                         console_line_t line, void *hook,
                         const char **r_why);

/* The text of an error of these functions.  */
const char *console_why (gpg_error_t err);

/* Tell posternd to read its configuration again and wait until the new one
   is in force.  The process that we talk to is replaced: *CONSOLE becomes a
   connection to the next one, or NULL where there is none.
   GPG_ERR_TIMEOUT after 10 seconds.  *R_WHY as above.  */
gpg_error_t console_reload (console_t *console, const char **r_why);

#endif /*POSTERN_CONSOLE_H*/
