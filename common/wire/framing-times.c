/* framing-times.c - The packets of a key one by one, and their times.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of RFC 4880.  */

#include "framing.h"

#include <string.h>
#include "framing-local.h"

/* Subpackets.  */
#define CREATION 2
#define EXPIRATION 3


bool
framing_next_packet (const void *data, size_t len, size_t *r_at,
                     unsigned int *r_tag, const unsigned char **r_body,
                     size_t *r_len)
{
  const unsigned char *start = data;
  struct packet pkt;
  struct walk w = { start + *r_at, len - *r_at, FRAMING_GOOD };

  if (!w.left || !framing_next (&w, &pkt) || pkt.len != pkt.firstlen)
    return false;
  *r_at = (size_t)(w.p - start);
  *r_tag = pkt.tag;
  *r_body = pkt.first;
  *r_len = pkt.len;
  return true;
}


/* The number in the subpacket whose type P begins with, N bytes in all.  */
static bool
get_time (const unsigned char *p, size_t n, uint64_t *r_value)
{
  struct walk w = { p + 1, n - 1, FRAMING_GOOD };
  size_t value;

  if (n != 5 || !framing_number (&w, 4, &value))
    return false;
  *r_value = value;
  return true;
}


bool
framing_signature_times (const void *body, size_t len,
                         struct framing_times *r_times)
{
  struct walk w = { body, len, FRAMING_GOOD }, area;
  size_t version, class, algorithm, hash, n;
  const unsigned char *p;
  uint64_t lifetime = 0;

  memset (r_times, 0, sizeof *r_times);
  if (!framing_number (&w, 1, &version) || version != 4
      || !framing_number (&w, 1, &class)
      || !framing_number (&w, 1, &algorithm)
      || !framing_number (&w, 1, &hash) || !framing_area (&w, &area))
    return false;
  while (area.left)
    if (!framing_subpacket (&area, &p, &n)
        || ((p[0] & 0x7f) == CREATION
            && !get_time (p, n, &r_times->created))
        || ((p[0] & 0x7f) == EXPIRATION && !get_time (p, n, &lifetime)))
      return false;
  r_times->class = (unsigned int)class;
  r_times->good_hash = framing_good_hash ((unsigned int)hash);
  r_times->ends = lifetime ? r_times->created + lifetime : 0;
  return r_times->created != 0;
}
