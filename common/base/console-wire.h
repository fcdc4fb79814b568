/* console-wire.h - Lines to and from a control socket, with a deadline.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The client's side of Assuan, as far as we speak it.  libassuan would wait
 * for a server that is stopped, and cannot be told otherwise.  */

#ifndef POSTERN_CONSOLE_WIRE_H
#define POSTERN_CONSOLE_WIRE_H

#include <stddef.h>
#include <gpg-error.h>

#define CONSOLE_LINELEN 1000    /* Without the LF.  */

struct console_wire
{
  int fd;                       /* -1: none.  */
  size_t used;                  /* Of BUF, by the line that was read... */
  size_t len;                   /* ... and by all that came.  */
  char buf[4096];
};

/* Connect to the socket PATH.  Each wait of these functions ends after WAIT
   milliseconds in which nothing happened, with GPG_ERR_TIMEOUT.  */
gpg_error_t console_wire_connect (const char *path, int wait,
                                  struct console_wire *wire);
void console_wire_close (struct console_wire *wire);

gpg_error_t console_wire_send (struct console_wire *wire, int wait,
                               const char *line);

/* The next line, without its LF; it lasts until the next call.  GPG_ERR_EOF
   where the server is gone.  */
gpg_error_t console_wire_read (struct console_wire *wire, int wait,
                               char **r_line);

#endif /*POSTERN_CONSOLE_WIRE_H*/
