/* tool-probe.c - Tells an open port from a shut one.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * tool-probe ADDRESS PORT [SOURCE [SOURCE-PORT]]  sends one SYN and exits
 * with 0 where the port is open, 1 where it is silent, 2 where something
 * else came back, which it prints, and 3 where it cannot tell.
 *
 * A port that has been silent for PATIENCE is not yet a shut one on a busy
 * machine.  So an echo request follows the SYN.  This process stays on one
 * processor, and so does all that the kernel does for it between two
 * namespaces on a pair of veth; what was sent first is treated first.  When
 * the echo is back, an answer to the SYN is back too, or there is none.  */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE 200            /* Milliseconds.  */
#define ECHO_TRIES 60           /* Of a second.  */

enum { OPEN, SILENT, ANSWERED, UNKNOWN };

union address
{
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};


static int
fail (const char *what)
{
  fprintf (stderr, "tool-probe: %s: %s\n", what, strerror (errno));
  return UNKNOWN;
}


static socklen_t
size_of (const union address *a)
{
  return a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}


static void
parse_address (union address *a, const char *text, const char *port)
{
  in_port_t n = htons ((uint16_t)strtoul (port, NULL, 10));

  memset (a, 0, sizeof *a);
  if (inet_pton (AF_INET, text, &a->v4.sin_addr) == 1)
    {
      a->any.sa_family = AF_INET;
      a->v4.sin_port = n;
      return;
    }
  if (inet_pton (AF_INET6, text, &a->v6.sin6_addr) != 1)
    {
      fprintf (stderr, "tool-probe: not an address: %s\n", text);
      exit (UNKNOWN);
    }
  a->any.sa_family = AF_INET6;
  a->v6.sin6_port = n;
}


static void
stay_here (void)
{
  cpu_set_t one;
  int cpu = sched_getcpu ();

  CPU_ZERO (&one);
  if (cpu >= 0)
    CPU_SET ((size_t)cpu, &one);
  if (cpu < 0 || sched_setaffinity (0, sizeof one, &one))
    exit (fail ("processor"));
}


static int
open_socket (const union address *to, const union address *from, int type,
             int protocol)
{
  int fd = socket (to->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   protocol);
  int one = 1;

  if (fd < 0)
    exit (fail ("socket"));
  if (from
      && (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)
          || bind (fd, &from->any, size_of (from))))
    exit (fail ("source address"));
  return fd;
}


static bool
comes (int fd, short events, int msecs)
{
  struct pollfd p = { fd, events, 0 };

  return poll (&p, 1, msecs) == 1;
}


static uint16_t
sum_of (const void *data, size_t len)
{
  const uint8_t *p = data;
  uint32_t sum = 0;

  for (; len > 1; p += 2, len -= 2)
    sum += (uint32_t)(p[0] << 8 | p[1]);
  sum = (sum & 0xffff) + (sum >> 16);
  return htons ((uint16_t)~(sum + (sum >> 16)));
}


static bool
send_echo (int fd, const union address *to, uint16_t id)
{
  /* Both families have type, code, sum, id and number here.  */
  struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.id = id };

  if (to->any.sa_family == AF_INET6)
    echo.type = ICMP6_ECHO_REQUEST;     /* The kernel sums this up.  */
  else
    echo.checksum = sum_of (&echo, sizeof echo);
  return sendto (fd, &echo, sizeof echo, 0, &to->any, size_of (to))
         == (ssize_t)sizeof echo;
}


static bool
is_echo (const uint8_t *got, size_t len, bool v6, uint16_t id)
{
  struct icmphdr echo;
  size_t skip = v6 || !len ? 0 : (size_t)(got[0] & 15) * 4;

  if (len < skip + sizeof echo)
    return false;
  memcpy (&echo, got + skip, sizeof echo);
  return echo.type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)
         && echo.un.echo.id == id;
}


/* Wait until an echo of TO, which is asked for here, is back.  */
static bool
echo_comes (const union address *to, const union address *from)
{
  bool v6 = to->any.sa_family == AF_INET6;
  uint16_t id = (uint16_t)getpid ();
  union address target = *to, source;
  uint8_t buf[512];
  ssize_t n;
  int fd, i;

  /* A raw socket takes a port for a protocol.  */
  if (from)
    source = *from;
  if (v6)
    target.v6.sin6_port = source.v6.sin6_port = 0;
  else
    target.v4.sin_port = source.v4.sin_port = 0;
  fd = open_socket (to, from ? &source : NULL, SOCK_RAW,
                    v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
  for (i = 0; i < ECHO_TRIES; i++)
    {
      if (!send_echo (fd, &target, id))
        exit (fail ("echo request"));
      while (comes (fd, POLLIN, 1000))
        {
          n = recv (fd, buf, sizeof buf, 0);
          if (n > 0 && is_echo (buf, (size_t)n, v6, id))
            return close (fd) == 0;
        }
    }
  return close (fd) != 0;
}


static int
probe (const union address *to, const union address *from)
{
  int fd = open_socket (to, from, SOCK_STREAM, 0), err = 0;
  socklen_t len = sizeof err;

  if (connect (fd, &to->any, size_of (to)) && errno != EINPROGRESS)
    err = errno;
  else
    {
      if (!comes (fd, POLLOUT, PATIENCE))
        {
          if (!echo_comes (to, from))
            {
              fprintf (stderr, "tool-probe: neither port nor echo answers\n");
              return UNKNOWN;
            }
          if (!comes (fd, POLLOUT, 0))
            return SILENT;
        }
      if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &err, &len))
        return fail ("connection");
    }
  close (fd);
  if (!err)
    return OPEN;
  puts (strerror (err));
  return ANSWERED;
}


int
main (int argc, char **argv)
{
  union address to, from;

  if (argc < 3 || argc > 5)
    {
      fputs ("usage: tool-probe ADDRESS PORT [SOURCE [SOURCE-PORT]]\n",
             stderr);
      return UNKNOWN;
    }
  stay_here ();
  parse_address (&to, argv[1], argv[2]);
  if (argc > 3)
    parse_address (&from, argv[3], argc > 4 ? argv[4] : "0");
  return probe (&to, argc > 3 ? &from : NULL);
}
