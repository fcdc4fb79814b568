/* packets-kit.h - What the tests of the roles' messages share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_T_PACKETS_KIT_H
#define POSTERN_T_PACKETS_KIT_H

#include "../../../server/ipc/fields.h"
#include "../../../server/ipc/packets.h"

#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FPR  "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR5 FPR "0123456789ABCDEF01234567"

static int sv[2];
static unsigned char body[MESSAGE_MAXLEN];
static struct message msg;

static void
setup (void)
{
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
}

static void
teardown (void)
{
  close (sv[0]);
  close (sv[1]);
}

/* The bounds of TYPE's body.  */
static inline size_t
least (enum packet_type type)
{
  size_t l, m;

  fields_bounds (packet_layout (type), &l, &m);
  return l;
}

static inline size_t
most (enum packet_type type)
{
  size_t l, m;

  fields_bounds (packet_layout (type), &l, &m);
  return m;
}

/* Take what was sent off the socket into MSG; it must be of TYPE with a
   body of FIRST to LAST bytes.  */
static inline void
fetch (uint16_t type, size_t first, size_t last)
{
  static unsigned char buf[MESSAGE_MAXLEN + 1];
  ssize_t n = recv (sv[1], buf, sizeof buf, MSG_DONTWAIT);

  ck_assert_int_ge (n, 16);
  memcpy (body, buf + 16, (size_t)n - 16);
  msg.type = (uint16_t)(buf[2] << 8 | buf[3]);
  msg.body = body;
  msg.len = (size_t)n - 16;
  ck_assert_uint_eq (msg.type, type);
  ck_assert_uint_ge (msg.len, first);
  ck_assert_uint_le (msg.len, last);
}

static const struct packet_origin origin =
  { { AF_INET, { 192, 0, 2, 1 } }, { AF_INET, { 192, 0, 2, 2 } },
    40000, 62201, 3, "main", true, 320, 0x123456789abcu };

/* A reader that refuses each cut of a body, and one byte more.  */
#define CUTS(name, var)                                                 \
  do {                                                                  \
    size_t whole_ = msg.len;                                            \
    ck_assert_uint_eq (packet_read_ ## name (&msg, &(var)), 0);         \
    for (msg.len = 0; msg.len < whole_; msg.len++)                      \
      ck_assert_uint_ne (packet_read_ ## name (&msg, &(var)), 0);       \
    body[whole_] = 0;                                                   \
    msg.len = whole_ + 1;                                               \
    ck_assert_uint_ne (packet_read_ ## name (&msg, &(var)), 0);         \
    msg.len = whole_;                                                   \
    ck_assert_uint_eq (packet_read_ ## name (&msg, &(var)), 0);         \
  } while (0)

#endif
