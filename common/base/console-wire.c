/* console-wire.c - Lines to and from a control socket, with a deadline.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "console-wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "await.h"
#include "ticks.h"

#define STEP_MS 50              /* Between two tries.  */


/* A server whose queue is full takes nobody, and poll(2) cannot wait for
   that to change: try again.  */
static gpg_error_t
try_connect (int fd, const struct sockaddr_un *addr, uint64_t end_ms)
{
  while (connect (fd, (const struct sockaddr *)addr, sizeof *addr))
    {
      if (errno == EINTR)
        continue;
      if (errno != EAGAIN)
        return gpg_error_from_syserror ();
      if (ticks_ms () >= end_ms)
        return gpg_error (GPG_ERR_TIMEOUT);
      poll (NULL, 0, STEP_MS);
    }
  return 0;
}


gpg_error_t
console_wire_connect (const char *path, unsigned int wait_ms,
                      struct console_wire *wire)
{
  gpg_error_t err;
  struct sockaddr_un addr = { .sun_family = AF_UNIX };

  wire->fd = -1;
  wire->used = wire->len = 0;
  if (strlen (path) >= sizeof addr.sun_path)
    return gpg_error (GPG_ERR_ENAMETOOLONG);
  memcpy (addr.sun_path, path, strlen (path));
  wire->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (wire->fd < 0)
    return gpg_error_from_syserror ();
  err = try_connect (wire->fd, &addr, ticks_ms () + wait_ms);
  if (err)
    console_wire_close (wire);
  return err;
}


void
console_wire_close (struct console_wire *wire)
{
  if (wire->fd >= 0)
    close (wire->fd);
  wire->fd = -1;
}


static gpg_error_t
send_all (int fd, unsigned int wait_ms, const char *data, size_t len)
{
  gpg_error_t err;
  ssize_t n;

  while (len)
    {
      err = await_fd (fd, POLLOUT, ticks_ms () + wait_ms);
      if (err)
        return err;
      n = send (fd, data, len, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR && errno != EAGAIN)
        return gpg_error_from_syserror ();
      if (n > 0)
        {
          data += n;
          len -= (size_t)n;
        }
    }
  return 0;
}


gpg_error_t
console_wire_send (struct console_wire *wire, unsigned int wait_ms,
                   const char *line)
{
  size_t len = strlen (line);
  char text[CONSOLE_LINELEN + 1];

  if (len > CONSOLE_LINELEN)
    return gpg_error (GPG_ERR_ASS_LINE_TOO_LONG);
  if (memchr (line, '\n', len))
    return gpg_error (GPG_ERR_ASS_INV_VALUE);
  memcpy (text, line, len);
  text[len] = '\n';
  return send_all (wire->fd, wait_ms, text, len + 1);
}


static gpg_error_t
receive_some (struct console_wire *wire, unsigned int wait_ms)
{
  gpg_error_t err;
  ssize_t n;

  if (wire->len == sizeof wire->buf)
    return gpg_error (GPG_ERR_ASS_LINE_TOO_LONG);
  err = await_fd (wire->fd, POLLIN, ticks_ms () + wait_ms);
  if (err)
    return err;
  n = recv (wire->fd, wire->buf + wire->len, sizeof wire->buf - wire->len, 0);
  if (n < 0 && errno != EINTR && errno != EAGAIN)
    return errno == ECONNRESET ? gpg_error (GPG_ERR_EOF)
      : gpg_error_from_syserror ();
  if (!n)
    return gpg_error (GPG_ERR_EOF);
  wire->len += n > 0 ? (size_t)n : 0;
  return 0;
}


gpg_error_t
console_wire_read (struct console_wire *wire, unsigned int wait_ms,
                   char **r_line)
{
  gpg_error_t err;
  char *end;

  *r_line = NULL;
  wire->len -= wire->used;
  memmove (wire->buf, wire->buf + wire->used, wire->len);
  wire->used = 0;
  while (!(end = memchr (wire->buf, '\n', wire->len)))
    {
      err = receive_some (wire, wait_ms);
      if (err)
        return err;
    }
  *end = 0;
  wire->used = (size_t)(end - wire->buf) + 1;
  *r_line = wire->buf;
  return 0;
}
