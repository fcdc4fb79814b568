/* message.c - The channel between processes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * System calls: sendmsg and recvfrom, for those who list them.  */

#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "fields.h"

struct header
{
  uint16_t version;
  uint16_t type;
  uint32_t len;                 /* Of the body.  */
  uint64_t id;
};

#define NUMBER(member, first, last) \
  { FIELD_NUMBER, .at = offsetof (struct header, member), \
    .size = sizeof ((struct header *)0)->member, .least = first, .most = last }

static const struct field header_fields[] =
  {
    NUMBER (version, MESSAGE_VERSION, MESSAGE_VERSION),
    NUMBER (type, 0, UINT16_MAX), NUMBER (len, 0, MESSAGE_BODYLEN),
    NUMBER (id, 0, UINT64_MAX), { .kind = FIELD_END }
  };

static const struct layout header_layout =
  { "header", header_fields, sizeof (struct header), 0, NULL };

gpg_error_t
message_send (int fd, uint16_t type, uint64_t id, const void *body, size_t len)
{
  struct header fields = { MESSAGE_VERSION, type, (uint32_t)len, id };
  unsigned char header[MESSAGE_HEADERLEN];
  struct iovec iov[2];
  struct msghdr msg;
  size_t len_header;
  ssize_t n;

  if (len > MESSAGE_BODYLEN)
    return gpg_error (GPG_ERR_TOO_LARGE);
  fields_write (&header_layout, &fields, header, sizeof header, &len_header);
  memset (&msg, 0, sizeof msg);
  iov[0].iov_base = header;
  iov[0].iov_len = len_header;
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
  struct header header;
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
  if (n < MESSAGE_HEADERLEN
      || fields_read (&header_layout, buf, MESSAGE_HEADERLEN, &header)
      || header.len != (size_t)n - MESSAGE_HEADERLEN)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  msg->type = header.type;
  msg->id = header.id;
  msg->body = buf + MESSAGE_HEADERLEN;
  msg->len = header.len;
  return 0;
}
