/* relay.c - Bytes both ways between a socket and a pair of files.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFLEN 65536

/* One way.  */
struct lane
{
  int from;
  int to;
  bool to_socket;
  bool eof;                     /* FROM has ended.  */
  bool done;                    /* And TO knows.  */
  size_t start;
  size_t end;
  unsigned char buf[BUFLEN];
};


static bool
is_later (void)
{
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}


/* Pass the end on.  OUT may be a socket too, and the same as IN: then to
   close it says nothing to the other side.  */
static void
lane_finish (struct lane *lane)
{
  if (lane->done)
    return;
  lane->done = true;
  shutdown (lane->to, SHUT_WR);
  if (!lane->to_socket)
    close (lane->to);
}


static gpg_error_t
lane_read (struct lane *lane)
{
  ssize_t n;

  n = read (lane->from, lane->buf, sizeof lane->buf);
  if (n < 0)
    return is_later () ? 0 : gpg_error_from_syserror ();
  lane->start = 0;
  lane->end = (size_t) n;
  if (!n)
    {
      lane->eof = true;
      lane_finish (lane);
    }
  return 0;
}


/* A reader that went away ends its lane; it is not an error.  */
static gpg_error_t
lane_write (struct lane *lane)
{
  ssize_t n;

  n = write (lane->to, lane->buf + lane->start, lane->end - lane->start);
  if (n < 0 && is_later ())
    return 0;
  if (n < 0 && errno == EPIPE)
    {
      lane_finish (lane);
      return 0;
    }
  if (n < 0)
    return gpg_error_from_syserror ();
  lane->start += (size_t) n;
  return 0;
}


/* What LANE waits for: bytes, or room.  */
static void
lane_watch (struct lane *lane, struct pollfd *pfd)
{
  bool full = lane->start < lane->end;

  pfd->fd = lane->done ? -1 : full ? lane->to : lane->from;
  pfd->events = full ? POLLOUT : POLLIN;
  pfd->revents = 0;
}


static gpg_error_t
lane_step (struct lane *lane, const struct pollfd *pfd)
{
  if (pfd->fd < 0 || !pfd->revents)
    return 0;
  return lane->start < lane->end ? lane_write (lane) : lane_read (lane);
}


/* The reader of OUT may go away while nothing is to be written.  */
static void
lane_watch_reader (struct lane *lane, struct pollfd *pfd)
{
  pfd->fd = lane->done || lane->start < lane->end ? -1 : lane->to;
  pfd->events = 0;
  pfd->revents = 0;
}


static gpg_error_t
relay_lanes (struct lane *up, struct lane *down)
{
  gpg_error_t err = 0;
  struct pollfd pfd[3];

  while (!err && !(up->done && down->done))
    {
      lane_watch (up, pfd);
      lane_watch (down, pfd + 1);
      lane_watch_reader (down, pfd + 2);
      if (ppoll (pfd, 3, NULL, NULL) < 0)
        {
          if (errno != EINTR)
            err = gpg_error_from_syserror ();
          continue;
        }
      err = lane_step (up, pfd);
      if (!err)
        err = lane_step (down, pfd + 1);
      if (!err && pfd[2].revents & (POLLERR | POLLNVAL))
        lane_finish (down);
    }
  return err;
}


/* Without blocking, FD as it was is in *R_FLAGS.  */
static void
set_nonblock (int fd, int *r_flags)
{
  *r_flags = fcntl (fd, F_GETFL);
  if (*r_flags >= 0)
    fcntl (fd, F_SETFL, *r_flags | O_NONBLOCK);
}


gpg_error_t
relay_run (int in, int out, int sock)
{
  gpg_error_t err;
  struct lane *lane = calloc (2, sizeof *lane);
  int flags[3];

  if (!lane)
    return gpg_error_from_syserror ();
  lane[0].from = in;
  lane[0].to = lane[1].from = sock;
  lane[0].to_socket = true;
  lane[1].to = out;
  set_nonblock (in, flags);
  set_nonblock (out, flags + 1);
  set_nonblock (sock, flags + 2);
  err = relay_lanes (lane, lane + 1);
  /* Backwards, for IN and OUT may be one file.  */
  if (flags[1] >= 0 && !lane[1].done)
    fcntl (out, F_SETFL, flags[1]);
  if (flags[0] >= 0)
    fcntl (in, F_SETFL, flags[0]);
  free (lane);
  return err;
}
