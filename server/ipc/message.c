/* message.c - The channel between processes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * System calls: sendmsg and recvfrom, for those who list them; recvmsg and
 * close for those who get descriptors.  */

#include "message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
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

/* Room for one descriptor, aligned as cmsg(3) wants it.  */
union control
{
  struct cmsghdr head;
  char room[CMSG_SPACE (sizeof (int))];
};

static void
attach_fd (struct msghdr *msg, union control *control, int passed)
{
  struct cmsghdr *head;

  memset (control, 0, sizeof *control);
  msg->msg_control = control->room;
  msg->msg_controllen = sizeof control->room;
  head = CMSG_FIRSTHDR (msg);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (sizeof passed);
  memcpy (CMSG_DATA (head), &passed, sizeof passed);
}

gpg_error_t
message_send_fd (int fd, uint16_t type, uint64_t id, const void *body,
                 size_t len, int passed)
{
  struct header fields = { MESSAGE_VERSION, type, (uint32_t)len, id };
  unsigned char header[MESSAGE_HEADERLEN];
  union control control;
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
  if (passed >= 0)
    attach_fd (&msg, &control, passed);
  do
    n = sendmsg (fd, &msg, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0? gpg_error_from_syserror () : 0;
}

gpg_error_t
message_send (int fd, uint16_t type, uint64_t id, const void *body, size_t len)
{
  return message_send_fd (fd, type, id, body, len, -1);
}


/* The result of a receiving call, as an error.  */
static gpg_error_t
judge_received (ssize_t n)
{
  gpg_error_t err;

  if (n > 0)
    return 0;
  err = n ? gpg_error_from_syserror () : gpg_error (GPG_ERR_EOF);
  return gpg_err_code (err) == GPG_ERR_ECONNRESET
    ? gpg_error (GPG_ERR_EOF) : err;
}

/* Read the header of the N bytes in BUF.  */
static gpg_error_t
read_message (const unsigned char *buf, size_t n, struct message *msg)
{
  struct header header;

  if (n < MESSAGE_HEADERLEN
      || fields_read (&header_layout, buf, MESSAGE_HEADERLEN, &header)
      || header.len != n - MESSAGE_HEADERLEN)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  msg->type = header.type;
  msg->id = header.id;
  msg->body = buf + MESSAGE_HEADERLEN;
  msg->len = header.len;
  return 0;
}

static void
clear_message (struct message *msg)
{
  memset (msg, 0, sizeof *msg);
  msg->fd = -1;
}

gpg_error_t
message_receive (int fd, unsigned char buf[MESSAGE_MAXLEN + 1],
                 struct message *msg, size_t *r_used)
{
  gpg_error_t err;
  ssize_t n;

  clear_message (msg);
  *r_used = 0;
  do
    n = recv (fd, buf, MESSAGE_MAXLEN + 1, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  err = judge_received (n);
  if (err)
    return err;
  *r_used = (size_t)n;
  return read_message (buf, (size_t)n, msg);
}


/* The descriptor in MSG; -1: none.  The control room is rounded up, so that
   there may be two.  What does not fit in it never arrives, and the kernel
   says so.  */
static gpg_error_t
take_fd (struct msghdr *msg, int *r_fd)
{
  struct cmsghdr *head = CMSG_FIRSTHDR (msg);
  bool whole = !(msg->msg_flags & MSG_CTRUNC);
  size_t i, n = 0;
  int fd;

  *r_fd = -1;
  if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS
      && head->cmsg_len >= CMSG_LEN (0))
    n = (head->cmsg_len - CMSG_LEN (0)) / sizeof fd;
  for (i = 0; i < n; i++)
    {
      memcpy (&fd, CMSG_DATA (head) + i * sizeof fd, sizeof fd);
      if (n == 1 && whole)
        *r_fd = fd;
      else
        close (fd);
    }
  return n <= 1 && whole ? 0 : gpg_error (GPG_ERR_UNEXPECTED_MSG);
}

gpg_error_t
message_receive_fd (int fd, unsigned char buf[MESSAGE_MAXLEN + 1],
                    struct message *msg, size_t *r_used)
{
  struct iovec iov = { buf, MESSAGE_MAXLEN + 1 };
  union control control;
  struct msghdr head;
  gpg_error_t err;
  ssize_t n;

  clear_message (msg);
  *r_used = 0;
  do
    {
      memset (&head, 0, sizeof head);
      head.msg_iov = &iov;
      head.msg_iovlen = 1;
      head.msg_control = control.room;
      head.msg_controllen = sizeof control.room;
      n = recvmsg (fd, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    }
  while (n < 0 && errno == EINTR);
  err = judge_received (n);
  if (err)
    return err;
  *r_used = (size_t)n;
  err = take_fd (&head, &msg->fd);
  if (!err)
    err = read_message (buf, (size_t)n, msg);
  if (err && msg->fd >= 0)
    {
      close (msg->fd);
      msg->fd = -1;
    }
  return err;
}
