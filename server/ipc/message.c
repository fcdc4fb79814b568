/* message.c - The channel between processes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Header: u16 version, u16 type, u32 length of the body, u64 id.  System
 * calls: sendmsg and recvfrom, for those who list them.  */

#include "message.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define HEADERLEN 16
#define BODYLEN (MESSAGE_MAXLEN - HEADERLEN)

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
  unsigned char header[HEADERLEN];
  struct iovec iov[2];
  struct msghdr msg;
  ssize_t n;

  if (len > BODYLEN)
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

/* Check the N bytes at BUF to be one whole message of our version.  */
static gpg_error_t
take_header (const unsigned char *buf, size_t n, struct message *msg)
{
  if (n < HEADERLEN || n > MESSAGE_MAXLEN
      || get_number (buf, 2) != MESSAGE_VERSION
      || get_number (buf + 4, 4) != n - HEADERLEN)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  msg->type = (uint16_t)get_number (buf + 2, 2);
  msg->id = get_number (buf + 8, 8);
  msg->body = buf + HEADERLEN;
  msg->len = n - HEADERLEN;
  return 0;
}

static const struct message_rule *
find_rule (const struct message_rule *table, size_t n, unsigned int from,
           const struct message *msg)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (table[i].type == msg->type && (table[i].from & from)
        && msg->len >= table[i].least && msg->len <= table[i].most)
      return table + i;
  return NULL;
}

gpg_error_t
message_dispatch (int fd, unsigned int from,
                  const struct message_rule *table, size_t n, void *hook)
{
  /* One byte more than a message may have shows one that is longer.  */
  unsigned char buf[MESSAGE_MAXLEN + 1];
  const struct message_rule *rule;
  struct message msg;
  gpg_error_t err;
  ssize_t got;

  do
    got = recv (fd, buf, sizeof buf, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    {
      err = gpg_error_from_syserror ();
      return gpg_err_code (err) == GPG_ERR_ECONNRESET
             ? gpg_error (GPG_ERR_EOF) : err;
    }
  if (!got)
    return gpg_error (GPG_ERR_EOF);
  err = take_header (buf, (size_t)got, &msg);
  if (err)
    return err;
  rule = find_rule (table, n, from, &msg);
  if (!rule)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  err = rule->handler (hook, &msg);
  /* There are one-time keys in some.  */
  explicit_bzero (buf, (size_t)got);
  return err;
}


/* The writer.  */

void
message_write_init (struct message_writer *w)
{
  w->len = 0;
  w->failed = 0;
}

void
message_write_raw (struct message_writer *w, const void *p, size_t n)
{
  if (w->failed || n > BODYLEN - w->len)
    {
      w->failed = 1;
      return;
    }
  if (n)
    memcpy (w->buf + w->len, p, n);
  w->len += n;
}

static void
write_number (struct message_writer *w, uint64_t v, size_t n)
{
  unsigned char tmp[8];

  put_number (tmp, v, n);
  message_write_raw (w, tmp, n);
}

void
message_write_u8 (struct message_writer *w, uint8_t v)
{
  write_number (w, v, 1);
}

void
message_write_u16 (struct message_writer *w, uint16_t v)
{
  write_number (w, v, 2);
}

void
message_write_u32 (struct message_writer *w, uint32_t v)
{
  write_number (w, v, 4);
}

void
message_write_u64 (struct message_writer *w, uint64_t v)
{
  write_number (w, v, 8);
}

void
message_write_bytes (struct message_writer *w, const void *p, size_t n)
{
  if (n > UINT16_MAX)
    {
      w->failed = 1;
      return;
    }
  message_write_u16 (w, (uint16_t)n);
  message_write_raw (w, p, n);
}

void
message_write_string (struct message_writer *w, const char *s)
{
  message_write_bytes (w, s, strlen (s));
}

/* One byte 0, 4 or 6, then always 16.  */
void
message_write_addr (struct message_writer *w, const struct net_addr *a)
{
  switch (a->family)
    {
    case AF_UNSPEC: message_write_u8 (w, 0); break;
    case AF_INET:   message_write_u8 (w, 4); break;
    case AF_INET6:  message_write_u8 (w, 6); break;
    default:        w->failed = 1; return;
    }
  message_write_raw (w, a->bytes, sizeof a->bytes);
}

void
message_write_ports (struct message_writer *w, const struct port_set *p)
{
  unsigned int i;

  if (p->n > NETSPEC_MAX_RANGES)
    {
      w->failed = 1;
      return;
    }
  message_write_u8 (w, (uint8_t)p->n);
  for (i = 0; i < p->n; i++)
    {
      message_write_u8 (w, p->range[i].proto);
      message_write_u16 (w, p->range[i].first);
      message_write_u16 (w, p->range[i].last);
    }
}

gpg_error_t
message_write_send (struct message_writer *w, int fd, uint16_t type,
                    uint64_t id)
{
  if (w->failed)
    return gpg_error (GPG_ERR_TOO_LARGE);
  return message_send (fd, type, id, w->buf, w->len);
}


/* The reader.  */

void
message_read_init (struct message_reader *r, const struct message *msg)
{
  r->p = msg->body;
  r->left = msg->len;
  r->failed = 0;
}

/* Take N bytes off; NULL if they are not there.  */
static const unsigned char *
take (struct message_reader *r, size_t n)
{
  const unsigned char *p = r->p;

  if (r->failed || n > r->left)
    {
      r->failed = 1;
      return NULL;
    }
  r->p += n;
  r->left -= n;
  return p;
}

static uint64_t
read_number (struct message_reader *r, size_t n)
{
  const unsigned char *p = take (r, n);

  return p? get_number (p, n) : 0;
}

uint8_t
message_read_u8 (struct message_reader *r)
{
  return (uint8_t)read_number (r, 1);
}

uint16_t
message_read_u16 (struct message_reader *r)
{
  return (uint16_t)read_number (r, 2);
}

uint32_t
message_read_u32 (struct message_reader *r)
{
  return (uint32_t)read_number (r, 4);
}

uint64_t
message_read_u64 (struct message_reader *r)
{
  return read_number (r, 8);
}

void
message_read_raw (struct message_reader *r, void *p, size_t n)
{
  const unsigned char *src = take (r, n);

  if (src)
    memcpy (p, src, n);
  else
    memset (p, 0, n);
}

const unsigned char *
message_read_bytes (struct message_reader *r, size_t *r_len)
{
  size_t n = message_read_u16 (r);
  const unsigned char *p = take (r, n);

  *r_len = p? n : 0;
  return p? p : (const unsigned char *)"";
}

void
message_read_string (struct message_reader *r, char *buf, size_t size)
{
  size_t n;
  const unsigned char *p = message_read_bytes (r, &n);

  *buf = 0;
  if (n >= size || memchr (p, 0, n))
    {
      r->failed = 1;
      return;
    }
  memcpy (buf, p, n);
  buf[n] = 0;
}

void
message_read_addr (struct message_reader *r, struct net_addr *a)
{
  static const unsigned char zero[16];
  uint8_t kind = message_read_u8 (r);
  size_t used = kind == 4? 4 : kind == 6? 16 : 0;

  memset (a, 0, sizeof *a);
  message_read_raw (r, a->bytes, sizeof a->bytes);
  if ((kind && !used) || memcmp (a->bytes + used, zero, 16 - used))
    r->failed = 1;
  if (r->failed)
    memset (a, 0, sizeof *a);
  else
    a->family = kind == 4? AF_INET : kind == 6? AF_INET6 : AF_UNSPEC;
}

void
message_read_ports (struct message_reader *r, struct port_set *p)
{
  unsigned int i, n = message_read_u8 (r);
  struct port_range range;

  memset (p, 0, sizeof *p);
  for (i = 0; i < n && !r->failed; i++)
    {
      range.proto = message_read_u8 (r);
      range.first = message_read_u16 (r);
      range.last = message_read_u16 (r);
      if ((range.proto != IPPROTO_TCP && range.proto != IPPROTO_UDP)
          || !range.first || range.last < range.first
          || netspec_ports_add (p, &range))
        r->failed = 1;
    }
  if (r->failed)
    memset (p, 0, sizeof *p);
}

gpg_error_t
message_read_end (struct message_reader *r)
{
  return r->failed || r->left? gpg_error (GPG_ERR_BAD_DATA) : 0;
}
