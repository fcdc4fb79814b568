/* flood.c - Send junk datagrams at a given rate, for a bounded time.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * flood ADDRESS PORT RATE SECONDS [SIZE [FILE [KEYFILE]]]
 *
 * For the benchmarks, on loopback and in namespaces.  Each datagram has
 * SIZE random bytes; with FILE all are the identical bytes in it, and with
 * KEYFILE it is a message, which is sealed anew by this door key for each of
 * them.  It ends early on SIGTERM.  Prints how many were sent, and in how many
 * seconds.  */

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/netspec.h"
#include "../../common/base/secret.h"
#include "../../common/wire/seal.h"

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
  seal_t seal;                  /* NULL: of no door.  */
  unsigned char message[MAX_SIZE];
  size_t message_len;
  unsigned char data[BURST][MAX_SIZE];
  struct iovec iov[BURST];
  struct mmsghdr msg[BURST];
};

static volatile sig_atomic_t stopping;


static void
stop_flood (int signo)
{
  (void)signo;
  stopping = 1;
}


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


/* The message is in the place of the first datagram.  */
static void
read_door_key (struct flood *flood, const char *path)
{
  unsigned char *text, key[SEAL_KEYLEN];
  size_t len, keylen;

  memcpy (flood->message, flood->data[0], flood->size);
  flood->message_len = flood->size;
  if (secret_init (16384)
      || file_read (path, 256, &text, &len)
      || decode_base64 ((char *)text, len ? len - 1 : 0, key, sizeof key,
                        &keylen)
      || seal_new (key, &flood->seal))
    {
      fprintf (stderr, "flood: %s: not a door key\n", path);
      exit (EX_NOINPUT);
    }
  free (text);
}


/* Seal the message anew N times.  */
static void
seal_anew (struct flood *flood, unsigned int n)
{
  struct seal_content content = { flood->message, flood->message_len,
                                  NULL, 0 };
  unsigned int i;

  for (i = 0; i < n; i++)
    if (seal_wrap (flood->seal, &content, 0, SEAL_MAX, flood->data[i],
                   &flood->iov[i].iov_len))
      exit (EX_SOFTWARE);
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


/* No two datagrams alike: a counter in each, or a fresh nonce.  */
static void
renew (struct flood *flood, uint64_t sent, unsigned int n)
{
  size_t i;

  if (flood->seal)
    seal_anew (flood, n);

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
  /* What costs the receiver much comes evenly.  */
  unsigned int most = flood->seal ? 1 : BURST;
  int n;

  while (!stopping && (t = now ()) - start < flood->seconds)
    {
      due = (uint64_t)((t - start) * flood->rate);
      if (sent >= due)
        {
          struct timespec ts = { 0, 50000 };

          nanosleep (&ts, NULL);
          continue;
        }
      renew (flood, sent, most);
      n = sendmmsg (fd, flood->msg, most, 0);
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

  if (argc < 5 || argc > 8 || netspec_addr_parse (argv[1], &addr))
    {
      fputs ("Usage: flood ADDRESS PORT RATE SECONDS"
             " [SIZE [FILE [KEYFILE]]]\n", stderr);
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
  if (argc > 7)
    read_door_key (&flood, argv[7]);
  prepare (&flood);
  fd = socket (flood.to.ss_family, SOCK_DGRAM, 0);
  if (fd < 0)
    {
      perror ("flood: socket");
      return EX_OSERR;
    }
  signal (SIGTERM, stop_flood);
  sent = run (&flood, fd, &secs);
  seal_release (flood.seal);
  printf ("%llu %.3f\n", (unsigned long long)sent, secs);
  return EX_OK;
}
