/* t-answer.c - Sending the reply.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each case runs in a network namespace of its own.  Needs root.  */

#include "../../../server/decide/answer.h"

#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../common/base/secret.h"

static unsigned char key[REQUEST_KEYLEN] = { 3, 1, 4 };
static struct packet_origin origin;
static reply_t reply;
static answer_t answer;
static int fd;
static pid_t holder;            /* Of the port.  */

#define NOBODY 65534
#define MOST_FDS 32             /* More than are open here.  */


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

static bool
have_ip6 (void)
{
  struct stat st;

  return !stat ("/proc/net/if_inet6", &st);
}

static void
run (const char *const *argv)
{
  int status;
  pid_t pid;

  ck_assert_int_eq (posix_spawnp (&pid, argv[0], NULL, NULL,
                                  (char **)(uintptr_t)argv, NULL), 0);
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_int_eq (status, 0);
}

#define IP(...) run ((const char *const[]){ "ip", __VA_ARGS__, NULL })

static void
goes_both_ways (const char *address)
{
  unsigned char buf[2048];
  reply_t got;
  size_t len;

  prepare (address);
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  len = receive (buf, sizeof buf);
  ck_assert_uint_le (len, origin.size);
  ck_assert_uint_eq (reply_open (key, buf, len, &got), 0);
  ck_assert_int_eq (got->result, REPLY_DONE);
  ck_assert_uint_eq (got->port, origin.sport);
  reply_release (got);
}

START_TEST (over_ipv4)
{
  goes_both_ways ("127.0.0.1");
}
END_TEST

START_TEST (over_ipv6)
{
  if (have_ip6 ())
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
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  len = receive (buf, sizeof buf);
  ck_assert_uint_le (len, 348);
  origin.size = 1000;
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  len = receive (buf, sizeof buf);
  ck_assert_uint_le (len, 1000);
  ck_assert_uint_gt (len, 348);
}
END_TEST

START_TEST (a_request_too_short_for_any_reply)
{
  prepare ("127.0.0.1");
  origin.size = 40;
  ck_assert_uint_eq (gpg_err_code (answer_send (answer, &origin, key, reply)),
                     GPG_ERR_TOO_SHORT);
}
END_TEST

/* Bind the port as somebody who has no rights would, in a child that ends
   with the case.  */
static void
hold_port (const char *address, bool reuse)
{
  struct sockaddr_storage sa;
  struct net_addr addr;
  const int one = 1;
  char byte = 0;
  int held[2], s;
  socklen_t len;
  pid_t pid;

  ck_assert_int_eq (pipe (held), 0);
  pid = fork ();
  ck_assert_int_ge (pid, 0);
  if (!pid)
    {
      netspec_addr_parse (address, &addr);
      len = netspec_addr_to_sockaddr (&addr, origin.dport, 0, &sa);
      s = socket (sa.ss_family, SOCK_DGRAM, 0);
      if (setresuid (NOBODY, NOBODY, NOBODY) || s < 0
          || (reuse && setsockopt (s, SOL_SOCKET, SO_REUSEPORT, &one,
                                   sizeof one))
          || (reuse && setsockopt (s, SOL_SOCKET, SO_REUSEADDR, &one,
                                   sizeof one))
          || bind (s, (struct sockaddr *)&sa, len)
          || write (held[1], &byte, 1) != 1)
        _exit (1);
      pause ();
      _exit (0);
    }
  holder = pid;
  close (held[1]);
  ck_assert_int_eq (read (held[0], &byte, 1), 1);
  close (held[0]);
}

static const struct { const char *to, *held; bool reuse; } in_use[] =
  {
    { "127.0.0.1", "127.0.0.1", false },
    { "127.0.0.1", "127.0.0.1", true },
    { "127.0.0.1", "0.0.0.0", false },
    { "127.0.0.1", "0.0.0.0", true },
    { "127.0.0.1", "::", false },
    { "127.0.0.1", "::", true },
    { "::1", "::1", false },
    { "::1", "::", false },
    { "::1", "::", true },
    { "127.0.0.1", "127.0.0.2", false }         /* Does not matter.  */
  };

/* Whoever has the port, the reply goes out from it.  */
START_TEST (a_port_in_use)
{
  unsigned char buf[2048];

  if (strchr (in_use[_i].to, ':') && !have_ip6 ())
    return;
  prepare (in_use[_i].to);
  hold_port (in_use[_i].held, in_use[_i].reuse);
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  receive (buf, sizeof buf);
}
END_TEST

/* Nothing listens, and the kernel says so to whoever asks.  */
static void
port_is_closed (const char *address)
{
  struct sockaddr_storage sa;
  struct pollfd pfd = { 0, POLLIN, 0 };
  socklen_t len;
  char byte = 0;

  prepare (address);
  len = netspec_addr_to_sockaddr (&origin.dst, origin.dport, 0, &sa);
  pfd.fd = socket (sa.ss_family, SOCK_DGRAM, 0);
  ck_assert_int_eq (connect (pfd.fd, (struct sockaddr *)&sa, len), 0);
  ck_assert_int_eq (send (pfd.fd, &byte, 1, 0), 1);
  ck_assert_int_eq (poll (&pfd, 1, 30000), 1);
  ck_assert_int_eq (recv (pfd.fd, &byte, 1, MSG_DONTWAIT), -1);
  ck_assert_int_eq (errno, ECONNREFUSED);
  close (pfd.fd);
}

START_TEST (nothing_listens)
{
  port_is_closed ("127.0.0.1");
  close (fd);
  if (have_ip6 ())
    port_is_closed ("::1");
}
END_TEST

/* What comes for others is seen by a raw socket, but not by ours.  */
START_TEST (nothing_is_received)
{
  struct sockaddr_storage sa;
  int type, s, n = 0;
  socklen_t len;
  char byte = 0;

  prepare ("127.0.0.1");
  len = netspec_addr_to_sockaddr (&origin.src, origin.sport, 0, &sa);
  s = socket (AF_INET, SOCK_DGRAM, 0);
  ck_assert_int_eq (sendto (s, &byte, 1, 0, (struct sockaddr *)&sa, len), 1);
  /* It has been delivered when its own receiver has it.  */
  ck_assert_int_eq (recv (fd, &byte, 1, 0), 1);
  for (s = 3; s < MOST_FDS; s++)
    {
      len = sizeof type;
      if (getsockopt (s, SOL_SOCKET, SO_TYPE, &type, &len)
          || type != SOCK_RAW)
        continue;
      n++;
      ck_assert_int_eq (recv (s, &byte, 1, MSG_DONTWAIT), -1);
      ck_assert_int_eq (errno, EAGAIN);
      ck_assert_int_eq (setsockopt (s, SOL_SOCKET, SO_DETACH_FILTER, &type,
                                    sizeof type), -1);
      ck_assert_int_eq (errno, EPERM);
    }
  ck_assert_int_eq (n, have_ip6 () ? 2 : 1);
}
END_TEST

/* As clouds give them: no interface has the address.  */
START_TEST (an_address_by_a_route_alone)
{
  unsigned char buf[2048];

  IP ("route", "add", "local", "198.51.100.7/32", "dev", "lo");
  prepare ("127.0.0.1");
  ck_assert_uint_eq (netspec_addr_parse ("198.51.100.7", &origin.dst), 0);
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  receive (buf, sizeof buf);
  close (fd);
  if (!have_ip6 ())
    return;
  IP ("-6", "route", "add", "local", "2001:db8::7/128", "dev", "lo");
  prepare ("::1");
  ck_assert_uint_eq (netspec_addr_parse ("2001:db8::7", &origin.dst), 0);
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  receive (buf, sizeof buf);
}
END_TEST

START_TEST (an_address_that_is_not_ours)
{
  prepare ("127.0.0.1");
  ck_assert_uint_eq (netspec_addr_parse ("203.0.113.77", &origin.dst), 0);
  ck_assert_uint_ne (answer_send (answer, &origin, key, reply), 0);
}
END_TEST

/* It is counted, and stands there until one goes out.  */
START_TEST (what_became_of_them)
{
  struct answer_state state;
  struct net_addr ours;

  prepare ("127.0.0.1");
  ours = origin.dst;
  ck_assert_uint_eq (netspec_addr_parse ("203.0.113.77", &origin.dst), 0);
  answer_send (answer, &origin, key, reply);
  answer_send (answer, &origin, key, reply);
  answer_get_state (answer, &state);
  ck_assert_uint_eq (state.sent, 0);
  ck_assert_uint_eq (state.failed, 2);
  ck_assert_uint_ne (state.err, 0);
  origin.dst = ours;
  ck_assert_uint_eq (answer_send (answer, &origin, key, reply), 0);
  answer_get_state (answer, &state);
  ck_assert_uint_eq (state.sent, 1);
  ck_assert_uint_eq (state.failed, 2);
  ck_assert_uint_eq (state.err, 0);
}
END_TEST


static void
setup (void)
{
  struct ifreq ifr = { .ifr_name = "lo" };
  int s;

  ck_assert_uint_eq (secret_init (65536), 0);
  ck_assert_int_eq (unshare (CLONE_NEWNET), 0);
  s = socket (AF_INET, SOCK_DGRAM, 0);
  ifr.ifr_flags = IFF_UP;
  ck_assert_int_eq (ioctl (s, SIOCSIFFLAGS, &ifr), 0);
  close (s);
  ck_assert_uint_eq (answer_open (&answer), 0);
}

static void
teardown (void)
{
  if (holder > 0)
    {
      kill (holder, SIGKILL);
      waitpid (holder, NULL, 0);
    }
  answer_close (answer);
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

  if (access ("/sbin/ip", X_OK) && access ("/bin/ip", X_OK))
    {
      puts ("skipped: needs ip (iproute2)");
      return 77;
    }
  if (geteuid ())
    {
      puts ("skipped: needs root, for network namespaces");
      return 77;
    }
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, over_ipv4);
  tcase_add_test (tc, over_ipv6);
  tcase_add_test (tc, never_longer_than_the_request);
  tcase_add_test (tc, a_request_too_short_for_any_reply);
  tcase_add_loop_test (tc, a_port_in_use, 0,
                       sizeof in_use / sizeof *in_use);
  tcase_add_test (tc, nothing_listens);
  tcase_add_test (tc, nothing_is_received);
  tcase_add_test (tc, an_address_by_a_route_alone);
  tcase_add_test (tc, what_became_of_them);
  tcase_add_test (tc, an_address_that_is_not_ours);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
