/* t-answer.c - Sending the reply.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../server/answer.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "../common/secret.h"

static unsigned char key[REQUEST_KEYLEN] = { 3, 1, 4 };
static struct packet_origin origin;
static reply_t reply;
static int fd;


/* A socket on the loopback address TEXT; its port goes to *R_PORT.  */
static int
open_at (const char *text, struct net_addr *addr, uint16_t *r_port)
{
  struct sockaddr_storage sa;
  struct net_addr same;
  socklen_t len;
  int s;

  ck_assert_uint_eq (netspec_addr_parse (text, addr), 0);
  len = netspec_addr_to_sockaddr (addr, 0, 0, &sa);
  s = socket (sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ck_assert_int_ge (s, 0);
  ck_assert_int_eq (bind (s, (struct sockaddr *)&sa, len), 0);
  len = sizeof sa;
  ck_assert_int_eq (getsockname (s, (struct sockaddr *)&sa, &len), 0);
  ck_assert_uint_eq (netspec_addr_from_sockaddr ((struct sockaddr *)&sa,
                                                 &same, r_port), 0);
  return s;
}

static void
prepare (const char *address)
{
  int other;

  ck_assert_uint_eq (secret_init (65536), 0);
  memset (&origin, 0, sizeof origin);
  fd = open_at (address, &origin.src, &origin.sport);
  /* A port that nobody has.  */
  other = open_at (address, &origin.dst, &origin.dport);
  close (other);
  origin.size = 540;
  ck_assert_uint_eq (reply_new (&reply), 0);
  reply->result = REPLY_DONE;
  reply->address = origin.src;
  reply->port = origin.sport;
}

/* Receive one; its source must be the port that was addressed.  */
static size_t
receive (unsigned char *buf, size_t size)
{
  struct pollfd pfd = { fd, POLLIN, 0 };
  struct sockaddr_storage sa;
  socklen_t len = sizeof sa;
  struct net_addr addr;
  uint16_t port;
  ssize_t n;

  ck_assert_int_eq (poll (&pfd, 1, 300000), 1);
  n = recvfrom (fd, buf, size, 0, (struct sockaddr *)&sa, &len);
  ck_assert_int_gt (n, 0);
  ck_assert_uint_eq (netspec_addr_from_sockaddr ((struct sockaddr *)&sa,
                                                 &addr, &port), 0);
  ck_assert (netspec_addr_equal (&addr, &origin.dst));
  ck_assert_uint_eq (port, origin.dport);
  return (size_t)n;
}

static void
goes_both_ways (const char *address)
{
  unsigned char buf[2048];
  reply_t got;
  size_t len;
  int other;

  prepare (address);
  ck_assert_uint_eq (answer_send (&origin, key, reply), 0);
  len = receive (buf, sizeof buf);
  ck_assert_uint_le (len, origin.size);
  ck_assert_uint_eq (reply_open (key, buf, len, &got), 0);
  ck_assert_int_eq (got->result, REPLY_DONE);
  ck_assert_uint_eq (got->port, origin.sport);
  reply_release (got);
  /* And the port is free again.  */
  other = socket (origin.dst.family, SOCK_DGRAM, 0);
  {
    struct sockaddr_storage sa;
    socklen_t salen = netspec_addr_to_sockaddr (&origin.dst, origin.dport, 0,
                                                &sa);
    ck_assert_int_eq (bind (other, (struct sockaddr *)&sa, salen), 0);
  }
  close (other);
}

START_TEST (over_ipv4)
{
  goes_both_ways ("127.0.0.1");
}
END_TEST

START_TEST (over_ipv6)
{
  int s = socket (AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_storage sa;
  struct net_addr addr;
  socklen_t len;
  int rc;

  netspec_addr_parse ("::1", &addr);
  len = netspec_addr_to_sockaddr (&addr, 0, 0, &sa);
  rc = s < 0 ? -1 : bind (s, (struct sockaddr *)&sa, len);
  if (s >= 0)
    close (s);
  if (!rc)                      /* Else there is no IPv6 here.  */
    goes_both_ways ("::1");
}
END_TEST

START_TEST (never_longer_than_the_request)
{
  unsigned char buf[2048];
  size_t len;

  prepare ("127.0.0.1");
  reply->output = malloc (4000);
  memset (reply->output, 'x', 4000);
  reply->output_len = 4000;
  origin.size = 348;
  ck_assert_uint_eq (answer_send (&origin, key, reply), 0);
  len = receive (buf, sizeof buf);
  ck_assert_uint_le (len, 348);
  origin.size = 1000;
  ck_assert_uint_eq (answer_send (&origin, key, reply), 0);
  len = receive (buf, sizeof buf);
  ck_assert_uint_le (len, 1000);
  ck_assert_uint_gt (len, 348);
}
END_TEST

START_TEST (a_request_too_short_for_any_reply)
{
  prepare ("127.0.0.1");
  origin.size = 40;
  ck_assert_uint_eq (gpg_err_code (answer_send (&origin, key, reply)),
                     GPG_ERR_TOO_SHORT);
}
END_TEST

/* Where something else has the port, there is no reply, and no harm.  */
START_TEST (a_port_in_use)
{
  int other;

  prepare ("127.0.0.1");
  other = open_at ("127.0.0.1", &origin.dst, &origin.dport);
  ck_assert_uint_eq (gpg_err_code (answer_send (&origin, key, reply)),
                     GPG_ERR_EADDRINUSE);
  close (other);
  ck_assert_uint_eq (answer_send (&origin, key, reply), 0);
}
END_TEST

START_TEST (an_address_that_is_not_ours)
{
  prepare ("127.0.0.1");
  ck_assert_uint_eq (netspec_addr_parse ("203.0.113.77", &origin.dst), 0);
  ck_assert_uint_eq (gpg_err_code (answer_send (&origin, key, reply)),
                     GPG_ERR_EADDRNOTAVAIL);
}
END_TEST


static void
teardown (void)
{
  reply_release (reply);
  reply = NULL;
  if (fd > 0)
    close (fd);
}

int
main (void)
{
  Suite *suite = suite_create ("answer");
  TCase *tc = tcase_create ("answer");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc, over_ipv4);
  tcase_add_test (tc, over_ipv6);
  tcase_add_test (tc, never_longer_than_the_request);
  tcase_add_test (tc, a_request_too_short_for_any_reply);
  tcase_add_test (tc, a_port_in_use);
  tcase_add_test (tc, an_address_that_is_not_ours);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
