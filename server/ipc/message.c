/* message.c - The channel between processes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Header: u16 version, u16 type, u32 length of the body, u64 id.  System
 * calls: sendmsg and recvfrom, for those who list them.  */

#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void
put_number (unsigned char *p, uint64_t v, size_t n)
{
  while (n)
    {
      p[--n] = (unsigned char)(v & 0xff);
      v >>= 8;
    }
}

static uint64_t
get_number (const unsigned char *p, size_t n)
{
  uint64_t v = 0;

  while (n--)
    v = (v << 8) | *p++;
  return v;
}

gpg_error_t
message_send (int fd, uint16_t type, uint64_t id, const void *body, size_t len)
{
  unsigned char header[MESSAGE_HEADERLEN];
  struct iovec iov[2];
  struct msghdr msg;
  ssize_t n;

  if (len > MESSAGE_BODYLEN)
    return gpg_error (GPG_ERR_TOO_LARGE);
  put_number (header, MESSAGE_VERSION, 2);
  put_number (header + 2, type, 2);
  put_number (header + 4, len, 4);
  put_number (header + 8, id, 8);
  memset (&msg, 0, sizeof msg);
  iov[0].iov_base = header;
  iov[0].iov_len = sizeof header;
  iov[1].iov_base = (void *)(uintptr_t)body;
  iov[1].iov_len = len;
  msg.msg_iov = iov;
  msg.msg_iovlen = len? 2 : 1;
  do
    n = sendmsg (fd, &msg, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0? gpg_error_from_syserror () : 0;
}

gpg_error_t
message_receive (int fd, unsigned char buf[MESSAGE_MAXLEN + 1],
                 struct message *msg, size_t *r_used)
{
  gpg_error_t err;
  ssize_t n;

  memset (msg, 0, sizeof *msg);
  *r_used = 0;
  do
    n = recv (fd, buf, MESSAGE_MAXLEN + 1, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    {
      err = gpg_error_from_syserror ();
      return gpg_err_code (err) == GPG_ERR_ECONNRESET
             ? gpg_error (GPG_ERR_EOF) : err;
    }
  if (!n)
    return gpg_error (GPG_ERR_EOF);
  *r_used = (size_t)n;
  if (n < MESSAGE_HEADERLEN || n > MESSAGE_MAXLEN
      || get_number (buf, 2) != MESSAGE_VERSION
      || get_number (buf + 4, 4) != (uint64_t)n - MESSAGE_HEADERLEN)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  msg->type = (uint16_t)get_number (buf + 2, 2);
  msg->id = get_number (buf + 8, 8);
  msg->body = buf + MESSAGE_HEADERLEN;
  msg->len = (size_t)n - MESSAGE_HEADERLEN;
  return 0;
}
