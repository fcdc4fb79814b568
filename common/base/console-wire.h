/* console-wire.h - Lines to and from a control socket, with a deadline.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The client's side of Assuan, as far as Postern speaks it.  libassuan has
 * no timeouts: it would wait for ever for a server that is stopped.  */

#ifndef POSTERN_CONSOLE_WIRE_H
#define POSTERN_CONSOLE_WIRE_H

#include <stddef.h>
#include <gpg-error.h>

#define CONSOLE_LINELEN 1000    /* Without the LF.  */

struct console_wire
{
  int fd;                       /* -1: not connected.  */
  size_t used;                  /* Bytes of BUF that the last line took.  */
  size_t len;                   /* Bytes of BUF that were received.  */
  char buf[4096];
};

/* Connect to the socket PATH.  Each of these functions fails with
   GPG_ERR_TIMEOUT after WAIT_MS milliseconds in which nothing happened.  */
gpg_error_t console_wire_connect (const char *path, unsigned int wait_ms,
                                  struct console_wire *wire);
void console_wire_close (struct console_wire *wire);

/* Send LINE, at most CONSOLE_LINELEN bytes and without an LF
   (GPG_ERR_ASS_LINE_TOO_LONG, GPG_ERR_ASS_INV_VALUE).  */
gpg_error_t console_wire_send (struct console_wire *wire, unsigned int wait_ms,
                               const char *line);

/* *R_LINE is the next line without its LF; it is valid until the next call.
   GPG_ERR_EOF if the server has gone.  */
gpg_error_t console_wire_read (struct console_wire *wire, unsigned int wait_ms,
                               char **r_line);

#endif /*POSTERN_CONSOLE_WIRE_H*/
