/* flood.c - Send junk datagrams at a given rate, for a bounded time.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * flood ADDRESS PORT RATE SECONDS [SIZE [FILE]]
 *
 * For the benchmarks, on loopback and in namespaces.  Each datagram has
 * SIZE random bytes; with FILE all are the identical bytes in it.  Prints
 * how many were sent, and in how many seconds.  */

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/netspec.h"

#define BURST 32
#define MAX_SIZE 1500
#define MAX_RATE 10000000u
#define MAX_SECONDS 60u

struct flood
{
  struct sockaddr_storage to;
  socklen_t tolen;
  unsigned int rate;
  unsigned int seconds;
  size_t size;
  bool same;
  unsigned char data[BURST][MAX_SIZE];
  struct iovec iov[BURST];
  struct mmsghdr msg[BURST];
};


static double
now (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}


/* A number of a command line, 1 to MOST.  */
static unsigned int
number (const char *text, unsigned int most)
{
  char *end;
  unsigned long v;

  errno = 0;
  v = strtoul (text, &end, 10);
  if (errno || end == text || *end || !v || v > most)
    {
      fprintf (stderr, "flood: %s: not a number from 1 to %u\n", text, most);
      exit (EX_USAGE);
    }
  return (unsigned int)v;
}


static size_t
read_same (struct flood *flood, const char *path)
{
  FILE *fp = fopen (path, "rb");
  size_t n, i;

  n = fp ? fread (flood->data[0], 1, MAX_SIZE, fp) : 0;
  if (!n)
    {
      fprintf (stderr, "flood: %s: cannot be read\n", path);
      exit (EX_NOINPUT);
    }
  fclose (fp);
  for (i = 1; i < BURST; i++)
    memcpy (flood->data[i], flood->data[0], n);
  return n;
}


static void
prepare (struct flood *flood)
{
  size_t i;

  for (i = 0; i < BURST; i++)
    {
      if (!flood->same
          && getrandom (flood->data[i], flood->size, 0)
             != (ssize_t)flood->size)
        exit (EX_OSERR);
      flood->iov[i].iov_base = flood->data[i];
      flood->iov[i].iov_len = flood->size;
      flood->msg[i].msg_hdr.msg_iov = &flood->iov[i];
      flood->msg[i].msg_hdr.msg_iovlen = 1;
      flood->msg[i].msg_hdr.msg_name = &flood->to;
      flood->msg[i].msg_hdr.msg_namelen = flood->tolen;
    }
}


/* No two datagrams alike: a counter in each.  */
static void
renew (struct flood *flood, uint64_t sent)
{
  size_t i;

  for (i = 0; !flood->same && i < BURST; i++)
    {
      uint64_t v = sent + i;

      memcpy (flood->data[i], &v,
              sizeof v < flood->size ? sizeof v : flood->size);
    }
}


static uint64_t
run (struct flood *flood, int fd, double *r_secs)
{
  double start = now (), t = start;
  uint64_t sent = 0, due;
  int n;

  while ((t = now ()) - start < flood->seconds)
    {
      due = (uint64_t)((t - start) * flood->rate);
      if (sent >= due)
        {
          struct timespec ts = { 0, 50000 };

          nanosleep (&ts, NULL);
          continue;
        }
      renew (flood, sent);
      n = sendmmsg (fd, flood->msg, BURST, 0);
      if (n > 0)
        sent += (uint64_t)n;
    }
  *r_secs = t - start;
  return sent;
}


int
main (int argc, char **argv)
{
  static struct flood flood;
  struct net_addr addr;
  uint64_t sent;
  double secs;
  int fd;

  if (argc < 5 || argc > 7 || netspec_addr_parse (argv[1], &addr))
    {
      fputs ("Usage: flood ADDRESS PORT RATE SECONDS [SIZE [FILE]]\n",
             stderr);
      return EX_USAGE;
    }
  flood.tolen = netspec_addr_to_sockaddr
    (&addr, (uint16_t)number (argv[2], 65535), 0, &flood.to);
  flood.rate = number (argv[3], MAX_RATE);
  flood.seconds = number (argv[4], MAX_SECONDS);
  flood.size = argc > 5 ? number (argv[5], MAX_SIZE) : 300;
  flood.same = argc > 6;
  if (flood.same)
    flood.size = read_same (&flood, argv[6]);
  prepare (&flood);
  fd = socket (flood.to.ss_family, SOCK_DGRAM, 0);
  if (fd < 0)
    {
      perror ("flood: socket");
      return EX_OSERR;
    }
  sent = run (&flood, fd, &secs);
  printf ("%llu %.3f\n", (unsigned long long)sent, secs);
  return EX_OK;
}
