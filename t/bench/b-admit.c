/* b-admit.c - What one datagram of each kind costs before it is let in.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each frame goes through decap and admit ROUNDS times; CPU time of this
 * process.  The ratio is to one hash of the same datagram by SHA-256, taken
 * in the same run.  What libpcap adds is not in it.  */

#include "../../server/capture/decap.h"

#include <gcrypt.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../common/base/secret.h"
#include "../../server/capture/admit.h"

#define ROUNDS 200000
#define HEADERS 42              /* Ethernet, IPv4, UDP.  */

static unsigned char frame[HEADERS + SEAL_MAX] = {
  2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
  0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 17, 0, 0,
  192, 0, 2, 7, 198, 51, 100, 1,  0x30, 0x39, 0xf2, 0xf9, 0, 0, 0, 0
};


static double
cpu (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}


static void
set_length (size_t len)
{
  frame[16] = (unsigned char)((len + 28) >> 8);
  frame[17] = (unsigned char)(len + 28);
  frame[38] = (unsigned char)((len + 8) >> 8);
  frame[39] = (unsigned char)(len + 8);
}


static enum refusal
take (admit_t admit, size_t len)
{
  struct packet_origin origin;
  struct decap d;
  enum refusal refusal;

  refusal = decap_frame (decap_link (DLT_EN10MB), frame, HEADERS + len, &d);
  if (refusal)
    return refusal;
  memset (&origin, 0, sizeof origin);
  origin.src = d.src;
  origin.dst = d.dst;
  origin.seen = 1000000;
  return admit_take (admit, &origin, d.payload, d.len);
}


static double
hash_cost (size_t len)
{
  unsigned char out[32];
  double start = cpu ();
  int i;

  for (i = 0; i < ROUNDS; i++)
    gcry_md_hash_buffer (GCRY_MD_SHA256, out, frame + HEADERS, len);
  return (cpu () - start) / ROUNDS;
}


static void
measure (const char *what, admit_t admit, size_t len, enum refusal expected)
{
  double start, cost, base = hash_cost (len);
  int i;

  start = cpu ();
  for (i = 0; i < ROUNDS; i++)
    {
      if (expected != REFUSAL_SEEN)
        frame[HEADERS]++;
      if (take (admit, len) != expected)
        {
          fprintf (stderr, "b-admit: %s: not refused as expected\n", what);
          exit (EXIT_FAILURE);
        }
    }
  cost = (cpu () - start) / ROUNDS;
  printf ("%-36s %5zu bytes %8.3f us %6.2f of a SHA-256\n",
          what, len, cost, cost / base);
}


/* The first key of each door, then the previous ones.  */
static admit_t
make_admit (size_t keys)
{
  unsigned char secret[SEAL_KEYLEN] = { 0 };
  struct admit_key key[ADMIT_MAX_KEYS];
  admit_t admit;
  size_t i;

  memset (key, 0, sizeof key);
  for (i = 0; i < keys; i++)
    {
      secret[0] = (unsigned char)(i + 1);
      key[i].door = (uint8_t)(i % CONFIG_MAX_DOORS);
      key[i].name = "main";
      key[i].previous = i >= CONFIG_MAX_DOORS;
      if (seal_new (secret, &key[i].seal))
        exit (EXIT_FAILURE);
    }
  if (admit_new (key, keys, false, &admit))
    exit (EXIT_FAILURE);
  return admit;
}


static void
measure_keys (size_t keys)
{
  static const size_t sizes[] = { SEAL_MIN, 348, SEAL_MAX };
  admit_t admit = make_admit (keys);
  size_t i;

  printf ("With %zu door key%s:\n", keys, keys > 1 ? "s" : "");
  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    {
      gcry_randomize (frame + HEADERS, sizes[i], GCRY_WEAK_RANDOM);
      set_length (sizes[i]);
      measure ("junk", admit, sizes[i], REFUSAL_SEAL);
    }
  set_length (SEAL_MIN - 1);
  measure ("too short", admit, SEAL_MIN - 1, REFUSAL_LENGTH);
  set_length (SEAL_MAX);
  frame[20] = 0x20;
  measure ("fragment", admit, SEAL_MAX, REFUSAL_FRAGMENT);
  frame[20] = 0x40;
  admit_release (admit);
}


static void
measure_copy (void)
{
  static unsigned char text[1000];
  struct seal_content content = { text, sizeof text, NULL, 0 };
  unsigned char key[SEAL_KEYLEN] = { 1 };
  admit_t admit = make_admit (1);
  seal_t seal;
  size_t len;

  if (seal_new (key, &seal)
      || seal_wrap (seal, &content, 0, SEAL_MAX, frame + HEADERS, &len))
    exit (EXIT_FAILURE);
  set_length (len);
  if (take (admit, len))
    exit (EXIT_FAILURE);
  puts ("Of a good one:");
  measure ("identical copy", admit, len, REFUSAL_SEEN);
  seal_release (seal);
  admit_release (admit);
}


int
main (void)
{
  if (secret_init (65536))
    return EXIT_FAILURE;
  measure_keys (1);
  measure_keys (CONFIG_MAX_DOORS);
  measure_keys (ADMIT_MAX_KEYS);
  measure_copy ();
  return EXIT_SUCCESS;
}
