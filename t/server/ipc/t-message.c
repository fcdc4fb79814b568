/* t-message.c - Tests of server/ipc/message.c.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/ipc/message.h"

#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int sv[2];
static struct message got;
static unsigned char got_body[MESSAGE_MAXLEN];
static unsigned int calls;

static void
setup (void)
{
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
  calls = 0;
}

static void
teardown (void)
{
  close (sv[0]);
  close (sv[1]);
}

static gpg_error_t
take (void *hook, const struct message *msg)
{
  got = *msg;
  memcpy (got_body, msg->body, msg->len);
  calls++;
  return hook? *(gpg_error_t *)hook : 0;
}

static const struct message_rule table[] =
  {
    { 7, 1, 0, 4, take },
    { 8, 2, 3, MESSAGE_MAXLEN, take },
    { 7, 4, 5, 5, take }
  };

static gpg_err_code_t
dispatch (unsigned int from)
{
  return gpg_err_code (message_dispatch (sv[1], from, table, 3, NULL));
}

START_TEST (test_round)
{
  ck_assert_uint_eq (message_send (sv[0], 7, 0x0102030405060708u, "abc", 3),
                     0);
  ck_assert_uint_eq (dispatch (1), 0);
  ck_assert_uint_eq (calls, 1);
  ck_assert_uint_eq (got.type, 7);
  ck_assert (got.id == 0x0102030405060708u);
  ck_assert_uint_eq (got.len, 3);
  ck_assert_mem_eq (got_body, "abc", 3);
}
END_TEST

START_TEST (test_table)
{
  static const struct
  {
    uint16_t type;
    unsigned int from;
    size_t len;
    int good;
  } row[] =
    {
      { 7, 1, 0, 1 }, { 7, 1, 4, 1 }, { 7, 1, 5, 0 },   /* Most.  */
      { 7, 2, 4, 0 },                                   /* From.  */
      { 7, 4, 5, 1 }, { 7, 4, 4, 0 },
      { 8, 2, 3, 1 }, { 8, 2, 2, 0 },                   /* Least.  */
      { 9, 1, 3, 0 }, { 0, 1, 3, 0 }                    /* Type.  */
    };
  static const unsigned char zero[8];
  size_t i;

  for (i = 0; i < sizeof row / sizeof *row; i++)
    {
      calls = 0;
      ck_assert_uint_eq (message_send (sv[0], row[i].type, 1, zero,
                                       row[i].len), 0);
      ck_assert_msg (dispatch (row[i].from)
                     == (row[i].good? 0 : GPG_ERR_UNEXPECTED_MSG),
                     "row %zu", i);
      ck_assert_int_eq ((int)calls, row[i].good);
    }
}
END_TEST

START_TEST (test_handler_error)
{
  gpg_error_t err = gpg_error (GPG_ERR_BAD_DATA);

  ck_assert_uint_eq (message_send (sv[0], 7, 0, NULL, 0), 0);
  ck_assert_uint_eq (message_dispatch (sv[1], 1, table, 3, &err), err);
}
END_TEST

START_TEST (test_nothing_and_end)
{
  ck_assert_uint_eq (dispatch (1), GPG_ERR_EAGAIN);
  close (sv[0]);
  ck_assert_uint_eq (dispatch (1), GPG_ERR_EOF);
  ck_assert_uint_eq (gpg_err_code (message_send (sv[1], 7, 0, NULL, 0)),
                     GPG_ERR_EPIPE);
}
END_TEST

/* Headers as bytes: what a broken or taken-over sender may write.  */
START_TEST (test_header)
{
  static const unsigned char good[] =
    { 0, 1, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 'h', 'i' };
  unsigned char bad[sizeof good + 1];

  ck_assert_int_eq (write (sv[0], good, sizeof good), sizeof good);
  ck_assert_uint_eq (dispatch (1), 0);
  ck_assert (got.id == 9);
  /* A body shorter and longer than the length says.  */
  ck_assert_int_gt (write (sv[0], good, sizeof good - 1), 0);
  ck_assert_uint_eq (dispatch (1), GPG_ERR_UNEXPECTED_MSG);
  memcpy (bad, good, sizeof good);
  bad[sizeof good] = 0;
  ck_assert_int_gt (write (sv[0], bad, sizeof bad), 0);
  ck_assert_uint_eq (dispatch (1), GPG_ERR_UNEXPECTED_MSG);
  /* No whole header.  */
  ck_assert_int_gt (write (sv[0], good, 15), 0);
  ck_assert_uint_eq (dispatch (1), GPG_ERR_UNEXPECTED_MSG);
  /* Another version.  */
  bad[1] = 2;
  ck_assert_int_gt (write (sv[0], bad, sizeof good), 0);
  ck_assert_uint_eq (dispatch (1), GPG_ERR_UNEXPECTED_MSG);
}
END_TEST

START_TEST (test_largest)
{
  static unsigned char body[MESSAGE_MAXLEN];
  static unsigned char raw[MESSAGE_MAXLEN + 100];
  size_t most = MESSAGE_MAXLEN - 16;

  memset (body, 0x5a, sizeof body);
  ck_assert_uint_eq (message_send (sv[0], 8, 0, body, most), 0);
  ck_assert_uint_eq (dispatch (2), 0);
  ck_assert_uint_eq (got.len, most);
  ck_assert_uint_eq (gpg_err_code (message_send (sv[0], 8, 0, body, most + 1)),
                     GPG_ERR_TOO_LARGE);
  raw[1] = 1;
  raw[3] = 8;
  ck_assert_int_gt (write (sv[0], raw, sizeof raw), 0);
  ck_assert_uint_eq (dispatch (2), GPG_ERR_UNEXPECTED_MSG);
}
END_TEST

START_TEST (test_full)
{
  static unsigned char body[8000];
  gpg_error_t err = 0;
  int i;
  struct timeval tv = { 0, 1000 };

  ck_assert_int_eq (setsockopt (sv[0], SOL_SOCKET, SO_SNDTIMEO, &tv,
                                sizeof tv), 0);
  for (i = 0; i < 10000 && !err; i++)
    err = message_send (sv[0], 8, 0, body, sizeof body);
  ck_assert_uint_eq (gpg_err_code (err), GPG_ERR_EAGAIN);
}
END_TEST


static void
as_message (const struct message_writer *w, struct message *msg)
{
  memset (msg, 0, sizeof *msg);
  msg->body = w->buf;
  msg->len = w->len;
}

START_TEST (test_fields)
{
  struct message_writer w;
  struct message_reader r;
  struct message msg;
  struct net_addr v4 = { AF_INET, { 192, 0, 2, 1 } };
  struct net_addr v6 = { AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
  struct net_addr none = { AF_UNSPEC, { 0 } };
  struct net_addr a;
  struct port_set ports, ports2;
  char text[6], raw[2];
  const unsigned char *p;
  size_t n;

  ck_assert_uint_eq (netspec_ports_parse ("tcp/22,udp/60000-60010", &ports),
                     0);
  message_write_init (&w);
  message_write_u8 (&w, 0xfe);
  message_write_u16 (&w, 0xfedc);
  message_write_u32 (&w, 0xfedcba98);
  message_write_u64 (&w, 0xfedcba9876543210u);
  message_write_raw (&w, "xy", 2);
  message_write_bytes (&w, "a\0b", 3);
  message_write_bytes (&w, NULL, 0);
  message_write_string (&w, "alice");
  message_write_addr (&w, &v4);
  message_write_addr (&w, &v6);
  message_write_addr (&w, &none);
  message_write_ports (&w, &ports);
  ck_assert_int_eq (w.failed, 0);
  as_message (&w, &msg);
  message_read_init (&r, &msg);
  ck_assert_uint_eq (message_read_u8 (&r), 0xfe);
  ck_assert_uint_eq (message_read_u16 (&r), 0xfedc);
  ck_assert_uint_eq (message_read_u32 (&r), 0xfedcba98);
  ck_assert (message_read_u64 (&r) == 0xfedcba9876543210u);
  message_read_raw (&r, raw, 2);
  ck_assert_mem_eq (raw, "xy", 2);
  p = message_read_bytes (&r, &n);
  ck_assert_uint_eq (n, 3);
  ck_assert_mem_eq (p, "a\0b", 3);
  message_read_bytes (&r, &n);
  ck_assert_uint_eq (n, 0);
  message_read_string (&r, text, sizeof text);
  ck_assert_str_eq (text, "alice");
  message_read_addr (&r, &a);
  ck_assert_mem_eq (&a, &v4, sizeof a);
  message_read_addr (&r, &a);
  ck_assert_mem_eq (&a, &v6, sizeof a);
  message_read_addr (&r, &a);
  ck_assert_int_eq (a.family, AF_UNSPEC);
  message_read_ports (&r, &ports2);
  ck_assert_uint_eq (ports2.n, 2);
  ck_assert_uint_eq (ports2.range[1].last, 60010);
  ck_assert_uint_eq (message_read_end (&r), 0);
  /* Nothing is left; reading on fails and gives zero.  */
  ck_assert_uint_eq (message_read_u8 (&r), 0);
  ck_assert_uint_ne (message_read_end (&r), 0);
}
END_TEST

/* What BYTES give when READ by KIND: 's'tring of 4, 'a'ddress, 'p'orts,
   'b'ytes, 'u'16.  */
static int
reads (char kind, const void *bytes, size_t len)
{
  struct message msg = { 0, 0, bytes, len };
  struct message_reader r;
  struct net_addr a;
  struct port_set ports;
  char text[5];
  size_t n;

  message_read_init (&r, &msg);
  switch (kind)
    {
    case 's': message_read_string (&r, text, sizeof text); break;
    case 'a': message_read_addr (&r, &a); break;
    case 'p': message_read_ports (&r, &ports); break;
    case 'b': message_read_bytes (&r, &n); break;
    default:  message_read_u16 (&r);
    }
  return !message_read_end (&r);
}

START_TEST (test_refused)
{
  unsigned char addr[17] = { 4, 192, 0, 2, 1 };

  ck_assert (reads ('s', "\0\4abcd", 6));
  ck_assert (!reads ('s', "\0\5abcde", 7));
  ck_assert (!reads ('s', "\0\4ab\0d", 6));
  ck_assert (!reads ('s', "\0\4abc", 5));
  ck_assert (!reads ('s', "\0\3abcd", 6));
  ck_assert (reads ('b', "\0\0", 2));
  ck_assert (!reads ('b', "\377\377", 2));
  ck_assert (!reads ('u', "\0", 1));
  ck_assert (reads ('u', "\0\0", 2));
  ck_assert (reads ('a', addr, 17));
  ck_assert (!reads ('a', addr, 16));
  addr[16] = 1;                 /* Behind an IPv4 address.  */
  ck_assert (!reads ('a', addr, 17));
  addr[0] = 6;
  ck_assert (reads ('a', addr, 17));
  addr[0] = 0;
  ck_assert (!reads ('a', addr, 17));
  addr[0] = 5;
  memset (addr + 1, 0, 16);
  ck_assert (!reads ('a', addr, 17));
  ck_assert (reads ('p', "\1\6\0\26\0\26", 6));
  ck_assert (reads ('p', "\0", 1));
  ck_assert (!reads ('p', "\1\1\0\26\0\26", 6));        /* ICMP.  */
  ck_assert (!reads ('p', "\1\6\0\26\0\25", 6));        /* Backwards.  */
  ck_assert (!reads ('p', "\1\6\0\0\0\25", 6));         /* Port 0.  */
  ck_assert (!reads ('p', "\2\6\0\26\0\26", 6));        /* Cut.  */
  ck_assert (!reads ('p', "\2\6\0\26\0\26\6\0\26\0\26", 11)); /* Twice.  */
}
END_TEST

START_TEST (test_writer_full)
{
  static unsigned char chunk[4096];
  struct message_writer w;
  struct net_addr odd = { AF_UNIX, { 0 } };
  int i;

  message_write_init (&w);
  for (i = 0; i < 3; i++)
    message_write_raw (&w, chunk, sizeof chunk);
  message_write_raw (&w, chunk, sizeof chunk - 16);
  ck_assert_int_eq (w.failed, 0);
  message_write_u8 (&w, 0);
  ck_assert_uint_eq (gpg_err_code (message_write_send (&w, sv[0], 8, 0)),
                     GPG_ERR_TOO_LARGE);
  message_write_init (&w);
  message_write_addr (&w, &odd);
  ck_assert_int_eq (w.failed, 1);
}
END_TEST

int
main (void)
{
  Suite *s = suite_create ("message");
  TCase *tc = tcase_create ("all");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_round);
  tcase_add_test (tc, test_table);
  tcase_add_test (tc, test_handler_error);
  tcase_add_test (tc, test_nothing_and_end);
  tcase_add_test (tc, test_header);
  tcase_add_test (tc, test_largest);
  tcase_add_test (tc, test_full);
  tcase_add_test (tc, test_fields);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_writer_full);
  suite_add_tcase (s, tc);
  sr = srunner_create (s);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed? EXIT_FAILURE : EXIT_SUCCESS;
}
