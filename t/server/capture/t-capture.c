/* t-capture.c - The role itself, in a network namespace of its own.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The test stands for posternd and for the next role.  Each case runs in a
 * process that has namespaces of its own, for the network and for
 * /etc/passwd; nothing is left behind.  Needs root.  */

#include "../config/config-dir.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "../../../common/base/encode.h"
#include "../../../common/wire/seal.h"
#include "../../../common/base/secret.h"
#include "../../../server/role/mains.h"
#include "../../../server/ipc/packets.h"
#include "../../../server/role/role.h"

#define PORT 62201
#define MSECS 30000             /* For what must come.  */

static pid_t capture;           /* The process under test.  */
static int parent;              /* Our ends of its channels.  */
static int out;
static seal_t seal;
static struct packet_origin got_origin;
static char got_message[64];
static struct packet_counts counts;     /* Summed up.  */


/* ----------------------- the surroundings ------------------------ */

static void
run (const char *const *argv)
{
  char *env[] = { NULL };
  int status;
  pid_t pid;

  ck_assert_int_eq (posix_spawnp (&pid, argv[0], NULL, NULL,
                                  (char **)(uintptr_t)argv, env), 0);
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_int_eq (status, 0);
}

#define IP(...) run ((const char *const[]){ "ip", __VA_ARGS__, NULL })


/* Have a user "_postern", wherever this runs.  */
static void
make_user (void)
{
  static const char line[] = "_postern:x:64999:64999::/:/bin/false\n";

  put_bytes ("passwd", line, sizeof line - 1);
  ck_assert (!chmod (in_dir ("passwd"), 0644));
  ck_assert (!mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
  ck_assert (!mount (in_dir ("passwd"), "/etc/passwd", NULL, MS_BIND, NULL));
}


static void
configure (const char *interfaces)
{
  char text[512];

  snprintf (text, sizeof text, "%sinterfaces = {%s}\ndoor main {}\n",
            POSTERND, interfaces);
  put ("posternd.conf", text);
  put ("doors/main.key", DOOR_KEY);
  ck_assert_int_eq (load (), 0);
}


static void
setup (void)
{
  static const unsigned char key[SEAL_KEYLEN];

  setup_dir ();
  ck_assert (!unshare (CLONE_NEWNET | CLONE_NEWNS));
  make_user ();
  IP ("link", "set", "lo", "up");
  ck_assert (!secret_init (32768));
  ck_assert (!seal_new (key, &seal));
}


static void
teardown (void)
{
  if (capture > 0)
    {
      kill (capture, SIGKILL);
      waitpid (capture, NULL, 0);
    }
  seal_release (seal);
  umount ("/etc/passwd");
  teardown_dir ();
}


/* --------------------- starting and stopping --------------------- */

static void
be_capture (int to_parent, int to_next)
{
  char hex[2 * CONFIG_HASHLEN + 1];
  char name[] = "capture", opt1[] = "--config", opt2[] = "--hash";
  char *argv[] = { name, opt1, config_dir, opt2, hex, NULL };

  encode_hex (config->hash, CONFIG_HASHLEN, hex);
  hex[2 * CONFIG_HASHLEN] = 0;
  if (dup2 (to_parent, 100) < 0 || dup2 (to_next, 101) < 0
      || dup2 (100, ROLE_FD_PARENT) < 0 || dup2 (101, ROLE_FD_DOWNSTREAM) < 0)
    _exit (99);
  close (100);
  close (101);
  close (parent);
  close (out);
  _exit (capture_main (5, argv));
}


static void
wait_for (int fd)
{
  struct pollfd p = { fd, POLLIN, 0 };

  ck_assert_int_eq (poll (&p, 1, MSECS), 1);
}


static gpg_error_t
on_ready (void *hook, const struct message *msg)
{
  (void)msg;
  *(bool *)hook = true;
  return 0;
}


static void
launch (void)
{
  static const struct packet_rule table[]
    = { PACKET_RULE (READY, FROM_CAPTURE, on_ready) };
  int a[2], b[2];
  bool ready = false;

  ck_assert (!socketpair (AF_UNIX, SOCK_SEQPACKET, 0, a));
  ck_assert (!socketpair (AF_UNIX, SOCK_SEQPACKET, 0, b));
  /* Away from the numbers that the role expects.  */
  parent = fcntl (a[0], F_DUPFD, 200);
  out = fcntl (b[0], F_DUPFD, 200);
  close (a[0]);
  close (b[0]);
  capture = fork ();
  ck_assert_int_ge (capture, 0);
  if (!capture)
    be_capture (a[1], b[1]);
  close (a[1]);
  close (b[1]);
  wait_for (parent);
  ck_assert (!packet_dispatch (parent, FROM_CAPTURE, table, 1, &ready));
  ck_assert (ready);
}


/* The exit code of the role, which ends within a bounded time.  */
static int
exit_code (void)
{
  struct timespec ts = { 0, 5000000 };
  int i, status = 0;

  for (i = 0; i < MSECS / 5; i++)
    {
      if (waitpid (capture, &status, WNOHANG) == capture)
        {
          capture = 0;
          ck_assert_msg (WIFEXITED (status), "signal %d", WTERMSIG (status));
          return WEXITSTATUS (status);
        }
      nanosleep (&ts, NULL);
    }
  ck_abort_msg ("it does not end");
  return -1;
}


/* ---------------------- sending, receiving ----------------------- */

static size_t
wrap (const char *text, unsigned char *dgram)
{
  struct seal_content content = { (const void *)text, strlen (text),
                                  NULL, 0 };
  size_t len;

  ck_assert (!seal_wrap (seal, &content, 0, SEAL_MAX6, dgram, &len));
  return len;
}


static void
send_to (const char *address, const void *data, size_t len)
{
  struct sockaddr_storage sa;
  struct net_addr addr;
  socklen_t salen;
  int fd;

  ck_assert (!netspec_addr_parse (address, &addr));
  salen = netspec_addr_to_sockaddr (&addr, PORT, 0, &sa);
  fd = socket (sa.ss_family, SOCK_DGRAM, 0);
  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (sendto (fd, data, len, 0, (void *)&sa, salen),
                    (ssize_t)len);
  close (fd);
}


static void
send_sealed (const char *address, const char *text)
{
  unsigned char dgram[SEAL_MAX];
  size_t len = wrap (text, dgram);

  send_to (address, dgram, len);
}


static gpg_error_t
on_sealed (void *hook, const struct message *msg)
{
  struct packet_sealed p;

  (void)hook;
  ck_assert (!packet_read_sealed (msg, &p));
  ck_assert_uint_lt (p.message_len, sizeof got_message);
  memset (got_message, 0, sizeof got_message);
  memcpy (got_message, p.message, p.message_len);
  got_origin = p.origin;
  return 0;
}


static gpg_error_t
on_counts (void *hook, const struct message *msg)
{
  struct packet_counts p;
  int i;

  (void)hook;
  ck_assert (!packet_read_counts (msg, &p));
  for (i = 0; i < REFUSAL_COUNTED; i++)
    counts.n[i] += p.n[i];
  counts.passed += p.passed;
  return 0;
}


static const struct packet_rule next_table[] =
  {
    PACKET_RULE (SEALED, FROM_CAPTURE, on_sealed),
    PACKET_RULE (COUNTS, FROM_CAPTURE, on_counts)
  };

static void
receive (void)
{
  wait_for (out);
  ck_assert (!packet_dispatch (out, FROM_CAPTURE, next_table, 2, NULL));
}


/* The next datagram that comes through is TEXT.  */
static void
expect (const char *text)
{
  *got_message = 0;
  while (!*got_message || !strcmp (got_message, "reach"))
    receive ();
  ck_assert_str_eq (got_message, text);
}


static void
expect_counts (enum refusal refusal, uint32_t n)
{
  while (counts.n[refusal] < n)
    receive ();
  ck_assert_uint_eq (counts.n[refusal], n);
}


static void
stop (void)
{
  ck_assert (!kill (capture, SIGTERM));
  ck_assert_int_eq (exit_code (), ROLE_EXIT_STOP);
}


/* ------------------------- the test cases ------------------------ */

START_TEST (test_passes)
{
  configure ("'lo'");
  launch ();
  send_sealed ("127.0.0.1", "four");
  expect ("four");
  ck_assert_int_eq (got_origin.src.family, AF_INET);
  ck_assert_mem_eq (got_origin.src.bytes, "\x7f\0\0\1", 4);
  ck_assert_mem_eq (got_origin.dst.bytes, "\x7f\0\0\1", 4);
  ck_assert_uint_eq (got_origin.dport, PORT);
  ck_assert_uint_eq (got_origin.ifindex, if_nametoindex ("lo"));
  ck_assert_str_eq (got_origin.door, "main");
  ck_assert_uint_eq (got_origin.size, SEAL_MIN);
  ck_assert_uint_ne (got_origin.seen, 0);
  send_sealed ("::1", "six");
  expect ("six");
  ck_assert_int_eq (got_origin.src.family, AF_INET6);
  stop ();
}
END_TEST


START_TEST (test_counts)
{
  unsigned char dgram[SEAL_MAX];
  size_t len = wrap ("once", dgram);

  configure ("'lo'");
  launch ();
  send_to ("127.0.0.1", dgram, len);
  send_to ("127.0.0.1", dgram, len);
  send_to ("::1", dgram, len);
  dgram[0] ^= 1;
  send_to ("127.0.0.1", dgram, len);
  send_to ("127.0.0.1", dgram, SEAL_MIN - 1);
  expect ("once");
  expect_counts (REFUSAL_SEEN, 2);
  expect_counts (REFUSAL_SEAL, 1);
  expect_counts (REFUSAL_LENGTH, 1);
  ck_assert_uint_eq (counts.passed, 1);
  stop ();
}
END_TEST


/* On "any" a packet to oneself goes out and comes in, but is one.  */
START_TEST (test_any)
{
  configure ("'any'");
  launch ();
  send_sealed ("127.0.0.1", "any");
  expect ("any");
  ck_assert_uint_eq (got_origin.ifindex, if_nametoindex ("lo"));
  send_to ("::1", "junk", 4);
  expect_counts (REFUSAL_LENGTH, 1);
  ck_assert_uint_eq (counts.n[REFUSAL_SEEN], 0);
  stop ();
}
END_TEST


/* What waits when it is told to stop is passed on before it ends.  */
START_TEST (test_stop_flushes)
{
  char name[16];
  int i;

  configure ("'lo'");
  launch ();
  for (i = 0; i < 60; i++)
    {
      snprintf (name, sizeof name, "wait%d", i);
      send_sealed ("127.0.0.1", name);
    }
  ck_assert (!kill (capture, SIGTERM));
  for (i = 0; i < 60; i++)
    {
      snprintf (name, sizeof name, "wait%d", i);
      expect (name);
    }
  ck_assert_int_eq (exit_code (), ROLE_EXIT_STOP);
}
END_TEST


/* The next role does not read: the queue fills, the rest is busy, and a
   datagram that was busy passes when it is sent again.  */
START_TEST (test_busy)
{
  unsigned char dgram[SEAL_MAX];
  size_t len;
  uint32_t sent = 0, passed;

  configure ("'lo'");
  launch ();
  for (sent = 0; sent < 500; sent++)
    send_sealed ("127.0.0.1", "flood");
  len = wrap ("late", dgram);
  send_to ("127.0.0.1", dgram, len);
  while (!counts.passed || counts.passed + counts.n[REFUSAL_BUSY] <= sent)
    receive ();
  ck_assert_uint_gt (counts.n[REFUSAL_BUSY], 0);
  passed = counts.passed;
  ck_assert_uint_lt (passed, sent);
  send_to ("127.0.0.1", dgram, len);
  while (strcmp (got_message, "late"))
    receive ();
  ck_assert_uint_eq (counts.n[REFUSAL_SEEN], 0);
  stop ();
}
END_TEST


START_TEST (test_parent_gone)
{
  configure ("'lo'");
  launch ();
  close (parent);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_STOP);
}
END_TEST


START_TEST (test_breach)
{
  configure ("'lo'");
  launch ();
  ck_assert (!message_send (parent, PACKET_KEEP, 0, NULL, 0));
  ck_assert_int_eq (exit_code (), ROLE_EXIT_BREACH);
}
END_TEST


START_TEST (test_appears)
{
  configure ("'lo', 'pt0'");
  launch ();
  send_sealed ("127.0.0.1", "without");
  expect ("without");
  IP ("link", "add", "pt0", "type", "veth", "peer", "name", "pt1");
  send_sealed ("127.0.0.1", "down");
  expect ("down");
  IP ("link", "set", "pt0", "up");
  ck_assert_int_eq (exit_code (), ROLE_EXIT_AGAIN);
}
END_TEST


START_TEST (test_appears_alone)
{
  IP ("link", "add", "pt0", "type", "veth", "peer", "name", "pt1");
  configure ("'pt0'");
  launch ();
  IP ("link", "set", "pt0", "up");
  ck_assert_int_eq (exit_code (), ROLE_EXIT_AGAIN);
}
END_TEST


static void
make_veth (void)
{
  IP ("link", "add", "pt0", "address", "02:00:00:00:00:01", "type", "veth",
      "peer", "name", "pt1");
  IP ("address", "add", "192.0.2.1/24", "dev", "pt0");
  IP ("link", "set", "pt0", "up");
  IP ("link", "set", "pt1", "up");
}


/* Put a frame on the wire at pt1: TAGS, then IPv4 to DST, sealed.  */
static void
send_frame (const void *tags, size_t tagslen, uint8_t dst,
            const char *text)
{
  unsigned char frame[SEAL_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
  unsigned char head[28] = { 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 17, 0, 0,
    192, 0, 2, 7, 192, 0, 2, dst, 0x30, 0x39, PORT >> 8, PORT & 255 };
  unsigned char dgram[SEAL_MAX];
  size_t len = wrap (text, dgram), n = 12;
  struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_halen = 6,
                            .sll_ifindex = (int)if_nametoindex ("pt1") };
  int fd = socket (AF_PACKET, SOCK_RAW, 0);

  ck_assert_int_ge (fd, 0);
  head[3] = (unsigned char)(28 + len);
  head[25] = (unsigned char)(8 + len);
  ck_assert_uint_lt (28 + len, 256);
  memcpy (frame + n, tags, tagslen);
  n += tagslen;
  memcpy (frame + n, head, sizeof head);
  n += sizeof head;
  memcpy (frame + n, dgram, len);
  n += len;
  ck_assert_int_eq (sendto (fd, frame, n, 0, (void *)&ll, sizeof ll),
                    (ssize_t)n);
  close (fd);
}

#define TYPE_IP4 "\x08\x00"


/* Send until one has come through: a link that was set up may take a
   second before it carries anything.  */
static void
reach (void)
{
  struct pollfd p = { out, POLLIN, 0 };
  int i;

  for (i = 0; i < MSECS / 100; i++)
    {
      send_frame (TYPE_IP4, 2, 1, "reach");
      if (poll (&p, 1, 100))
        break;
    }
  receive ();
  ck_assert_str_eq (got_message, "reach");
}


START_TEST (test_frames)
{
  static const char vlan[] = "\x81\x00\x00\x05" TYPE_IP4;
  static const char qinq[] = "\x88\xa8\x00\x09\x81\x00\x00\x05" TYPE_IP4;
  static const char pppoe[] = "\x88\x64\x11\x00\x00\x01\x00\x7a\x00\x21";

  make_veth ();
  configure (_i ? "'any'" : "'pt0'");
  launch ();
  reach ();
  send_frame (TYPE_IP4, 2, 1, "plain");
  expect ("plain");
  ck_assert_uint_eq (got_origin.ifindex, if_nametoindex ("pt0"));
  ck_assert_uint_eq (got_origin.sport, 12345);
  send_frame (pppoe, sizeof pppoe - 1, 1, "pppoe");
  expect ("pppoe");
  send_frame (vlan, sizeof vlan - 1, 1, "vlan");
  expect ("vlan");
  if (!_i)
    {
      /* On "any" the kernel shows two tags in a form that cannot be read;
         there the packet is seen on the VLAN's own interface as well.  */
      send_frame (qinq, sizeof qinq - 1, 1, "qinq");
      expect ("qinq");
    }
  stop ();
}
END_TEST


/* Does a frame to DST come through?  */
static bool
passes (uint8_t dst)
{
  bool passed = false;

  send_frame (TYPE_IP4, 2, dst, "perhaps");
  send_frame (TYPE_IP4, 2, 1, "behind");
  for (;;)
    {
      *got_message = 0;
      receive ();
      if (!strcmp (got_message, "behind"))
        return passed;
      passed |= !strcmp (got_message, "perhaps");
    }
}


/* Only what is to this host, as its addresses are now.  */
START_TEST (test_addresses)
{
  make_veth ();
  configure ("'pt0'");
  launch ();
  reach ();
  send_frame (TYPE_IP4, 2, 77, "elsewhere");
  send_frame (TYPE_IP4, 2, 1, "here");
  expect ("here");
  /* It hears of both beside the frames, and so a moment later.  */
  IP ("address", "add", "192.0.2.77/24", "dev", "pt0");
  while (!passes (77))
    ;
  IP ("address", "del", "192.0.2.77/24", "dev", "pt0");
  while (passes (77))
    ;
  stop ();
}
END_TEST


START_TEST (test_down_and_up)
{
  make_veth ();
  configure ("'pt0'");
  launch ();
  IP ("link", "set", "pt0", "down");
  IP ("link", "set", "pt0", "up");
  reach ();
  stop ();
}
END_TEST


START_TEST (test_vanishes)
{
  make_veth ();
  configure ("'pt0', 'lo'");
  launch ();
  reach ();
  IP ("link", "del", "pt0");
  send_sealed ("127.0.0.1", "after");
  expect ("after");
  make_veth ();
  ck_assert_int_eq (exit_code (), ROLE_EXIT_AGAIN);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("capture");
  TCase *tc = tcase_create ("role");
  SRunner *sr;
  int failed;

  if (access ("/sbin/ip", X_OK) && access ("/bin/ip", X_OK))
    {
      puts ("skipped: needs ip (iproute2)");
      return 77;
    }
  if (geteuid ())
    {
      puts ("t-capture: skipped: needs root");
      return 77;
    }
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_passes);
  tcase_add_test (tc, test_counts);
  tcase_add_test (tc, test_any);
  tcase_add_test (tc, test_stop_flushes);
  tcase_add_test (tc, test_busy);
  tcase_add_test (tc, test_parent_gone);
  tcase_add_test (tc, test_breach);
  tcase_add_test (tc, test_appears);
  tcase_add_test (tc, test_appears_alone);
  tcase_add_loop_test (tc, test_frames, 0, 2);
  tcase_add_test (tc, test_addresses);
  tcase_add_test (tc, test_down_and_up);
  tcase_add_test (tc, test_vanishes);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
