/* t-carrier.c - Tests of client/carrier, over loopback.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/ask/carrier.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../client/ask/address.h"
#include "../../common/wire/seal.h"

#define PATIENCE 20000          /* Of the fake server.  */

/* What the fake server does with the datagrams, one letter each: 'd' drop,
   'w' answer with something wrong and too long, 'r' reply "R" and the
   datagram.  It exits 0 if all of them were the same.  */
struct server
{
  pid_t pid;
  uint16_t port;
};

static int
bound_socket (int family, uint16_t *r_port)
{
  struct sockaddr_storage sa;
  struct sockaddr_in *in4 = (struct sockaddr_in *) &sa;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &sa;
  socklen_t len = family == AF_INET ? sizeof *in4 : sizeof *in6;
  int fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  memset (&sa, 0, sizeof sa);
  sa.ss_family = (sa_family_t) family;
  if (family == AF_INET)
    in4->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  else
    in6->sin6_addr = in6addr_loopback;
  if (bind (fd, (struct sockaddr *) &sa, len)
      || getsockname (fd, (struct sockaddr *) &sa, &len))
    {
      close (fd);
      return -1;
    }
  *r_port = ntohs (family == AF_INET ? in4->sin_port : in6->sin6_port);
  return fd;
}

static void
answer (int fd, char what, const char *dgram, size_t len,
        const struct sockaddr_storage *sa, socklen_t salen)
{
  static char big[3000];
  char reply[SEAL_MAX + 1] = "R";

  memcpy (reply + 1, dgram, len < SEAL_MAX ? len : SEAL_MAX);
  if (what == 'w')
    {
      sendto (fd, "wrong", 5, 0, (const struct sockaddr *) sa, salen);
      sendto (fd, "", 0, 0, (const struct sockaddr *) sa, salen);
      sendto (fd, big, sizeof big, 0, (const struct sockaddr *) sa, salen);
    }
  if (what != 'd')
    sendto (fd, what == 'w' ? "Rwrong" : reply, what == 'w' ? 6 : len + 1, 0,
            (const struct sockaddr *) sa, salen);
}

static _Noreturn void
serve (int fd, const char *script)
{
  char first[2048], buf[2048];
  ssize_t firstlen = -1, n;

  for (; *script; script++)
    {
      struct sockaddr_storage sa;
      socklen_t len = sizeof sa;
      struct pollfd pfd = { fd, POLLIN, 0 };

      if (poll (&pfd, 1, PATIENCE) != 1)
        _exit (2);
      n = recvfrom (fd, buf, sizeof buf, 0, (struct sockaddr *) &sa, &len);
      if (n <= 0)
        _exit (3);
      if (firstlen < 0)
        {
          memcpy (first, buf, (size_t) n);
          firstlen = n;
        }
      if (n != firstlen || memcmp (buf, first, (size_t) n))
        _exit (4);
      answer (fd, *script, buf, (size_t) n, &sa, len);
    }
  _exit (0);
}

static struct server
start (int family, const char *script)
{
  struct server server = { 0, 0 };
  int fd = bound_socket (family, &server.port);

  ck_assert_int_ge (fd, 0);
  server.pid = fork ();
  ck_assert_int_ge (server.pid, 0);
  if (!server.pid)
    serve (fd, script);
  close (fd);
  return server;
}

static void
finish (struct server *server)
{
  int status;

  ck_assert_int_eq (waitpid (server->pid, &status, 0), server->pid);
  ck_assert_int_eq (WIFEXITED (status) ? WEXITSTATUS (status) : -1, 0);
}

/* A port of UDP where nobody listens, in either family.  */
static uint16_t
shut_port (void)
{
  uint16_t port;
  int fd = bound_socket (AF_INET, &port);

  ck_assert_int_ge (fd, 0);
  close (fd);
  return port;
}

/* Replies must be "R" and what was sent to that host.  */
static const char *expected[2] = { "hello", "hello" };
static unsigned int looked_at;

/* When the run began, and when which host's reply was accepted behind that,
   in milliseconds; true where this machine was so late that the run proves
   nothing, and is to be repeated.  */
static int64_t begin, accepted[2];
static bool late;

static int64_t
now_ms (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool
accept_reply (void *hook, size_t host, const void *dgram, size_t len)
{
  const char *p = dgram;
  bool good = len && *p == 'R' && len - 1 == strlen (expected[host])
    && !memcmp (p + 1, expected[host], len - 1);

  (void) hook;
  looked_at++;
  if (good)
    accepted[host] = now_ms () - begin;
  return good;
}

static carrier_t
carrier_to (const char *a, const char *b, uint16_t port)
{
  char address[2][254];
  carrier_t carrier;
  char *message;

  snprintf (address[0], sizeof *address, "%s", a);
  snprintf (address[1], sizeof *address, "%s", b ? b : "");
  ck_assert_int_eq (carrier_new (8000, &carrier), 0);
  ck_assert_int_eq (carrier_add (carrier, (const char (*)[254]) address,
                                 b ? 2 : 1, port, AF_UNSPEC, 0, &message),
                    0);
  ck_assert_ptr_null (message);
  return carrier;
}

static void
run (carrier_t carrier, unsigned int deadline)
{
  late = false;
  ck_assert_int_eq (carrier_load (carrier, 0, "hello", 5), 0);
  begin = now_ms ();
  ck_assert_int_eq (carrier_run (carrier, deadline, accept_reply, NULL, NULL), 0);
}

static bool
answered (carrier_t carrier, size_t host)
{
  struct sockaddr_storage sa;
  socklen_t len;

  return carrier_peer (carrier, host, &sa, &len);
}

/* HOST got N datagrams, and its reply came before the next was due.  */
static void
check_sent (carrier_t carrier, size_t host, unsigned int n)
{
  static const int64_t due[] = { 0, 1000, 2000, 4000 };

  if (accepted[host] >= due[n])
    late = true;
  else
    ck_assert_uint_eq (carrier_sent (carrier, host), n);
}

START_TEST (first_answers)
{
  do
    {
      struct server server = start (AF_INET, "r");
      carrier_t carrier = carrier_to ("127.0.0.1", NULL, server.port);
      struct sockaddr_storage sa;
      socklen_t len;

      run (carrier, 8000);
      ck_assert (carrier_peer (carrier, 0, &sa, &len));
      ck_assert_int_eq (sa.ss_family, AF_INET);
      check_sent (carrier, 0, 1);
      finish (&server);
      carrier_release (carrier);
    }
  while (late);
}
END_TEST

START_TEST (resends_the_same)
{
  do
    {
      struct server server = start (AF_INET, "ddr");
      carrier_t carrier = carrier_to ("127.0.0.1", NULL, server.port);

      run (carrier, 8000);
      ck_assert (answered (carrier, 0));
      check_sent (carrier, 0, 3);
      finish (&server);             /* It saw the same bytes each time.  */
      carrier_release (carrier);
    }
  while (late);
}
END_TEST

START_TEST (wrong_replies_are_ignored)
{
  do
    {
      struct server server = start (AF_INET, "wr");
      carrier_t carrier = carrier_to ("127.0.0.1", NULL, server.port);

      looked_at = 0;
      run (carrier, 8000);
      ck_assert (answered (carrier, 0));
      /* All but the one that is too long, and the good one.  */
      ck_assert_uint_eq (looked_at, 4);
      check_sent (carrier, 0, 2);
      finish (&server);
      carrier_release (carrier);
    }
  while (late);
}
END_TEST

START_TEST (only_wrong_replies)
{
  struct server server = start (AF_INET, "w");
  carrier_t carrier = carrier_to ("127.0.0.1", NULL, server.port);

  run (carrier, 500);
  ck_assert (!answered (carrier, 0));
  finish (&server);
  carrier_release (carrier);
}
END_TEST

START_TEST (refused_is_no_end)
{
  do
    {
      carrier_t carrier = carrier_to ("127.0.0.1", NULL, shut_port ());

      run (carrier, 1500);
      late = now_ms () - begin >= 1600;
      ck_assert (!answered (carrier, 0));
      if (!late)
        ck_assert_uint_eq (carrier_sent (carrier, 0), 2);
      ck_assert_int_eq (gpg_err_code (carrier_error (carrier, 0)),
                        GPG_ERR_ECONNREFUSED);
      carrier_release (carrier);
    }
  while (late);
}
END_TEST

/* Nobody listens at 127.0.0.1; the second sending goes to ::1.  */
START_TEST (next_address)
{
  do
    {
      struct server server = start (AF_INET6, "r");
      carrier_t carrier = carrier_to ("127.0.0.1", "::1", server.port);
      struct sockaddr_storage sa;
      socklen_t len;

      run (carrier, 8000);
      ck_assert (carrier_peer (carrier, 0, &sa, &len));
      ck_assert_int_eq (sa.ss_family, AF_INET6);
      check_sent (carrier, 0, 2);
      finish (&server);
      carrier_release (carrier);
    }
  while (late);
}
END_TEST

START_TEST (several_hosts)
{
  do
    {
      struct server a = start (AF_INET, "dr"), b = start (AF_INET6, "r");
      carrier_t carrier = carrier_to ("127.0.0.1", NULL, a.port);
      char address[1][254] = { "::1" };
      char *message;

      ck_assert_int_eq (carrier_add (carrier, (const char (*)[254]) address, 1,
                                     b.port, AF_UNSPEC, 0, &message), 0);
      expected[1] = "other";
      ck_assert_int_eq (carrier_load (carrier, 1, "other", 5), 0);
      run (carrier, 8000);
      ck_assert (answered (carrier, 0) && answered (carrier, 1));
      check_sent (carrier, 0, 2);
      check_sent (carrier, 1, 1);
      finish (&a);
      finish (&b);
      carrier_release (carrier);
    }
  while (late);
}
END_TEST

START_TEST (own_port)
{
  struct server server = start (AF_INET, "r");
  char address[1][254] = { "127.0.0.1" };
  uint16_t port = shut_port ();
  carrier_t carrier;
  char *message;

  ck_assert_int_eq (carrier_new (8000, &carrier), 0);
  ck_assert_int_eq (carrier_add (carrier, (const char (*)[254]) address, 1,
                                 server.port, AF_INET, port, &message), 0);
  run (carrier, 8000);
  ck_assert (answered (carrier, 0));
  finish (&server);
  carrier_release (carrier);
}
END_TEST

START_TEST (limits)
{
  carrier_t carrier = carrier_to ("127.0.0.1", "::1", 9);

  ck_assert_uint_eq (carrier_limit (carrier, 0, false), SEAL_MAX6);
  ck_assert_uint_eq (carrier_limit (carrier, 0, true), SEAL_MAX4);
  carrier_keep_family (carrier, 0, AF_INET);
  ck_assert_uint_eq (carrier_limit (carrier, 0, false), SEAL_MAX4);
  carrier_keep_family (carrier, 0, AF_INET6);
  ck_assert_uint_eq (carrier_limit (carrier, 0, true), 0);
  carrier_release (carrier);
}
END_TEST

START_TEST (bad_names)
{
  static const struct { const char *name; int family; } bad[] =
    { { "no-such-host.invalid", AF_UNSPEC },
      { "127.0.0.1", AF_INET6 }, { "::1", AF_INET } };
  char address[1][254];
  carrier_t carrier;
  char *message;
  size_t i;

  /* Where no name server answers.  */
  setenv ("RES_OPTIONS", "timeout:1 attempts:1", 1);
  ck_assert_int_eq (carrier_new (8000, &carrier), 0);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      snprintf (address[0], sizeof *address, "%s", bad[i].name);
      ck_assert_int_eq (gpg_err_code (carrier_add
                                      (carrier, (const char (*)[254]) address,
                                       1, 9, bad[i].family, 0, &message)),
                        GPG_ERR_UNKNOWN_HOST);
      ck_assert_ptr_nonnull (strstr (message, bad[i].name));
      gpgrt_free (message);
    }
  carrier_release (carrier);
}
END_TEST

START_TEST (loopback_is_observed)
{
  carrier_t carrier = carrier_to ("127.0.0.1", NULL, 9);
  struct net_addr addr;

  carrier_own_address (carrier, 0, &addr);
  ck_assert_int_eq (addr.family, AF_INET);
  ck_assert_int_eq (addr.bytes[0], 127);
  address_own (carrier, 1, &addr);
  ck_assert_int_eq (addr.family, AF_UNSPEC);
  carrier_release (carrier);
}
END_TEST

START_TEST (load_checks_length)
{
  static char big[SEAL_MAX + 1];
  carrier_t carrier = carrier_to ("127.0.0.1", NULL, 9);

  ck_assert_int_ne (carrier_load (carrier, 0, big, 0), 0);
  ck_assert_int_ne (carrier_load (carrier, 0, big, SEAL_MAX + 1), 0);
  ck_assert_int_eq (carrier_load (carrier, 0, big, SEAL_MAX), 0);
  carrier_release (carrier);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("carrier");
  TCase *tc = tcase_create ("carrier");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, first_answers);
  tcase_add_test (tc, resends_the_same);
  tcase_add_test (tc, wrong_replies_are_ignored);
  tcase_add_test (tc, only_wrong_replies);
  tcase_add_test (tc, refused_is_no_end);
  tcase_add_test (tc, next_address);
  tcase_add_test (tc, several_hosts);
  tcase_add_test (tc, own_port);
  tcase_add_test (tc, limits);
  tcase_add_test (tc, bad_names);
  tcase_add_test (tc, loopback_is_observed);
  tcase_add_test (tc, load_checks_length);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
