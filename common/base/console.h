/* console.h - Talking to a running posternd over its control socket.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The client's side of the Assuan protocol (see the libassuan manual);
 * doc/CONTROL.md lists the commands.  */

#ifndef POSTERN_CONSOLE_H
#define POSTERN_CONSOLE_H

#include <stddef.h>
#include <gpg-error.h>

typedef struct console_s *console_t;

/* Takes the lines of an answer, one at a time without the LF.  An error
   ends the reading and is handed on.  */
typedef gpg_error_t (*console_line_t) (void *hook, const char *line);

/* Connect to the socket RUNTIME/control; close with console_close.
   GPG_ERR_NOT_FOUND if no posternd runs there, GPG_ERR_EACCES if the caller
   may not connect, GPG_ERR_TIMEOUT if it accepts nobody for 10 seconds.  */
gpg_error_t console_open (const char *runtime, console_t *r_console);
void console_close (console_t console);         /* NULL is ignored.  */

/* Send COMMAND and hand each line of the answer to LINE (may be NULL).
   If posternd answers with an error, *R_WHY (R_WHY may be NULL) is its text,
   valid until the next call; else it is NULL.  GPG_ERR_TIMEOUT if nothing
   comes for 10 seconds, or for 60 seconds where the audit is searched.  An
   answer of which some part keeps coming may take any time.  */
gpg_error_t console_ask (console_t console, const char *command,
                         console_line_t line, void *hook,
                         const char **r_why);

/* Connect as console_open does, and send COMMAND without waiting for anything:
   neither for a posternd that does not accept, nor for an answer, which nobody
   reads.  posternd takes it as long as *R_CONSOLE is not closed.  */
gpg_error_t console_post (const char *runtime, const char *command,
                          console_t *r_console);

/* A constant text for an error of these functions.  */
const char *console_why (gpg_error_t err);

/* Tell posternd to read its configuration again and wait until the new one
   is in force.  The process at the other end is replaced: *CONSOLE becomes a
   connection to its successor, or NULL if there is none.
   GPG_ERR_TIMEOUT after 10 seconds.  *R_WHY as above.  */
gpg_error_t console_reload (console_t *console, const char **r_why);

/* Wait until the posternd whose runtime folder is RUNTIME follows every change
   of the configuration that it has loaded, and of the roster's keyring.
   *R_CONSOLE is connected to it.  GPG_ERR_NOT_FOUND: none runs.  */
gpg_error_t console_settle (const char *runtime, console_t *r_console);

#endif /*POSTERN_CONSOLE_H*/
