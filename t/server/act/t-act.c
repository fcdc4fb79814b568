/* t-act.c - act on real nftables, asked by a decide that may be taken over.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each test runs the real role in a network namespace of its own.  */

#include "act-kit.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "../../../common/base/ticks.h"

#define MORE                                                            \
  "user alice {\n  key = '" FPR_ALICE "'\n  groups = {'ops'}\n}\n"      \
  "user bob {\n  key = '" FPR_BOB "'\n  groups = {'ops'}\n}\n"          \
  "user carol {\n"                                                      \
  "  key = 'BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB'\n}\n"             \
  "rule ssh {\n  groups = {'ops'}\n  ports = {'tcp/22', 'tcp/80'}\n"    \
  "  from = {'198.51.100.0/24', '2001:db8::/32'}\n"                     \
  "  max-time = '60s'\n  default-time = '20s'\n}\n"

/* Seconds that CLOCK_BOOTTIME is ahead, in act too; as after a sleep.  */
static volatile int64_t *slept;

static firewall_t look;         /* The kernel, seen from outside.  */
static struct packet_grant ask; /* A good one, which tests spoil.  */


int
clock_gettime (clockid_t clock, struct timespec *ts)
{
  int rc = (int)syscall (SYS_clock_gettime, clock, ts);

  if (!rc && slept && clock == CLOCK_BOOTTIME)
    ts->tv_sec += *slept;
  return rc;
}


static void
setup (void)
{
  char text[512];
  void *p = mmap (NULL, sizeof *slept, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  ck_assert_ptr_ne (p, MAP_FAILED);
  slept = p;

  setup_dir ();
  snprintf (text, sizeof text, "%sruntime = '%s'\n", POSTERND, config_dir);
  put ("posternd.conf", text);
  put ("access.conf", MORE);
  ck_assert_int_eq (mkdir (in_dir ("act"), 0700), 0);
  ck_assert_int_eq (load (), 0);
  ck_assert (!unshare (CLONE_NEWNET));
  ck_assert (!firewall_new (config, 0, &look));
  memset (&ask, 0, sizeof ask);
  memcpy (ask.hash, config->hash, sizeof ask.hash);
  ask.request[0] = 1;
  snprintf (ask.rule, sizeof ask.rule, "ssh");
  snprintf (ask.user, sizeof ask.user, "alice");
  snprintf (ask.fpr, sizeof ask.fpr, FPR_ALICE);
  ask.addr = ask.observed = address ("198.51.100.7");
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22", &ask.ports), 0);
  ask.seconds = 30;
  ask.answer_by = UINT64_MAX;
}


static void
teardown (void)
{
  if (act > 0)
    stop (SIGKILL);
  firewall_release (look);
  nftw (in_dir ("act"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
  teardown_dir ();
}


/* What act answers: 0 for granted.  */
static unsigned int
try (const struct packet_grant *grant)
{
  ck_assert_uint_eq (packet_send_grant (decide, 5, grant), 0);
  denied = UINT32_MAX;
  hear (decide, NULL);
  return denied;
}


static bool
is_open (const char *addr, uint16_t port, bool once)
{
  struct firewall_element e = { .proto = IPPROTO_TCP, .port = port,
                                .once = once };

  e.addr = address (addr);
  return firewall_has (look, &e);
}


static unsigned int
count (void)
{
  struct packet_list list = { 0 };
  bool end = false;

  listed = 0;
  ck_assert_uint_eq (packet_send_list (decide, 6, &list), 0);
  while (!end)
    hear (decide, &end);
  return listed;
}


static unsigned int
shut (const char *user, const char *prefix, bool all)
{
  struct packet_close what = { .all = all };

  snprintf (what.user, sizeof what.user, "%s", user);
  snprintf (what.prefix, sizeof what.prefix, "%s", prefix);
  ck_assert_uint_eq (packet_send_close (decide, 7, &what), 0);
  hear (decide, NULL);
  return closed.refusal;
}


START_TEST (grants)
{
  uint64_t before;

  launch (NULL);
  ck_assert (!is_open ("198.51.100.7", 22, false));
  before = (uint64_t)time (NULL);
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (granted.seconds, 30);
  ck_assert (granted.until >= before + 29);
  ck_assert (is_open ("198.51.100.7", 22, false));
  ck_assert (!is_open ("198.51.100.8", 22, false));
  ck_assert_uint_eq (count (), 1);
  /* A renewal is the same grant.  */
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (count (), 1);
  ask.addr = address ("2001:db8::7");
  ask.observed = ask.addr;
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert (is_open ("2001:db8::7", 22, false));
  ck_assert_uint_eq (count (), 2);
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
  ck_assert (is_open ("198.51.100.7", 22, false));
}
END_TEST


/* nftables reads no number of more than eight digits.  */
START_TEST (long_times)
{
  static const uint64_t seconds[] =
    { 99999, 100000, 28 * 3600, 2 * 86400, 7 * 86400, 3650 * 86400u };
  struct firewall_element e = { .proto = IPPROTO_TCP, .port = 22 };
  size_t i;

  e.addr = address ("198.51.100.7");
  ck_assert_uint_eq (firewall_rebuild (look, NULL, 0), 0);
  for (i = 0; i < sizeof seconds / sizeof *seconds; i++)
    {
      e.left = 1000 * seconds[i] + 999;
      ck_assert_msg (!firewall_change (look, &e, 1), "%s",
                     firewall_message (look));
      ck_assert (firewall_has (look, &e));
      ck_assert_msg (!firewall_rebuild (look, &e, 1), "%s",
                     firewall_message (look));
      ck_assert (firewall_has (look, &e));
    }
  e.left = 0;
  ck_assert_uint_eq (firewall_change (look, &e, 1), 0);
  ck_assert (!firewall_has (look, &e));
}
END_TEST


/* Seconds that the kernel gives the first element of the set NAME; -1: it
   has none.  */
static long
kernel_time (const char *name)
{
  char *rules, *set, *expires;
  long secs = -1;

  ck_assert_uint_eq (firewall_list (look, &rules), 0);
  set = strstr (rules, name);
  expires = set ? strstr (set, "\"expires\": ") : NULL;
  if (expires)
    secs = strtol (expires + strlen ("\"expires\": "), NULL, 10);
  free (rules);
  return secs;
}


/* The kernel's timeouts stand still while the machine sleeps: what ended
   meanwhile is shut, and what did not ends in time.  */
START_TEST (sleeps)
{
  launch (NULL);
  ask.seconds = 30;
  ck_assert_uint_eq (try (&ask), 0);
  ask.addr = ask.observed = address ("2001:db8::7");
  ask.seconds = 60;
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_int_gt (kernel_time ("\"grant6\""), 30);
  *slept = 40;
  ck_assert_uint_eq (count (), 1);
  ck_assert (!is_open ("198.51.100.7", 22, false));
  ck_assert (is_open ("2001:db8::7", 22, false));
  /* What act does after its answer is over when it answers again.  */
  ck_assert_uint_eq (count (), 1);
  ck_assert (is_open ("2001:db8::7", 22, false));
  ck_assert_int_le (kernel_time ("\"grant6\""), 20);
  *slept = 70;
  ck_assert_uint_eq (count (), 0);
  ck_assert (!is_open ("2001:db8::7", 22, false));
}
END_TEST


/* The time is cut to the rule's.  */
START_TEST (clamps)
{
  launch (NULL);
  ask.seconds = 100000;
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (granted.seconds, 60);
  ask.seconds = 5;
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (granted.seconds, 5);
}
END_TEST


/* What waited in the channel while act hung was refused long ago.  */
START_TEST (too_late)
{
  launch (NULL);
  ask.answer_by = ticks_boot_ms () - 1;
  ck_assert_uint_eq (try (&ask), REFUSAL_ACT_GONE);
  ck_assert_uint_eq (count (), 0);
  ask.answer_by = ticks_boot_ms () + 60000;
}
END_TEST


/* So many for one person, and no more; what is there can be renewed, and
   others have theirs.  */
START_TEST (too_many)
{
  struct packet_grant bob = ask;
  char text[32];
  int i;

  launch (NULL);
  for (i = 0; i < GRANTS_MAX_USER; i++)
    {
      snprintf (text, sizeof text, "2001:db8::%x", i + 1);
      ask.addr = ask.observed = address (text);
      ck_assert_uint_eq (try (&ask), 0);
    }
  ask.addr = ask.observed = address ("2001:db8::7:7");
  ck_assert_uint_eq (try (&ask), REFUSAL_TOO_MANY);
  ck_assert (!is_open ("2001:db8::7:7", 22, false));
  ask.addr = ask.observed = address ("2001:db8::1");
  ck_assert_uint_eq (try (&ask), 0);
  snprintf (bob.user, sizeof bob.user, "bob");
  snprintf (bob.fpr, sizeof bob.fpr, FPR_BOB);
  ck_assert_uint_eq (try (&bob), 0);
  ck_assert_uint_eq (shut ("alice", "", true), 0);
  ck_assert_uint_eq (closed.n, GRANTS_MAX_USER);
  ck_assert_uint_eq (try (&ask), 0);
}
END_TEST


/* What the configuration allows nobody, a taken-over decide cannot do.  */
START_TEST (trusts_nobody)
{
  struct packet_grant bad;

  launch (NULL);
  bad = ask;
  bad.hash[3] ^= 1;
  ck_assert_uint_eq (try (&bad), REFUSAL_OTHER_CONFIG);
  bad = ask;
  snprintf (bad.rule, sizeof bad.rule, "none");
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;
  snprintf (bad.user, sizeof bad.user, "stranger");
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;                    /* bob's name with alice's key.  */
  snprintf (bad.user, sizeof bad.user, "bob");
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;                    /* Nobody's rule.  */
  snprintf (bad.user, sizeof bad.user, "carol");
  snprintf (bad.fpr, sizeof bad.fpr, "%040d", 0);
  memset (bad.fpr, 'B', 40);
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;
  ck_assert_uint_eq (netspec_ports_parse ("tcp/23", &bad.ports), 0);
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;
  bad.addr = address ("203.0.113.7");
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;
  bad.observed = address ("203.0.113.7");
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  bad = ask;
  bad.addr = bad.observed = address ("127.0.0.1");
  ck_assert_uint_eq (try (&bad), REFUSAL_ACT_RULE);
  ck_assert_uint_eq (count (), 0);
  ck_assert_uint_eq (try (&ask), 0);    /* The near twin.  */
}
END_TEST


START_TEST (closes)
{
  struct packet_grant bob = ask;

  launch (NULL);
  bob.request[0] = 2;
  snprintf (bob.user, sizeof bob.user, "bob");
  snprintf (bob.fpr, sizeof bob.fpr, FPR_BOB);
  ck_assert_uint_eq (shut ("", "", true), REFUSAL_NOTHING);
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (try (&bob), 0);
  ck_assert_uint_eq (count (), 2);
  ck_assert_uint_eq (shut ("", "0", false), REFUSAL_AMBIGUOUS);
  ck_assert_uint_eq (shut ("carol", "", true), REFUSAL_NOTHING);
  ck_assert_uint_eq (shut ("bob", "01", false), REFUSAL_NOTHING);
  /* Two people behind one address: it is open for the other still.  */
  ck_assert_uint_eq (shut ("alice", "", true), 0);
  ck_assert_uint_eq (closed.n, 1);
  ck_assert (is_open ("198.51.100.7", 22, false));
  ck_assert_uint_eq (shut ("", "02", false), 0);
  ck_assert (!is_open ("198.51.100.7", 22, false));
  ck_assert_uint_eq (count (), 0);
}
END_TEST


/* The kernel took it away: the connection came.  */
START_TEST (once_ends)
{
  struct packet_grant bob = ask;
  struct firewall_element e = { .proto = IPPROTO_TCP, .port = 22,
                                .once = true };

  launch (NULL);
  e.addr = ask.addr;
  ask.once = true;
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert (is_open ("198.51.100.7", 22, true));
  ck_assert (!is_open ("198.51.100.7", 22, false));
  ck_assert_uint_eq (count (), 1);
  bob = ask;
  bob.request[0] = 2;
  snprintf (bob.user, sizeof bob.user, "bob");
  snprintf (bob.fpr, sizeof bob.fpr, FPR_BOB);
  ck_assert_uint_eq (try (&bob), 0);
  ck_assert_uint_eq (count (), 2);
  /* Without telling act, as the rule in the kernel does: from here it is
     another port of netlink, so act makes the table anew, with both.  */
  ck_assert_uint_eq (firewall_change (look, &e, 1), 0);
  hear (decide, NULL);
  ck_assert_uint_eq (rebuilt, 1);
  ck_assert_uint_eq (count (), 2);
}
END_TEST


/* What the kernel ended while no act ran stays ended; what a flush took
   away does not.  */
START_TEST (once_ends_without_act)
{
  struct packet_grant bob = ask;
  struct firewall_element e = { .proto = IPPROTO_TCP, .port = 22,
                                .once = true };

  launch (NULL);
  e.addr = ask.addr;
  ask.once = bob.once = true;
  bob.request[0] = 2;
  snprintf (bob.user, sizeof bob.user, "bob");
  snprintf (bob.fpr, sizeof bob.fpr, FPR_BOB);
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (try (&bob), 0);
  stop (SIGKILL);
  launch (NULL);                /* Nothing happened meanwhile.  */
  ck_assert_uint_eq (count (), 2);
  stop (SIGKILL);
  ck_assert_uint_eq (firewall_remove (look), 0);
  launch (NULL);
  ck_assert_uint_eq (count (), 2);
  stop (SIGKILL);
  ck_assert_uint_eq (firewall_change (look, &e, 1), 0);
  launch (NULL);                /* The first of them was used.  */
  ck_assert_uint_eq (count (), 1);
  ck_assert_uint_eq (shut ("alice", "", true), REFUSAL_NOTHING);
  ck_assert (is_open ("198.51.100.7", 22, true));
  stop (SIGKILL);
  ck_assert_uint_eq (firewall_change (look, &e, 1), 0);
  launch (NULL);
  ck_assert_uint_eq (count (), 0);
  ck_assert (!is_open ("198.51.100.7", 22, true));
}
END_TEST


/* A link to nowhere with the address 198.51.100.1; what is written to it
   comes in from the network.  */
static int
open_tun (void)
{
  struct ifreq ifr;
  struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;
  int fd = open ("/dev/net/tun", O_RDWR | O_CLOEXEC);
  int s = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  memset (&ifr, 0, sizeof ifr);
  snprintf (ifr.ifr_name, sizeof ifr.ifr_name, "tun9");
  ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (fd < 0 || ioctl (fd, TUNSETIFF, &ifr))
    {
      close (s);
      return -1;
    }
  sin->sin_family = AF_INET;
  ck_assert_int_eq (inet_pton (AF_INET, "198.51.100.1", &sin->sin_addr), 1);
  ck_assert_int_eq (ioctl (s, SIOCSIFADDR, &ifr), 0);
  ifr.ifr_flags = IFF_UP;
  ck_assert_int_eq (ioctl (s, SIOCSIFFLAGS, &ifr), 0);
  close (s);
  return fd;
}


/* RFC 1071 */
static uint16_t
checksum (const unsigned char *p, size_t n, uint32_t sum)
{
  for (; n; n -= 2, p += 2)
    sum += (uint32_t)p[0] << 8 | p[1];
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}


static void
put16 (unsigned char *p, unsigned int v)
{
  p[0] = (unsigned char)(v >> 8);
  p[1] = (unsigned char)v;
}


/* The first packet of a connection from 198.51.100.7.  */
static void
knock (int tun, uint16_t sport, uint16_t dport)
{
  unsigned char p[40] = { 0x45, 0, 0, 40, 0, 0, 0, 0, 64, IPPROTO_TCP, 0, 0,
                          198, 51, 100, 7, 198, 51, 100, 1 };

  put16 (p + 10, checksum (p, 20, 0));
  put16 (p + 20, sport);
  put16 (p + 22, dport);
  p[32] = 5 << 4;
  p[33] = 2;                    /* SYN */
  put16 (p + 34, 1024);
  put16 (p + 36, checksum (p + 12, 28, IPPROTO_TCP + 20));
  ck_assert_int_eq (write (tun, p, sizeof p), sizeof p);
}


/* Stop, and start with ACCESS.  */
static void
restart_with (const char *access)
{
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
  put ("access.conf", access);
  ck_assert_int_eq (load (), 0);
  memcpy (ask.hash, config->hash, sizeof ask.hash);
  launch (NULL);
}


/* MORE with one text in the place of another of the same length.  */
static const char *
changed (const char *old, const char *new)
{
  static char text[sizeof MORE];
  char *at;

  memcpy (text, MORE, sizeof text);
  at = strstr (text, old);
  ck_assert_ptr_nonnull (at);
  ck_assert_uint_eq (strlen (old), strlen (new));
  memcpy (at, new, strlen (new));
  return text;
}


/* The first connection ends the whole grant, however many others there
   are, and though nobody asks act anything.  */
START_TEST (once_among_many)
{
  const struct timespec step = { 0, 10000000 };
  struct firewall_element e = { .proto = IPPROTO_TCP, .port = 80,
                                .bind = 1003, .once = true };
  int i, tun = open_tun ();

  if (tun < 0)
    {
      puts ("once_among_many: skipped, there is no /dev/net/tun");
      return;
    }
  launch (NULL);
  restart_with (changed ("'60s'", "'10m'"));
  e.addr = ask.addr;
  ask.once = true;
  ask.seconds = 600;            /* None of them ends by itself meanwhile.  */
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22,tcp/80", &ask.ports), 0);
  for (i = 0; i < 200; i++)
    {
      ask.bind = (uint16_t)(1000 + i);
      ck_assert_uint_eq (try (&ask), 0);
    }
  ck_assert (firewall_has (look, &e));
  knock (tun, 1003, 22);
  for (i = 0; i < MSECS / 10 && firewall_has (look, &e); i++)
    nanosleep (&step, NULL);
  ck_assert (!firewall_has (look, &e));
  e.bind = 1004;
  ck_assert (firewall_has (look, &e));
  close (tun);
}
END_TEST


START_TEST (comes_back)
{
  launch (NULL);
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (firewall_remove (look), 0);
  hear (decide, NULL);
  ck_assert_uint_eq (rebuilt, 1);
  ck_assert (is_open ("198.51.100.7", 22, false));
  /* And so does act, with what it knew.  */
  stop (SIGKILL);
  launch (NULL);
  ck_assert_uint_eq (count (), 1);
  ck_assert (is_open ("198.51.100.7", 22, false));
}
END_TEST


/* alice and bob are behind one address, alice has another one too.  */
static void
open_three (void)
{
  struct packet_grant bob = ask, other = ask;

  bob.request[0] = 2;
  snprintf (bob.user, sizeof bob.user, "bob");
  snprintf (bob.fpr, sizeof bob.fpr, FPR_BOB);
  other.request[0] = 3;
  other.addr = address ("198.51.100.8");
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (try (&bob), 0);
  ck_assert_uint_eq (try (&other), 0);
  ck_assert_uint_eq (count (), 3);
}


/* Of what is open there stays what the configuration still allows.  */
static void
one_of_three_stays (const char *access)
{
  launch (NULL);
  open_three ();
  restart_with (MORE);
  ck_assert_uint_eq (count (), 3);
  restart_with (access);
  hear (decide, NULL);
  ck_assert_uint_eq (ended, 2);
  ck_assert_uint_eq (count (), 1);
  ck_assert (is_open ("198.51.100.7", 22, false));
  ck_assert (!is_open ("198.51.100.8", 22, false));
  ck_assert_uint_eq (shut ("bob", "", true), 0);
  ck_assert (!is_open ("198.51.100.7", 22, false));
}


START_TEST (who_is_gone_has_nothing)
{
  one_of_three_stays (changed ("user alice", "user al   "));
}
END_TEST


START_TEST (another_key_has_nothing)
{
  one_of_three_stays (changed (FPR_ALICE, "CCCCCCCCCCCCCCCCCCCC"
                               "CCCCCCCCCCCCCCCCCCCC"));
}
END_TEST


START_TEST (another_group_has_nothing)
{
  one_of_three_stays (changed ("{'ops'}", "{'dev'}"));
}
END_TEST


START_TEST (a_rule_that_no_longer_fits)
{
  launch (NULL);
  open_three ();
  restart_with (changed ("'tcp/22', ", "          "));
  hear (decide, NULL);
  ck_assert_uint_eq (ended, 3);
  ck_assert_uint_eq (count (), 0);
  ck_assert (!is_open ("198.51.100.7", 22, false));
}
END_TEST


/* A shorter time of the rule cuts what is longer.  */
START_TEST (a_rule_that_is_shorter)
{
  launch (NULL);
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (count (), 1);
  ck_assert_uint_eq (last.until, last.since + 30);
  restart_with (changed ("'60s'\n  default-time = '20s'",
                         "'20s'\n  default-time = '20s'"));
  ck_assert_uint_eq (count (), 1);
  ck_assert_uint_eq (last.until, last.since + 20);
  ck_assert (is_open ("198.51.100.7", 22, false));
}
END_TEST


START_TEST (trial)
{
  launch ("60");
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
  ck_assert (!is_open ("198.51.100.7", 22, false));
  launch ("60");
  ck_assert_uint_eq (message_send (parent, PACKET_KEEP, 0, NULL, 0), 0);
  hear (parent, NULL);
  ck_assert (kept);
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_int_eq (stop (SIGTERM), ROLE_EXIT_STOP);
  ck_assert (is_open ("198.51.100.7", 22, false));
}
END_TEST


/* A reload takes nothing away, on trial neither.  */
START_TEST (trial_goes_on)
{
  struct packet_leave leave = { .n = 0 };

  launch ("60");
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (packet_send_leave (parent, 0, &leave), 0);
  ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
  ck_assert_int_eq (exit_status, ROLE_EXIT_STOP);
  act = 0;
  ck_assert (is_open ("198.51.100.7", 22, false));
  ck_assert (firewall_is_there (look));
  close (parent);
  close (decide);
}
END_TEST


/* Nobody prolongs it by changing the table.  */
START_TEST (trial_ends)
{
  const struct timespec step = { 0, 20000000 };
  bool there = false, armed = true;
  char *rules;
  int i;

  launch ("3");
  for (i = 0; i < MSECS / 20 && !(there && !armed); i++)
    {
      ck_assert_uint_eq (firewall_remove (look), 0);
      nanosleep (&step, NULL);
      ck_assert_uint_eq (firewall_list (look, &rules), 0);
      there = strstr (rules, "prerouting") != NULL;
      armed = firewall_is_there (look);
      free (rules);
    }
  ck_assert (there && !armed);
}
END_TEST


static void
ends_by_breach (void)
{
  ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
  act = 0;
  ck_assert (WIFEXITED (exit_status));
  ck_assert_int_eq (WEXITSTATUS (exit_status), ROLE_EXIT_BREACH);
}


/* Anything else than the table lists ends it.  */
START_TEST (breach)
{
  launch (NULL);
  ck_assert_uint_eq (message_send (decide, PACKET_SEALED, 0, "x", 1), 0);
  ends_by_breach ();
}
END_TEST


/* Nobody opens the doors by an unexpected message: a trial's end is
   the kernel's.  */
START_TEST (breach_on_trial)
{
  launch ("60");
  ck_assert_uint_eq (try (&ask), 0);
  ck_assert_uint_eq (message_send (decide, PACKET_SEALED, 0, "x", 1), 0);
  ends_by_breach ();
  ck_assert (is_open ("198.51.100.7", 22, false));
  close (parent);
  close (decide);
  launch ("60");
  ck_assert_int_eq (send (decide, "", 0, 0), 0);
  ends_by_breach ();
  ck_assert (is_open ("198.51.100.7", 22, false));
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("act");
  TCase *tc = tcase_create ("act");
  SRunner *sr;
  int failed;

  if (getuid ())
    {
      puts ("skipped: needs root, for network namespaces");
      return 77;
    }
  tcase_set_timeout (tc, 300);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, grants);
  tcase_add_test (tc, long_times);
  tcase_add_test (tc, sleeps);
  tcase_add_test (tc, clamps);
  tcase_add_test (tc, too_late);
  tcase_add_test (tc, too_many);
  tcase_add_test (tc, trusts_nobody);
  tcase_add_test (tc, closes);
  tcase_add_test (tc, once_ends);
  tcase_add_test (tc, once_ends_without_act);
  tcase_add_test (tc, once_among_many);
  tcase_add_test (tc, comes_back);
  tcase_add_test (tc, who_is_gone_has_nothing);
  tcase_add_test (tc, another_key_has_nothing);
  tcase_add_test (tc, another_group_has_nothing);
  tcase_add_test (tc, a_rule_that_no_longer_fits);
  tcase_add_test (tc, a_rule_that_is_shorter);
  tcase_add_test (tc, trial);
  tcase_add_test (tc, trial_goes_on);
  tcase_add_test (tc, trial_ends);
  tcase_add_test (tc, breach);
  tcase_add_test (tc, breach_on_trial);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
