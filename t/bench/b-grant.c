/* b-grant.c - What a grant costs in nftables while 100,000 are open.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In a network namespace of its own; needs root (77 without).  The ratio is
 * of the last hundred to the first hundred, in the same run.  */

#include "../../server/act/firewall.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GRANTS 100000u
#define SAMPLE 200u
#define LEFT 600000u            /* Milliseconds.  */


static double
now_us (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}


static void
element_of (unsigned int number, struct firewall_element *e)
{
  uint32_t addr = htonl (0x0b000000u + number);

  memset (e, 0, sizeof *e);
  e->addr.family = AF_INET;
  memcpy (e->addr.bytes, &addr, sizeof addr);
  e->proto = IPPROTO_TCP;
  e->port = 22;
  e->left = LEFT;
}


static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}


/* The median of SAMPLE changes, from FIRST on, with LEFT as given.  */
static double
change (firewall_t firewall, unsigned int first, uint64_t left)
{
  static double took[SAMPLE];
  struct firewall_element e;
  unsigned int i;

  for (i = 0; i < SAMPLE; i++)
    {
      double began = now_us ();

      element_of (first + i, &e);
      e.left = left;
      if (firewall_change (firewall, &e, 1))
        {
          fprintf (stderr, "b-grant: %s\n", firewall_message (firewall));
          exit (1);
        }
      took[i] = now_us () - began;
    }
  qsort (took, SAMPLE, sizeof *took, compare);
  return took[SAMPLE / 2];
}


int
main (void)
{
  struct port_range range = { IPPROTO_TCP, 22, 22 };
  struct config_s config = { .n_protect = 1, .protect = &range };
  struct firewall_element *all = calloc (GRANTS, sizeof *all);
  double add[2], renew[2], end[2], began;
  firewall_t firewall;
  unsigned int i;

  if (!all || unshare (CLONE_NEWNET)
      || firewall_new (&config, 0, &firewall))
    return 77;
  for (i = 0; i < 2; i++)
    {
      unsigned int first = i * GRANTS;

      began = now_us ();
      if (i)
        for (unsigned int j = 0; j < GRANTS; j++)
          element_of (j, all + j);
      if (firewall_rebuild (firewall, all, i ? GRANTS : 0))
        {
          fprintf (stderr, "b-grant: %s\n", firewall_message (firewall));
          return 1;
        }
      began = now_us () - began;
      add[i] = change (firewall, first, LEFT);
      renew[i] = change (firewall, first, LEFT);
      end[i] = change (firewall, first, 0);
    }
  printf ("grants: %u open, against none\n", GRANTS);
  printf ("    add one                %8.1f us, %8.1f: ratio %.2f\n",
          add[1], add[0], add[1] / add[0]);
  printf ("    renew one              %8.1f us, %8.1f: ratio %.2f\n",
          renew[1], renew[0], renew[1] / renew[0]);
  printf ("    end one                %8.1f us, %8.1f: ratio %.2f\n",
          end[1], end[0], end[1] / end[0]);
  printf ("    make the table anew    %8.1f ms\n", began / 1e3);
  firewall_release (firewall);
  free (all);
  return 0;
}
